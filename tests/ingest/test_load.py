"""Many files, fast rotation, few descriptors: the whole server as a process."""

import resource
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.ingest.serving import Server
from tests.ingest.stepping import lines, write
from webapp.store.database import open_database
from webapp.store.runs import list_runs
from webapp.store.series import read_series


def rotate_while_writing(tmp_path: Path, seconds: float) -> None:
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    folder.mkdir()
    log = folder / "train.log"
    write(log, lines(1, 1))
    server = Server(database, folder)
    server.wait_until(read=1)
    step, turned, end = 1, time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end:
        with log.open("a") as file:
            file.write(lines(step + 1, step + 100))
        step += 100
        time.sleep(0.05)
        if time.monotonic() - turned > 0.3:
            if (old := folder / "train.log.1").exists():
                old.rename(folder / "train.log.2")
            log.rename(folder / "train.log.1")
            turned = time.monotonic()
    with log.open("a") as file:
        file.write(lines(step + 1, step + 1))
    with closing(open_when_done(server, database, step + 1)) as opened:
        (run,), _ = list_runs(opened)
        assert read_series(opened, run.id, "loss").step.tolist() == [float(n) for n in range(1, step + 2)]


def open_when_done(server: Server, database: Path, count: int):
    """The database once the newest step is stored and the server is gone."""
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        while (reader.execute("SELECT max(last_step) FROM run_progress").fetchone()[0] or 0) < count:
            assert time.monotonic() < deadline, reader.execute("SELECT * FROM run_progress").fetchall()
            time.sleep(0.05)
    server.kill()
    return open_database(database)


def test_a_log_rotated_every_third_of_a_second_is_read_line_by_line(tmp_path: Path) -> None:
    """T09, short"""
    rotate_while_writing(tmp_path, 3)


@pytest.mark.faults
def test_a_log_rotated_for_half_a_minute_is_read_line_by_line(tmp_path: Path) -> None:
    """T09"""
    rotate_while_writing(tmp_path, 30)


def test_two_hundred_logs_are_read_with_forty_descriptors(tmp_path: Path) -> None:
    """T13: no log is held open, so a low limit is no trouble."""
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    for n in range(200):
        write(folder / f"{n}.log", lines(n, n))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = Server(database, folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, limit)))
    server.wait_until(read=sum(path.stat().st_size for path in folder.iterdir()))
    for n in range(200):
        with (folder / f"{n}.log").open("a") as file:
            file.write(lines(n + 1, n + 1))
    server.wait_until(read=sum(path.stat().st_size for path in folder.iterdir()), fault="")
    assert len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) < 40
    server.kill()
    with closing(open_database(database)) as opened:
        rows, total = list_runs(opened, limit=1000)
        assert (total, {row.points for row in rows}) == (200, {2})
