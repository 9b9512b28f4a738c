"""Scales and ticks: round values, labels that tell them apart, real log axes, moments and durations."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.charts.scales import Scale, nice_step, x_scale, y_scale
from webapp.charts.ticks import clock_ticks, duration_ticks, step_ticks, value_ticks

DAY = 86400.0
NOON = 1_769_601_600.0  # 2026-01-28 12:00:00 UTC


def labels(ticks: list) -> list[str]:
    return [tick.label for tick in ticks]


def reading(label: str) -> float:
    scale = {"k": 1e3, "M": 1e6}.get(label[-1:], 1.0)
    return float(label.rstrip("kM").replace(",", "")) * scale


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (1.0, 3.5, ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5"]),
        (0.0, 1e-4, ["0", "2e-5", "4e-5", "6e-5", "8e-5", "1e-4"]),
        (1e-5, 1.2e-5, ["1.00e-5", "1.05e-5", "1.10e-5", "1.15e-5", "1.20e-5"]),
        (-2.0, 2.0, ["-2", "-1", "0", "1", "2"]),
        (0.0, 5e5, ["0", "1e5", "2e5", "3e5", "4e5", "5e5"]),
        (100.0, 101.0, ["100.0", "100.2", "100.4", "100.6", "100.8", "101.0"]),
    ],
)
def test_y_ticks_are_round_and_have_the_digits_they_need(lo: float, hi: float, expected: list[str]) -> None:
    assert labels(value_ticks(Scale(lo, hi), 5.5)) == expected


@pytest.mark.parametrize(
    ("hi", "expected"),
    [
        (304, ["0", "50", "100", "150", "200", "250", "300"]),
        (1250, ["0", "200", "400", "600", "800", "1,000", "1,200"]),
        (100_000, ["0", "10k", "20k", "30k", "40k", "50k", "60k", "70k", "80k", "90k", "100k"]),
        (2_500_000, ["0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"]),
        (3.2, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]),
    ],
)
def test_step_ticks_count_in_thousands_and_millions(hi: float, expected: list[str]) -> None:
    assert labels(step_ticks(Scale(0, hi), 8)) == expected


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12), st.booleans())
def test_every_label_says_the_value_at_its_place(lo: float, span: float, steps: bool) -> None:
    scale = Scale(lo, lo + max(span, abs(lo) * 1e-6))
    ticks = (step_ticks if steps else value_ticks)(scale, 6)
    assert 2 <= len(ticks) <= 15
    assert len(set(labels(ticks))) == len(ticks)
    for tick in ticks:
        assert -1e-6 <= tick.at <= 1 + 1e-6
        assert scale.place_one(reading(tick.label)) == pytest.approx(tick.at, abs=0.02)


@given(st.floats(1e-250, 1e250), st.floats(1.001, 1e50))
def test_log_ticks_stand_where_their_value_is(lo: float, ratio: float) -> None:
    scale = Scale(lo, min(lo * ratio, 1e299), log=True)
    for make in (value_ticks, step_ticks):
        ticks = [tick for tick in make(scale, 6) if tick.label]
        assert 1 <= len(ticks) <= 14, labels(ticks)
        for tick in ticks:
            assert scale.place_one(reading(tick.label)) == pytest.approx(tick.at, abs=0.03)


def test_a_log_axis_names_values_and_not_exponents() -> None:
    assert labels(value_ticks(Scale(0.001, 1000, log=True), 6)) == ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]
    named = [label for label in labels(value_ticks(Scale(0.5, 50, log=True), 6)) if label]
    assert named == ["0.5", "1", "2", "5", "10", "20", "50"]
    assert labels(value_ticks(Scale(2.0, 4.0, log=True), 5)) == ["2.0", "2.5", "3.0", "3.5", "4.0"]


def test_times_are_round_moments_and_midnight_is_the_date() -> None:
    assert labels(clock_ticks(Scale(NOON, NOON + 3600), 6)) == ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50", "13:00"]
    assert labels(clock_ticks(Scale(NOON, NOON + DAY), 4)) == ["12:00", "18:00", "Jan 29", "06:00", "12:00"]
    assert labels(clock_ticks(Scale(NOON, NOON + 60), 4)) == ["12:00:00", "12:00:15", "12:00:30", "12:00:45", "12:01:00"]
    assert labels(clock_ticks(Scale(NOON, NOON + 9 * DAY), 5))[:2] == ["Jan 29", "Jan 31"]
    assert len(clock_ticks(Scale(0, 1e10), 6)) >= 2


def test_durations_have_round_units() -> None:
    assert labels(duration_ticks(Scale(0, 5400), 6)) == ["0", "15m", "30m", "45m", "1h", "1h15", "1h30"]
    assert labels(duration_ticks(Scale(0, 90), 4)) == ["0", "30s", "1m", "1m30"]
    assert labels(duration_ticks(Scale(0, 4 * DAY), 4)) == ["0", "1d", "2d", "3d", "4d"]
    assert labels(duration_ticks(Scale(0, 1.5), 4)) == ["0.0", "0.5", "1.0", "1.5"]
    assert labels(duration_ticks(Scale(1, 7200, log=True), 8))[:3] == ["1s", "5s", "30s"]


def test_every_second_x_tick_may_go_where_there_is_little_room() -> None:
    assert [tick.spare for tick in step_ticks(Scale(0, 400), 4)] == [False, True, False, True, False]
    assert [(tick.label, tick.spare) for tick in step_ticks(Scale(5, 155), 4)] == [("50", False), ("100", False), ("150", False)]


@given(st.floats(1e-300, 1e300))
def test_a_nice_step_is_a_1_a_2_or_a_5(rough: float) -> None:
    step = nice_step(rough)
    assert re.match(r"^(1|2|5)(\.0+)?e", f"{step:.10e}")
    assert 1 - 1e-9 <= step / rough <= 2.5 + 1e-9


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.booleans())
def test_a_scale_holds_all_it_is_made_for(a: float, b: float, log: bool) -> None:
    lo, hi = sorted((abs(a) + 1e-300, abs(b) + 1e-300) if log else (a, b))
    scale = y_scale(lo, hi, log=log)
    assert math.isfinite(scale.lo)
    assert math.isfinite(scale.hi)
    assert scale.lo < scale.hi
    inside = np.clip([lo, hi], 1e-300 if log else -1e150, 1e150)
    assert (np.abs(scale.place(inside) - 0.5) <= 0.5 + 1e-9).all()


def test_the_end_of_a_growing_axis_jumps_seldom() -> None:
    ends = [x_scale(0, n, fixed_lo=None, fixed_hi=None, log=False).hi for n in range(1000, 2000)]
    assert all(end >= n for n, end in zip(range(1000, 2000), ends, strict=True))
    assert len(set(ends)) <= 45
    assert max(end / n for n, end in zip(range(1000, 2000), ends, strict=True)) < 1.032


def test_a_zoomed_end_is_where_it_was_asked_for() -> None:
    scale = x_scale(0, 1000, fixed_lo=12.5, fixed_hi=77.25, log=False)
    assert (scale.lo, scale.hi) == (12.5, 77.25)


def test_positive_values_get_no_axis_below_zero() -> None:
    assert y_scale(0.0, 1.0, log=False).lo == 0
    assert y_scale(-0.5, 1.0, log=False).lo < -0.5
