"""Hands memory back to the system: the board rests most of its life, and what a burst of work took is not kept for the next one."""

import ctypes
import sys
from collections.abc import Callable

# Names and numbers of <malloc.h>. Left alone, the C library raises the first two to whatever was freed last, up to 32 and 64 MB, and
# keeps a heap per thread; after reading a million points that is 17 MB more in the two processes. A growing log has its arrays drawn from
# anew, a little larger each time: below the second limit each leaves a hole that the next does not fit, and the heap grows with the log.
# From 64 KiB on (8,192 points) they are mapped one by one. With 32 KiB a comparison's groups take three times as long. All threads share
# one heap: the interpreter runs one of them at a time, and a second heap gets holes of its own, 4 MB in the first quarter of an hour.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LIMITS = {M_TRIM_THRESHOLD: 4 << 20, M_MMAP_THRESHOLD: 64 << 10, M_ARENA_MAX: 1}


def keep_little() -> None:
    """Sets the limits for this process, before it starts threads. Elsewhere than on Linux nothing happens."""
    set_option = _find("mallopt")
    if set_option is not None:
        for option, limit in LIMITS.items():
            set_option(option, limit)


def give_back() -> None:
    """Hands back what is free now; it takes some milliseconds, in which no other thread gets memory."""
    trim = _find("malloc_trim")
    if trim is not None:
        trim(0)


def _find(name: str) -> Callable[..., int] | None:
    """A function of the GNU C library; other libraries have none of them."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
