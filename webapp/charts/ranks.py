"""The values at two ranks of several arrays taken together, without joining or sorting them: percentiles of ten million points.

A sample tells between which two values a rank must lie; only what lies there is sorted. Where the sample was wrong everything is sorted,
so the answer is exact.
"""

import math
from collections.abc import Sequence

import numpy as np

from parser.points import Floats

SMALL = 200_000  # values that are simply joined
SAMPLE = 40_000
WIDTH = 6.0  # standard errors of the sample on each side of a rank


def find_ranks(parts: Sequence[Floats], low: int, high: int) -> tuple[float, float]:
    """The values at the 0-based ranks `low` <= `high` among all finite values of `parts`, which hold more than `high`."""
    total = sum(map(len, parts))
    if total > SMALL:
        stride = max(1, total // SAMPLE)
        sample = np.sort(np.concatenate([part[::stride] for part in parts]))
        low_end, high_end = _bound(sample, low, total, 1), _bound(sample, high, total, -1)
        below = np.concatenate([part[part <= low_end] for part in parts])
        above = np.concatenate([part[part >= high_end] for part in parts])
        if low < len(below) and total - 1 - high < len(above):
            at = len(above) - total + high
            return float(np.partition(below, low)[low]), float(np.partition(above, at)[at])
    joined = np.partition(np.concatenate(parts), sorted({low, high}))
    return float(joined[low]), float(joined[high])


def _bound(sample: Floats, rank: int, total: int, side: int) -> float:
    """A value that lies surely beyond the rank, on the upper (1) or lower (-1) side."""
    share = rank / total
    reach = WIDTH * math.sqrt(max(share * (1 - share), 1 / len(sample)) / len(sample))
    place = round((share + side * reach) * (len(sample) - 1))
    return float(sample[max(0, min(len(sample) - 1, place))])
