"""Time to loss on the page of a comparison: when each run reached the level, beside the first and the fastest of them."""

import math
from dataclasses import dataclass, replace

from webapp.charts.options import Line, View
from webapp.charts.smooth import smooth_values
from webapp.compare.reach import Reached, first_at, is_falling, reach
from webapp.format import step_word
from webapp.pages.lines import all_values, read_shape
from webapp.pages.members import Compared, Member
from webapp.store.blocks import FULL
from webapp.store.database import Database
from webapp.store.rows import MetricRow, RunRow
from webapp.store.series import read_points, read_series


@dataclass(frozen=True, slots=True)
class LevelRow:
    """When one run reached the level, None = not at all; how many times the steps of the first and the time of the fastest that took."""

    run_id: int
    reached: Reached | None
    steps_factor: str
    time_factor: str


@dataclass(frozen=True, slots=True)
class LevelTable:
    """When each run reached the level, the first one in steps on top; `counts` says what the steps of the runs are."""

    metric: str
    level: float
    falling: bool
    counts: str
    rows: tuple[LevelRow, ...]


def level_table(database: Database, compared: Compared, member: Member, view: View, level: float) -> LevelTable:
    metrics = [compared.metrics[run.id][member.metric] for run in member.runs]
    falling = is_falling([row.first for row in metrics], level)
    lines = zip(member.runs, member.lines, metrics, strict=True)
    reached = [reach_level(database, run, member, line, row, view, level, falling) for run, line, row in lines]
    there = [found for found in reached if found]
    fewest = min((found.step for found in there if found.step > 0), default=math.nan)
    fastest = min((found.elapsed_s for found in there if found.elapsed_s > 0), default=math.nan)
    rows = []
    for run, found in zip(member.runs, reached, strict=True):
        steps, time = (found.step / fewest, found.elapsed_s / fastest) if found else (math.nan, math.nan)
        rows.append(LevelRow(run.id, found, times(steps), times(time)))
    rows.sort(key=lambda row: row.reached.step if row.reached else math.inf)
    counts = " or ".join(sorted({step_word(row.step_source) for row in metrics}, reverse=True))
    return LevelTable(member.metric, level, falling, counts, tuple(rows))


def reach_level(
    database: Database, run: RunRow, member: Member, line: Line, row: MetricRow, view: View, level: float, falling: bool
) -> Reached | None:
    """When one run reached the level. Of a long run, whose line is only its shape, all values that may be the first are looked through."""
    if view.lo is not None or view.hi is not None:
        line = replace(line, series=read_series(database, run.id, member.metric), smoothed=None)
    if len(line.series) == line.series.total:
        return reach(line, member.lines, view, level, falling)
    found = first_beyond(database, run, row, view.smooth, level, falling)
    if found is None:
        return None
    number, value = found
    point = read_points(database, run.id, member.metric, number, number + 1)
    return Reached(float(point.step[0]), float(point.epoch[0]), float(point.time[0]) - line.started, value, int(point.offset[0]))


def first_beyond(database: Database, run: RunRow, row: MetricRow, smooth: float, level: float, falling: bool) -> tuple[int, float] | None:
    """Which point of a long series is the first at or beyond the level, and with which value.

    The shape, which has the extremes of every block, tells the block; smoothed, every value counts.
    """
    start = 0
    if smooth:
        values = smooth_values(all_values(database, run, row), smooth)
    else:
        shape, places = read_shape(database, run, row)
        near = first_at(shape.value, level, falling)
        if near is None:
            return None
        last = int(places[near])
        start = max(0, last - FULL)
        values = read_points(database, run.id, row.name, start, last + 1).value
    number = first_at(values, level, falling)
    return None if number is None else (start + number, float(values[number]))


def times(factor: float) -> str:
    """1.52×; "" where it is unknown, or for the one that all are measured by."""
    return f"{factor:.3g}×" if math.isfinite(factor) and factor != 1 else ""
