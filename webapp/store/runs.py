"""Runs for pages: lists, one run, its version, its events, and what a page may change about it."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, case, delete, func, insert, or_, select, update

from webapp.store.database import Database
from webapp.store.headline import LAST
from webapp.store.models import events, experiments, findings, now, progress, runs, series, sources
from webapp.store.rows import EventRow, FindingRow, RunFinding, RunRow
from webapp.store.text import storable

LIVE = ("running", "stalled", "waiting")
SORTS = {
    "name": runs.c.name,
    "status": runs.c.status,
    "created": runs.c.created_at,
    "started": runs.c.started_at,
    "updated": progress.c.updated_at,
    "points": progress.c.points,
    "step": progress.c.last_step,
    "loss": progress.c.last_loss,
    "best": progress.c.best_loss,
}
TAGS = 50
VERSIONS_KEPT = 10_000
_SEEN: WeakKeyDictionary[Database, dict[int, tuple[int, int]]] = WeakKeyDictionary()

_TOTALS: WeakKeyDictionary[Database, tuple[int, dict[int | None, int]]] = WeakKeyDictionary()  # commits so far, what was counted then

_FIELDS = (
    "id",
    "experiment_id",
    "name",
    "status",
    "reason",
    "path",
    "file",
    "notes",
    "tags",
    "archived",
    "pinned",
    "created_at",
    "started_at",
)
LOSS_METRIC = case(  # of the series whose newest value is the run's `last_loss`, by the rule of `webapp/store/headline.py`
    (
        or_(progress.c.last_loss.is_not(None), progress.c.loss_nan),
        select(series.c.metric)
        .where(series.c.run_id == runs.c.id, series.c.metric.ilike("%loss%"))
        .order_by(*(by for name in LAST for by in (series.c.metric != name, ~series.c.metric.like(f"{name} [rank %]"))), series.c.metric)
        .limit(1)
        .scalar_subquery(),
    ),
    else_="",
).label("loss_metric")
COLUMNS = [
    *(runs.c[name] for name in _FIELDS),
    runs.c.finished_at,
    runs.c.spark,
    experiments.c.name.label("experiment"),
    LOSS_METRIC,
    *(column for column in progress.c if column.name not in ("run_id", "outcome", "cadence_s")),
]
JOINED = runs.join(progress, progress.c.run_id == runs.c.id).join(experiments, experiments.c.id == runs.c.experiment_id)
_VERSION = select(progress.c.version).where(progress.c.run_id == bindparam("run"))


def list_runs(
    database: Database,
    experiment_id: int | None = None,
    search: str = "",
    status: str = "",
    tag: str = "",
    archived: bool = False,
    sort: str = "-updated",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[RunRow], int]:
    """One page of runs, pinned ones first, and how many match in all. `sort` is a key of SORTS, "-" before it turns the order round.

    `search` looks in name, experiment, path, notes and tags; runs for which the sort key is unknown stand last.
    """
    where: ColumnElement[bool] = runs.c.archived.is_(archived)
    if experiment_id is not None:
        where &= runs.c.experiment_id == experiment_id
    if search:
        places = (runs.c.name, experiments.c.name, runs.c.path, runs.c.notes, runs.c.tags)
        where &= or_(*(contains(place, search) for place in places))
    if status:
        where &= runs.c.status == status
    if tag:
        where &= contains(runs.c.tags, f"\n{tag}\n")
    key = SORTS.get(sort.lstrip("-"), progress.c.updated_at)
    order = (runs.c.pinned.desc(), key.is_(None), key.desc() if sort.startswith("-") else key.asc(), runs.c.id.desc())
    with database.read() as connection:
        query = select(*COLUMNS).select_from(JOINED).where(where).order_by(*order).limit(limit).offset(offset)
        rows = [run_row(row) for row in connection.execute(query)]
        total = connection.scalar(select(func.count()).select_from(JOINED).where(where)) or 0
    return rows, total


def get_run(database: Database, run_id: int) -> RunRow | None:
    """One run with its parameters."""
    with database.read() as connection:
        row = connection.execute(select(*COLUMNS, runs.c.params).select_from(JOINED).where(runs.c.id == run_id)).first()
    return run_row(row, row.params) if row else None


def run_version(database: Database, run_id: int) -> int | None:
    """The version of a run, None if there is no such run. Every poll asks this, so it reads one indexed number."""
    changes = database.changes
    with database.read() as connection:
        version = connection.scalar(_VERSION, {"run": run_id})
    if version is not None:
        seen = _SEEN.setdefault(database, {})
        if len(seen) >= VERSIONS_KEPT:
            seen.clear()
        seen[run_id] = changes, version
    return version


def seen_version(database: Database, run_id: int) -> int | None:
    """The version of a run if it is known without asking the database: nothing was committed since it was read. Else None."""
    changes, version = _SEEN.get(database, {}).get(run_id, (-1, 0))
    return version if changes == database.changes else None


def runs_version(database: Database, experiment_id: int | None = None) -> int:
    """A number that changes whenever a run of the experiment (or any run) changes, comes or goes.

    It is counted once between two commits: idle pages that ask every three seconds would count ten thousand runs each time.
    """
    changes = database.changes
    known = _TOTALS.get(database)
    if known is None or known[0] != changes:
        known = _TOTALS[database] = changes, {}
    if experiment_id not in known[1]:
        known[1][experiment_id] = _count_versions(database, experiment_id)
    return known[1][experiment_id]


def _count_versions(database: Database, experiment_id: int | None) -> int:
    query = select(func.count(), func.coalesce(func.sum(progress.c.version), 0), func.coalesce(func.max(runs.c.id), 0))
    query = query.select_from(JOINED)
    if experiment_id is not None:
        query = query.where(runs.c.experiment_id == experiment_id)
    with database.read() as connection:
        count, versions, newest = connection.execute(query).one()
    return int(versions) * 1_000_003 + int(count) * 1009 + int(newest)


def list_events(database: Database, run_id: int, limit: int = 200) -> list[EventRow]:
    """The newest `limit` events of a run in the order of the log."""
    query = select(events).where(events.c.run_id == run_id).order_by(events.c.offset.desc(), events.c.id.desc()).limit(limit)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [
        EventRow(r.kind, r.text, r.offset, r.step, None if r.time is None else datetime.fromtimestamp(r.time, UTC)) for r in reversed(rows)
    ]


def list_findings(database: Database, run_id: int, limit: int = 200) -> list[FindingRow]:
    query = select(findings).where(findings.c.run_id == run_id).order_by(findings.c.id).limit(limit)
    with database.read() as connection:
        return [FindingRow(r.rule, r.metric, r.evidence, r.step, r.offset) for r in connection.execute(query)]


def gravest_findings(database: Database, run_ids: Sequence[int]) -> dict[int, FindingRow]:
    """The first finding of each of these runs by its number: the gravest, as they are stored. Runs without one are left out."""
    query = select(findings).where(findings.c.run_id.in_(run_ids)).order_by(findings.c.id.desc())
    with database.read() as connection:
        return {r.run_id: FindingRow(r.rule, r.metric, r.evidence, r.step, r.offset) for r in connection.execute(query)}


def newest_findings(database: Database, experiment_id: int | None = None, limit: int = 200) -> list[RunFinding]:
    """Findings of all runs (of one experiment) that are not archived, those of the run that was written last first."""
    query = select(findings, runs.c.name, runs.c.status).select_from(findings.join(JOINED, runs.c.id == findings.c.run_id))
    query = query.where(runs.c.archived.is_(False)).order_by(progress.c.updated_at.desc(), runs.c.id, findings.c.id).limit(limit)
    if experiment_id is not None:
        query = query.where(runs.c.experiment_id == experiment_id)
    with database.read() as connection:
        return [
            RunFinding(r.run_id, r.name, r.status, FindingRow(r.rule, r.metric, r.evidence, r.step, r.offset))
            for r in connection.execute(query)
        ]


def metrics_json(database: Database, run_id: int) -> bytes | None:
    """The run's `metrics` column as JSON text: {"loss": [{"step", "value", "timestamp"}, …], …}; None if there is no such run."""
    with database.read() as connection:
        row = connection.execute(select(runs.c.metrics).where(runs.c.id == run_id)).first()
    return msgspec.json.encode(row.metrics) if row else None


def edit_run(
    database: Database,
    run_id: int,
    *,
    name: str | None = None,
    notes: str | None = None,
    tags: Iterable[str] | None = None,
    archived: bool | None = None,
    pinned: bool | None = None,
) -> bool:
    """Changes what is given; False if there is no such run. An empty name changes nothing, at most 50 tags are kept."""
    new: dict[str, Any] = {}
    if name is not None and name.strip():
        new["name"] = storable(name.strip(), 200)
    if notes is not None:
        new["notes"] = storable(notes)
    if tags is not None:
        words = list(dict.fromkeys(" ".join(storable(tag, 100).split()) for tag in tags))
        new["tags"] = "".join(f"\n{word}" for word in words[:TAGS] if word) + "\n" if any(words) else ""
    if archived is not None:
        new["archived"] = archived
    if pinned is not None:
        new["pinned"] = pinned
    with database.write() as connection:
        if new:
            connection.execute(update(runs).where(runs.c.id == run_id).values(new))
        return bool(connection.execute(update(progress).where(progress.c.run_id == run_id).values(version=progress.c.version + 1)).rowcount)


def delete_run(database: Database, run_id: int) -> bool:
    """Deletes a run with its points. Its log is not read again, unless it is written anew."""
    with database.write() as connection:
        connection.execute(update(sources).where(sources.c.run_id == run_id).values(state="deleted", parser=b""))
        return connection.execute(delete(runs).where(runs.c.id == run_id)).rowcount == 1


def set_status(database: Database, run_id: int, status: str, reason: str, finished_at: datetime | None = None) -> None:
    """Sets what a run is doing now, and why it is said so."""
    with database.write() as connection:
        new = {"status": status, "reason": reason, "finished_at": finished_at}
        connection.execute(update(runs).where(runs.c.id == run_id).values(new))
        connection.execute(update(progress).where(progress.c.run_id == run_id).values(version=progress.c.version + 1))


def write_metrics(
    database: Database, run_id: int, version: int, document: bytes, spark: Iterable[float], found: Sequence[FindingRow] = ()
) -> None:
    """Stores the `metrics` JSON (as text), the small curve of lists and the findings, made from the run at `version`."""
    new = {"metrics": msgspec.Raw(document), "spark": list(spark), "metrics_version": version}
    rows = [
        {
            "run_id": run_id,
            "rule": f.rule,
            "metric": f.metric,
            "evidence": f.evidence,
            "step": f.step,
            "offset": f.offset,
            "created_at": now(),
        }
        for f in found
    ]
    with database.write() as connection:
        changed = connection.execute(update(runs).where(runs.c.id == run_id).values(new)).rowcount
        connection.execute(delete(findings).where(findings.c.run_id == run_id))
        if rows and changed:
            connection.execute(insert(findings), rows)


def stale_metrics(database: Database) -> list[int]:
    """Runs whose `metrics` JSON is older than their points, as a kill leaves them."""
    query = select(runs.c.id).select_from(JOINED).where(runs.c.metrics_version < progress.c.version, progress.c.points > 0)
    with database.read() as connection:
        return list(connection.scalars(query))


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column holds `text` anywhere, big and small letters alike."""
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: ColumnElement[bool] = column.ilike(f"%{literal}%", escape="\\")
    return found


def run_row(row: Row[*tuple[Any, ...]], params: dict[str, str] | None = None) -> RunRow:
    values = dict(row._mapping)
    values.pop("params", None)
    if values.pop("loss_nan"):
        values["last_loss"] = math.nan
    values["tags"] = tuple(word for word in row.tags.split("\n") if word)
    values["spark"] = tuple(row.spark)
    return RunRow(**values, params=params or {})
