"""What went wrong below the database, in words: the one place that knows the driver's error codes."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from webapp.errors import UserError
from webapp.store.text import shown_path

FULL, READ_ONLY, LOCKED, DAMAGED, DISK, GONE, SLOW = "full", "read-only", "locked", "damaged", "disk", "gone", "slow"

SENTENCES = {
    FULL: ("The disk is full, so no new points can be stored.", "Free some space; reading goes on by itself, and no log line is lost."),
    READ_ONLY: (
        "The database may not be written.",
        "Give this user the right to write the file and its folder; reading goes on by itself.",
    ),
    LOCKED: (
        "Another program keeps the database locked.",
        "End that program, or the board that has it with --journal delete. A board that waits goes on by itself, and no log line is lost.",
    ),
    DAMAGED: ("The database is damaged.", "Stop the board and restore a copy, or start with another --database."),
    SLOW: ("The database took too long to answer.", "Ask for less: fewer runs, or a part of their steps."),
    DISK: ("The database cannot be written.", "See whether the disk is full, or a size limit is set; reading goes on by itself."),
}
KINDS = {
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CANTOPEN": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_IOERR": DISK,
    "SQLITE_INTERRUPT": SLOW,
}


class StorageError(UserError):
    """The database could not be read or written. `kind` is one of the words above; nothing of the transaction was kept."""

    kind: str = DISK


def fault_of(error: DBAPIError | sqlite3.Error, path: Path) -> Exception:
    """The fault behind a driver's error. An error that is a mistake of ours (a wrong statement, a broken constraint) is given back."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    kind = next((kind for start, kind in KINDS.items() if name.startswith(start)), None)
    if kind is None:
        return error
    what, hint = SENTENCES[kind]
    fault = StorageError(what, f"{cause} ({name})", str(path), hint)
    fault.kind = kind
    return fault


def fault_of_place(path: Path, name: str, *, replaced: bool) -> StorageError:
    """The fault of a database at `path` whose file `name` does not lie where it was opened, or gave place to another."""
    shown = shown_path(os.fsencode(name))
    what = f"Another file lies in place of the database file {shown}." if replaced else f"The database file {shown} is gone."
    hint = (
        "Nothing is stored meanwhile. Put the board's own file back, and it goes on by itself; or start the board again: "
        "it takes what lies there then, and reads from the logs what that does not hold."
    )
    fault = StorageError(what, "It was moved, deleted or replaced while the board runs", str(path), hint)
    fault.kind = GONE
    return fault


def hint_of(error: sqlite3.Error) -> str:
    """What to do about a driver's error; "" where there is nothing to say."""
    fault = fault_of(error, Path())
    return fault.hint if isinstance(fault, StorageError) else ""
