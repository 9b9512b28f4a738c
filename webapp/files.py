"""Opens files that others wrote: regular files only, by a path no part of which is a link, without blocking.

Whoever may write below a watched folder may at any moment put a pipe, a device or a link in the place of a file, or of a folder above it.
So every part of a path is opened from within the part before it, and what was opened cannot be exchanged any more. Comparing the real path
before the opening was the alternative: it may be another one a moment later. A link by which the user gives a root is no part of these
paths, because roots are resolved when they are given.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

PASSED = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC  # O_PATH: a folder may be passed, not listed
LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

LINK = "it is a symbolic link; links are not followed"
BELOW_LINK = "a folder above it is a symbolic link; links are not followed"
NO_FILE = "it is a folder, a pipe or a device, not a file"


class OddFileError(OSError):
    """What is at the path is not opened; `strerror` says why, as the rest of a sentence."""


@contextmanager
def inside(path: str) -> Iterator[tuple[int, str]]:
    """The opened folder of a path, and its last name. Raises OSError, OddFileError where a folder above it is a link."""
    *above, name = [part for part in os.path.abspath(path).split("/") if part] or ["."]  # noqa: PTH100 paths are plain text here
    folder = os.open("/", PASSED)
    try:
        for part in above:
            below = _open_below(folder, part, PASSED)
            os.close(folder)
            folder = below
        yield folder, name
    finally:
        os.close(folder)


def open_file(path: str | os.PathLike[str]) -> int:
    """A descriptor of the regular file at a path. Raises OSError, OddFileError for anything else that is there."""
    with inside(os.fspath(path)) as (folder, name):
        _check(os.stat(name, dir_fd=folder, follow_symlinks=False))  # before it is opened, since that alone makes some devices act
        try:
            fd = os.open(name, READ, dir_fd=folder)
        except OSError as error:
            raise OddFileError(error.errno, LINK) if error.errno == errno.ELOOP else error from None
    try:
        _check(os.fstat(fd))
    except OddFileError:
        os.close(fd)
        raise
    return fd


def open_folder(path: str) -> int:
    """A descriptor that lists the folder at a path. Raises OSError, OddFileError where it or a folder above it is a link."""
    with inside(path) as (folder, name):
        return _open_below(folder, name, LISTED)


def look_at(path: str) -> os.stat_result:
    """What is at a path, a link itself where it is one. Raises OSError, OddFileError where a folder above it is a link."""
    with inside(path) as (folder, name):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """All of a regular file of at most `most` bytes. Raises OSError, OddFileError for a longer one."""
    fd = open_file(path)
    try:
        if os.fstat(fd).st_size > most:
            raise OddFileError(errno.EFBIG, f"it is longer than {most:,} bytes")
        text = b""
        while len(text) < most and (more := os.read(fd, most - len(text))):
            text += more
        return text
    finally:
        os.close(fd)


def _open_below(folder: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP) and stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OddFileError(errno.ELOOP, BELOW_LINK) from None
        raise


def _check(info: os.stat_result) -> None:
    if stat.S_ISLNK(info.st_mode):
        raise OddFileError(errno.ELOOP, LINK)
    if not stat.S_ISREG(info.st_mode):
        raise OddFileError(errno.EINVAL, NO_FILE)
