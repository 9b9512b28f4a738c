"""Whether a file is a sound database: asked before it is opened, so that nothing is written to a damaged one.

The error names the newest copy that lies beside it.
"""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from webapp.errors import UserError
from webapp.store.place import uri_of
from webapp.store.text import shown_path

BUSY_S = 5
CHECK_BYTES = 64 * 1024 * 1024  # a database up to this size is checked at every start (40 ms), a larger one after an unclean stop
MOST_COPIES = 100  # files looked at in the folder of the database
HEADER = b"SQLite format 3\0"


def check_sound(path: Path, *, clean: bool, alone: bool) -> None:
    """Raises UserError for a file that is no sound database; `clean` says that the last board closed it.

    `alone` then ends its WAL, where it has one.
    """
    if not path.exists():
        return
    size = path.stat().st_size
    if size == 0 and clean:
        raise damaged(path, "The file is empty, but it held data when it was last closed.")
    if size and not _begins_like_one(path):
        raise damaged(path, "The file does not begin like an SQLite database.")
    known_sound = clean and size > CHECK_BYTES
    if known_sound and not alone:
        return
    # read only, so that closing writes nothing; but a start that was killed before the first WAL left a journal that is to be rolled back
    mode = "rw" if alone or Path(f"{path}-journal").exists() else "ro"
    with closing(sqlite3.connect(uri_of(path, mode), uri=True, timeout=BUSY_S)) as connection:
        if alone:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # said before the first look: a WAL is read without shared memory then
        found = ["ok"] if known_sound else [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise damaged(path, "; ".join(found))
        if alone:
            connection.execute("PRAGMA journal_mode=DELETE")


def damaged(path: Path, why: str) -> UserError:
    """The error of a damaged database, with what helps: to take its journal away, or the newest copy that lies beside it."""
    journal = " and ".join(shown_path(os.fsencode(f"{path.name}-{end}")) for end in ("wal", "shm"))
    if _is_sound_alone(path):
        hint = (
            f"The file itself is sound, what lies beside it is not, or is of another file: move {journal} elsewhere and start again. "
            "The logs are read on from where the file stands."
        )
        return UserError("The database is damaged by its journal.", why, str(path), hint)
    copy = newest_copy(path)
    if copy:
        made = datetime.fromtimestamp(copy.stat().st_mtime).astimezone()
        known = f"The newest copy beside it is {shown_path(os.fsencode(copy))} of {made:%Y-%m-%d %H:%M}: put it in the place of the file, "
        known += f"move {journal} elsewhere"
    else:
        known = "No copy of it lies beside it; restore one from elsewhere"
    hint = f"The file was left as it is. {known}, or choose another file with --database: the logs will be read again."
    return UserError("The database is damaged.", why, str(path), hint)


def _is_sound_alone(path: Path) -> bool:
    """Whether a file that has a WAL is sound without it, as a copy is that was put beside the WAL of a board that was killed."""
    try:
        if not Path(f"{path}-wal").stat().st_size:
            return False
        with closing(sqlite3.connect(f"{uri_of(path, 'ro')}&immutable=1", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (OSError, sqlite3.Error):
        return False


def newest_copy(path: Path) -> Path | None:
    """The newest other file in the folder of the database that is one of ours: of an upgrade, or of `lossboard backup`."""
    found: list[tuple[float, Path]] = []
    with suppress(OSError):
        for file, _ in zip(path.parent.iterdir(), range(MOST_COPIES), strict=False):
            with suppress(OSError, sqlite3.Error):
                if file != path and file.is_file() and _begins_like_one(file) and _has_runs(file):
                    found.append((file.stat().st_mtime, file))
    return max(found, default=(0.0, None))[1]


def _has_runs(path: Path) -> bool:
    """Whether an SQLite file has our tables; other programs keep theirs under the same end of name, also with Alembic."""
    with closing(sqlite3.connect(uri_of(path, "ro"), uri=True, timeout=0)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiment_run'").fetchone())


def _begins_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER
