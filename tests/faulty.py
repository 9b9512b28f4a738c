"""What tests of faults need of the system, whether it is there, and how a database is brought into trouble."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# root may write everything unless it gives that power away
POWERS = "-dac_override,-dac_read_search"
MORTAL = ("setpriv", f"--bounding-set={POWERS}", f"--inh-caps={POWERS}") if os.geteuid() == 0 else ()


def strace_works(place: Path) -> bool:
    """Whether system calls can be made to fail or to kill: strace is there, and this user may trace."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", str(place / "strace.txt"), "true"], capture_output=True, check=False).returncode == 0


@contextmanager
def mounted_disk(place: Path) -> Iterator[Path]:
    """A disk of 1 MiB at `place`, until the block ends; the test is skipped where this user may not mount."""
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def give_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def random_lines(first: int, last: int) -> str:
    """Lines whose values do not shrink, so that a small disk fills soon."""
    return "".join(f"step={n} loss={int.from_bytes(os.urandom(7), 'big') / 3.0!r}\n" for n in range(first, last + 1))


def take_right(folder: Path, files: list[Path]) -> None:
    for file in files:
        file.chmod(0o400)
    folder.chmod(0o500)


def give_right(folder: Path, files: list[Path]) -> None:
    folder.chmod(0o700)
    for file in files:
        file.chmod(0o600)
