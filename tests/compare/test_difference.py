"""The difference to a baseline."""

import numpy as np
import pytest

from tests.compare.made import BEGAN, line
from webapp.charts.options import View
from webapp.charts.smooth import smooth_values
from webapp.compare import difference


def subtract_base(one, base, axis: str, smooth: float = 0.0):
    view = View(x=axis, smooth=smooth)  # type: ignore[arg-type]
    return difference.subtract_base(one, difference.baseline_of(base, view, smooth), [one, base], view)


def test_runs_with_the_same_steps_differ_point_by_point():
    out = subtract_base(line([3, 2.5, 2]), line([2, 2, 2]), "step")
    assert out.series.value.tolist() == [1, 0.5, 0]


def test_between_two_points_of_the_baseline_its_line_counts():
    out = subtract_base(line([5, 5, 5], steps=[10, 15, 20]), line([4, 2], steps=[10, 20]), "step")
    assert out.series.value.tolist() == [1, 2, 3]


def test_points_outside_the_baseline_are_left_out():
    out = subtract_base(line([1, 1, 1, 1], steps=[0, 5, 10, 30]), line([0, 0], steps=[5, 20]), "step")
    assert out.series.step.tolist() == [5, 10]
    assert out.series.total == 4


def test_of_a_restarted_baseline_the_last_attempt_counts():
    base = line([9, 9, 9, 1, 1, 1], steps=[1, 2, 3, 2, 3, 4])
    assert subtract_base(line([1, 1, 1, 1]), base, "step").series.value.tolist() == [-8, 0, 0, 0]


def test_a_nan_of_the_run_stays_and_a_nan_of_the_baseline_is_bridged():
    out = subtract_base(line([1, np.nan, 1]), line([0, np.nan, 0]), "step").series.value
    assert out.tolist() == pytest.approx([1, np.nan, 1], nan_ok=True)


def test_runs_are_compared_by_the_time_since_their_own_start():
    late = line([3, 3], times=[BEGAN + 7200, BEGAN + 7260])
    assert subtract_base(late, line([1, 2]), "relative").series.value.tolist() == [2, 1]


def test_a_baseline_without_a_number_leaves_nothing():
    assert len(subtract_base(line([1, 2]), line([np.nan, np.nan]), "step").series) == 0


def test_smoothed_curves_are_smoothed_before_the_difference():
    values, others = np.arange(100.0) % 7, np.arange(100.0) % 5
    out = subtract_base(line(values), line(others), "step", smooth=0.9)
    assert out.smoothed is not None
    assert out.smoothed == pytest.approx(smooth_values(values, 0.9) - smooth_values(others, 0.9))
    assert out.series.value == pytest.approx(values - others)
