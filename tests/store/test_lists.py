"""Tables of runs out of a real database: what is found, in which order, and that nothing a visitor types breaks it."""

from pathlib import Path

import pytest

from tests.filled import add_points, make_points
from webapp.store import lists
from webapp.store import runs as run_store
from webapp.store.database import Database, open_database
from webapp.store.lists import (
    Condition,
    Order,
    RunFilter,
    find_runs,
    known_experiments,
    metrics_of_runs,
    newest_runs,
    read_runs,
    run_ids_of,
    runs_versions,
    tags_in_use,
)


@pytest.fixture
def database(tmp_path: Path):
    database = open_database(tmp_path / "board.db")
    losses = {"slow": [3, 2.5, 2.6], "fast": [3, 1, 0.5], "broken": [3, float("nan")]}
    for number, (name, values) in enumerate(losses.items()):
        params = {"lr": ["1e-4", "0.001", "high"][number], "seed": str(number + 9)}
        points = make_points(values, every_s=60.0 * (number + 1), began=1_700_000_000 + 1000 * number)
        add_points(database, Path(f"/logs/a/{name}.log"), {"loss": points, "acc": make_points([number, number / 2])}, params)
    add_points(database, Path("/logs/b/other.log"), {"reward": make_points([1, 2])}, {"lr": "1e-3"}, "failed")
    yield database
    database.close()


def names(database: Database, order: Order = Order("name", False), **wanted) -> list[str]:  # noqa: B008
    return [run.name for run in find_runs(database, RunFilter(**wanted), order, 50)[0]]


def test_every_run_is_listed_with_its_parameters(database):
    rows, total = find_runs(database, RunFilter(), Order("name", False), 2)
    assert [(run.name, run.params["lr"]) for run in rows] == [("broken", "high"), ("fast", "0.001")]
    assert total == 4


def test_a_page_behind_the_last_one_is_empty_and_still_knows_the_total(database):
    assert find_runs(database, RunFilter(), Order(), 2, 100) == ([], 4)


def test_all_words_have_to_be_found_somewhere(database):
    assert names(database, words=("logs", "fa")) == ["fast"]
    assert names(database, words=("fast", "slow")) == []
    assert names(database, words=("100%",)) == []


def test_a_parameter_is_compared_by_number_and_a_text_is_never_smaller(database):
    assert names(database, conditions=(Condition("lr", "=", "1e-3"),)) == ["fast", "other"]
    assert names(database, conditions=(Condition("lr", "<", "1"),)) == ["fast", "other", "slow"]
    assert names(database, conditions=(Condition("lr", "=", "HIGH"),)) == ["broken"]
    assert names(database, conditions=(Condition("lr", "!=", "high"),)) == ["fast", "other", "slow"]


def test_a_parameter_is_found_by_its_other_spellings(database):
    assert names(database, conditions=(Condition("learning_rate", "=", "1e-3"),)) == ["fast", "other"]
    assert names(database, conditions=(Condition("LR", "<", "1"),)) == ["fast", "other", "slow"]
    assert names(database, conditions=(Condition("learning_rate", "=", "high"),)) == ["broken"]
    assert names(database, conditions=(Condition("rate", "=", "1e-3"),)) == []
    assert {"lr", "seed", "reward"} <= lists.known_names(database, None)


def test_a_metric_is_compared_by_its_last_lowest_or_highest_value(database):
    assert names(database, conditions=(Condition("loss", "<", "2.55"),)) == ["fast"]
    assert names(database, conditions=(Condition("loss", "<", "2.55", "min"),)) == ["fast", "slow"]
    assert names(database, conditions=(Condition("acc", ">=", "1", "max"),)) == ["broken", "fast"]


def test_an_equals_sign_may_be_part_of_a_name(database):
    run_store.edit_run(database, 1, name="sft lr=5")
    assert names(database, conditions=(Condition("lr", "=", "5"),)) == ["sft lr=5"]


@pytest.mark.parametrize("key", ['"', "'", 'a"b', "$", "\\", "x'); DROP TABLE source; --", "lr.x", "[0]", "%", "é\u202e"])
def test_no_key_breaks_the_search(database, key):
    for sign in ("=", "<"):
        assert names(database, conditions=(Condition(key, sign, "1"),)) == []  # type: ignore[arg-type]
    assert len(names(database, Order(f"param:{key}", False))) == 4
    assert len(names(database, Order(f"metric:{key}", True))) == 4


def test_status_and_tag_filter(database):
    run_store.edit_run(database, 2, tags=["best", "keep me"])
    assert names(database, statuses=("failed",)) == ["other"]
    assert names(database, statuses=("live",)) == []
    assert names(database, tags=("keep me",)) == ["fast"]
    assert names(database, tags=("keep",)) == []
    assert tags_in_use(database) == ["best", "keep me"]


def test_archived_runs_are_listed_on_demand_only(database):
    run_store.edit_run(database, 1, archived=True)
    assert names(database) == ["broken", "fast", "other"]
    assert names(database, archived=True) == ["slow"]


def test_pinned_runs_stand_first_and_unknown_values_last(database):
    run_store.edit_run(database, 1, pinned=True)
    assert names(database, Order("metric:reward")) == ["slow", "other", "broken", "fast"]
    assert names(database, Order("param:lr", False)) == ["slow", "other", "fast", "broken"]
    assert names(database, Order("metric:loss", True))[:2] == ["slow", "fast"]


def test_runs_are_sorted_by_duration(database):
    assert names(database, Order("duration", True)) == ["slow", "fast", "broken", "other"]


def test_the_newest_runs_of_several_experiments_come_with_one_question(database):
    found = newest_runs(database, [1, 2, 9], 2)
    assert {ident: [run.name for run in rows] for ident, rows in found.items()} == {1: ["broken", "fast"], 2: ["other"], 9: []}


def test_many_runs_at_once(database):
    assert [run.id for run in read_runs(database, [3, 1, 77])] == [3, 1]
    assert {ident: [m.name for m in rows] for ident, rows in metrics_of_runs(database, [1, 4]).items()} == {
        1: ["loss", "acc"],
        4: ["reward"],
    }
    assert [m.last for m in metrics_of_runs(database, [2], ["acc"])[2]] == [0.5]
    assert runs_versions(database, [1, 77]) == {1: 1}
    assert known_experiments(database, [1, 5]) == {1: "a"}


def test_the_best_runs_of_experiments_come_first_those_that_failed_or_are_nan_last(database):
    add_points(database, Path("/logs/a/crashed.log"), {"loss": make_points([3, 0.1])}, {}, "failed")
    add_points(database, Path("/logs/a/none.log"), {"reward": make_points([1])})
    assert run_ids_of(database, [1], 10) == [2, 1, 6, 5, 3]
    assert run_ids_of(database, [1], 2) == [2, 1]
    run_store.edit_run(database, 3, pinned=True)
    assert run_ids_of(database, [1], 2) == [3, 2]
