"""Hands memory back to the system: the board rests most of its life, and what a burst of work took is not kept for the next one."""

import ctypes
import sys

# Names and numbers of <malloc.h>. Left alone, the C library raises the first two to whatever was freed last, up to 32 and 64 MB, and
# keeps a heap per thread; after reading a million points that is 17 MB more in the two processes. Below a megabyte the arrays of a zoom
# into a comparison are asked for and given back one by one, which takes half of its time; above, a minute's rest leaves 3 MB more.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LIMITS = {M_TRIM_THRESHOLD: 4 << 20, M_MMAP_THRESHOLD: 1 << 20, M_ARENA_MAX: 2}


def keep_little() -> None:
    """Sets the limits for this process, before it starts threads. Elsewhere than on Linux with the GNU C library nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if set_option is not None:
        for option, limit in LIMITS.items():
            set_option(option, limit)
