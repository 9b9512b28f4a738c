"""The charts of a comparison: read and drawn once, drawn anew when a run of theirs changes, the same from shapes as from every point."""

import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from parser.points import Progress, StepRule
from tests.filled import add_points, make_points
from tests.store.made import Log, parsed, points
from webapp.compare.query import read_compare_query
from webapp.pages import lines, overlay
from webapp.pages.compare import Comparison, build_comparison
from webapp.pages.recent import Recent
from webapp.store.database import Database, open_database

LONG = 60_000


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    for module in (lines, overlay):
        monkeypatch.setattr(module, "RECENT", Recent())
    opened = open_database(tmp_path / "board.db")
    yield opened
    opened.close()


def compare(database: Database, query: str) -> Comparison:
    """What the page of this address shows; a comparison needs nothing of a board but its database."""
    return build_comparison(SimpleNamespace(database=database), read_compare_query(parse_qsl(query)))  # type: ignore[arg-type]


def falling(points: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(3 * np.exp(-np.arange(points) / points * 3) + rng.normal(0, 0.1, points), 4)


def test_a_chart_none_of_whose_runs_changed_is_not_drawn_again(database):
    logs = [Log(database, f"/logs/r/{name}.log".encode()) for name in "ab"]
    for log in logs:
        log.write(parsed({"loss": make_points([3, 2, 1]), "accuracy": make_points([0.1, 0.2])}))
    query = "&".join(f"run={log.run_id}" for log in logs)
    before = {item.group.name: item for item in compare(database, query).overlays}
    assert all(after is before[after.group.name] for after in compare(database, f"{query}&sort=last").overlays)
    logs[1].write(parsed({"loss": make_points([0.5], steps=[3])}))
    after = {item.group.name: item for item in compare(database, query).overlays}
    assert after["loss"] is not before["loss"]
    assert after["loss"].chart.table[1].count == "4"


def test_runs_that_count_epochs_beside_runs_that_count_steps_are_told_with_the_axis_they_share(database):
    epochs, steps = Log(database, b"/logs/r/epochs.log"), Log(database, b"/logs/r/steps.log")
    reached = Progress(30, 30, 3, 3)
    epochs.write(parsed({"loss": points([math.nan] * 3, [3, 2, 1], [1, 2, 3])}, StepRule("epoch"), progress=reached))
    steps.write(parsed({"loss": points([10, 20, 30], [3, 2, 1], [1, 2, 3]), "accuracy": make_points([0.1, 0.2])}, progress=reached))
    query = f"run={epochs.run_id}&run={steps.run_id}"
    told = compare(database, query).problems
    words = (
        "The x axis counts the epochs of “epochs” and the steps of “steps”, which cannot be compared on it. Choose “epoch” as the x axis."
    )
    assert told == (words,)
    assert compare(database, f"{query}&x=epoch").problems == ()
    assert compare(database, f"{query}&metric=accuracy").problems == ()


def test_a_run_that_flattens_the_others_is_named_with_the_ways_to_see_them(database):
    for name, end in (("good", 1), ("fine", 1.5), ("bad", 500)):
        add_points(database, Path(f"/logs/r/{name}.log"), {"loss": make_points([3, 2, end]), "accuracy": make_points([0.1, 0.2, 0.3])})
    charts = {item.group.name: item for item in compare(database, "run=1&run=2&run=3").overlays}
    flat = charts["loss"].flattened
    assert flat is not None
    assert (flat.top, flat.usual, flat.run, flat.positive) == (500, 3, 3, True)
    assert charts["accuracy"].flattened is None
    assert compare(database, "run=1&run=2&run=3&metric=loss&log=y").overlays[0].flattened is None
    assert compare(database, "run=1&run=2&run=3&metric=loss&to=2").overlays[0].flattened is None


def test_groups_tell_what_is_no_number_in_their_runs(database):
    for seed, values in enumerate(([3, 2, 1], [3, np.nan, np.nan], [3, 2, 1]), 1):
        add_points(database, Path(f"/logs/r/{seed}.log"), {"loss": make_points(values)}, {"lr": "0.1", "seed": str(seed)})
    add_points(database, Path("/logs/r/4.log"), {"loss": make_points([np.nan, np.nan])}, {"lr": "0.2", "seed": "4"})
    chart = compare(database, "run=1&run=2&run=3&run=4&group=lr").overlays[0].chart
    assert [(entry.label, entry.last) for entry in chart.legend] == [("lr=0.1 (3 runs)", "1, NaN in 1 run"), ("lr=0.2", "NaN in 1 run")]
    assert "without 4 values that are no numbers" in chart.caption
    assert [row.bad for row in chart.table] == ["2", "2"]
    for words in ("lr=0.1 (3 runs): 1 × NaN, step 2", "lr=0.2: 1 × NaN, step 1"):
        assert words in chart.svg


@pytest.mark.parametrize("change", ["group=seed", "base=1", "smooth=0.5", "level=2", "metric=loss&x=relative", "from=1&to=2", "points=50"])
def test_another_view_is_drawn_for_itself(database, change):
    for seed in (1, 2):
        add_points(database, Path(f"/logs/r/{seed}.log"), {"loss": make_points([3, 2, 1])}, {"seed": str(seed)})
    before, after = compare(database, "run=1&run=2").overlays[0], compare(database, f"run=1&run=2&{change}").overlays[0]
    assert after is not before


@pytest.mark.parametrize(("values", "level"), [(falling(LONG, 1), 1.0), (1 - falling(LONG, 2), -1.0), (falling(LONG, 3), 0.01)])
def test_the_first_crossing_of_a_long_run_is_that_of_all_its_points(database, values, level):
    add_points(database, Path("/logs/r/long.log"), {"loss": make_points(values)})
    (row,) = compare(database, f"run=1&level={level}").overlays[0].levels[0].rows
    there = np.flatnonzero(values <= level if values[0] > level else values >= level)
    assert row.reached is not None
    assert (row.reached.step, row.reached.value) == (there[0] + 1, values[there[0]])


def test_a_level_that_a_long_run_never_gets_to_is_told(database):
    add_points(database, Path("/logs/r/long.log"), {"loss": make_points(falling(LONG, 1))})
    (row,) = compare(database, "run=1&level=-5").overlays[0].levels[0].rows
    assert row.reached is None


def test_a_difference_to_a_long_baseline_is_that_of_the_points_at_the_same_step(database):
    base = falling(LONG, 1)
    add_points(database, Path("/logs/r/base.log"), {"loss": make_points(base)})
    add_points(database, Path("/logs/r/other.log"), {"loss": make_points(base + 0.5)})
    chart = compare(database, "run=1&run=2&base=1").overlays[0].chart
    assert [(row.min.value, row.max.value) for row in chart.table] == [("0", "0"), ("0.5", "0.5")]
