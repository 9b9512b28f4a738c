"""T10: a last line without an end is shown as such, in the terminal and on `/status`, until its end is written (P4)."""

from pathlib import Path

from tests.conftest import Boards

MARK = 'class="unfinished"'


def test_a_line_without_an_end_is_said_to_be_unfinished_until_it_has_one(tmp_path: Path, start_board: Boards) -> None:
    log = tmp_path / "runs" / "a.log"
    log.parent.mkdir()
    log.write_text("step 1 loss 0.5\nstep 2 loss 0.4\nstep 3 lo")
    board = start_board(log.parent)
    board.wait_for("/status", "Its last line has no end yet")
    board.wait_for("/runs/1", MARK)
    with log.open("a") as more:
        more.write("ss 0.3\n")
    board.wait_for("/api/v1/runs", '"points":3')
    assert MARK not in board.get("/runs/1")[1].decode()
    board.wait_for("/status", r"<td>read</td>")
    assert "has no end yet" not in board.get("/status")[1].decode()


def test_a_bar_that_is_drawn_again_is_not_unfinished(tmp_path: Path, start_board: Boards) -> None:
    log = tmp_path / "runs" / "a.log"
    log.parent.mkdir()
    log.write_text(
        "step 1 loss 0.5\nstep 2 loss 0.4\n\r 10%|#         | 1/10 [00:01<00:09,  1.00it/s]\r 20%|##        | 2/10 [00:02<00:08]"
    )
    board = start_board(log.parent)
    board.wait_for("/api/v1/runs", '"points":2')
    assert MARK not in board.get("/runs/1")[1].decode()
