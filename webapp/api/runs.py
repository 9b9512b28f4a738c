"""The JSON API: experiments, runs, and the metrics of a run in the owner's form. Read only; programs send a bearer token."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from webapp.board import Board, TheBoard
from webapp.charts.downsample import pick_points
from webapp.charts.options import View
from webapp.metrics_json import number_json, points_json
from webapp.pages.runs import find_run
from webapp.redact import redact_params
from webapp.store import experiments as experiment_store
from webapp.store import runs as run_store
from webapp.store import series as series_store
from webapp.store.rows import RunRow, Series
from webapp.view import read_query

PAGE = 100
MAX_POINTS = 100_000  # of one metric in one answer, unless from/to ask for less
LEAST_POINTS = 5  # both ends, the lowest, the highest, and one between


@dataclass(frozen=True, slots=True)
class ExperimentJson:
    id: int
    name: str
    notes: str
    archived: bool
    created_at: datetime
    updated_at: datetime
    runs: int
    live: int


@dataclass(frozen=True, slots=True)
class RunJson:
    """A run as the API tells it; steps, epochs and losses are null where the log tells none."""

    id: int
    experiment_id: int
    experiment: str
    name: str
    status: str
    reason: str
    version: int
    notes: str
    tags: list[str]
    archived: bool
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None
    points: int
    last_step: float | None
    total_steps: float | None
    last_epoch: float | None
    total_epochs: float | None
    last_loss: float | str | None
    best_loss: float | str | None
    best_step: float | None
    params: dict[str, str]
    metrics: list[str] | None = None


@dataclass(frozen=True, slots=True)
class PointJson:
    """`value` is "NaN", "Infinity" or "-Infinity" where it is not finite; an unknown step or time is null."""

    step: float | None
    value: float | str
    timestamp: str | None


@dataclass(frozen=True, slots=True)
class MetricsJson:
    metrics: dict[str, list[PointJson]]


@get("/api/v1/experiments", sync_to_thread=True)
def list_experiments(board: TheBoard, limit: FromQuery[int] = PAGE, offset: FromQuery[int] = 0) -> list[ExperimentJson]:
    rows, _ = experiment_store.list_experiments(board.database, limit=bounded(limit), offset=bounded(offset, 2**31))
    return [ExperimentJson(r.id, r.name, r.notes, r.archived, r.created_at, r.updated_at, r.runs, r.live) for r in rows]


@get("/api/v1/runs", sync_to_thread=True)
def list_runs(
    board: TheBoard,
    experiment: FromQuery[int | None] = None,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE,
    offset: FromQuery[int] = 0,
) -> list[RunJson]:
    wanted = None if experiment is None else bounded(experiment, 2**62)
    rows, _ = run_store.list_runs(
        board.database, experiment_id=wanted, search=q[:200], status=status[:20], limit=bounded(limit), offset=bounded(offset, 2**31)
    )
    return [run_json(row) for row in rows]


@get("/api/v1/runs/{run_id:int}", sync_to_thread=True)
def show_run(board: TheBoard, run_id: FromPath[int]) -> RunJson:
    row = find_run(board, run_id)
    return run_json(row, [metric.name for metric in series_store.list_metrics(board.database, row.id)])


@get(
    "/api/v1/runs/{run_id:int}/metrics",
    sync_to_thread=True,
    media_type=MediaType.JSON,
    responses={200: ResponseSpec(MetricsJson, generate_examples=False, description="The points")},
)
def run_metrics(
    board: TheBoard, request: Request[Any, Any, Any], run_id: FromPath[int], max_points: FromQuery[int | None] = None
) -> Response[bytes]:
    """`{"metrics": {"loss": [{"step", "value", "timestamp"}, …]}}`; `metric` repeats, `from` and `to` are steps, `max_points` 5 or more."""
    run = find_run(board, run_id)
    query = read_query(request.query_params.multi_items())
    if query.problems:
        raise ValidationException(" ".join(query.problems))
    known = [metric.name for metric in series_store.list_metrics(board.database, run.id)]
    missing = [name for name in query.metrics if name not in known]
    if missing:
        raise NotFoundException(f"Run {run.id} has no metric {missing[0]!r}; it has {', '.join(known) or 'none'}.")
    most = MAX_POINTS if max_points is None else max(LEAST_POINTS, min(max_points, MAX_POINTS))
    found = {name: read_points(board, run.id, name, query.view, most) for name in query.metrics or known}
    metrics = {name: points_json(series.step, series.value, series.time) for name, series in found.items()}
    return Response(msgspec.json.encode({"metrics": metrics}), media_type=MediaType.JSON)


def read_points(board: Board, run_id: int, metric: str, view: View, most: int) -> Series:
    """The points with `from` <= step <= `to`; above `most` of them the shape of the curve: ends, extremes and the first non-finite ones."""
    series = series_store.read_series(board.database, run_id, metric, view.lo, view.hi)
    low, high = -math.inf if view.lo is None else view.lo, math.inf if view.hi is None else view.hi
    if view.lo is not None or view.hi is not None:
        series = series.take(np.flatnonzero((series.step >= low) & (series.step <= high)))
    if len(series) <= most:
        return series
    finite = np.flatnonzero(np.isfinite(series.value) & np.isfinite(series.step))
    bad = np.setdiff1d(np.arange(len(series)), finite)[: min(most // 2, most - LEAST_POINTS)]
    picked = finite[pick_points(np.arange(len(finite), dtype=np.float64), series.value[finite], n_out=most - len(bad) - 2)]
    return series.take(np.union1d(picked, bad))


def bounded(value: int, most: int = 1000) -> int:
    if 0 <= value <= most:
        return value
    raise ValidationException(f"{value} is not between 0 and {most}.")


def run_json(row: RunRow, metrics: list[str] | None = None) -> RunJson:
    """A run in the API's form; numbers that are not finite are strings, as everywhere in JSON of ours."""
    shared = {name: getattr(row, name) for name in RunJson.__slots__ if name not in ("tags", "metrics")}
    numbers = {name: number_json(value) for name, value in shared.items() if isinstance(value, float)}
    shared["params"] = redact_params(row.params)
    return RunJson(**(shared | numbers), tags=list(row.tags), metrics=metrics)
