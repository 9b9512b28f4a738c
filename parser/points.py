"""The records that leave the parser: points by column, the rule that makes them an x axis, and what else the text told.

Everything here is plain data. A series keeps what was printed (step, epoch, time, value, byte offset); its `StepRule` turns that into
steps, so a better source of steps found late changes one small record and rewrites no point. No object per point: a log has millions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

StepSource = Literal["line", "bar", "context", "epoch and batch", "epoch × steps", "epoch", "order"]
EventKind = Literal["checkpoint", "evaluation", "epoch", "resumed", "loss scale", "traceback", "out of memory", "warning", "finished"]
Outcome = Literal["", "finished", "failed"]
RANK = re.compile(r" \[rank \d+\]$")  # ends the names of the series of a rank other than 0


def of_one_rank(names: Iterable[str]) -> dict[str, str]:
    """One series of each metric, by its plain name: the one named so, else that of the first rank by name (Megatron's last prints)."""
    return {RANK.sub("", name): name for name in sorted(names, reverse=True)}


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one metric in the order of the log; all five arrays have the same length.

    step    as printed, or exact from the bar around the line; nan where nothing at the line tells it
    epoch   as printed; nan where the line has none
    value   as printed; nan and ±inf are values
    time    seconds since 1970 (UTC) from the text; nan where the text has no time
    offset  byte offset in the log of the start of the line
    """

    step: Floats
    epoch: Floats
    value: Floats
    time: Floats
    offset: Ints

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def joined(cls, parts: "list[Points]") -> "Points":
        """Several stretches of one series as one, in their order."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.step for part in parts]),
            np.concatenate([part.epoch for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.time for part in parts]),
            np.concatenate([part.offset for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class StepRule:
    """How the points of one series get their place on the x axis (see `parser.steps.steps_of`).

    A point with a step of its own keeps it. One without takes `first + epoch * scale` where it has an epoch (rounded to a multiple of
    `grid` where grid > 0), else `first + ordinal * scale`, the ordinal counting from 0 over the whole series. Where the source is "epoch",
    `first` is the place of what was told before any epoch was, and the others stand at their epochs.
    """

    source: StepSource = "order"
    scale: float = 1.0
    first: float = 0.0
    grid: float = 0.0


@dataclass(frozen=True, slots=True)
class SeriesInfo:
    """What is known of one series besides its points: its name as printed, the format that read it, and its rule."""

    metric: str
    printed: str
    format: str
    rule: StepRule


@dataclass(frozen=True, slots=True)
class TextEvent:
    """Something the text says that is no number; step and time are nan where unknown."""

    kind: EventKind
    text: str
    offset: int
    step: float
    time: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run says it is; nan where it does not say. Steps are optimizer steps (or batches, where only those are printed)."""

    step: float = float("nan")
    total_steps: float = float("nan")
    epoch: float = float("nan")
    total_epochs: float = float("nan")


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every line so far: claimed by which format, noise, not understood (with examples), dropped and why."""

    lines: int = 0
    points: int = 0
    noise: int = 0
    unread: int = 0
    by_format: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    examples: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one call of `LogParser.feed` or `.finish` added.

    points    new points by canonical metric name
    series    every series that is new or whose rule changed in this call
    params    parameters printed since the last call
    outcome   what the text says of the run's end: "finished", "failed", or "" while it says nothing
    """

    points: dict[str, Points]
    series: dict[str, SeriesInfo]
    events: tuple[TextEvent, ...]
    params: dict[str, str]
    progress: Progress
    outcome: Outcome

    @classmethod
    def joined(cls, parts: "list[Parsed]") -> "Parsed":
        """What several calls of one parser added, in their order, as one."""
        if len(parts) == 1:
            return parts[0]
        points: dict[str, list[Points]] = {}
        for part in parts:
            for metric, some in part.points.items():
                points.setdefault(metric, []).append(some)
        return cls(
            {metric: Points.joined(some) for metric, some in points.items()},
            {metric: info for part in parts for metric, info in part.series.items()},
            tuple(event for part in parts for event in part.events),
            {name: value for part in parts for name, value in part.params.items()},
            parts[-1].progress,
            parts[-1].outcome,
        )


@dataclass(frozen=True, slots=True)
class ParsedLog:
    """A whole log: all points by canonical metric name, and everything else `Parsed` tells, with the account of every line."""

    points: dict[str, Points]
    series: dict[str, SeriesInfo]
    events: tuple[TextEvent, ...]
    params: dict[str, str]
    progress: Progress
    outcome: Outcome
    account: Account
