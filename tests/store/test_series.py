"""Series out of the database: ranges read only what they need, and draw the same as the whole."""

import numpy as np
import pytest

from parser.points import StepRule
from tests.store.made import NAN, Log, parsed, points
from webapp.store.database import Database
from webapp.store.series import read_overview, read_series

COUNT = 20_000


@pytest.fixture
def long(database: Database) -> Log:
    """Steps 0, 10, 20 … with a restart from half way: 20,000 points."""
    log = Log(database)
    steps = np.concatenate([np.arange(12_000), np.arange(6_000, 14_000)]) * 10.0
    values = np.sin(np.arange(COUNT) / 500) + np.where(np.arange(COUNT) == 7777, 50, 0)
    for part in np.array_split(np.arange(COUNT), 7):
        log.write(parsed({"loss": points(list(steps[part]), list(values[part]))}))
    return log


def test_the_whole_series_comes_in_the_order_of_the_log(database: Database, long: Log) -> None:
    series = read_series(database, long.run_id, "loss")
    assert (len(series), series.total, series.segments().tolist()) == (COUNT, COUNT, [0, 12_000])


@pytest.mark.parametrize(("lo", "hi"), [(0, 500), (65_000, 65_100), (119_000, 200_000), (None, 95), (139_000, None), (777_777, 888_888)])
def test_a_range_holds_its_points_and_one_neighbour_on_each_side(database: Database, long: Log, lo: float | None, hi: float | None) -> None:
    whole, part = read_series(database, long.run_id, "loss"), read_series(database, long.run_id, "loss", lo, hi)
    low, high = -np.inf if lo is None else lo, np.inf if hi is None else hi
    inside = np.flatnonzero((whole.step >= low) & (whole.step <= high))
    wanted = {n for i in inside for n in (i - 1, i, i + 1) if 0 <= n < COUNT}
    assert {(float(s), float(v)) for s, v in zip(part.step, part.value, strict=True)} == {
        (float(whole.step[i]), float(whole.value[i])) for i in wanted
    }
    assert part.total == COUNT
    assert part.inside(lo, hi).step.tolist() == whole.step[inside].tolist()


def test_a_range_between_two_points_holds_both_ends_of_the_line_that_crosses_it(database: Database, long: Log) -> None:
    part = read_series(database, long.run_id, "loss", 41, 49)
    assert part.step.tolist() == [40, 50]


def test_a_range_between_the_last_point_of_a_block_and_the_first_of_the_next_is_crossed_too(database: Database) -> None:
    log = Log(database)
    steps = list(range(4096)) + [n + 100_000 for n in range(4096)]
    log.write(parsed({"loss": points(steps, [1.0] * 8192)}))
    assert read_series(database, log.run_id, "loss", 50_000, 60_000).step.tolist() == [4095, 100_000]


@pytest.mark.parametrize("rule", [StepRule("order", 10.0, 5.0), StepRule("epoch × steps", 500.0), StepRule("epoch", 1.0)])
def test_a_range_of_steps_that_only_the_rule_tells_is_that_of_the_whole(database: Database, rule: StepRule) -> None:
    log = Log(database)
    count = 9000
    epochs = [NAN] * count if rule.source == "order" else list(np.arange(count) / 1000)
    log.write(parsed({"loss": points([NAN] * count, list(np.arange(count) / 7), epochs)}, rule))
    whole = read_series(database, log.run_id, "loss")
    low, high = float(whole.step[5000]), float(whole.step[5100])
    part = read_series(database, log.run_id, "loss", low, high)
    assert part.value.tolist() == whole.value[4999:5102].tolist()


def test_an_overview_keeps_the_ends_the_extremes_and_the_steps(database: Database, long: Log) -> None:
    whole, shape = read_series(database, long.run_id, "loss"), read_overview(database, long.run_id, "loss")
    assert len(shape) < COUNT / 3
    assert shape.total == COUNT
    assert (shape.step[0], shape.step[-1]) == (whole.step[0], whole.step[-1])
    assert (shape.value.min(), shape.value.max()) == (whole.value.min(), whole.value.max())
    real = set(zip(whole.step.tolist(), whole.value.tolist(), whole.offset.tolist(), strict=True))
    assert set(zip(shape.step.tolist(), shape.value.tolist(), shape.offset.tolist(), strict=True)) <= real
    assert len(shape.segments()) == 2


def test_an_overview_of_points_without_steps_has_the_steps_of_their_places(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([NAN] * 9000, list(np.arange(9000.0)))}, StepRule("order", 2.0, 1.0)))
    shape = read_overview(database, log.run_id, "loss")
    assert (shape.step == 1 + 2 * shape.value).all()


def test_a_metric_the_run_does_not_have_is_an_empty_series(database: Database, long: Log) -> None:
    for series in (read_series(database, long.run_id, "no"), read_series(database, 99, "loss", 1, 2), read_overview(database, 99, "loss")):
        assert (len(series), series.total) == (0, 0)
