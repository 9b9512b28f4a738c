"""Time to loss: when each run reached a level for the first time, in steps and in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.charts.curves import Curve, smoothing_of, trace_curve
from webapp.charts.options import Line, View


@dataclass(frozen=True, slots=True)
class Reached:
    """The first point of a run at or beyond the level; nan where the log does not tell. `elapsed_s` counts from the run's start."""

    step: float
    epoch: float
    elapsed_s: float
    value: float
    offset: int


@dataclass(frozen=True, slots=True)
class Race:
    """When every line reached `level`, in the order of the lines; None = not at all. `falling`: values come from above."""

    level: float
    falling: bool
    reached: tuple[Reached | None, ...]


def race_to(lines: Sequence[Line], view: View, level: float) -> Race:
    """Looks for the first point at or below the level, or at or above it where most lines begin below.

    The curves are smoothed as the view smooths them; what a later attempt repeated does not count.
    """
    whole = View(smooth=view.smooth)
    curves = [trace_curve(line, whole, smoothing_of(line, lines, whole)) for line in lines]
    begins = [float(curve.raw[known[0]]) for curve in curves if len(known := np.flatnonzero(np.isfinite(curve.raw)))]
    falling = 2 * sum(value > level for value in begins) >= len(begins)
    return Race(level, falling, tuple(_first(curve, level, falling) for curve in curves))


def _first(curve: Curve, level: float, falling: bool) -> Reached | None:
    with np.errstate(invalid="ignore"):
        there = curve.shown <= level if falling else curve.shown >= level
    there &= np.isfinite(curve.shown)
    if curve.faint is not None:
        there &= ~curve.faint
    if not there.any():
        return None
    number = int(there.argmax())
    series, place = curve.line.series, curve.place(number)
    return Reached(
        step=float(series.step[place]),
        epoch=float(series.epoch[place]),
        elapsed_s=float(series.time[place]) - curve.started,
        value=float(curve.shown[number]),
        offset=int(series.offset[place]),
    )
