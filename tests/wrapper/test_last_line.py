"""T10: the last line of a recorded run that has no line end. It counts where it is certain that it is whole, and nowhere else."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.stepping import Steps, stepping
from tests.wrapper.recorder import LOSSBOARD, Recorder, python, wait_until
from webapp.wrapper.spool import read_end

LINES = "step=1 loss=1.5\nstep=2 loss=0.1234"


@pytest.fixture
def board(tmp_path: Path, recorder: Recorder) -> Iterator[Steps]:
    recorder.spools.mkdir()
    with stepping(tmp_path, recorder.spools, spool_dir=recorder.spools) as steps:
        yield steps


@pytest.mark.parametrize("least_free", [None, 0])
@pytest.mark.parametrize("options", [(), ("--pty",)])
def test_it_counts_where_the_command_ended_well_and_nobody_writes_any_more(
    recorder: Recorder, board: Steps, least_free: int | None, options: tuple[str, ...]
) -> None:
    recorder.least_free = least_free
    recorder.run(["printf", LINES], *options)
    wait_until(lambda: recorder.wait_for_end().whole)
    board.poll()
    board.poll()
    assert board.values() == [1.5, 0.1234]
    assert [(run.status, run.points) for run in board.runs()] == [("finished", 2)]


@pytest.mark.parametrize(
    "end",
    ["kill -9 $$", "exit 1", "exit 137"],
    ids=["killed", "an exit code of its own, as after its children were killed", "a child was killed"],
)
def test_it_does_not_count_where_it_may_have_been_cut(recorder: Recorder, board: Steps, end: str) -> None:
    recorder.run(["sh", "-c", f"printf '{LINES}'; {end}"])
    wait_until(lambda: recorder.wait_for_end().whole)
    board.poll()
    board.poll()
    assert board.values() == [1.5]


def test_it_does_not_count_while_a_grandchild_may_end_it(recorder: Recorder, board: Steps, tmp_path: Path) -> None:
    wait = f"while ! test -e {tmp_path}/go; do sleep 0.02; done; printf '5\\nstep=3 loss=3.5'"
    recorder.run(["sh", "-c", f"printf '{LINES}'; ({wait}) &"])
    assert not recorder.wait_for_end().whole
    board.poll()
    assert board.values() == [1.5]
    (tmp_path / "go").touch()
    wait_until(lambda: recorder.wait_for_end().whole)
    board.poll()
    board.poll()
    assert board.values() == [1.5, 0.12345, 3.5]


def test_it_counts_where_the_board_came_before_nobody_wrote_any_more(recorder: Recorder, board: Steps, tmp_path: Path) -> None:
    recorder.run(["sh", "-c", f"printf '{LINES}'; (while ! test -e {tmp_path}/go; do sleep 0.02; done) &"])
    board.poll()
    assert board.values() == [1.5]
    (tmp_path / "go").touch()
    wait_until(lambda: recorder.wait_for_end().whole)
    (log,) = board.ingest.follower.awake
    board.runner.run(board.ingest.follower.judge(log))
    board.poll()
    assert board.values() == [1.5, 0.1234]


def test_it_does_not_count_behind_a_pipe_whose_writer_may_have_been_killed(recorder: Recorder, board: Steps) -> None:
    subprocess.run([*LOSSBOARD, "pipe", "--name", "N"], input=LINES.encode(), capture_output=True, env=recorder.environment, check=True)
    assert read_end(recorder.log)
    board.poll()
    board.poll()
    assert board.values() == [1.5]


def test_a_last_line_with_an_end_is_not_read_twice(recorder: Recorder, board: Steps) -> None:
    recorder.run(python("print('step=1 loss=1.5\\nstep=2 loss=0.25')"))
    wait_until(lambda: recorder.wait_for_end().whole)
    for _ in range(3):
        board.poll()
    board.crash()
    board.poll()
    assert board.values() == [1.5, 0.25]
