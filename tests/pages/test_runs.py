"""The page of a run and the tables of runs: what they say of a run's loss and of how far it is."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Boards, RunningBoard

HEAD = "      Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n"
FRAME = "  {}/299      13.5G     0.0{}    0.01527          0        188        640: {:3}%|{:10}| {}/26 [00:19<00:00,  1.36it/s]"


def write_yolo(path: Path) -> None:
    """The log of YOLOv5: under a head the losses, redrawn with the bar of the epoch."""
    frames = ("\r".join(FRAME.format(epoch, 900 - epoch, n * 50, "█" * n * 5, n * 13) for n in (0, 1, 2)) for epoch in range(240, 246))
    path.write_text(HEAD + f"\n{HEAD}".join(frames) + "\n" + HEAD)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("runs")
    (folder / "logs").mkdir()
    write_yolo(folder / "logs" / "yolo.log")
    for seed in (1, 2):
        steps = "".join(f"step {step}: loss {seed / step:.3f}\n" for step in range(1, 20))
        (folder / "logs" / f"seed{seed}.log").write_text(f"Namespace(lr=0.1, seed={seed})\n{steps}")
    boards = Boards(folder)
    started = boards(folder / "logs")
    started.wait_for("/api/v1/runs", '("points":[1-9].*){3}')
    yield started
    boards.stop()


@pytest.fixture(scope="module")
def numbers(board: RunningBoard) -> dict[str, int]:
    """The number of each run by its name."""
    return {run["name"]: run["id"] for run in json.loads(board.get("/api/v1/runs")[1])}


def facts(page: str) -> dict[str, str]:
    """The numbers at the head of a run."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {name: re.sub("<.*?>", "", value) for name, value in found}


def test_a_run_of_epochs_does_not_take_the_bar_of_an_epoch_for_its_own(board: RunningBoard, numbers: dict[str, int]) -> None:
    yolo = numbers["yolo"]
    page = board.get(f"/runs/{yolo}")[1].decode()
    assert facts(page)["Epoch"] == "245 / 299"
    assert "Step" not in facts(page)
    assert re.search(r'<progress max="299\.0" value="245\.0" aria-label="Epochs done">', page)
    for path in ("/runs", f"/compare?run={yolo}"):
        assert '245<span class="muted"> / 299 epochs</span>' in board.get(path)[1].decode()


def test_a_run_of_epochs_alone_is_told_in_epochs(start_board: Boards, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    losses = [*(3 / n for n in range(1, 20)), float("nan")]
    (folder / "epochs.log").write_text("".join(f"epoch {n} loss {loss:.4f}\n" for n, loss in enumerate(losses, 1)))
    board = start_board(folder)
    board.wait_for("/runs/1", "non-finite value")
    page = board.get("/runs/1")[1].decode()
    status = page.split('id="status"')[1].split("</section>")[0]
    assert '<span class="muted">epoch 20</span>' in status
    assert not re.search(r"\bstep\b", status)
    assert '20<span class="muted"> epochs</span>' in board.get("/experiments/1")[1].decode()
    assert '<span class="muted">epoch 20</span>' in board.get("/runs/1/report")[1].decode()


def test_one_more_equal_parameter_is_told_in_the_singular(board: RunningBoard, numbers: dict[str, int]) -> None:
    page = board.get(f"/compare?run={numbers['seed1']}&run={numbers['seed2']}")[1].decode()
    assert "1 more that is equal</a>" in page


def test_an_address_that_leads_nowhere_is_answered_in_a_sentence(board: RunningBoard) -> None:
    status, body = board.get("/nowhere")
    assert status == 404
    assert "<p>There is no page at this address.</p>" in body.decode()
    assert b'"error":"There is no page at this address."' in board.get("/api/v1/nowhere")[1]


def test_a_search_for_what_no_run_has_is_told_with_names_that_come_near(board: RunningBoard) -> None:
    assert "No run here has a parameter or a metric “sed”. Near it: “seed”." in board.get("/runs?q=sed%3D1")[1].decode()
    found = board.get("/runs?q=learning_rate%3D0.1")[1].decode()
    assert "seed1" in found
    assert "yolo" not in found.split("<tbody")[1]


def test_a_run_that_fell_silent_is_not_counted_as_live(start_board: Boards, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name, silent_s in (("old", 2000), ("new", 0)):
        log = folder / f"{name}.log"
        log.write_text("".join(f"step {n}: loss {3 / n:.3f}\n" for n in range(1, 20)))
        os.utime(log, (time.time() - silent_s,) * 2)
    board = start_board(folder)
    board.wait_for("/api/v1/runs", "stalled")
    board.wait_for("/api/v1/runs", '("points":[1-9].*){2}')
    for path in ("/", "/experiments/1"):
        page = board.get(path)[1].decode()
        assert '<span class="live-count">1 live</span> · <span class="stalled-count">1 stalled</span>' in page


def test_a_loss_of_another_name_is_called_by_it(board: RunningBoard, numbers: dict[str, int]) -> None:
    yolo = numbers["yolo"]
    assert facts(board.get(f"/runs/{yolo}")[1].decode())["box_loss"] == "0.0655"
    for path in ("/runs", f"/compare?run={yolo}"):
        assert '0.0655 <span class="muted">box_loss</span>' in board.get(path)[1].decode()
    assert "<dt>Last box_loss</dt>" in board.get(f"/runs/{yolo}/report")[1].decode()


def test_every_table_of_runs_says_what_was_noticed_in_one_and_leads_there(start_board: Boards, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    steps = [f"step {n}: loss {3 / (n + 1):.4f}\n" for n in range(50)]
    (logs / "well.log").write_text("".join(steps))
    (logs / "ill.log").write_text("".join([*steps, "step 50: loss nan\n"]))
    board = start_board(logs)
    board.wait_for("/", 'class="noticed"', seconds=40)
    ill = next(run["id"] for run in json.loads(board.get("/api/v1/runs")[1]) if run["name"] == "ill")
    for path in ("/runs", "/runs/table", "/experiments/1", "/compare?experiment=1"):
        (mark,) = re.findall(r'<a class="noticed"[^>]*>[^<]*</a>', board.get(path)[1].decode())
        assert re.search(rf'href="/runs/{ill}\?at=\d+#terminal" title="[^"]+">non-finite value<', mark), path
