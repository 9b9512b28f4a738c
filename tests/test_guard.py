"""The outer guard over a real socket: who gets in, which addresses and hosts are refused, which headers every answer carries."""

import contextlib
import http.client
import socket
import sqlite3
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.conftest import Boards, RunningBoard
from webapp.auth import digest
from webapp.store.access import create_token
from webapp.store.database import open_database

PATHS = ("/", "/runs/1", "/no/such/page", "/static/app.css", "/static/none.css", "/api/v1/runs", "/login", "/healthz")


@pytest.fixture
def board(open_board) -> RunningBoard:
    return open_board


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[RunningBoard]:
    """A board that asks for a login, for tests that need neither its link nor its count of tries."""
    boards = Boards(tmp_path_factory.mktemp("closed"))
    yield boards(options=())
    boards.stop()


@pytest.fixture
def closed(start_board) -> RunningBoard:
    """A board that asks for a login, and that nobody has asked yet."""
    return start_board(options=())


def ask(
    board: RunningBoard, method: str, path: str, headers: dict[str, str] | None = None, host: str | None = None
) -> http.client.HTTPResponse:
    """One request with exactly these headers."""
    address = urlsplit(board.url).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", host if host is not None else address)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.body = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def send_form(board: RunningBoard, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=10)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def raw(board: RunningBoard, request: bytes) -> bytes:
    address = urlsplit(board.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_every_answer_carries_the_security_headers(board):
    """T45"""
    for path in PATHS:
        for method in ("GET", "POST", "DELETE"):
            answer = ask(board, method, path)
            assert "default-src 'none'" in answer.headers["content-security-policy"], (method, path)
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert answer.headers["cache-control"]
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["evil.com:{port}", "localhost", "localhost:1", "localhost.evil.com:{port}", "127.0.0.1.nip.io:{port}", "0.0.0.0:{port}", ""]
)
def test_a_host_name_that_is_not_the_boards_is_refused_everywhere(board, host):
    """T48"""
    port = urlsplit(board.url).port
    for path in PATHS:
        assert ask(board, "GET", path, host=host.format(port=port)).status in (400, 421), path


def test_the_boards_own_names_are_answered(board):
    """T48"""
    port = urlsplit(board.url).port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LocalHost:{port}"):
        assert ask(board, "GET", "/", host=host).status == 200


def test_two_host_headers_absolute_targets_and_none_at_all_are_refused(board):
    """T48"""
    host = urlsplit(board.url).netloc.encode()
    assert status(raw(board, b"GET / HTTP/1.1\r\nHost: %s\r\nHost: evil.com\r\nConnection: close\r\n\r\n" % host)) in (400, 421)
    assert status(raw(board, b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (host, host))) in (400, 421)
    assert status(raw(board, b"GET / HTTP/1.0\r\n\r\n")) in (400, 421)


TRAVERSALS = [
    *(
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/..%2fetc/passwd",
        "/..%5cetc",
        "/%252e%252e/etc/passwd",
        "//etc/passwd",
        "/%c0%ae%c0%ae/etc",
    ),
    *("/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/%00", "/static//etc/passwd", "/static/..;/app", "/static/" + "a" * 5000),
    *("/runs/%00", "/runs/1/..%2f..%2fx.svg"),
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_address_reaches_a_file(board, path):
    """T54"""
    answer = raw(board, b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path.encode(), urlsplit(board.url).netloc.encode()))
    assert 400 <= status(answer) < 500
    assert b"root:" not in answer


def test_without_a_login_only_the_open_pages_answer(shared):
    """T51"""
    for path in PATHS:
        answer = ask(shared, "GET", path)
        open_page = path in ("/login", "/healthz") or path.startswith("/static/")
        assert answer.status in ((200, 404) if open_page else (401,)), path
    assert ask(shared, "GET", "/", {"Accept": "text/html"}).headers["location"] == "/login"


@pytest.mark.parametrize("count", [100, pytest.param(10_000, marks=pytest.mark.faults)])
def test_cookies_of_a_visitors_own_making_let_nobody_in_and_store_nothing(shared, count):
    """T52"""
    tables = ("login_session", "login_code", "token")

    def rows() -> list[int]:
        with contextlib.closing(sqlite3.connect(f"file:{shared.database}?mode=ro", uri=True)) as connection:
            return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]

    before = rows()
    cookie = f"lossboard_{urlsplit(shared.url).port}"
    for n in range(count):
        answer = ask(shared, "GET", "/runs", {"Cookie": f"{cookie}=junk{n}"})
        assert (answer.status, answer.headers["set-cookie"]) == (401, None)
    assert rows() == before


def login_link(board: RunningBoard) -> str:
    """The link that the board printed; it prints once it answers."""
    deadline = time.monotonic() + 20
    while "/login?once=" not in (text := board.output.read_text()):
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    return text[text.index("/login?once=") :].split()[0]


def test_the_printed_link_logs_one_browser_in_once(closed):
    """T51, T52"""
    link = login_link(closed)
    answer = ask(closed, "GET", link)
    assert answer.status == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Max-Age=604800" in cookie
    session = cookie.split(";")[0]
    answer = ask(closed, "GET", "/", {"Cookie": session})
    assert (answer.status, answer.headers["set-cookie"]) == (200, None)
    assert ask(closed, "GET", link).status == 403
    assert ask(closed, "POST", "/logout", {"Cookie": session, "Sec-Fetch-Site": "same-origin"}).status == 303
    assert ask(closed, "GET", "/", {"Cookie": session}).status == 401
    assert session.partition("=")[2] not in closed.output.read_text()


def test_a_browser_that_is_used_stays_logged_in(closed):
    """T52: its cookie is kept for seven days more whenever the use of its session is noted."""
    cookie = ask(closed, "GET", login_link(closed)).headers["set-cookie"]
    session = {"Cookie": cookie.split(";")[0]}
    with contextlib.closing(sqlite3.connect(closed.database)) as connection:
        connection.execute("UPDATE login_session SET seen_at = datetime(seen_at, '-11 minutes')")
        connection.commit()
    for path in ("/", "/runs/table", "/no/such/page"):
        assert ask(closed, "GET", path, session).headers.get_all("set-cookie") == [cookie], path
    (left,) = ask(closed, "POST", "/logout", {**session, "Sec-Fetch-Site": "same-origin"}).headers.get_all("set-cookie")
    assert "max-age=0" in left.lower()


def test_a_cookie_of_the_visitors_own_making_is_nobody(shared):
    """T52"""
    port = urlsplit(shared.url).port
    for value in ("attackerchosen", "", "x" * 3000):
        assert ask(shared, "GET", "/", {"Cookie": f"lossboard_{port}={value}"}).status == 401


def test_the_eleventh_login_try_in_a_minute_has_to_wait(closed):
    """T51"""
    answers = [ask(closed, "GET", f"/login?once=wrong{i}", {"X-Forwarded-For": f"10.0.0.{i}"}).status for i in range(11)]
    assert answers == [403] * 10 + [429]
    assert int(ask(closed, "GET", "/login?once=x").headers["retry-after"]) > 0


ELSEWHERE = [  # how the pages of another site, and frames and pictures of any, can ask for a login
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Referer": "http://evil.example/"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
]


def test_a_picture_or_a_frame_is_no_try_to_log_in_and_uses_no_link_up(closed):
    """T51"""
    link = login_link(closed)
    for headers in ELSEWHERE:
        assert [ask(closed, "GET", f"/login?once=wrong{i}", headers).status for i in range(15)] == [403] * 15, headers
        assert ask(closed, "GET", link, headers).status == 403, headers
    assert ask(closed, "GET", "/login?once=wrong").status == 403
    assert ask(closed, "GET", link).status == 303


def test_whoever_has_a_good_secret_comes_in_however_often_others_failed(start_board, tmp_path):
    """T51"""
    opened = open_database(tmp_path / "board.db")
    create_token(opened, "me", digest("token-that-owns"), ["admin"])
    opened.close()
    board = start_board(options=())
    link = login_link(board)
    assert {ask(board, "GET", f"/login?once=wrong{i}").status for i in range(30)} == {403, 429}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send_form(board, "/login", b"token=wrong", form) == 429
    assert send_form(board, "/login", b"token=token-that-owns", form) == 303
    assert ask(board, "GET", link).status == 303
    assert ask(board, "GET", link).status == 429


def test_a_login_that_another_page_led_to_goes_on_from_a_page_of_ours(closed):
    """T52: the browser keeps a strict cookie back from a redirect that another page began."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = ask(closed, "GET", login_link(closed), headers)
    assert (answer.status, answer.headers["refresh"]) == (200, "0; url=/")
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert ask(closed, "GET", "/", {"Cookie": answer.headers["set-cookie"].split(";")[0]}).status == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://evil.com"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, True),
        ({"Authorization": "Bearer x", "Cookie": "a=b", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_only_our_own_pages_may_change_anything(board, headers, allowed):
    """T50"""
    answer = ask(board, "POST", "/logout", headers)
    assert (answer.status != 403) is allowed
