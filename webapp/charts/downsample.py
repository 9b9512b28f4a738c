"""Which points of a long series are drawn: indices, so that every drawn point is a real one.

LTTB (Steinarsson 2013) by tsdownsample. Left to itself it cuts the series into equal shares, so each new point moves every cut and a live
line shimmers. Here the buckets hold a power of two of points each, counted from the first point: old buckets stay where they are, and keep
their choice, until the series has doubled. What comes in is finite and already in the displayed scale (log10 where the axis is).
"""

import numpy as np
from tsdownsample import LTTBDownsampler, MinMaxDownsampler

from parser.points import Floats, Ints

KEPT_STROKES = 256  # strokes whose two ends are kept by force; with more, the ends that LTTB picks have to do
FEWEST = 8  # points a stretch of a log axis gets at least

PRESELECTED = 32  # points in a bucket from which on a look at every point of it is too dear

_lttb = LTTBDownsampler()  # type: ignore[no-untyped-call]
_minmax = MinMaxDownsampler()  # type: ignore[no-untyped-call]


def pick_points(
    x: Floats, y: Floats, *, n_out: int, starts: Ints | None = None, log_x: bool = False, extremes: tuple[int, int] | None = None
) -> Ints:
    """Indices of about `n_out` points that keep the shape of the line.

    x, y      (n,) finite, in the displayed scale; x grows within a stroke
    n_out     3 or more; with n <= n_out every index comes back
    starts    indices where a new stroke begins (a restart, the far side of a gap); both ends of each stroke are kept
    log_x     x is the log10 of what is shown: points are chosen per octave, as each octave takes the same room
    extremes  indices of the first minimum and maximum of y, where somebody has looked for them already
    Returns (m,) increasing, always with 0, n - 1, the first minimum and the first maximum; m is at most n_out plus what is kept by force.
    """
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} points and y {len(y)}")
    count = len(x)
    if count <= n_out:
        return np.arange(count)
    low, high = extremes or (int(y.argmin()), int(y.argmax()))
    forced = [np.array([0, count - 1, low, high])]
    if starts is not None and 0 < len(starts) <= KEPT_STROKES:
        forced += [starts, np.maximum(starts - 1, 0)]
    picked = _pick_octaves(x, y, n_out) if log_x else [_pick_buckets(x, y, n_out)]
    return np.unique(np.concatenate(forced + picked))


def _pick_buckets(x: Floats, y: Floats, n_out: int) -> Ints:
    """LTTB with buckets of the smallest power of two that gives at most `n_out` points, aligned to the first point."""
    count = len(x)
    if count <= max(n_out, 3):
        return np.arange(count)
    size = 1
    while (count - 2) // size > n_out - 2:
        size *= 2
    whole = (count - 2) // size
    if whole < 1:
        return np.array([0, count - 1])
    # tsdownsample keeps both ends and shares the rest out evenly: with 2 + whole * size points every share is exactly `size`
    end = 2 + whole * size
    if size < PRESELECTED:
        return _choose(x[:end], y[:end], whole)
    # MinMaxLTTB (Van Der Donckt 2023): only the lowest and highest of each half bucket stand for election
    halves: Ints = _minmax.downsample(y[1 : end - 1], n_out=4 * whole).astype(np.int64) + 1
    few = np.concatenate([[0], halves, [end - 1]])
    return few[_choose(x[few], y[few], whole)]


def _choose(x: Floats, y: Floats, buckets: int) -> Ints:
    chosen: Ints = _lttb.downsample(x, y, n_out=buckets + 2).astype(np.int64)
    return chosen


def _pick_octaves(x: Floats, y: Floats, n_out: int) -> list[Ints]:
    octave = np.floor(x / np.log10(2))
    cuts = np.concatenate([[0], np.flatnonzero(octave[1:] != octave[:-1]) + 1, [len(x)]])
    if len(cuts) > n_out // FEWEST:
        return [_pick_buckets(x, y, n_out)]
    share = n_out // (len(cuts) - 1)
    # what short octaves leave over goes to the long ones
    spare = sum(max(0, share - int(n)) for n in np.diff(cuts))
    long = sum(int(n) > share for n in np.diff(cuts))
    share += spare // long if long else 0
    return [a + _pick_buckets(x[a:b], y[a:b], share) for a, b in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)]
