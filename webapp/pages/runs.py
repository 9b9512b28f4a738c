"""The page of one run, the fragments htmx polls from it (`charts`, `terminal`, `status`), and its raw log."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from webapp import urls
from webapp.board import Board
from webapp.pages.panel import Panel, build_panel, charts_panel, status_panel
from webapp.pages.render import html, nothing_new
from webapp.pages.terminal import build_terminal, terminal_after, terminal_before
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
    run = run_store.get_run(board.database, run_id) if run_id < 2**62 else None
    if run is None:
        raise NotFoundException(f"There is no run {run_id}.")
    return run


def query_of(request: AnyRequest) -> ViewQuery:
    return read_query(request.query_params.multi_items())


def number_of(request: AnyRequest, name: str) -> int | None:
    """A whole number of the query string that our own pages wrote; None where it is absent or anything else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def unchanged(board: Board, request: AnyRequest, run_id: int) -> bool:
    """Whether the block that polls shows this version of the run already; one cheap read, no chart code."""
    return number_of(request, "seen") is not None and number_of(request, "seen") == run_store.run_version(board.database, run_id)


@get("/runs/{run_id:int}", sync_to_thread=True)
def show_run(board: Board, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    query = query_of(request)
    panel = build_panel(board, find_run(board, run_id), query, urls.run(run_id))
    return html(page_of(board, panel), headers={"HX-Push-Url": urls.run(run_id, panel.query.query())})


@get("/runs/{run_id:int}/charts", sync_to_thread=True)
def show_charts(board: Board, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    if unchanged(board, request, run_id):
        return nothing_new()
    panel = charts_panel(board, find_run(board, run_id), query_of(request), urls.run(run_id))
    same_chips = number_of(request, "chips") == panel.chip_count
    return html(page_of(board, panel), "charts" if same_chips else "charts_and_chips")


@get("/runs/{run_id:int}/status", sync_to_thread=True)
def show_status(board: Board, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    if unchanged(board, request, run_id):
        return nothing_new()
    return html(page_of(board, status_panel(board, find_run(board, run_id), query_of(request), urls.run(run_id))), "status")


@get("/runs/{run_id:int}/terminal", sync_to_thread=True)
def show_terminal(board: Board, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    """The whole terminal; with `before`, older lines; with `after`, those from that byte on, for who has `shown` lines of `size` bytes."""
    run, query = find_run(board, run_id), query_of(request)
    panel = status_panel(board, run, query, urls.run(run_id))
    before, after = number_of(request, "before"), number_of(request, "after")
    if before is not None:
        return html(page_of(board, replace(panel, terminal=terminal_before(board, run, before))), "older")
    if after is None:
        return html(page_of(board, replace(panel, terminal=build_terminal(board, run, query, panel.live))), "terminal")
    if panel.live and number_of(request, "size") == log_size(run):
        return nothing_new()
    terminal = terminal_after(board, run, after, number_of(request, "shown") or 0)
    terminal = replace(terminal, live=terminal.live and panel.live)
    page = page_of(board, replace(panel, terminal=terminal))
    if terminal.fresh:
        return html(page, "terminal", headers={"HX-Retarget": "#terminal", "HX-Reswap": "outerHTML"})
    return html(page, "tail")


def log_size(run: RunRow) -> int | None:
    try:
        return Path(run.path).stat(follow_symlinks=False).st_size
    except OSError:
        return None


@get("/runs/{run_id:int}/log", sync_to_thread=True)
def download_log(board: Board, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    """The log as it is, as a file, from byte `offset` on."""
    run = find_run(board, run_id)
    try:
        with open_log(Path(run.path)) as log:
            fd, size = os.dup(log.fd), log.size
    except LogGoneError as error:
        raise NotFoundException(str(error)) from error
    start = min(number_of(request, "offset") or 0, size)
    return Stream(
        read_file(fd, start, size),
        media_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="run-{run.id}.log"',
            "Content-Length": str(size - start),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def read_file(fd: int, start: int, stop: int) -> Iterator[bytes]:
    """The bytes from `start` to `stop`, and closes `fd`; a file that got shorter meanwhile ends early."""
    try:
        while start < stop and (block := os.pread(fd, min(LOG_CHUNK, stop - start), start)):
            yield block
            start += len(block)
    finally:
        os.close(fd)
