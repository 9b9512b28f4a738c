"""Takes what a search of the folders found: marks logs that changed, takes up new ones, notes which are gone."""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.ingest.discover import Found, Scan, looks_like_log, stat_named
from webapp.ingest.identity import is_rotation
from webapp.ingest.tracked import Tracked
from webapp.store.rows import SourceRow
from webapp.store.runs import set_status
from webapp.store.sources import NewSource, add_sources, list_sources, open_runs
from webapp.wrapper.spool import find_part

if TYPE_CHECKING:
    from webapp.ingest.task import Ingest

AT_ONCE = 500  # new logs in one transaction, 0.3 to 0.8 s: who logs in, or waits for the newest, does not wait for ten thousand
NOT_WATCHED = "Its log is not among the watched paths."


class Search:
    """`skipped` says of files that look like logs why they are not read."""

    def __init__(self, ingest: "Ingest") -> None:
        self.ingest = ingest
        self.skipped: dict[str, str] = {}
        self._known: dict[str, SourceRow] = {}
        self._open: set[int] = set()
        self._refused: dict[str, tuple[tuple[int, int, bool], str]] = {}  # which file was no log, and why

    async def load_known(self) -> None:
        """Remembers what the database knows, for the first search."""
        sources: list[SourceRow] = await self.ingest.store(list_sources)
        self._open = set((await self.ingest.store(open_runs)).values())
        for source in sources:
            path, origin = os.fsdecode(source.path), os.fsdecode(source.origin)
            self._known[path] = source
            if is_rotation(path, origin):
                del self._known[path]
                self._take_rotated(source, path, origin)

    def _take_rotated(self, source: SourceRow, path: str, origin: str) -> None:
        """A rotated log has a name that no search finds, and must be known before its successor is found."""
        tracked = Tracked.of(source)
        found = stat_named(path)
        if found:
            self._begin(tracked, found)
        else:
            self.ingest.track(tracked, live=False)
        self.ingest.follower.moved[origin] = tracked

    async def take(self, scan: Scan) -> None:
        logs, turns = self.ingest.logs, self.ingest.turns
        fresh = []
        for path, found in scan.found.items():
            tracked = logs.get(path)
            if tracked is None:
                fresh.append(found)
            elif found.signature != tracked.signature or tracked.source.state == "missing":
                tracked.expected = found.signature
                turns.add(tracked, live=tracked.caught_up)
        await self._take_unseen(scan)  # first, for a log that was renamed meanwhile is known by its inode
        await self._take_fresh(sorted(fresh, key=lambda found: -found.modified), scan)
        for path, tracked in list(logs.items()):
            if path not in scan.found and tracked.source.state not in ("missing", "deleted") and self._would_be_seen(path, scan):
                turns.add(tracked, live=True)
        unseen = ", ".join(scan.unreadable[:3])
        self.ingest.set_fault("roots", f"Not all of the watched folders can be read: {unseen}." if unseen else "")
        self.ingest.set_fault("entries", scan.cut)

    def knows(self, path: str) -> bool:
        """Whether an event about this path tells nothing new."""
        return path in self._refused or path in self.skipped

    async def _take_fresh(self, fresh: list[Found], scan: Scan) -> None:
        """Takes up logs that were not watched so far: known to the database, other names of known ones, or new."""
        self.skipped = dict(scan.skipped)
        self._refused = {path: refused for path, refused in self._refused.items() if path in scan.found or not scan.complete}
        new: list[Found] = []
        for found in fresh:
            if found.path in self.ingest.logs:  # a log was moved there since the search
                continue
            known = self._known.pop(found.path, None)
            if known:
                self._take_known(known, found)
            elif not self._is_other_name(found) and await self._is_log(found):
                new.append(found)
                if len(new) == AT_ONCE:
                    await self._add(new)
                    new = []
        if new:
            await self._add(new)

    async def _add(self, new: list[Found]) -> None:
        """Takes up logs that nobody knows."""
        starts = await asyncio.to_thread(lambda: [find_first_part(found) for found in new])
        rows = [
            NewSource(os.fsencode(start.path), os.fsencode(f.folder), f.experiment, f.run_name, start.size, os.fsencode(f.path))
            for f, start in zip(new, starts, strict=True)
        ]
        for found, start, source in zip(new, starts, await self.ingest.store(add_sources, rows), strict=True):
            tracked = Tracked.of(source, named=found.named, loaded=True)
            if start.path != found.path:
                self.ingest.follower.moved[found.path] = tracked
            self._begin(tracked, start)

    async def adopt(self, new: NewSource, part: str) -> Tracked:
        """Takes up a log that came whole: `part` becomes the file of `new`, and is read next.

        It is tracked before it has its name, so that no search takes it for a log of its own. Raises OSError.
        """
        source = (await self.ingest.store(add_sources, [new]))[0]
        tracked = Tracked.of(source, named=True, loaded=True)
        tracked.whole = True
        self.ingest.track(tracked, read=False)
        await asyncio.to_thread(os.rename, part, tracked.path)
        found = stat_named(tracked.path)
        if found:
            self._begin(tracked, found)
        return tracked

    def _take_known(self, source: SourceRow, found: Found) -> None:
        """A log from an earlier start. If nothing about the file has changed since and its run is over, it is not even opened."""
        tracked = Tracked.of(source, named=found.named)
        same = (source.mark.dev, source.mark.ino, source.size) == (found.dev, found.ino, found.size)
        noted_ns = source.seen_at.timestamp() * 1e9 if source.seen_at else 0.0
        done = source.state == "reading" and source.offset == source.size
        if same and done and found.changed_ns < noted_ns and source.id not in self._open:
            tracked.signature = found.signature
            tracked.caught_up = True
            tracked.status = "finished"
            self.ingest.track(tracked, read=False)
        else:
            self._begin(tracked, found)

    def _begin(self, tracked: Tracked, found: Found) -> None:
        tracked.expected = found.signature
        tracked.modified = found.modified
        tracked.grown_at = time.monotonic() - max(0.0, time.time() - found.modified)
        self.ingest.progress().begin(tracked, max(0, found.size - tracked.source.offset))
        self.ingest.track(tracked, live=False)

    async def _take_unseen(self, scan: Scan) -> None:
        """What the database knows and the search did not find: logs that are gone, and logs of paths not given this time.

        Those that were gone before, and whose runs are over, stay known: their disk may be mounted later.
        """
        for path, source in list(self._known.items()):
            goes_on = source.id in self._open
            if self._is_outside(path):
                del self._known[path]
                if goes_on and source.run_id is not None:
                    await self.ingest.store(set_status, source.run_id, "stalled", NOT_WATCHED)
            elif path not in scan.found and self._would_be_seen(path, scan) and (goes_on or source.state not in ("missing", "deleted")):
                del self._known[path]
                self.ingest.track(Tracked.of(source), live=False)

    def _is_outside(self, path: str) -> bool:
        return not any(path == root or path.startswith(root.rstrip("/") + "/") for root in self.ingest.roots)

    def _would_be_seen(self, path: str, scan: Scan) -> bool:
        """Whether the search would have found the path if it were there."""
        return scan.complete and not self._is_outside(path) and not any(path == p or path.startswith(p + "/") for p in scan.unreadable)

    def _is_other_name(self, found: Found) -> bool:
        """Whether the file is a known log under a new name, or what goes on after a rotation: the known log is looked at first."""
        follower, turns = self.ingest.follower, self.ingest.turns
        rotated = follower.moved.get(found.path)
        if rotated:
            turns.add(rotated, live=True)
            return True
        tracked = self.ingest.files.get((found.dev, found.ino))
        if tracked is None or tracked.path == found.path:
            return False
        with contextlib.suppress(OSError):
            now = os.lstat(tracked.path)
            if (now.st_dev, now.st_ino) == (found.dev, found.ino):
                self.skipped[found.path] = f"It is another name of {tracked.path}."
                return True
        follower.found[tracked] = found.path
        turns.add(tracked, live=True)
        self.ingest.search_soon()
        return True

    async def _is_log(self, found: Found) -> bool:
        mark = (found.dev, found.ino, found.size > 0)
        if not found.named:
            if not found.size:
                return False
            known, why = self._refused.get(found.path, (None, ""))
            if known == mark:
                self.skipped[found.path] = why
                return False
            try:
                reason = await asyncio.to_thread(looks_like_log, found.path)
            except OSError as error:
                reason = f"It cannot be read: {error.strerror}."
                mark = (0, 0, False)  # so that the next search looks again
            if reason:
                self._refused[found.path] = mark, reason
                self.skipped[found.path] = reason
                return False
        self._refused.pop(found.path, None)
        return True


def find_first_part(found: Found) -> Found:
    """Where the text of a log begins: of a recorded run, in the part that its recorder has put aside."""
    part = find_part(Path(found.path))
    return (stat_named(str(part)) if part else None) or found
