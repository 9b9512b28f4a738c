"""The words under and behind a chart: the caption that says what was done to the points, and the numbers for a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.charts.curves import Curve, shown_axis
from webapp.charts.labels import clean_text, format_count, format_exact, format_step
from webapp.charts.options import Line, View

STEP_WORDS = {
    "line": "step as printed",
    "bar": "step from progress bar",
    "context": "step from the lines around",
    "epoch and batch": "step from epoch and batch",
    "epoch × steps": "step from epoch × steps per epoch",
    "epoch": "step is the epoch",
    "order": "step is the order of the points",
}
AXIS_NAMES = {"epoch": "epoch", "time": "UTC", "relative": "elapsed"}


@dataclass(frozen=True, slots=True)
class Extreme:
    """A value worth a look: as text, the step where it stands, and the link to its log line ("" without links)."""

    value: str
    step: str
    href: str


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line of a chart in numbers, over the window shown; None where there is no finite value."""

    label: str
    color: int
    dash: int
    count: str
    bad: str
    first: Extreme | None
    last: Extreme | None
    min: Extreme | None
    max: Extreme | None
    first_bad: Extreme | None


def axis_name(lines: Sequence[Line], view: View) -> str:
    """What stands on the x axis: step, or what serves as the step of these lines."""
    axis = shown_axis(view)
    if axis != "step":
        return AXIS_NAMES[axis]
    sources = {line.series.source for line in lines}
    return {"epoch": "epoch", "order": "point"}.get(sources.pop(), "step") if len(sources) == 1 else "step"


def write_caption(curves: Sequence[Curve], view: View, drawn: int, outside: int) -> str:
    """One sentence: points → smoothing → downsampling; what is not finite or not shown; where the steps come from.

    drawn    points of the curves as drawn, all lines together
    outside  points that clipping leaves outside the plot
    """
    points = sum(c.count for c in curves)
    total = sum(c.line.series.total for c in curves)
    have = f"{format_count(points)} of {format_count(total)} points" if points < total else f"{format_count(points)} points"
    steps = [have + (f" in {len(curves)} series" if len(curves) > 1 else "")]
    if view.smooth:
        steps.append(f"EMA {view.smooth:g}")
    finite = points - sum(len(c.bad) + c.hidden for c in curves)
    steps.append(f"LTTB {format_count(drawn)}" if drawn < finite else "all drawn")
    notes = [" → ".join(steps)]
    values = [c.raw[c.bad] for c in curves]
    nan = sum(int(np.count_nonzero(np.isnan(v))) for v in values)
    up = sum(int(np.count_nonzero(np.isposinf(v))) for v in values)
    down = sum(len(v) for v in values) - nan - up
    bad = [f"{format_count(n)} {name}" for n, name in ((nan, "NaN"), (up, "inf"), (down, "-inf")) if n]
    notes += [", ".join(bad)] if bad else []
    hidden = sum(c.hidden for c in curves)
    notes += [f"{format_count(hidden)} not above 0, which a log axis cannot show"] if hidden else []
    notes += [f"clipped to the 5th to 95th percentile: {format_count(outside)} points outside"] if view.clip else []
    unplaced = sum(c.unplaced for c in curves)
    notes += [f"{format_count(unplaced)} without a place on this axis"] if unplaced else []
    repeated = sum(int(np.count_nonzero(c.faint)) for c in curves if c.faint is not None)
    notes += [f"{format_count(repeated)} repeated by a later attempt, faint"] if repeated else []
    axis = shown_axis(view)
    if axis == "step":
        notes.append(", ".join(dict.fromkeys(STEP_WORDS.get(c.line.series.source, "step") for c in curves)))
    return "; ".join(note for note in notes if note)


def summarize(curves: Sequence[Curve], link: str) -> tuple[SummaryRow, ...]:
    """The table behind the chart, a row per line."""
    return tuple(_summarize(curve, curve.line.link or link) for curve in curves)


def _summarize(curve: Curve, link: str) -> SummaryRow:
    seen = np.isfinite(curve.raw)
    if curve.inside is not None:
        seen &= curve.inside
    spots = np.flatnonzero(seen)
    first = last = low = high = None
    if len(spots):
        values = curve.raw[spots]
        places = [0, len(spots) - 1, int(values.argmin()), int(values.argmax())]
        first, last, low, high = (_extreme(curve, int(spots[p]), link) for p in places)
    return SummaryRow(
        label=clean_text(curve.line.label),
        color=curve.line.color % 10,
        dash=curve.line.dash % 5,
        count=format_count(curve.count),
        bad=format_count(len(curve.bad)),
        first=first,
        last=last,
        min=low,
        max=high,
        first_bad=_extreme(curve, int(curve.bad[0]), link) if len(curve.bad) else None,
    )


def _extreme(curve: Curve, number: int, link: str) -> Extreme:
    place = curve.place(number)
    series = curve.line.series
    href = f"{link}{int(series.offset[place])}#terminal" if link else ""
    return Extreme(format_exact(float(curve.raw[number])), format_step(float(series.step[place])), href)
