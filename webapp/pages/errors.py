"""What a visitor sees when a request cannot be answered: one sentence, as a page, as JSON under `/api/`, as a line for htmx.

A request that cannot be read and a mistake of ours raise the same Python errors. Which of the two it was is told by where the error comes
from: Litestar reads a request in modules of its own, before any handler of ours begins.
"""

import logging
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from webapp.errors import UserError
from webapp.logs import FIELDS
from webapp.pages.render import html
from webapp.store.faults import StorageError

AnyRequest = Request[Any, Any, Any]
log = logging.getLogger("lossboard.web")
TITLES = {
    400: "That does not work",
    404: "Not found",
    405: "Not allowed",
    413: "Too large",
    429: "Too many tries",
    503: "Not now",
}
SENTENCES = {404: "There is no page at this address.", 405: "This address does not take such a request."}
UNREADABLE = (UnicodeError, LookupError, RecursionError, ValueError, TypeError, OverflowError)  # what reading a broken request raises
READERS = ("litestar._kwargs", "litestar._multipart", "litestar._parsers", "litestar._signature", "litestar.connection", "multipart")
HANDLERS = ("webapp.pages", "webapp.api")


@dataclass(frozen=True, slots=True)
class ErrorPage:
    template: ClassVar[str] = "error.html"
    title: str
    detail: str
    status: int
    fault: str = ""
    refresh: bool = False


def show_http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """An error the framework or a handler raised on purpose; its detail may be shown, where it is more than the name of the status."""
    status, detail = error.status_code, error.detail
    if not detail or detail == HTTPStatus(status).phrase:
        detail = SENTENCES.get(status) or TITLES.get(status, "Error")
    return answer(request, status, detail, dict(error.headers or {}))


def show_user_error(request: AnyRequest, error: UserError) -> Response[Any]:
    """Something the visitor can understand: 503 while the database cannot be used, else a request that asks for what cannot be."""
    away = isinstance(error, StorageError)
    parts = (error.what, "" if away else error.why, error.hint)  # not the driver's words, and no place on the server's disk
    return answer(request, 503 if away else 400, " ".join(part for part in parts if part), {"Retry-After": "5"} if away else {})


def show_unreadable(request: AnyRequest, error: Exception) -> Response[Any]:
    """400 where the request could not be read, else a fault of ours."""
    if not raised_by_reading(error):
        return show_server_error(request, error)
    return answer(request, 400, "The request could not be read: it is damaged or not what this address takes.", {})


def raised_by_reading(error: Exception) -> bool:
    """Whether the error comes out of Litestar's reading of a request, before a handler of ours began."""
    modules = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(within(name, READERS) for name in modules) and not any(within(name, HANDLERS) for name in modules)


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def show_server_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """A fault of ours: logged whole with its stack, shown without its inside."""
    fields = {"method": request.method, "route": str(request.scope.get("path_template", ""))}
    log.error("request failed", exc_info=error, extra={FIELDS: fields})
    return answer(request, 500, "Something went wrong here. The board's own log says what.", {})


def answer(request: AnyRequest, status: int, detail: str, headers: dict[str, str]) -> Response[Any]:
    if request.url.path.startswith("/api/"):
        return Response({"error": detail, "status": status}, status_code=status, media_type=MediaType.JSON, headers=headers)
    if "hx-request" in request.headers:
        return Response(detail, status_code=status, media_type=MediaType.TEXT, headers=headers)
    return html(ErrorPage(TITLES.get(status, "Error"), detail, status), status=status, headers=headers)
