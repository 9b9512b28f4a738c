"""The open database: one writer, a few readers, one server at a time.

`open_database` checks, locks and migrates a file and hands out a `Database`; `read()` and `write()` give a connection inside a transaction.
Everything that changes data goes through the one writer connection, so that no write ever waits for another half-way, and only that
connection checkpoints the WAL. Not a connection per thread that may also write: with SQLite before 3.51.3 two connections that checkpoint
at the same time can damage the file, and a reader that turns writer fails at once, whatever the busy timeout says.

No connection of a running board makes a file, and before each use the files are looked at: where they were moved, deleted or replaced,
nothing is written until they are back, and what is open of them is read on.

With `--journal delete`, for a network disk, readers take turns on the writer connection, which keeps the file locked as long as it is open.
"""

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from glob import escape
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from webapp.errors import UserError
from webapp.private import close_to_others, make_folder
from webapp.store.damage import check_sound, damaged
from webapp.store.faults import DAMAGED, StorageError, fault_of, fault_of_place
from webapp.store.migrate import HEAD, migrate, schema_version
from webapp.store.place import check_one_name, check_place, uri_of

BUSY_MS = 5000
LOOK_S = 0.5  # a board with `--journal delete` keeps its lock, a command gives it back at once
QUERY_S = 5.0  # a page's reading is ended after so long, for the WAL grows meanwhile; a command, which reads all there is, may go on
QUERY_STEPS = 10_000  # steps of SQLite's machine between two looks at the clock, some 0.1 ms
READERS = 4  # connections kept; 12 more for a moment of many pages
LARGE_JOURNAL = 64 * 1024 * 1024  # bytes of the WAL; without a reader in its way it stays near 4 MB
NO_FILE = (0, 0)

BOTH = ("foreign_keys=ON", "trusted_schema=OFF", "temp_store=MEMORY", f"busy_timeout={BUSY_MS}")
WRITER = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=1000", "journal_size_limit=67108864", "cache_size=-1024")
ALONE = ("locking_mode=EXCLUSIVE", "journal_mode=DELETE", "synchronous=FULL", "cache_size=-1024")
READER = ("wal_autocheckpoint=0", "cache_size=-1024", "query_only=ON")

log = logging.getLogger("lossboard.store")


class Database:
    """An open database. Threads may share it; processes may not. Without a lock it is only read."""

    def __init__(self, path: Path, lock: TextIO | None, journal: str = "wal") -> None:
        self.path = path
        self._alone = journal == "delete"
        self._lock_file = lock
        self._mutex = threading.Lock()
        self._used = self._resting = False
        self._files: dict[str, tuple[int, int]] = {}  # device and inode of what is open, by path; none before `hold_place`
        self.changes = 0  # commits so far; what was read at one count is true while it stands, since all writing goes through here
        self._writing = _engine(path, "rw", ALONE if self._alone else WRITER, "BEGIN IMMEDIATE", poolclass=StaticPool)
        # beside a writer read-only; one that reads alone may be the last to close the file, and then removes its WAL
        mode = "rw" if lock is None else "ro"
        pool = {"poolclass": QueuePool, "pool_size": READERS, "max_overflow": 12}
        limit = None if lock is None else QUERY_S
        self._reading = self._writing if self._alone else _engine(path, mode, READER, "BEGIN", limit, **pool)

    def hold_place(self) -> None:
        """Notes which files are open; from now on others in their place are none of this database."""
        names = [str(self.path)] if self._alone else [f"{self.path}{end}" for end in ("", "-wal", "-shm")]
        self._files = {name: _file_at(name) for name in names}

    def misplaced(self) -> StorageError | None:
        """The fault of files that do not lie where they were opened; None while they do. Costs three looks at the file system, 10 µs."""
        for name, opened in self._files.items():
            with suppress(PermissionError):  # a folder that hides its files still has them
                found = _file_at(name)
                if found != opened:
                    return fault_of_place(self.path, Path(name).name, replaced=found != NO_FILE)
        return None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one unchanging state of the data. Raises StorageError where the database cannot be read."""
        self._used = True
        shared = self._alone or self.misplaced() is not None  # no reader opens misplaced files, but the writer still has them
        try:
            with self._mutex if shared else nullcontext(), (self._writing if shared else self._reading).connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self.misplaced() or fault_of(error, self.path) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The writer connection in a transaction that commits at the end of the block, or rolls back if the block raises.

        Raises StorageError where the database cannot be written (full disk, lock held by another program, lost permission, moved files).
        """
        if self._lock_file is None:
            raise RuntimeError("this database was opened for reading")
        self._used = True
        with self._mutex:
            if fault := self.misplaced():
                raise fault
            try:
                with self._writing.begin() as connection:
                    yield connection
                self.changes += 1
            except DBAPIError as error:
                raise self.misplaced() or fault_of(error, self.path) from error

    def rest(self, always: bool = False) -> bool:
        """Gives back the pages in memory, 10 MB after much reading, if nothing was read or written since the call before this one.

        To be called now and then; `always` gives them back in any case. True if they were given back now.
        """
        self._used, used = False, self._used
        self._resting, resting = not used, self._resting
        if not always and (used or resting):
            return False
        if not self._alone:
            self._reading.dispose()  # of those who ask now, each opens a new connection, in a millisecond
        with self._mutex, closing(self._writing.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA shrink_memory")
        return True

    def shrink_journal(self) -> str:
        """Folds a WAL that has grown large into the file. Says in a sentence why it stays large, "" where it does not.

        SQLite does this by itself, but not past the state that the oldest reader still sees. Raises StorageError where the files are gone.
        """
        if fault := self.misplaced():
            raise fault
        if self._journal_bytes() <= LARGE_JOURNAL:
            return ""
        with self._mutex, closing(self._writing.raw_connection()) as connection:
            _, held, folded = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if held == folded:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = self._journal_bytes()
        if found <= LARGE_JOURNAL:
            return ""
        return (
            f"The database's journal has grown to {found >> 20} MiB, because another program goes on reading an old state of it. "
            "Close that program; the journal shrinks by itself."
        )

    def _journal_bytes(self) -> int:
        try:
            return Path(f"{self.path}-wal").stat().st_size
        except OSError:
            return 0

    def close(self) -> None:
        """Closes all connections, the writer last: the last one to close folds the WAL into the file."""
        if not self._alone:
            self._reading.dispose()
        if self._lock_file is None or self._lock_file.closed:
            return
        with self._mutex:
            in_place = not self.misplaced()  # asked before: closing removes the WAL
            self._writing.dispose()
        if in_place:
            _note(self._lock_file, "closed")
        self._lock_file.close()


def open_database(url: str | Path, journal: str = "wal") -> Database:
    """Opens `sqlite:////path/file.db` or a plain path for this process alone, making or migrating the tables as needed.

    `journal` is "wal", or "delete" for a network disk. Raises UserError where the place is unusable or a WAL would be on a network, another
    server has the database open, or the file has hard links or is damaged (it is not touched then).
    """
    path = database_path(url)
    try:
        make_folder(path.parent)
        if journal == "wal":
            check_place(path)
        check_one_name(path)
        lock = _lock(path)
        _close_to_others(path)
    except OSError as error:
        raise UserError(
            "The database cannot be opened.", f"{error.strerror}.", str(path), "Choose another file with --database."
        ) from error
    try:
        check_sound(path, clean=_last_note(lock) == "closed", alone=journal == "delete")
        migrate(path, journal=journal)
        _note(lock, "open")
        database = Database(path, lock, journal)
    except (sqlite3.Error, DBAPIError) as error:
        lock.close()
        fault = fault_of(error, path)
        if isinstance(fault, StorageError) and fault.kind == DAMAGED:
            raise damaged(path, fault.why) from error
        raise fault from error
    except BaseException:
        lock.close()
        raise
    try:
        with database.write() as connection:
            # shows now, not at the first log line, whether the file can be written: an empty transaction begins on a read-only file too
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        database.hold_place()
    except BaseException:
        database.close()
        raise
    return database


def journal_of(url: str | Path) -> str:
    """The journal that the file was opened with last: "wal" or "delete"; "" where there is no database yet."""
    try:
        with database_path(url).open("rb") as file:
            start = file.read(20)
    except OSError:
        return ""
    return {b"\x01": "delete", b"\x02": "wal"}.get(start[18:19], "")  # sqlite.org/fileformat.html, "File format version numbers"


def open_reader(url: str | Path) -> Database:
    """The database for reading only, beside the server that has it open. Raises UserError where there is none, or not of this version."""
    path = database_path(url)
    try:
        found = schema_version(path, LOOK_S)
    except sqlite3.Error as error:
        raise fault_of(error, path) from error
    if not found:
        raise UserError("There is no database yet.", where=str(path), hint="`lossboard serve` makes one, or name another with --database.")
    if found != HEAD:
        raise UserError(
            "This database is of another version.",
            f"Its tables are at version {found}, this Lossboard reads {HEAD}.",
            str(path),
            "Stop the board that has it open, then start the new one once.",
        )
    return Database(path, None)


def database_path(url: str | Path) -> Path:
    """The file that a database URL or a plain path means; of a link the file it leads to, which has one lock by all its names."""
    text = str(url)
    if "://" not in text:
        return _behind_links(Path(text))
    parts = urlsplit(text)
    if parts.scheme != "sqlite" or parts.netloc or len(parts.path) < 2:
        raise UserError(
            "This database cannot be used.",
            f"{parts.scheme}:// is not sqlite:///relative/file.db or sqlite:////absolute/file.db.",
            text,
            "Give a file, e.g. --database ~/lossboard.db",
        )
    return _behind_links(Path(parts.path[1:]))


def _behind_links(path: Path) -> Path:
    path = path.expanduser().absolute()
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _engine(path: Path, mode: str, pragmas: tuple[str, ...], begin: str, limit_s: float | None = None, **pool: Any) -> Engine:
    """Connections to a file that is there already; `mode` is "ro" or "rw", `limit_s` the longest that a transaction may read."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri_of(path, mode), uri=True, check_same_thread=False, timeout=BUSY_MS / 1000),
        json_serializer=_json_text,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # an error's text may reach a log, and the parameters are lines and secrets of users
        **pool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # else Python begins and commits on its own account
        for pragma in BOTH + pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if limit_s is not None:
            until = time.monotonic() + limit_s
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(lambda: time.monotonic() > until, QUERY_STEPS)
        connection.exec_driver_sql(begin)

    @event.listens_for(engine, "rollback")
    def end(connection: Connection) -> None:
        if limit_s is not None:
            ended: Any = connection.connection.driver_connection
            ended.set_progress_handler(None, 0)  # a rollback is not to be ended, nor the next begin

    return engine


def _file_at(name: str) -> tuple[int, int]:
    """Device and inode of the file of that name."""
    try:
        found = os.stat(name)  # noqa: PTH116 before every reading and writing; a Path takes three times as long
    except (FileNotFoundError, NotADirectoryError):
        return NO_FILE
    return found.st_dev, found.st_ino


def _json_text(value: object) -> str:
    """JSON text of a column; `msgspec.Raw` passes as it is, so that a large document is not built twice."""
    return msgspec.json.encode(value).decode()


def _lock(path: Path) -> TextIO:
    """The locked file beside the database; it names the process that holds it, and whether the last one closed the database."""
    lock = os.fdopen(os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = lock.read().partition(" ")[0] or "unknown"
        lock.close()
        raise DatabaseInUseError(
            "Another Lossboard has this database open.",
            f"Process {holder} holds it, and one database has one server.",
            str(path),
            "Use the board that is running, stop it, or choose another file with --database.",
        ) from None
    except OSError:  # a file system without locks
        lock.close()
        raise
    return lock


class DatabaseInUseError(UserError):
    """A second server asked for the same database."""

    exit_code = 3  # of its own, so that a unit file or a script can tell it from a mistake


def _close_to_others(path: Path) -> None:
    """Takes the rights of other users off the database, its journals and the copies that upgrades left, as older versions made them."""
    beside = path.parent.glob(f"{escape(path.name)}.before-*")
    closed = [close_to_others(file) for file in (path, *(Path(f"{path}-{end}") for end in ("wal", "shm", "journal")), *beside)]
    if any(closed):
        log.info("%s could be read by other users of this machine; now it cannot", path)


def _last_note(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read().partition(" ")[2].strip()


def _note(lock: TextIO, word: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()} {word}\n")
    lock.flush()
