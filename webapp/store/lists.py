"""Tables of runs: search, filters and order over ten thousand runs, and the rows of many runs at once.

The numbers of the page's runs are found first, over narrow columns, and only then their rows are read: sorting ten thousand rows with their
sparklines took three times as long.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Float, Row, Select, and_, cast, exists, extract, func, or_, select, true

from webapp.store.database import Database
from webapp.store.models import experiments, progress, runs, series
from webapp.store.rows import MetricRow, RunRow
from webapp.store.runs import COLUMNS, JOINED, LIVE, SORTS, contains, run_row
from webapp.store.series import metric_row

Sign = Literal["=", "!=", "<", "<=", ">", ">="]
Part = Literal["last", "min", "max", "first"]
NUMBER = r"^\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\s*$"
PARTS = {part: series.c[part] for part in ("last", "min", "max", "first")}
SPELLINGS = (  # of one parameter or metric, as programs print it
    ("learning_rate", "lr"),
    ("batch_size", "train_batch_size", "per_device_train_batch_size", "bs"),
    ("epochs", "num_epochs", "num_train_epochs", "max_epochs"),
    ("max_steps", "total_steps", "num_steps"),
    ("weight_decay", "wd"),
    ("optimizer", "optim"),
    ("model", "model_name", "model_name_or_path"),
    ("loss", "train_loss"),
    ("eval_loss", "val_loss", "valid_loss", "validation_loss"),
    ("grad_norm", "gnorm"),
)
NAMED_RUNS = 2000  # runs whose parameters are looked through for names
BATCH = 500  # numbers in one IN list


@dataclass(frozen=True, slots=True)
class Condition:
    """`key sign value`: true of a run whose parameter `key`, or whose metric `key` (`part` of its values), compares so.

    A comparison with a number never holds for a text; `=` and `!=` compare texts too. `lr` and `learning_rate` are the same key.
    """

    key: str
    sign: Sign
    value: str
    part: Part = "last"

    @property
    def keys(self) -> tuple[str, ...]:
        """The key in every spelling, as given first."""
        others = next((names for names in SPELLINGS if self.key.lower() in names), ())
        return tuple(dict.fromkeys((self.key, *others)))


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a table lists; every part that is given has to hold. `words` are looked for in name, experiment, path, notes and tags."""

    experiment_id: int | None = None
    words: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """`key` is one of SORTS, "duration", "param:NAME" or "metric:NAME"."""

    key: str = "updated"
    falling: bool = True


def find_runs(database: Database, wanted: RunFilter, order: Order, limit: int, offset: int = 0) -> tuple[list[RunRow], int]:
    """One page of runs with their parameters, pinned ones first, and how many there are in all. What has no sort key stands last."""
    with database.read() as connection:
        if order.key.startswith("param:"):
            found = _by_param(connection, wanted, order)
            page, total = found[offset : offset + limit], len(found)
        else:
            source, keys = _sort_keys(order)
            ids = select(runs.c.id, func.count().over()).select_from(source).where(_where(wanted))
            rows = connection.execute(ids.order_by(runs.c.pinned.desc(), *keys, runs.c.id.desc()).limit(limit).offset(offset)).all()
            page = [number for number, _ in rows]
            total = rows[0][1] if rows else connection.scalar(select(func.count()).select_from(JOINED).where(_where(wanted))) or 0
        by_id = {row.id: run_row(row, row.params) for row in connection.execute(_rows(page))}
    return [by_id[number] for number in page], total


def read_runs(database: Database, run_ids: Sequence[int]) -> list[RunRow]:
    """The runs of these numbers with their parameters, in their order; numbers no run has are left out."""
    found: dict[int, RunRow] = {}
    with database.read() as connection:
        for start in range(0, len(run_ids), BATCH):
            found |= {row.id: run_row(row, row.params) for row in connection.execute(_rows(run_ids[start : start + BATCH]))}
    return [found[number] for number in run_ids if number in found]


def newest_runs(database: Database, experiment_ids: Sequence[int], count: int) -> dict[int, list[RunRow]]:
    """The `count` runs of each experiment that changed last, pinned ones first."""
    newest = (runs.c.pinned.desc(), progress.c.updated_at.desc(), runs.c.id.desc())
    place = func.row_number().over(partition_by=runs.c.experiment_id, order_by=newest).label("place")
    inner = runs.join(progress, progress.c.run_id == runs.c.id)
    ranked = (
        select(runs.c.id, place).select_from(inner).where(runs.c.experiment_id.in_(experiment_ids), runs.c.archived.is_(False)).subquery()
    )
    query = (
        select(*COLUMNS).select_from(JOINED.join(ranked, ranked.c.id == runs.c.id)).where(ranked.c.place <= count).order_by(ranked.c.place)
    )
    out: dict[int, list[RunRow]] = {ident: [] for ident in experiment_ids}
    with database.read() as connection:
        for row in connection.execute(query):
            out[row.experiment_id].append(run_row(row))
    return out


def metrics_of_runs(database: Database, run_ids: Sequence[int], names: Sequence[str] = ()) -> dict[int, list[MetricRow]]:
    """Every series of these runs in numbers, only those called `names` where any are given, in the order of their logs."""
    out: dict[int, list[MetricRow]] = {number: [] for number in run_ids}
    with database.read() as connection:
        for start in range(0, len(run_ids), BATCH):
            query = select(series).where(series.c.run_id.in_(run_ids[start : start + BATCH])).order_by(series.c.id)
            if names:
                query = query.where(series.c.metric.in_(names))
            for row in connection.execute(query).mappings():
                out[row["run_id"]].append(metric_row(row))
    return out


def runs_versions(database: Database, run_ids: Sequence[int]) -> dict[int, int]:
    """The version of each of these runs; numbers no run has are left out."""
    out: dict[int, int] = {}
    with database.read() as connection:
        for start in range(0, len(run_ids), BATCH):
            query = select(progress.c.run_id, progress.c.version).where(progress.c.run_id.in_(run_ids[start : start + BATCH]))
            out |= {row.run_id: row.version for row in connection.execute(query)}
    return out


def run_ids_of(database: Database, experiment_ids: Sequence[int], limit: int) -> list[int]:
    """Numbers of the runs of these experiments that are not archived, at most `limit`: pinned ones first, then those with the best
    evaluation or else training loss; those that failed or whose loss is NaN last.
    """
    query = select(runs.c.id).select_from(runs.join(progress, progress.c.run_id == runs.c.id))
    query = query.where(runs.c.experiment_id.in_(experiment_ids), runs.c.archived.is_(False))
    bad = or_(runs.c.status == "failed", progress.c.loss_nan)
    best = (runs.c.pinned.desc(), bad, progress.c.best_loss.is_(None), progress.c.best_loss, runs.c.id.desc())
    with database.read() as connection:
        return list(connection.scalars(query.order_by(*best).limit(limit)))


def known_experiments(database: Database, experiment_ids: Sequence[int]) -> dict[int, str]:
    """Name by number of those experiments that exist."""
    query = select(experiments.c.id, experiments.c.name).where(experiments.c.id.in_(experiment_ids))
    with database.read() as connection:
        return {row.id: row.name for row in connection.execute(query)}


def experiment_names(database: Database, limit: int = 500) -> list[str]:
    """Names of experiments that are not archived, the newest first, each once."""
    query = select(experiments.c.name).where(experiments.c.archived.is_(False)).order_by(experiments.c.id.desc()).limit(limit)
    with database.read() as connection:
        return list(dict.fromkeys(connection.scalars(query)))


def tags_in_use(database: Database, experiment_id: int | None = None) -> list[str]:
    """Every tag of a run that is not archived, by name."""
    query = select(runs.c.tags).where(runs.c.tags != "", runs.c.archived.is_(False)).distinct()
    if experiment_id is not None:
        query = query.where(runs.c.experiment_id == experiment_id)
    with database.read() as connection:
        return sorted({tag for tags in connection.scalars(query) for tag in tags.split("\n") if tag}, key=str.lower)


def known_names(database: Database, experiment_id: int | None) -> set[str]:
    """The metrics of these runs, and the parameters of the newest of them."""
    mine = true() if experiment_id is None else runs.c.experiment_id == experiment_id
    with database.read() as connection:
        metrics = connection.execute(select(series.c.metric).distinct().join(runs, runs.c.id == series.c.run_id).where(mine))
        found = {row.metric for row in metrics}
        for row in connection.execute(select(runs.c.params).where(mine).order_by(runs.c.id.desc()).limit(NAMED_RUNS)):
            found |= row.params.keys()
    return found


def _rows(run_ids: Sequence[int]) -> Select[Any]:
    return select(*COLUMNS, runs.c.params).select_from(JOINED).where(runs.c.id.in_(run_ids))


def _where(wanted: RunFilter) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [runs.c.archived.is_(wanted.archived)]
    if wanted.experiment_id is not None:
        parts.append(runs.c.experiment_id == wanted.experiment_id)
    if wanted.statuses:
        parts.append(runs.c.status.in_([status for given in wanted.statuses for status in (LIVE if given == "live" else (given,))]))
    parts += [_has_word(word) for word in wanted.words]
    parts += [contains(runs.c.tags, f"\n{tag}\n") for tag in wanted.tags]
    parts += [_holds(condition) for condition in wanted.conditions]
    return and_(*parts)


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(*(contains(place, word) for place in (runs.c.name, experiments.c.name, runs.c.path, runs.c.notes, runs.c.tags)))


def _holds(condition: Condition) -> ColumnElement[bool]:
    number = _number(condition.value)
    texts = [_param(key) for key in condition.keys]
    either: list[ColumnElement[bool]] = []
    if number is not None:
        compared = _compare(PARTS[condition.part], condition.sign, number)
        metric = and_(series.c.run_id == runs.c.id, series.c.metric.in_(condition.keys), compared)
        either.append(exists().where(metric).correlate(runs))
        either += [and_(_compare(cast(text, Float), condition.sign, number), _is_number(text)) for text in texts]
    elif condition.sign in ("=", "!="):
        either += [_compare(func.lower(text), condition.sign, condition.value.lower()) for text in texts]
    if condition.sign == "=":
        either.append(_has_word(f"{condition.key}={condition.value}"))
    return or_(*either) if either else runs.c.id < 0


def _compare(column: Any, sign: Sign, value: float | str) -> ColumnElement[bool]:
    found: dict[str, ColumnElement[bool]] = {
        "=": column == value,
        "!=": column != value,
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
    }
    return found[sign]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _param(name: str) -> Any:
    """A parameter's value as text; NULL where the run does not have it."""
    return runs.c.params[name.replace('"', "")].as_string()


def _is_number(text: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = text.regexp_match(NUMBER)
    return found


def _by_param(connection: Connection, wanted: RunFilter, order: Order) -> list[int]:
    """Numbers of all runs in the order of a parameter: numbers, then texts, then runs without it. Sorted here: telling numbers from texts
    in the database costs five times as much.
    """
    query = select(runs.c.id, runs.c.pinned, _param(order.key.removeprefix("param:")).label("text"))
    numbers: list[tuple[float, Row[Any]]] = []
    texts: list[tuple[str, Row[Any]]] = []
    without: list[Row[Any]] = []
    for row in connection.execute(query.select_from(JOINED).where(_where(wanted)).order_by(runs.c.id.desc())):
        number = None if row.text is None else _number(row.text)
        if number is not None and not math.isnan(number):
            numbers.append((number, row))
        elif row.text is not None:
            texts.append((row.text, row))
        else:
            without.append(row)
    numbers.sort(key=lambda item: item[0], reverse=order.falling)
    texts.sort(key=lambda item: item[0], reverse=order.falling)
    rows = [*(row for _, row in numbers), *(row for _, row in texts), *without]
    return [row.id for row in sorted(rows, key=lambda row: not row.pinned)]


def _sort_keys(order: Order) -> tuple[Any, list[ColumnElement[Any]]]:
    """Tables to join, and what to order by, for every order but that of a parameter."""
    kind, _, name = order.key.partition(":")
    if kind == "metric" and name:
        joined = JOINED.outerjoin(series, and_(series.c.run_id == runs.c.id, series.c.metric == name))
        return joined, _turned([series.c.last], order.falling)
    if order.key == "duration":
        end = func.coalesce(progress.c.told_at, runs.c.finished_at, progress.c.updated_at)
        seconds = func.nullif(extract("epoch", end) - extract("epoch", runs.c.started_at), 0)
        return JOINED, _turned([seconds], order.falling)
    return JOINED, _turned([SORTS.get(order.key, progress.c.updated_at)], order.falling)


def _turned(keys: list[Any], falling: bool) -> list[ColumnElement[Any]]:
    return [part for key in keys for part in (key.is_(None), key.desc() if falling else key.asc())]
