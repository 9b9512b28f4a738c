"""The tables. Objects of these classes stay inside `webapp/store/`; everybody else gets the frozen rows of `rows.py`.

What changes with every line of a log (`RunProgress`, `Source`) is kept apart from what is large and seldom written (`ExperimentRun`,
whose `metrics` may be a megabyte): a database rewrites whole rows. Large columns stand last, so that reading the others never walks them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself only where the type is INTEGER


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite, which knows no zones, holds the same instant without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def now() -> datetime:
    return datetime.now(UTC)


def ident() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def parent(target: str, **options: Any) -> Any:
    return Field(sa_column=Column(BigId, ForeignKey(target, ondelete="CASCADE"), **{"nullable": False, **options}))


def text(**options: Any) -> Any:
    return Field(default="", sa_column=Column(Text, nullable=False, server_default="", **options))


def blob(**options: Any) -> Any:
    return Field(default=b"", sa_column=Column(LargeBinary, **{"nullable": False, **options}))


def instant(**options: Any) -> Any:
    return Field(default_factory=now, sa_column=Column(UtcTime, nullable=False, **options))


def maybe_instant() -> Any:
    return Field(default=None, sa_column=Column(UtcTime))


def count() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


def number() -> Any:
    """A number that may be unknown. NaN is stored as NULL, because SQLite has no NaN; ±inf is stored as it is."""
    return Field(default=None, sa_column=Column(Float))


def flag() -> Any:
    return Field(default=False, nullable=False, sa_column_kwargs={"server_default": "0"})


class Experiment(SQLModel, table=True):
    """A named group of runs; `folder` (raw bytes of the absolute path) ties it to the folder it was found in, whatever its name becomes."""

    __tablename__ = "experiment"
    id: int | None = ident()
    folder: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    name: str = text()
    notes: str = text()
    archived: bool = flag()
    created_at: datetime = instant()


class ExperimentRun(SQLModel, table=True):
    """One training. `tags` is "\\n"-separated with a "\\n" at both ends, so that one LIKE finds a whole tag in every database.

    `metrics` is {"loss": [{"step": 1, "value": 2.34, "timestamp": "2026-01-28T10:00:00Z"}, …], …}: every point while a metric has
    few, the shape of the curve beyond. `metrics_version` is the version of the run it was made from.
    """

    __tablename__ = "experiment_run"
    __table_args__ = (Index("experiment_run_name", "experiment_id", "name"),)
    id: int | None = ident()
    experiment_id: int = parent("experiment.id")
    name: str = text()
    status: str = text()
    reason: str = text()
    path: str = text()
    file: bytes = blob()
    tags: str = text()
    archived: bool = flag()
    pinned: bool = flag()
    created_at: datetime = instant()
    started_at: datetime | None = maybe_instant()
    finished_at: datetime | None = maybe_instant()
    metrics_version: int = count()
    spark: Any = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    notes: str = text()
    params: Any = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    metrics: Any = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class RunProgress(SQLModel, table=True):
    """What every commit of a run changes.

    `loss_nan` tells a newest loss of NaN, for which SQLite stores NULL. `cadence_s` is the usual silence between two looks at the log that
    found new text. `told_at` is the newest time that the text tells, where `started_at` is of the text, too: one clock,
    which may be of another zone or year than ours.
    """

    __tablename__ = "run_progress"
    run_id: int = parent("experiment_run.id", primary_key=True, autoincrement=False)
    version: int = count()
    updated_at: datetime = instant(index=True)
    points: int = count()
    bytes_read: int = count()
    bytes_total: int = count()
    lines: int = count()
    last_step: float | None = number()
    total_steps: float | None = number()
    last_epoch: float | None = number()
    total_epochs: float | None = number()
    last_loss: float | None = number()
    loss_nan: bool = flag()
    best_loss: float | None = number()
    best_step: float | None = number()
    best_metric: str = text()
    outcome: str = text()
    cadence_s: float | None = number()
    told_at: datetime | None = maybe_instant()


class Source(SQLModel, table=True):
    """Where the bytes of a run come from: one file, known by more than its name (see `webapp/ingest/identity.py`).

    A path may be used by several trainings one after the other: each is a generation. A rotated log gives its run a further source,
    whose first byte is byte `base` of the run's text. A source without a run has shown no metric yet, or its run was deleted.
    """

    __tablename__ = "source"
    __table_args__ = (Index("source_path", "path"), Index("source_file", "dev", "ino"), Index("source_origin", "origin"))
    id: int | None = ident()
    run_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("experiment_run.id", ondelete="SET NULL"), index=True))
    path: bytes = blob()
    generation: int = Field(default=1, nullable=False)
    base: int = count()
    offset: int = count()
    size: int = count()
    dev: str = text()
    ino: str = text()
    state: str = text()
    reason: str = text()
    folder: bytes = blob()
    experiment: str = text()
    run_name: str = text()
    origin: bytes = blob()
    seen_at: datetime = instant()
    head: bytes = blob()
    tail: bytes = blob()
    parser: bytes = blob()


class SourcePrint(SQLModel, table=True):
    """A 16-byte hash of every full 256 KiB read from a source; a table of its own, because it changes seldom and grows with the log."""

    __tablename__ = "source_print"
    source_id: int = parent("source.id", primary_key=True, autoincrement=False)
    blocks: bytes = blob()


class Series(SQLModel, table=True):
    """All points of one metric of one run, in numbers. The points are in `MetricBlock`.

    The rule (`step_source`, `scale`, `origin`, `grid`) makes the x axis of the stored points; a better one replaces it and no point moves.
    `marks` holds (ordinal, step, epoch) of the first, last, lowest, highest and first non-finite point, from which their x follows.
    `sealed` is the number of points in full blocks.
    """

    __tablename__ = "series"
    __table_args__ = (Index("series_run_metric", "run_id", "metric", unique=True),)
    id: int | None = ident()
    run_id: int = parent("experiment_run.id")
    metric: str = text()
    printed: str = text()
    format: str = text()
    step_source: str = text()
    scale: float = Field(default=1.0, sa_column=Column(Float, nullable=False))
    origin: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    grid: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    points: int = count()
    sealed: int = count()
    nan: int = count()
    posinf: int = count()
    neginf: int = count()
    first: float | None = number()
    last: float | None = number()
    min: float | None = number()
    max: float | None = number()
    sum: float | None = number()
    marks: Any = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class MetricBlock(SQLModel, table=True):
    """Consecutive points of one series by column (see `blocks.py`). Full blocks never change; the ranges find the blocks of a zoom.

    `stepless` counts points whose step only the rule tells, `bare` those of them that have no epoch either.
    """

    __tablename__ = "metric_block"
    series_id: int = parent("series.id", primary_key=True, autoincrement=False)
    start: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    points: int = count()
    stepless: int = count()
    bare: int = count()
    step_min: float | None = number()
    step_max: float | None = number()
    epoch_min: float | None = number()
    epoch_max: float | None = number()
    time_min: float | None = number()
    time_max: float | None = number()
    preview: bytes | None = blob(nullable=True)
    data: bytes = blob()


class TextEvent(SQLModel, table=True):
    """Something the text says that is no number: a checkpoint, a traceback, the end."""

    __tablename__ = "text_event"
    __table_args__ = (Index("text_event_place", "run_id", "offset"),)
    id: int | None = ident()
    run_id: int = parent("experiment_run.id")
    kind: str = text()
    text: str = text()
    offset: int = count()
    step: float | None = number()
    time: float | None = number()


class Finding(SQLModel, table=True):
    """Something noticed in a series, with the rule that noticed it and the evidence."""

    __tablename__ = "finding"
    id: int | None = ident()
    run_id: int = parent("experiment_run.id", index=True)
    rule: str = text()
    metric: str = text()
    evidence: str = text()
    step: float | None = number()
    offset: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime = instant()


class LoginSession(SQLModel, table=True):
    """A browser that logged in; the id itself is only in its cookie, here is the sha256."""

    __tablename__ = "login_session"
    hashed: str = Field(primary_key=True)
    created_at: datetime = instant()
    seen_at: datetime = instant()


class LoginCode(SQLModel, table=True):
    """A one-time login link that was not used yet, by sha256."""

    __tablename__ = "login_code"
    hashed: str = Field(primary_key=True)
    created_at: datetime = instant()


class Token(SQLModel, table=True):
    """A program that may call the API, by the sha256 of its token; `scopes` are words separated by spaces."""

    __tablename__ = "token"
    hashed: str = Field(primary_key=True)
    name: str = text()
    scopes: str = text()
    created_at: datetime = instant()
    seen_at: datetime | None = maybe_instant()


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


experiments, runs, progress = _table(Experiment), _table(ExperimentRun), _table(RunProgress)
sources, prints, series, blocks = _table(Source), _table(SourcePrint), _table(Series), _table(MetricBlock)
events, findings = _table(TextEvent), _table(Finding)
login_sessions, login_codes, tokens = _table(LoginSession), _table(LoginCode), _table(Token)
