"""A small web server whose pages are charts, under the policy of the board."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from markupsafe import escape

from webapp.charts.options import View
from webapp.charts.svg import Chart
from webapp.paths import HTMX, STATIC
from webapp.view import read_query

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
Draw = Callable[[View, dict[str, str]], Sequence[Chart]]


@dataclass
class ChartPages:
    """A page of charts at any path, drawn anew for every request.

    draw      makes the charts from the view and the query
    poll      htmx trigger with which the charts ask for newer ones; "" = they do not
    requests  paths asked for so far
    blocks    a request whose path holds one of these gets the page with status 503
    """

    draw: Draw
    poll: str = ""
    url: str = ""
    requests: list[str] = field(default_factory=list)
    blocks: set[str] = field(default_factory=set)

    def page(self, path: str) -> bytes:
        query = {"from": "", "to": ""} | dict(parse_qsl(urlsplit(path).query))
        charts = self.draw(read_query(query.items()).view, query)
        figures = "".join(
            f'<figure class="chart-box">{chart.svg}<figcaption>{escape(chart.caption)}</figcaption></figure>' for chart in charts
        )
        poll = f'data-poll hx-get="{escape(path)}" hx-trigger="{self.poll}" hx-swap="outerHTML" hx-select="#charts"' if self.poll else ""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>charts</title>'
            '<meta name="viewport" content="width=device-width"><meta name="htmx-config" '
            'content=\'{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"refreshOnHistoryMiss":true}\'>'
            '<link rel="stylesheet" href="/static/vars.css"><link rel="stylesheet" href="/static/app.css">'
            '<link rel="stylesheet" href="/static/chart.css"><link rel="stylesheet" href="/static/print.css" media="print">'
            '<link rel="icon" href="/static/icon.svg"><script src="/static/htmx.min.js" defer></script>'
            '<script src="/static/chart.js" defer></script></head>'
            f'<body><main><form id="controls"><input type="number" name="from" aria-label="from" value="{escape(query["from"])}">'
            f'<input type="number" name="to" aria-label="to" value="{escape(query["to"])}"></form><section id="charts" {poll}>'
            '<div data-view hx-target="#charts" hx-select="#charts" hx-select-oob="#controls" hx-swap="outerHTML">'
            f"{figures}</div></section></main></body></html>"
        ).encode()


@contextmanager
def serving(draw: Draw, poll: str = "") -> Iterator[ChartPages]:
    """Serves the pages on a free port of the loopback."""
    pages = ChartPages(draw, poll)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = urlsplit(self.path).path
            static = HTMX if name == "/static/htmx.min.js" else STATIC / name.removeprefix("/static/")
            pages.requests.append(self.path)
            fits = name.startswith("/static/") and static.is_file()
            body = static.read_bytes() if fits else pages.page(self.path)
            kind = KINDS.get(static.suffix) if fits else None
            self.send_response(503 if any(part in self.path for part in pages.blocks) else 200)
            self.send_header("Content-Type", kind or "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            if not fits:
                self.send_header("HX-Push-Url", self.path)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pages.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield pages
        finally:
            server.shutdown()
