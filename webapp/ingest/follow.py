"""Follows one log: asks for its next slice, commits it, and does what the verdict on its file calls for.

A log that was read may have been rotated, renamed, copied anew, emptied, replaced or deleted; each case is one small method here. The
rules that tell the cases apart are in `webapp.ingest.identity`.
"""

import asyncio
import logging
import math
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.ingest.beside import ends_whole, read_ending, read_params
from webapp.ingest.messages import Job, Slice
from webapp.ingest.moved import follow_to, give_way, move
from webapp.ingest.parts import next_part, skip_part
from webapp.ingest.reader import Reader, ReadingFailedError, ReadingTooLongError
from webapp.ingest.status import reached_text, status_of
from webapp.ingest.tracked import Tracked
from webapp.store.commit import Committed, SliceWrite, StaleSliceError, commit_slice
from webapp.store.runs import set_status
from webapp.store.sources import load_source, move_source, replace_source, set_source_state, show_run

if TYPE_CHECKING:
    from webapp.ingest.task import Ingest

NOTHING_S = math.nan
FAILED = "Lossboard failed on this log; please report it."

log = logging.getLogger("lossboard.ingest")


class Follower:
    """Reads logs for the ingest, one slice a call.

    awake  the logs that may change their status
    moved  logs that were rotated, by the path they had: what is there now goes on after them
    found  where a search has found the file of a log that is no longer at its path; its next turn looks there
    """

    def __init__(self, ingest: "Ingest") -> None:
        self.ingest = ingest
        self.reader = Reader()
        self.spools = f"{os.path.realpath(ingest.settings.spool_dir)}{os.sep}"  # logs in it have a record that tells their end
        self.awake: set[Tracked] = set()
        self.moved: dict[str, Tracked] = {}
        self.found: dict[Tracked, str] = {}

    async def read(self, tracked: Tracked) -> None:
        """One slice of one log."""
        elsewhere = self.found.pop(tracked, "")
        if tracked.closed:
            return
        if not tracked.loaded:
            await self.load(tracked)
        expected = tracked.expected
        try:
            result = await self._ask(tracked, tracked.path)
        except ReadingFailedError as error:
            log.error("reading %s failed: %s", tracked.path, error)
            late = isinstance(error, ReadingTooLongError)
            await self._unreadable(tracked, f"{error} It is tried again when it grows." if late else FAILED)
            tracked.signature = expected
            return
        if await give_way(self, tracked, result):
            return
        if elsewhere and result.outcome in ("new", "gone", "wait", "unreadable") and await follow_to(self, tracked, elsewhere):
            return
        if result.outcome == "read":
            await self._take(tracked, result)
        elif result.outcome == "wait":
            await self._wait(tracked, result)
        elif result.outcome in ("new", "gone") and await skip_part(self, tracked):
            return
        elif result.outcome == "new":
            await self._renew(tracked)
        elif result.outcome == "moved":
            await move(self, tracked, os.fsdecode(result.path), (result.mark.dev, result.mark.ino))
        elif result.outcome == "gone":
            await self.lose(tracked)
        else:
            await self._unreadable(tracked, result.reason)
            expected = None  # nothing about the file may change when it can be read again, so every search asks for another look
        tracked.signature = expected
        if not tracked.asleep and not tracked.closed:
            self.awake.add(tracked)

    async def judge(self, tracked: Tracked) -> None:
        """Looks whether silence has changed what the run is doing."""
        source = tracked.source
        if source.run_id is None or source.state in ("missing", "deleted") or not tracked.loaded:
            return
        status, reason = await self._status(tracked)
        if status != tracked.status or (status == "running" and reason != tracked.reason):
            await self._set_status(tracked, status, reason)
        if tracked.over and await self._awaits_last_line(tracked):
            return
        if tracked.over and not tracked.settled:
            await self._settle(tracked)
        if tracked.asleep:
            self.awake.discard(tracked)
            tracked.unload()

    async def _awaits_last_line(self, tracked: Tracked) -> bool:
        """Whether a recorded run that is over has a last line without an end that may still count; where it does now, it is read next."""
        if tracked.part_over or tracked.source.size <= tracked.source.offset or not tracked.path.startswith(self.spools):
            return False
        whole = await asyncio.to_thread(ends_whole, Path(tracked.path))
        if whole:
            tracked.part_over = True
            self.ingest.turns.add(tracked, live=True)
        return whole is not False

    async def _status(self, tracked: Tracked) -> tuple[str, str]:
        """What the run is doing: as the record of its command says, else as its text and its silence let guess."""
        ended = (
            await asyncio.to_thread(read_ending, Path(tracked.path)) if tracked.path.startswith(self.spools) and tracked.caught_up else None
        )
        return ended or status_of(tracked.signs(time.monotonic()), self.ingest.settings)

    async def load(self, tracked: Tracked) -> bytes:
        """Takes over what the database knows; returns the parser's state."""
        found = await self.ingest.store(load_source, tracked.source.id)
        if found is None:
            raise LookupError(f"source {tracked.source.id} is not in the database any more")
        tracked.take_loaded(found)
        state: bytes = found.parser
        return state

    async def _ask(self, tracked: Tracked, path: str) -> Slice:
        """The next slice. The parser's state is sent only where the reading process does not have it."""
        settings, source = self.ingest.settings, tracked.source
        job = Job(
            source=source.id,
            path=os.fsencode(path),
            mark=source.mark,
            state=None if source.mark.offset or source.base else b"",
            budget=0 if source.state == "deleted" else settings.read_bytes,
            suspect=source.state in ("waiting", "missing"),
            others=tracked.others,
            quiet_s=time.monotonic() - tracked.shrunk[1] if tracked.shrunk else 0.0,
            wait_s=settings.recopy_wait_s,
            tail=tracked.part_over or tracked.whole,
            formats=str(settings.formats_dir),
        )
        result = await self.reader.read(job)
        if result.outcome == "state needed":
            state = await self.load(tracked)
            result = await self.reader.read(replace(job, mark=tracked.source.mark, state=state))
        self.ingest.formats.take(result.slow, result.refused)
        return result

    async def _take(self, tracked: Tracked, result: Slice) -> None:
        """Commits what was read, and goes on where there is more."""
        now = time.monotonic()
        was_caught_up = tracked.caught_up
        tracked.shrunk = None
        if tracked.source.mark.ino and result.file != (tracked.source.mark.dev, tracked.source.mark.ino):
            self.ingest.free_file(tracked)  # what was read before goes by another name, if it is still there
        self.ingest.files[result.file] = tracked
        tracked.modified = result.modified
        if result.size > tracked.source.size and was_caught_up:
            tracked.grew(now)
        if tracked.source.state == "deleted":
            tracked.caught_up = tracked.settled = True
            return
        tracked.caught_up = result.at_end
        if result.read:
            tracked.settled = False
            await self._commit(tracked, result, live=was_caught_up)
            self.ingest.progress().advance(tracked, result.read)
        else:
            await self._nothing_new(tracked, result)
        if not result.at_end:
            self.ingest.turns.add(tracked, live=was_caught_up)
            return
        self.ingest.progress().end(tracked)
        await self.judge(tracked)
        if tracked.path != os.fsdecode(tracked.source.origin):
            await next_part(self, tracked, result)

    async def _nothing_new(self, tracked: Tracked, result: Slice) -> None:
        source = tracked.source
        if source.mark.ino and (source.mark.dev, source.mark.ino) != (result.mark.dev, result.mark.ino):
            source = await self.ingest.store(move_source, source, source.path, result.mark)  # a whole copy took its place
        if source.state != "reading" or source.size != result.size:
            await self.ingest.store(set_source_state, source.id, "reading", "", result.size)
        mark = replace(source.mark, dev=result.mark.dev, ino=result.mark.ino)
        tracked.source = replace(source, state="reading", reason="", size=result.size, mark=mark)
        if source.run_id is None and tracked.named:
            run_id = await self.ingest.store(show_run, tracked.source, result.modified)
            tracked.source = replace(tracked.source, run_id=run_id)
            tracked.status = "waiting"
            await self.ingest.tell()

    async def _commit(self, tracked: Tracked, result: Slice, *, live: bool) -> None:
        """One slice into the database, with the status that follows from it."""
        assert result.parsed is not None
        wall = time.time()
        tracked.lines = result.lines
        tracked.outcome = result.parsed.outcome
        tracked.points += sum(len(points) for points in result.parsed.points.values())
        epochs = [points.epoch[-1] for points in result.parsed.points.values() if len(points)]
        tracked.epoch = max((float(epoch) for epoch in epochs if not math.isnan(epoch)), default=tracked.epoch)
        tracked.reached = reached_text(result.parsed.progress, tracked.epoch)
        status, reason = await self._status(tracked)
        parsed = result.parsed
        if tracked.source.run_id is None:
            beside = await asyncio.to_thread(read_params, Path(tracked.path))
            parsed = replace(parsed, params=beside | parsed.params)
        write = SliceWrite(
            source=tracked.source,
            mark=result.mark,
            size=max(result.size, result.mark.offset),
            parsed=parsed,
            parser=result.state,
            lines=result.lines,
            arrival=wall if live else math.nan,
            updated=wall if live else result.modified or wall,
            show=tracked.wants_show(wall),
            status=status if (status, reason) != (tracked.status, tracked.reason) else "",
            reason=reason,
            cadence_s=tracked.cadence_s,
        )
        try:
            done: Committed = await self.ingest.store(commit_slice, write)
        except StaleSliceError:
            # the run was deleted on a page while its slice was read: the database knows better
            await self.load(tracked)
            self.ingest.turns.add(tracked, live=True)
            return
        state = "deleted" if tracked.source.state == "deleted" else "reading"
        tracked.source = replace(tracked.source, mark=result.mark, size=write.size, state=state, reason="", run_id=done.run_id)
        if done.run_id is not None:
            tracked.status, tracked.reason = status, reason
            self.awake.add(tracked)
        await self.ingest.tell(done.run_id)

    async def _settle(self, tracked: Tracked) -> None:
        """The run is over: lets the parser go what it held back, and commits that."""
        result = await self._ask(tracked, "")
        assert result.parsed is not None
        tracked.settled = True
        if any(len(points) for points in result.parsed.points.values()) or result.parsed.events or result.parsed.series:
            await self._commit(tracked, replace(result, size=tracked.source.size, modified=tracked.modified), live=False)

    async def _set_status(self, tracked: Tracked, status: str, reason: str) -> None:
        tracked.status, tracked.reason = status, reason
        if tracked.source.run_id is not None:
            silent = timedelta(seconds=time.monotonic() - tracked.grown_at)
            ended = datetime.now(UTC) - silent if tracked.over else None
            await self.ingest.store(set_status, tracked.source.run_id, status, reason, ended)
            await self.ingest.tell(tracked.source.run_id)

    async def _set_state(self, tracked: Tracked, state: str, reason: str) -> None:
        if (tracked.source.state, tracked.source.reason) != (state, reason) and tracked.source.state != "deleted":
            await self.ingest.store(set_source_state, tracked.source.id, state, reason)
            tracked.source = replace(tracked.source, state=state, reason=reason)

    async def _wait(self, tracked: Tracked, result: Slice) -> None:
        """The log became shorter, and what is there is what was read: maybe it is being copied anew."""
        if tracked.shrunk is None or result.size > tracked.shrunk[0]:
            tracked.shrunk = result.size, time.monotonic()
        await self._set_state(tracked, "waiting", "It became shorter; it may be a copy in progress.")

    async def _renew(self, tracked: Tracked) -> None:
        """Another training writes to this path: the run so far is over, a new generation begins."""
        reason = await self.end_replaced(tracked)
        source = await self.ingest.store(replace_source, tracked.source, reason)
        self.close(tracked)
        fresh = Tracked.of(source, named=tracked.named, loaded=True)
        fresh.caught_up = tracked.caught_up
        fresh.others = tracked.files_read
        self.ingest.track(fresh)
        await self.ingest.tell()

    async def end_replaced(self, tracked: Tracked) -> str:
        """The run of a log whose file is there no more is over. Returns why."""
        reason = (
            f"Its log was written anew when {tracked.source.offset:,} bytes were read; lines added after them are lost, if there were any."
        )
        if tracked.source.run_id is not None and tracked.source.state != "deleted":
            if not tracked.settled:
                await self._settle(tracked)
            if not tracked.over:
                status = "failed" if tracked.outcome == "failed" else "finished"
                await self._set_status(tracked, status, reason)
        return reason

    def close(self, tracked: Tracked) -> None:
        """Another source takes over; a turn that this one still waits for comes to nothing."""
        tracked.closed = True
        self.awake.discard(tracked)
        self.ingest.untrack(tracked)

    async def lose(self, tracked: Tracked) -> None:
        await self._set_state(tracked, "missing", "Its file is gone.")
        if tracked.source.state == "deleted":
            self.ingest.free_file(tracked)
        if not tracked.over and tracked.source.run_id is not None and tracked.status != "missing":
            await self._set_status(tracked, "missing", "Its log is gone; what was read of it is kept.")
        self.ingest.progress().end(tracked)

    async def _unreadable(self, tracked: Tracked, reason: str) -> None:
        """What cannot be seen now is not gone: everything known of it stays."""
        await self._set_state(tracked, "unreadable", reason)
        self.ingest.progress().end(tracked)
