"""The difference of every run to one of them, the baseline, at the x of the run's own points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from parser.points import Floats
from webapp.charts.curves import smoothing_of, trace_curve
from webapp.charts.options import Line, View
from webapp.compare.place import settle


@dataclass(frozen=True, slots=True)
class Baseline:
    """The curve that others are measured from: x growing strictly, all (n,) and finite; `shown` is smoothed, or `raw` itself."""

    x: Floats
    raw: Floats
    shown: Floats


def baseline_of(base: Line, view: View, smooth: float) -> Baseline:
    """The line, all of whose points are at hand, as a baseline on the axis of the view, smoothed with weight `smooth`."""
    curve = trace_curve(base, View(x=view.x), smooth)
    known = settle(curve)
    raw = curve.raw[known]
    return Baseline(curve.x[known], raw, raw if curve.shown is curve.raw else curve.shown[known])


def subtract_base(line: Line, base: Baseline, lines: Sequence[Line], view: View) -> Line:
    """`line` with the baseline's value at the same x taken from every value; smoothed curves are smoothed first.

    Between two points of the baseline its value is on the straight line between them. Points before its first and behind its last point
    have nothing to be compared with and are left out; nan and ±inf of the run stay what they are.

    lines  all lines of the chart, of which some may be too short to be smoothed
    """
    curve = trace_curve(line, View(x=view.x, smooth=view.smooth), smoothing_of(line, lines, view))
    some = len(base.x) > 0
    inside = (curve.x >= base.x[0]) & (curve.x <= base.x[-1]) if some else np.zeros(len(curve.x), bool)
    kept = np.flatnonzero(inside)
    x, places = curve.x[kept], kept if curve.index is None else curve.index[kept]
    value = curve.raw[kept] - (np.interp(x, base.x, base.raw) if some else 0.0)
    return replace(
        line,
        series=replace(line.series.take(places), value=value),
        tokens=None if line.tokens is None else line.tokens[places],
        smoothed=curve.shown[kept] - (np.interp(x, base.x, base.shown) if some else 0.0) if curve.smooth else None,
        whole=None,
        places=None if line.places is None else line.places[places],
    )
