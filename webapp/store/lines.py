"""Which points stand on which lines of a log: the way back from the terminal to the curves.

Points of a series lie in log order, so the blocks of a piece of the log are found by bisection over decoded blocks, the newest first, since
that is what a terminal shows. No index is kept for it.
"""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from sqlalchemy import Connection, bindparam, select

from parser.points import Points
from webapp.store.blocks import decode_points
from webapp.store.database import Database
from webapp.store.models import blocks, series

SERIES = 60  # series looked at; a line with more is still known by these

_STARTS = (
    select(series.c.id, series.c.metric, blocks.c.start)
    .join_from(series, blocks, blocks.c.series_id == series.c.id)
    .where(series.c.run_id == bindparam("run"))
    .order_by(series.c.id, blocks.c.start)
)
_BLOCK = select(blocks.c.data).where(blocks.c.series_id == bindparam("series"), blocks.c.start == bindparam("start"))


@dataclass(frozen=True, slots=True)
class LineRow:
    """What a log line gave: when it was written or arrived (unix seconds, nan where unknown), and the metrics on it."""

    time: float
    metrics: tuple[str, ...]


def points_of_lines(database: Database, run_id: int, start: int, end: int) -> dict[int, LineRow]:
    """Byte offset → what its line gave, for the lines that start in [start, end)."""
    found: dict[int, tuple[float, list[str]]] = {}
    with database.read() as connection:
        rows = connection.execute(_STARTS, {"run": run_id}).all()
        for number, ((series_id, metric), group) in enumerate(groupby(rows, key=lambda row: (row[0], row[1]))):
            if number == SERIES:
                break
            for points in blocks_between(connection, series_id, [row.start for row in group], start, end):
                low, high = np.searchsorted(points.offset, [start, end])
                for offset, time in zip(points.offset[low:high].tolist(), points.time[low:high].tolist(), strict=True):
                    names = found.setdefault(offset, (time, []))[1]
                    if metric not in names:
                        names.append(metric)
    return {offset: LineRow(time, tuple(names)) for offset, (time, names) in found.items()}


def blocks_between(connection: Connection, series_id: int, starts: list[int], start: int, end: int) -> list[Points]:
    """The decoded blocks of a series, given by the ordinals of their first points, that may hold lines in [start, end)."""
    newest = read_block(connection, series_id, starts[-1])
    if len(newest) and newest.offset[0] < start:
        return [newest]
    low, high = 0, len(starts) - 1
    while low < high:  # the last block whose first line stands before `start`
        middle = (low + high + 1) // 2
        points = read_block(connection, series_id, starts[middle])
        if len(points) and points.offset[0] < start:
            low = middle
        else:
            high = middle - 1
    out: list[Points] = []
    for block in starts[low:]:
        points = newest if block == starts[-1] else read_block(connection, series_id, block)
        if len(points) and points.offset[0] >= end:
            break
        out.append(points)
    return out


def read_block(connection: Connection, series_id: int, start: int) -> Points:
    return decode_points(list(connection.scalars(_BLOCK, {"series": series_id, "start": start})))
