"""Percentiles of several arrays at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.charts.ranks import SMALL, find_tails

shapes = st.sampled_from(["noise", "trend", "steps", "constant", "heavy", "sine"])


def values(shape: str, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.arange(count)
    return {
        "noise": rng.normal(0, 1, count),
        "trend": 3 - x / count,
        "steps": (x // 1000 % 7).astype(float),
        "constant": np.full(count, 2.5),
        "heavy": rng.standard_cauchy(count),
        "sine": np.sin(x * 2 * np.pi / 8),
    }[shape]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(shapes, st.integers(1, 2 * SMALL)), min_size=1, max_size=3), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9))
def test_the_ranks_are_those_of_the_sorted_values(made, one, other, seed):
    parts = [values(shape, count, seed) for shape, count in made]
    joined = np.sort(np.concatenate(parts))
    low, high = sorted(round(share * (len(joined) - 1)) for share in (one, other))
    found = find_tails(parts, low, high)
    assert (found.low, found.high) == (joined[low], joined[high])
    for lo, hi in [(found.low, found.high), (found.low - 0.5, found.high + 0.5)]:
        assert found.outside(lo, hi) == np.count_nonzero(joined < lo) + np.count_nonzero(joined > hi)


@pytest.mark.parametrize("count", [1, 3, SMALL + 1])
def test_first_and_last_are_found(count):
    part = values("noise", count, 1)
    found = find_tails([part], 0, count - 1)
    assert (found.low, found.high) == (part.min(), part.max())
    assert found.outside(found.low, found.high) == 0
