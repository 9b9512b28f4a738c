"""The values of long series that were looked at in the last minute.

Whoever moves the smoothing slider asks for the same ten million values again and again; reading them is half of the time of an answer.
They are given back a minute after the last look, so a board that nobody looks at keeps nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from parser.points import Floats

MOST_BYTES = 96 * 1024 * 1024  # twelve series of a million points
KEEP_S = 60.0


class Recent:
    """Arrays by key, the least lately used ones dropped first. Threads may share it."""

    def __init__(self, most_bytes: int = MOST_BYTES, keep_s: float = KEEP_S) -> None:
        self.most_bytes = most_bytes
        self.keep_s = keep_s
        self.size = 0
        self._kept: OrderedDict[Hashable, tuple[Floats, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def get(self, key: Hashable, read: Callable[[], Floats]) -> Floats:
        """The array of this key, read now unless it is at hand. Nobody may change it."""
        with self._lock:
            found = self._kept.pop(key, None)
            if found:
                self._kept[key] = (found[0], time.monotonic())
                return found[0]
        values = read()
        values.setflags(write=False)
        with self._lock:
            old = self._kept.pop(key, None)
            self.size += values.nbytes - (old[0].nbytes if old else 0)
            self._kept[key] = (values, time.monotonic())
            while self.size > self.most_bytes:
                _, (gone, _) = self._kept.popitem(last=False)
                self.size -= gone.nbytes
            self._arm()
        return values

    def sweep(self) -> None:
        """Drops what nobody has asked for lately."""
        with self._lock:
            self._timer = None
            now = time.monotonic()
            while self._kept:
                key, (values, used) = next(iter(self._kept.items()))
                if now - used < self.keep_s:
                    break
                del self._kept[key]
                self.size -= values.nbytes
            self._arm()

    def _arm(self) -> None:
        if self._kept and self._timer is None:
            self._timer = threading.Timer(self.keep_s, self.sweep)
            self._timer.daemon = True
            self._timer.start()


RECENT = Recent()
