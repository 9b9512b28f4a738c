"""A web server whose pages are charts, under the policy of the board."""

import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.charts.made import ChartPages
from webapp.charts.options import View
from webapp.charts.svg import Chart
from webapp.paths import HTMX, STATIC

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@pytest.fixture
def serve_charts() -> Iterator[Callable[..., ChartPages]]:
    """Starts servers of charts: `serve_charts(draw)`; `draw` makes the charts of a page from its view and query."""
    servers: list[ThreadingHTTPServer] = []

    def start(draw: Callable[[View, dict[str, str]], Sequence[Chart]], poll: str = "") -> ChartPages:
        board = ChartPages(draw, poll=poll)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                name = urlsplit(self.path).path
                static = HTMX if name == "/static/htmx.min.js" else STATIC / name.removeprefix("/static/")
                board.requests.append(self.path)
                fits = name.startswith("/static/") and static.is_file()
                body = static.read_bytes() if fits else board.page(self.path)
                self.send_response(503 if any(part in self.path for part in board.blocks) else 200)
                self.send_header(
                    "Content-Type", KINDS.get(static.suffix, "text/html; charset=utf-8") if fits else "text/html; charset=utf-8"
                )
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        board.url = f"http://127.0.0.1:{server.server_port}"
        return board

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
