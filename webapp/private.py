"""Files and folders for their owner alone, however they come to be: a umask is made for what a user writes, not for what we keep of him.

Not a umask of our own: it belongs to the whole process, and a recorded training would inherit it.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(folder: Path) -> None:
    """The folder and every missing one above it, closed to others; `mkdir(parents=True)` would give its mode to the last one only.

    One that is there stays as it is. Raises OSError.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileNotFoundError:
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        if not folder.is_dir():
            raise


def make_file(path: Path) -> None:
    """An empty file for who opens it next without a mode of its own, as SQLite does. One that is there stays as it is.

    Where none can be made, who opens it is told why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def close_to_others(path: Path) -> bool:
    """Takes the rights of others off a file of this user's own. True where they had any and have none now."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or not status.st_mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)
        return not path.lstat().st_mode & OTHERS
    except OSError:  # there is no such file, or its file system knows no rights
        return False
