"""One log while the board watches it: what the database knows of it, and what only matters as long as this process lives."""

import math
import os
import time
from collections import deque
from dataclasses import dataclass, field, replace
from statistics import median

from webapp.ingest.discover import last_name
from webapp.ingest.status import Signs, reached_text
from webapp.store.rows import FileMark, LoadedSource, SourceRow
from webapp.store.sources import MOST_OTHERS

GAPS = 32  # silences remembered
FEWEST_GAPS = 4  # below this many the usual silence is unknown
SAME_BURST_S = 0.05  # text that comes sooner belongs to the text before it
LIVE_ENDINGS = (".log", ".out", ".err")
LIVE_AGE_S = 600.0  # a log that changed within this time is shown before its first metric

Signature = tuple[int, int, int, int]


@dataclass(slots=True, eq=False)
class Tracked:
    """A source and how it does.

    path        where it is now, as text (undecodable bytes as surrogates)
    named       the user named this very file, so it is shown whatever is in it
    whole       it was uploaded, so nothing is added to it
    loaded      `source` has its whole mark, and status, points … are those of the database
    signature   stat of the file at the last look; another one asks for a new look
    expected    stat that a search or an event has seen since
    caught_up   everything there was has been read once: what comes now comes live
    grown_at    monotonic time of the last growth, or of the file's last change as its times tell
    shrunk      size at which the file waits to grow back, and when it grew last (monotonic)
    settled     the parser has let go what it held back
    to_read     bytes of the backlog left; `counted` tells that the progress counts this log
    part_over   a rotation took the file away: nothing more is written to it
    others      marks of the files that were read under its name before
    epoch       of the newest points that tell one; `reached`: whether the run came to its end, by `reached_text`
    closed      another source has taken over; whoever still holds this one lets it be
    """

    source: SourceRow
    path: str
    named: bool = False
    whole: bool = False
    loaded: bool = False
    signature: Signature | None = None
    expected: Signature | None = None
    caught_up: bool = False
    watched: bool = False
    grown_at: float = 0.0
    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS))
    cadence_s: float = math.nan
    shrunk: tuple[int, float] | None = None
    settled: bool = True
    status: str = ""
    reason: str = ""
    outcome: str = ""
    points: int = 0
    lines: int = 0
    epoch: float = math.nan
    reached: str = ""
    modified: float = 0.0
    to_read: int = 0
    counted: bool = False
    part_over: bool = False
    closed: bool = False
    others: tuple[FileMark, ...] = ()

    @classmethod
    def of(cls, source: SourceRow, *, named: bool = False, loaded: bool = False) -> "Tracked":
        return cls(source, os.fsdecode(source.path), named=named, loaded=loaded, grown_at=time.monotonic())

    def take_loaded(self, found: LoadedSource) -> None:
        self.source = found.source
        self.status, self.reason, self.outcome = found.status, found.reason, found.outcome
        self.points, self.lines = found.points, found.lines
        self.epoch = found.progress.epoch if math.isnan(self.epoch) else self.epoch
        self.reached = reached_text(found.progress, self.epoch)
        if math.isnan(self.cadence_s):
            self.cadence_s = found.cadence_s
        self.others = found.others
        self.settled = self.over
        self.loaded = True

    @property
    def files_read(self) -> tuple[FileMark, ...]:
        """What its successor must not take for a copy: the files before it, and its own."""
        mark = self.source.mark
        return (*self.others, replace(mark, head=b"", blocks=b""))[-MOST_OTHERS:]

    def unload(self) -> None:
        """Drops what takes memory; the database has it."""
        self.source = replace(self.source, mark=replace(self.source.mark, head=b"", tail=b"", blocks=b""))
        self.loaded = False

    @property
    def over(self) -> bool:
        return self.status in ("finished", "failed")

    @property
    def asleep(self) -> bool:
        """Nothing of it is expected to change; only a search of the folders looks at it."""
        return self.over and self.settled and self.shrunk is None

    def grew(self, now: float) -> None:
        """Notes that text came in while the board watched."""
        gap = now - self.grown_at
        if self.watched and gap > SAME_BURST_S:
            self.gaps.append(gap)
            if len(self.gaps) >= FEWEST_GAPS:
                self.cadence_s = median(self.gaps)
        self.grown_at = now
        self.watched = True

    def signs(self, now: float) -> Signs:
        return Signs(
            points=self.points,
            lines=self.lines,
            outcome=self.outcome,
            at_end=self.caught_up,
            silent_s=now - self.grown_at,
            cadence_s=self.cadence_s,
            watched=self.watched,
            whole=self.whole,
            reached=self.reached,
        )

    def wants_show(self, wall: float) -> bool:
        """Whether its run is shown before a metric was found in it."""
        alive = self.watched or wall - self.modified < LIVE_AGE_S
        return self.named or (alive and last_name(self.path).lower().endswith(LIVE_ENDINGS))
