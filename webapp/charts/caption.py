"""The words under and behind a chart: the caption that says what was done to the points, and the numbers for a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp import format as fmt
from webapp.charts.curves import Curve, find_first_bad, shown_axis
from webapp.charts.options import Bad, Line, View

STEP_WORDS = {
    "line": "step as printed",
    "bar": "step from progress bar",
    "context": "step from the lines around",
    "epoch and batch": "step from epoch and batch",
    "epoch × steps": "step from epoch × steps per epoch",
    "epoch": "epoch as printed",
    "order": "points in the order of the log",
}
NAMED = 3  # lines that a caption calls by their names; of more it tells the number
AXIS_NAMES = {"epoch": "epoch", "time": "time", "relative": "elapsed", "tokens": "tokens"}


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
    words = {fmt.step_word(line.series.source) for line in lines}
    return words.pop() if len(words) == 1 else "step"


def write_caption(curves: Sequence[Curve], view: View, drawn: int, outside: int) -> str:
    """One sentence: points → smoothing → downsampling; what is not finite or not shown; where the steps come from.

    drawn    points of the curves as drawn, all lines together
    outside  points that clipping leaves outside the plot
    """
    points = sum(c.count for c in curves)
    notes = [" → ".join(_stages(curves, view, points, drawn)), _bad_values(curves)]
    plain = [fmt.name(c.line.label, 40) for c in curves if c.smooth != view.smooth]
    which = ", ".join(plain) if len(plain) <= NAMED else f"{len(plain)} series"
    notes += [f"{which} not smoothed: too few points"] if plain else []
    hidden = sum(c.hidden for c in curves)
    notes += [f"{fmt.count(hidden)} not above 0, which a log axis cannot show"] if hidden else []
    notes += [f"clipped to the 5th to 95th percentile: {fmt.counted(outside, 'point')} outside"] if view.clip else []
    unplaced = sum(c.unplaced for c in curves)
    notes += [f"{fmt.count(unplaced)} without a place on this axis"] if unplaced else []
    repeated = sum(int(np.count_nonzero(c.faint)) for c in curves if c.faint is not None)
    notes += [f"{fmt.count(repeated)} repeated by a later attempt, faint"] if repeated else []
    left_out = sum(c.omitted for c in curves)
    notes += [f"{fmt.count(left_out)} repeated by a later attempt, left out"] if left_out else []
    axis = shown_axis(view)
    if axis == "step":
        notes.append(", ".join(dict.fromkeys(STEP_WORDS.get(c.line.series.source, "step") for c in curves)))
    notes += ["times are UTC"] if axis == "time" else []
    return "; ".join(note for note in notes if note)


def _stages(curves: Sequence[Curve], view: View, points: int, drawn: int) -> list[str]:
    """What the points went through: 48,213 points, EMA 0.6, LTTB 1,000."""
    total = sum(c.line.series.total for c in curves)
    series = f" in {len(curves)} series" if len(curves) > 1 else ""
    read = sum(c.read for c in curves)
    stages = [(f"{fmt.count(points)} of " if points < total else "") + fmt.counted(total, "point") + series]
    stages += [f"extremes of their blocks {fmt.count(read)}"] if read < points else []
    if any(c.smooth for c in curves):
        stages.append(f"EMA {view.smooth:g}")
    hidden = sum(c.hidden for c in curves)
    finite = points - hidden - sum(len(c.bad) for c in curves)
    whole = "none drawn" if not finite else f"{fmt.count(finite)} drawn" if hidden else "all drawn"
    return [*stages, f"LTTB {fmt.count(drawn)}" if drawn < finite else whole] if points else stages


def _bad_values(curves: Sequence[Curve]) -> str:
    values = [c.raw[c.bad] for c in curves]
    nan = sum(int(np.count_nonzero(np.isnan(v))) for v in values)
    up = sum(int(np.count_nonzero(np.isposinf(v))) for v in values)
    down = sum(len(v) for v in values) - nan - up
    words = [f"{fmt.count(n)} {name}" for n, name in ((nan, "NaN"), (up, "inf"), (down, "-inf")) if n]
    first = find_first_bad(curves)
    if first is not None and len(curves) > 1:
        curve, bad = first
        at = f"at {fmt.step_word(curve.line.series.source)} {fmt.step(float(bad.step[0]))}"
        words.append(f"the first {fmt.not_finite(float(bad.value[0]))} in {fmt.name(curve.line.label, 40)} {at}")
    return ", ".join(words)


def summarize(curves: Sequence[Curve], link: str) -> tuple[SummaryRow, ...]:
    """The table behind the chart, a row per line."""
    return tuple(_summarize(curve, curve.line.link or link) for curve in curves)


def _summarize(curve: Curve, link: str) -> SummaryRow:
    first = last = low = high = None
    if curve.known is None:
        first, last, low, high = (_extreme(curve, n, link) for n in (0, len(curve.raw) - 1, curve.low, curve.high))
    elif curve.known is curve.spots:
        first, last, low, high = (_extreme(curve, n, link) for n in (int(curve.known[0]), int(curve.known[-1]), curve.low, curve.high))
    elif len(curve.known):
        values = curve.raw[curve.known]
        places = [0, len(values) - 1, int(values.argmin()), int(values.argmax())]
        first, last, low, high = (_extreme(curve, int(curve.known[p]), link) for p in places)
    bad = curve.not_finite
    return SummaryRow(
        label=fmt.name(curve.line.label),
        color=curve.line.color % 10,
        dash=curve.line.dash % 5,
        count=fmt.count(curve.count),
        bad=fmt.count(len(bad.x)),
        first=first,
        last=last,
        min=low,
        max=high,
        first_bad=_first_bad(curve, bad, link) if len(bad.x) else None,
    )


def _first_bad(curve: Curve, bad: Bad, link: str) -> Extreme:
    return (
        Extreme(fmt.not_finite(float(bad.value[0])), fmt.step(float(bad.step[0])), "")
        if curve.lost
        else _extreme(curve, int(curve.bad[0]), link)
    )


def _extreme(curve: Curve, number: int, link: str) -> Extreme:
    place = curve.place(number)
    series = curve.line.series
    href = f"{link}{int(series.offset[place])}#terminal" if link else ""
    return Extreme(fmt.exact(float(curve.raw[number])), fmt.step(float(series.step[place])), href)
