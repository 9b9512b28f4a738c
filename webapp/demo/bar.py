"""A progress bar that writes the very bytes tqdm writes into a redirected log: `\\r` redraws, ten cells, a nested bar one line below.

tqdm itself is not a dependency of the board, and the demo has to show that logs full of redraws are read correctly.
"""

import time
from dataclasses import dataclass, field
from typing import TextIO

CELLS = " ▏▎▍▌▋▊▉█"
WIDTH = 10
MIN_INTERVAL_S = 0.1  # tqdm's own default: redraws come no closer
SMOOTHING = 0.3


@dataclass(slots=True)
class Bar:
    """`below` counts the lines this bar stands under the first one, as tqdm's `position`."""

    out: TextIO
    total: int
    below: int = 0
    count: int = 0
    rate: float = 0.0
    started: float = field(default_factory=time.monotonic)
    drawn_at: float = 0.0
    drawn_count: int = 0
    drawn_width: int = 0

    def advance(self) -> None:
        """One more done; drawn if the last drawing is old enough or this was the last one."""
        self.count += 1
        now = time.monotonic()
        if now - self.drawn_at >= MIN_INTERVAL_S:
            self.draw(now)

    def draw(self, now: float | None = None) -> None:
        if now is not None:
            latest = (self.count - self.drawn_count) / max(now - (self.drawn_at or self.started), 1e-6)
            self.rate = latest if not self.rate else SMOOTHING * latest + (1 - SMOOTHING) * self.rate
            self.drawn_at, self.drawn_count = now, self.count
        text = self.text()
        self.print("\r" + text.ljust(self.drawn_width))
        self.drawn_width = len(text)

    def clear(self) -> None:
        self.print("\r" + " " * self.drawn_width + "\r")

    def write(self, line: str) -> None:
        """A line above the bar: the bar makes room and comes back, as with `tqdm.write`."""
        self.clear()
        self.out.write(line + "\n")
        self.draw()
        self.out.flush()

    def text(self) -> str:
        elapsed = time.monotonic() - self.started
        part = self.count / self.total
        full, eighths = divmod(int(part * WIDTH * 8), 8)
        cells = (CELLS[8] * full + (CELLS[eighths] if eighths else "")).ljust(WIDTH)[:WIDTH]
        speed = f"{self.rate:5.2f}it/s" if self.rate else "?it/s"
        remaining = clock((self.total - self.count) / self.rate) if self.rate else "?"
        return f"{part:4.0%}|{cells}| {self.count}/{self.total} [{clock(elapsed)}<{remaining}, {speed}]"

    def print(self, text: str) -> None:
        self.out.write("\n" * self.below + text + "\x1b[A" * self.below)
        self.out.flush()


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
