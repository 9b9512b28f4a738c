"""Login by the one-time link, or by a token in a form; logout. No `next` parameter: a login always leads to the first page."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from webapp import urls
from webapp.auth import SESSION_MAX_AGE_S
from webapp.board import Board, TheBoard
from webapp.pages.render import html

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class LoginPage:
    template: ClassVar[str] = "login.html"
    title: str = "Log in"
    problem: str = ""
    fault: str = ""
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class LoginForm:
    token: str = ""


# Both are async: Litestar 2.25 wraps a sync handler twice where a path has two of them, and then answers 500.
@get("/login")
async def show_login(board: TheBoard, request: AnyRequest) -> Response[Any]:
    once = request.query_params.get("once", "")
    return await asyncio.to_thread(enter, board, request, once=once) if once else html(LoginPage())


@post("/login")
async def log_in(
    board: TheBoard, request: AnyRequest, data: Annotated[LoginForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
) -> Response[Any]:
    return await asyncio.to_thread(enter, board, request, token=data.token[:200])


@post("/logout", sync_to_thread=True)
def log_out(board: TheBoard, request: AnyRequest) -> Response[Any]:
    board.access.log_out(request.cookies.get(board.access.cookie, ""))
    answer = Redirect("/login", status_code=303)
    answer.delete_cookie(board.access.cookie)
    return answer


def enter(board: Board, request: AnyRequest, *, once: str = "", token: str = "") -> Response[Any]:
    """Sets the cookie and goes to the first page; 429 above the allowed tries, 403 for a secret that is none of ours."""
    wait = board.access.allow_try()
    if wait:
        page = LoginPage(problem="Too many tries. Wait a minute.")
        return html(page, status=429, headers={"Retry-After": str(int(wait) + 1)})
    session = board.access.log_in(once=once, token=token)
    if session is None:
        problem = "This link was used already or is older than ten minutes." if once else "This is no token with the admin scope."
        return html(LoginPage(problem=problem), status=403)
    cookie = Cookie(
        key=board.access.cookie,
        value=session,
        httponly=True,
        samesite="strict",
        path="/",
        max_age=SESSION_MAX_AGE_S,
        secure=request.url.scheme == "https",
    )
    return Redirect(urls.home(), status_code=303, cookies=[cookie])
