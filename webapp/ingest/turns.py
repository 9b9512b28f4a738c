"""Whose turn it is: live logs before the backlog, and every eighth turn the backlog even so, that neither waits for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.ingest.tracked import Tracked

BACKLOG_TURN = 8


class Turns:
    """Logs that want to be read. A log is handed to one reader at a time; what is added meanwhile waits for that reader."""

    def __init__(self) -> None:
        self._live: dict[Tracked, None] = {}
        self._backlog: dict[Tracked, None] = {}
        self._busy: set[Tracked] = set()
        self._again: dict[Tracked, bool] = {}
        self._wake = asyncio.Event()
        self._turn = 0

    def __len__(self) -> int:
        return len(self._live) + len(self._backlog) + len(self._busy)

    def add(self, log: Tracked, *, live: bool) -> None:
        if log in self._busy:
            self._again[log] = live or self._again.get(log, False)
        elif live:
            self._backlog.pop(log, None)
            self._live[log] = None
        elif log not in self._live:
            self._backlog[log] = None
        self._wake.set()

    async def take(self) -> Tracked:
        """The next log; the caller says `done` when it has read a slice."""
        while not self._live and not self._backlog:
            self._wake.clear()
            await self._wake.wait()
        self._turn += 1
        backlog = self._backlog and (not self._live or self._turn % BACKLOG_TURN == 0)
        queue = self._backlog if backlog else self._live
        log = next(iter(queue))
        del queue[log]
        self._busy.add(log)
        return log

    def done(self, log: Tracked) -> None:
        self._busy.discard(log)
        if log in self._again:
            self.add(log, live=self._again.pop(log))

    @property
    def live(self) -> int:
        """Live logs that wait for their turn."""
        return len(self._live)

    @contextmanager
    def hold(self, log: Tracked) -> Iterator[None]:
        """Keeps the readers from a log that nobody reads now."""
        self._busy.add(log)
        try:
            yield
        finally:
            self.done(log)

    def is_busy(self, log: Tracked) -> bool:
        return log in self._busy

    def waits(self, log: Tracked) -> bool:
        """Whether the log is being read or is about to be."""
        return log in self._busy or log in self._live or log in self._backlog
