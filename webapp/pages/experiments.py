"""The list of experiments, and the page of one: its runs, and the selected run with terminal and charts."""

from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp import urls
from webapp.board import Board
from webapp.pages.panel import Panel, build_panel
from webapp.pages.render import html, nothing_new
from webapp.pages.runs import number_of, query_of
from webapp.pages.sparkline import Sparkline, draw_sparkline
from webapp.store import experiments as experiment_store
from webapp.store import runs as run_store
from webapp.store.rows import ExperimentRow, RunFinding, RunRow
from webapp.view import ViewQuery

AnyRequest = Request[Any, Any, Any]
EXPERIMENTS_SHOWN = 50
NEWEST_RUNS = 4
RUNS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ListedRun:
    row: RunRow
    spark: Sparkline


@dataclass(frozen=True, slots=True)
class ListedExperiment:
    row: ExperimentRow
    runs: tuple[ListedRun, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    """`/`."""

    template: ClassVar[str] = "home.html"
    title: str
    experiments: tuple[ListedExperiment, ...]
    total: int
    watched: tuple[str, ...]
    backfill: str
    fault: str
    refresh: bool
    seen: str


@dataclass(frozen=True, slots=True)
class RunTable:
    """The runs of an experiment as its table shows them."""

    experiment: ExperimentRow
    runs: tuple[ListedRun, ...]
    total: int
    page: int
    sort: str
    search: str
    selected: int | None
    query: ViewQuery
    seen: str
    live: bool


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """`/experiments/{id}`, tab Runs."""

    template: ClassVar[str] = "experiment.html"
    title: str
    experiment: ExperimentRow
    table: RunTable
    panel: Panel | None
    fault: str
    refresh: bool


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """`/experiments/{id}/findings`."""

    template: ClassVar[str] = "findings.html"
    title: str
    experiment: ExperimentRow
    found: tuple[RunFinding, ...]
    fault: str
    refresh: bool


@get("/", sync_to_thread=True)
def show_home(board: Board, request: AnyRequest) -> Response[Any]:
    seen = str(run_store.runs_version(board.database))
    if request.query_params.get("seen") == seen and not board.ingest.backfill_text():
        return nothing_new()
    rows, total = experiment_store.list_experiments(board.database, limit=EXPERIMENTS_SHOWN)
    listed = tuple(ListedExperiment(row, listed_runs(newest_runs(board, row.id, NEWEST_RUNS))) for row in rows)
    page = HomePage(
        title="Experiments",
        experiments=listed,
        total=total,
        watched=tuple(str(path) for path in board.settings.paths),
        backfill=board.ingest.backfill_text(),
        fault=board.ingest.fault,
        refresh=True,
        seen=seen,
    )
    return html(page, "experiments" if "seen" in request.query_params else "")


@get("/experiments/{experiment_id:int}", sync_to_thread=True)
def show_experiment(board: Board, request: AnyRequest, experiment_id: FromPath[int]) -> Response[Any]:
    page = experiment_page(board, request, experiment_id)
    query = page.panel.query if page.panel else page.table.query
    return html(page, headers={"HX-Push-Url": urls.experiment(experiment_id, query.query())})


@get("/experiments/{experiment_id:int}/runs", sync_to_thread=True)
def show_experiment_runs(board: Board, request: AnyRequest, experiment_id: FromPath[int]) -> Response[Any]:
    """The table of runs alone, as the page polls it."""
    if request.query_params.get("seen") == str(run_store.runs_version(board.database, experiment_id)):
        return nothing_new()
    experiment = find_experiment(board, experiment_id)
    table = run_table(board, request, experiment)
    page = ExperimentPage(experiment.name, experiment, table, None, board.ingest.fault, table.live)
    return html(page, "runs")


@get("/experiments/{experiment_id:int}/findings", sync_to_thread=True)
def show_findings(board: Board, experiment_id: FromPath[int]) -> Response[Any]:
    experiment = find_experiment(board, experiment_id)
    found = tuple(run_store.newest_findings(board.database, experiment_id))
    return html(FindingsPage(f"Findings in {experiment.name}", experiment, found, board.ingest.fault, experiment.live > 0))


def find_experiment(board: Board, experiment_id: int) -> ExperimentRow:
    experiment = experiment_store.get_experiment(board.database, experiment_id) if experiment_id < 2**62 else None
    if experiment is None:
        raise NotFoundException(f"There is no experiment {experiment_id}.")
    return experiment


def experiment_page(board: Board, request: AnyRequest, experiment_id: int) -> ExperimentPage:
    experiment = find_experiment(board, experiment_id)
    table = run_table(board, request, experiment)
    selected = run_store.get_run(board.database, table.selected) if table.selected is not None else None
    here = selected is not None and selected.experiment_id == experiment_id
    panel = build_panel(board, selected, table.query, urls.experiment(experiment_id)) if selected and here else None
    return ExperimentPage(experiment.name, experiment, table, panel, board.ingest.fault, table.live)


def run_table(board: Board, request: AnyRequest, experiment: ExperimentRow) -> RunTable:
    query = query_of(request)
    sort = request.query_params.get("sort", "")
    sort = sort if sort.removeprefix("-") in run_store.SORTS else "-updated"
    search = request.query_params.get("q", "")[:200]
    page = max(1, min(number_of(request, "page") or 1, 10_000))
    rows, total = run_store.list_runs(
        board.database, experiment_id=experiment.id, search=search, sort=sort, limit=RUNS_SHOWN, offset=(page - 1) * RUNS_SHOWN
    )
    newest = newest_runs(board, experiment.id, 1)
    selected = query.runs[0] if query.runs else (newest[0].id if newest else None)
    return RunTable(
        experiment=experiment,
        runs=listed_runs(rows),
        total=total,
        page=page,
        sort=sort,
        search=search,
        selected=selected,
        query=query,
        seen=str(run_store.runs_version(board.database, experiment.id)),
        live=experiment.live > 0,
    )


def listed_runs(rows: list[RunRow]) -> tuple[ListedRun, ...]:
    return tuple(ListedRun(row, draw_sparkline(row.spark)) for row in rows)


def newest_runs(board: Board, experiment_id: int, count: int) -> list[RunRow]:
    rows, _ = run_store.list_runs(board.database, experiment_id=experiment_id, limit=count)
    return rows
