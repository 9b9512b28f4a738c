"""The JSON of a run's metrics: its form, its window, how many points at most, and the types of what is served beside it."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.conftest import Boards, RunningBoard

STEPS = 5000


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("api")
    values = {7: "nan", 2500: "99.5", 3333: "-inf", 4000: "-4.0"}
    (folder / "long.log").write_text("".join(f"step {i}: loss {values.get(i, f'{9 - i / 1000:.3f}')}\n" for i in range(1, STEPS + 1)))
    (folder / "timed.log").write_text("2026-01-28 10:00:00,250 INFO step=1 loss=2.34\n2026-01-28 10:00:01,250 INFO step=2 loss=2.31\n")
    boards = Boards(folder)
    started = boards(folder)
    started.wait_for("/api/v1/runs", f'"points":{STEPS}')
    started.wait_for("/api/v1/runs", '"points":2,')
    yield started
    boards.stop()


@pytest.fixture(scope="module")
def runs(board: RunningBoard) -> dict[str, int]:
    return {run["name"]: run["id"] for run in json.loads(board.get("/api/v1/runs")[1])}


def points(board: RunningBoard, run: int, query: str = "") -> list[dict]:
    status, body = board.get(f"/api/v1/runs/{run}/metrics?metric=loss{query}")
    assert status == 200, body
    return json.loads(body)["metrics"]["loss"]


def test_points_have_step_value_and_time(board, runs):
    assert points(board, runs["timed"]) == [
        {"step": 1, "value": 2.34, "timestamp": "2026-01-28T10:00:00.250Z"},
        {"step": 2, "value": 2.31, "timestamp": "2026-01-28T10:00:01.250Z"},
    ]


def test_all_points_come_where_no_number_is_asked_for_and_none_is_lost(board, runs):
    found = points(board, runs["long"])
    assert [one["step"] for one in found] == list(range(1, STEPS + 1))
    assert (found[6]["value"], found[3332]["value"]) == ("NaN", "-Infinity")


def test_from_and_to_are_part_of_the_window(board, runs):
    assert [one["step"] for one in points(board, runs["long"], "&from=10&to=12")] == [10, 11, 12]


@pytest.mark.parametrize("most", [5, 50, 1000])
def test_no_more_points_come_than_were_asked_for_and_the_telling_ones_are_among_them(board, runs, most):
    found = {one["step"]: one["value"] for one in points(board, runs["long"], f"&max_points={most}")}
    assert most / 2 <= len(found) <= most
    assert {1: 8.999, 2500: 99.5, 4000: -4.0, STEPS: 4.0}.items() <= found.items()
    if most >= 50:
        assert (found[7], found[3333]) == ("NaN", "-Infinity")


def test_a_metric_the_run_does_not_have_is_named(board, runs):
    status, body = board.get(f"/api/v1/runs/{runs['long']}/metrics?metric=lossy")
    assert status == 404
    assert b"lossy" in body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/runs/1/log", "text/plain; charset=utf-8"),
        ("/runs/1/loss.csv", "text/csv; charset=utf-8"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/static/app.css", "text/css; charset=utf-8"),
        ("/static/htmx.min.js", "text/javascript; charset=utf-8"),
        ("/runs/1/loss.svg", "image/svg+xml"),
        ("/api/v1/runs", "application/json"),
    ],
)
def test_what_is_served_says_what_it_is(board, path, kind):
    with urllib.request.urlopen(board.url + path, timeout=10) as answer:
        assert answer.headers["content-type"] == kind
