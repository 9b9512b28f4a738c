"""Lists of runs and experiments, and what a page may change about them."""

import sqlite3
from contextlib import closing

import pytest

from tests.store.made import NOON, Log, parsed, points
from webapp.store.database import Database
from webapp.store.experiments import delete_experiment, edit_experiment, get_experiment, list_experiments
from webapp.store.models import blocks, events, series
from webapp.store.runs import delete_run, edit_run, get_run, list_runs, run_version, runs_version, set_status
from webapp.store.sources import list_sources, source_of


@pytest.fixture
def three(database: Database) -> list[Log]:
    """Runs a, b, c with 1, 2, 3 points, the newest first written."""
    made = []
    for n, name in enumerate("abc"):
        log = Log(database, f"/logs/set/{name}.log".encode(), "set")
        log.write(
            parsed({"loss": points(list(range(n + 1)), [5.0 - n] * (n + 1))}), updated=NOON - n, status="running", reason="The log grows."
        )
        made.append(log)
    return made


def names(database: Database, **wanted: object) -> list[str]:
    return [run.name for run in list_runs(database, **wanted)[0]]  # type: ignore[arg-type]


def test_lists_are_sorted_by_what_is_asked_with_the_unknown_last(database: Database, three: list[Log]) -> None:
    silent = Log(database, b"/logs/set/silent.log", "set")
    silent.write(parsed({}), show=True, updated=NOON - 9)
    assert names(database) == ["a", "b", "c", "silent"]
    assert names(database, sort="points") == ["silent", "a", "b", "c"]
    assert names(database, sort="loss") == ["c", "b", "a", "silent"]
    assert names(database, sort="-loss") == ["a", "b", "c", "silent"]
    assert names(database, sort="-name") == ["silent", "c", "b", "a"]
    assert names(database, sort="no such column") == names(database, sort="updated")


def test_pinned_runs_stand_first_and_archived_ones_are_left_out(database: Database, three: list[Log]) -> None:
    edit_run(database, three[2].run_id, pinned=True)
    edit_run(database, three[0].run_id, archived=True)
    assert names(database) == ["c", "b"]
    assert names(database, archived=True) == ["a"]


def test_pages_of_a_list_know_how_many_there_are(database: Database, three: list[Log]) -> None:
    rows, total = list_runs(database, limit=1, offset=1)
    assert ([run.name for run in rows], total) == (["b"], 3)
    assert list_runs(database, limit=1, offset=9) == ([], 3)


def test_search_takes_its_words_literally(database: Database, three: list[Log]) -> None:
    edit_run(database, three[0].run_id, notes="50% of_the \\ data")
    for text in ("50%", "of_the", "\\ d", "DATA"):
        assert names(database, search=text) == ["a"], text
    assert names(database, search="%") == ["a"]
    assert names(database, search="_") == ["a"]
    assert names(database, search="set") == ["a", "b", "c"]
    assert names(database, search="' OR 1=1 --") == []


def test_a_tag_is_found_whole(database: Database, three: list[Log]) -> None:
    edit_run(database, three[0].run_id, tags=["best", "  two   words ", "best", ""])
    edit_run(database, three[1].run_id, tags=["bestest"])
    assert get_run(database, three[0].run_id).tags == ("best", "two words")
    assert names(database, tag="best") == ["a"]
    assert names(database, tag="two words") == ["a"]
    edit_run(database, three[0].run_id, tags=[])
    assert get_run(database, three[0].run_id).tags == ()


def test_a_line_break_in_a_tag_makes_no_second_tag(database: Database, three: list[Log]) -> None:
    edit_run(database, three[0].run_id, tags=["a\nb"])
    assert get_run(database, three[0].run_id).tags == ("a b",)


def test_an_edit_changes_what_is_given_and_the_version(database: Database, three: list[Log]) -> None:
    run_id = three[0].run_id
    before = run_version(database, run_id)
    assert edit_run(database, run_id, name="  better  ")
    assert edit_run(database, run_id, name="   ")
    run = get_run(database, run_id)
    assert (run.name, run.notes, run.version) == ("better", "", before + 2)
    assert not edit_run(database, 999, name="x")


def test_the_version_of_a_list_changes_with_every_run(database: Database, three: list[Log]) -> None:
    seen = {runs_version(database), runs_version(database, 999)}
    set_status(database, three[0].run_id, "finished", "It ended.")
    seen.add(runs_version(database))
    delete_run(database, three[1].run_id)
    seen.add(runs_version(database))
    assert len(seen) == 4


def test_the_version_of_a_list_is_counted_once_between_two_commits(database: Database, three: list[Log]) -> None:
    before = runs_version(database)
    with closing(sqlite3.connect(database.path)) as another, another:  # not through the board, so that it need not notice
        another.execute("UPDATE run_progress SET version = version + 7")
    assert runs_version(database) == before
    set_status(database, three[0].run_id, "finished", "It ended.")
    assert runs_version(database) == before + 22 * 1_000_003


def test_a_deleted_run_leaves_nothing_but_the_place_in_its_log(database: Database, three: list[Log]) -> None:
    log = three[2]
    assert delete_run(database, log.run_id)
    assert not delete_run(database, log.run_id)
    assert get_run(database, log.run_id) is None
    assert source_of(database, log.run_id) is None
    states = {source.path: (source.state, source.run_id, source.offset) for source in list_sources(database)}
    assert states[b"/logs/set/c.log"] == ("deleted", None, 1000)
    with database.read() as connection:
        for table in (series, events):
            assert connection.execute(table.select().where(table.c.run_id == log.run_id)).all() == []
        assert len(connection.execute(blocks.select()).all()) == 2


def test_an_experiment_counts_its_runs_and_lives_with_the_newest(database: Database, three: list[Log]) -> None:
    Log(database, b"/logs/other/x.log", "other").write(parsed({"loss": points([1], [1.0])}), updated=NOON + 50, status="finished")
    (other, its), total = list_experiments(database)
    assert (total, other.name, other.runs, other.live) == (2, "other", 1, 0)
    assert (its.name, its.runs, its.live, its.updated_at.timestamp()) == ("set", 3, 3, NOON)
    assert [row.name for row in list_experiments(database, search="oth")[0]] == ["other"]


def test_a_renamed_experiment_keeps_its_folder(database: Database, three: list[Log]) -> None:
    experiment_id = get_run(database, three[0].run_id).experiment_id
    assert edit_experiment(database, experiment_id, name="Better", notes="Notes.")
    Log(database, b"/logs/set/d.log", "set").write(parsed({"loss": points([1], [1.0])}))
    row = get_experiment(database, experiment_id)
    assert (row.name, row.notes, row.runs) == ("Better", "Notes.", 4)
    assert not edit_experiment(database, 99, name="x")
    assert get_experiment(database, 99) is None


def test_a_deleted_experiment_takes_its_runs_along(database: Database, three: list[Log]) -> None:
    assert delete_experiment(database, get_run(database, three[0].run_id).experiment_id)
    assert list_runs(database) == ([], 0)
    assert list_experiments(database) == ([], 0)
    assert {source.state for source in list_sources(database)} == {"deleted"}


def test_runs_of_the_same_name_get_another_one(database: Database) -> None:
    for path in (b"/logs/set/a.log", b"/logs/set/a.out", b"/logs/set/a.txt"):
        Log(database, path, "set").write(parsed({"loss": points([1], [1.0])}))
    again = Log(database, b"/logs/set/a.log", "set")
    again.write(parsed({"loss": points([1], [1.0])}))
    assert sorted(names(database)) == ["a", "a (2)", "a.out", "a.txt"]
