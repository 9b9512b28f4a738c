"""New points onto the series of a run: counts and extremes, growing blocks, full blocks.

A series ends in small blocks of at most 256 points, of which only the last is rewritten; when they hold 4,096 points together they
become one full block that never changes again. Rewriting one growing block of 4,096 instead cost four times as much per log line.
"""

import math
from typing import Any

import numpy as np
from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from parser.points import Parsed, Points, SeriesInfo, StepRule
from webapp.store.blocks import FULL, SMALL, decode_points, encode_points, make_preview, take_points
from webapp.store.models import blocks, series
from webapp.store.text import storable

STATISTICS = ("points", "sealed", "nan", "posinf", "neginf", "first", "last", "min", "max", "sum", "marks")
RULE = ("printed", "format", "step_source", "scale", "origin", "grid")
TAILS = 200  # asked for at a time

SeriesColumns = dict[str, Any]  # one row of `series`, by column

# built once: putting a statement together takes longer than running it
_OF_RUN = select(series).where(series.c.run_id == bindparam("run"))
_ADD = update(series).where(series.c.id == bindparam("key")).values({name: bindparam(name) for name in STATISTICS})
_RULE = update(series).where(series.c.id == bindparam("key")).values({name: bindparam(name) for name in RULE})
_TAILS = select(blocks.c.series_id, blocks.c.start, blocks.c.data).where(
    tuple_(blocks.c.series_id, blocks.c.start).in_(bindparam("places", expanding=True))
)
_SMALL = select(blocks.c.start, blocks.c.data).where(blocks.c.series_id == bindparam("key"), blocks.c.start >= bindparam("first"))
_SMALL = _SMALL.order_by(blocks.c.start)
_DROP = delete(blocks).where(blocks.c.series_id == bindparam("key"), blocks.c.start == bindparam("first"))


def append_points(connection: Connection, run_id: int, parsed: Parsed, arrival: float) -> list[SeriesColumns]:
    """Appends `parsed.points` and takes over new rules. Points without a time get `arrival` (nan leaves them without).

    Returns all series of the run as they are now.
    """
    known = {row["metric"]: dict(row) for row in connection.execute(_OF_RUN, {"run": run_id}).mappings()}
    infos = {storable(name): info for name, info in parsed.series.items()}
    added = {storable(name): points for name, points in parsed.points.items() if len(points)}
    rules = []
    for name, info in infos.items():
        if name in known:
            known[name] |= _rule_columns(info)
            rules.append({"key": known[name]["id"], **_rule_columns(info)})
    if rules:
        connection.execute(_RULE, rules)
    for name, points in added.items():
        if name not in known:
            known[name] = _new_series(connection, run_id, name, infos.get(name) or SeriesInfo(name, name, "", StepRule()))
        if not math.isnan(arrival) and np.isnan(points.time).any():
            time = np.where(np.isnan(points.time), arrival, points.time)
            added[name] = Points(points.step, points.epoch, points.value, time, points.offset)
    tails = _read_tails(connection, [known[name] for name in added])
    totals, gone, new = [], [], []
    for name, points in added.items():
        row = known[name]
        sealed, old, rows = _cut_blocks(connection, row, tails[row["id"]], points)
        gone += [{"key": row["id"], "first": start} for start in old]
        new += rows
        row |= _statistics(row, points) | {"sealed": sealed}
        totals.append({"key": row["id"], **{column: row[column] for column in STATISTICS}})
    if gone:
        connection.execute(_DROP, gone)
    if new:
        connection.execute(insert(blocks), new)
    if totals:
        connection.execute(_ADD, totals)
    return list(known.values())


def _new_series(connection: Connection, run_id: int, name: str, info: SeriesInfo) -> SeriesColumns:
    connection.execute(insert(series).values(run_id=run_id, metric=name, marks={}, **_rule_columns(info)))
    made = connection.execute(_OF_RUN.where(series.c.metric == name), {"run": run_id}).mappings().one()
    return dict(made)


def _rule_columns(info: SeriesInfo) -> dict[str, Any]:
    rule = info.rule
    return {
        "printed": storable(info.printed, 200),
        "format": storable(info.format, 200),
        "step_source": rule.source,
        "scale": rule.scale,
        "origin": rule.first,
        "grid": rule.grid,
    }


def _read_tails(connection: Connection, rows: list[SeriesColumns]) -> dict[int, list[tuple[int, bytes]]]:
    """(start, data) of the last small block of every series, where it still has room."""
    tails: dict[int, list[tuple[int, bytes]]] = {row["id"]: [] for row in rows}
    growing = []
    for row in rows:
        room = (row["points"] - row["sealed"]) % SMALL
        if room:
            growing.append((row["id"], row["points"] - room))
    for i in range(0, len(growing), TAILS):
        for key, start, data in connection.execute(_TAILS, {"places": growing[i : i + TAILS]}):
            tails[key].append((start, data))
    return tails


def _cut_blocks(
    connection: Connection, row: SeriesColumns, old: list[tuple[int, bytes]], points: Points
) -> tuple[int, list[int], list[dict[str, Any]]]:
    """How many points are in full blocks now, the starts of the blocks that the new rows replace, and these rows."""
    key, count, sealed = row["id"], row["points"], row["sealed"]
    if count + len(points) - sealed >= FULL:
        old = [(start, data) for start, data in connection.execute(_SMALL, {"key": key, "first": sealed})]
    start = old[0][0] if old else count
    if old:
        points = Points.joined([decode_points([data for _, data in old]), points])
    rows = []
    at = 0
    while at < len(points):
        size = FULL if len(points) - at >= FULL else SMALL
        part = take_points(points, slice(at, at + size))
        rows.append(_block_row(key, start + at, part))
        if size == FULL:
            sealed = start + at + FULL
        at += size
    return sealed, [start for start, _ in old], rows


def _block_row(key: int, start: int, points: Points) -> dict[str, Any]:
    stepless = np.isnan(points.step)
    bare = stepless & np.isnan(points.epoch)
    row: dict[str, Any] = {
        "series_id": key,
        "start": start,
        "points": len(points),
        "stepless": int(stepless.sum()),
        "bare": int(bare.sum()),
    }
    for name in ("step", "epoch", "time"):
        column = getattr(points, name)
        low, high = float(np.fmin.reduce(column)), float(np.fmax.reduce(column))
        row |= {f"{name}_min": None if math.isnan(low) else low, f"{name}_max": None if math.isnan(high) else high}
    return row | {
        "preview": make_preview(points) if len(points) == FULL else None,
        "data": encode_points(points, pack=len(points) >= SMALL),
    }


def _statistics(row: SeriesColumns, points: Points) -> dict[str, Any]:
    """The numbers of a series with `points` added to it."""
    value, count = points.value, row["points"]
    finite = np.isfinite(value)
    marks = dict(row["marks"])

    def mark(at: int) -> list[float | None]:
        return [count + at, *(None if math.isnan(x) else x for x in (float(points.step[at]), float(points.epoch[at])))]

    new = {
        "points": count + len(value),
        "nan": row["nan"] + int(np.isnan(value).sum()),
        "posinf": row["posinf"] + int(np.isposinf(value).sum()),
        "neginf": row["neginf"] + int(np.isneginf(value).sum()),
        "first": row["first"] if count else _stored(value[0]),
        "last": _stored(value[-1]),
        "min": row["min"],
        "max": row["max"],
        "sum": row["sum"],
    }
    if not count:
        marks["first"] = mark(0)
    marks["last"] = mark(len(value) - 1)
    if finite.any():
        low = int(np.argmin(np.where(finite, value, np.inf)))
        high = int(np.argmax(np.where(finite, value, -np.inf)))
        if new["min"] is None or value[low] < new["min"]:
            new["min"], marks["min"] = float(value[low]), mark(low)
        if new["max"] is None or value[high] > new["max"]:
            new["max"], marks["max"] = float(value[high]), mark(high)
        so_far = 0.0 if row["min"] is None else _read(row["sum"])
        with np.errstate(over="ignore", invalid="ignore"):  # of values near the largest float it is infinite, or unknown from then on
            new["sum"] = _stored(so_far + float(value[finite].sum()))
    if not finite.all() and "bad" not in marks:
        marks["bad"] = mark(int(np.argmin(finite)))
    return new | {"marks": marks}


def _stored(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _read(value: float | None) -> float:
    return math.nan if value is None else value
