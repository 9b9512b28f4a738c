"""The background task: finds logs, reads what is new in them, commits it, and says how every run does.

Its loops share the event loop with the web server: the system's news and a slow search mark logs as changed, two lanes read and commit
(one commits while the other's slice is parsed), and a clock judges silence. Work that costs is elsewhere: parsing in the reading process,
commits and searches in threads, those that use the database in threads of their own: while it is locked they all wait, and the pages of the
board, which share the others, do not.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from webapp.ingest.discover import find_logs, resolve_roots, stat_all
from webapp.ingest.follow import Follower
from webapp.ingest.formats import OwnFormats
from webapp.ingest.progress import Progress, progress_text
from webapp.ingest.search import Search
from webapp.ingest.shape import refresh_metrics
from webapp.ingest.tracked import Tracked
from webapp.ingest.turns import Turns
from webapp.ingest.watch import Watch
from webapp.memory import give_back
from webapp.settings import Settings
from webapp.store.database import Database
from webapp.store.faults import StorageError
from webapp.store.rows import SourceRow
from webapp.store.runs import stale_metrics
from webapp.store.sources import NewSource

LANES = 2
LOOPS = LANES + 3  # each asks the database for one thing at a time
SEARCH_SHARE = 100  # searching the folders may take one part in so many of a core
REFRESH_S = 2.0  # the metrics column of a run is made anew at most this often
REFRESH_SHARE = 10  # and all of them together take at most one part in so many of a core
LIVE_S = 30.0  # after the last growth of any log: the time in which the system's news and silent logs are looked for often
REST_S = 5.0  # between two looks of the clock while nothing grows
TRIM_S = 60.0  # a board that never rests hands back memory this often, in 10 ms: caches of pages and heap grow more slowly so
STOP_S = 3.0
RETRY_S = 5.0  # after a loop failed
BACKOFF_S = (1.0, 30.0)  # between two tries to store, first and longest

log = logging.getLogger("lossboard.ingest")


class Ingest:
    """Reads the logs under `paths` into `database` from `start` to `stop`."""

    def __init__(self, database: Database, paths: Iterable[Path], settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.roots = resolve_roots(paths)
        self.logs: dict[str, Tracked] = {}
        self.files: dict[tuple[int, int], Tracked] = {}
        self.turns = Turns()
        self.follower = Follower(self)
        self.search = Search(self)
        self.formats = OwnFormats(settings.formats_dir, partial(self.set_fault, "formats"))
        self.commits = 0
        self._progress = Progress()
        self._faults: dict[str, str] = {}
        self._refused: dict[object, StorageError] = {}  # what the database last said to each call that waits for it
        self._threads = ThreadPoolExecutor(LOOPS, "lossboard-store")
        self._stale: dict[int, float] = {}
        self._stale_now = asyncio.Event()
        self._live = True
        self._changed = asyncio.Condition()
        self._search_now = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watches: list[Watch] = []

    @property
    def fault(self) -> str:
        """What keeps the board from reading or storing, for a banner on every page; "" if nothing does."""
        refused = [f"{error.what} {error.hint}" for error in list(self._refused.values())]
        return " ".join(dict.fromkeys([*refused, *self._faults.values()]))

    @property
    def watch_problem(self) -> str:
        """Why the system does not tell of changes, so that they are found by looking; "" if it does."""
        return next((watch.problem for watch in self._watches if watch.problem), "")

    @property
    def storage_fault(self) -> str:
        """The kind of fault that keeps the board from storing; "" if nothing does."""
        return next((error.kind for error in list(self._refused.values())), "")

    @property
    def skipped(self) -> dict[str, str]:
        """Files that look like logs and are not read, with the reason."""
        return self.search.skipped

    def progress(self) -> Progress:
        """How far the reading of what was there at the start is."""
        return self._progress

    def backfill_text(self) -> str:
        """The progress in one sentence; "" once everything has been read."""
        return progress_text(self._progress)

    async def start(self) -> None:
        """Begins; returns at once, the first search runs in the background."""
        folders = [root for root in self.roots if os.path.isdir(root)]  # noqa: PTH112 paths are plain text here
        parents = sorted({root.rpartition("/")[0] or "/" for root in self.roots if root not in folders})
        for paths, below in ((folders, True), (parents, False)):
            if paths:
                watch = Watch(paths, self._on_change, below=below)
                watch.start()
                self._watches.append(watch)
        loops = [self._search_loop, self._clock_loop, self._refresh_loop, *([self._read_loop] * LANES)]
        self._tasks = [asyncio.create_task(self._keep(loop)) for loop in loops]

    async def stop(self) -> None:
        """Ends; what was committed is whole, what was not is read again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await asyncio.gather(*(watch.stop() for watch in self._watches))
        self._watches = []
        await self.follower.reader.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(TimeoutError, StorageError):
            async with asyncio.timeout(STOP_S):
                for run_id in list(self._stale):
                    await asyncio.to_thread(refresh_metrics, self.database, run_id)

    async def wait(self, test: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Returns when `test` is true, asked again after every commit, search and change of status. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(test)

    async def tell(self, run_id: int | None = None) -> None:
        """Something was committed; the metrics column of `run_id` is behind now."""
        self.commits += 1
        if run_id is not None:
            self._stale.setdefault(run_id, time.monotonic() + REFRESH_S)
            self._stale_now.set()
            self._live = True
        async with self._changed:
            self._changed.notify_all()

    async def adopt(self, new: NewSource, part: Path, timeout_s: float) -> SourceRow:
        """Takes up a log that came whole, as an upload does, and moves it from `part` to the path of `new`.

        Returns its source as soon as its run exists, or after `timeout_s` without. Raises OSError where the file cannot be moved.
        """
        tracked = await self.search.adopt(new, str(part))
        with contextlib.suppress(TimeoutError):
            await self.wait(lambda: tracked.source.run_id is not None and tracked.caught_up, timeout_s)
        return tracked.source

    def track(self, log: Tracked, *, live: bool = True, read: bool = True) -> None:
        """Watches a log from now on, and reads it unless told not to."""
        self.logs[log.path] = log
        if log.source.mark.ino and log.source.state != "missing":  # its inode may be that of another log by now
            self.files[log.source.mark.dev, log.source.mark.ino] = log
        if read:
            self.turns.add(log, live=live)

    def unseat(self, log: Tracked) -> None:
        """Another log has its path; it is still known by its file."""
        if self.logs.get(log.path) is log:
            del self.logs[log.path]

    def untrack(self, log: Tracked) -> None:
        """Its path is free for another log, and its file for whoever finds it."""
        self.unseat(log)
        self.free_file(log)

    def free_file(self, log: Tracked) -> None:
        """Its file is gone, and whoever has the inode next is another."""
        self.files = {key: other for key, other in self.files.items() if other is not log}

    def search_soon(self) -> None:
        self._search_now.set()

    def set_fault(self, place: str, text: str) -> None:
        """Tells of a fault of one part, or with "" that it is over."""
        if text:
            self._faults[place] = text
        else:
            self._faults.pop(place, None)

    async def store(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function of the store in a thread; while the database cannot be used, says so and tries again."""
        wait_s, longest_s = BACKOFF_S
        call = object()
        try:
            while True:
                try:
                    return await asyncio.get_running_loop().run_in_executor(self._threads, function, self.database, *args)
                except StorageError as error:
                    self._refused[call] = error
                    log.warning("storage fault: %s", error.why)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, longest_s)
        finally:
            self._refused.pop(call, None)

    async def _keep(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs a loop for ever. A mistake of ours is logged and shown, and does not end the reading of all other logs."""
        while True:
            try:
                await loop()
            except Exception as error:
                log.exception("the ingest failed")
                self.set_fault("ingest", f"Reading logs failed ({type(error).__name__}: {error}); it is tried again.")
                await asyncio.sleep(RETRY_S)
                self.set_fault("ingest", "")

    def _on_change(self, paths: set[str]) -> None:
        for path in paths:
            tracked = self.logs.get(path)
            if tracked:
                self.turns.add(tracked, live=tracked.caught_up)
            elif not self.search.knows(path):
                self._search_now.set()

    async def _search_loop(self) -> None:
        """Searches the folders: at once, then when something unknown changed, and now and then."""
        await self.search.load_known()
        for run_id in await self.store(stale_metrics):
            self._stale.setdefault(run_id, 0.0)
            self._stale_now.set()
        trimmed = time.monotonic()
        while True:
            self._search_now.clear()
            scan = await asyncio.to_thread(find_logs, self.roots)
            await self.search.take(scan)
            self._progress.searched = True
            await asyncio.to_thread(self.formats.look)
            self.set_fault("journal", await self.store(Database.shrink_journal))
            if await self.store(Database.rest, time.monotonic() - trimmed >= TRIM_S):
                await asyncio.to_thread(give_back)
                trimmed = time.monotonic()
            async with self._changed:
                self._changed.notify_all()
            pause = max(self.settings.rescan_s, scan.cpu_s * SEARCH_SHARE)
            await asyncio.sleep(scan.cpu_s * 2)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._search_now.wait(), pause)

    async def _read_loop(self) -> None:
        while True:
            tracked = await self.turns.take()
            try:
                await self.follower.read(tracked)
            finally:
                self.turns.done(tracked)

    async def _clock_loop(self) -> None:
        """Looks at logs that may still grow, for file systems that tell nothing, and judges their silence."""
        looked: dict[Tracked, float] = {}
        while True:
            await asyncio.sleep(self.settings.poll_s if self._live else max(self.settings.poll_s, REST_S))
            now = time.monotonic()
            awake = self.follower.awake
            self._live = any(now - log.grown_at < LIVE_S or log.shrunk for log in awake)
            for watch in self._watches:
                watch.live = self._live
            self._progress.lagging = self.turns.live
            due = [log for log in awake if now - looked.get(log, 0.0) >= self._poll_s(log, now)]
            looked = {log: looked.get(log, 0.0) for log in awake} | dict.fromkeys(due, now)
            if due:
                await self._look_at(due)
            for tracked in list(awake):
                if not self.turns.waits(tracked):
                    with self.turns.hold(tracked):
                        await self.follower.judge(tracked)

    def _poll_s(self, log: Tracked, now: float) -> float:
        """Seconds between two looks at a log: the longer it is silent, the longer."""
        settings = self.settings
        return 0.0 if log.shrunk else min(max((now - log.grown_at) / 10, settings.poll_s * 0.9), settings.idle_poll_s)

    async def _look_at(self, due: list[Tracked]) -> None:
        found = await asyncio.to_thread(stat_all, [log.path for log in due])
        for tracked, seen in zip(due, found, strict=True):
            signature = seen.signature if seen else None
            if tracked.shrunk or signature != tracked.signature:
                tracked.expected = signature
                self.turns.add(tracked, live=tracked.caught_up)

    async def _refresh_loop(self) -> None:
        """Makes the metrics columns anew that are behind, the oldest first."""
        while True:
            while not self._stale:
                self._stale_now.clear()
                await self._stale_now.wait()
            run_id, due = min(self._stale.items(), key=lambda item: item[1])
            began = time.monotonic()
            if due > began:
                await asyncio.sleep(min(due - began, REFRESH_S))
                continue
            del self._stale[run_id]
            await self.store(refresh_metrics, run_id)
            await asyncio.sleep((time.monotonic() - began) * REFRESH_SHARE)
