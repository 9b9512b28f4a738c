"""How a run's status changes while its log is followed, and what a kill leaves to be made good. Silence is made by turning back clocks."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from tests.ingest.conftest import Following
from tests.ingest.stepping import Steps, append, lines, stepping, write
from webapp.ingest.discover import find_logs
from webapp.store.database import Database
from webapp.store.runs import delete_run, get_run, list_runs, metrics_json, stale_metrics
from webapp.store.sources import list_sources

TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 10, in <module>
    main()
RuntimeError: the data is gone
"""


@pytest.fixture
def board(tmp_path: Path, folder: Path):
    with stepping(tmp_path, folder) as steps:
        yield steps


def judge(board: Steps, silent_s: float) -> str:
    """The status of the only run after so much silence."""
    (log,) = board.ingest.logs.values()
    log.grown_at = time.monotonic() - silent_s
    board.runner.run(board.ingest.follower.judge(log))
    return board.runs()[0].status


def test_a_log_that_was_written_an_hour_ago_is_over(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    old = time.time() - 2 * 3600
    os.utime(folder / "a.log", (old, old))
    board.poll()
    run = board.runs()[0]
    assert (run.status, run.reason) == ("finished", "Nothing was written for 2 h; the log does not say how it ended.")
    assert abs(run.updated_at.timestamp() - old) < 2
    assert abs(run.finished_at.timestamp() - old) < 5


def test_a_finished_run_goes_on_when_its_log_grows(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 5))
    os.utime(log, (0, 0))
    board.poll()
    assert board.runs()[0].status == "finished"
    append(log, lines(6, 8))
    board.poll()
    run = board.runs()[0]
    assert (run.status, run.points, run.finished_at) == ("running", 8, None)


def test_silence_stalls_a_run_and_a_new_line_wakes_it(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 5))
    board.poll()
    assert judge(board, 10) == "running"
    assert judge(board, 1000) == "stalled"
    assert judge(board, 1100) == "stalled"
    append(log, lines(6, 6))
    board.poll()
    assert board.runs()[0].status == "running"


def test_a_run_at_its_last_step_is_finished_after_a_minute_until_an_evaluation_writes_on(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, "".join(f"step {n}/20 loss={2 / n:.3f}\n" for n in range(1, 20)))
    board.poll()
    assert judge(board, 70) == "running"
    assert board.runs()[0].reason == "Last line 1 min ago."
    append(log, "step 20/20 loss=0.100\n")
    board.poll()
    assert (board.runs()[0].status, board.runs()[0].reason) == ("running", "The log grows.")
    assert judge(board, 70) == "finished"
    assert board.runs()[0].reason == "All 20 steps were reached, and nothing was written for 1 min."
    append(log, "eval_loss=0.2\n")
    board.poll()
    assert board.runs()[0].status == "running"
    board.crash()
    board.poll()
    assert judge(board, 70) == "finished"


def test_a_traceback_and_silence_is_a_failure(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 5) + TRACEBACK)
    board.poll()
    assert judge(board, 1) == "running"
    assert judge(board, 60) == "failed"
    assert "error" in board.runs()[0].reason
    board.crash()
    board.poll()
    assert board.runs()[0].status == "failed"


def test_the_words_of_the_log_end_a_run_at_once(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 5))
    board.poll()
    append(log, "Training completed. Do not forget to share your model on huggingface.co/models =)\n")
    board.poll()
    run = board.runs()[0]
    assert (run.status, run.reason) == ("finished", "The log says that the training ended.")
    assert run.finished_at is not None


def test_a_run_whose_log_is_no_longer_watched_says_so(tmp_path: Path, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    with stepping(tmp_path, folder) as board:
        board.poll()
    (tmp_path / "other").mkdir()
    with stepping(tmp_path, tmp_path / "other") as board:
        board.poll()
        run = board.runs()[0]
        assert (run.status, run.reason) == ("stalled", "Its log is not among the watched paths.")
    with stepping(tmp_path, folder) as board:
        board.poll()
        assert board.runs()[0].status == "running"


def test_a_log_deleted_while_no_server_ran_is_missing(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    board.poll()
    (folder / "a.log").unlink()
    board.crash()
    board.poll()
    assert board.runs()[0].status == "missing"


def test_finished_runs_whose_folder_was_away_for_two_starts_go_on_when_it_is_back(board: Steps, folder: Path) -> None:
    """A disk that is mounted only after the board started."""
    write(folder / "disk" / "a.log", lines(1, 5))
    write(folder / "disk" / "deleted.log", lines(1, 9))
    for name in ("a.log", "deleted.log"):
        os.utime(folder / "disk" / name, (0, 0))
    board.poll()
    delete_run(board.database, next(run.id for run in board.runs() if run.name == "deleted"))
    (folder / "disk").rename(folder.parent / "away")
    board.poll()
    board.crash()
    board.poll()
    (folder.parent / "away").rename(folder / "disk")
    board.poll()
    append(folder / "disk" / "a.log", lines(6, 7))
    board.poll()
    assert [(run.name, run.points) for run in board.runs()] == [("a", 7)]


@pytest.mark.parametrize("name", ["b.log", "done/a.log"])
def test_a_log_moved_while_no_server_ran_stays_its_run(board: Steps, folder: Path, name: str) -> None:
    write(folder / "a.log", lines(1, 5))
    board.poll()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "a.log").rename(folder / name)
    append(folder / name, lines(6, 7))
    write(folder / "c.log", lines(1, 3))
    board.crash()
    board.poll()
    assert [(run.path, run.points) for run in board.runs()] == [(str(folder / name), 7), (str(folder / "c.log"), 3)]


def test_a_log_that_was_written_anew_while_its_disk_was_away_for_a_moment_is_another_run(board: Steps, folder: Path) -> None:
    """A look saw it shorter, the next did not see it; in its new text only the values are others."""
    log, banner, note = folder / "disk" / "a.log", "The options are as they were.\n" * 50, "The weights are saved.\n" * 200
    write(log, banner + lines(101, 160) + note)
    board.poll()
    write(log, banner)
    board.poll()
    log.parent.rename(folder.parent / "away")
    board.poll()
    write(folder.parent / "away" / "a.log", banner + lines(201, 260) + note)
    (folder.parent / "away").rename(log.parent)
    board.poll()
    assert [run.points for run in board.runs()] == [60, 60]


def test_a_finished_run_whose_log_was_put_into_another_folder_while_no_server_ran_is_one_run(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    os.utime(folder / "a.log", (0, 0))
    board.poll()
    (folder / "done").mkdir()
    (folder / "a.log").rename(folder / "done" / "a.log")
    write(folder / "a.log", lines(101, 104))
    board.crash()
    board.poll()
    assert sorted((run.path, run.points) for run in board.runs()) == [(str(folder / "a.log"), 4), (str(folder / "done" / "a.log"), 5)]


def test_a_log_that_is_gone_is_looked_at_once_however_often_a_folder_beside_it_cannot_be_read(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    board.poll()
    (folder / "a.log").unlink()
    board.crash()
    scan = find_logs(board.ingest.roots)
    scan.unreadable.append(str(folder / "lost+found"))
    for _ in range(3):
        board.runner.run(board.ingest.search.take(scan))
        board.poll()
    assert [log.path for log in board.ingest.follower.awake] == [str(folder / "a.log")]
    write(folder / "a.log", lines(1, 8))
    board.poll()
    assert [run.points for run in board.runs()] == [8]


def test_a_folder_of_many_logs_is_taken_up_a_part_at_a_time_the_newest_first(board: Steps, folder: Path) -> None:
    """Nobody who logs in meanwhile, which is written down, waits for all of it."""
    for n in range(1100):
        write(folder / f"{n}.log", lines(1, 1))
        os.utime(folder / f"{n}.log", (n, n))
    before = board.database.changes
    board.runner.run(board.ingest.search.take(find_logs(board.ingest.roots)))
    assert board.database.changes - before == 3
    known = [os.fsdecode(source.path) for source in list_sources(board.database)]
    assert known == [str(folder / f"{n}.log") for n in reversed(range(1100))]
    assert list(board.ingest.logs) == known


def test_logs_that_are_not_seen_because_a_folder_is_too_large_are_told_on_every_page(
    board: Steps, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where so many other files are left out that the status page does not name them all."""
    monkeypatch.setattr("webapp.ingest.discover.MOST_ENTRIES", 300)
    monkeypatch.setattr("webapp.ingest.discover.MOST_REASONS", 2)
    for n in range(300):
        (folder / f"{n}.log").symlink_to("nowhere")
    write(folder / "seen.log", lines(1, 2))
    board.poll()
    assert board.ingest.fault == f"{folder} holds more than 300 files and folders; those after {folder / 'seen.log'} were not looked at."
    (folder / "0.log").unlink()
    board.poll()
    assert board.ingest.fault == ""
    assert [run.points for run in board.runs()] == [2]


def test_logs_that_have_not_changed_are_not_opened_again(board: Steps, folder: Path) -> None:
    for n in range(20):
        write(folder / f"{n}.log", lines(1, 5))
        os.utime(folder / f"{n}.log", (0, 0))
    board.poll()
    board.crash()
    board.poll()
    assert len(board.ingest.follower.reader.parsers) == 0
    append(folder / "3.log", lines(6, 9))
    board.poll()
    assert sum(run.points for run in board.runs()) == 104


def test_the_metrics_column_that_a_kill_left_behind_is_made_at_the_next_start(
    following: Following, database: Database, folder: Path, tmp_path: Path
) -> None:
    write(folder / "a.log", lines(1, 5))
    database.close()
    with stepping(tmp_path, folder) as board:
        board.poll()
        (run,) = board.runs()
        assert stale_metrics(board.database) == [run.id]
        assert metrics_json(board.database, run.id) == b"{}"

        async def start_again() -> None:
            async with asyncio.timeout(20):
                await board.ingest.start()
                while stale_metrics(board.database):
                    await asyncio.sleep(0.01)
                await board.ingest.stop()

        board.runner.run(start_again())
        assert metrics_json(board.database, run.id).startswith(b'{"loss":[{"step":1,"value":1.5')
        assert get_run(board.database, run.id).spark == (1.5, 2.5, 3.5, 4.5, 5.5)
        assert list_runs(board.database)[1] == 1
