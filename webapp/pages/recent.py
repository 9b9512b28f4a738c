"""What was looked at in the last minute: values of long series, shapes of curves, drawn charts.

Whoever moves the smoothing slider asks for the same ten million values again and again, and whoever watches a run asks every two seconds
for charts of which few have changed. What is kept is given back a minute after the last look; a board that nobody looks at keeps nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MOST_BYTES = 96 * 1024 * 1024  # twelve series of a million values
KEEP_S = 60.0
SPARE = 64  # versions remembered of things that are gone

Kept = TypeVar("Kept")


class Recent:
    """Whatever can be made anew, by key; the least lately used ones are dropped first. Threads may share it, and nobody may change it.

    A key has to name the kind of thing, and everything that the thing was made from.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, keep_s: float = KEEP_S) -> None:
        self.most_bytes = most_bytes
        self.keep_s = keep_s
        self.size = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int, float]] = OrderedDict()  # the thing, its bytes, when it was last asked for
        self._versions: dict[Hashable, Hashable] = {}  # the key kept of each thing that has versions
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def get(self, key: Hashable, make: Callable[[], Kept], size_of: Callable[[Kept], int], of: Hashable = None) -> Kept:
        """The thing of this key, made now unless it is at hand. `of` names what it is a version of: the version before it is dropped."""
        with self._lock:
            found = self._kept.pop(key, None)
            if found:
                self._kept[key] = (found[0], found[1], time.monotonic())
                kept: Kept = found[0]
                return kept
        made = make()
        size = size_of(made)
        with self._lock:
            self._drop(key)
            if of is not None:
                self._drop(self._versions.get(of))
                self._versions[of] = key
            self.size += size
            self._kept[key] = (made, size, time.monotonic())
            while self.size > self.most_bytes:
                self._drop(next(iter(self._kept)))
            if len(self._versions) > 2 * len(self._kept) + SPARE:
                self._versions = {of: key for of, key in self._versions.items() if key in self._kept}
            self._arm()
        return made

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._versions.clear()
            self.size = 0

    def sweep(self) -> None:
        """Drops what nobody has asked for lately."""
        with self._lock:
            self._timer = None
            now = time.monotonic()
            while self._kept:
                key, (_, _, used) = next(iter(self._kept.items()))
                if now - used < self.keep_s:
                    break
                self._drop(key)
            if not self._kept:
                self._versions.clear()
            self._arm()

    def _drop(self, key: Hashable) -> None:
        _, size, _ = self._kept.pop(key, (None, 0, 0.0))
        self.size -= size

    def _arm(self) -> None:
        """Sweeps when the thing that was asked for longest ago has its time."""
        if self._kept and self._timer is None:
            _, _, used = next(iter(self._kept.values()))
            self._timer = threading.Timer(max(0.0, used + self.keep_s - time.monotonic()), self.sweep)
            self._timer.daemon = True
            self._timer.start()


RECENT = Recent()
