"""A slice is committed whole, once, and from the right place, or not at all."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from parser.points import Progress, StepRule, TextEvent
from tests.store.made import NAN, NOON, Log, mark, parsed, points
from webapp.store.commit import SliceWrite, StaleSliceError, commit_slice
from webapp.store.database import Database
from webapp.store.runs import get_run, list_events, list_runs, metrics_json, run_version
from webapp.store.series import list_metrics, read_series
from webapp.store.sources import load_source


def test_the_first_points_make_the_run_in_the_experiment_of_its_folder(database: Database) -> None:
    log = Log(database)
    assert list_runs(database) == ([], 0)
    log.write(parsed({"loss": points([1, 2], [3.0, 2.5])}, progress=Progress(2, 100, 0.1, 3)), status="running", reason="The log grows.")
    run = get_run(database, log.run_id)
    assert run is not None
    assert (run.experiment, run.name, run.status, run.path) == ("runs", "train", "running", "/logs/runs/train.log")
    assert (run.points, run.last_step, run.total_steps, run.last_epoch, run.total_epochs) == (2, 2, 100, 0.1, 3)
    assert (run.last_loss, run.best_loss, run.best_step, run.best_metric) == (2.5, 2.5, 2, "loss")


def test_a_slice_without_points_makes_no_run_unless_asked(database: Database) -> None:
    log = Log(database)
    assert log.write(parsed({})).run_id is None
    assert log.write(parsed({}), show=True).run_id is not None
    assert get_run(database, log.run_id).status == "waiting"


def test_a_slice_from_another_place_is_refused_and_changes_nothing(database: Database) -> None:
    log = Log(database)
    before = log.source
    log.write(parsed({"loss": points([1], [3.0])}))
    with pytest.raises(StaleSliceError):
        commit_slice(database, SliceWrite(before, mark(500), 500, parsed({"loss": points([1], [3.0])}), b"x", 1, NAN, NOON))
    stale = replace(log.source, run_id=None)
    with pytest.raises(StaleSliceError):
        commit_slice(database, SliceWrite(stale, mark(5000), 5000, parsed({"loss": points([2], [3.0])}), b"x", 1, NAN, NOON))
    assert len(read_series(database, log.run_id, "loss")) == 1
    assert load_source(database, log.source.id).source.offset == 1000


def test_a_slice_that_fails_in_the_middle_leaves_nothing_behind(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1], [3.0])}))
    broken = replace(points([2], [2.0]), offset=np.array([0.5]))  # no offset: the block cannot be encoded
    with pytest.raises(Exception, match=r"."):
        log.write(replace(parsed({"loss": broken}), params={"a": object()}))  # type: ignore[dict-item]
    assert load_source(database, log.source.id).source.offset == 1000
    assert read_series(database, log.run_id, "loss").value.tolist() == [3.0]


def test_many_small_slices_and_one_large_one_hold_the_same_points(database: Database) -> None:
    chance = np.random.default_rng(1)
    values = np.round(chance.normal(2, 0.5, 10_000), 4)
    small, large = Log(database), Log(database, b"/logs/runs/other.log")
    at = 0
    while at < len(values):
        size = int(chance.integers(1, 700))
        part = values[at : at + size]
        small.write(parsed({"loss": points(list(range(at, at + len(part))), list(part))}))
        at += size
    large.write(parsed({"loss": points(list(range(len(values))), list(values))}))
    for log in (small, large):
        series = read_series(database, log.run_id, "loss")
        assert (series.value == values).all()
        assert (series.step == np.arange(len(values))).all()
    one, other = (list_metrics(database, log.run_id)[0] for log in (small, large))
    assert replace(one, mean=0) == replace(other, mean=0)
    assert math.isclose(one.mean, other.mean)


def test_the_numbers_of_a_series_leave_out_what_is_not_finite_and_count_it(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1, 2, 3], [5.0, 1.0, 3.0])}))
    log.write(parsed({"loss": points([4, 5, 6, 7], [NAN, math.inf, -math.inf, 2.0])}))
    row = list_metrics(database, log.run_id)[0]
    assert (row.count, row.nan, row.posinf, row.neginf) == (7, 1, 1, 1)
    assert (row.first, row.last, row.min, row.min_step, row.max, row.max_step) == (5.0, 2.0, 1.0, 2.0, 5.0, 1.0)
    assert (row.mean, row.first_step, row.last_step, row.first_bad_step) == (2.75, 1.0, 7.0, 4.0)


def test_a_series_of_nothing_but_nan_has_no_lowest_value(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1, 2], [NAN, NAN])}))
    row = list_metrics(database, log.run_id)[0]
    assert all(math.isnan(x) for x in (row.first, row.last, row.min, row.max, row.mean, row.min_step))
    assert row.first_bad_step == 1
    assert get_run(database, log.run_id).best_loss is None


def test_a_better_rule_moves_all_points_and_rewrites_none(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([NAN] * 3, [3.0, 1.0, 2.0], [0.5, 1.0, 1.5])}, StepRule("epoch")))
    assert read_series(database, log.run_id, "loss").step.tolist() == [0.5, 1.0, 1.5]
    log.write(_rule("loss", 100.0))
    series = read_series(database, log.run_id, "loss")
    assert series.step.tolist() == [50, 100, 150]
    assert series.source == "epoch × steps"
    assert list_metrics(database, log.run_id)[0].min_step == 100


def _rule(metric: str, scale: float):
    from parser.points import SeriesInfo

    return replace(parsed({}), series={metric: SeriesInfo(metric, metric, "made", StepRule("epoch × steps", scale=scale))})


def test_events_and_parameters_are_kept_with_the_points(database: Database) -> None:
    log = Log(database)
    events = (TextEvent("checkpoint", "Saving model \0\udcff", 40, 2.0, NAN), TextEvent("finished", "done", 90, NAN, NOON))
    log.write(parsed({"loss": points([1], [3.0])}, events=events, params={"lr": "1e-4"}))
    log.write(parsed({}, params={"seed": "1"}))
    kept = list_events(database, log.run_id)
    assert [(event.kind, event.offset, event.step) for event in kept] == [("checkpoint", 40, 2.0), ("finished", 90, None)]
    assert kept[0].text == "Saving model ␀\\xff"
    assert kept[1].time is not None
    assert kept[1].time.isoformat() == "2026-01-28T10:00:00+00:00"
    assert get_run(database, log.run_id).params == {"lr": "1e-4", "seed": "1"}


def test_points_without_a_time_get_that_of_their_arrival(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1, 2], [3.0, 2.0], times=[NOON, NAN])}), arrival=NOON + 5)
    assert read_series(database, log.run_id, "loss").time.tolist() == [NOON, NOON + 5]
    assert get_run(database, log.run_id).started_at.timestamp() == NOON


def test_every_commit_and_edit_makes_a_new_version(database: Database) -> None:
    log = Log(database)
    versions = [log.write(parsed({"loss": points([n], [1.0])})).version for n in range(3)]
    assert versions == [1, 2, 3]
    assert run_version(database, log.run_id) == 3
    assert run_version(database, 999) is None


def test_names_the_database_would_refuse_are_shown_escaped(database: Database) -> None:
    log = Log(database, b"/logs/runs/tr\xffain.log")
    log.write(parsed({"lo\udc80ss\0": points([1], [1.0])}))
    run = get_run(database, log.run_id)
    assert run.path == "/logs/runs/tr\\xffain.log"
    assert run.file == b"/logs/runs/tr\xffain.log"
    assert [row.name for row in list_metrics(database, log.run_id)] == ["lo\\x80ss␀"]


def test_the_metrics_column_is_empty_until_it_is_made(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1], [1.0])}))
    assert json.loads(metrics_json(database, log.run_id)) == {}
    assert metrics_json(database, 999) is None


def test_the_duration_of_an_old_log_is_that_of_its_text(database: Database) -> None:
    old = NOON - 5 * 365 * 86400.0
    log = Log(database)
    log.write(parsed({"loss": points([1, 2], [2.5, 2.4], times=[old, old + 60])}), updated=NOON)
    log.write(parsed({"loss": points([3], [2.3], times=[old + 120])}), updated=NOON, status="finished", reason="over")
    run = get_run(database, log.run_id)
    assert run is not None
    assert (run.duration_s, run.status) == (120.0, "finished")


def test_the_duration_of_a_log_without_times_is_that_of_its_arrival(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1], [2.5])}), arrival=NOON, updated=NOON)
    log.write(parsed({"loss": points([2], [2.4], times=[NOON - 9000])}), arrival=NOON + 30, updated=NOON + 30)
    run = get_run(database, log.run_id)
    assert run is not None
    assert run.duration_s == 30.0


def test_one_time_in_a_log_tells_no_duration(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points([1, 2], [2.5, 2.4], times=[NOON, NAN])}), updated=NOON + 900)
    run = get_run(database, log.run_id)
    assert run is not None
    assert (run.started_at is not None, run.duration_s) == (True, None)
