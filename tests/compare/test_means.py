"""Seeds as one curve with a spread."""

from dataclasses import replace

import numpy as np
import pytest

from tests.compare.made import line
from webapp.charts.options import View
from webapp.charts.svg import draw_chart
from webapp.compare.means import mean_of

SEEDS = [line([3, 2, 1]), line([5, 4, 3]), line([4, 3, 2])]


def spread(band: str, view: View | None = None):
    mean = mean_of(SEEDS, view or View(), band, "lr=1", 3, -1)
    assert mean.area is not None
    return mean.line.series.value.tolist(), mean.area.low.tolist(), mean.area.high.tolist()


def test_the_mean_and_the_lowest_and_highest_of_three_seeds():
    assert spread("minmax") == ([4, 3, 2], [3, 2, 1], [5, 4, 3])


def test_one_standard_deviation_of_the_sample():
    assert spread("sd") == ([4, 3, 2], [3, 2, 1], [5, 4, 3])


def test_the_95_percent_interval_uses_students_t():
    mean, low, high = spread("ci")
    assert mean == [4, 3, 2]
    assert np.subtract(high, low) == pytest.approx(np.full(3, 2 * 4.303 / 3**0.5), rel=1e-3)


def test_without_a_band_there_is_no_area():
    assert mean_of(SEEDS, View(), "none", "lr=1", 3, -1).area is None


def test_a_shorter_run_counts_as_long_as_it_lasts():
    mean = mean_of([line([4, 4, 4, 4]), line([2, 2])], View(), "sd", "", 0, -1)
    assert mean.line.series.value.tolist() == [3, 3, 4, 4]
    assert mean.area is not None
    assert np.isnan(mean.area.low).tolist() == [False, False, True, True]


def test_runs_that_log_at_other_steps_are_joined_by_straight_lines():
    mean = mean_of([line([0, 10], steps=[0, 10]), line([0, 0, 0], steps=[0, 5, 10])], View(), "none", "", 0, -1)
    assert dict(zip(mean.line.series.step.tolist(), mean.line.series.value.tolist(), strict=True)) == {0: 0, 5: 2.5, 10: 5}


def test_nan_does_not_make_the_mean_nan():
    mean = mean_of([line([2, np.nan, 2]), line([4, 4, 4])], View(), "none", "", 0, -1)
    assert mean.line.series.value.tolist() == [3, 3, 3]


def test_nan_of_a_run_is_marked_at_its_step_beside_the_mean():
    mean = mean_of([line([2, np.nan, np.inf, 2]), line([4, 4, 4, np.nan]), line([4, 4, 4, 4])], View(), "none", "lr=1", 0, -1)
    assert mean.line.lost is not None
    assert mean.line.lost.runs == 2
    assert mean.line.lost.step.tolist() == [2, 3, 4]
    chart = draw_chart(_request(mean, View()))
    assert "lr=1: 1 × NaN, step 2" in chart.svg
    assert "lr=1: 1 × inf, step 3" in chart.svg
    assert ">NaN at step 2<" in chart.svg
    assert (chart.table[0].bad, chart.table[0].first_bad.value, chart.table[0].first_bad.step) == ("3", "NaN", "2")
    later = draw_chart(_request(mean, View(lo=3, hi=4, log="x")))
    assert "step 2" not in later.svg
    assert ">inf at step 3<" in later.svg


def test_what_a_later_attempt_repeats_is_not_marked_beside_the_mean():
    mean = mean_of([line([2, np.nan, 2, 2], steps=[1, 2, 1, 2]), line([4, 4])], View(), "none", "", 0, -1)
    assert mean.line.lost is not None
    assert mean.line.lost.runs == 0


def test_the_mean_counts_what_its_runs_count():
    epochs = [replace(seed, series=replace(seed.series, source="epoch")) for seed in SEEDS]
    assert draw_chart(_request(mean_of(epochs, View(), "none", "", 0, -1), View())).axis == "epoch"
    assert draw_chart(_request(mean_of([*epochs, *SEEDS], View(), "none", "", 0, -1), View())).axis == "step"


def test_long_runs_are_averaged_over_bins_not_sampled():
    rng = np.random.default_rng(1)
    noisy = [line(1 + rng.normal(0, 1, 50_000)) for _ in range(3)]
    mean = mean_of(noisy, View(points=500), "minmax", "", 0, -1)
    assert mean.binned
    assert len(mean.line.series) == 500
    assert np.abs(mean.line.series.value - 1).max() < 0.3, "a hundred points of three runs average to about 0.06"
    assert mean.points == 150_000


def test_each_seed_is_smoothed_before_the_mean():
    values = np.array([0.0, 8.0, 0.0, 8.0, 0.0, 8.0] * 20)
    plain = mean_of([line(values), line(values)], View(), "none", "", 0, -1).line.series.value
    smooth = mean_of([line(values), line(values)], View(smooth=0.9), "none", "", 0, -1).line.series.value
    assert np.ptp(plain[60:]) == 8
    assert np.ptp(smooth[60:]) < 1


@pytest.mark.parametrize("axis", ["step", "epoch", "relative", "tokens"])
def test_a_mean_can_be_drawn_on_every_axis_runs_share(axis):
    seeds = [
        replace(seed, tokens=np.array([10.0, 20.0, 30.0]))
        for seed in (line([3, 2, 1], epochs=[0.1, 0.2, 0.3]), line([1, 2, 3], epochs=[0.1, 0.2, 0.3]))
    ]
    mean = mean_of(seeds, View(x=axis), "minmax", "lr=1", 0, -1)
    chart = draw_chart(_request(mean, View(x=axis)))
    assert chart.empty == ""
    assert 'class="area c0"' in str(chart.svg)


def test_no_runs_make_an_empty_curve():
    assert len(mean_of([line([])], View(), "sd", "", 0, -1).line.series) == 0


def _request(mean, view):
    from webapp.charts.options import ChartRequest

    return ChartRequest("c", "loss", [mean.line], view, areas=[mean.area] if mean.area else [])
