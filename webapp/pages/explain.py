"""`/explain`: what the parser makes of a pasted or uploaded log or of a run's, and a format proposed for a line it did not understand.

Nothing that is pasted is kept: the text travels with the form. Saving a format is the one thing that changes anything.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from webapp.board import Board, TheBoard
from webapp.explainer import Explanation, Wanted
from webapp.pages.fields import check_fields
from webapp.pages.render import html
from webapp.pages.runs import find_run, number_of
from webapp.store.rows import RunRow
from webapp.terminal.window import LogGoneError, open_log

AnyRequest = Request[Any, Any, Any]
MOST = 16 * 1024 * 1024  # bytes of a run's log that are explained on the page; the command line has no limit


@dataclass(frozen=True, slots=True)
class ExplainForm:
    """`text` and `file` hold the log, `line` one of it that a format is wanted for, `format` the format being tried; `save` keeps it."""

    text: str = ""
    file: UploadFile | None = None
    line: str = ""
    format: str = ""
    save: str = ""


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """`/explain`. `tried` is the account with the proposed format, beside the one without."""

    template: ClassVar[str] = "explain.html"
    fault: str
    title: str = "Explain a log"
    run: RunRow | None = None
    text: str = ""
    cut: bool = False
    account: Explanation | None = None
    line: str = ""
    format: str = ""
    tried: Explanation | None = None
    problem: str = ""
    saved: str = ""
    refresh: bool = False


# All are async: Litestar 2.25 wraps a sync handler twice where a path has two of them, and then answers 500.
@get("/explain")
async def show_explain(board: TheBoard, request: AnyRequest) -> Response[Any]:
    number = number_of(request, "run")
    if number is None:
        return html(ExplainPage(board.ingest.fault))
    return html(await explain_run(board, number, ExplainForm(line=request.query_params.get("line", "")[:4000])))


@post("/explain")
async def explain_text(
    board: TheBoard, request: AnyRequest, data: Annotated[ExplainForm, Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Response[Any]:
    check_fields([data.line, data.format, data.save])  # the text is a log, which may hold anything
    number = number_of(request, "run")
    if number is not None:
        return html(await explain_run(board, number, data))
    text = data.text
    if data.file is not None and (body := await data.file.read()):
        text = body.decode("utf-8", "replace")
    page = ExplainPage(board.ingest.fault, text=text)
    if not text:
        return html(replace(page, problem="There is nothing to explain: paste a log or choose a file."))
    return html(await explain_data(board, page, text.encode("utf-8", "replace"), data))


async def explain_run(board: Board, number: int, form: ExplainForm) -> ExplainPage:
    """The account of a run's log, or of its first part."""
    run = await asyncio.to_thread(find_run, board, number)
    page = ExplainPage(board.ingest.fault, title=f"Explain {run.name}", run=run)
    try:
        data, cut = await asyncio.to_thread(read_start, Path(run.path))
    except LogGoneError as error:
        return replace(page, problem=str(error))
    return await explain_data(board, replace(page, cut=cut), data, form)


def read_start(path: Path) -> tuple[bytes, bool]:
    """The first part of a log, and whether there is more. Raises LogGoneError."""
    with open_log(path) as log:
        return log.read(0, MOST), log.size > MOST


async def explain_data(board: Board, page: ExplainPage, data: bytes, form: ExplainForm) -> ExplainPage:
    """Fills the page: the account, the format proposed for `form.line` or being tried, and what it would change."""
    if not data:
        return page
    told = await board.explainer.explain(Wanted(data, str(board.settings.formats_dir), form.line, form.format, bool(form.save)))
    return replace(page, line=form.line, account=told.account, format=told.format, tried=told.tried, problem=told.problem, saved=told.saved)
