"""Sources and slices for tests of the store, without logs."""

import math
import os
from dataclasses import replace

import numpy as np

from parser.points import Parsed, Points, Progress, SeriesInfo, StepRule, TextEvent
from webapp.store.commit import Committed, SliceWrite, commit_slice
from webapp.store.database import Database
from webapp.store.rows import FileMark, SourceRow
from webapp.store.sources import NewSource, add_sources

NAN = math.nan
LINE, NOWHERE = StepRule("line"), Progress()
NOON = 1_769_594_400.0  # 2026-01-28T10:00:00Z


def points(steps: list[float], values: list[float], epochs: list[float] | None = None, times: list[float] | None = None) -> Points:
    n = len(values)
    return Points(
        np.array(steps, float),
        np.array(epochs, float) if epochs else np.full(n, NAN),
        np.array(values, float),
        np.array(times, float) if times else np.full(n, NAN),
        np.arange(n, dtype=np.int64) * 20,
    )


def parsed(
    metrics: dict[str, Points],
    rule: StepRule = LINE,
    *,
    events: tuple[TextEvent, ...] = (),
    params: dict[str, str] | None = None,
    outcome: str = "",
    progress: Progress = NOWHERE,
) -> Parsed:
    series = {name: SeriesInfo(name, name, "made", rule) for name in metrics}
    return Parsed(metrics, series, events, params or {}, progress, outcome)  # type: ignore[arg-type]


class Log:
    """A source that grows by whole slices."""

    def __init__(self, database: Database, path: bytes = b"/logs/runs/train.log", experiment: str = "runs") -> None:
        folder, _, name = path.rpartition(b"/")
        self.database = database
        self.source: SourceRow = add_sources(database, [NewSource(path, folder, experiment, os.fsdecode(name).partition(".")[0])])[0]

    @property
    def run_id(self) -> int:
        assert self.source.run_id is not None
        return self.source.run_id

    def write(self, slice_: Parsed, size: int = 1000, **more: object) -> Committed:
        mark = replace(self.source.mark, dev=1, ino=2, offset=self.source.offset + size, head=b"head", tail=b"tail")
        fields = {"lines": 10, "arrival": NAN, "updated": NOON} | more
        done = commit_slice(self.database, SliceWrite(self.source, mark, mark.offset, slice_, b"state", **fields))  # type: ignore[arg-type]
        self.source = replace(self.source, mark=mark, run_id=done.run_id)
        return done


def mark(offset: int) -> FileMark:
    return FileMark(1, 2, offset, b"head", b"tail", b"")
