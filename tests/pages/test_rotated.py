"""The pages of a run whose log was rotated: its files are one text, so a line and the points it gave still lead to each other."""

import json
import re
from pathlib import Path

from tests.conftest import Boards, RunningBoard


def lines(first: int, last: int) -> str:
    return "".join(f"step={n} loss={n}.5\n" for n in range(first, last + 1))


def rotate(log: Path, start_board: Boards) -> RunningBoard:
    """A board that has read steps 1 to 30, then after a rotation those to 50."""
    log.write_text(lines(1, 30))
    board = start_board(log, LOSSBOARD_POLL_S="0.1")
    board.wait_for("/api/v1/runs/1", '"points":30')
    log.rename(log.with_name("train.log.1"))
    log.write_text(lines(31, 50))
    board.wait_for("/api/v1/runs/1", '"points":50')
    return board


def test_curve_and_terminal_lead_to_each_other_over_the_files_of_a_rotated_log(tmp_path: Path, start_board: Boards) -> None:
    board = rotate(tmp_path / "train.log", start_board)
    text = lines(1, 50)
    points = json.loads(board.get("/api/v1/runs/1/metrics?metric=loss")[1])["metrics"]["loss"]
    assert [point["step"] for point in points] == list(range(1, 51))
    for step in (7, 30, 31, 44):
        page = board.get(f"/runs/1/terminal?at={text.index(f'step={step} ')}")[1].decode()
        (marked,) = re.findall(r'<div class="tl marked".*?</div>', page)
        assert f"step={step} " in marked
    shown = board.get("/runs/1/terminal")[1].decode()
    assert len(re.findall(r'class="to-curve"', shown)) == 50, "every line has a way to its points"
    assert board.get("/runs/1/log")[1].decode() == text
    assert board.get(f"/runs/1/log?offset={text.index('step=30 ')}")[1].decode() == lines(30, 50)
    found = board.get("/runs/1/terminal?find=step%3D9%20")[1].decode()
    assert "1 of 1" in found
    assert "<mark>step=9</mark>" in found


def test_a_part_that_is_gone_is_not_taken_for_the_lines_that_are_there(tmp_path: Path, start_board: Boards) -> None:
    board = rotate(tmp_path / "train.log", start_board)
    (tmp_path / "train.log.1").unlink()
    page = board.get("/runs/1/terminal?at=0")[1].decode()
    assert "step=31 " in page
    assert not re.search(r'class="tl marked"', page), "the line of that point is not there any more"
    assert len(re.findall(r'class="to-curve"', board.get("/runs/1/terminal")[1].decode())) == 20
    assert board.get("/runs/1/log")[1].decode() == lines(31, 50)
