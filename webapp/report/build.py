"""From the contents of runs to a report: everything its template shows, and nothing else."""

import math
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from markupsafe import Markup

from webapp import __version__
from webapp.charts.files import draw_chart_file
from webapp.charts.options import ChartRequest, View
from webapp.charts.svg import Chart, draw_chart
from webapp.compare.params import Params, compare_params
from webapp.compare.reach import Reached
from webapp.compare.styles import name_runs
from webapp.report.charts import plan_charts
from webapp.report.content import RunContent
from webapp.store.rows import EventRow, FindingRow, MetricRow, RunRow
from webapp.terminal.ansi import line_html
from webapp.terminal.window import LogLine

LOWER_IS_BETTER = re.compile(r"loss|perplexity|ppl|err|bpb|wer|cer", re.IGNORECASE)
LINE = 240  # characters of a log line
IMAGE = (720, 272)  # px of a chart as a picture, for what draws no inline SVG with styles


@dataclass(frozen=True, slots=True)
class ReportChart:
    """A chart as inline SVG, or as a picture of its own where `image` is its address."""

    chart: Chart
    image: str = ""


@dataclass(frozen=True, slots=True)
class LogPart:
    """Lines of the log as safe markup; see `webapp.report.content.LogText`."""

    head: tuple[Markup, ...]
    tail: tuple[Markup, ...]
    left_out: int
    gone: str


@dataclass(frozen=True, slots=True)
class RunPart:
    """One run as the template shows it; `name` tells it from the others of the report."""

    run: RunRow
    name: str
    facts: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    metrics: tuple[MetricRow, ...]
    findings: tuple[FindingRow, ...]
    events: tuple[EventRow, ...]
    log: LogPart | None
    formats: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """One metric of several runs in numbers; `lowest` is the lowest minimum, nan where low is not better."""

    metric: str
    rows: tuple[tuple[str, MetricRow], ...]
    lowest: float


@dataclass(frozen=True, slots=True)
class LevelTable:
    """When each run reached a level, None = not at all; `counts` says what the steps of the runs are."""

    title: str
    counts: str
    rows: tuple[tuple[str, Reached | None], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The context of `report.html`.

    sheets   addresses of style sheets, for a page of the board, as `icon` is; `styles` is their text, for a file of its own
    links    what the page offers on the screen: (label, address)
    address  where the report came from, printed at its end
    """

    template: ClassVar[str] = "report.html"
    title: str
    runs: tuple[RunPart, ...]
    charts: tuple[ReportChart, ...]
    made_at: datetime
    summary: tuple[SummaryTable, ...] = ()
    params: Params | None = None
    levels: tuple[LevelTable, ...] = ()
    problems: tuple[str, ...] = ()
    version: str = __version__
    sheets: tuple[str, ...] = ()
    icon: str = ""
    styles: Markup | None = None
    links: tuple[tuple[str, str], ...] = ()
    address: str = ""


def build_report(
    contents: Sequence[RunContent],
    view: View,
    metrics: Sequence[str] = (),
    *,
    title: str = "",
    pictures: bool = False,
) -> Report:
    """The report of one run, or of several compared. `metrics` as in `metric=`; `pictures` draws charts as pictures of their own."""
    drawing = plan_charts(contents, view, metrics, hover=not pictures)
    shown = tuple(line.series.metric for request in drawing.requests for line in request.lines)
    return replace(
        outline(contents, shown, title),
        charts=tuple(draw(request, picture=pictures) for request in drawing.requests),
        problems=tuple(f"There is no metric “{name}”." for name in drawing.missing),
    )


def outline(contents: Sequence[RunContent], shown: Sequence[str], title: str = "") -> Report:
    """The report without its charts; `shown` are the metrics that stand on them."""
    runs = [content.run for content in contents]
    names = name_runs(runs)
    parts = tuple(run_part(content, names[content.run.id]) for content in contents)
    params = compare_params(runs, everything=False) if len(runs) > 1 else Params((), (), 0)
    return Report(
        title=title
        or (runs[0].name if len(runs) == 1 else " and ".join(names.values()) if len(runs) == 2 else f"{len(runs)} runs compared"),
        runs=parts,
        charts=(),
        summary=summarize(contents, names, shown) if len(runs) > 1 else (),
        params=params if params.rows or params.started or params.equal else None,
        made_at=datetime.now(UTC),
    )


def run_part(content: RunContent, name: str) -> RunPart:
    log = content.log
    lines = LogPart(tuple(map(show_line, log.head)), tuple(map(show_line, log.tail)), log.left_out, log.gone)
    return RunPart(
        run=content.run,
        name=name,
        facts=content.facts(),
        params=content.params(),
        metrics=content.metrics,
        findings=content.findings,
        events=content.events,
        log=lines if log.head or log.tail or log.gone else None,
        formats=content.formats,
        digest=log.sha256,
    )


def show_line(line: LogLine) -> Markup:
    """A line of the log as safe markup; a very long one is cut, since a report is no log."""
    text = line.text if len(line.text) <= LINE else f"{line.text[:LINE]} … ({len(line.text) - LINE:,} characters more)"
    return line_html(text)


def summarize(contents: Sequence[RunContent], names: dict[int, str], shown: Sequence[str]) -> tuple[SummaryTable, ...]:
    """A table for every metric on the charts that more than one run has."""
    tables = []
    for metric in dict.fromkeys(shown):
        rows = tuple((names[content.run.id], row) for content in contents for row in content.metrics if row.name == metric)
        minima = [row.min for _, row in rows if not math.isnan(row.min)]
        if len(rows) > 1:
            tables.append(SummaryTable(metric, rows, min(minima) if len(minima) > 1 and LOWER_IS_BETTER.search(metric) else math.nan))
    return tuple(tables)


def draw(request: ChartRequest, *, picture: bool) -> ReportChart:
    chart = draw_chart(request)
    if not picture:
        return ReportChart(chart)
    svg = draw_chart_file(request, width=IMAGE[0], height=IMAGE[1])
    return ReportChart(chart, f"data:image/svg+xml;base64,{b64encode(svg).decode()}")
