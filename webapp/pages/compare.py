"""The comparison of runs: curves overlaid, when each reached a level, numbers, parameters. The page is its URL."""

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.compare.choose import MOST_DRAWN, ChosenRuns, choose_runs
from webapp.compare.params import ParamRow, Params, compare_params, group_names, group_runs, telling_params
from webapp.compare.place import tokens_metric
from webapp.compare.query import CompareQuery, bare, read_compare_query
from webapp.compare.styles import Style, assign_styles, name_runs
from webapp.format import visible
from webapp.pages.compare_notes import axis_problems, view_problems
from webapp.pages.drawn import kind_of
from webapp.pages.files import etag, picture
from webapp.pages.groups import MetricGroup, choose_groups, group_rows
from webapp.pages.members import Compared
from webapp.pages.overlay import Overlay, draw_overlay, request_chart
from webapp.pages.panel import LIVE, ChipGroup, chip_groups
from webapp.pages.render import html, nothing_new
from webapp.store import lists
from webapp.store import runs as run_store
from webapp.store.rows import FindingRow, MetricRow, RunRow

AnyRequest = Request[Any, Any, Any]
SHOWN_CHARTS = 6
MANY_RUNS = 10  # with more runs than this only two charts are shown before anybody chose
FEW_CHARTS = 2
LOWER_IS_BETTER = re.compile(r"loss|perplexity|ppl|err|bpb|wer|cer", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One row of the table of runs, with the run's gravest finding.

    `params` are the values of the telling parameters; the links leave it out or make it the baseline.
    """

    row: RunRow
    finding: FindingRow | None
    name: str
    style: Style
    params: tuple[str | None, ...]
    without: str
    as_base: str
    is_base: bool


@dataclass(frozen=True, slots=True)
class SummaryCell:
    """A metric of a run in numbers. `apart` is how far its last value is from the baseline's; nan without one."""

    run: ComparedRun
    metric: MetricRow
    apart: float


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """One metric of the runs that have it; `lowest` is the lowest of their minima, nan where low is not better."""

    metric: str
    cells: tuple[SummaryCell, ...]
    lowest: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything the page shows.

    telling     names of the parameters shown beside each run
    groupable   parameters that make groups of several runs
    experiment  number and name of the experiment all of the runs belong to, if it is one
    hidden      runs that wait for "show all", or are more than a page can show
    best_by     what the runs shown are the best by, where others are hidden; "" where the order of the URL decides
    seen        changes whenever one of the runs does
    """

    query: CompareQuery
    plain: str
    experiment: tuple[int, str] | None
    runs: tuple[ComparedRun, ...]
    hidden: int
    best_by: str
    telling: tuple[str, ...]
    groupable: tuple[str, ...]
    has_tokens: bool
    chips: tuple[ChipGroup, ...]
    overlays: tuple[Overlay, ...]
    summary: tuple[SummaryTable, ...]
    params: Params
    problems: tuple[str, ...]
    live: bool
    seen: str


@dataclass(frozen=True, slots=True)
class ComparePage:
    """`/compare`."""

    template: ClassVar[str] = "compare.html"
    title: str
    comparison: Comparison
    fault: str
    refresh: bool


@get("/compare", sync_to_thread=True)
def show_comparison(board: TheBoard, request: AnyRequest) -> Response[Any]:
    query = query_of(request)
    return html(page_of(board, query), headers={"HX-Push-Url": urls.compare(query.query())})


@get("/compare/charts", sync_to_thread=True)
def show_compared_charts(board: TheBoard, request: AnyRequest) -> Response[Any]:
    """Charts, level and numbers, with the table of runs: what changes while a run of the comparison is live."""
    query = query_of(request)
    if request.query_params.get("seen") == seen_of(board, run_ids(board, query)):
        return nothing_new()
    return html(page_of(board, query), "charts")


def page_of(board: Board, query: CompareQuery) -> ComparePage:
    found = build_comparison(board, query)
    names = [row.name for row in found.runs]
    of_all = f" of {len(names) + found.hidden:,}" if found.hidden else ""
    few = 1 <= len(names) <= 2 and not of_all
    title = "Compare " + (" and ".join(names) if few else f"{len(names)}{of_all} runs")
    return ComparePage(title=title, comparison=found, fault=board.ingest.fault, refresh=found.live)


@get("/compare.svg", sync_to_thread=True, include_in_schema=False)
def show_compared_file(board: TheBoard, request: AnyRequest) -> Response[Any]:
    """The first chart of the comparison as a picture; `w`, `h` and `theme` as for the chart of a run."""
    query = query_of(request)
    wanted = run_ids(board, query)
    tag = etag(int(seen_of(board, wanted), 16), str(request.url.query), "svg")
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    shown = choose(board, query, wanted).shown
    compared = compare_runs(board, query, shown)
    charts, missing = choose_charts(shared_groups(compared), query, len(shown))
    if missing or not charts:
        raise NotFoundException(f"None of these runs has a metric {visible(missing[0])!r}." if missing else "There is nothing to draw.")
    chart = request_chart(board.database, compared, query, charts[0], 0, level=True)
    return picture(chart, request, headers)


def query_of(request: AnyRequest) -> CompareQuery:
    return read_compare_query(request.query_params.multi_items())


def run_ids(board: Board, query: CompareQuery) -> list[int]:
    """Numbers of every run asked for, those named first."""
    members = lists.run_ids_of(board.database, query.experiments, 100_000) if query.experiments else []
    return list(dict.fromkeys([*query.runs, *members]))


def seen_of(board: Board, wanted: Sequence[int]) -> str:
    """A text that changes whenever one of these runs changes, comes or goes."""
    versions = lists.runs_versions(board.database, wanted)
    return f"{zlib.crc32(repr(sorted(versions.items())).encode()):08x}"


def build_comparison(board: Board, query: CompareQuery) -> Comparison:
    wanted = run_ids(board, query)
    chosen = choose(board, query, wanted)
    shown = chosen.shown
    problems = [*query.problems, *chosen.problems]
    compared = compare_runs(board, query, shown)
    groups = shared_groups(compared)
    charts, missing = choose_charts(groups, query, len(shown))
    compared = replace(compared, extent=steps_of(compared, charts))
    problems += [f"None of these runs has a metric “{visible(name)}”." for name in missing]
    problems += [*view_problems(query, compared), *axis_problems(query, compared, charts)]
    params = compare_params(shown, query.all_params)
    telling = telling_params(params)
    noticed = run_store.gravest_findings(board.database, [run.id for run in shown])
    rows = tuple(compared_run(query, compared, run, place, telling, wanted, noticed.get(run.id)) for place, run in enumerate(shown))
    levelled = level_chart(compared, charts, query.level)
    return Comparison(
        query=query,
        plain=urls.compare(bare(query)),
        experiment=one_experiment(shown),
        runs=rows,
        hidden=chosen.hidden,
        best_by=" or ".join(sorted({run.best_metric for run in shown} - {""})) if chosen.hidden and query.experiments else "",
        telling=tuple(row.name for row in telling),
        groupable=group_names(shown),
        has_tokens=any(tokens_metric(frozenset(found)) for found in compared.metrics.values()),
        chips=chip_groups(groups, charts),
        overlays=tuple(
            draw_overlay(board.database, compared, query, group, number, level=number == levelled) for number, group in enumerate(charts)
        ),
        summary=tuple(summarize(query, compared, rows, metric) for group in charts for metric in group.members),
        params=params,
        problems=tuple(problems),
        live=any(run.status in LIVE for run in shown),
        seen=seen_of(board, wanted),
    )


def choose(board: Board, query: CompareQuery, wanted: Sequence[int]) -> ChosenRuns:
    """The runs to show; rows are read for these alone, an experiment may have thousands more."""
    most = MOST_DRAWN + 1 if query.show_all else len(query.runs) + MANY_RUNS + 1
    base = [query.base] if query.base is not None else []
    found = lists.read_runs(board.database, list(dict.fromkeys([*wanted[:most], *base])))
    named = [run for run in found if run.id in query.runs]
    members = [run for run in found if run.id in wanted and run.id not in query.runs]
    known = lists.known_experiments(board.database, query.experiments) if query.experiments else {}
    chosen = choose_runs(query, named, members, list(known))
    unread = max(0, len(wanted) - most)
    places = {ident: place for place, ident in enumerate(query.runs)}
    shown = sorted(chosen.shown, key=lambda run: (places.get(run.id, len(places)), not run.pinned, -run.id))  # whichever is best today
    return ChosenRuns(tuple(shown), chosen.hidden + unread, chosen.problems)


def compare_runs(board: Board, query: CompareQuery, runs: tuple[RunRow, ...]) -> Compared:
    groups = group_runs(runs, query.group) if query.group and any(query.group in run.params for run in runs) else ()
    styles = dict(assign_styles(run.id for run in runs))
    if groups:
        by_first = assign_styles(min(run.id for run in group.runs) for group in groups)
        styles = {run.id: by_first[min(other.id for other in group.runs)] for group in groups for run in group.runs}
    metrics = lists.metrics_of_runs(board.database, [run.id for run in runs])
    return Compared(
        runs=runs,
        names=name_runs(runs),
        styles=styles,
        metrics={ident: {row.name: row for row in rows} for ident, rows in metrics.items()},
        groups=groups,
        base=next((run for run in runs if run.id == query.base), None),
    )


def shared_groups(compared: Compared) -> list[MetricGroup]:
    """The charts there could be, those that more of the runs have first among equals."""
    names = Counter(name for found in compared.metrics.values() for name in found)
    groups = group_rows(row for found in compared.metrics.values() for row in found.values())
    shared = {group.name for group in groups if max(names[member] for member in group.members) > 1}
    return [group for group in groups if group.name in shared] + [group for group in groups if group.name not in shared]


def choose_charts(groups: Sequence[MetricGroup], query: CompareQuery, runs: int) -> tuple[list[MetricGroup], list[str]]:
    charts, missing = choose_groups(groups, query.page.metrics)
    if query.page.metrics and charts:
        return charts, missing
    return choose_groups(groups, ())[0][: SHOWN_CHARTS if runs <= MANY_RUNS else FEW_CHARTS], missing


def steps_of(compared: Compared, charts: Sequence[MetricGroup]) -> tuple[float, float] | None:
    """First and last step of everything these charts draw; None where none is known, or where a step and an epoch would share an axis."""
    names = {name for group in charts for name in group.members}
    rows = [row for found in compared.metrics.values() for name, row in found.items() if name in names and row.count]
    steps = [step for row in rows for step in (row.first_step, row.last_step) if math.isfinite(step)]
    return (min(steps), max(steps)) if steps and len({kind_of(row.step_source) for row in rows}) == 1 else None


def level_chart(compared: Compared, charts: Sequence[MetricGroup], level: float | None) -> int | None:
    """Number of the first chart whose values reach the level, or of the first one where none does; None without a level."""
    if level is None:
        return None

    def holds(group: MetricGroup) -> bool:
        rows = [found[name] for found in compared.metrics.values() for name in group.members if name in found]
        return any(row.min <= level <= row.max for row in rows)

    return next((number for number, group in enumerate(charts) if holds(group)), 0)


def compared_run(
    query: CompareQuery,
    compared: Compared,
    run: RunRow,
    place: int,
    telling: Sequence[ParamRow],
    wanted: Sequence[int],
    finding: FindingRow | None,
) -> ComparedRun:
    everyone = wanted if len(wanted) <= MOST_DRAWN else [other.id for other in compared.runs]
    others = tuple(ident for ident in everyone if ident != run.id)
    is_base = compared.base is not None and compared.base.id == run.id
    gone = {"base": None} if is_base else {}
    return ComparedRun(
        row=run,
        finding=finding,
        name=visible(compared.names[run.id]),
        style=compared.styles[run.id],
        params=tuple(row.values[place] for row in telling),
        without=urls.compare(query.query(runs=others, experiments=(), **gone)),
        as_base=urls.compare(query.query(base=None if is_base else run.id)),
        is_base=is_base,
    )


def one_experiment(runs: Sequence[RunRow]) -> tuple[int, str] | None:
    """The experiment all of the runs belong to, if it is one."""
    found = {(run.experiment_id, run.experiment) for run in runs}
    return found.pop() if len(found) == 1 else None


def summarize(query: CompareQuery, compared: Compared, rows: Sequence[ComparedRun], metric: str) -> SummaryTable:
    """One metric of every run in numbers, in the order asked for; what is not a number stands last."""
    base = compared.metrics[compared.base.id].get(metric) if compared.base else None
    cells = []
    for row in rows:
        found = compared.metrics[row.row.id].get(metric)
        if found:
            cells.append(SummaryCell(row, found, found.last - base.last if base else math.nan))
    column, falling = query.sort.removeprefix("-"), query.sort.startswith("-")
    if column == "name":
        cells.sort(key=lambda cell: cell.run.name.lower(), reverse=falling)
    elif column:
        cells.sort(key=lambda cell: getattr(cell.metric, column), reverse=falling)
        cells.sort(key=lambda cell: math.isnan(getattr(cell.metric, column)))
    minima = [cell.metric.min for cell in cells if not math.isnan(cell.metric.min)]
    return SummaryTable(metric, tuple(cells), min(minima) if len(minima) > 1 and LOWER_IS_BETTER.search(metric) else math.nan)
