"""One slice of a log into the database: points, events, parameters, offset, parser state and file identity in ONE transaction.

A kill at any moment leaves all of it or nothing. The update of the source is fenced by the offset it started from: a slice that was
parsed from another place, by whatever mistake, changes no row and raises `StaleSliceError`.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, CursorResult, Row, bindparam, func, insert, select, update

from parser.points import Parsed
from webapp.store.append import append_points
from webapp.store.database import Database
from webapp.store.headline import headline
from webapp.store.models import events, experiments, prints, progress, runs, sources
from webapp.store.rows import FileMark, SourceRow
from webapp.store.text import shown_path, storable

EVENT_TEXT = 2000  # characters kept of a text event
EVENTS_OF_A_KIND = 500  # kept per slice; a log that warns on every line would outgrow its own points
PARAMS = 2000


class StaleSliceError(Exception):
    """The source is no longer where this slice began; nothing was written."""


@dataclass(frozen=True, slots=True)
class SliceWrite:
    """What one slice adds to a source.

    source     the source as it was when the slice was read
    mark       its identity after the slice, with the new offset
    size       bytes the file has
    parsed     what the parser made of the slice
    parser     the parser's state after it; its next byte is the one at `mark.offset`
    lines      lines read so far, by the parser's account
    arrival    unix seconds for points whose line tells no time; nan where the slice was not watched while it was written
    updated    unix seconds of the newest text
    show       make the run even if it has no metric yet
    status     what to set, with its reason; "" leaves what is there
    cadence_s  usual silence of the log; nan while unknown
    """

    source: SourceRow
    mark: FileMark
    size: int
    parsed: Parsed
    parser: bytes
    lines: int
    arrival: float
    updated: float
    show: bool = False
    status: str = ""
    reason: str = ""
    cadence_s: float = math.nan


@dataclass(frozen=True, slots=True)
class Committed:
    """`run_id` is None while the source has no run; `version` is the run's new version."""

    run_id: int | None
    version: int
    points: int


_FENCE = (
    update(sources)
    .where(sources.c.id == bindparam("source"), sources.c.offset == bindparam("was"))
    .where(func.coalesce(sources.c.run_id, 0) == bindparam("run"))
    .values({name: bindparam(name) for name in ("offset", "size", "dev", "ino", "state", "reason", "seen_at", "head", "tail", "parser")})
)


_NOW = (
    select(progress.c.version, progress.c.updated_at, progress.c.points, progress.c.cadence_s, progress.c.told_at, runs.c.started_at)
    .join(runs, runs.c.id == progress.c.run_id)
    .where(progress.c.run_id == bindparam("run"))
)
_PROGRESS = (
    update(progress)
    .where(progress.c.run_id == bindparam("run"))
    .values({column.name: bindparam(column.name) for column in progress.c if column.name != "run_id"})
)


def commit_slice(database: Database, write: SliceWrite) -> Committed:
    """Writes one slice. Raises StaleSliceError, or StorageError (then nothing was written)."""
    source, mark, parsed = write.source, write.mark, write.parsed
    points = sum(len(p) for p in parsed.points.values())
    with database.write() as connection:
        if not _move_source(connection, write):
            raise StaleSliceError(f"source {source.id} is not at byte {source.offset} of run {source.run_id} any more")
        if mark.blocks != source.mark.blocks:
            _save_print(connection, source.id, mark.blocks)
        run_id = source.run_id
        if run_id is None and source.state != "deleted" and (points or write.show):
            run_id = create_run(connection, source, updated=write.updated)
        if run_id is None:
            return Committed(None, 0, 0)
        rows = append_points(connection, run_id, parsed, write.arrival)
        _add_events(connection, run_id, parsed)
        now = connection.execute(_NOW, {"run": run_id}).one()
        _update_run(connection, run_id, write, now.started_at)
        numbers = headline(rows, parsed.progress)
        connection.execute(_PROGRESS, {"run": run_id, **_progress_columns(now, write, points), **numbers})
        version = int(now.version) + 1
    return Committed(run_id, version, points)


def _move_source(connection: Connection, write: SliceWrite) -> bool:
    mark = write.mark
    changed = connection.execute(
        _FENCE,
        {
            "source": write.source.id,
            "was": write.source.offset,
            "run": write.source.run_id or 0,
            "offset": mark.offset,
            "size": write.size,
            "dev": str(mark.dev),
            "ino": str(mark.ino),
            "state": "deleted" if write.source.state == "deleted" else "reading",
            "reason": "",
            "seen_at": datetime.now(UTC),
            "head": mark.head,
            "tail": mark.tail,
            "parser": write.parser,
        },
    )
    return changed.rowcount == 1


def _save_print(connection: Connection, source_id: int, blocks: bytes) -> None:
    if not connection.execute(update(prints).where(prints.c.source_id == source_id).values(blocks=blocks)).rowcount:
        connection.execute(insert(prints).values(source_id=source_id, blocks=blocks))


def create_run(connection: Connection, source: SourceRow, *, updated: float) -> int:
    """A new run for a source, in the experiment of its folder, under a name that no other run there has."""
    experiment_id = connection.scalar(select(experiments.c.id).where(experiments.c.folder == source.folder))
    if experiment_id is None:
        row = {"folder": source.folder, "name": source.experiment, "created_at": datetime.now(UTC)}
        experiment_id = new_key(connection.execute(insert(experiments).values(row)))
    path = shown_path(source.path)
    name = _free_name(connection, experiment_id, source, path.rpartition("/")[2])
    row = {
        "experiment_id": experiment_id,
        "name": name,
        "status": "waiting",
        "reason": "No metric was found yet.",
        "path": path,
        "file": source.path,
        "created_at": datetime.now(UTC),
        "spark": [],
        "params": {},
        "metrics": {},
    }
    run_id = new_key(connection.execute(insert(runs).values(row)))
    connection.execute(insert(progress).values(run_id=run_id, updated_at=datetime.fromtimestamp(updated, UTC)))
    connection.execute(update(sources).where(sources.c.id == source.id).values(run_id=run_id))
    return run_id


def _free_name(connection: Connection, experiment_id: int, source: SourceRow, file_name: str) -> str:
    """The run's name, else its file's name with the ending, else the name with a number. An upload's file has a name that says nothing."""
    own = source.generation == 1 and file_name.startswith(source.run_name)
    names = [source.run_name, file_name] if own else [source.run_name]
    nth = 1
    while True:
        nth += 1
        for name in names:
            if not connection.scalar(select(runs.c.id).where(runs.c.experiment_id == experiment_id, runs.c.name == name).limit(1)):
                return name
        names = [f"{source.run_name} ({nth})"]


def new_key(inserted: CursorResult[Any]) -> int:
    """The id that the database gave to the row just inserted."""
    key = inserted.inserted_primary_key
    assert key is not None
    return int(key[0])


def _add_events(connection: Connection, run_id: int, parsed: Parsed) -> None:
    seen: dict[str, int] = {}
    rows = []
    for event in parsed.events:
        seen[event.kind] = seen.get(event.kind, 0) + 1
        if seen[event.kind] <= EVENTS_OF_A_KIND:
            text = storable(event.text, EVENT_TEXT)
            step, time = known(event.step), known(event.time)
            rows.append({"run_id": run_id, "kind": event.kind, "text": text, "offset": event.offset, "step": step, "time": time})
    if rows:
        connection.execute(insert(events), rows)


def _update_run(connection: Connection, run_id: int, write: SliceWrite, started_at: datetime | None) -> None:
    """The seldom changing row of the run: parameters, status, first time."""
    new: dict[str, Any] = {}
    if write.parsed.params:
        params = connection.scalar(select(runs.c.params).where(runs.c.id == run_id)) or {}
        params |= {storable(k, 200): storable(v, 2000) for k, v in write.parsed.params.items()}
        new["params"] = dict(list(params.items())[:PARAMS])
    if write.status:
        new |= {"status": write.status, "reason": write.reason}
        new["finished_at"] = datetime.fromtimestamp(write.updated, UTC) if write.status in ("finished", "failed") else None
    if started_at is None:
        first = min((told[0] for told in _told_times(write.parsed)), default=write.arrival)
        if not math.isnan(first):
            new["started_at"] = datetime.fromtimestamp(first, UTC)
    if new:
        connection.execute(update(runs).where(runs.c.id == run_id).values(new))


def _told_times(parsed: Parsed) -> list[tuple[float, float]]:
    """First and newest time that the text tells of each metric of a slice whose first point has one."""
    return [(float(p.time[0]), float(np.nanmax(p.time))) for p in parsed.points.values() if len(p) and p.time[0] > 0]


def _progress_columns(now: Row[*tuple[Any, ...]], write: SliceWrite, points: int) -> dict[str, Any]:
    """The columns that every commit changes, besides those of the headline."""
    return {
        "version": now.version + 1,
        "updated_at": max(now.updated_at, datetime.fromtimestamp(write.updated, UTC)),
        "points": now.points + points,
        "bytes_read": write.source.base + write.mark.offset,
        "bytes_total": write.source.base + write.size,
        "lines": write.lines,
        "outcome": write.parsed.outcome,
        "cadence_s": now.cadence_s if math.isnan(write.cadence_s) else write.cadence_s,
        "told_at": _told_at(now, write.parsed),
    }


def _told_at(now: Row[*tuple[Any, ...]], parsed: Parsed) -> datetime | None:
    """The newest time of the text; None where the start of the run is of another clock."""
    newest = max((told[1] for told in _told_times(parsed)), default=math.nan)
    before: datetime | None = now.told_at
    if math.isnan(newest) or (now.started_at is not None and before is None):
        return before
    moment = datetime.fromtimestamp(newest, UTC)
    return moment if before is None else max(before, moment)


def known(value: float) -> float | None:
    return None if math.isnan(value) else value


def touch_run(connection: Connection, run_id: int) -> None:
    """Makes every page that shows this run fetch it again."""
    connection.execute(update(progress).where(progress.c.run_id == run_id).values(version=progress.c.version + 1))
