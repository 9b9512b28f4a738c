"""Which points stand on which lines of a log: the way back from the terminal to the curves.

Points of a series lie in log order, so the blocks of a piece of the log are found by bisection over decoded blocks; no index is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from parser.points import Points
from webapp.store.blocks import decode_points
from webapp.store.database import Database
from webapp.store.models import blocks, series

SERIES = 60  # series looked at; a line with more is still known by these


@dataclass(frozen=True, slots=True)
class LineRow:
    """What a log line gave: when it was written or arrived (unix seconds, nan where unknown), and the metrics on it."""

    time: float
    metrics: tuple[str, ...]


def points_of_lines(database: Database, run_id: int, start: int, end: int) -> dict[int, LineRow]:
    """Byte offset → what its line gave, for the lines that start in [start, end)."""
    found: dict[int, tuple[float, list[str]]] = {}
    with database.read() as connection:
        known = connection.execute(
            select(series.c.id, series.c.metric).where(series.c.run_id == run_id).order_by(series.c.id).limit(SERIES)
        )
        for row in known.all():
            for points in blocks_between(connection, row.id, start, end):
                inside = np.flatnonzero((points.offset >= start) & (points.offset < end))
                for offset, time in zip(points.offset[inside].tolist(), points.time[inside].tolist(), strict=True):
                    names = found.setdefault(offset, (time, []))[1]
                    if row.metric not in names:
                        names.append(row.metric)
    return {offset: LineRow(time, tuple(names)) for offset, (time, names) in found.items()}


def blocks_between(connection: Connection, series_id: int, start: int, end: int) -> list[Points]:
    """The decoded blocks of a series that may hold lines in [start, end)."""
    starts = list(connection.scalars(select(blocks.c.start).where(blocks.c.series_id == series_id).order_by(blocks.c.start)))
    first = last_block_before(connection, series_id, starts, start)
    out: list[Points] = []
    for block in starts[first:]:
        points = read_block(connection, series_id, block)
        if len(points) and points.offset[0] >= end:
            break
        out.append(points)
    return out


def last_block_before(connection: Connection, series_id: int, starts: Sequence[int], offset: int) -> int:
    """Index of the last block whose first line stands before `offset`; 0 if there is none."""
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        points = read_block(connection, series_id, starts[middle])
        if len(points) and points.offset[0] < offset:
            low = middle
        else:
            high = middle - 1
    return max(low, 0)


def read_block(connection: Connection, series_id: int, start: int) -> Points:
    query = select(blocks.c.data).where(blocks.c.series_id == series_id, blocks.c.start == start)
    return decode_points(list(connection.scalars(query)))
