"""The charts of one run, read and drawn.

A drawn chart is kept for a minute (see `recent`) under everything it was made from: the numbers of its series, the view, the x axis it
shares. So a poll draws what new points have changed, and takes the rest as it is. The x axis of a live run has room to grow, because
each step of it is a step of every chart.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from webapp import urls
from webapp.charts.options import ChartRequest, Line
from webapp.charts.svg import Chart, draw_chart
from webapp.compare.place import place_tokens, tokens_metric
from webapp.format import visible
from webapp.pages.groups import MetricGroup
from webapp.pages.lines import ReadLine, data_key, read_line, read_shape
from webapp.pages.recent import RECENT
from webapp.store.database import Database
from webapp.store.rows import EventRow, MetricRow, RunRow, Series
from webapp.store.runs import LIVE
from webapp.view import ViewQuery

LONG = 200_000  # points above which a series is read by the shapes of its blocks, or by the blocks of the zoom
WIDTH = 520  # pixels a chart of the run page has at least, where two stand side by side
SHARES = 32  # the x axis of a live run grows by a power of two that is at most this part of it
CHART_BYTES, SPAN_BYTES = 16_384, 1024  # of a kept thing beside its markup, about


@dataclass(frozen=True, slots=True)
class PanelChart:
    """A drawn chart, and the files it can be taken away as: (what it is called, its address)."""

    chart: Chart
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The charts of a page; `restarted` tells whether steps repeat, so that attempts can be told apart."""

    charts: tuple[PanelChart, ...] = ()
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Which steps a series has: what they count (step, epoch, order), the lowest and the highest, whether they repeat."""

    kind: str
    low: float
    high: float
    restarted: bool


def draw_charts(
    database: Database,
    run: RunRow,
    query: ViewQuery,
    groups: Sequence[MetricGroup],
    metrics: Sequence[MetricRow],
    events: Sequence[EventRow] = (),
    at: int | None = None,
) -> Drawn:
    """A chart for each group, all over the same x.

    metrics  the series of the run in numbers
    at       byte of the log whose points are marked
    """
    found = RunSeries(database, run, query, metrics)
    spans = [found.span(name) for group in groups for name in group.members]
    full = shared_extent(spans) if query.view.x == "step" else None
    if full and run.status in LIVE:
        full = room_to_grow(*full)
    link = urls.run(run.id, urls.join_query(query.query(at=None, find="", hit=0), {"at": ""}))
    charts = []
    for number, group in enumerate(groups):
        plan = ChartRequest(f"c{number}", visible(group.name), (), query.view, events, WIDTH, link=link, full=full, at=at)
        charts.append(PanelChart(found.chart(plan, group.members), chart_files(run.id, group.name, query)))
    return Drawn(tuple(charts), any(span.restarted for span in spans))


class RunSeries:
    """The series of one run as a view needs them; each is read at most once, and only if something has to be drawn from it."""

    def __init__(self, database: Database, run: RunRow, query: ViewQuery, metrics: Sequence[MetricRow]) -> None:
        self.database = database
        self.run = run
        self.view = query.view
        self.rows = {row.name: row for row in metrics}
        self.counted = tokens_metric(frozenset(self.rows)) if self.view.x == "tokens" else None
        self.started = run.started_at.timestamp() if run.started_at else math.nan
        self._read: dict[str, ReadLine] = {}

    def chart(self, plan: ChartRequest, members: Sequence[str]) -> Chart:
        """The chart that `plan` describes, with a line for each of `members`."""
        names = [*members, self.counted] if self.counted else members
        return RECENT.get(
            (*self._key("chart", names), repr(plan)),
            lambda: draw_chart(replace(plan, lines=[self._line(place, name) for place, name in enumerate(members)])),
            lambda chart: sys.getsizeof(chart.svg) + CHART_BYTES,
            of=("chart", str(self.database.path), self.run.id, plan.ident, plan.link, plan.at),
        )

    def span(self, name: str) -> Span:
        of = ("span", str(self.database.path), self.run.id, name)
        return RECENT.get(self._key("span", [name]), lambda: span_of(self._shape(name)), lambda _: SPAN_BYTES, of)

    def _key(self, kind: str, names: Sequence[str]) -> tuple[str, ...]:
        return kind, *data_key(self.database, self.run, *(self.rows[name] for name in names))

    def _line(self, place: int, name: str) -> Line:
        found = self._points(name)
        tokens = place_tokens(found.series, self._points(self.counted).series) if self.counted else None
        return Line(
            label=visible(name),
            series=found.series,
            color=place % 10,
            dash=place % 10,
            started=self.started,
            tokens=tokens,
            smoothed=found.smoothed,
            whole=found.whole,
            places=found.places,
        )

    def _points(self, name: str) -> ReadLine:
        if name not in self._read:
            self._read[name] = read_line(self.database, self.run, self.rows[name], self.view, long=LONG)
        return self._read[name]

    def _shape(self, name: str) -> Series:
        """Points from the first to the last."""
        row = self.rows[name]
        return read_shape(self.database, self.run, row)[0] if row.count > LONG else self._points(name).series


def span_of(series: Series) -> Span:
    known = series.step[np.isfinite(series.step)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)
    return Span(kind_of(series.source) if len(series) else "", low, high, len(series.segments()) > 1)


def kind_of(source: str) -> str:
    """What the steps of a series count, by where they come from: epoch, order, or step."""
    return source if source in ("epoch", "order") else "step"


def shared_extent(spans: Sequence[Span]) -> tuple[float, float] | None:
    """The x that all series together span; None where their steps do not mean the same, as a step and an epoch."""
    known = [span for span in spans if not math.isnan(span.low)]
    if not known or len({span.kind for span in spans if span.kind}) != 1:
        return None
    return min(span.low for span in known), max(span.high for span in known)


def room_to_grow(low: float, high: float) -> tuple[float, float]:
    """The same with up to a sixteenth of room behind it; stays as it is until the room is used up."""
    if not 0 < high - low < math.inf:
        return low, high
    part = 2.0 ** math.ceil(math.log2((high - low) / SHARES))
    return low, low + math.ceil((high - low) / part) * part


def chart_files(run_id: int, name: str, query: ViewQuery) -> tuple[tuple[str, str], ...]:
    """The chart as a picture, its drawn points and all its points."""
    view = replace(query, metrics=(), runs=(), at=None, find="", table=()).query()
    return (
        ("SVG", urls.chart_file(run_id, name, "svg", view)),
        ("CSV as drawn", urls.chart_file(run_id, name, "csv", urls.join_query(view, {"points": query.view.points}))),
        ("CSV, all points", urls.chart_file(run_id, name, "csv")),
        ("JSON", urls.chart_file(run_id, name, "json")),
    )
