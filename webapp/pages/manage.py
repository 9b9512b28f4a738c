"""Keeping order: rename, describe, tag, pin, archive, restore and delete runs and experiments.

Log files are never touched, but the copy of an uploaded log goes with its run. One page for one run and for many: the ticked ones come as
`run=` in the query string. Every action is a POST that leads back.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.pages.experiments import find_experiment
from webapp.pages.fields import check_fields
from webapp.pages.render import html
from webapp.store import experiments as experiment_store
from webapp.store import lists
from webapp.store import runs as run_store
from webapp.store.rows import ExperimentRow, RunRow
from webapp.uploads import drop_uploads
from webapp.view import MAX_RUNS, QueryValues

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
OWN_PAGE = re.compile(r"/(experiments/\d{1,18}|runs(/\d{1,18})?|compare)?(\?[^\s\\#]{0,8000})?")  # where an action may lead back to
NAME, NOTES, TAGS = 200, 20_000, 2000  # characters


@dataclass(frozen=True, slots=True)
class ManagePage:
    """`/manage`. `tags` are those any run has; `shared` are those all of these runs have."""

    template: ClassVar[str] = "manage.html"
    title: str
    runs: tuple[RunRow, ...]
    tags: tuple[str, ...]
    shared: tuple[str, ...]
    back: str
    problems: tuple[str, ...]
    fault: str
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class ManageExperimentPage:
    """`/experiments/{id}/manage`."""

    template: ClassVar[str] = "manage_experiment.html"
    title: str
    experiment: ExperimentRow
    fault: str
    refresh: bool = False


@get("/manage", sync_to_thread=True)
def show_manage(board: TheBoard, request: AnyRequest) -> Response[Any]:
    values = QueryValues(request.query_params.multi_items())
    wanted = values.idents("run", MAX_RUNS, "a run")
    runs = lists.read_runs(board.database, wanted)
    gone = [str(ident) for ident in wanted if ident not in {run.id for run in runs}]
    problems = [*values.problems, *([f"There is no run {', '.join(gone[:8])}."] if gone else [])]
    shared = set(runs[0].tags).intersection(*(run.tags for run in runs)) if runs else set()
    page = ManagePage(
        title=f"Edit {runs[0].name}" if len(runs) == 1 else f"Edit {len(runs)} runs",
        runs=tuple(runs),
        tags=tuple(lists.tags_in_use(board.database)),
        shared=tuple(sorted(shared)),
        back=own_page(values.last("back"), runs),
        problems=tuple(problems),
        fault=board.ingest.fault,
    )
    return html(page)


@post("/manage/{action:str}", sync_to_thread=True)
def manage_runs(board: TheBoard, action: FromPath[str], data: Form) -> Response[Any]:
    """One action on the runs named in the form, then back to where the visitor came from."""
    check_fields(data.values())
    wanted = QueryValues(("run", text) for text in texts(data, "run")).idents("run", MAX_RUNS, "a run")
    runs = lists.read_runs(board.database, wanted)
    if not runs:
        raise NotFoundException("None of these runs exists any more.")
    if action not in ACTIONS:
        raise NotFoundException("There is no such action.")
    back = text_of(data, "back", 8100)
    if action == "delete" and back.partition("?")[0] in {urls.run(run.id) for run in runs}:
        back = ""  # a page that will not be there any more
    back = own_page(back, runs)
    ACTIONS[action](board, runs, data)
    return Redirect(back, status_code=303)


@get("/experiments/{experiment_id:int}/manage", sync_to_thread=True)
def show_manage_experiment(board: TheBoard, experiment_id: FromPath[int]) -> Response[Any]:
    experiment = find_experiment(board, experiment_id)
    return html(ManageExperimentPage(f"Edit {experiment.name}", experiment, board.ingest.fault))


@post("/experiments/{experiment_id:int}/manage/{action:str}", sync_to_thread=True)
def manage_experiment(board: TheBoard, experiment_id: FromPath[int], action: FromPath[str], data: Form) -> Response[Any]:
    """Changes name and notes, archives, restores, or deletes an experiment with its runs."""
    check_fields(data.values())
    experiment = find_experiment(board, experiment_id)
    if action == "edit":
        name, notes = text_of(data, "name", NAME), text_of(data, "notes", NOTES)
        experiment_store.edit_experiment(board.database, experiment.id, name=name, notes=notes)
    elif action in ("archive", "restore"):
        experiment_store.edit_experiment(board.database, experiment.id, archived=action == "archive")
    elif action == "delete":
        check_sure(data)
        experiment_store.delete_experiment(board.database, experiment.id)
        drop_uploads(board.database)
        return Redirect(urls.home(), status_code=303)
    else:
        raise NotFoundException("There is no such action.")
    return Redirect(urls.experiment(experiment.id), status_code=303)


def edit(board: Board, runs: Sequence[RunRow], data: dict[str, Any]) -> None:
    """Name, notes and tags of the one run that the form shows."""
    if len(runs) != 1:
        raise ValidationException("A name is given to one run at a time.")
    name, notes, tags = text_of(data, "name", NAME), text_of(data, "notes", NOTES), split_tags(text_of(data, "tags", TAGS))
    run_store.edit_run(board.database, runs[0].id, name=name, notes=notes, tags=tags)


def tag(board: Board, runs: Sequence[RunRow], data: dict[str, Any]) -> None:
    new = split_tags(text_of(data, "tags", TAGS))
    for run in runs:
        run_store.edit_run(board.database, run.id, tags=[*run.tags, *new])


def untag(board: Board, runs: Sequence[RunRow], data: dict[str, Any]) -> None:
    gone = split_tags(text_of(data, "tags", TAGS))
    for run in runs:
        run_store.edit_run(board.database, run.id, tags=[word for word in run.tags if word not in gone])


def pin(board: Board, runs: Sequence[RunRow], _: dict[str, Any]) -> None:
    for run in runs:
        run_store.edit_run(board.database, run.id, pinned=True)


def unpin(board: Board, runs: Sequence[RunRow], _: dict[str, Any]) -> None:
    for run in runs:
        run_store.edit_run(board.database, run.id, pinned=False)


def archive(board: Board, runs: Sequence[RunRow], _: dict[str, Any]) -> None:
    for run in runs:
        run_store.edit_run(board.database, run.id, archived=True)


def restore(board: Board, runs: Sequence[RunRow], _: dict[str, Any]) -> None:
    for run in runs:
        run_store.edit_run(board.database, run.id, archived=False)


def delete(board: Board, runs: Sequence[RunRow], data: dict[str, Any]) -> None:
    check_sure(data)
    for run in runs:
        run_store.delete_run(board.database, run.id)
    drop_uploads(board.database)


ACTIONS: dict[str, Callable[[Board, Sequence[RunRow], dict[str, Any]], None]] = {
    action.__name__: action for action in (edit, tag, untag, pin, unpin, archive, restore, delete)
}


def check_sure(data: dict[str, Any]) -> None:
    """Deleting takes a tick of its own, so that no slip of the hand does it."""
    if text_of(data, "sure", 5) != "yes":
        raise ValidationException("Nothing was deleted: tick the box beside the button to confirm it.")


def own_page(back: str, runs: Sequence[RunRow]) -> str:
    """Where to go after an action: the page asked for if it is one of ours, else the experiment of the runs, else the first page."""
    if back and OWN_PAGE.fullmatch(back):
        return back
    experiments = {run.experiment_id for run in runs}
    return urls.experiment(experiments.pop()) if len(experiments) == 1 else urls.all_runs() if runs else urls.home()


def split_tags(text: str) -> list[str]:
    """Tags out of a field, separated by commas."""
    return [word for part in text.replace("\n", ",").split(",") if (word := " ".join(part.split()))]


def texts(data: dict[str, Any], name: str) -> list[str]:
    """Every value of a field; a form with one value and one with several are decoded differently."""
    value = data.get(name, [])
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str)]


def text_of(data: dict[str, Any], name: str, most: int) -> str:
    """The last value of a field, its lines ended by one character: a browser sends two (HTML, "form data set")."""
    return (texts(data, name) or [""])[-1].replace("\r\n", "\n")[:most]
