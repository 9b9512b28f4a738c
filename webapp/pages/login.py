"""Login by the one-time link, or by a token in a form; logout. No `next` parameter: a login always leads to the first page.

Only failures count against the allowed tries, and only those that were meant as a login: a picture or a frame of another site's page that
asks for `/login?once=x` is refused before the code is looked at, and whoever has a good secret comes in however often others failed.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.pages.fields import check_fields
from webapp.pages.render import html

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class LoginPage:
    template: ClassVar[str] = "login.html"
    title: str = "Log in"
    problem: str = ""
    entered: bool = False
    fault: str = ""
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class LoginForm:
    token: str = ""


# Both are async: Litestar 2.25 wraps a sync handler twice where a path has two of them, and then answers 500.
@get("/login")
async def show_login(board: TheBoard, request: AnyRequest) -> Response[Any]:
    once = request.query_params.get("once", "")
    if not once:
        return html(LoginPage())
    if request.headers.get("sec-fetch-dest", "document") != "document":
        return html(LoginPage(problem="A login link has to be opened as a page."), status=403)
    return await asyncio.to_thread(enter, board, request, once=once)


@post("/login")
async def log_in(
    board: TheBoard, request: AnyRequest, data: Annotated[LoginForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
) -> Response[Any]:
    check_fields([data.token])
    return await asyncio.to_thread(enter, board, request, token=data.token[:200])


@post("/logout", sync_to_thread=True)
def log_out(board: TheBoard, request: AnyRequest) -> Response[Any]:
    board.access.log_out(request.cookies.get(board.access.cookie, ""))
    answer = Redirect("/login", status_code=303)
    answer.delete_cookie(board.access.cookie)
    return answer


def enter(board: Board, request: AnyRequest, *, once: str = "", token: str = "") -> Response[Any]:
    """Sets the cookie and goes to the first page; 403 for a secret that is none of ours, 429 above the allowed number of them."""
    session = board.access.log_in(once=once, token=token)
    if session is None:
        if wait := board.access.count_failure():
            page = LoginPage(problem="Too many tries. Wait a minute.")
            return html(page, status=429, headers={"Retry-After": str(int(wait) + 1)})
        problem = "This link was used already or is older than ten minutes." if once else "This is no token with the admin scope."
        return html(LoginPage(problem=problem), status=403)
    cookie = {"Set-Cookie": board.access.set_cookie(session, secure=request.url.scheme == "https")}
    if request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return Redirect(urls.home(), status_code=303, headers=cookie)
    # A link on another page, or in the file of `--open`, led here: the browser would keep a strict cookie back from the redirect.
    return html(LoginPage(entered=True), headers={**cookie, "Refresh": f"0; url={urls.home()}"})
