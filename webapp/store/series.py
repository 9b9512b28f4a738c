"""Points of one metric out of the database as arrays, with the x axis that the series' rule gives them.

A range reads only the blocks that overlap it; an overview of a long series reads the previews of its full blocks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, or_, select
from sqlalchemy.engine import Row, RowMapping

from parser.points import Floats, Ints, Points
from parser.steps import step_range, steps_of
from webapp.store.blocks import FULL, NO_POINTS, decode_points, decode_values, read_previews, take_points
from webapp.store.database import Database
from webapp.store.headline import mark_step, rule_of
from webapp.store.models import blocks, series
from webapp.store.rows import MetricRow, Series

NAN = float("nan")


def read_series(database: Database, run_id: int, metric: str, lo: float | None = None, hi: float | None = None) -> Series:
    """The points whose step is in [lo, hi], all of them where both are None; empty for a metric the run does not have.

    One point on each side of the range comes too, so that a line runs to the edges of its chart.
    """
    with database.read() as connection:
        row = _find_series(connection, run_id, metric)
        if row is None:
            return _series(run_id, metric, None, NO_POINTS, np.zeros(0))
        first, last = (0, row["points"]) if lo is None and hi is None else _find_blocks(connection, row, lo, hi)
        query = select(blocks.c.data).where(blocks.c.series_id == row["id"], blocks.c.start >= first, blocks.c.start < last)
        points = decode_points(list(connection.scalars(query.order_by(blocks.c.start))))
    steps = steps_of(points, rule_of(row), first)
    if lo is not None or hi is not None:
        kept = _within(steps, -np.inf if lo is None else lo, np.inf if hi is None else hi)
        whole = len(kept) and int(kept[-1]) - int(kept[0]) + 1 == len(kept)  # a slice copies nothing
        keep = slice(int(kept[0]), int(kept[-1]) + 1) if whole else kept
        points, steps = take_points(points, keep), steps[keep]
    return _series(run_id, metric, row, points, steps)


def read_overview(database: Database, run_id: int, metric: str) -> Series:
    """The shape of a whole series: about 32 points of each full block, all points after the last one. Every point is a real one.

    First, last, lowest and highest are among them, of the non-finite ones the first of each block. `total` tells how many there are.
    """
    return read_shape(database, run_id, metric)[0]


def read_shape(database: Database, run_id: int, metric: str, leading: int = 0) -> tuple[Series, Ints]:
    """The overview of a series and the ordinal of each of its points; the first `leading` points (whole blocks of 4,096) are all there."""
    with database.read() as connection:
        row = _find_series(connection, run_id, metric)
        if row is None:
            return _series(run_id, metric, None, NO_POINTS, np.zeros(0)), np.zeros(0, np.int64)
        begin = min(-(-leading // FULL) * FULL, row["sealed"])
        own = select(blocks.c.start, blocks.c.preview).where(blocks.c.series_id == row["id"])
        full = connection.execute(own.where(blocks.c.start >= begin, blocks.c.start < row["sealed"]).order_by(blocks.c.start)).all()
        whole = select(blocks.c.start, blocks.c.data).where(blocks.c.series_id == row["id"]).order_by(blocks.c.start)
        around = connection.execute(whole.where(or_(blocks.c.start < begin, blocks.c.start >= row["sealed"]))).all()
    first = decode_points([block.data for block in around if block.start < begin])
    rest = decode_points([block.data for block in around if block.start >= begin])
    shape, places = read_previews([block.preview for block in full], [block.start for block in full])
    ordinals = np.concatenate([np.arange(len(first)), places, row["sealed"] + np.arange(len(rest))])
    points = Points.joined([first, shape, rest])
    return _series(run_id, metric, row, points, steps_of(points, rule_of(row), ordinals)), ordinals


def read_points(database: Database, run_id: int, metric: str, first: int, last: int) -> Series:
    """The points of a series with ordinals from `first` up to, not including, `last`."""
    with database.read() as connection:
        row = _find_series(connection, run_id, metric)
        if row is None:
            return _series(run_id, metric, None, NO_POINTS, np.zeros(0))
        own = select(blocks.c.start, blocks.c.data).where(blocks.c.series_id == row["id"], blocks.c.start < last)
        found = connection.execute(own.where(blocks.c.start + blocks.c.points > first).order_by(blocks.c.start)).all()
    if not found:
        return _series(run_id, metric, row, NO_POINTS, np.zeros(0))
    begin = found[0].start
    points = take_points(decode_points([block.data for block in found]), slice(max(0, first - begin), last - begin))
    return _series(run_id, metric, row, points, steps_of(points, rule_of(row), max(first, begin)))


def read_values(database: Database, run_id: int, metric: str) -> Floats:
    """All values of a series, without anything else; empty for a metric the run does not have."""
    with database.read() as connection:
        row = _find_series(connection, run_id, metric)
        query = select(blocks.c.data).where(blocks.c.series_id == (row["id"] if row else 0)).order_by(blocks.c.start)
        return decode_values(list(connection.scalars(query)))


def list_metrics(database: Database, run_id: int) -> list[MetricRow]:
    """Every series of a run in numbers, in the order in which the log first showed them."""
    with database.read() as connection:
        rows = connection.execute(select(series).where(series.c.run_id == run_id).order_by(series.c.id)).mappings().all()
    return [metric_row(row) for row in rows]


def _find_series(connection: Connection, run_id: int, metric: str) -> RowMapping | None:
    return connection.execute(select(series).where(series.c.run_id == run_id, series.c.metric == metric)).mappings().first()


def _find_blocks(connection: Connection, row: RowMapping, lo: float | None, hi: float | None) -> tuple[int, int]:
    """Ordinals [first, last) of the run of blocks that may hold points in the range or next to it."""
    names = ("start", "points", "stepless", "bare", "step_min", "step_max", "epoch_min", "epoch_max")
    found = connection.execute(select(*(blocks.c[n] for n in names)).where(blocks.c.series_id == row["id"]).order_by(blocks.c.start)).all()
    table = np.array([tuple(block) for block in found], float).reshape(-1, len(names))  # unknown is nan
    ranges = table[:, names.index("step_min") : names.index("step_max") + 1]
    for number in np.flatnonzero(table[:, names.index("stepless")]).tolist():
        ranges[number] = _stepless_range(row, found[number])
    low, high = -np.inf if lo is None else lo, np.inf if hi is None else hi
    starts = np.append(table[:, 0], row["points"])
    # A line from the last point of one block to the first of the next may cross the range while both blocks lie outside it.
    joined = np.stack([np.minimum(ranges[:-1, 0], ranges[1:, 0]), np.maximum(ranges[:-1, 1], ranges[1:, 1])], axis=1)
    inside = np.flatnonzero((joined[:, 0] <= high) & (joined[:, 1] >= low))
    own = np.flatnonzero((ranges[:, 0] <= high) & (ranges[:, 1] >= low))
    chosen = np.concatenate([own, inside, inside + 1])
    if not len(chosen):
        return 0, 0
    return int(starts[chosen.min()]), int(starts[chosen.max() + 1])


def _stepless_range(row: RowMapping, block: Row[Any]) -> tuple[float, float]:
    """Bounds of the steps of a block that has points whose step only the rule tells."""
    low, high, first, last = (NAN if x is None else x for x in (block.step_min, block.step_max, block.epoch_min, block.epoch_max))
    if 0 < block.bare < block.stepless:
        return -np.inf, np.inf
    return step_range(rule_of(row), low, high, first, last, block.start, block.points)


def _within(steps: NDArray[np.float64], lo: float, hi: float) -> NDArray[np.intp]:
    """Indices of the points in [lo, hi], of their neighbours in the log, and of both ends of a line that crosses the whole range.

    No line leads from the end of a segment back to the start of the next one, so a step back crosses nothing.
    """
    inside = (steps >= lo) & (steps <= hi)
    keep = inside.copy()
    keep[1:] |= inside[:-1]
    keep[:-1] |= inside[1:]
    crossing = (steps[:-1] <= hi) & (steps[1:] >= lo) & (steps[:-1] <= steps[1:])
    keep[:-1] |= crossing
    keep[1:] |= crossing
    return np.flatnonzero(keep)


def _series(run_id: int, metric: str, row: RowMapping | None, points: Points, steps: NDArray[np.float64]) -> Series:
    return Series(
        run_id=run_id,
        metric=metric,
        step=steps,
        epoch=points.epoch,
        value=points.value,
        time=points.time,
        offset=points.offset,
        total=row["points"] if row else 0,
        source=row["step_source"] if row else "order",
    )


def metric_row(row: RowMapping) -> MetricRow:
    def number(name: str) -> float:
        return NAN if row[name] is None else float(row[name])

    finite = row["points"] - row["nan"] - row["posinf"] - row["neginf"]
    bad = mark_step(row, "bad")
    return MetricRow(
        name=row["metric"],
        printed=row["printed"],
        format=row["format"],
        step_source=row["step_source"],
        count=row["points"],
        nan=row["nan"],
        posinf=row["posinf"],
        neginf=row["neginf"],
        first=number("first"),
        last=number("last"),
        min=number("min"),
        min_step=mark_step(row, "min"),
        max=number("max"),
        max_step=mark_step(row, "max"),
        mean=number("sum") / finite if finite else NAN,
        first_step=mark_step(row, "first"),
        last_step=mark_step(row, "last"),
        first_bad_step=None if bad != bad else bad,
    )
