"""The charts of a run page: a look after new points draws anew what they changed, and nothing else."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parser.points import Points
from tests.store.made import Log, parsed
from webapp.pages import drawn, lines
from webapp.pages.groups import group_metrics
from webapp.pages.recent import Recent
from webapp.store import runs as run_store
from webapp.store.database import Database, open_database
from webapp.store.series import list_metrics
from webapp.view import ViewQuery, read_query


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "board.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drawn, lines):
        monkeypatch.setattr(module, "RECENT", Recent())


def points(first: int, last: int, every: int = 1) -> Points:
    steps = np.arange(first, last + 1, every, dtype=float)
    return Points(steps, steps / 100, 1 / steps, 1.77e9 + steps, (steps * 50).astype(np.int64))


def charts(database: Database, run_id: int, query: ViewQuery | None = None) -> dict[str, drawn.PanelChart]:
    run = run_store.get_run(database, run_id)
    assert run is not None
    rows = list_metrics(database, run_id)
    groups = group_metrics([row.name for row in rows])
    made = drawn.draw_charts(database, run, query or ViewQuery(), groups, rows)
    return {group.name: item for group, item in zip(groups, made.charts, strict=True)}


def grown(database: Database, *, status: str = "running") -> tuple[Log, dict[str, drawn.PanelChart]]:
    """A run of 100 steps whose accuracy is printed every tenth, and its charts."""
    log = Log(database)
    log.write(parsed({"loss": points(1, 100), "accuracy": points(10, 100, 10)}), status=status)
    return log, charts(database, log.run_id)


def test_a_chart_without_a_new_point_is_not_drawn_again(database: Database) -> None:
    log, before = grown(database)
    log.write(parsed({"loss": points(101, 101)}))
    after = charts(database, log.run_id)
    assert after["accuracy"].chart is before["accuracy"].chart
    assert after["loss"].chart is not before["loss"].chart
    assert after["loss"].chart.table[0].count == "101"


def test_a_chart_whose_x_axis_moves_is_drawn_again(database: Database) -> None:
    log, before = grown(database)
    log.write(parsed({"loss": points(101, 140)}))
    after = charts(database, log.run_id)
    assert after["accuracy"].chart.full1 == after["loss"].chart.full1 > before["loss"].chart.full1
    assert after["accuracy"].chart.full1 >= 140


def test_another_view_is_another_chart(database: Database) -> None:
    log, before = grown(database)
    smoothed = charts(database, log.run_id, read_query([("smooth", "0.6")]))
    assert "EMA 0.6" in smoothed["loss"].chart.caption
    assert charts(database, log.run_id)["loss"].chart is before["loss"].chart


def test_the_axis_of_a_live_run_has_room_to_grow_and_that_of_a_finished_one_none(database: Database) -> None:
    log, live = grown(database)
    assert 100 < live["loss"].chart.full1 <= 104
    run_store.set_status(database, log.run_id, "finished", "The log says so.")
    over = charts(database, log.run_id)
    assert (over["loss"].chart.full0, over["loss"].chart.full1) == (1, 100)


@pytest.mark.parametrize("span", [1e-3, 0.37, 1, 7, 100, 12_345, 1e9])
def test_room_to_grow_is_a_few_percent_and_stays_while_the_run_grows(span: float) -> None:
    low, high = drawn.room_to_grow(5.0, 5.0 + span)
    assert low == 5.0
    assert 5.0 + span <= high <= 5.0 + span * 1.07
    assert drawn.room_to_grow(5.0, (5.0 + span + high) / 2) == (low, high)


def test_a_run_that_counts_tokens_can_be_drawn_over_them(database: Database) -> None:
    log = Log(database)
    counted = replace(points(1, 100), value=np.arange(1.0, 101) * 4096)
    log.write(parsed({"loss": points(1, 100), "num_tokens": counted}))
    query = read_query([("x", "tokens")])
    before = charts(database, log.run_id, query)["loss"].chart
    assert (before.axis, before.full0, before.full1) == ("tokens", 4096, 409_600)
    later = replace(points(101, 101), value=np.array([500_000.0]))
    log.write(parsed({"loss": points(101, 101), "num_tokens": later}))
    assert charts(database, log.run_id, query)["loss"].chart.full1 == 500_000


def test_two_databases_do_not_share_charts(database: Database, tmp_path: Path) -> None:
    _, before = grown(database)
    other = open_database(tmp_path / f"other-{os.getpid()}.db")
    _, after = grown(other)
    other.close()
    assert after["loss"].chart is not before["loss"].chart
