"""T44: hostile text in a real browser: log lines, names of metrics, files and folders, and query values are text everywhere, never markup.

A payload that became markup would open a dialog, set `window.owned`, ask for an address with `owned` in it, or be stopped by the
Content-Security-Policy, which is a failure too: nothing of a log may get that far.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import Boards, RunningBoard
from tests.security.routes import ROUTES

ROOT = Path(__file__).parent.parent.parent
PAYLOADS = (
    "<script>window.owned=1</script>",
    "</script><script>window.owned=1</script>",
    '"><img src=/owned onerror=window.owned=1>',
    "'><img src=/owned onerror=window.owned=1>",
    "<img src=/owned onerror=alert(1)>",
    "<svg onload=window.owned=1>",
    "<svg><animate onbegin=window.owned=1 attributeName=x dur=1s>",
    "<svg><script>window.owned=1</script></svg>",
    "</title><script>window.owned=1</script>",
    "</text></svg><img src=/owned onerror=window.owned=1>",
    "</style><img src=/owned>",
    "</pre></span></div><iframe src=/owned>",
    "<b hx-get=/owned hx-trigger=load>b</b>",
    '" hx-get="/owned" hx-trigger="load',
    "' hx-get='/owned' hx-trigger='load",
    "<div hx-on:load=window.owned=1 hx-trigger=load>",
    "<a href=javascript:window.owned=1 autofocus onfocus=window.owned=1>a</a>",
    "javascript:window.owned=1",
    "<meta http-equiv=refresh content=0;url=/owned>",
    "<base href=//owned.example/>",
    "<link rel=stylesheet href=/owned.css>",
    "<style>*{background:url(/owned)}</style>",
    "<object data=/owned></object>",
    "<form action=/owned><input autofocus onfocus=window.owned=1>",
    "<details open ontoggle=window.owned=1>",
    "<math><mtext><img src=/owned onerror=window.owned=1>",
    "<!--><img src=/owned onerror=window.owned=1>",
    "<![CDATA[><img src=/owned>]]>",
    "<noscript><p title='</noscript><img src=/owned onerror=window.owned=1>'>",
    "{{7*7}}{% raw %}",
    "${7*7}`",
    "&lt;img src=/owned onerror=window.owned=1&gt;",
    "&#x1b;[31m&#60;img src=/owned&#62;",
    "\x1b[31m<img src=/owned onerror=window.owned=1>\x1b[0m",
    "\x1b]8;;javascript:window.owned=1\x07link\x1b]8;;\x07",
    "\x1b[38;2;1;2;3m<script>window.owned=1</script>",
    "+ADw-script+AD4-window.owned=1+ADw-/script+AD4-",
    "\u202e<img src=/owned>\u2066",
    "﹤script﹥window.owned=1﹤/script﹥",
    "\x00<\x00script>window.owned=1</script>",
    "onmouseover=window.owned=1 style=position:fixed;inset:0",
)
AS_NAME = [payload for payload in PAYLOADS if "\0" not in payload and "/" not in payload]
PAGES = (
    *("/", "/experiments/1", "/experiments/1/runs", "/experiments/1/findings", "/experiments/1/manage", "/runs", "/runs/table", "/runs/1"),
    *(
        "/runs/1/charts",
        "/runs/1/status",
        "/runs/1/details",
        "/runs/1/terminal",
        "/runs/1?at=0",
        "/runs/1?find=%3Cimg",
        "/manage?run=1&run=2",
    ),
    *("/compare?run=1&run=2&run=3", "/compare?run=1&run=2&params=all", "/compare/charts?run=1&run=2", "/compare/logs?run=1&run=2"),
    *("/explain?run=1", "/explain?run=1&line=" + quote(PAYLOADS[2] + " loss 1"), "/uploads", "/login", "/no/such/page"),
    *("/runs/1/report", "/compare/report?run=1&run=2", "/runs/1/loss.svg", "/compare.svg?run=1&metric=loss", "/status"),
)
QUERIES = (
    *(
        "/?q={}",
        "/runs?q={}&sort={}&status={}&tag={}&col={}",
        "/runs/1?metric={}&x={}&find={}&log={}",
        "/compare?run={}&metric={}&group={}",
    ),
    *("/explain?line={}&run={}", "/manage?run=1&back={}", "/login?once={}", "/runs/1/{}.svg", "/runs/{}", "/uploads/{}"),
)
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push([e.violatedDirective, e.blockedURI].join(' ')));
"""
FOUND = """() => ({
  owned: window.owned ?? 0, violations: window.violations,
  handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^hx-on|^style$/i.test(a.name))).length,
  scripts: document.querySelectorAll('script:not([src]), iframe, object, base, style').length,
  gadgets: document.querySelectorAll('[hx-get^="/owned"], [href^="javascript:" i], [src*=owned], [action*=owned]').length,
})"""
CLEAN = {"owned": 0, "violations": [], "handlers": 0, "scripts": 0, "gadgets": 0}


def hostile_log(number: int) -> str:
    lines = [f"step {i} {payload} loss {1 / (i + 1):.3f}" for i, payload in enumerate(PAYLOADS)]
    lines += [f"{{'loss': {0.5 / (i + 1):.4f}, {payload!r}: {i}.5, 'epoch': {i}}}" for i, payload in enumerate(PAYLOADS)]
    lines += [f'step={i} loss=0.{number}{i} <img_src=/owned>={i} a"onload={i}' for i in range(1, 6)]
    lines += [f"--name={payload} {payload}={payload}" for payload in PAYLOADS]
    lines += [f"Namespace(lr=0.{number}, name={payload!r})" for payload in PAYLOADS]
    lines += ["Traceback (most recent call last):", f"ValueError: {PAYLOADS[4]}"]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("hostile")
    logs = folder / "logs" / '"><img src=x onerror=window.owned=1>'
    logs.mkdir(parents=True)
    for number, name in enumerate(["a", "b", "c", *AS_NAME]):
        (logs / f"{name[:120]}.log").write_text(hostile_log(number), "utf-8", "surrogateescape")
    (Path(os.fsdecode(bytes(logs) + b"/\xff\xfe<b>.log"))).write_text(hostile_log(99), "utf-8")
    boards = Boards(folder)
    board = boards(folder / "logs")
    board.wait_for("/api/v1/runs", f'"id":{len(AS_NAME)}')
    yield board
    boards.stop()


@pytest.fixture(scope="module")
def watched(browser: Browser, board: RunningBoard) -> Iterator[Page]:
    """One page for all addresses: each is a document of its own, with a `window.owned` and violations of its own."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    page.dialogs, page.strays = [], []  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: page.strays.append(request.url) if is_stray(request, board) else None)
    yield page
    context.close()


@pytest.fixture
def page(watched: Page) -> Page:
    watched.dialogs.clear()  # type: ignore[attr-defined]
    watched.strays.clear()  # type: ignore[attr-defined]
    return watched


def is_stray(request, board: RunningBoard) -> bool:
    """A request that no page of ours makes by itself."""
    return not request.url.startswith(board.url) or (not request.is_navigation_request() and "owned" in request.url.split("?")[0])


def visit(page: Page, address: str) -> None:
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.status < 500, address
    page.wait_for_function("() => !window.htmx || document.readyState === 'complete'")
    found, kind = page.evaluate(FOUND), answer.headers.get("content-type", "")
    if kind.startswith("image/svg"):
        found["scripts"] = 0  # a chart's file has its style inside, and its own policy
    elif kind.startswith("text/plain"):
        found["handlers"] = 0  # the browser itself shows plain text in a <pre style=…>
    assert found == CLEAN, address
    assert (page.dialogs, page.strays) == ([], []), address  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PAGES)
def test_text_from_logs_and_names_is_never_markup(board: RunningBoard, page: Page, path: str) -> None:
    """T45"""
    visit(page, board.url + path)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_value_is_never_markup(board: RunningBoard, page: Page, query: str) -> None:
    try_payloads(board, page, query, PAYLOADS[:: len(PAYLOADS) // 6])


@pytest.mark.faults
@pytest.mark.parametrize("query", QUERIES)
def test_no_query_value_of_all_is_markup(board: RunningBoard, page: Page, query: str) -> None:
    try_payloads(board, page, query, PAYLOADS)


def try_payloads(board: RunningBoard, page: Page, query: str, payloads: tuple[str, ...]) -> None:
    for payload in payloads:
        if "\0" not in payload:
            visit(page, board.url + query.replace("{}", quote(payload, safe="")))


def test_every_page_of_the_table_of_routes_is_visited() -> None:
    def fits(route_path: str, address: str) -> bool:
        pattern = re.sub(r"\\\{\w+:path\\\}", ".+", re.sub(r"\\\{\w+:\w+\\\}", "[^/]+", re.escape(route_path)))
        return re.fullmatch(pattern, address.partition("?")[0]) is not None

    not_pages = ("/api/", "/schema", "/static/", "/healthz", "/metrics", "/uploads/{", "/runs/{run_id:int}/log")
    pages = {route.path for route in ROUTES if route.method == "GET" and not route.path.startswith(not_pages)}
    assert {path for path in pages if not any(fits(path, address) for address in PAGES)} == set()


def test_hostile_lines_are_readable_as_text(board: RunningBoard, page: Page) -> None:
    visit(page, board.url + "/runs/1?find=iframe")
    assert "</pre></span></div><iframe src=/owned>" in page.inner_text("#terminal")


TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
FORBIDDEN = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|\|\s*safe\b|javascript:|hx-vals=[\"']js", re.I)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_a_style_a_handler_or_an_unescaped_value(template: Path) -> None:
    """T45"""
    text = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
    text = text.replace("<style>{{ styles }}</style>", "")  # of a report that is one file; a page of the board never fills it
    assert FORBIDDEN.findall(text) == []
    assert re.findall(r"""=\s*\{\{""", re.sub(r"\{%.*?%\}", "", text)) == [], "an attribute without quotes"
