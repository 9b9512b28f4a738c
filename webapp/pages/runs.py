"""The page of one run, the fragments htmx polls from it (`charts`, `terminal`, `status`, `details`), and its raw log."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from string import digits
from typing import Any, ClassVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.format import file_name
from webapp.pages.panel import Panel, build_panel, charts_panel, details_panel, status_panel
from webapp.pages.render import html, nothing_new
from webapp.pages.terminal import build_terminal, log_of, terminal_after, terminal_before
from webapp.store import runs as run_store
from webapp.store.rows import RunRow
from webapp.terminal.window import LogGoneError, open_log
from webapp.view import ViewQuery, read_query

AnyRequest = Request[Any, Any, Any]
LOG_CHUNK = 256 * 1024  # bytes of one read while a log is downloaded


@dataclass(frozen=True, slots=True)
class RunPage:
    """`/runs/{id}`; `refresh` is for browsers without JavaScript."""

    template: ClassVar[str] = "run.html"
    title: str
    panel: Panel
    fault: str
    refresh: bool


def page_of(board: Board, panel: Panel) -> RunPage:
    return RunPage(title=panel.run.name, panel=panel, fault=board.ingest.fault, refresh=panel.live)


def find_run(board: Board, run_id: int) -> RunRow:
    run = run_store.get_run(board.database, run_id) if 0 < run_id < 2**62 else None
    if run is None:
        raise NotFoundException(f"There is no run {run_id}.")
    return run


def query_of(request: AnyRequest) -> ViewQuery:
    return read_query(request.query_params.multi_items())


def fragment(build: Callable[[Board, RunRow, ViewQuery, str], Panel], board: Board, request: AnyRequest, run_id: int) -> Panel:
    """The panel of a fragment. Its links lead to the page that asks for it: the run's own, or with `experiment` that of its experiment."""
    run = find_run(board, run_id)
    return build(
        board, run, query_of(request), urls.experiment(run.experiment_id) if "experiment" in request.query_params else urls.run(run_id)
    )


def number_of(request: AnyRequest, name: str) -> int | None:
    """A whole number of the query string that our own pages wrote; None where it is absent or anything else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


async def poll(board: Board, request: AnyRequest, run_id: int, draw: Callable[[], Response[Any]]) -> Response[Any]:
    """The answer to a block that polls: 204 while it shows the run's version already, else what `draw` makes, in a thread.

    While nothing is committed anywhere, the version is known without a thread and without the database; an idle tab costs next to nothing.
    """
    seen = number_of(request, "seen") if 0 < run_id < 2**62 else None
    if seen is not None and seen == run_store.seen_version(board.database, run_id):
        return nothing_new()
    if seen is not None and seen == await asyncio.to_thread(run_store.run_version, board.database, run_id):
        return nothing_new()
    return await asyncio.to_thread(draw)


@get("/runs/{run_id:int}", sync_to_thread=True)
def show_run(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    query = query_of(request)
    panel = build_panel(board, find_run(board, run_id), query, urls.run(run_id))
    return html(page_of(board, panel), headers={"HX-Push-Url": urls.run(run_id, panel.query.query())})


@get("/runs/{run_id:int}/charts")
async def show_charts(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    def draw() -> Response[Any]:
        panel = fragment(charts_panel, board, request, run_id)
        return html(page_of(board, panel), charts_block(request.query_params.get("fields", ""), panel.fields))

    return await poll(board, request, run_id, draw)


def charts_block(seen: str, fields: str) -> str:
    """The charts with what a page that has the fields `seen` lacks: more switches alone disturb no field that is being set."""
    if seen == fields:
        return "charts"
    return "charts_and_chips" if seen and seen.lstrip(digits) == fields.lstrip(digits) else "charts_and_controls"


@get("/runs/{run_id:int}/status")
async def show_status(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    def draw() -> Response[Any]:
        return html(page_of(board, fragment(status_panel, board, request, run_id)), "status")

    return await poll(board, request, run_id, draw)


@get("/runs/{run_id:int}/details")
async def show_details(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    """Metrics in numbers, parameters and events."""

    def draw() -> Response[Any]:
        return html(page_of(board, fragment(details_panel, board, request, run_id)), "details")

    return await poll(board, request, run_id, draw)


@get("/runs/{run_id:int}/terminal")
async def show_terminal(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    """The whole terminal; with `before`, older lines; with `after`, those from that byte on, for who has `shown` lines."""

    def draw() -> Response[Any]:
        panel = fragment(status_panel, board, request, run_id)
        run, query = panel.run, panel.query
        before, after = number_of(request, "before"), number_of(request, "after")
        if before is not None:
            return html(page_of(board, replace(panel, terminal=terminal_before(board, run, before))), "older")
        if after is None:
            return html(page_of(board, replace(panel, terminal=build_terminal(board, run, query, panel.live))), "terminal")
        terminal = terminal_after(board, run, after, number_of(request, "shown"))
        page = page_of(board, replace(panel, terminal=replace(terminal, live=terminal.live and panel.live)))
        if terminal.fresh:
            return html(page, "terminal", headers={"HX-Retarget": "#terminal", "HX-Reswap": "outerHTML"})
        return html(page, "tail")

    return await poll(board, request, run_id, draw)


@get("/runs/{run_id:int}/log", sync_to_thread=True)
def download_log(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    """The log as it is, as a file, from byte `offset` on."""
    run = find_run(board, run_id)
    try:
        log = open_log(log_of(board.database, run))
    except LogGoneError as error:
        raise NotFoundException(str(error)) from error
    start, size = max(log.begin, min(number_of(request, "offset") or 0, log.size)), log.size
    return Stream(
        read_file(log, start, size),
        media_type="text/plain",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name(run.name)}.log"',
            "Content-Length": str(size - start),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def read_file(log: open_log, start: int, stop: int) -> Iterator[bytes]:
    """The bytes from `start` to `stop`, and closes the log; a file that got shorter meanwhile ends early."""
    try:
        while start < stop and (block := log.read(start, min(start + LOG_CHUNK, stop))):
            yield block
            start += len(block)
    finally:
        log.close()
