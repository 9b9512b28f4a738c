"""T26: `lossboard backup` beside a board that has the database open."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_main import lossboard
from tests.filled import add_points, make_points
from tests.wrapper.disks import fill_disk, small_disk
from webapp.errors import UserError
from webapp.store.access import create_token, list_tokens
from webapp.store.backup import copy_database, look_over
from webapp.store.database import open_database
from webapp.store.migrate import HEAD
from webapp.store.runs import list_runs
from webapp.store.series import read_series


def test_a_copy_of_an_open_database_holds_what_was_committed_and_opens_as_one(tmp_path: Path) -> None:
    path, copy = tmp_path / "board.db", tmp_path / "copy.db"
    database = open_database(path)
    create_token(database, "ci", "0" * 64, ["push"])
    answer = lossboard("backup", str(copy), "--database", str(path), HOME=str(tmp_path))
    database.close()
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.endswith("the copy was checked: ok.\n")
    opened = open_database(copy)
    assert [token.name for token in list_tokens(opened)] == ["ci"]
    opened.close()


KILLED = """
import os, sys
from webapp.store.access import create_token
from webapp.store.database import open_database
database = open_database(sys.argv[1])
create_token(database, "long " * 100_000, "0", ["read"])
with database._writing.connect() as connection:
    connection.exec_driver_sql("ROLLBACK")
    print(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one())
create_token(database, "short", "1", ["read"])
os._exit(9)
"""


def test_a_copy_beside_the_journal_of_a_killed_board_is_told_how_to_be_used(tmp_path: Path) -> None:
    """T26, T29"""
    path = tmp_path / "board.db"
    open_database(path).close()
    copy_database(path, tmp_path / "copy.db")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True)
    assert killed.stdout == "(0, 0, 0)\n", killed.stderr
    shutil.copyfile(tmp_path / "copy.db", path)
    with pytest.raises(UserError, match="damaged") as refused:
        open_database(path)
    assert "move board.db-wal and board.db-shm elsewhere" in refused.value.hint
    assert (path.read_bytes(), Path(f"{path}-wal").stat().st_size > 0) == ((tmp_path / "copy.db").read_bytes(), True)
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink()
    opened = open_database(path)
    assert list_tokens(opened) == []
    opened.close()


def test_a_copy_that_cannot_be_written_is_named_and_the_database_is_not(tmp_path: Path) -> None:
    """T21"""
    path = tmp_path / "board.db"
    open_database(path).close()
    with pytest.raises(UserError, match="copy cannot be written") as refused:
        copy_database(path, tmp_path / "nowhere" / "copy.db")
    assert (refused.value.why, refused.value.where) == ("No such file or directory.", str(tmp_path / "nowhere" / "copy.db"))
    with small_disk(tmp_path / "disk", 1) as mounted:
        if mounted:
            fill_disk(tmp_path / "disk" / "ballast")
            with pytest.raises(UserError, match="copy cannot be written") as refused:
                copy_database(path, tmp_path / "disk" / "copy.db")
            assert (refused.value.why, refused.value.where) == ("The disk is full.", str(tmp_path / "disk" / "copy.db"))
            assert [file.name for file in (tmp_path / "disk").iterdir()] == ["ballast"]


def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    open_database(tmp_path / "board.db").close()
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(UserError, match="would overwrite"):
        copy_database(tmp_path / "board.db", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_database_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    answer = lossboard("backup", str(tmp_path / "copy.db"), "--database", str(tmp_path / "none.db"), HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no database to copy.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_gives_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
        connection.execute("CREATE INDEX i ON t (a)")
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 3 + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    with pytest.raises(UserError):
        copy_database(path, tmp_path / "copy.db")
    assert {file.name for file in tmp_path.iterdir()} == {"board.db"}


def test_a_look_at_an_open_database_needs_no_lock(tmp_path: Path) -> None:
    database = open_database(tmp_path / "board.db")
    health = look_over(tmp_path / "board.db")
    database.close()
    assert (health.check, health.version) == ("ok", HEAD)


@pytest.mark.faults
def test_a_database_of_a_gigabyte_is_copied_and_restored_within_a_minute(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    path, copy, noise = tmp_path / "board.db", tmp_path / "copy.db", np.random.default_rng(1)
    with closing(open_database(path)) as database:
        while path.stat().st_size < 1_000_000_000:
            add_points(database, tmp_path / f"{noise.integers(1 << 60)}.log", {"loss": make_points(noise.normal(size=5_000_000))})
        runs = list_runs(database)[0]
    began = time.monotonic()
    answer = lossboard("backup", str(copy), "--database", str(path), HOME=str(tmp_path))
    copied = time.monotonic() - began
    assert (answer.returncode, answer.stderr) == (0, "")
    path.unlink()
    began = time.monotonic()
    copy.rename(path)
    with closing(open_database(path)) as database:
        assert list_runs(database)[0] == runs
        assert len(read_series(database, runs[0].id, "loss", 1, 1000).value) in (1000, 1001)
    restored = time.monotonic() - began
    told = f"{path.stat().st_size / 1e9:.2f} GB copied and checked in {copied:.0f} s, restored in {restored:.1f} s"
    record_property("reached", told)
    assert copied + restored <= 60, told
