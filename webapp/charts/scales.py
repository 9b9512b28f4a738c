"""From values to places: a scale maps data to fractions of the plot, and chooses its own window and ticks.

Fractions, not pixels: the plot stretches to the width of the page, so x is always a share of it. A log scale is real: data keep their
values, only places are logarithmic, and the ticks say the values.
"""

import math
from dataclasses import dataclass

import numpy as np

from parser.points import Floats

LIMIT = 1e150  # values beyond are drawn at this; a difference of two still fits a double
FARTHEST = 1000.0  # fractions beyond are cut here: a line leaves the plot with its slope all but unchanged
TINY = 1e-290  # below this a range cannot be divided into ticks


@dataclass(frozen=True, slots=True)
class Scale:
    """lo and hi are the values at the two ends of the plot, lo < hi; with `log` both are above 0."""

    lo: float
    hi: float
    log: bool = False

    def place(self, values: Floats) -> Floats:
        """Fractions (n,) of finite values (n,): 0 at lo, 1 at hi."""
        lo, hi = self.lo, self.hi
        if self.log:
            values, lo, hi = np.log10(np.maximum(values, 1e-320)), math.log10(lo), math.log10(hi)
        with np.errstate(over="ignore"):  # what is so far away is cut just below
            shares: Floats = (values - lo) / (hi - lo)
        return np.clip(shares, -FARTHEST, FARTHEST)

    def place_one(self, value: float) -> float:
        return float(self.place(np.array([value]))[0])


def clamp(values: Floats) -> Floats:
    """Finite values within what can be drawn; the array itself where nothing is to be done."""
    if len(values) and (float(values.min()) < -LIMIT or float(values.max()) > LIMIT):
        return np.clip(values, -LIMIT, LIMIT)
    return values


def open_range(lo: float, hi: float, log: bool = False) -> tuple[float, float]:
    """lo and hi with room between them, for a constant series too."""
    lo, hi = (max(-LIMIT, min(LIMIT, v)) for v in (lo, hi))
    if log:
        lo, hi = max(lo, 1e-300), max(hi, 1e-300)
        return (lo, hi) if hi > lo * (1 + 1e-9) else (lo / 2, hi * 2)
    size = max(abs(lo), abs(hi))
    if size < TINY:
        return -1.0, 1.0
    if hi - lo > size * 1e-9 and hi - lo > TINY:
        return lo, hi
    return lo - size / 10, hi + size / 10


def x_scale(lo: float, hi: float, *, fixed_lo: float | None, fixed_hi: float | None, log: bool) -> Scale:
    """The scale of an x axis over data from lo to hi; a fixed end is where the view was zoomed to.

    An end that follows the data lies on a grid of 1/32 to 1/64 of the range, so that a growing line stands still between two jumps.
    """
    start = lo if fixed_lo is None else fixed_lo
    end = hi if fixed_hi is None else fixed_hi
    if log:
        start, end = max(start, 1e-300), max(end, 1e-300)
    if end <= start:
        start, end = open_range(min(start, end), max(start, end), log)
    if fixed_hi is None and not log:
        grid = 2.0 ** math.floor(math.log2(end - start)) / 32
        end = max(end, start + math.ceil((end - start) / grid) * grid)
    start, end = open_range(start, end, log)
    return Scale(start, end, log)


def leave_room(scale: Scale, below: float, above: float) -> Scale:
    """The scale with these shares of the plot left free beneath lo and above hi."""
    lo, hi = (math.log10(scale.lo), math.log10(scale.hi)) if scale.log else (scale.lo, scale.hi)
    whole = (hi - lo) / (1 - below - above)
    lo, hi = lo - whole * below, hi + whole * above
    return Scale(10 ** max(lo, -300), 10 ** min(hi, 300), True) if scale.log else Scale(lo, hi)


def y_scale(lo: float, hi: float, *, log: bool) -> Scale:
    """The scale of a y axis over data from lo to hi: some air, and ends on a quarter of the tick distance, so that it seldom moves."""
    lo, hi = open_range(lo, hi, log)
    if log:
        first, last = math.log10(lo), math.log10(hi)
        air = max((last - first) * 0.04, 0.01)
        grid = (last - first + 2 * air) / 32
        grid = 2.0 ** math.floor(math.log2(grid))
        return Scale(10 ** (math.floor((first - air) / grid) * grid), 10 ** (math.ceil((last + air) / grid) * grid), True)
    air = (hi - lo) * 0.04
    grid = nice_step((hi - lo) * 1.08 / 5) / 4
    bottom = math.floor((lo - air) / grid) * grid
    top = math.ceil((hi + air) / grid) * grid
    if lo >= 0 > bottom:
        bottom = 0.0
    return Scale(bottom, top)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
