"""Which points are drawn: extremes and ends always, old choices kept while a series grows, log axes shared out by what they show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.charts.downsample import pick_points


def walk(points: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(points, dtype=float), np.random.default_rng(seed).normal(size=points).cumsum()


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 6000), st.integers(3, 700), st.integers(0, 10), st.booleans())
def test_first_last_lowest_and_highest_are_kept(points: int, n_out: int, seed: int, log: bool) -> None:
    x, y = walk(points, seed)
    picked = pick_points(np.log10(x + 1) if log else x, y, n_out=n_out, log_x=log)
    assert {0, points - 1, int(y.argmin()), int(y.argmax())} <= set(picked.tolist())
    assert (np.diff(picked) > 0).all()
    assert len(picked) <= max(n_out, points if points <= n_out else 0) + 4 + 40 * log


def test_with_few_points_every_point_comes_back() -> None:
    x, y = walk(100)
    np.testing.assert_array_equal(pick_points(x, y, n_out=100), np.arange(100))
    assert len(pick_points(np.zeros(0), np.zeros(0), n_out=10)) == 0


@pytest.mark.parametrize("points", [1_500, 10_000, 100_001])
def test_ten_more_points_leave_the_choice_in_old_buckets_as_it_was(points: int) -> None:
    x, y = walk(points + 200)
    size = 2 ** int(np.ceil(np.log2(points / 998)))
    for more in range(10, 200, 10):
        before = pick_points(x[:points], y[:points], n_out=1000)
        after = pick_points(x[: points + more], y[: points + more], n_out=1000)
        settled = points - 2 * size - 2  # the last two buckets are not full or look at a neighbour that is not
        extremes = {int(v) for part in (y[:points], y[: points + more]) for v in (part.argmin(), part.argmax())}
        assert {i for i in before.tolist() if i < settled} ^ {i for i in after.tolist() if i < settled} <= extremes


def test_between_half_and_all_of_the_wanted_points_are_drawn() -> None:
    for points in (2_000, 5_000, 77_777, 1_000_000):
        assert 500 <= len(pick_points(*walk(points), n_out=1000)) <= 1004


def test_both_ends_of_every_stroke_are_kept() -> None:
    x, y = walk(5000)
    starts = np.array([0, 1234, 4000])
    assert {0, 1233, 1234, 3999, 4000, 4999} <= set(pick_points(x, y, n_out=200, starts=starts).tolist())


def test_a_log_axis_gets_as_many_points_for_early_octaves_as_for_late_ones() -> None:
    x, y = np.arange(1, 100_001, dtype=float), walk(100_000)[1]
    picked = pick_points(np.log10(x), y, n_out=1000, log_x=True)
    shown = np.histogram(np.log10(x[picked]), bins=5, range=(0, 5))[0]
    assert shown[0] == 9  # the first decade has no more
    assert shown[1] == 90
    assert shown[2:].min() > 100
    plain = np.histogram(np.log10(x[pick_points(x, y, n_out=1000)]), bins=5, range=(0, 5))[0]
    assert plain[1] < 5  # what would be drawn if places were not asked for


def test_x_that_jumps_about_is_no_error() -> None:
    x, y = walk(5000)
    x = np.random.default_rng(1).permutation(x)
    assert len(pick_points(x, y, n_out=300)) <= 304
    assert len(pick_points(np.log10(x + 1), y, n_out=300, log_x=True)) <= 304


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="3 points and y 2"):
        pick_points(np.zeros(3), np.zeros(2), n_out=5)
