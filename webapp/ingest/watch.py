"""Wakes the ingest when the system tells of a change under the watched paths; a slow poll covers what it does not tell (NFS, limits).

The watcher's thread looks at what came in every 20 ms while something grows and every 250 ms while nothing does: each look costs 50 µs,
so a resting board stays below 0.05 % of a core.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

STEP_LIVE_MS = 20
STEP_IDLE_MS = 250
TURN_MS = 2000  # how long one call may wait; afterwards the step is chosen anew


class Watch:
    """Calls `on_change` in the event loop with the paths that changed. `problem` says why the system does not tell, "" if it does."""

    def __init__(self, folders: Sequence[str], on_change: Callable[[set[str]], None], *, below: bool) -> None:
        """Watches `folders`, with all folders below them if `below`. A single file is watched by its folder, because it may be replaced.

        The library takes text only; a folder whose name is no UTF-8 is left to the poll.
        """
        self.folders = [folder for folder in folders if is_text(folder)]
        self.below = below
        self.live = True  # until the clock says otherwise: whoever starts a board has begun a training, or is about to
        self.problem = ""
        self._on_change = on_change
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if not self.folders:
            return
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, args=(loop,), name="lossboard-watch", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        self._stop.set()
        if self._thread:
            await asyncio.to_thread(self._thread.join)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            try:
                watcher = RustNotify(list(self.folders), False, False, 1000, self.below, True)
            except (FileNotFoundError, OSError, WatchfilesRustInternalError) as error:
                self.problem = f"The system does not tell of changes ({error}); they are found by looking, a little later."
                self._stop.wait(TURN_MS / 1000 * 5)
                continue
            self.problem = ""
            with contextlib.closing(watcher):
                self._listen(watcher, loop)

    def _listen(self, watcher: RustNotify, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            step = STEP_LIVE_MS if self.live else STEP_IDLE_MS
            try:
                changes = watcher.watch(step, step, TURN_MS, self._stop)
            except WatchfilesRustInternalError as error:
                self.problem = f"The system stopped telling of changes ({error}); they are found by looking, a little later."
                return
            if isinstance(changes, set):
                self.live = True
                with contextlib.suppress(RuntimeError):  # the loop has closed: the server is going down
                    loop.call_soon_threadsafe(self._on_change, {path for _, path in changes})


def is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
