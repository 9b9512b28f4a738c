"""Holds a format to its samples: what the parser reads from each text, against what the sample says."""

import math

from parser.formats import Format, FormatSet, Sample, claims
from parser.log import LogParser, joined


def difference(one: Format, sample: Sample) -> str:
    """What the parser reads differently from what the sample says; "" where they agree."""
    parser = LogParser(FormatSet((one,)))
    log = joined([parser.feed(sample.text.encode() + b"\n"), parser.finish()], parser)
    if not sample.values:
        return f"expected nothing, read {', '.join(log.points)}" if log.points else ""
    offsets = [int(points.offset[-1]) for name, points in log.points.items()]
    if not offsets:
        return "nothing was read"
    last = max(offsets)
    read = {log.series[name].printed: points for name, points in log.points.items() if points.offset[-1] == last}
    if set(read) != set(sample.values):
        missing, more = sorted(set(sample.values) - set(read)), sorted(set(read) - set(sample.values))
        return f"missing {missing}, not expected {more}"
    for name, value in sample.values.items():
        got = float(read[name].value[-1])
        if not (got == value or (math.isnan(got) and math.isnan(value))):
            return f"{name} is {got}, expected {value}"
        for what, expected, column in (("step", sample.step, read[name].step), ("epoch", sample.epoch, read[name].epoch)):
            if expected is not None and column[-1] != expected:
                return f"{what} of {name} is {column[-1]}, expected {expected}"
    return ""


def unused(one: Format) -> int:
    """Number of the first pattern that no sample uses; 0 where all are used."""
    used: set[int] = set()
    for sample in one.samples:
        used |= claims(one, sample.text)
    return next((number for number in range(1, len(one.lines) + 1) if number not in used), 0)
