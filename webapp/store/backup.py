"""Copies a database while a board has it open, and looks a database over without changing it.

Both read through a connection of their own, opened read-only, so neither needs the lock that a board holds; only a board with
`--journal delete` locks them out. Not a file copy: the newest commits are in the WAL beside the file.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from webapp.errors import UserError
from webapp.store.faults import hint_of
from webapp.store.migrate import schema_version

BUSY_S = 5
SQLITE_VERSION = sqlite3.sqlite_version


@dataclass(frozen=True, slots=True)
class Health:
    """What a look at a database found: its migration, its bytes with the WAL's, and "ok" or the first damages."""

    version: str
    bytes: int
    wal_bytes: int
    check: str


def copy_database(source: Path, target: Path) -> Health:
    """Writes a copy of `source` as one point in time, checks it whole, and only then gives it its name.

    Raises UserError where the source cannot be read, the target exists or cannot be written, or the copy is damaged.
    """
    if not source.is_file():
        raise UserError("There is no database to copy.", where=str(source), hint="Name it with --database.")
    if target.exists():
        raise UserError("The copy would overwrite a file.", where=str(target), hint="Give another name, or move the file away.")
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)  # of a copy that was killed
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise not_written(target, f"{error.strerror}.") from error
    try:
        with closing(_open_to_read(source)) as reading, closing(sqlite3.connect(part)) as writing:
            reading.execute("BEGIN")
            reading.execute("SELECT 1 FROM sqlite_master")  # raises where the file is locked; `backup` would wait for ever
            reading.backup(writing)
            health = _look(writing, part)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":  # the database is only read
            raise not_written(target, "The disk is full.") from error
        raise UserError("The database could not be copied.", f"{error}.", str(source), hint_of(error)) from error
    if health.check != "ok":
        part.unlink()
        raise UserError("The database is damaged; the copy was not kept.", health.check, str(source), "Keep the file and its older copies.")
    part.rename(target)
    return health


def not_written(target: Path, why: str) -> UserError:
    return UserError("The copy cannot be written.", why, str(target), "Give a name in a folder of yours that has room.")


def look_over(path: Path) -> Health:
    """The state of the database at `path`. Raises UserError where it cannot be read."""
    try:
        with closing(_open_to_read(path)) as connection:
            return _look(connection, path)
    except sqlite3.Error as error:
        raise UserError("The database cannot be read.", f"{error}.", str(path), hint_of(error)) from error


def _open_to_read(path: Path) -> sqlite3.Connection:
    mode = "rw" if path.with_name(path.name + "-journal").exists() else "ro"  # what a killed board left half written is rolled back
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S)


def _look(connection: sqlite3.Connection, path: Path) -> Health:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    wal = path.with_name(path.name + "-wal")
    return Health(schema_version(path), path.stat().st_size, wal.stat().st_size if wal.exists() else 0, "; ".join(found))
