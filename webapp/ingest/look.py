"""Opens a log and compares it with what was read from it: the I/O behind `webapp.ingest.identity`.

A file is opened, read and closed at every look. A descriptor kept open would hold a deleted log's bytes on disk, and a memory map would
kill the process when the file is truncated.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from webapp.files import open_file
from webapp.ingest.identity import (
    COARSE,
    FINE_PIECES,
    HASH_BYTES,
    HEAD,
    TAIL,
    Seen,
    Sibling,
    digest,
    is_rotation,
    piece_bounds,
    pieces,
    rotation_number,
)
from webapp.store.rows import FileMark

MOST_COMPARED = 2048  # coarse pieces of a long log, 512 MiB: a disk that gives 100 MB a second needs five, and other logs wait meanwhile
OLD_TAIL = 256  # bytes that the marks of older databases hold the hash of; a log's next lines give it a mark of today


@contextmanager
def open_log(path: str) -> Iterator[int]:
    """A descriptor of a regular file, reached through no symbolic link; it does not block. Raises OSError."""
    fd = open_file(path)
    try:
        yield fd
    finally:
        os.close(fd)


def see(fd: int, path: str, mark: FileMark, *, suspect: bool, others: Sequence[FileMark] = ()) -> Seen:
    """The open file `fd` at `path` compared with `mark`.

    The whole prefix is compared only where a copy or a rewrite is likely: another inode, or `suspect` (it was shorter before); of more than
    512 MiB it is pieces all over it. At every other look it is its first bytes and the last: a log written anew in place between two looks,
    byte for byte as long, with the same beginning and the same 4 KiB before the offset, is taken for what was read. To hash all of it at
    every look would take too long.
    `others` are the marks of files that were read as other sources and can be no copy of this one.
    """
    now = os.fstat(fd)
    same_file = (now.st_dev, now.st_ino) == (mark.dev, mark.ino)
    tail_same = now.st_size >= mark.offset and _same_tail(fd, mark)
    thorough = suspect or not same_file or now.st_size < mark.offset
    prefix_same = _same_prefix(fd, mark, now.st_size, thorough=thorough)
    sibling = None
    if mark.ino and not same_file:
        sibling = find_inode(path, mark, fd)
    if sibling is None and not (tail_same and prefix_same):
        sibling = find_copy(path, mark, others)
    return Seen(True, now.st_dev, now.st_ino, now.st_size, tail_same, prefix_same, sibling)


def find_inode(path: str, mark: FileMark, fd: int | None = None) -> Sibling | None:
    """The file that was read, renamed in the folder of `path`; `fd` is what is at `path` now.

    Where nothing was read of it yet, the inode is all there is to know it by, so it must have the name of a rotation.
    """
    with contextlib.suppress(OSError), os.scandir(_folder(path)) as entries:
        for entry in entries:
            if entry.path != path and entry.inode() == mark.ino and (mark.offset or is_rotation(entry.path, path)):
                twice = rotation_number(entry.path, path) > 1  # then it was no copy anew, and other parts lie between
                if found := _check(entry.path, mark, None if twice else fd):
                    return found
    return None


def find_copy(path: str, mark: FileMark, others: Sequence[FileMark] = ()) -> Sibling | None:
    """A copy of what was read under a rotation's name: made before the file was emptied (copytruncate), or rotated after it was copied.

    A part that was read before is older than what is looked for, and so are those with higher numbers; but one that holds more of what is
    looked for than was read of that part is in its inode alone.
    """
    if not mark.offset:
        return None
    with contextlib.suppress(OSError), os.scandir(_folder(path)) as entries:
        parts = [entry for entry in entries if is_rotation(entry.path, path)]
        for entry in sorted(parts, key=lambda entry: rotation_number(entry.path, path)):
            before = _read_before(entry, others)
            if before < mark.offset and (found := _check(entry.path, mark, None)):
                return found
            if before and rotation_number(entry.path, path):
                return None
    return None


def is_log(path: str, mark: FileMark) -> bool:
    """Whether what is at `path` is the log of that mark, or what it has grown to."""
    return _check(path, mark, None) is not None


def _read_before(entry: os.DirEntry[str], others: Sequence[FileMark]) -> int:
    """How many bytes of the file were read as one of `others`, 0 where it is none of them.

    The inode alone does not tell, because that of a deleted log is given to the next file.
    """
    marks = [mark for mark in others if mark.ino == entry.inode() and mark.offset]
    if not marks:
        return 0
    with contextlib.suppress(OSError), open_log(entry.path) as fd:
        now = os.fstat(fd)
        same = (mark.offset for mark in marks if mark.dev == now.st_dev and mark.offset <= now.st_size and _same_tail(fd, mark))
        return max(same, default=0)
    return 0


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _check(path: str, mark: FileMark, fd: int | None) -> Sibling | None:
    with contextlib.suppress(OSError), open_log(path) as other:
        now = os.fstat(other)
        if now.st_size >= mark.offset and _same_tail(other, mark) and _same_prefix(other, mark, now.st_size, thorough=True):
            contained = fd is not None and _contains(fd, other, mark.offset)
            return Sibling(path, now.st_dev, now.st_ino, now.st_size, contained)
    return None


def _contains(fd: int, other: int, start: int) -> bool:
    """Whether the bytes of `other` from `start` to its end are in `fd` at the same place."""
    while block := os.pread(other, COARSE, start):
        if os.pread(fd, len(block), start) != block:
            return False
        start += len(block)
    return True


def extend_mark(fd: int, mark: FileMark, text: bytes) -> FileMark:
    """The mark after reading `text` at `mark.offset`."""
    now = os.fstat(fd)
    offset = mark.offset + len(text)
    head = mark.head
    if len(head) < HEAD:
        head = os.pread(fd, min(HEAD, offset), 0)
    tail = digest(text[-TAIL:]) if len(text) >= TAIL else _tail(fd, offset)
    new = [digest(os.pread(fd, end - start, start)) for start, end in map(piece_bounds, range(pieces(mark.offset), pieces(offset)))]
    return FileMark(now.st_dev, now.st_ino, offset, head, tail, mark.blocks + b"".join(new))


def shorten_mark(mark: FileMark, text: bytes, all_bytes: int) -> FileMark:
    """The mark after reading `text` alone, where `mark` is that after `all_bytes` bytes which begin with it.

    From what was read, not from the file, which may be another by now. `text` is longer than the head and the tail.
    """
    offset = mark.offset - all_bytes + len(text)
    return replace(mark, offset=offset, tail=digest(text[-TAIL:]), blocks=mark.blocks[: pieces(offset) * HASH_BYTES])


def _same_tail(fd: int, mark: FileMark) -> bool:
    return not mark.offset or _tail(fd, mark.offset) == mark.tail or _tail(fd, mark.offset, OLD_TAIL) == mark.tail


def _tail(fd: int, offset: int, size: int = TAIL) -> bytes:
    start = max(0, offset - size)
    return digest(os.pread(fd, offset - start, start))


def _compared(count: int) -> Iterator[int]:
    """Which of the first `count` pieces are looked at: all of them, or of a long log every n-th."""
    yield from range(min(count, FINE_PIECES))
    yield from range(FINE_PIECES, count, max(1, -(-(count - FINE_PIECES) // MOST_COMPARED)))


def _same_prefix(fd: int, mark: FileMark, size: int, *, thorough: bool) -> bool:
    head = mark.head[:size]
    if os.pread(fd, len(head), 0) != head:
        return False
    if not thorough:
        return True
    for index in _compared(min(pieces(size), len(mark.blocks) // HASH_BYTES)):
        start, end = piece_bounds(index)
        if digest(os.pread(fd, end - start, start)) != mark.blocks[index * HASH_BYTES : (index + 1) * HASH_BYTES]:
            return False
    return True
