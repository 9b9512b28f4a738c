"""Reads the text of a log, and shows its curves as steps and values."""

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import steps_of

Curves = dict[str, list[tuple[float, float]]]


def read(text: str) -> ParsedLog:
    """The log, read as a whole; byte by byte, with the state saved and restored after each, it must read the same."""
    parser = LogParser()
    whole = joined([parser.feed(text.encode()), parser.finish()], parser)
    parser, parts = LogParser(), []
    for byte in text.encode():
        parts.append(parser.feed(bytes([byte])))
        parser = LogParser.from_state(parser.state())
    again = joined([*parts, parser.finish()], parser)
    assert repr(points_of(again)) == repr(points_of(whole))  # a nan equals no nan
    return whole


def points_of(log: ParsedLog) -> Curves:
    """Step and value of every point."""
    return {
        name: list(zip(steps_of(points, log.series[name].rule).tolist(), points.value.tolist(), strict=True))
        for name, points in log.points.items()
    }


def curves(text: str) -> Curves:
    return points_of(read(text))
