"""Disk space kept ready behind the end of a growing log, so that a disk which fills up does not reach the command that writes it.

Linux's fallocate with FALLOC_FL_KEEP_SIZE allocates blocks past the end of the file and leaves its size alone; appending then needs no free
space. `os.posix_fallocate` would make the file longer, so libc is called. What is left over is given back when nobody can write any more:
cutting the file to its own size while a grandchild appends could cut off its line.
"""

import ctypes
import errno
import fcntl
import os
from pathlib import Path

KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE
AHEAD = 64 * 1024 * 1024  # bytes kept ready at least
STEP = 32 * 1024 * 1024  # bytes asked for beyond that at a time; one call a second is enough below 32 MB/s
LEAST_FREE = 1024 * 1024 * 1024  # bytes a disk has to have free for a log that cannot be given up


class Reserve:
    """Keeps `AHEAD` bytes allocated behind the end of the file `fd`."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.end = 0
        self._allocate = ctypes.CDLL(None, use_errno=True).fallocate
        self._allocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)

    def renew(self) -> None:
        """Allocates what is missing. Raises OSError where there is no space left, or the file system cannot do it."""
        size = os.fstat(self.fd).st_size
        if self.end - size >= AHEAD:
            return
        if self._allocate(self.fd, KEEP_SIZE, size, AHEAD + STEP):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self.end = size + AHEAD + STEP


def open_reserve(log: Path, fd: int) -> Reserve | None:
    """A reserve for the log open at `fd`; None where there is too little room, or this system cannot reserve space or give it back."""
    place = os.statvfs(log)
    if place.f_bavail * place.f_frsize < LEAST_FREE:
        return None
    try:
        reserve = Reserve(fd)
        reserve.renew()
        return reserve if has_writers(log) else None  # `fd` is one: a system that does not see it could not tell when to give back
    except (OSError, AttributeError):
        return None


def has_writers(log: Path) -> bool:
    """Whether some process has the file open for writing: a read lease is granted only while nobody has. It is given back at once.

    Raises OSError where the file is gone or its file system has no leases.
    """
    fd = os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        if error.errno != errno.EAGAIN:
            raise
        return True
    finally:
        os.close(fd)
    return False


def give_back(log: Path) -> bool:
    """Frees the reserve of a log that nobody writes any more; False while somebody still may. Raises OSError."""
    if has_writers(log):
        return False
    os.truncate(log, log.stat().st_size)
    return True
