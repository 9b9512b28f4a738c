"""Time to loss: when each run reached a level for the first time, in steps and in time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats
from webapp.charts.curves import smoothing_of, trace_curve
from webapp.charts.options import Line, View


@dataclass(frozen=True, slots=True)
class Reached:
    """The first point of a run at or beyond the level; nan where the log does not tell. `elapsed_s` counts from the run's start."""

    step: float
    epoch: float
    elapsed_s: float
    value: float
    offset: int


def is_falling(first_values: Sequence[float], level: float) -> bool:
    """Whether runs come down to the level: at least half of them begin above it."""
    known = [value for value in first_values if not math.isnan(value)]
    return 2 * sum(value > level for value in known) >= len(known)


def first_at(shown: Floats, level: float, falling: bool) -> int | None:
    """Number of the first value at or below the level (at or above it where not `falling`); None if there is none. nan is no arrival."""
    there = shown <= level if falling else shown >= level
    number = int(there.argmax()) if len(there) else 0
    return number if len(there) and there[number] else None


def reach(line: Line, lines: Sequence[Line], view: View, level: float, falling: bool) -> Reached | None:
    """When the line, one of the `lines` of a chart, reached the level, smoothed as the view smooths it.

    What a later attempt repeated does not count.
    """
    curve = trace_curve(line, View(smooth=view.smooth), smoothing_of(line, lines, view))
    shown = curve.shown if curve.faint is None else np.where(curve.faint, np.nan, curve.shown)
    number = first_at(shown, level, falling)
    if number is None:
        return None
    series, place = curve.line.series, curve.place(number)
    return Reached(
        step=float(series.step[place]),
        epoch=float(series.epoch[place]),
        elapsed_s=float(series.time[place]) - curve.started,
        value=float(shown[number]),
        offset=int(series.offset[place]),
    )
