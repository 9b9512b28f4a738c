"""Sources: which files the runs were read from, how far, and by what they are known again."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from parser.points import Progress
from webapp.store.commit import create_run, new_key
from webapp.store.database import Database
from webapp.store.models import prints, progress, runs, sources
from webapp.store.rows import FileMark, LoadedSource, SourceRow
from webapp.store.text import shown_path, storable

LIGHT = ("id", "run_id", "path", "generation", "base", "offset", "size", "dev", "ino", "state", "reason", "folder", "experiment", "seen_at")
MOST_OTHERS = 64  # files read before under the same name that are still told from a new one; rotations keep fewer
OVER = ("rotated", "replaced")  # states of a source whose file is not looked at any more
PROGRESS = ("last_step", "total_steps", "last_epoch", "total_epochs")  # in the order of `Progress`
_LIGHT = [sources.c[name] for name in (*LIGHT, "run_name", "origin")]


@dataclass(frozen=True, slots=True)
class NewSource:
    """A log that was found and not read yet. `origin` is the log's own name where `path` is what a rotation made of it."""

    path: bytes
    folder: bytes
    experiment: str
    run_name: str
    size: int = 0
    origin: bytes = b""


def add_sources(database: Database, found: Sequence[NewSource]) -> list[SourceRow]:
    """Keeps logs that were found, as the next generation where their path was used before."""
    out = []
    with database.write() as connection:
        for new in found:
            used = connection.scalar(select(func.max(sources.c.generation)).where(sources.c.path == new.path)) or 0
            out.append(_insert(connection, _new_row(new, used + 1)))
    return out


def list_sources(database: Database) -> list[SourceRow]:
    """Every source that is still looked at, without head, tail and hashes: a board may know ten thousand."""
    with database.read() as connection:
        rows = connection.execute(select(*_LIGHT).where(sources.c.state.not_in(OVER)).order_by(sources.c.id)).all()
    return [_source_row(row) for row in rows]


def load_source(database: Database, source_id: int) -> LoadedSource | None:
    """One source with everything that identifies its file, the state of its parser (b"" at the start), and how its run stands."""
    joined = (
        sources.outerjoin(prints, prints.c.source_id == sources.c.id)
        .outerjoin(runs, runs.c.id == sources.c.run_id)
        .outerjoin(progress, progress.c.run_id == sources.c.run_id)
    )
    of_run = (
        runs.c.status,
        runs.c.reason.label("why"),
        *(progress.c[name] for name in ("outcome", "cadence_s", "points", "lines", *PROGRESS)),
    )
    query = select(*_LIGHT, sources.c.head, sources.c.tail, sources.c.parser, prints.c.blocks, *of_run).select_from(joined)
    with database.read() as connection:
        row = connection.execute(query.where(sources.c.id == source_id)).first()
        if row is None:
            return None
        signs = select(sources.c.dev, sources.c.ino, sources.c.offset, sources.c.tail)
        before = signs.where(sources.c.origin == row.origin, sources.c.state.in_(OVER)).order_by(sources.c.id.desc()).limit(MOST_OTHERS)
        others = tuple(FileMark(int(dev or 0), int(ino or 0), offset, tail=tail) for dev, ino, offset, tail in connection.execute(before))
    source = _source_row(row)
    return LoadedSource(
        source=replace(source, mark=replace(source.mark, head=row.head, tail=row.tail, blocks=row.blocks or b"")),
        parser=row.parser,
        status=row.status or "",
        reason=row.why or "",
        outcome=row.outcome or "",
        cadence_s=math.nan if row.cadence_s is None else row.cadence_s,
        points=row.points or 0,
        lines=row.lines or 0,
        progress=Progress(*(math.nan if row._mapping[name] is None else row._mapping[name] for name in PROGRESS)),
        others=others[::-1],
    )


def get_source(database: Database, source_id: int) -> SourceRow | None:
    """One source by its number, without what identifies its file."""
    with database.read() as connection:
        row = connection.execute(select(*_LIGHT).where(sources.c.id == source_id)).first()
    return _source_row(row) if row else None


def count_cut(database: Database) -> int:
    """Logs that another training has written over, read to their last line or not, and rotated ones that went with bytes not read."""
    cut = (sources.c.state == "replaced") | ((sources.c.state == "rotated") & (sources.c.size > sources.c.offset))
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(sources).where(cut)) or 0)


def source_of(database: Database, run_id: int) -> SourceRow | None:
    """Where the newest text of a run comes from."""
    parts = sources_of(database, run_id)
    return parts[-1] if parts else None


def sources_of(database: Database, run_id: int) -> list[SourceRow]:
    """The files that hold the text of a run, in order; more than one where its log was rotated."""
    with database.read() as connection:
        rows = connection.execute(select(*_LIGHT).where(sources.c.run_id == run_id).order_by(sources.c.base, sources.c.id)).all()
    return [_source_row(row) for row in rows]


def parts_of(database: Database, run_id: int) -> dict[int, Path]:
    """The files that hold the text of a run, by the byte of the text that each begins with."""
    return {source.base: Path(os.fsdecode(source.path)) for source in sources_of(database, run_id)}


def deleted_files(database: Database) -> list[bytes]:
    """The logs of runs that were deleted."""
    with database.read() as connection:
        return list(connection.scalars(select(sources.c.path).where(sources.c.state == "deleted")))


def set_source_state(database: Database, source_id: int, state: str, reason: str, size: int | None = None) -> None:
    """Notes how the file of a source stands; that its run was deleted stays noted."""
    new: dict[str, Any] = {"state": state, "reason": storable(reason, 1000), "seen_at": datetime.now(UTC)}
    if size is not None:
        new["size"] = size
    with database.write() as connection:
        connection.execute(update(sources).where(sources.c.id == source_id, sources.c.state != "deleted").values(new))


def move_source(database: Database, source: SourceRow, path: bytes, mark: FileMark) -> SourceRow:
    """The same log under another name (or copied whole to another inode)."""
    with database.write() as connection:
        values = {"path": path, "dev": str(mark.dev), "ino": str(mark.ino), "origin": source.origin or source.path}
        connection.execute(update(sources).where(sources.c.id == source.id).values(values))
        if source.run_id is not None:
            connection.execute(update(runs).where(runs.c.id == source.run_id).values(path=shown_path(path), file=path))
            _touch(connection, source.run_id)
    return replace(source, path=path, mark=mark, origin=source.origin or source.path)


def replace_source(database: Database, old: SourceRow, reason: str) -> SourceRow:
    """Closes a source whose file holds another training now; returns the next generation, which starts at byte 0 without a run."""
    with database.write() as connection:
        connection.execute(update(sources).where(sources.c.id == old.id).values(state="replaced", reason=reason, parser=b""))
        row = _new_row(NewSource(old.path, old.folder, old.experiment, old.run_name), old.generation + 1)
        return _insert(connection, row)


def continue_source(database: Database, old: SourceRow, path: bytes, mark: FileMark, base: int, parser: bytes) -> SourceRow:
    """Closes a rotated log; returns the source of the file that goes on with the same run, whose first byte is byte `base` of the text."""
    with database.write() as connection:
        connection.execute(update(sources).where(sources.c.id == old.id).values(state="rotated", reason="", parser=b""))
        row = _new_row(NewSource(path, old.folder, old.experiment, old.run_name), old.generation + 1)
        row |= {"run_id": old.run_id, "base": base, "parser": parser, "origin": old.origin or path}
        row |= {"dev": str(mark.dev), "ino": str(mark.ino)}
        if old.run_id is not None:
            connection.execute(update(runs).where(runs.c.id == old.run_id).values(path=shown_path(path), file=path))
            _touch(connection, old.run_id)
        return _insert(connection, row)


def show_run(database: Database, source: SourceRow, updated: float) -> int:
    """Makes the run of a source that has shown no metric yet."""
    with database.write() as connection:
        return create_run(connection, source, updated=updated)


def open_runs(database: Database) -> dict[int, int]:
    """Runs that are not over, and the source that their newest text came from (0 where there is none)."""
    query = select(runs.c.id, func.coalesce(func.max(sources.c.id), 0)).outerjoin(sources, sources.c.run_id == runs.c.id)
    query = query.where(runs.c.status.not_in(("finished", "failed"))).group_by(runs.c.id)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _new_row(new: NewSource, generation: int) -> dict[str, Any]:
    return {
        "path": new.path,
        "generation": generation,
        "size": new.size,
        "state": "reading",
        "folder": new.folder,
        "experiment": storable(new.experiment, 500),
        "run_name": storable(new.run_name, 300),
        "seen_at": datetime.now(UTC),
        "head": b"",
        "tail": b"",
        "parser": b"",
        "origin": new.origin or new.path,
    }


def _insert(connection: Connection, row: dict[str, Any]) -> SourceRow:
    key = new_key(connection.execute(insert(sources).values(row)))
    return _source_row(connection.execute(select(*_LIGHT).where(sources.c.id == key)).one())


def _touch(connection: Connection, run_id: int) -> None:
    connection.execute(update(progress).where(progress.c.run_id == run_id).values(version=progress.c.version + 1))


def _source_row(row: Row[*tuple[Any, ...]]) -> SourceRow:
    return SourceRow(
        id=row.id,
        run_id=row.run_id,
        path=row.path,
        generation=row.generation,
        base=row.base,
        size=row.size,
        state=row.state,
        reason=row.reason,
        mark=FileMark(dev=int(row.dev or 0), ino=int(row.ino or 0), offset=row.offset),
        folder=row.folder,
        experiment=row.experiment,
        run_name=row.run_name,
        origin=row.origin,
        seen_at=row.seen_at,
    )
