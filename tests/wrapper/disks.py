"""Small disks that fill up."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024


def limit_file_size(size: int) -> Callable[[], None]:
    """For a new process: no file of it grows beyond `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The same for this process, for a while."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[bool]:
    """A tmpfs of that size at `place`; False, and a plain folder, where this user may not mount."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", place], check=True)


def fill_disk(file: Path) -> None:
    """Takes all the space that is left."""
    with file.open("wb") as out:
        place = os.statvfs(file)
        os.posix_fallocate(out.fileno(), 0, place.f_bavail * place.f_frsize)
    assert os.statvfs(file).f_bavail == 0


def allocated(file: Path) -> int:
    """Bytes the file takes on its disk."""
    return file.stat().st_blocks * 512
