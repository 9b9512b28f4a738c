"""A log whose file goes by another name now: renamed, rotated, moved to another folder, or moved over another log.

The run goes where its file goes. An inode alone does not tell, since that of a deleted log is given to the next file; so what was read has
to be in what is there. Over a watched log another one may be moved, as by `mv train.log last.log` in front of every training: then that
log's run is over, and the other run goes on under its name.
"""

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.ingest.identity import is_rotation
from webapp.ingest.look import is_log
from webapp.ingest.messages import Slice
from webapp.ingest.tracked import Tracked
from webapp.store.sources import move_source, set_source_state

if TYPE_CHECKING:
    from webapp.ingest.follow import Follower


async def move(follower: "Follower", tracked: Tracked, path: str, file: tuple[int, int]) -> None:
    """The log is at `path` now, as that `file` (device and inode); what is at its old path is another, which the next search takes up."""
    ingest = follower.ingest
    other = ingest.logs.get(path)
    if other and (other.source.mark.dev, other.source.mark.ino) == file:
        await follower.lose(tracked)
        return
    if other:  # its own file has been moved, too, or written over: its next turn tells
        ingest.unseat(other)
        ingest.turns.add(other, live=True)
    mark = replace(tracked.source.mark, dev=file[0], ino=file[1])
    tracked.source = await ingest.store(move_source, tracked.source, os.fsencode(path), mark)
    ingest.untrack(tracked)
    tracked.path = path
    origin = os.fsdecode(tracked.source.origin)
    if is_rotation(tracked.path, origin):
        follower.moved[origin] = tracked
    elif follower.moved.get(origin) is tracked:  # no part any more: what is at the path of the log is a log of its own
        del follower.moved[origin]
    ingest.track(tracked)
    ingest.search_soon()
    await ingest.tell()


async def follow_to(follower: "Follower", tracked: Tracked, path: str) -> bool:
    """Goes to where a search has found the file of the log. False where that is another log, in an inode that is free again."""
    mark = tracked.source.mark
    if mark.offset and await asyncio.to_thread(is_log, path, mark):
        await move(follower, tracked, path, (mark.dev, mark.ino))
        return True
    follower.ingest.free_file(tracked)
    return False


async def give_way(follower: "Follower", tracked: Tracked, result: Slice) -> bool:
    """Ends the run of a log over which another one was moved, whose name is free for that then. False where what is there is its own."""
    ingest, own = follower.ingest, (tracked.source.mark.dev, tracked.source.mark.ino)
    other = ingest.files.get(result.file)
    if result.outcome not in ("read", "new", "wait") or other is None or other is tracked or other.closed or result.file == own:
        return False
    if tracked.whole:  # an upload of what was uploaded and deleted before, in the inode of that copy
        return False
    if not other.source.offset and ingest.turns.is_busy(other):
        ingest.turns.add(tracked, live=True)  # once it is stored what was read there
        return True
    if not other.loaded:
        await follower.load(other)
    if not other.source.offset or not await asyncio.to_thread(is_log, tracked.path, other.source.mark):
        return False
    reason = await follower.end_replaced(tracked)
    await ingest.store(set_source_state, tracked.source.id, "replaced", reason)
    follower.close(tracked)
    follower.found[other] = tracked.path
    ingest.turns.add(other, live=True)
    await ingest.tell()
    return True
