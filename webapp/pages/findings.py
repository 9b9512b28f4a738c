"""The findings of an experiment: what the rules noticed in the curves of all its runs."""

from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Response, get
from litestar.params import FromPath

from webapp.board import TheBoard
from webapp.pages.experiments import find_experiment
from webapp.pages.render import html
from webapp.store import runs as run_store
from webapp.store.rows import ExperimentRow, RunFinding


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """`/experiments/{id}/findings`."""

    template: ClassVar[str] = "findings.html"
    title: str
    experiment: ExperimentRow
    found: tuple[RunFinding, ...]
    fault: str
    refresh: bool


@get("/experiments/{experiment_id:int}/findings", sync_to_thread=True)
def show_findings(board: TheBoard, experiment_id: FromPath[int]) -> Response[Any]:
    experiment = find_experiment(board, experiment_id)
    found = tuple(run_store.newest_findings(board.database, experiment_id))
    return html(FindingsPage(f"Findings in {experiment.name}", experiment, found, board.ingest.fault, experiment.live > 0))
