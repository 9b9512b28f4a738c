"""From a series to a curve: where each point stands on the chosen x axis, what is smoothed, superseded, hidden, out of the window.

Everything happens at full resolution; choosing the points to draw comes after (`strokes`). The usual case, one whole finite series, passes
through without copying an array.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parser.points import Floats, Ints
from webapp.charts.options import Bad, Line, View, XAxis
from webapp.charts.smooth import smooth_values

Flags = NDArray[np.bool_]

FEW_POINTS = 60  # a series with fewer points than this
SPARSE = 8  # and this many times fewer than another of its chart is not smoothed


@dataclass(frozen=True, slots=True)
class Curve:
    """One line, placed. All arrays have the same length n and are in the order of the log, one neighbour beyond each end of the window.

    x         on the axis of the view, finite
    raw       as printed, nan and ±inf included
    shown     smoothed, or `raw` itself
    index     place of each point in the arrays of the series; None = the same place
    starts    indices where a stroke begins because the run was restarted
    faint     points that a later attempt repeats; None = none
    inside    points within the window; None = all
    drawn     indices of the points that can be drawn (finite, and above 0 on a log axis); None = all
    known     indices of the finite values within the window; None = all points
    spots     indices of the points that can be drawn, within the window; None = all points
    low, high indices of the lowest and the highest of `spots`; -1 where there is none
    bad       indices of nan and ±inf within the window
    hidden    points within the window that a log y axis cannot show
    unplaced  points of the series without a place on this axis
    omitted   points left out because a later attempt repeats them
    started   unix seconds from which time since the start is counted; nan where no time is known
    smooth    weight that `shown` was smoothed with
    ends      lowest and highest x of all points, also those outside the window; nan where there is none
    ordered   whether x is known to grow from point to point
    lost      what the runs behind a mean printed within the window that is no number; None = no mean
    """

    line: Line
    x: Floats
    raw: Floats
    shown: Floats
    index: Ints | None
    starts: Ints
    faint: Flags | None
    inside: Flags | None
    drawn: Ints | None
    known: Ints | None
    spots: Ints | None
    low: int
    high: int
    bad: Ints
    hidden: int
    unplaced: int
    omitted: int
    started: float
    smooth: float
    ends: tuple[float, float]
    ordered: bool
    lost: Bad | None = None

    @property
    def not_finite(self) -> Bad:
        """The values within the window that are no numbers, its own or those of the runs behind it."""
        if self.lost is not None:
            return self.lost
        places = self.bad if self.index is None else self.index[self.bad]
        return Bad(self.x[self.bad], self.raw[self.bad], self.line.series.step[places])

    @property
    def count(self) -> int:
        """Points within the window, also those between the ones that stand for them."""
        if self.line.places is None or not self.read:
            return self.read
        first, last = (0, len(self.x) - 1) if self.inside is None else np.flatnonzero(self.inside)[[0, -1]].tolist()
        return int(self.line.places[self.place(last)] - self.line.places[self.place(first)]) + 1

    @property
    def read(self) -> int:
        """Points within the window that are at hand."""
        return len(self.x) if self.inside is None else int(np.count_nonzero(self.inside))

    def place(self, number: int) -> int:
        """Place in the arrays of the series of point `number`."""
        return number if self.index is None else int(self.index[number])

    def everything(self, log: bool) -> Floats:
        """Every value that could be drawn within the window, of the whole series where only its shape is drawn."""
        whole = self.line.whole
        if whole is None or self.inside is not None:
            return self.visible()
        return whole if not log or bool((whole > 0).all()) else whole[whole > 0]

    def visible(self) -> Floats:
        """Raw values that are drawn within the window."""
        return self.raw if self.spots is None else self.raw[self.spots]


def find_first_bad(curves: Sequence[Curve]) -> tuple[Curve, Bad] | None:
    """The curve with the first value that is no number, by x, and all such values of it."""
    marked = [(curve, curve.not_finite) for curve in curves]
    return min(((curve, bad) for curve, bad in marked if len(bad.x)), key=lambda found: float(found[1].x[0]), default=None)


def shown_axis(view: View) -> XAxis:
    """The axis really drawn: attempts by the wall clock lie side by side only on a time axis."""
    return "time" if view.attempts == "clock" and view.x in ("step", "epoch") else view.x


def axis_values(line: Line, axis: XAxis) -> Floats:
    """The x of every point of the series; nan where it is unknown."""
    series = line.series
    if axis == "step":
        return series.step
    if axis == "epoch":
        return series.epoch
    if axis == "tokens":
        return np.full(len(series), np.nan) if line.tokens is None else line.tokens
    return series.time if axis == "time" else series.time - start_time(line)


def start_time(line: Line) -> float:
    """Unix seconds that time since the start counts from; nan where no time is known."""
    if np.isfinite(line.started):
        return line.started
    time = line.series.time
    if len(time) and np.isfinite(time[0]):
        return float(time[0])
    known = np.isfinite(time)
    return float(time[int(known.argmax())]) if known.any() else float("nan")


def smoothing_of(line: Line, lines: Sequence[Line], view: View) -> float:
    """The smoothing weight of one of `lines`: none for the few points of an evaluation beside the many of the same run's training.

    The same weight for both would draw the evaluation far from any value that was printed.
    """
    total = line.series.total
    few = total < FEW_POINTS and any(other.series.total > SPARSE * total for other in lines if other.series.run_id == line.series.run_id)
    return 0.0 if few else view.smooth


def trace_curve(line: Line, view: View, smooth: float) -> Curve:
    """The line as the view asks for it, at full resolution, smoothed with weight `smooth`."""
    series, axis = line.series, shown_axis(view)
    x = axis_values(line, axis)
    placed = np.isfinite(x)
    if "x" in view.log and axis != "time":
        placed &= x > 0
    unplaced = len(x) - int(np.count_nonzero(placed))
    starts = series.segments()
    faint = None if view.attempts == "clock" else superseded(series.step, starts)
    omitted = 0
    if view.attempts == "stitched":
        starts = starts[:1]
        if faint is not None:
            omitted = int(np.count_nonzero(faint & placed))
            placed &= ~faint
            faint = None
    raw, index = series.value, None
    if unplaced or omitted:
        index = np.flatnonzero(placed)
        x, raw, faint = x[index], raw[index], None if faint is None else faint[index]
        starts = _renumber(starts, index)
    ordered = axis == "step" and len(starts) < 2
    ends = (np.nan, np.nan) if not len(x) else (float(x[0]), float(x[-1])) if ordered else (float(x.min()), float(x.max()))
    if smooth > 0 and line.smoothed is not None:
        shown = line.smoothed if index is None else line.smoothed[index]
    else:
        shown = _smooth_strokes(raw, starts, smooth) if smooth > 0 else raw
    inside = _inside(x, view)
    if inside is not None:
        kept = _with_neighbours(x, inside, view)
        part = side_by_side(kept)
        gaps = np.zeros(0, np.int64) if isinstance(part, slice) else kept[np.flatnonzero(np.diff(kept) > 1) + 1]
        starts = _renumber(np.concatenate([starts, gaps]), kept)
        index = kept if index is None else index[part]
        smoothed = shown is not raw
        x, raw, inside = x[part], raw[part], inside[part]
        shown = shown[part] if smoothed else raw
        faint = None if faint is None else faint[part]
    values = _sort_values(raw, inside, "y" in view.log)
    lost = None if line.lost is None else _lost_inside(line.lost, view)
    return Curve(
        line, x, raw, shown, index, starts, faint, inside, *values, unplaced, omitted, start_time(line), smooth, ends, ordered, lost
    )


def _sort_values(raw: Floats, inside: Flags | None, log: bool) -> tuple[Ints | None, Ints | None, Ints | None, int, int, Ints, int]:
    """Which values can be drawn and which cannot: `drawn`, `known`, `spots`, `low`, `high`, `bad` and `hidden` of the curve."""
    nothing = np.zeros(0, np.int64)
    seen_at = slice(0, len(raw)) if inside is None else side_by_side(np.flatnonzero(inside))
    if isinstance(seen_at, slice) and seen_at.stop > seen_at.start:
        # nan comes out of argmin as well as of argmax, ±inf out of one of them: two passes tell that all values are finite
        low, high = (seen_at.start + int(find(raw[seen_at])) for find in (np.argmin, np.argmax))
        if np.isfinite(raw[low]) and np.isfinite(raw[high]) and not (log and raw[low] <= 0):
            if inside is None:
                return None, None, None, low, high, nothing, 0
            spots = np.arange(seen_at.start, seen_at.stop)
            around = np.concatenate([raw[: seen_at.start], raw[seen_at.stop :]])
            if np.isfinite(around).all() and not (log and (around <= 0).any()):
                return None, spots, spots, low, high, nothing, 0
    finite = np.isfinite(raw)
    drawable = finite & (raw > 0) if log else finite
    seen = np.ones(len(raw), bool) if inside is None else inside
    known, spots = np.flatnonzero(finite & seen), np.flatnonzero(drawable & seen)
    drawn = None if drawable.all() else np.flatnonzero(drawable)
    low, high = (int(spots[raw[spots].argmin()]), int(spots[raw[spots].argmax()])) if len(spots) else (-1, -1)
    return drawn, known, spots, low, high, np.flatnonzero(~finite & seen), len(known) - len(spots)


def side_by_side(numbers: Ints) -> Ints | slice:
    """Growing indices as a slice where none is left out: taking a slice copies nothing."""
    if len(numbers) and int(numbers[-1]) - int(numbers[0]) + 1 == len(numbers):
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers


def superseded(step: Floats, starts: Ints) -> Flags | None:
    """Which points a later attempt of the run repeats: those of a segment from the lowest start of the segments after it on."""
    if len(starts) < 2:
        return None
    out = np.zeros(len(step), bool)
    ends = starts[1:]
    later = np.minimum.accumulate(step[starts][::-1])[::-1]
    for begin, end, cutoff in zip(starts[:-1].tolist(), ends.tolist(), later[1:].tolist(), strict=True):
        out[begin + int(np.searchsorted(step[begin:end], cutoff)) : end] = True
    return out


def _smooth_strokes(values: Floats, starts: Ints, weight: float) -> Floats:
    """Each attempt is smoothed on its own: the average of a run does not know what another attempt printed."""
    if len(starts) < 2:
        return smooth_values(values, weight)
    return np.concatenate([smooth_values(part, weight) for part in np.split(values, starts[1:])])


def _inside(x: Floats, view: View) -> Flags | None:
    """Which points lie within the window; None = all."""
    if view.lo is None and view.hi is None:
        return None
    out = np.ones(len(x), bool)
    if view.lo is not None:
        out &= x >= view.lo
    if view.hi is not None:
        out &= x <= view.hi
    return None if out.all() else out


def _lost_inside(lost: Bad, view: View) -> Bad:
    """Those that have a place within the window."""
    inside = _inside(lost.x, view)
    seen = np.ones(len(lost.x), bool) if inside is None else inside
    return lost.take(seen & (lost.x > 0) if "x" in view.log and shown_axis(view) != "time" else seen)


def _with_neighbours(x: Floats, inside: Flags, view: View) -> Ints:
    """Indices of the points inside, of those beside them in the log, and of the two ends of a line that crosses the whole window."""
    low, high = -np.inf if view.lo is None else view.lo, np.inf if view.hi is None else view.hi
    if len(x) and bool((x[1:] >= x[:-1]).all()):
        first, last = int(np.searchsorted(x, low, "left")), int(np.searchsorted(x, high, "right"))
        return np.arange(max(first - 1, 0), min(last + 1, len(x))) if first < last or 0 < first < len(x) else np.zeros(0, np.int64)
    crossing = (x[:-1] < low) & (x[1:] > high)
    near = inside.copy()
    near[1:] |= inside[:-1] | crossing
    near[:-1] |= inside[1:] | crossing
    return np.flatnonzero(near)


def _renumber(starts: Ints, kept: Ints) -> Ints:
    """Where strokes begin once only the points `kept` are left."""
    places = np.unique(np.searchsorted(kept, starts))
    return places[places < len(kept)]
