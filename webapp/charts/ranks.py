"""The values at two ranks of several arrays taken together, and what lies beyond them, without sorting: percentiles of ten million points.

A sample tells between which two values a rank must lie; only what lies there is sorted. Where the sample was wrong everything is sorted,
so the answer is exact.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats

SMALL = 200_000  # values that are simply joined
SAMPLE = 40_000
WIDTH = 6.0  # standard errors of the sample on each side of a rank


@dataclass(frozen=True, slots=True)
class Tails:
    """What lies at and beyond two ranks: `below` ends with the value at the lower one, `above` begins with that at the upper one."""

    below: Floats
    above: Floats

    @property
    def low(self) -> float:
        return float(self.below[-1])

    @property
    def high(self) -> float:
        return float(self.above[0])

    def outside(self, lo: float, hi: float) -> int:
        """How many values are below `lo`, which is at most `low`, or above `hi`, which is at least `high`."""
        return int(np.count_nonzero(self.below < lo)) + int(np.count_nonzero(self.above > hi))


def find_tails(parts: Sequence[Floats], low: int, high: int) -> Tails:
    """The values up to the 0-based rank `low` and from rank `high` >= `low` on, of all values of `parts`: finite, and more than `high`."""
    total = sum(map(len, parts))
    if total > SMALL:
        stride = max(1, total // SAMPLE)
        sample = np.sort(np.concatenate([part[::stride] for part in parts]))
        low_end, high_end = _bound(sample, low, total, 1), _bound(sample, high, total, -1)
        below = np.concatenate([part[part <= low_end] for part in parts])
        above = np.concatenate([part[part >= high_end] for part in parts])
        if low < len(below) and total - 1 - high < len(above):
            at = len(above) - total + high
            return Tails(np.partition(below, low)[: low + 1].copy(), np.partition(above, at)[at:].copy())
    joined = np.partition(np.concatenate(parts), sorted({low, high}))
    return Tails(joined[: low + 1].copy(), joined[high:].copy())


def _bound(sample: Floats, rank: int, total: int, side: int) -> float:
    """A value that lies surely beyond the rank, on the upper (1) or lower (-1) side."""
    share = rank / total
    reach = WIDTH * math.sqrt(max(share * (1 - share), 1 / len(sample)) / len(sample))
    place = round((share + side * reach) * (len(sample) - 1))
    return float(sample[max(0, min(len(sample) - 1, place))])
