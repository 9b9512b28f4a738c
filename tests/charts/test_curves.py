"""Lines placed on an axis: attempts, windows, what cannot be drawn, and what is smoothed."""

from dataclasses import replace

import numpy as np
import pytest

from tests.charts.made import START, made_series
from webapp.charts.curves import axis_values, smoothing_of, start_time, trace_curve
from webapp.charts.options import Line, View

NAN = float("nan")


def test_every_point_that_any_later_attempt_repeats_is_superseded() -> None:
    step = [*range(1, 11), *range(6, 9), *range(4, 13)]
    curve = trace_curve(Line("loss", made_series(np.arange(len(step)), step=step)), View(), 0)
    assert curve.faint is not None
    assert curve.starts.tolist() == [0, 10, 13]
    assert np.flatnonzero(~curve.faint).tolist() == [0, 1, 2, *range(13, 22)]
    stitched = trace_curve(curve.line, View(attempts="stitched"), 0)
    assert stitched.x.tolist() == list(range(1, 13))
    assert stitched.omitted == 10


def test_attempts_are_smoothed_apart_and_a_stitched_run_as_one() -> None:
    line = Line("loss", made_series([4.0, 2.0, 4.0, 2.0], step=[1, 2, 1, 2]))
    assert trace_curve(line, View(smooth=0.5), 0.5).shown.tolist() == pytest.approx([4, 8 / 3, 4, 8 / 3])
    assert trace_curve(line, View(smooth=0.5, attempts="stitched"), 0.5).shown.tolist() == pytest.approx([4, 8 / 3])


def test_smoothing_knows_the_points_before_the_window() -> None:
    values = np.linspace(5, 1, 100)
    whole = trace_curve(Line("loss", made_series(values)), View(smooth=0.9), 0.9)
    part = trace_curve(Line("loss", made_series(values)), View(smooth=0.9, lo=50, hi=60), 0.9)
    np.testing.assert_array_equal(part.shown, whole.shown[48:61])


def test_a_window_keeps_one_neighbour_on_each_side() -> None:
    curve = trace_curve(Line("loss", made_series(np.arange(100.0))), View(lo=10, hi=12), 0)
    assert curve.x.tolist() == [9, 10, 11, 12, 13]
    assert curve.count == 3
    assert [curve.place(n) for n in range(5)] == [8, 9, 10, 11, 12]
    assert curve.ends == (1, 100)
    assert (curve.low, curve.high) == (1, 3)


def test_points_without_a_place_on_the_axis_are_counted() -> None:
    series = made_series([1.0, 2.0, 3.0], epoch=[0.1, NAN, 0.3])
    curve = trace_curve(Line("loss", series), View(x="epoch"), 0)
    assert (curve.x.tolist(), curve.unplaced, curve.place(1)) == ([0.1, 0.3], 1, 2)


def test_time_since_the_start_counts_from_the_start_of_the_run() -> None:
    series = made_series([1.0, 2.0], time=[NAN, START + 60])
    assert start_time(Line("loss", series)) == START + 60
    assert axis_values(Line("loss", series, started=START), "relative").tolist() == pytest.approx([NAN, 60], nan_ok=True)


def test_only_the_few_points_beside_many_are_left_unsmoothed() -> None:
    few, many = Line("eval", made_series(np.arange(20.0))), Line("loss", made_series(np.arange(500.0)))
    view = View(smooth=0.6)
    assert smoothing_of(few, [few, many], view) == 0
    assert smoothing_of(many, [few, many], view) == 0.6
    assert smoothing_of(few, [few], view) == 0.6
    other_run = Line("loss", replace(made_series(np.arange(500.0)), run_id=9))
    assert smoothing_of(few, [few, other_run], view) == 0.6


def test_what_is_no_number_and_what_a_log_axis_hides_is_kept_apart() -> None:
    curve = trace_curve(Line("loss", made_series([1.0, NAN, -1.0, np.inf, 4.0])), View(log="y"), 0)
    assert curve.drawn is not None
    assert curve.known is not None
    assert (curve.drawn.tolist(), curve.known.tolist(), curve.bad.tolist(), curve.hidden) == ([0, 4], [0, 2, 4], [1, 3], 1)
    assert (curve.low, curve.high) == (0, 4)
