"""Steps of stored points by their rule, and the bounds by which blocks are skipped."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.points import Points, StepRule
from parser.steps import segments, step_range, steps_of

NAN = math.nan


def points(step: list[float], epoch: list[float]) -> Points:
    size = len(step)
    return Points(np.array(step), np.array(epoch), np.zeros(size), np.full(size, NAN), np.arange(size))


def test_printed_steps_stay_as_they_are() -> None:
    assert steps_of(points([5, 10], [0.1, 0.2]), StepRule("line", 100.0)).tolist() == [5, 10]


def test_epochs_times_steps_are_rounded_to_the_grid() -> None:
    assert steps_of(points([NAN, NAN], [0.1, 0.2]), StepRule("epoch × steps", 508.0, 0.0, 50.0)).tolist() == [50, 100]


def test_the_order_counts_over_the_whole_series() -> None:
    assert steps_of(points([NAN, NAN], [0.0, 0.0]), StepRule("order", 10.0, 10.0), ordinal=3).tolist() == [40, 50]


def test_a_point_without_an_epoch_falls_back_to_its_order() -> None:
    assert steps_of(points([NAN, NAN], [2.0, NAN]), StepRule("epoch × steps", 10.0)).tolist() == [20.0, 10.0]


def test_what_was_told_before_any_epoch_stands_where_the_rule_says() -> None:
    assert steps_of(points([NAN, NAN, NAN], [NAN, NAN, 7.0]), StepRule("epoch", 1.0, 6.0)).tolist() == [6.0, 6.0, 7.0]


@pytest.mark.parametrize(
    ("steps", "starts"),
    [([], []), ([1, 2, 3], [0]), ([1, 2, 1, 2], [0, 2]), ([1, NAN, 2, 1], [0, 3]), ([NAN, NAN], [0]), ([3, NAN, 2], [0, 2])],
)
def test_a_segment_begins_where_the_step_goes_back(steps: list[float], starts: list[int]) -> None:
    assert segments(np.array(steps, dtype=np.float64)).tolist() == starts


_STEPS = st.one_of(st.just(NAN), st.floats(0, 1e6))


@given(
    rows=st.lists(st.tuples(_STEPS, st.one_of(st.just(NAN), st.floats(0, 100))), min_size=1, max_size=20),
    source=st.sampled_from(["order", "epoch", "epoch × steps"]),
    scale=st.floats(0.5, 1000),
    first=st.floats(0, 100),
    grid=st.sampled_from([0.0, 1.0, 50.0]),
    ordinal=st.integers(0, 10**6),
)
def test_the_bounds_of_a_block_hold_all_its_steps(
    rows: list[tuple[float, float]], source: str, scale: float, first: float, grid: float, ordinal: int
) -> None:
    block = points([row[0] for row in rows], [row[1] for row in rows])
    rule = StepRule(source, scale, first, grid)  # type: ignore[arg-type]
    known, epochs = block.step[~np.isnan(block.step)], block.epoch[~np.isnan(block.epoch)]
    low, high = step_range(
        rule,
        known.min() if len(known) else NAN,
        known.max() if len(known) else NAN,
        epochs.min() if len(epochs) else NAN,
        epochs.max() if len(epochs) else NAN,
        ordinal,
        len(block),
    )
    steps = steps_of(block, rule, ordinal)
    assert steps.min() >= low - 1e-6
    assert steps.max() <= high + 1e-6
