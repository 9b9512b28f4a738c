"""A log over which another one was moved, as by `mv train.log last.log` in front of every training: the other run goes on under this name.

Told by the file: one that is now at the path of a log, and was read as another. An inode alone does not tell, since that of a deleted log
is given to the next file; so what was read of the other one has to be in it.
"""

import asyncio
from typing import TYPE_CHECKING

from webapp.ingest.look import is_log
from webapp.ingest.messages import Slice
from webapp.ingest.tracked import Tracked
from webapp.store.sources import set_source_state

if TYPE_CHECKING:
    from webapp.ingest.follow import Follower


async def give_way(follower: "Follower", tracked: Tracked, result: Slice) -> bool:
    """Ends the run of a log that was overwritten so, whose name is free for the other one then. False where what is there is its own."""
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
