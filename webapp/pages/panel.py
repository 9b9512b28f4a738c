"""The selected run as both pages show it: its numbers, its terminal window, and the charts beneath."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from webapp import urls
from webapp.board import Board
from webapp.charts.options import ChartRequest, Line
from webapp.charts.svg import Chart, draw_chart
from webapp.format import visible
from webapp.pages.groups import MetricGroup, choose_groups, group_metrics
from webapp.store import runs as run_store
from webapp.store import series as series_store
from webapp.store.rows import EventRow, MetricRow, RunRow
from webapp.terminal.ansi import line_html
from webapp.terminal.window import LogGoneError, LogLine, LogWindow, read_after, read_around, read_tail
from webapp.view import ViewQuery

LIVE = ("running", "stalled", "waiting")
MAX_EVENTS = 200
BAR = re.compile(r"\d+%\|.*\|? *\d+/\d+|[━█#=]{8}")  # a progress bar, shown dimmer than what was printed
TERMINAL_LINES = 3000  # lines a browser keeps before the terminal starts afresh


@dataclass(frozen=True, slots=True)
class Chip:
    """One chart's switch."""

    name: str
    label: str
    shown: bool
    series: int


@dataclass(frozen=True, slots=True)
class ChipGroup:
    prefix: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class TerminalLine:
    html: Markup
    offset: int
    redraws: int
    marked: bool
    bar: bool


@dataclass(frozen=True, slots=True)
class Terminal:
    """A piece of the log, ready to show.

    lines   lines that will not change any more
    last    the line still being written or redrawn; the next poll replaces it
    gone    why there is no log to show; "" if there is
    fresh   the whole window is new (else these lines go beneath those already shown)
    shown   lines the browser then has
    start   byte offset of the first line; `tail` of the last one, from where the next poll reads
    size    bytes of the log when it was read
    """

    lines: tuple[TerminalLine, ...] = ()
    last: TerminalLine | None = None
    gone: str = ""
    fresh: bool = True
    shown: int = 0
    start: int = 0
    tail: int = 0
    size: int = 0
    older: bool = False
    newer: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the run panel of a page shows; a fragment fills only its part. `charts` is empty while the run has no metric."""

    run: RunRow
    query: ViewQuery
    action: str
    live: bool
    metrics: tuple[MetricRow, ...] = ()
    chips: tuple[ChipGroup, ...] = ()
    charts: tuple[Chart, ...] = ()
    terminal: Terminal = Terminal()
    events: tuple[EventRow, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def chip_count(self) -> int:
        return sum(len(group.chips) for group in self.chips)


def status_panel(run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The panel without what costs: enough for the status block."""
    return Panel(run, query, action, run.status in LIVE)


def build_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The whole panel of one run. `action` is the page its form goes back to."""
    return replace(charts_panel(board, run, query, action), terminal=build_terminal(run, query))


def charts_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The panel without its terminal: numbers, chips, charts."""
    metrics = series_store.list_metrics(board.database, run.id)
    groups = group_metrics([row.name for row in metrics], frozenset(row.name for row in metrics if row.count == 1))
    shown, missing = choose_groups(groups, query.metrics)
    events = run_store.list_events(board.database, run.id, MAX_EVENTS)
    return replace(
        status_panel(run, query, action),
        metrics=tuple(metrics),
        chips=chip_groups(groups, shown),
        charts=draw_charts(board, run, query, shown, events),
        events=tuple(events),
        problems=query.problems + tuple(f"This run has no metric “{visible(name)}”." for name in missing),
    )


def draw_charts(
    board: Board, run: RunRow, query: ViewQuery, groups: Sequence[MetricGroup], events: Sequence[EventRow]
) -> tuple[Chart, ...]:
    """The charts of one run, each group one chart."""
    charts = []
    for number, group in enumerate(groups):
        lines = [
            Line(label=visible(name), series=series_store.read_series(board.database, run.id, name), color=i % 10, dash=i % 10)
            for i, name in enumerate(group.members)
        ]
        link = urls.run(run.id, urls.join_query(query.query(at=None), {"at": ""}))
        charts.append(draw_chart(ChartRequest(f"c{number}", visible(group.name), lines, query.view, events, link=link)))
    return tuple(charts)


def chip_groups(groups: Sequence[MetricGroup], shown: Sequence[MetricGroup]) -> tuple[ChipGroup, ...]:
    names = {group.name for group in shown}
    by_prefix: dict[str, list[Chip]] = {}
    for group in groups:
        label = group.name.removeprefix(group.prefix + "/")
        by_prefix.setdefault(group.prefix, []).append(Chip(group.name, visible(label), group.name in names, len(group.members)))
    return tuple(ChipGroup(visible(prefix), tuple(chips)) for prefix, chips in by_prefix.items())


def build_terminal(run: RunRow, query: ViewQuery, after: int | None = None, shown: int = 0) -> Terminal:
    """The terminal's lines: the newest, those around `query.at`, or (for a poll) those from byte `after` on."""
    live = run.status in LIVE and query.at is None and query.follow
    path = Path(run.path)
    try:
        if after is not None and shown < TERMINAL_LINES:
            window = read_after(path, after)
            if window.size >= after:
                return terminal_of(window, query.at, live=live, fresh=False, shown=shown)
        window = read_tail(path) if query.at is None else read_around(path, query.at)
    except LogGoneError as error:
        return Terminal(gone=str(error), live=live)
    return terminal_of(window, query.at, live=live, fresh=True, shown=0)


def terminal_before(run: RunRow, before: int) -> Terminal:
    """The lines before byte `before`, for the link at the top of the terminal."""
    try:
        window = read_tail(Path(run.path), end=before)
    except LogGoneError as error:
        return Terminal(gone=str(error))
    return terminal_of(window, None, live=False, fresh=False, shown=0)


def terminal_of(window: LogWindow, at: int | None, *, live: bool, fresh: bool, shown: int) -> Terminal:
    lines = [terminal_line(line, at) for line in window.lines]
    last = lines.pop() if lines and not window.lines[-1].whole else None
    return Terminal(
        lines=tuple(lines),
        last=last,
        fresh=fresh,
        shown=shown + len(lines),
        start=window.start,
        tail=window.lines[-1].start if last else window.end,
        size=window.size,
        older=window.older,
        newer=window.newer,
        live=live,
    )


def terminal_line(line: LogLine, at: int | None) -> TerminalLine:
    marked = at is not None and line.start <= at < line.end
    return TerminalLine(line_html(line.text), line.offset, line.redraws, marked, bool(BAR.search(line.text)))
