"""Tokens that a command makes or revokes while a board runs.

Only the board writes to its database, so the command leaves a file with the change in a folder beside it, `NAME.tokens/`, and whoever next
has the database takes the changes over, in their order: the board when it is shown a token, a command when no board runs. Not a second
writer: two of them at one moment can damage the database (`webapp.store.database`). Not the board's own API: who has lost the way into a
board has no token to ask with, but may write where its database is.

The folder and its files count only if they belong to this user, to root or to the owner of the database, and nobody else may write to them.
"""

import errno
import logging
import os
import secrets
import stat
import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from webapp.private import make_folder
from webapp.store.access import create_token, delete_token
from webapp.store.database import Database

MOST_BYTES = 64 * 1024
LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

log = logging.getLogger("lossboard.store")
_taking = threading.Lock()  # one after the other, or a slow thread makes a token again that another has revoked meanwhile


class TokenChange(msgspec.Struct, frozen=True):
    """A token of this name is made, with the sha256 digest of its secret, or revoked where the digest is ""."""

    name: str
    hashed: str = ""
    scopes: tuple[str, ...] = ()


def leave_change(database: Path, change: TokenChange) -> None:
    """Leaves a change for who has the database, behind all that were left before, whatever the clock says.

    Made by root, it belongs to the owner of the database. Raises OSError, also where others may write to it: nobody would take it over.
    """
    make_folder(_folder_of(database))
    owner = database.stat()
    with _opened(database) as folder:
        unfinished = f".{secrets.token_hex(8)}"
        file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            os.write(file, msgspec.json.encode(change))
            for made in (folder, file):
                if os.geteuid() == 0:
                    os.chown(made, owner.st_uid, owner.st_gid)
                if not _only_of(os.fstat(made), _trusted(database)):
                    raise OSError(errno.EPERM, "others may write there")
            before = max((int(name[:20]) for name in _names(folder) if name[:20].isdecimal()), default=0)
            os.rename(unfinished, f"{max(time.time_ns(), before + 1):020}-{unfinished[1:]}", src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(unfinished, dir_fd=folder)
            raise
        finally:
            os.close(file)


def changes_left(database: Path) -> list[tuple[str, TokenChange]]:
    """The changes that nobody has taken over yet, the oldest first, each with the name of its file. What is no change is left out."""
    try:
        with _opened(database) as folder:
            trusted = _trusted(database)
            if not _only_of(os.fstat(folder), trusted):
                return []
            found = [(name, _read(folder, name, trusted)) for name in _names(folder)]
    except OSError:  # as nearly always, there is none; a link is not followed
        return []
    return [(name, change) for name, change in found if change is not None]


def take_changes(database: Database) -> None:
    """Takes over what was left. A change is forgotten once it is stored.

    Raises StorageError where the database cannot be written; the changes stay then.
    """
    with _taking:
        for name, change in changes_left(database.path):
            try:
                with _opened(database.path) as folder:
                    if not os.access(".", os.W_OK, dir_fd=folder):
                        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
                    if change.hashed:
                        create_token(database, change.name, change.hashed, change.scopes)
                    else:
                        delete_token(database, change.name)
                    log.info("token %s %s", change.name, "made" if change.hashed else "revoked")
                    os.unlink(name, dir_fd=folder)
            except OSError as error:
                log.warning("changes of tokens cannot be taken out of %s: %s", _folder_of(database.path), error.strerror)
                return


def _read(folder: int, name: str, trusted: Container[int]) -> TokenChange | None:
    try:
        fd = os.open(name, READ, dir_fd=folder)
    except OSError:
        return None  # taken over a moment ago, or a link
    try:
        found = os.fstat(fd)
        if stat.S_ISREG(found.st_mode) and _only_of(found, trusted):
            return msgspec.json.decode(os.read(fd, MOST_BYTES), type=TokenChange)
    except msgspec.DecodeError:
        log.warning("a change of a token cannot be read and is left where it is: %s", name)
    finally:
        os.close(fd)
    return None


def _only_of(found: os.stat_result, trusted: Container[int]) -> bool:
    """Whether it belongs to one of the trusted users, and nobody else may write to it."""
    return found.st_uid in trusted and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@contextmanager
def _opened(database: Path) -> Iterator[int]:
    """The folder of changes itself: what is done in it cannot be led elsewhere by a link that takes its place. Raises OSError."""
    folder = os.open(_folder_of(database), LISTED)
    try:
        yield folder
    finally:
        os.close(folder)


def _names(folder: int) -> list[str]:
    """The changes in the folder by their names, in order; what is still being written is hidden."""
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def _trusted(database: Path) -> set[int]:
    return {0, os.geteuid(), database.stat().st_uid}


def _folder_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.tokens")
