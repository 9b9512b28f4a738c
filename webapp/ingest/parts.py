"""Goes through the files of a rotated log: train.log.2, train.log.1, train.log are one text and one run.

A rotated log is read to its end, its unfinished last line too; then the file that came after it is taken up, and the parser goes on where
it was. A rotated log that is gone before that (dropped or compressed by the next rotation) is passed over.
"""

import asyncio
import os
from typing import TYPE_CHECKING

from webapp.ingest.identity import is_rotation, rotation_number
from webapp.ingest.messages import Slice
from webapp.ingest.tracked import Tracked
from webapp.store.rows import FileMark
from webapp.store.sources import continue_source

if TYPE_CHECKING:
    from webapp.ingest.follow import Follower


async def next_part(follower: "Follower", tracked: Tracked, result: Slice) -> None:
    """Goes from a rotated log, when it is read to its end, to the file that continues it."""
    found = await asyncio.to_thread(find_next_part, tracked.path, os.fsdecode(tracked.source.origin), tracked.source.mark)
    if found is None:
        return
    if not tracked.part_over:
        tracked.part_over = True  # once more, with its unfinished last line
        follower.ingest.turns.add(tracked, live=True)
        return
    await _continue(follower, tracked, found, result.fed, result.state)


async def skip_part(follower: "Follower", tracked: Tracked) -> bool:
    """The rotated log is gone, dropped or compressed by the next rotation: goes on with what came after it. False if nothing did."""
    found = await asyncio.to_thread(find_next_part, tracked.path, os.fsdecode(tracked.source.origin), None)
    if found is None:
        return False
    state = await follower.load(tracked)
    await _continue(follower, tracked, found, tracked.source.base + tracked.source.offset, state)
    return True


async def _continue(follower: "Follower", tracked: Tracked, found: tuple[str, FileMark], base: int, state: bytes) -> None:
    path, mark = found
    source = await follower.ingest.store(continue_source, tracked.source, os.fsencode(path), mark, base, state)
    follower.close(tracked)
    origin = os.fsdecode(source.origin)
    follower.moved.pop(origin, None)
    rest = Tracked.of(source, named=tracked.named, loaded=True)
    for name in ("caught_up", "watched", "grown_at", "gaps", "cadence_s", "status", "reason", "outcome", "modified"):
        setattr(rest, name, getattr(tracked, name))
    for name in ("points", "lines", "epoch", "reached"):
        setattr(rest, name, getattr(tracked, name))
    rest.others = tracked.files_read
    if is_rotation(path, origin):
        follower.moved[origin] = rest
    follower.ingest.track(rest)
    await follower.ingest.tell()


def find_next_part(path: str, origin: str, mark: FileMark | None) -> tuple[str, FileMark] | None:
    """The file that goes on after the rotated log at `path`, and who it is; None while there is none with text in it.

    After train.log.2 comes train.log.1, then train.log; one that was rotated empty is passed over. Names move while a rotation is under
    way, so the answer counts only if the log itself is still where it was afterwards. `mark` None: the log is gone, and what has its
    name now comes next.
    """
    if not is_rotation(path, origin):
        return None
    names = [f"{origin}.{n}" for n in range(rotation_number(path, origin) - 1, 0, -1)] + [origin]
    for name in names if mark else [path, *names]:
        try:
            info = os.lstat(name)
            itself = os.lstat(path) if mark else None
        except OSError:
            continue
        if mark and itself and (itself.st_dev, itself.st_ino) != (mark.dev, mark.ino):
            return None
        if info.st_size:
            return name, FileMark(info.st_dev, info.st_ino)
    return None
