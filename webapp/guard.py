"""The outer guard: what every request passes before the application sees it, and what every answer carries.

Order: how many ask at a time, Host, path sanity, cross-site check, authentication, then the application; security headers go on every
answer, also on those the guard gives itself. A HEAD is answered like the GET, of which the server sends no body. It stands outside
Litestar because the framework's own options do not reach 404, 405, 500 and static answers.
Host names are compared as strings: no pattern, no X-Forwarded header, so a rebound DNS name cannot pass.
"""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from webapp.auth import Access, Who
from webapp.store.faults import StorageError
from webapp.traffic import Traffic

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MAX_PATH = 2048  # bytes of the raw path; the longest of ours, a chart file, stays below 500
MAX_HEADERS = 32 * 1024  # bytes; the server itself counts only what does not come in one piece
MAX_SEGMENT = 255  # bytes; longer ones make the file system raise

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": CSP.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"cache-control": b"no-store",
}
OPEN_PATHS = {"/login", "/healthz"}
RETRY = ((b"retry-after", b"5"),)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer the guard gives itself."""

    status: int
    text: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Guard:
    """Wraps the application.

    hosts        the exact Host values it answers to, lower-case, with port
    any_port     each of the hosts may have any port: a Unix socket has none, and a visitor forwards to it from a port of his own
    query_bytes  the longest query
    most         requests answered at a time; to one more it says 503
    """

    def __init__(
        self, app: App, access: Access, traffic: Traffic, hosts: Iterable[str], *, any_port: bool, query_bytes: int, most: int
    ) -> None:
        self.app = app
        self.access = access
        self.traffic = traffic
        self.hosts = frozenset(hosts)
        self.any_port = any_port
        self.query_bytes = query_bytes
        self.most = most
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        began, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = [(name.lower(), value) for name, value in message.get("headers", [])]
                names = {name for name, _ in sent}
                if b"set-cookie" not in names:
                    sent += scope.get("state", {}).get("renewed", ())
                message["headers"] = sent + [(name, value) for name, value in HEADERS.items() if name not in names]
            await send(message)

        self.under_way += 1
        try:
            await self.answer(scope, receive, send_with_headers)
        finally:
            self.under_way -= 1
            self.traffic.note(scope["method"], scope.get("path_template", ""), status, time.perf_counter() - began)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self.check(scope)
        if refusal is None:
            inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self.app(inner, receive, send)
            scope["path_template"] = inner.get("path_template", "")
            return
        body = refusal.text.encode() + b"\n"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *refusal.headers]
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def check(self, scope: Scope) -> Refusal | None:
        """Why this request may not pass, or None; sets `scope["state"]["who"]` for those that do."""
        if self.under_way > self.most:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Too many ask at the same time. Try again in a moment.", RETRY)
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > MAX_HEADERS:
            return Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long.")
        headers = Headers(scope["headers"])
        return (
            self.check_host(scope, headers)
            or check_path(scope, self.query_bytes)
            or check_cross_site(scope, headers)
            or await self.check_login(scope, headers)
        )

    def check_host(self, scope: Scope, headers: "Headers") -> Refusal | None:
        hosts = [host.decode("latin-1").lower() for host in headers.all(b"host")]
        if len(hosts) != 1 or not (hosts[0] in self.hosts or (self.any_port and hosts[0].rpartition(":")[0] in self.hosts)):
            return Refusal(
                HTTPStatus.MISDIRECTED_REQUEST, "This board does not answer to that host name. Start it with --allowed-host NAME:PORT."
            )
        if scope["path"] == "" or not scope["raw_path"].startswith(b"/"):  # absolute-form: the URL would outvote the Host header
            return Refusal(HTTPStatus.BAD_REQUEST, "The request target has to be a path.")
        return None

    async def check_login(self, scope: Scope, headers: "Headers") -> Refusal | None:
        path, authorization = scope["path"], headers.one(b"authorization")
        for_nobody = path in OPEN_PATHS or path.startswith("/static/")
        try:
            who = None if for_nobody and not authorization else await self.access.who(headers.cookies(), authorization)
        except StorageError as error:
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, f"{error.what} {error.hint}", RETRY)
        if who is not None:
            state = scope.setdefault("state", {})
            state["who"] = who
            if who.renew:
                cookie = self.access.set_cookie(headers.cookies()[self.access.cookie], secure=scope["scheme"] == "https")
                state["renewed"] = ((b"set-cookie", cookie.encode("latin-1")),)
            if scope["method"] not in SAFE_METHODS and not who.may_write:
                return Refusal(HTTPStatus.FORBIDDEN, "This token may only read.")
            if not who.may_read:
                return Refusal(HTTPStatus.FORBIDDEN, "This token may only push.")
            return None
        if for_nobody:
            scope.setdefault("state", {})["who"] = Who(name="nobody", scopes=frozenset())
            return None
        wants_page = scope["method"] in SAFE_METHODS and not path.startswith("/api/") and b"text/html" in headers.one(b"accept")
        if wants_page and not headers.one(b"hx-request"):
            return Refusal(HTTPStatus.SEE_OTHER, "Log in first.", ((b"location", b"/login"),))
        return Refusal(
            HTTPStatus.UNAUTHORIZED,
            "Log in with the link that `lossboard serve` printed, or send `Authorization: Bearer TOKEN`.",
            ((b"www-authenticate", b"Bearer"),),
        )


class Headers:
    """The request's headers by lower-case name, as bytes."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self.raw = [(name.lower(), value) for name, value in raw]

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.raw if key == name]

    def one(self, name: bytes) -> bytes:
        """The header's last value; b"" when it is absent."""
        return (self.all(name) or [b""])[-1]

    def cookies(self) -> dict[str, str]:
        """Cookie names and values; what is not `name=value` is passed over, as browsers do."""
        pairs = (part.strip().partition("=") for header in self.all(b"cookie") for part in header.decode("latin-1").split(";"))
        return {name: value.strip('"') for name, equals, value in pairs if equals}


def check_path(scope: Scope, query_bytes: int) -> Refusal | None:
    """Refuses paths no page of ours has: NUL, backslash, `..` also when encoded, overlong paths, queries and segments, bad UTF-8."""
    raw: bytes = scope["raw_path"].partition(b"?")[0]
    if len(raw) > MAX_PATH or len(scope["query_string"]) > query_bytes:
        return Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")
    decoded = unquote_to_bytes(raw)
    try:
        text = decoded.decode("utf-8")
        unquote_to_bytes(scope["query_string"]).decode("utf-8")
    except UnicodeDecodeError:
        return Refusal(HTTPStatus.BAD_REQUEST, "The address is not UTF-8.")
    segments = text.split("/")
    if "\0" in text or "\\" in text or any(part in ("..", ".") or len(part.encode()) > MAX_SEGMENT for part in segments) or "//" in text:
        return Refusal(HTTPStatus.BAD_REQUEST, "The address has a part that no page has.")
    if b"%" in decoded and any(part in unquote_to_bytes(decoded).split(b"/") for part in (b"..", b".")):
        return Refusal(HTTPStatus.BAD_REQUEST, "The address has a part that no page has.")
    if b"%00" in scope["query_string"]:
        return Refusal(HTTPStatus.BAD_REQUEST, "The query has a NUL character.")
    return None


def check_cross_site(scope: Scope, headers: Headers) -> Refusal | None:
    """Lets an unsafe method pass only from our own pages, or with a bearer token and no cookie.

    Sec-Fetch-Site decides where a browser sends it; else Origin has to be this very host. Neither: not a browser, authentication decides.
    """
    if scope["method"] in SAFE_METHODS:
        return None
    refusal = Refusal(HTTPStatus.FORBIDDEN, "This request came from another site.")
    if headers.one(b"authorization").startswith(b"Bearer ") and not headers.all(b"cookie"):
        return None
    site = headers.one(b"sec-fetch-site")
    if site:
        return None if site in (b"same-origin", b"none") else refusal
    origin = headers.one(b"origin")
    if origin:
        own = scope["scheme"].encode() + b"://" + headers.one(b"host").lower()
        return None if origin.lower() == own else refusal
    return None
