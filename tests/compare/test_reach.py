"""Time to loss."""

import numpy as np

from tests.compare.made import line
from webapp.charts.options import View
from webapp.compare.reach import race_to


def test_each_run_tells_the_first_step_and_time_below_the_level():
    race = race_to([line([4, 3, 2, 1]), line([4, 1, 4, 1])], View(), 2.0)
    assert race.falling
    assert [(r.step, r.elapsed_s, r.value) for r in race.reached if r] == [(3, 120, 2.0), (2, 60, 1.0)]


def test_a_run_that_never_gets_there_is_none():
    assert race_to([line([4, 3]), line([4, 1])], View(), 2.0).reached[0] is None


def test_a_score_that_rises_is_awaited_from_below():
    race = race_to([line([0.1, 0.5, 0.9])], View(), 0.5)
    assert not race.falling
    assert race.reached[0] is not None
    assert race.reached[0].step == 2


def test_with_smoothing_a_single_dip_is_not_an_arrival():
    values = np.where(np.arange(100) == 20, 0.0, 3 - np.arange(100) / 50)
    assert [r.step for r in race_to([line(values)], View(), 1.5).reached if r] == [21]
    smooth = race_to([line(values)], View(smooth=0.9), 1.5).reached[0]
    assert smooth is not None
    assert smooth.step > 70


def test_nan_is_no_arrival_and_a_repeated_stretch_does_not_count():
    race = race_to([line([4, np.nan, 4, 1])], View(), 2.0)
    assert race.reached[0] is not None
    assert race.reached[0].step == 4
    restarted = race_to([line([4, 3, 1, 3, 3, 1], steps=[1, 2, 3, 2, 3, 4])], View(), 2.0)
    assert restarted.reached[0] is not None
    assert restarted.reached[0].step == 4
