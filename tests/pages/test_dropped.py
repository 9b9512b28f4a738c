"""T11: what was dropped of a log is counted, and told by `explain`, on the page of the run and on `/status` (P3)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Boards, RunningBoard
from tests.pages.test_explain import post

GOOD = "step {n} loss {n}.5\n"
LONG = "x" * 8192
LOG = (
    "".join(GOOD.format(n=n) for n in range(1, 5))
    + f"step 5 loss 5.5 {LONG} grad_norm 2\n"  # so many bytes come before the metric that is not read
    + "\0" * 300
    + "\n"
    + "y" * (3 << 20)
    + "\n"
    + "".join(GOOD.format(n=n) for n in range(6, 10))
)
BEYOND = len(f"step 5 loss 5.5 {LONG} grad_norm 2") - 8192
TOLD = (
    f"{BEYOND:,} bytes of text beyond 8 KiB of a line",
    "300 NUL bytes",
    "1 over-long lines",
    f"{3 << 20:,} bytes of over-long lines",
)


@pytest.fixture(scope="module")
def board(tmp_path_factory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("dropped")
    (folder / "logs").mkdir()
    (folder / "logs" / "a.log").write_text(LOG)
    (folder / "logs" / "whole.log").write_text("".join(GOOD.format(n=n) for n in range(1, 9)))
    boards = Boards(folder)
    started = boards(folder / "logs")
    started.wait_for("/api/v1/runs", r'"id":2')
    started.wait_for("/status", r"a\.log[\s\S]*<td>read</td>[\s\S]*<td>read</td>")
    yield started
    boards.stop()


def run_of(board: RunningBoard, name: str) -> str:
    page = board.get("/status")[1].decode()
    return page[: page.index(f"/{name}</a>")].rpartition('href="')[2].partition('"')[0]


def test_explain_counts_what_was_dropped(board: RunningBoard) -> None:
    text = post(board, "/explain", text=LOG.partition("y")[0])
    assert f"{BEYOND:,} bytes of text beyond 8 KiB of a line." in text
    assert "300 NUL bytes." in text


@pytest.mark.parametrize("told", TOLD)
def test_the_page_of_a_run_and_the_status_page_tell_it(board: RunningBoard, told: str) -> None:
    assert told in board.get(run_of(board, "a.log"))[1].decode().partition("Not read of this log:")[2]
    assert told in board.get(f"{run_of(board, 'a.log')}/details")[1].decode()
    assert told in board.get("/status")[1].decode()


def test_a_log_that_was_read_whole_says_nothing_of_it(board: RunningBoard) -> None:
    assert "Not read" not in board.get(run_of(board, "whole.log"))[1].decode()
    row = board.get("/status")[1].decode().partition("whole.log</a>")[2].partition("</tr>")[0]
    assert "Not read" not in row


def test_metrics_beyond_the_limit_are_counted(start_board: Boards, tmp_path: Path) -> None:
    """T43"""
    logs = tmp_path / "many"
    logs.mkdir()
    names = ["extra_" + "".join("abcdefghij"[int(digit)] for digit in f"{n:03}") for n in range(700)]
    (logs / "many.log").write_text("".join(f"step={n} loss={n}.5 {name}={n}.5\n" for n, name in enumerate(names)))
    board = start_board(logs)
    assert re.search(r"Not read of this log: 20\d series beyond the limit\.", board.wait_for("/runs/1", "Not read of this log"))
