"""A database that cannot be written: the server says so, keeps its place in the log, and goes on by itself once it can."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faulty import MORTAL, give_right, give_room, mounted_disk, random_lines, take_right
from tests.ingest.serving import Server
from tests.ingest.stepping import append, lines, write
from webapp.store.database import open_database
from webapp.store.runs import list_runs
from webapp.store.series import read_series

MANY = 40_000


def check_all_stored(database: Path, last: int) -> None:
    with closing(open_database(database)) as opened:
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        (run,), _ = list_runs(opened)
        assert read_series(opened, run.id, "loss").step.tolist() == [float(n) for n in range(1, last + 1)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_disk(tmp_path / "disk") as place:
        yield place


def test_a_full_disk_is_told_and_reading_goes_on_when_there_is_room_again(small_disk: Path, tmp_path: Path) -> None:
    """T21"""
    log, database = tmp_path / "runs" / "train.log", small_disk / "board.db"
    write(log, random_lines(1, 100))
    server = Server(database, log.parent)
    server.wait_until(read=log.stat().st_size)
    append(log, random_lines(101, 3 * MANY))
    server.wait_until(fault="The disk is full")
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        assert reader.execute("SELECT count(*) FROM experiment_run").fetchone() == (1,), "pages can still be read"
    give_room(small_disk)
    server.wait_until(read=log.stat().st_size, fault="")
    server.kill()
    check_all_stored(database, 3 * MANY)


def test_a_limit_on_file_size_is_told_and_survived(tmp_path: Path) -> None:
    """T22"""
    log, database = tmp_path / "runs" / "train.log", tmp_path / "board.db"
    write(log, random_lines(1, 100))
    server = Server(database, log.parent)
    server.wait_until(read=log.stat().st_size)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    append(log, random_lines(101, MANY))
    server.wait_until(fault="The database cannot be written")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    server.wait_until(read=log.stat().st_size, fault="")
    server.kill()
    check_all_stored(database, MANY)


def test_a_database_that_another_program_locks_is_waited_for(tmp_path: Path) -> None:
    """T23: pages read on meanwhile, and nothing is lost."""
    log, database = tmp_path / "runs" / "train.log", tmp_path / "board.db"
    write(log, lines(1, 100))
    server = Server(database, log.parent)
    server.wait_until(read=log.stat().st_size)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        append(log, lines(101, 200))
        server.wait_until(fault="Another program keeps the database locked")
        other.execute("ROLLBACK")
    server.wait_until(read=log.stat().st_size, fault="")
    server.kill()
    check_all_stored(database, 200)


def test_a_database_whose_files_lose_the_right_to_write_loses_no_point(tmp_path: Path) -> None:
    """T24: a server that holds its files open keeps the right it had; one that starts meanwhile is refused in a sentence."""
    log, database = tmp_path / "runs" / "train.log", tmp_path / "data" / "board.db"
    database.parent.mkdir()
    write(log, lines(1, 100))
    server = Server(database, log.parent, before=MORTAL)
    server.wait_until(read=log.stat().st_size)
    files = [file for file in database.parent.iterdir() if not file.name.endswith(".lock")]
    take_right(database.parent, files)
    append(log, lines(101, 200))
    server.wait_until(read=log.stat().st_size)
    server.kill()
    code = "import sys; from webapp.store.database import open_database; open_database(sys.argv[1])"
    refused = subprocess.run([*MORTAL, sys.executable, "-P", "-c", code, str(database)], capture_output=True, text=True)
    assert "The database may not be written" in refused.stderr
    assert str(database) in refused.stderr
    give_right(database.parent, files)
    append(log, lines(201, 300))
    server = Server(database, log.parent, before=MORTAL)
    server.wait_until(read=log.stat().st_size, fault="")
    server.kill()
    check_all_stored(database, 300)
