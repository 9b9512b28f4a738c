"""From a series to a curve: where each point stands on the chosen x axis, what is smoothed, superseded, hidden, out of the window.

Everything happens at full resolution; choosing the points to draw comes after (`strokes`). The usual case, one whole finite series, passes
through without copying an array.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from parser.points import Floats, Ints
from webapp.charts.options import Line, View, XAxis
from webapp.charts.smooth import smooth_values

Flags = NDArray[np.bool_]
Axis = Literal["step", "epoch", "time", "relative"]


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
    bad       indices of nan and ±inf within the window
    hidden    points within the window that a log y axis cannot show
    unplaced  points of the series without a place on this axis
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
    bad: Ints
    hidden: int
    unplaced: int

    @property
    def count(self) -> int:
        """Points within the window."""
        return len(self.x) if self.inside is None else int(np.count_nonzero(self.inside))

    def place(self, number: int) -> int:
        """Place in the arrays of the series of point `number`."""
        return number if self.index is None else int(self.index[number])


def shown_axis(view: View) -> Axis:
    """The axis really drawn: attempts by the wall clock lie side by side only on a time axis."""
    return "time" if view.attempts == "clock" and view.x in ("step", "epoch") else view.x


def axis_values(line: Line, axis: XAxis) -> Floats:
    """The x of every point of the series; nan where it is unknown."""
    series = line.series
    if axis == "step":
        return series.step
    if axis == "epoch":
        return series.epoch
    if axis == "time":
        return series.time
    return series.time - start_time(line)


def start_time(line: Line) -> float:
    """Unix seconds the relative axis counts from; nan where no time is known."""
    if np.isfinite(line.started):
        return line.started
    known = np.flatnonzero(np.isfinite(line.series.time))
    return float(line.series.time[known[0]]) if len(known) else float("nan")


def trace_curve(line: Line, view: View) -> Curve:
    """The line as the view asks for it, at full resolution."""
    series, axis = line.series, shown_axis(view)
    x = axis_values(line, axis)
    placed = np.isfinite(x)
    if "x" in view.log and axis != "time":
        placed &= x > 0
    faint = None if view.attempts == "clock" else _superseded(series.step, series.segments())
    if faint is not None and view.attempts == "stitched":
        placed &= ~faint
        faint = None
    unplaced = len(x) - int(np.count_nonzero(placed))
    if view.attempts == "stitched":
        unplaced = int(np.count_nonzero(~np.isfinite(x)))
    index = None if placed.all() else np.flatnonzero(placed)
    starts = np.zeros(min(1, len(x)), np.int64) if view.attempts == "stitched" else series.segments()
    raw = series.value
    if index is not None:
        x, raw, faint = x[index], raw[index], None if faint is None else faint[index]
        starts = np.unique(np.searchsorted(index, starts))
        starts = starts[starts < len(x)]
    shown = _smooth_strokes(raw, starts, view.smooth) if view.smooth > 0 else raw
    inside = _inside(x, view)
    if inside is not None:
        near = inside.copy()
        near[1:] |= inside[:-1]
        near[:-1] |= inside[1:]
        kept = np.flatnonzero(near)
        breaks = kept[np.flatnonzero(np.diff(kept) > 1) + 1] if len(kept) else kept
        starts = np.unique(np.searchsorted(kept, np.concatenate([starts, breaks])))
        starts = starts[starts < len(kept)]
        index = kept if index is None else index[kept]
        x, raw, shown, inside = x[kept], raw[kept], shown[kept], inside[kept]
        faint = None if faint is None else faint[kept]
    finite = np.isfinite(raw)
    drawable = finite & (raw > 0) if "y" in view.log else finite
    drawn = None if drawable.all() else np.flatnonzero(drawable)
    bad, hidden = np.zeros(0, np.int64), 0
    if drawn is not None:
        seen = np.ones(len(x), bool) if inside is None else inside
        bad = np.flatnonzero(~finite & seen)
        hidden = int(np.count_nonzero(finite & ~drawable & seen))
    return Curve(line, x, raw, shown, index, starts, faint, inside, drawn, bad, hidden, unplaced)


def _superseded(step: Floats, starts: Ints) -> Flags | None:
    """Which points a later attempt of the run repeats: those of a segment from the lowest start of the segments after it on."""
    if len(starts) < 2:
        return None
    out = np.zeros(len(step), bool)
    ends = np.append(starts[1:], len(step))
    later = np.minimum.accumulate(step[starts][::-1])[::-1]
    for begin, end, cutoff in zip(starts[:-1].tolist(), ends[:-1].tolist(), later[1:].tolist(), strict=True):
        out[begin + int(np.searchsorted(step[begin:end], cutoff)) : end] = True
    return out


def _smooth_strokes(values: Floats, starts: Ints, weight: float) -> Floats:
    """Each attempt is smoothed on its own: the average of a run does not know what another attempt printed."""
    if len(starts) < 2:
        return smooth_values(values, weight)
    return np.concatenate([smooth_values(part, weight) for part in np.split(values, starts[1:])])


def _inside(x: Floats, view: View) -> Flags | None:
    if view.lo is None and view.hi is None:
        return None
    out = np.ones(len(x), bool)
    if view.lo is not None:
        out &= x >= view.lo
    if view.hi is not None:
        out &= x <= view.hi
    return None if out.all() else out
