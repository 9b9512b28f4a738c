"""The list of experiments, the page of one with its runs and the selected run, and the table of all runs."""

from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.pages.panel import Panel, build_panel
from webapp.pages.render import html, nothing_new
from webapp.pages.runs import number_of
from webapp.pages.sparkline import Sparkline, draw_sparkline
from webapp.pages.table import Column, RunTable, build_table, standard_columns
from webapp.store import experiments as experiment_store
from webapp.store import lists
from webapp.store import runs as run_store
from webapp.store.rows import ExperimentRow, FindingRow, RunRow

AnyRequest = Request[Any, Any, Any]
EXPERIMENTS_SHOWN = 50
NEWEST_RUNS = 6


@dataclass(frozen=True, slots=True)
class MiniRun:
    """A run in the card of its experiment, with its gravest finding."""

    row: RunRow
    spark: Sparkline
    finding: FindingRow | None


@dataclass(frozen=True, slots=True)
class ListedExperiment:
    row: ExperimentRow
    runs: tuple[MiniRun, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    """`/`. `total` counts the experiments that match `search`."""

    template: ClassVar[str] = "home.html"
    title: str
    experiments: tuple[ListedExperiment, ...]
    total: int
    page: int
    pages: int
    search: str
    archived: bool
    watched: tuple[str, ...]
    backfill: str
    fault: str
    refresh: bool
    seen: str


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """`/experiments/{id}`, tab Runs. `columns` are those every table can show."""

    template: ClassVar[str] = "experiment.html"
    title: str
    experiment: ExperimentRow
    table: RunTable
    columns: tuple[Column, ...]
    panel: Panel | None
    fault: str
    refresh: bool


@dataclass(frozen=True, slots=True)
class AllRunsPage:
    """`/runs`."""

    template: ClassVar[str] = "runs.html"
    title: str
    table: RunTable
    columns: tuple[Column, ...]
    fault: str
    refresh: bool


@get("/", sync_to_thread=True)
def show_home(board: TheBoard, request: AnyRequest) -> Response[Any]:
    seen = str(run_store.runs_version(board.database))
    if request.query_params.get("seen") == seen and not board.ingest.backfill_text():
        return nothing_new()
    search = request.query_params.get("q", "").strip()[:200]
    archived = request.query_params.get("archived", "") not in ("", "0")
    page = max(1, min(number_of(request, "page") or 1, 10_000))
    rows, total = experiment_store.list_experiments(
        board.database, EXPERIMENTS_SHOWN, (page - 1) * EXPERIMENTS_SHOWN, archived=archived, search=search
    )
    newest = lists.newest_runs(board.database, [row.id for row in rows], NEWEST_RUNS)
    found = run_store.gravest_findings(board.database, [run.id for shown in newest.values() for run in shown])
    listed = tuple(
        ListedExperiment(row, tuple(MiniRun(run, draw_sparkline(run.spark), found.get(run.id)) for run in newest[row.id])) for row in rows
    )
    home = HomePage(
        title="Experiments",
        experiments=listed,
        total=total,
        page=page,
        pages=-(-total // EXPERIMENTS_SHOWN),
        search=search,
        archived=archived,
        watched=tuple(str(path) for path in board.settings.paths),
        backfill=board.ingest.backfill_text(),
        fault=board.ingest.fault,
        refresh=True,
        seen=seen,
    )
    return html(home, "experiments" if "seen" in request.query_params else "")


@get("/experiments/{experiment_id:int}", sync_to_thread=True)
def show_experiment(board: TheBoard, request: AnyRequest, experiment_id: FromPath[int]) -> Response[Any]:
    page = experiment_page(board, request, experiment_id)
    query = page.panel.query if page.panel else page.table.query
    return html(page, headers={"HX-Push-Url": urls.experiment(experiment_id, query.query())})


@get("/experiments/{experiment_id:int}/runs", sync_to_thread=True)
def show_experiment_runs(board: TheBoard, request: AnyRequest, experiment_id: FromPath[int]) -> Response[Any]:
    """The rows of its table alone, as the page polls them."""
    experiment = find_experiment(board, experiment_id)
    if request.query_params.get("seen") == str(run_store.runs_version(board.database, experiment.id)):
        return nothing_new()
    table = build_table(board, request, experiment)
    return html(page_of(board, experiment, table, None), "rows")


@get("/runs", sync_to_thread=True)
def show_all_runs(board: TheBoard, request: AnyRequest) -> Response[Any]:
    return html(all_runs_page(board, request))


@get("/runs/table", sync_to_thread=True)
def show_all_runs_table(board: TheBoard, request: AnyRequest) -> Response[Any]:
    """The rows of the table of all runs alone, as the page polls them."""
    if request.query_params.get("seen") == str(run_store.runs_version(board.database)):
        return nothing_new()
    return html(all_runs_page(board, request), "rows")


def all_runs_page(board: Board, request: AnyRequest) -> AllRunsPage:
    table = build_table(board, request, None)
    return AllRunsPage("All runs", table, standard_columns(), board.ingest.fault, table.live)


def find_experiment(board: Board, experiment_id: int) -> ExperimentRow:
    experiment = experiment_store.get_experiment(board.database, experiment_id) if 0 < experiment_id < 2**62 else None
    if experiment is None:
        raise NotFoundException(f"There is no experiment {experiment_id}.")
    return experiment


def experiment_page(board: Board, request: AnyRequest, experiment_id: int) -> ExperimentPage:
    experiment = find_experiment(board, experiment_id)
    table = build_table(board, request, experiment)
    selected = run_store.get_run(board.database, table.selected) if table.selected is not None else None
    here = selected is not None and selected.experiment_id == experiment_id
    panel = build_panel(board, selected, table.query, urls.experiment(experiment_id)) if selected and here else None
    return page_of(board, experiment, table, panel)


def page_of(board: Board, experiment: ExperimentRow, table: RunTable, panel: Panel | None) -> ExperimentPage:
    return ExperimentPage(experiment.name, experiment, table, standard_columns(), panel, board.ingest.fault, table.live)
