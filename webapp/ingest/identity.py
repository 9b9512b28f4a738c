"""Is this still the file that was read? Rules without I/O, because they decide whether a line is read twice or never.

No single sign is enough: programs print the same banner into every log, file systems give a deleted file's inode to the next one, and a
path is used again by the next training. So a file is known by inode, its first bytes, the bytes just before the offset, and hashes of
everything between. `webapp.ingest.look` gathers the facts, `decide` draws the conclusion.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from webapp.store.rows import FileMark

HEAD = 1024  # bytes kept as they are
FINE, COARSE = 4 * 1024, 256 * 1024  # pieces hashed below and above the first 256 KiB
TAIL = FINE  # bytes before the offset, hashed at every look; with the whole pieces they leave out no byte of the first 256 KiB
FINE_PIECES = COARSE // FINE
HASH_BYTES = 16
ROTATED = re.compile(r"[.\-_](\d{1,14}|\d{4}-\d\d-\d\d.{0,20}|old|bak|prev)")

Verdict = Literal["read", "new", "moved", "wait", "gone"]


@dataclass(frozen=True, slots=True)
class Sibling:
    """The file that was read, found under another name in the same folder.

    contained  the file now at the old path begins with everything that is in this one
    """

    path: str
    dev: int
    ino: int
    size: int
    contained: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at the path now, compared with the mark of what was read.

    tail_same    the bytes before the offset are those that were read (False if the file is shorter)
    prefix_same  every byte up to the offset, or up to the end of a shorter file, is as far as hashes tell what was read
    """

    exists: bool
    dev: int = 0
    ino: int = 0
    size: int = 0
    tail_same: bool = False
    prefix_same: bool = False
    sibling: Sibling | None = None


def decide(mark: FileMark, seen: Seen, *, quiet_s: float, wait_s: float) -> Verdict:
    """What to do with the file at the path of a source.

    read   go on at the offset
    new    another training writes here: a new generation from byte 0
    moved  the log goes by the name of `seen.sibling` now, what is at the path is another file
    wait   it became shorter and may be a copy in progress, until it grew back or did not grow for `wait_s` (`quiet_s` so far)
    gone   nothing is there
    """
    if not seen.exists:
        return "moved" if seen.sibling else "gone"
    if mark.offset == 0:
        return "moved" if seen.sibling else "read"
    if seen.size >= mark.offset:
        if seen.tail_same and seen.prefix_same and (seen.sibling is None or seen.sibling.contained):
            return "read"
        return "moved" if seen.sibling else "new"
    if seen.sibling:
        return "moved"
    if not seen.prefix_same or quiet_s >= wait_s:
        return "new"
    return "wait"


def pieces(offset: int) -> int:
    """How many whole pieces lie before `offset`."""
    return offset // FINE if offset < COARSE else FINE_PIECES + (offset - COARSE) // COARSE


def piece_bounds(index: int) -> tuple[int, int]:
    """First byte of a piece and of the next one."""
    if index < FINE_PIECES:
        return index * FINE, (index + 1) * FINE
    start = (index - FINE_PIECES + 1) * COARSE
    return start, start + COARSE


def digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=HASH_BYTES).digest()


def is_rotation(path: str, origin: str) -> bool:
    """Whether `path` is what a log rotation makes of `origin`: train.log.1, train.log-20260128, train.log.old."""
    return path.startswith(origin) and ROTATED.fullmatch(path[len(origin) :]) is not None


def rotation_number(path: str, origin: str) -> int:
    """The number of a numbered rotation, 0 for the log itself and for other rotations."""
    end = path[len(origin) :]
    return int(end[1:]) if path.startswith(origin) and re.fullmatch(r"\.\d{1,4}", end) else 0
