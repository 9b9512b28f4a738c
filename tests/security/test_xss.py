"""T44: hostile text in a real browser is text everywhere, never markup: as log line, as name of a metric, a parameter, a run, an experiment
or a file, as tag and note, in queries, paths and headers.

A payload that became markup would open a dialog, set `window.owned`, ask for an address with `owned` in it, or be stopped by the
Content-Security-Policy, which is a failure too: nothing of a log may get that far. The default run takes a few payloads of every kind and
spreads them over the addresses; the long form puts all into all.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page

from parser.points import Points
from tests.conftest import Boards, RunningBoard
from tests.filled import add_points, make_points
from tests.security.asking import Answer, ask
from tests.security.payloads import FEW, KINDS, PAYLOADS, SOME
from tests.security.routes import ROUTES
from webapp.format import visible
from webapp.store.database import open_database
from webapp.terminal.ansi import plain_text

ROOT = Path(__file__).parent.parent.parent
FOLDER = '"><img src=x onerror=window.owned=1>'
ON_A_LOG = 42  # payloads of one log: four lines each fit into the terminal as it opens
PAGES = (
    *("/", "/experiments/1", "/experiments/1/runs", "/experiments/1/findings", "/experiments/1/manage", "/runs", "/runs/table"),
    *("/runs/{log}", "/runs/{log}/charts", "/runs/{log}/status", "/runs/{log}/details", "/runs/{log}/terminal", "/runs/{log}?at=0"),
    *("/runs/{log}?find=%3Cimg", "/runs/{log}/report", "/runs/{log}/loss.svg", "/runs/1", "/runs/1/report", "/manage?run=1&run={log}"),
    *("/compare?run=1&run={log}&run=2", "/compare?run=1&run={log}&params=all", "/compare/charts?run=2&run={log}"),
    *("/compare/logs?run=2&run={log}", "/compare/report?run=1&run={log}", "/compare.svg?run=2&run={log}&metric=loss", "/status"),
    *("/explain?run={log}&line=" + quote(PAYLOADS[0] + " loss 1"), "/uploads", "/login", "/no/such/page"),
    *("/runs?page=2", "/?page=2", "/runs?col=param:" + quote(PAYLOADS[0]) + "&col=metric:" + quote(PAYLOADS[1])),
)
QUERIES = (
    *("/?q={}&page={}&seen={}", "/runs?q={}&sort={}&status={}&tag={}&col={}&page={}", "/runs/table?q={}&sort={}&tag={}&col={}"),
    *("/runs/2?metric={}&metric=a{}&x={}&find={}&log={}&match={}&smooth={}&from={}", "/runs/2/charts?metric={}&fields={}&match={}"),
    *("/experiments/1?metric={}&run={}&find={}&sort={}", "/compare?run=1&run=2&run={}&metric={}&group={}&baseline={}&match={}"),
    *("/compare/logs?run=1&run=2&from={}", "/explain?line={}&run={}", "/manage?run=1&run={}&back={}", "/login?once={}&back={}"),
)
PATHS = ("/{}", "/runs/{}", "/runs/2/{}.svg", "/experiments/{}", "/uploads/{}", "/static/{}", "/manage/{}", "/api/v1/runs/{}")
HEADERS = (
    *("User-Agent", "Referer", "Cookie", "Accept-Language", "If-None-Match", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host"),
    *("X-Original-URL", "X-Request-ID", "HX-Current-URL", "HX-Target", "HX-Trigger", "HX-Trigger-Name", "HX-Prompt"),
)
PLAIN = ("/uploads", "/no/such/page", "/login")
REFUSED = ("Host", "Origin", "Authorization", "Content-Type", "Accept", "Accept-Encoding", "Content-Encoding", "Range", "Upgrade", "X-A")
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push([e.violatedDirective, e.blockedURI].join(' ')));
"""
FOUND = """() => {
  const all = [...document.querySelectorAll('*')];
  const named = (name, leads) => all.filter(e => [...e.attributes].some(a => name.test(a.name) && leads(a.value))).length;
  const away = value => {
    try { const to = new URL(value, location.href); return to.origin !== location.origin || to.pathname.startsWith('/owned') }
    catch { return true }
  };
  return {
    owned: window.owned ?? 0, violations: window.violations,
    handlers: named(/^on|hx-on|^style$/i, () => true),
    scripts: document.querySelectorAll('script:not([src]), iframe, object, embed, base, style').length,
    links: named(/^(xlink:)?(href|src|srcset|action|formaction|data|background|ping)$/i, away),
    gadgets: named(/^(data-)?hx-(get|post|put|patch|delete)$/i, away) + named(/^(data-)?hx-(vals|headers|ext)$/i, () => true),
  };
}"""
ALL_TEXT = "() => [document.title, document.body.textContent, ...[...document.querySelectorAll('input')].map(e => e.value)].join(' ')"
POLLED = re.compile(r"/|/runs/table|/runs/\d+/(status|charts|details|terminal)|/experiments/\d+/runs|/compare/charts")
CLEAN = {"owned": 0, "violations": [], "handlers": 0, "scripts": 0, "links": 0, "gadgets": 0}


@dataclass(frozen=True, slots=True)
class Hostile:
    """A board with each of the payloads in every place that keeps text.

    payloads  those in lines and as names of metrics and parameters
    few       those as names of runs, experiments and files, as notes and tags, and in requests
    short     `few` are spread over the addresses; else all go into all
    logs      the runs whose logs have payloads in their lines, with those payloads
    named     what runs, and the experiments of the same numbers, are called, noted and tagged
    """

    board: RunningBoard
    payloads: tuple[str, ...]
    few: tuple[str, ...]
    short: bool
    logs: dict[int, tuple[str, ...]]
    named: dict[int, str]

    def spread(self, place: int, places: int) -> tuple[str, ...]:
        """The payloads for one of so many addresses."""
        return self.few[place::places] if self.short else self.few


def hostile_log(number: int, payloads: Sequence[str]) -> str:
    lines = [f"step {i} {payload} loss {1 / (i + 1):.3f}" for i, payload in enumerate(payloads)]
    lines += [f"{{'loss': {0.5 / (i + 1):.4f}, {payload!r}: {i}.5, 'epoch': {i}}}" for i, payload in enumerate(payloads)]
    lines += [f'step={i} loss=0.{number}{i} <img_src=/owned>={i} a"onload={i}' for i in range(1, 6)]
    lines += [f"--name={payload} {payload}={payload}" for payload in payloads]
    lines += [f"Namespace(lr=0.{number}, name={payload!r})" for payload in payloads]
    lines += ["Traceback (most recent call last):", f"ValueError: {payloads[-1]}"]
    return "\n".join(lines) + "\n"


def write_logs(folder: Path, payloads: Sequence[str], few: Sequence[str]) -> None:
    """Logs with payloads in their lines, parameters of these names beside them, and for each of few a small log called so."""
    for number, chunk in enumerate(chunks(payloads)):
        (folder / f"lines-{number}.log").write_text(hostile_log(number, chunk), "utf-8", newline="")
        (folder / f"lines-{number}.json").write_text(json.dumps({payload: payload for payload in chunk}))
    for number, payload in enumerate(few):
        path = Path(f"{folder}/{number}/{payload}b.log".replace("\0", ""))
        if any(len(part.encode()) > 255 for part in path.parts):
            path = folder / f"{number}" / "long.log"
        path.parent.mkdir(parents=True)
        path.write_text("step 1 loss 2.5\nstep 2 loss 1.5\n")
    (folder / "odd").mkdir()
    Path(f"{folder}/odd/\udcff\udcfe<b>.log").write_text("step 1 loss 2.5\n")


def chunks(payloads: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(payloads[place : place + ON_A_LOG]) for place in range(0, len(payloads), ON_A_LOG)]


def fill(database: Path, payloads: Sequence[str]) -> None:
    """Run 1: a metric of every payload's own name, also of those that no parser takes for a name."""
    opened = open_database(database)
    points: dict[str, Points] = {payload: make_points([3.0, 2.0, 1.0]) for payload in payloads}
    add_points(opened, Path("/nowhere/points.log"), points, {payload: payload for payload in payloads})
    opened.close()


def call_so(board: RunningBoard, runs: Sequence[int], payloads: Sequence[str]) -> dict[int, str]:
    """Gives runs, and experiments of the same numbers, the payloads as name, notes and tags by the forms of the board."""
    named = {run: payload for run, payload in zip(runs, payloads, strict=False) if "\0" not in payload}
    for run, payload in named.items():
        for path in ("/manage/edit", f"/experiments/{run}/manage/edit"):
            form = urlencode({"run": run, "name": payload, "notes": payload, "tags": payload})
            answer = ask(board, "POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, form.encode())
            assert answer.status == 303, (path, answer)
    return named


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.faults)])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    short = request.param == "some"
    payloads = SOME if short else PAYLOADS
    few = payloads[::FEW] if short else payloads
    folder = tmp_path_factory.mktemp("hostile")
    logs = folder / "logs" / FOLDER
    logs.mkdir(parents=True)
    write_logs(logs, payloads, few)
    fill(folder / "board.db", payloads)
    boards = Boards(folder)
    board = boards(folder / "logs")
    lines = {f"lines-{number}": chunk for number, chunk in enumerate(chunks(payloads))}
    board.wait_for(f"/api/v1/runs/{1 + len(lines) + len(few) + 1}", '"points":[1-9]', 120)
    runs = {run["id"]: run["name"] for run in json.loads(board.get("/api/v1/runs?limit=1000")[1])}
    named = call_so(board, [run for run in sorted(runs) if run > 1 and runs[run] not in lines], few)
    yield Hostile(board, payloads, few, short, {run: lines[name] for run, name in sorted(runs.items()) if name in lines}, named)
    boards.stop()


class Watched:
    """One tab for all addresses: each is a document of its own, with a `window.owned` and violations of its own."""

    def __init__(self, page: Page, board: RunningBoard) -> None:
        self.page, self.board = page, board
        self.seen: list[str] = []
        self.shown: set[tuple[int, bytes]] = set()
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: (self.seen.append(f"popup {popup.url}"), popup.close()))
        page.on("request", lambda request: self.seen.append(request.url))

    def visit(self, path: str) -> None:
        address = self.board.url + path
        answer = self.page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status < 500, address
        self.check(address, answer.headers.get("content-type", ""))

    def visit_if_new(self, path: str) -> None:
        """Visits what answers with other bytes than anything before: the same page of an error says nothing new."""
        if self.is_new(*self.board.get(path, {"Accept": "text/html"})):
            self.visit(path)

    def is_new(self, status: int, body: bytes) -> bool:
        known = (status, body) in self.shown
        self.shown.add((status, body))
        return not known

    def check(self, address: str, kind: str = "text/html") -> None:
        """Nothing of the page that is open became more than text, and it asked for nothing that our own pages do not ask for."""
        found = self.page.evaluate(FOUND)
        if kind.startswith("image/svg"):
            found["scripts"] = 0  # a chart's file has its style inside, and its own policy
        elif not kind.startswith("text/html"):
            found["handlers"] = 0  # the browser itself shows plain text in a <pre style=…>
        assert found == CLEAN, address
        strays, self.seen = [one for one in self.seen if not self.is_ours(one, address)], []
        assert strays == [], address

    def is_ours(self, request: str, address: str) -> bool:
        """The page itself, what belongs to every page, and what a live page polls."""
        path = request.removeprefix(self.board.url).partition("?")[0]
        return (
            request.partition("#")[0] == address.partition("#")[0]
            or path.startswith(("/static/", "/favicon.ico"))
            or bool(POLLED.fullmatch(path))
        )

    def show(self, answer: Answer) -> None:
        """The answer to a request that no browser sends, shown as if the browser had sent it."""
        address = self.board.url + "/answer"
        self.page.route(address, lambda route: route.fulfill(status=answer.status, headers=answer.headers, body=answer.body))
        self.page.goto(address, wait_until="load")
        self.page.unroute(address)
        self.check(address, answer.headers.get("content-type", ""))

    def text(self) -> str:
        """All text of the page and of its fields, also what is folded away, without spaces."""
        return squeezed(self.page.evaluate(ALL_TEXT))


@pytest.fixture(scope="module")
def tab(browser: Browser, hostile: Hostile) -> Iterator[Watched]:
    context = browser.new_context()
    context.set_default_timeout(120_000)  # 243 payloads beside other tests of the long form
    context.add_init_script(WATCH)
    yield Watched(context.new_page(), hostile.board)
    context.close()


@pytest.fixture
def watched(tab: Watched) -> Watched:
    tab.seen.clear()
    return tab


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def shown(payload: str) -> str:
    """How a payload stands on a page, without spaces."""
    return squeezed(visible(payload))


def shown_name(payload: str) -> str:
    """The same for what a form took as a name: without space at its ends, and no longer than a name."""
    return shown(payload.strip()[:200])


def only_ascii(payload: str) -> str:
    """What of a payload a browser lets through in a header."""
    return re.sub(r"[^ -~]+", "", payload)


@pytest.mark.parametrize("path", PAGES)
def test_text_from_logs_and_names_is_never_markup(hostile: Hostile, watched: Watched, path: str) -> None:
    """T45"""
    for log in hostile.logs if "{log}" in path else (0,):
        watched.visit(path.replace("{log}", str(log)))


def test_no_name_note_and_tag_is_markup_on_the_pages_of_its_run_and_experiment(hostile: Hostile, watched: Watched) -> None:
    """T45"""
    for place, (number, payload) in enumerate(hostile.named.items()):
        paths = (f"/experiments/{number}", f"/runs/{number}", f"/experiments/{number}/manage", f"/runs/{number}/report")
        for path in paths[place % len(paths) :][:1] if hostile.short else paths:
            watched.visit(path)
            assert shown_name(payload) in watched.text(), path


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_value_is_markup(hostile: Hostile, watched: Watched, query: str) -> None:
    for payload in hostile.spread(QUERIES.index(query), len(QUERIES)):
        watched.visit(query.replace("{}", quote(payload, safe="")))


@pytest.mark.parametrize("path", PATHS)
def test_no_part_of_a_path_is_markup(hostile: Hostile, watched: Watched, path: str) -> None:
    for payload in hostile.spread(PATHS.index(path), len(PATHS)):
        watched.visit_if_new(path.replace("{}", quote(payload, safe="")))


@pytest.mark.parametrize("path", PLAIN)
def test_no_header_is_markup(hostile: Hostile, watched: Watched, path: str) -> None:
    for payload in hostile.few[PLAIN.index(path) :: len(PLAIN)]:
        watched.page.set_extra_http_headers(dict.fromkeys(HEADERS, only_ascii(payload)))
        watched.visit(path)
    watched.page.set_extra_http_headers({})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_header_that_no_browser_sends_is_markup_in_the_answer(hostile: Hostile, watched: Watched, method: str) -> None:
    """The answer to a request with that header, shown by the browser as its own."""
    body = b"token=a" if method == "POST" else None
    for place, header in enumerate(REFUSED):
        for payload in hostile.spread(place, len(REFUSED)):
            value = only_ascii(payload)
            host, headers = (value, {}) if header == "Host" else (None, {header: value})
            answer = ask(hostile.board, method, "/login", headers, body, host)
            if watched.is_new(answer.status, answer.body):
                watched.show(answer)


def test_pasted_text_is_never_markup(hostile: Hostile, watched: Watched) -> None:
    """A log and a format pasted on the page that explains logs: all payloads at once."""
    for number, payloads in enumerate(chunks(hostile.few)):
        watched.visit("/explain")
        watched.page.fill("textarea[name=text]", hostile_log(number, payloads))
        with watched.page.expect_navigation():
            watched.page.click(".explain-form button")
        watched.check(watched.page.url)
        assert only_ascii(watched.page.input_value("textarea[name=text]")) == only_ascii(hostile_log(number, payloads))


def test_an_uploaded_file_with_a_hostile_name_is_never_markup(hostile: Hostile, watched: Watched) -> None:
    """Names of files as the browser sends them, with a hostile name of the experiment."""
    names = [payload for payload in hostile.few if "\0" not in payload and len(payload) < 200]
    for chunk in chunks(names):
        watched.visit("/uploads")
        watched.page.fill("input[name=experiment]", chunk[0])
        files = [{"name": f"{name}.log", "mimeType": "text/plain", "buffer": b"step 1 loss 2.5\nstep 2 loss 1.5\n"} for name in chunk]
        watched.page.set_input_files("input[name=log]", files)  # type: ignore[arg-type]
        with watched.page.expect_navigation():
            watched.page.click(".upload button")
        watched.seen.clear()  # the way there leads over /uploads/new
        watched.check(watched.page.url)


def test_hostile_lines_are_readable_as_text(hostile: Hostile, watched: Watched) -> None:
    for log, payloads in hostile.logs.items():
        watched.visit(f"/runs/{log}")
        text = squeezed(watched.page.inner_text("#terminal"))
        assert [payload for payload in payloads if squeezed(visible(plain_text(payload))) not in text] == []


def test_hostile_names_of_metrics_and_parameters_are_readable_as_text(hostile: Hostile, watched: Watched) -> None:
    watched.visit("/runs/1/details")
    text = watched.text()
    assert [payload for payload in hostile.payloads if shown(payload) not in text] == []


def test_hostile_names_notes_and_tags_are_readable_as_text(hostile: Hostile, watched: Watched) -> None:
    """A page with many runs has all their names; the box with the tags in use has all tags."""
    named = list(hostile.named.items())
    for place in range(0, len(named), 50):
        part = named[place : place + 50]
        watched.visit("/manage?" + "&".join(f"run={run}" for run, _ in part))
        text = watched.text()
        assert [payload for _, payload in part if shown_name(payload) not in text] == []
    watched.visit("/status")
    text = watched.text()
    names = [payload for payload in hostile.few if "\0" not in payload and "/" not in payload and len(payload) < 200]
    unlisted = re.search(squeezed(r"([\d,]+) more without trouble are not listed"), text)
    missing = [payload for payload in names if squeezed(visible(payload)) not in text]
    assert len(missing) <= (int(unlisted[1].replace(",", "")) if unlisted else 0), missing


def test_every_kind_of_payload_is_in_the_short_form() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 200
    assert all(set(texts) & set(SOME) for texts in KINDS.values())


def test_every_page_of_the_table_of_routes_is_visited() -> None:
    def fits(route_path: str, address: str) -> bool:
        pattern = re.sub(r"\\\{\w+:path\\\}", ".+", re.sub(r"\\\{\w+:\w+\\\}", "[^/]+", re.escape(route_path)))
        return re.fullmatch(pattern, address.partition("?")[0]) is not None

    not_pages = ("/api/", "/schema", "/static/", "/healthz", "/metrics", "/uploads/{", "/runs/{run_id:int}/log")
    pages = {route.path for route in ROUTES if route.method == "GET" and not route.path.startswith(not_pages)}
    assert {path for path in pages if not any(fits(path, address) for address in PAGES)} == set()


TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
FORBIDDEN = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|\|\s*safe\b|javascript:|hx-vals=[\"']js", re.I)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_a_style_a_handler_or_an_unescaped_value(template: Path) -> None:
    """T45"""
    text = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
    text = text.replace("<style>{{ styles }}</style>", "")  # of a report that is one file; a page of the board never fills it
    assert FORBIDDEN.findall(text) == []
    assert re.findall(r"""=\s*\{\{""", re.sub(r"\{%.*?%\}", "", text)) == [], "an attribute without quotes"
