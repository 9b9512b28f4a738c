"""Who may call what: the table of all routes against the application, and every route of it over a real socket."""

from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from tests.security.asking import ask
from tests.security.conftest import Guarded
from tests.security.routes import ROUTES, Route
from webapp.app import create_app
from webapp.settings import Settings

READS = [route for route in ROUTES if route.method == "GET"]
WRITES = [route for route in ROUTES if route.method != "GET"]
OWNERS = [route for route in WRITES if route.who == "admin"]
PAGE = {"Accept": "text/html"}
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_every_route_of_the_application_stands_in_the_table(tmp_path: Path) -> None:
    """T51"""
    app = create_app(Settings(database=str(tmp_path / "board.db")))
    found = {
        (route.path, method)
        for route in app.app.routes  # type: ignore[attr-defined]
        for method in (route.methods if isinstance(route, HTTPRoute) else {"not HTTP"})
        if method != "OPTIONS"
    }
    app.board.database.close()
    assert found == {(route.path, route.method) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_without_credentials_only_what_is_for_nobody_answers(guarded: Guarded, route: Route) -> None:
    """T51"""
    answer = ask(guarded.board, route.method, route.example)
    if route.who == "nobody":
        assert answer.status in (200, 403), answer  # 403: the login page itself says that the token is wrong
        assert answer.headers["content-type"] != "text/plain; charset=utf-8"  # what the guard would say
        return
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    if route.method == "GET" and not route.path.startswith("/api/"):
        sent = ask(guarded.board, "GET", route.example, PAGE)
        assert (sent.status, sent.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("route", READS, ids=name_of)
def test_what_is_read_answers_to_tokens_that_read_and_not_to_one_that_pushes(guarded: Guarded, route: Route) -> None:
    """T51"""
    for scope in ("read", "admin"):
        answer = ask(guarded.board, "GET", route.example, guarded.headers(scope))
        assert answer.status in ((404,) if route.example == "/schema/none" else (200, 204, 303)), (scope, answer)
        assert ask(guarded.board, "OPTIONS", route.example, guarded.headers(scope)).status == 204
    assert ask(guarded.board, "GET", route.example, guarded.headers("push")).status == 403
    assert ask(guarded.board, "OPTIONS", route.example, guarded.headers("push")).status == 403


@pytest.mark.parametrize("route", READS, ids=name_of)
def test_a_head_is_answered_like_a_get_without_its_body(guarded: Guarded, route: Route) -> None:
    """T51"""
    credentials = guarded.headers("read" if route.who == "read" else "")
    got, head = (ask(guarded.board, method, route.example, credentials) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (got.status, b"")
    for name in ("content-type", "content-security-policy", "etag", "content-disposition", "location"):
        assert head.headers.get(name) == got.headers.get(name)
    if route.who == "read":
        assert ask(guarded.board, "HEAD", route.example).status == 401


@pytest.mark.parametrize("route", OWNERS, ids=name_of)
def test_what_changes_something_answers_to_the_owner_only(guarded: Guarded, route: Route) -> None:
    """T51"""
    for scope in ("read", "push"):
        answer = ask(guarded.board, route.method, route.example, guarded.headers(scope), b"")
        assert answer.status == 403, (scope, answer)
    assert ask(guarded.board, route.method, route.example, guarded.headers("admin"), b"").status not in (401, 403, 500)


@pytest.mark.parametrize("route", WRITES, ids=name_of)
def test_another_site_changes_nothing_whoever_is_logged_in(guarded: Guarded, route: Route) -> None:
    """T50"""
    for foreign in FOREIGN:
        with_cookie = {**foreign, **guarded.headers("admin"), "Cookie": "a=b"}
        assert ask(guarded.board, route.method, route.example, with_cookie, b"").status == 403, foreign
        assert ask(guarded.board, route.method, route.example, foreign, b"").status == 403, foreign


@pytest.mark.parametrize("route", READS, ids=name_of)
def test_a_method_that_a_route_does_not_have_changes_nothing(guarded: Guarded, route: Route) -> None:
    """T50"""
    methods = {found.method for found in ROUTES if found.path == route.path}
    for method in {"POST", "PUT", "PATCH", "DELETE"} - methods:
        assert ask(guarded.board, method, route.example, guarded.headers("read"), b"").status == 403
        assert ask(guarded.board, method, route.example, guarded.headers("admin"), b"").status in (404, 405), method


def test_no_answer_allows_another_origin_to_read_it(guarded: Guarded) -> None:
    """T50"""
    for route in READS:
        answer = ask(guarded.board, "GET", route.example, {**guarded.headers("read"), "Origin": "http://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")], route
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", route
        assert answer.headers["cache-control"], route


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer wrong", "bearer token-that-owns", "Basic b3duZXI6", "Bearer \xff\xfe"])
def test_what_is_no_token_of_ours_is_nobody(guarded: Guarded, value: str) -> None:
    """T51"""
    assert ask(guarded.board, "GET", "/api/v1/runs", {"Authorization": value}).status == 401
