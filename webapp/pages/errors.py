"""What a visitor sees when a request cannot be answered: one sentence, as a page, as JSON under `/api/`, as a line for htmx."""

import logging
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from webapp.pages.render import html

AnyRequest = Request[Any, Any, Any]
log = logging.getLogger("lossboard.web")
TITLES = {400: "That address does not work", 404: "Not found", 405: "Not allowed", 413: "Too large", 429: "Too many tries"}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    template: ClassVar[str] = "error.html"
    title: str
    detail: str
    status: int
    fault: str = ""
    refresh: bool = False


def show_http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """An error the framework or a handler raised on purpose; its detail may be shown."""
    return answer(request, error.status_code, error.detail or TITLES.get(error.status_code, "Error"), dict(error.headers or {}))


def show_server_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """A fault of ours: logged whole with its stack, shown without its inside."""
    log.error("request failed: %s %s", request.method, request.url.path, exc_info=error)
    return answer(request, 500, "Something went wrong here. The board's own log says what.", {})


def answer(request: AnyRequest, status: int, detail: str, headers: dict[str, str]) -> Response[Any]:
    if request.url.path.startswith("/api/"):
        return Response({"error": detail, "status": status}, status_code=status, media_type=MediaType.JSON, headers=headers)
    if "hx-request" in request.headers:
        return Response(detail, status_code=status, media_type=MediaType.TEXT, headers=headers)
    return html(ErrorPage(TITLES.get(status, "Error"), detail, status), status=status, headers=headers)
