"""Experiments for pages: the list, one of them, and what a page may change about it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, or_, select, update

from webapp.store.database import Database
from webapp.store.models import experiments, progress, runs, sources
from webapp.store.rows import ExperimentRow
from webapp.store.runs import LIVE, contains
from webapp.store.text import storable


def list_experiments(
    database: Database, limit: int = 50, offset: int = 0, archived: bool = False, search: str = ""
) -> tuple[list[ExperimentRow], int]:
    """Experiments with the newest activity first, and how many there are in all; `search` looks in names and notes."""
    where: ColumnElement[bool] = experiments.c.archived.is_(archived)
    if search:
        where &= or_(contains(experiments.c.name, search), contains(experiments.c.notes, search))
    query = _experiments().where(where).order_by(_updated().desc(), experiments.c.id.desc()).limit(limit).offset(offset)
    with database.read() as connection:
        rows = [_row(row) for row in connection.execute(query)]
        total = connection.scalar(select(func.count()).select_from(experiments).where(where)) or 0
    return rows, total


def get_experiment(database: Database, experiment_id: int) -> ExperimentRow | None:
    with database.read() as connection:
        row = connection.execute(_experiments().where(experiments.c.id == experiment_id)).first()
    return _row(row) if row else None


def folder_of(database: Database, name: str) -> bytes | None:
    """What ties logs to the experiment of this name, the newest one of several; None if there is none."""
    query = select(experiments.c.folder).where(experiments.c.name == name, experiments.c.folder.is_not(None))
    with database.read() as connection:
        return connection.scalar(query.order_by(experiments.c.archived, experiments.c.id.desc()).limit(1))


def edit_experiment(
    database: Database, experiment_id: int, *, name: str | None = None, notes: str | None = None, archived: bool | None = None
) -> bool:
    """Changes what is given; False if there is no such experiment."""
    new: dict[str, Any] = {}
    if name is not None and name.strip():
        new["name"] = storable(name.strip(), 200)
    if notes is not None:
        new["notes"] = storable(notes)
    if archived is not None:
        new["archived"] = archived
    if not new:
        return get_experiment(database, experiment_id) is not None
    with database.write() as connection:
        return connection.execute(update(experiments).where(experiments.c.id == experiment_id).values(new)).rowcount == 1


def delete_experiment(database: Database, experiment_id: int) -> bool:
    """Deletes an experiment with its runs; their logs are not read again unless they are written anew."""
    with database.write() as connection:
        its_runs = select(runs.c.id).where(runs.c.experiment_id == experiment_id)
        connection.execute(update(sources).where(sources.c.run_id.in_(its_runs)).values(state="deleted", parser=b""))
        return connection.execute(delete(experiments).where(experiments.c.id == experiment_id)).rowcount == 1


def _updated() -> Any:
    return func.coalesce(func.max(progress.c.updated_at), experiments.c.created_at)


def _experiments() -> Select[Any]:
    live = func.sum(case((runs.c.status.in_(LIVE), 1), else_=0))
    stalled = func.sum(case((runs.c.status == "stalled", 1), else_=0))
    listed = func.sum(case((runs.c.archived.is_(False), 1), else_=0))
    joined = experiments.outerjoin(runs, runs.c.experiment_id == experiments.c.id).outerjoin(progress, progress.c.run_id == runs.c.id)
    sums = (func.coalesce(number, 0).label(name) for name, number in (("live", live), ("stalled", stalled), ("listed", listed)))
    counts = (func.count(runs.c.id).label("runs"), *sums)
    return select(experiments, *counts, _updated().label("updated_at")).select_from(joined).group_by(experiments.c.id)


def _row(row: Any) -> ExperimentRow:
    return ExperimentRow(
        id=row.id,
        name=row.name,
        notes=row.notes,
        archived=row.archived,
        created_at=row.created_at,
        updated_at=row.updated_at,
        runs=row.runs,
        live=int(row.live),
        listed=int(row.listed),
        stalled=int(row.stalled),
    )
