"""The log that a command writes, shown on our standard output as it grows."""

import os
from pathlib import Path

from webapp.wrapper.pump import READ_BYTES, Outlet

GROWING_MS = 20  # between two looks at a log that grows
RESTING_MS = 100  # the same once nothing came for a while
RESTS_AFTER = 25  # looks in vain after which a log rests
READS = 16  # in one turn, so that signals have theirs


class Tail:
    """Everything in the log from its start, in order, as fast as the reader of our output takes it and no faster."""

    def __init__(self, log: Path) -> None:
        self.outlet = Outlet(1, lossy=False)
        self._fd = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
        self._shown = 0
        self._end: int | None = None
        self._looks_in_vain = 0

    @property
    def done(self) -> bool:
        """The command has ended, and all it wrote is shown, or nobody reads any more."""
        return self.outlet.broken or (self._end is not None and self._shown >= self._end and not self.outlet.backlog)

    @property
    def patience_ms(self) -> int:
        return GROWING_MS if self._looks_in_vain < RESTS_AFTER else RESTING_MS

    def show(self) -> None:
        """Passes on what is there, without waiting."""
        self.outlet.write()
        self._looks_in_vain += 1
        for _ in range(READS):
            if self.outlet.full or self.outlet.broken:
                return
            room = READ_BYTES if self._end is None else min(READ_BYTES, self._end - self._shown)
            data = os.pread(self._fd, room, self._shown)
            if not data:
                return
            self._looks_in_vain = 0
            self._shown += len(data)
            self.outlet.add(data)

    def stop_at_end(self) -> None:
        """The command has ended: what is in the log now is all there is to show, whatever a grandchild adds."""
        self._end = os.fstat(self._fd).st_size
