"""Time to loss."""

import numpy as np

from tests.compare.made import line
from webapp.charts.options import View
from webapp.compare.reach import Reached, is_falling, reach


def reached(values, level: float, smooth: float = 0.0, falling: bool = True, **more) -> Reached | None:
    one = line(values, **more)
    return reach(one, [one], View(smooth=smooth), level, falling)


def test_a_run_tells_the_first_step_and_time_below_the_level():
    found = reached([4, 3, 2, 1], 2.0)
    assert found is not None
    assert (found.step, found.elapsed_s, found.value, found.offset) == (3, 120, 2.0, 200)


def test_a_run_that_never_gets_there_is_none():
    assert reached([4, 3], 2.0) is None
    assert reached([], 2.0) is None


def test_runs_come_down_where_most_begin_above_and_up_where_most_begin_below():
    assert is_falling([3.0, 4.0, 0.1], 2.0)
    assert not is_falling([0.1, 0.2, float("nan")], 0.5)
    assert is_falling([], 1.0)


def test_a_score_that_rises_is_awaited_from_below():
    found = reached([0.1, 0.5, 0.9], 0.5, falling=False)
    assert found is not None
    assert found.step == 2


def test_with_smoothing_a_single_dip_is_not_an_arrival():
    values = np.where(np.arange(100) == 20, 0.0, 3 - np.arange(100) / 50)
    plain, smooth = reached(values, 1.5), reached(values, 1.5, smooth=0.9)
    assert plain is not None
    assert smooth is not None
    assert plain.step == 21
    assert smooth.step > 70


def test_nan_is_no_arrival_and_a_repeated_stretch_does_not_count():
    found = reached([4, np.nan, 4, 1], 2.0)
    restarted = reached([4, 3, 1, 3, 3, 1], 2.0, steps=[1, 2, 3, 2, 3, 4])
    assert found is not None
    assert restarted is not None
    assert (found.step, restarted.step) == (4, 4)
