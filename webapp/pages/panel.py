"""The selected run as both pages show it: its numbers, its terminal window, and the charts beneath."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp import urls
from webapp.board import Board
from webapp.compare.place import tokens_metric
from webapp.format import visible
from webapp.pages.drawn import PanelChart, draw_charts
from webapp.pages.groups import MetricGroup, choose_groups, group_rows
from webapp.pages.terminal import Terminal, build_terminal
from webapp.store import runs as run_store
from webapp.store import series as series_store
from webapp.store.dropped import dropped_of_run
from webapp.store.rows import Dropped, EventRow, FindingRow, MetricRow, RunRow
from webapp.store.runs import LIVE
from webapp.view import ViewQuery

NO_TERMINAL = Terminal()
MAX_EVENTS = 200
FAILURES = ("traceback", "out of memory")
FILTER_FROM = 15  # charts from which on they can be filtered by name
SCATTERED_FROM = 25  # charts from which on their switches fold by prefix
MAX_FINDINGS = 12


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
class Panel:
    """Everything the run panel of a page shows; a fragment fills only its part.

    charts     empty while the run has no metric
    many       the run has so many charts that they can be filtered by name
    restarted  steps repeat, so that attempts can be told apart
    has_tokens the run prints how many tokens it has seen
    dropped    what the log holds and was not read
    error      the event that says what a failed run failed of
    """

    run: RunRow
    query: ViewQuery
    action: str
    live: bool
    findings: tuple[FindingRow, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    chips: tuple[ChipGroup, ...] = ()
    charts: tuple[PanelChart, ...] = ()
    many: bool = False
    restarted: bool = False
    has_tokens: bool = False
    terminal: Terminal = NO_TERMINAL
    events: tuple[EventRow, ...] = ()
    problems: tuple[str, ...] = ()
    error: EventRow | None = None
    dropped: Dropped = ()

    @property
    def zooms(self) -> tuple[tuple[str, str, str], ...]:
        """Steps of zoom and pan as links, for those who do not drag: (sign, what it does, address)."""
        if not self.charts:
            return ()
        chart = self.charts[0].chart
        low, high, width = chart.x0, chart.x1, chart.x1 - chart.x0
        wanted = [
            ("+", "Zoom in", low + width / 4, high - width / 4),
            ("−", "Zoom out", low - width / 2, high + width / 2),
            ("←", "Earlier", low - width / 2, high - width / 2),
            ("→", "Later", low + width / 2, high + width / 2),
        ]
        links = []
        for sign, words, lo, hi in wanted[: 4 if chart.zoomed else 1]:
            lo, hi = max(lo, chart.full0), min(hi, chart.full1)
            whole = lo <= chart.full0 and hi >= chart.full1
            if lo < hi:
                links.append((sign, words, self.action + self.query.query(lo=None if whole else lo, hi=None if whole else hi)))
        if chart.zoomed:
            links.append(("0", "Show all", self.action + self.query.query(lo=None, hi=None)))
        return tuple(links)

    def part(self, name: str, **extra: object) -> str:
        """Where a fragment of the run is asked for, with the view."""
        return urls.run_part(self.run.id, name, self.query.query(), experiment=self.home, **extra)

    def lines(self, **extra: object) -> str:
        """Where more lines of the log are asked for. They stay on the page as the view changes: the form `curves` tells it."""
        return urls.run_part(self.run.id, "terminal", experiment=self.home, **extra)

    @property
    def home(self) -> int | None:
        """The experiment on whose page the run is shown; None on the run's own."""
        return None if self.action == urls.run(self.run.id) else self.run.experiment_id

    @property
    def fields(self) -> str:
        """What there is to set above the charts: "" before the first metric, else the number of switches, and a letter for each field that
        only some runs have."""
        if not self.metrics:
            return ""
        some = {"f": self.many, "r": self.restarted, "t": self.has_tokens}
        return str(sum(len(group.chips) for group in self.chips)) + "".join(letter for letter, there in some.items() if there)


def status_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The panel without what costs: enough for the status block."""
    findings = tuple(run_store.list_findings(board.database, run.id, MAX_FINDINGS))
    return Panel(run, query, action, run.status in LIVE, findings, error=error_of(board, run))


def error_of(board: Board, run: RunRow) -> EventRow | None:
    """What a failed run failed of, as its log says."""
    events = events_of(board, run) if run.status == "failed" else ()
    return next((event for event in reversed(events) if event.kind in FAILURES), None)


def details_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The panel without its charts and its terminal: enough for the numbers beneath them."""
    metrics = tuple(series_store.list_metrics(board.database, run.id))
    dropped = dropped_of_run(board.database, run.id)
    return replace(status_panel(board, run, query, action), metrics=metrics, events=events_of(board, run), dropped=dropped)


def events_of(board: Board, run: RunRow) -> tuple[EventRow, ...]:
    return tuple(run_store.list_events(board.database, run.id, MAX_EVENTS))


def build_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The whole panel of one run. `action` is the page its form goes back to."""
    terminal = build_terminal(board, run, query, run.status in LIVE)
    return replace(charts_panel(board, run, query, action, terminal.at), terminal=terminal)


def charts_panel(board: Board, run: RunRow, query: ViewQuery, action: str, at: int | None = None) -> Panel:
    """The panel without its terminal: numbers, chips, charts. `at` is the byte of the log whose points are marked."""
    metrics = series_store.list_metrics(board.database, run.id)
    groups = group_rows(metrics)
    many = len(groups) >= FILTER_FROM
    if query.match:
        groups = [group for group in groups if query.match.lower() in group.name.lower()]
    shown, missing = choose_groups(groups, query.metrics)
    if list(query.metrics) == [group.name for group in choose_groups(groups, ())[0]]:
        query = replace(query, metrics=())  # the form sends every chip; the default needs none in the URL
    events = events_of(board, run)
    drawn = draw_charts(board.database, run, query, shown, metrics, events, query.at if at is None else at)
    problems = [f"This run has no metric “{visible(name)}”." for name in missing]
    has_tokens = tokens_metric(frozenset(row.name for row in metrics)) is not None
    if query.view.x == "tokens" and not has_tokens:
        problems.append("This run prints no count of tokens.")
    return replace(
        status_panel(board, run, query, action),
        metrics=tuple(metrics),
        chips=chip_groups(groups, shown),
        charts=drawn.charts,
        many=many,
        restarted=drawn.restarted,
        has_tokens=has_tokens,
        events=events,
        dropped=dropped_of_run(board.database, run.id),
        problems=(*query.problems, *problems),
    )


def chip_groups(groups: Sequence[MetricGroup], shown: Sequence[MetricGroup]) -> tuple[ChipGroup, ...]:
    """The switches of `groups` by prefix: the whole of it, or its first part where there are many and most would stand alone."""
    names = {group.name for group in shown}
    sizes = Counter(group.prefix for group in groups)
    scattered = len(groups) >= SCATTERED_FROM and 2 * sum(size == 1 for size in sizes.values()) > len(sizes)
    by_prefix: dict[str, list[Chip]] = {}
    for group in groups:
        prefix = group.prefix.partition("/")[0] if scattered else group.prefix
        label = group.name.removeprefix(prefix + "/")
        by_prefix.setdefault(prefix, []).append(Chip(group.name, visible(label), group.name in names, len(group.members)))
    return tuple(ChipGroup(visible(prefix), tuple(chips)) for prefix, chips in by_prefix.items())
