"""The difference of every run to one of them, the baseline, at the x of the run's own points."""

from dataclasses import replace

import numpy as np

from webapp.charts.curves import axis_values, trace_curve
from webapp.charts.options import Line, View, XAxis
from webapp.compare.place import settle


def subtract_base(line: Line, base: Line, axis: XAxis) -> Line:
    """`line` with the baseline's value at the same x taken from every value.

    Between two points of the baseline its value is on the straight line between them. Points before its first and behind its last point
    have nothing to be compared with and are left out; nan and ±inf of the run stay what they are.
    """
    curve = trace_curve(base, View(x=axis), 0.0)
    known = settle(curve)
    x = axis_values(line, axis)
    if not len(known):
        return _kept(line, np.zeros(len(x), bool))
    base_x, base_y = curve.x[known], curve.raw[known]
    inside = (x >= base_x[0]) & (x <= base_x[-1])
    kept = _kept(line, inside)
    value = kept.series.value - np.interp(x[inside], base_x, base_y)
    return replace(kept, series=replace(kept.series, value=value))


def _kept(line: Line, where: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Line:
    tokens = None if line.tokens is None else line.tokens[where]
    return replace(line, series=line.series.take(where), tokens=tokens)
