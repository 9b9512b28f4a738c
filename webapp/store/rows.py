"""What the store hands out: frozen rows for pages and API, arrays for charts. SQLModel objects stay inside `webapp/store/`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parser.points import Floats, Ints, Progress


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """One experiment as lists and headers show it; `runs` are all of its runs, `listed` those that are not archived.

    `live` are those that are not over; `stalled` those of them that have been silent for long.
    """

    id: int
    name: str
    notes: str
    archived: bool
    created_at: datetime
    updated_at: datetime
    runs: int
    live: int
    listed: int
    stalled: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as lists and headers show it. Numbers that nothing told are None; times are aware UTC.

    status   running | finished | failed | stalled | waiting (no metric yet) | missing (its log is gone)
    reason   one sentence: why it has this status
    version  grows with every commit that changed the run; the pages poll with it
    spark    at most 60 values of the main metric, oldest first, non-finite left out
    params   filled by `get_run` only; lists leave it empty
    lines    lines read so far
    file     raw bytes of the path, which open the log; `path` is for reading
    loss_metric  the series that `last_loss` is of; "" without one
    """

    id: int
    experiment_id: int
    experiment: str
    name: str
    status: str
    reason: str
    version: int
    path: str
    notes: str
    tags: tuple[str, ...]
    archived: bool
    pinned: bool
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None
    points: int
    bytes_read: int
    bytes_total: int
    last_step: float | None
    total_steps: float | None
    last_epoch: float | None
    total_epochs: float | None
    last_loss: float | None
    best_loss: float | None
    best_step: float | None
    best_metric: str
    spark: tuple[float, ...]
    params: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    file: bytes = b""
    told_at: datetime | None = None
    loss_metric: str = ""

    @property
    def duration_s(self) -> float | None:
        """Seconds from the first sign of the run to its end, or to its newest line while it is not over; by the log's own clock if any."""
        if self.started_at is None or self.told_at == self.started_at:  # one time tells no duration
            return None
        return ((self.told_at or self.finished_at or self.updated_at) - self.started_at).total_seconds()

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the run's average pace so far; None while the log does not tell how many steps there will be."""
        taken = self.duration_s
        if not taken or not self.total_steps or not self.last_step or self.last_step > self.total_steps:
            return None
        return taken * (self.total_steps - self.last_step) / self.last_step


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One series in numbers. Steps are x positions by the series' rule; min and max are over finite values, nan if there is none."""

    name: str
    printed: str
    format: str
    step_source: str
    count: int
    nan: int
    posinf: int
    neginf: int
    first: float
    last: float
    min: float
    min_step: float
    max: float
    max_step: float
    mean: float
    first_step: float
    last_step: float
    first_bad_step: float | None


Dropped = tuple[tuple[str, int], ...]  # what was not read of a log, in words, and how much of it


@dataclass(frozen=True, slots=True)
class EventRow:
    kind: str
    text: str
    offset: int
    step: float | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    rule: str
    metric: str
    evidence: str
    step: float | None
    offset: int | None


@dataclass(frozen=True, slots=True)
class RunFinding:
    """A finding with the run it was made in."""

    run_id: int
    run: str
    status: str
    finding: FindingRow


@dataclass(frozen=True, slots=True)
class FileMark:
    """What tells the file that was read up to `offset` from every other file (see `webapp.ingest.identity`).

    head    its first bytes, at most 1,024
    tail    hash of the bytes just before `offset`
    blocks  16-byte hashes of every full piece before `offset` (4 KiB each up to 256 KiB, then 256 KiB each), one after the other
    """

    dev: int = 0
    ino: int = 0
    offset: int = 0
    head: bytes = b""
    tail: bytes = b""
    blocks: bytes = b""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Where the text of a run comes from. `path`, `folder` are raw bytes as the system gave them; names are clean text.

    run_id      None while the log has shown no metric, and after its run was deleted
    base        the run's text starts here in this file: bytes of the run that came from rotated files before it
    state       reading | missing | unreadable | waiting (became shorter) | rotated | replaced | deleted
    reason      one sentence: why it is in this state
    origin      the path under which the log was found first; a rotated log has another path now
    size        bytes the file had when it was last looked at
    seen_at     when the database last noted something of it
    folder      the folder that stands for the experiment, `experiment` and `run_name` the names a new run gets
    """

    id: int
    run_id: int | None
    path: bytes
    generation: int
    base: int
    size: int
    state: str
    reason: str
    mark: FileMark
    folder: bytes = b""
    experiment: str = ""
    run_name: str = ""
    origin: bytes = b""
    seen_at: datetime | None = None

    @property
    def offset(self) -> int:
        return self.mark.offset


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """A source with all that is needed to go on reading it: its parser's state, and how its run stands ("" and 0 without a run).

    others  marks, without head and hashes, of the files read under the same name before: rotated parts and earlier trainings
    """

    source: SourceRow
    parser: bytes
    status: str = ""
    reason: str = ""
    outcome: str = ""
    cadence_s: float = float("nan")
    points: int = 0
    lines: int = 0
    progress: Progress = field(default_factory=Progress)
    others: tuple[FileMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A login that is valid. `to_note`: its use was noted some while ago."""

    to_note: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    scopes: tuple[str, ...]


COLUMNS = ("step", "epoch", "value", "time", "offset")  # of a series, one number a point each


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one metric of one run as arrays of one length, in the order of the log.

    step     x position by the series' rule; goes back where a resumed run repeats steps
    epoch    as printed; nan where unknown
    value    nan and ±inf included
    time     unix seconds (UTC), from the text or else the arrival; nan where unknown
    offset   byte offset of the log line
    total    points of the whole series, also those outside the range read
    source   where the steps come from (`parser.points.StepSource`)
    """

    run_id: int
    metric: str
    step: Floats
    epoch: Floats
    value: Floats
    time: Floats
    offset: Ints
    total: int
    source: str

    def __len__(self) -> int:
        return len(self.value)

    def take(self, where: Ints | NDArray[np.bool_] | slice) -> "Series":
        """The points at these indices; `total` stays the number of points of the whole series."""
        return replace(self, **{name: getattr(self, name)[where] for name in COLUMNS})

    def inside(self, lo: float | None, hi: float | None) -> "Series":
        """The points whose step is in [lo, hi], without the neighbours that `read_series` adds for the line."""
        if lo is None and hi is None:
            return self
        return self.take((self.step >= (-np.inf if lo is None else lo)) & (self.step <= (np.inf if hi is None else hi)))

    def segments(self) -> Ints:
        """Index of the first point of every segment: 0, and each point whose step is lower than the one before it."""
        if not len(self.step):
            return np.zeros(0, np.int64)
        return np.concatenate([[0], np.flatnonzero(self.step[1:] < self.step[:-1]) + 1]).astype(np.int64)


def join_series(parts: Sequence[Series]) -> Series:
    """Parts of one series that follow each other as one."""
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS}
    return replace(parts[0], **columns)
