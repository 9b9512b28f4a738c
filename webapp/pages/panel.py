"""The selected run as both pages show it: its numbers, its terminal window, and the charts beneath."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from webapp import urls
from webapp.board import Board
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import Chart, draw_chart
from webapp.format import visible
from webapp.pages.groups import MetricGroup, choose_groups, group_metrics
from webapp.pages.terminal import Terminal, build_terminal
from webapp.store import runs as run_store
from webapp.store import series as series_store
from webapp.store.rows import EventRow, FindingRow, MetricRow, RunRow, Series
from webapp.view import ViewQuery

LIVE = ("running", "stalled", "waiting")
NO_TERMINAL = Terminal()
MAX_EVENTS = 200
OVERVIEW_FROM = 200_000  # points from which on a series is read by the shapes of its blocks, or by the blocks of the zoom
FILTER_FROM = 15  # charts from which on they can be filtered by name
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
class PanelChart:
    """A drawn chart, and the files it can be taken away as: (what it is called, its address)."""

    chart: Chart
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything the run panel of a page shows; a fragment fills only its part.

    charts     empty while the run has no metric
    many       the run has so many charts that they can be filtered by name
    restarted  steps repeat, so that attempts can be told apart
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
    terminal: Terminal = NO_TERMINAL
    events: tuple[EventRow, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def line_link(self) -> str:
        """The page at a line of the log, up to the byte offset."""
        return self.action + urls.join_query(self.query.query(at=None, find="", hit=0), {"at": ""})

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

    @property
    def chip_count(self) -> int:
        return sum(len(group.chips) for group in self.chips)


def status_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The panel without what costs: enough for the status block."""
    return Panel(run, query, action, run.status in LIVE, tuple(run_store.list_findings(board.database, run.id, MAX_FINDINGS)))


def build_panel(board: Board, run: RunRow, query: ViewQuery, action: str) -> Panel:
    """The whole panel of one run. `action` is the page its form goes back to."""
    terminal = build_terminal(board, run, query, run.status in LIVE)
    return replace(charts_panel(board, run, query, action, terminal.at), terminal=terminal)


def charts_panel(board: Board, run: RunRow, query: ViewQuery, action: str, at: int | None = None) -> Panel:
    """The panel without its terminal: numbers, chips, charts. `at` is the byte of the log whose points are marked."""
    metrics = series_store.list_metrics(board.database, run.id)
    groups = group_metrics([row.name for row in metrics], frozenset(row.name for row in metrics if row.count == 1))
    many = len(groups) >= FILTER_FROM
    if query.match:
        groups = [group for group in groups if query.match.lower() in group.name.lower()]
    shown, missing = choose_groups(groups, query.metrics)
    if list(query.metrics) == [group.name for group in choose_groups(groups, ())[0]]:
        query = replace(query, metrics=())  # the form sends every chip; the default needs none in the URL
    events = run_store.list_events(board.database, run.id, MAX_EVENTS)
    long = frozenset(row.name for row in metrics if row.count >= OVERVIEW_FROM)
    charts, restarted = draw_charts(board, run, query, shown, events, query.at if at is None else at, long)
    return replace(
        status_panel(board, run, query, action),
        metrics=tuple(metrics),
        chips=chip_groups(groups, shown),
        charts=charts,
        many=many,
        restarted=restarted,
        events=tuple(events),
        problems=query.problems + tuple(f"This run has no metric “{visible(name)}”." for name in missing),
    )


def draw_charts(
    board: Board,
    run: RunRow,
    query: ViewQuery,
    groups: Sequence[MetricGroup],
    events: Sequence[EventRow],
    at: int | None,
    long: frozenset[str] = frozenset(),
) -> tuple[tuple[PanelChart, ...], bool]:
    """The charts of one run, each group one chart, all over the same x; and whether the run was restarted, so that steps repeat.

    `long` names the series that are too long to be read whole for every look.
    """
    started = run.started_at.timestamp() if run.started_at else math.nan
    link = urls.run(run.id, urls.join_query(query.query(at=None, find="", hit=0), {"at": ""}))
    drawn = [
        [
            Line(visible(name), read_points(board, run.id, name, query.view, name in long), color=i % 10, dash=i % 10, started=started)
            for i, name in enumerate(group.members)
        ]
        for group in groups
    ]
    whole = [line.series for lines in drawn for line in lines]
    if long and (query.view.lo is not None or query.view.hi is not None):
        whole += [series_store.read_overview(board.database, run.id, name) for group in groups for name in group.members if name in long]
    full = shared_extent(whole) if query.view.x == "step" else None
    charts = []
    for number, (group, lines) in enumerate(zip(groups, drawn, strict=True)):
        chart = draw_chart(ChartRequest(f"c{number}", visible(group.name), lines, query.view, events, 520, link=link, full=full, at=at))
        charts.append(PanelChart(chart, chart_files(run.id, group.name, query)))
    return tuple(charts), any(len(line.series.segments()) > 1 for lines in drawn for line in lines)


def read_points(board: Board, run_id: int, name: str, view: View, long: bool) -> Series:
    """A series as the view needs it: all points where smoothing or another axis does, else of a long one its shape or the zoom's part."""
    if not long or view.smooth or view.x != "step":
        return series_store.read_series(board.database, run_id, name)
    if view.lo is None and view.hi is None:
        return series_store.read_overview(board.database, run_id, name)
    return series_store.read_series(board.database, run_id, name, view.lo, view.hi)


def shared_extent(series: Sequence[Series]) -> tuple[float, float] | None:
    """The x that all series together span; None where their steps do not mean the same, as a step and an epoch."""
    kinds = {one.source if one.source in ("epoch", "order") else "step" for one in series if len(one)}
    ends = [(float(np.nanmin(one.step)), float(np.nanmax(one.step))) for one in series if np.isfinite(one.step).any()]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends and len(kinds) == 1 else None


def chart_files(run_id: int, name: str, query: ViewQuery) -> tuple[tuple[str, str], ...]:
    """The chart as a picture, its drawn points and all its points."""
    view = replace(query, metrics=(), runs=(), at=None, find="", table=()).query()
    return (
        ("SVG", urls.chart_file(run_id, name, "svg", view)),
        ("CSV as drawn", urls.chart_file(run_id, name, "csv", urls.join_query(view, {"points": query.view.points}))),
        ("CSV, all points", urls.chart_file(run_id, name, "csv")),
        ("JSON", urls.chart_file(run_id, name, "json")),
    )


def chip_groups(groups: Sequence[MetricGroup], shown: Sequence[MetricGroup]) -> tuple[ChipGroup, ...]:
    names = {group.name for group in shown}
    by_prefix: dict[str, list[Chip]] = {}
    for group in groups:
        label = group.name.removeprefix(group.prefix + "/")
        by_prefix.setdefault(group.prefix, []).append(Chip(group.name, visible(label), group.name in names, len(group.members)))
    return tuple(ChipGroup(visible(prefix), tuple(chips)) for prefix, chips in by_prefix.items())
