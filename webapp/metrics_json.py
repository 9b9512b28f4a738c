"""The JSON form of metrics, the same in the web API, in `lossboard parse --json` and in the database column.

In: arrays of one metric. Out: plain lists and dicts: `{"metrics": {"loss": [{"step": 1, "value": 2.34, "timestamp": "…Z"}]}}`. JSON has
no NaN: non-finite values are the strings "NaN", "Infinity" and "-Infinity"; an unknown step or time is null.
"""

import math
import re
from datetime import UTC, datetime

import msgspec

from parser.points import Floats, Points, SeriesInfo
from parser.steps import steps_of

Number = int | float | str
Point = dict[str, Number | None]
STEERING = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")  # in UTF-8: DEL, C1, zero-width, bidi


def number_json(value: float) -> float | str:
    """A value; non-finite ones become strings."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def step_json(step: float) -> int | float | None:
    """A step, whole where it is whole; None where unknown."""
    if not math.isfinite(step):
        return None
    return int(step) if step == int(step) else step


def time_json(seconds: float) -> str | None:
    """Seconds since 1970 as ISO-8601 with Z, milliseconds only where there are any; None where unknown."""
    if not math.isfinite(seconds):
        return None
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def json_text(document: object) -> bytes:
    """JSON in which every character that steers a terminal or turns the direction of text is written as its escape."""
    return STEERING.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), msgspec.json.encode(document))


def points_json(steps: Floats, values: Floats, times: Floats) -> list[Point]:
    """Points of one metric; the three arrays have the same length."""
    return [
        {"step": step_json(step), "value": number_json(value), "timestamp": time_json(time)}
        for step, value, time in zip(steps.tolist(), values.tolist(), times.tolist(), strict=True)
    ]


def metrics_json(points: dict[str, Points], series: dict[str, SeriesInfo]) -> dict[str, list[Point]]:
    """Every metric of a run that is wholly in memory."""
    return {name: points_json(steps_of(some, series[name].rule), some.value, some.time) for name, some in points.items()}
