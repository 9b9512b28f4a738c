"""Collects the points of every series by column and keeps the rule that places them on the x axis.

In: rows (place, time, offset, values) of a group of series that are printed together. Out: `Points` per metric and `SeriesInfo` of what
changed. A row is one tuple for all series of its line; arrays are made once per call, so no object exists per point. Points of one
series leave in the order of the log. Refuses to know how a line was read.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from parser.names import NAME_BYTES, canonical
from parser.phases import EVALUATIONS, phases_of
from parser.points import Floats, Ints, Points, SeriesInfo, StepRule, StepSource

SERIES_LIMIT = 500  # per run; more names than that are no metrics
_LEARNING_RATE = re.compile(r"lr|learning[ _-]?rate")  # one series in any spelling; on one line two of them are two
_SOURCES: tuple[StepSource, ...] = ("line", "bar", "context", "epoch and batch")
LINE, BAR, CONTEXT, EPOCH_AND_BATCH, NOWHERE = range(5)

Row = tuple[float, float, float, int, *tuple[float, ...]]  # step, epoch, time, offset, values


class SeriesState(msgspec.Struct, array_like=True):
    """One series so far: its names, how many points it has, how many of them have a step of their own, and its rule.

    low, high  bounds of epochs per point under the guess that points come at equal distances; empty (low > high) once that fails
    """

    metric: str
    printed: str
    format: str
    count: int = 0
    placed: int = 0
    epochs: int = 0
    source: int = NOWHERE
    low: float = 0.0
    high: float = math.inf
    rule: tuple[str, float, float, float] = ("order", 1.0, 1.0, 0.0)
    latest: int = -1  # offset of the last point taken
    ended: bool = False  # its points stand at the end of epochs that are counted from 0
    opening: float = math.nan  # the first epoch told


class RegistryState(msgspec.Struct):
    """All series of a run by their identity (rank, scope, key, grain)."""

    keys: dict[str, int] = {}
    series: list[SeriesState] = []
    taken: dict[str, int] = {}
    refused: int = 0
    per_epoch: float = math.nan  # optimizer steps per epoch, once known
    slack: float = 0.0  # relative error of that
    fine: bool = False  # epochs are printed with more than two decimals
    interval: float = math.nan  # optimizer steps between two records, once known
    dirty: set[int] = set()


@dataclass(slots=True)
class Group:
    """Series that are printed together, and the rows collected since the last `take`."""

    members: tuple[int, ...]
    rows: list[Row] = field(default_factory=list)
    blocks: list[tuple[Floats, Floats, Floats, Ints, list[Floats]]] = field(default_factory=list)

    def as_block(self) -> tuple[Floats, Floats, Floats, Ints, list[Floats]]:
        """The rows collected so far, as columns."""
        columns = [np.array(column, dtype=np.float64) for column in zip(*self.rows, strict=True)]
        self.rows = []
        return columns[0], columns[1], columns[2], columns[3].astype(np.int64), columns[4:]


class Registry:
    def __init__(self, state: RegistryState) -> None:
        self.state = state
        self.groups: dict[tuple[int, ...], Group] = {}
        self._announced: dict[int, tuple[str, float, float, float]] = {}

    def find(self, rank: str, scope: str, printed: str, grain: str, format_name: str) -> int:
        """The number of the series with this identity, made if new; -1 where the run has too many."""
        state = self.state
        spelled = "lr" if _LEARNING_RATE.fullmatch(printed.lower()) else printed.lower()
        key = f"{rank}\x00{scope}\x00{spelled}\x00{grain}"
        found = state.keys.get(key, -1)
        if found >= 0:
            return found
        if len(state.series) >= SERIES_LIMIT:
            state.refused += 1
            return -1
        number = len(state.series)
        metric = self._name(rank, scope, printed, grain)
        state.keys[key] = state.taken[metric] = number
        state.series.append(SeriesState(metric, printed[:NAME_BYTES], format_name))
        state.dirty.add(number)
        return number

    def _name(self, rank: str, scope: str, printed: str, grain: str) -> str:
        words = printed[:NAME_BYTES]
        named = scope in EVALUATIONS and phases_of(words) & EVALUATIONS
        scoped = words if not scope or named or scope in words.lower() else f"{scope}/{words}"
        ranked = "" if rank in ("", "0") else f" [{rank}]" if " " in rank else f" [rank {rank}]"
        for choice in (canonical(scoped), scoped, f"{scoped} ({grain})" if grain else scoped, *(f"{scoped} #{n}" for n in range(2, 600))):
            name = f"{choice[:NAME_BYTES]}{ranked}"
            if name not in self.state.taken:
                return name
        return f"{scoped}{ranked} {len(self.state.series)}"

    def tells(self, printed: Iterable[str], but: str) -> bool:
        """True where lines of another format than `but` have told one of these metrics."""
        names = {canonical(name) for name in printed}
        return any(series.metric in names and series.format != but for series in self.state.series)

    def group(self, members: tuple[int, ...]) -> Group:
        """The group of these series, for `add`."""
        found = self.groups.get(members)
        if found is None:
            found = self.groups[members] = Group(members)
        return found

    def latest(self, members: tuple[int, ...]) -> int:
        """Offset of the last point of any of these series, collected or taken."""
        wanted = set(members)
        found = max((self.state.series[number].latest for number in wanted if number >= 0), default=-1)
        for group in self.groups.values():
            if wanted.isdisjoint(group.members):
                continue
            found = max([found, *(row[3] for row in group.rows[-1:]), *(int(block[3][-1]) for block in group.blocks[-1:])])
        return found

    def take(self) -> tuple[dict[str, Points], int]:
        """All points collected since the last call by metric, and their number."""
        parts: dict[int, list[Points]] = {}
        for group in self.groups.values():
            if group.rows:
                group.blocks.append(group.as_block())
            for step, epoch, time, offset, values in group.blocks:
                for member, value in zip(group.members, values, strict=True):
                    if member >= 0:
                        parts.setdefault(member, []).append(Points(step, epoch, value, time, offset))
            group.blocks = []
        points = {}
        for number in sorted(parts):
            joined = _join(parts[number])
            self._learn(number, joined)
            points[self.state.series[number].metric] = joined
        return points, sum(len(one) for one in points.values())

    def _learn(self, number: int, points: Points) -> None:
        series = self.state.series[number]
        own = int(np.count_nonzero(~np.isnan(points.step)))
        known = ~np.isnan(points.epoch)
        if known.any() and series.low <= series.high:
            order = series.count + 1.0 + np.arange(len(points))
            self.state.fine = self.state.fine or not bool(np.all(_whole(points.epoch[known] * 100)))
            half = np.select([_whole(points.epoch[known] * 100), _whole(points.epoch[known] * 1000)], [0.01, 0.001], 0.0001)
            series.low = max(series.low, float(np.max((points.epoch[known] - half) / order[known])))
            series.high = min(series.high, float(np.min((points.epoch[known] + half) / order[known])))
        if known.any() and series.epochs == 0:
            series.opening = float(points.epoch[known][0])
        series.count += len(points)
        series.latest = int(points.offset[-1])
        series.placed += own
        series.epochs += int(np.count_nonzero(known))
        self.state.dirty.add(number)

    def place(self, number: int, source: int) -> None:
        """Notes where the steps of a series come from; a better source replaces a worse one."""
        series = self.state.series[number]
        if source < series.source:
            series.source = source
            self.state.dirty.add(number)

    def end(self, members: tuple[int, ...]) -> None:
        """Notes that these series stand at the end of epochs that are counted from 0."""
        for number in members:
            if number >= 0:
                self.state.series[number].ended = True

    def changes(self) -> dict[str, SeriesInfo]:
        """Every series that is new or whose rule changed since the last call."""
        changed = {}
        for number in sorted(self.state.dirty):
            series = self.state.series[number]
            rule = self._rule(series)
            if self._announced.get(number) != rule or series.rule != rule:
                series.rule = rule
                self._announced[number] = rule
                if series.count:
                    changed[series.metric] = info_of(series)
        self.state.dirty.clear()
        return changed

    def all(self) -> dict[str, SeriesInfo]:
        return {series.metric: info_of(series) for series in self.state.series if series.count}

    @property
    def unplaced(self) -> int:
        """Points that no line and no bar has given a step."""
        return sum(series.count - series.placed for series in self.state.series)

    def per_epoch_by(self, interval: float) -> float:
        """Steps per epoch where only the distance of the records is known: from how far the epoch moves between two of them."""
        loss = next((series for series in self.state.series if series.metric == "loss"), None)
        if loss is None or loss.count < 10 or not 0 < loss.low <= loss.high:
            return math.nan
        return _only_whole(interval / loss.high, interval / loss.low)

    def rebase(self, per_epoch: float, slack: float, interval: float) -> None:
        """Takes the count of steps per epoch and of steps between records, as far as known; a change looks at every rule again."""
        state = self.state
        if math.isnan(interval) and not math.isnan(per_epoch):
            loss = next((series for series in state.series if series.metric == "loss" and series.placed == 0 and series.count > 2), None)
            if loss is not None:
                interval = _only_whole(loss.low * per_epoch * (1 - slack), loss.high * per_epoch * (1 + slack))
        known = (per_epoch, slack, interval)
        if repr(known) != repr((state.per_epoch, state.slack, state.interval)):
            state.per_epoch, state.slack, state.interval = known
            state.dirty.update(range(len(state.series)))

    def _rule(self, series: SeriesState) -> tuple[str, float, float, float]:
        """Best evidence first: own steps; equal distances that fit every epoch; epoch × steps; the epoch; the order."""
        state = self.state
        if series.placed == series.count and series.count:
            return (_SOURCES[series.source] if series.source < NOWHERE else "context", 1.0, 0.0, 0.0)
        if series.epochs and not math.isnan(state.per_epoch):
            distance = _only_whole(series.low * state.per_epoch * (1 - state.slack), series.high * state.per_epoch * (1 + state.slack))
            if series.placed == 0 and series.count > 2 and distance > 0:
                return ("order", distance, distance, 0.0)
            grid = 1.0
            if series.low <= 0 and series.count > 2 and state.per_epoch > 200:
                return ("order", 1.0, 1.0, 0.0) if math.isnan(state.interval) else ("order", state.interval, state.interval, 0.0)
            if state.per_epoch * (0.0005 if state.fine else 0.005) >= 0.5 and not math.isnan(state.interval):
                grid = state.interval
            return ("epoch × steps", state.per_epoch, state.per_epoch if series.ended else 0.0, grid)
        if not math.isnan(state.interval) and series.placed == 0 and series.epochs in (0, series.count) and series.low <= series.high:
            return ("order", state.interval, state.interval, 0.0)
        if series.epochs:
            return "epoch", 1.0, max(0.0, series.opening - 1.0) if series.epochs < series.count else 0.0, 0.0
        return "order", 1.0, 0.0 if series.placed else 1.0, 0.0  # before the first step that is told: at 0


def _only_whole(low: float, high: float) -> float:
    """The one whole number between two bounds; nan where there is none or more than one."""
    if not low <= high < math.inf:
        return math.nan
    least, most = math.ceil(low - 1e-6), math.floor(high + 1e-6)
    return float(least) if least == most and least > 0 else math.nan


def _whole(values: Floats) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):  # an infinite one is not whole
        return np.abs(values - np.round(values)) < 1e-6


def info_of(series: SeriesState) -> SeriesInfo:
    source, scale, first, grid = series.rule
    return SeriesInfo(series.metric, series.printed, series.format, StepRule(source, scale, first, grid))  # type: ignore[arg-type]


def _join(parts: list[Points]) -> Points:
    if len(parts) == 1:
        return parts[0]
    offset = np.concatenate([part.offset for part in parts])
    order = np.argsort(offset, kind="stable")
    return Points(
        np.concatenate([part.step for part in parts])[order],
        np.concatenate([part.epoch for part in parts])[order],
        np.concatenate([part.value for part in parts])[order],
        np.concatenate([part.time for part in parts])[order],
        offset[order],
    )
