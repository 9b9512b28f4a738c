"""The difference of every run to one of them, the baseline, at the x of the run's own points."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from webapp.charts.curves import smoothing_of, trace_curve
from webapp.charts.options import Line, View
from webapp.compare.place import settle


def subtract_base(line: Line, base: Line, lines: Sequence[Line], view: View) -> Line:
    """`line` with the baseline's value at the same x taken from every value; smoothed curves are smoothed first.

    Between two points of the baseline its value is on the straight line between them. Points before its first and behind its last point
    have nothing to be compared with and are left out; nan and ±inf of the run stay what they are.

    lines  all lines of the chart, of which some may be too short to be smoothed
    """
    plain = View(x=view.x, smooth=view.smooth)
    curve = trace_curve(line, plain, smoothing_of(line, lines, view))
    below = trace_curve(base, plain, smoothing_of(base, lines, view))
    known = settle(below)
    base_x = below.x[known]
    some = len(base_x) > 0
    inside = (curve.x >= base_x[0]) & (curve.x <= base_x[-1]) if some else np.zeros(len(curve.x), bool)
    kept = np.flatnonzero(inside)
    x, places = curve.x[kept], kept if curve.index is None else curve.index[kept]
    value = curve.raw[kept] - (np.interp(x, base_x, below.raw[known]) if some else 0.0)
    shown = curve.shown[kept] - (np.interp(x, base_x, below.shown[known]) if some else 0.0)
    return replace(
        line,
        series=replace(line.series.take(places), value=value),
        tokens=None if line.tokens is None else line.tokens[places],
        smoothed=shown if curve.smooth else None,
        whole=None,
    )
