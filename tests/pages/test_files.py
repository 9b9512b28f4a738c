"""A chart of a run as a file, over a real board: pictures, numbers, tags that spare the drawing."""

import csv
import io
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from tests.conftest import LOGS, Boards, RunningBoard


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "logs").mkdir()
    shutil.copyfile(LOGS / "trl" / "trl-dpo-redir.log", folder / "logs" / "dpo.log")
    boards = Boards(folder)
    started = boards(folder / "logs")
    started.wait_for("/api/v1/runs/1", '"status":"finished"')
    lines = [f"2026-01-28 10:{n:02}:00 step {n} loss {3 / n:.4f}" for n in range(1, 41)]
    evaluated = [f"2026-01-28 10:{n:02}:30 step {n} eval_loss {4 / n:.4f}" for n in range(12, 41, 4)]
    (folder / "logs" / "timed.log").write_text("\n".join(sorted([*lines, *evaluated])) + "\n")
    started.wait_for("/api/v1/runs", '"timed"')
    yield started
    boards.stop()


def test_a_chart_is_a_picture_that_stands_alone(board):
    status, body = board.get("/runs/1/loss.svg?smooth=0.6&w=900&theme=print")
    assert status == 200
    root = ElementTree.fromstring(body)
    assert root.tag.endswith("svg")
    assert root.get("width") == "900"
    assert b"<script" not in body
    assert b"http" not in body.replace(b"http://www.w3.org", b"")


def test_a_picture_over_tokens_is_drawn_where_tokens_are_counted(board):
    body = board.get("/runs/1/loss.svg?x=tokens")[1].decode()
    assert ">tokens</text>" in body
    assert "None of these points" not in body


def test_time_since_the_start_counts_from_the_start_of_the_run_for_every_line(board):
    number = next(run["id"] for run in json.loads(board.get("/api/v1/runs")[1]) if run["name"] == "timed")
    picture = ElementTree.fromstring(board.get(f"/runs/{number}/eval_loss.svg?x=relative")[1])
    words = [text.strip() for text in picture.itertext()]
    assert [word for word in words if word[:-1].isdigit() and word.endswith("m")] == ["15m", "20m", "25m", "30m", "35m"]


def test_a_name_with_a_slash_is_a_file_too(board):
    assert board.get("/runs/1/rewards/chosen.svg")[0] == 200


def test_the_numbers_are_those_of_the_log(board):
    truth = json.loads(board.get("/api/v1/runs/1/metrics?metric=loss")[1])["metrics"]["loss"]
    rows = list(csv.DictReader(io.StringIO(board.get("/runs/1/loss.csv")[1].decode())))
    loss = [row for row in rows if row["metric"] == "loss"]
    assert [float(row["value"]) for row in loss] == [point["value"] for point in truth]
    assert [float(row["step"]) for row in loss] == [point["step"] for point in truth]
    assert {row["metric"] for row in rows} == {"loss", "eval_loss"}
    as_json = json.loads(board.get("/runs/1/loss.json?from=10&to=20")[1])
    assert [row["step"] for row in as_json if row["metric"] == "loss"] == [10, 15, 20]


def test_the_same_file_again_is_not_drawn_again(board):
    with urllib.request.urlopen(board.url + "/runs/1/loss.svg") as answer:
        tag = answer.headers["ETag"]
    request = urllib.request.Request(board.url + "/runs/1/loss.svg", headers={"If-None-Match": tag})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 304


@pytest.mark.parametrize("path", ["/runs/1/nonsense.svg", "/runs/1/loss.exe", "/runs/99/loss.svg", "/runs/1/loss"])
def test_what_is_no_file_is_not_found(board, path):
    assert board.get(path)[0] == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/runs/1/loss.csv", "dpo_loss.csv"),
        ("/runs/1/rewards/chosen.json", "dpo_rewards_chosen.json"),
        ("/runs/1/log", "dpo.log"),
        ("/runs/1/report?save=1", "dpo-report.html"),
        ("/compare/report?run=1&run=2&save=1", "runs-1-2-report.html"),
    ],
)
def test_a_file_is_saved_under_the_name_of_its_run_and_metric(board, path, name):
    with urllib.request.urlopen(board.url + path) as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
