"""The time that a pattern of a user's own may take: one that goes on and on is stopped, and not asked any more.

`parser.formats.endless` refuses the worst patterns when they are loaded; whether one of the others ends soon depends on the line. Python's
`re` looks for signals while it searches, so a timer of the process's own time, which stands still while other programs work, ends any
search. Only the main thread of a process gets signals; in another one a search has no limit. Not a thread that watches: a search keeps
every other thread from running.
"""

import re
import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType

SEARCH_S = 0.05  # of one search; a line has 8 KiB at most, on which a search of ours takes 0.1 ms
SLUGGISH_S = 0.005  # a search that takes longer than this counts towards
WASTED_S = 2.0  # what all of them together may take


class SearchTooLongError(Exception):
    """The time of a search is over."""


@dataclass(slots=True)
class Patience:
    """What one pattern has cost so far; `over` says why it is not asked any more, "" while it is."""

    wasted_s: float = 0.0
    over: str = ""

    def search(self, pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
        if self.over:
            return None
        began = time.process_time()
        try:
            found = search_within(SEARCH_S, pattern, line)
        except SearchTooLongError:
            self.over = f"took longer than {SEARCH_S * 1000:.0f} ms on one line"
            return None
        if (took := time.process_time() - began) > SLUGGISH_S:
            self.wasted_s += took
            if self.wasted_s > WASTED_S:
                self.over = f"took {WASTED_S:.0f} s on lines that it is slow on"
        return found


def search_within(seconds: float, pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
    """The first place of the pattern. Raises SearchTooLongError after so many seconds of work."""
    if threading.current_thread() is not threading.main_thread():
        return pattern.search(line)
    if signal.getsignal(signal.SIGVTALRM) is not _stop:
        signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return pattern.search(line)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SearchTooLongError
