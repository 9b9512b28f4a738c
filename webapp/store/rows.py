"""What the store hands out: frozen rows for pages and API, arrays for charts. SQLModel objects stay inside `webapp/store/`."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from parser.points import Floats, Ints


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    id: int
    name: str
    notes: str
    archived: bool
    created_at: datetime
    updated_at: datetime
    runs: int
    live: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as lists and headers show it. Numbers that nothing told are None; times are aware UTC.

    status   running | finished | failed | stalled | waiting (no metric yet) | missing (its log is gone)
    reason   one sentence: why it has this status
    version  grows with every commit that changed the run; the pages poll with it
    spark    at most 60 values of the main metric, oldest first, non-finite left out
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


@dataclass(frozen=True, slots=True)
class EventRow:
    kind: str
    text: str
    offset: int
    step: float | None
    time: datetime | None


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

    def segments(self) -> Ints:
        """Index of the first point of every segment: 0, and each point whose step is lower than the one before it."""
        if not len(self.step):
            return np.zeros(0, np.int64)
        return np.concatenate([[0], np.flatnonzero(np.diff(self.step) < 0) + 1]).astype(np.int64)
