"""The charts of a comparison: one metric of several runs on a chart, as it is, as means of groups, or as differences to a baseline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from webapp import urls
from webapp.charts.curves import smoothing_of
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.smooth import smooth_values
from webapp.charts.svg import Chart, draw_chart
from webapp.compare.difference import Baseline, baseline_of, subtract_base
from webapp.compare.means import Mean, mean_of
from webapp.compare.params import RunGroup
from webapp.compare.place import place_tokens, tokens_metric
from webapp.compare.query import CompareQuery
from webapp.compare.reach import Reached, first_at, is_falling, reach
from webapp.compare.styles import Style
from webapp.format import count, visible
from webapp.pages.groups import MetricGroup
from webapp.pages.lines import all_values, data_key, read_line, read_shape
from webapp.pages.recent import RECENT
from webapp.store.blocks import FULL
from webapp.store.database import Database
from webapp.store.rows import MetricRow, RunRow
from webapp.store.series import read_points, read_series

OVERLAY_BYTES, MEAN_BYTES = 16_384, 160_000  # of a kept chart beside its markup, and of a kept mean, about
BANDS = {"minmax": "lowest to highest", "sd": "one standard deviation", "ci": "95 % confidence interval"}


@dataclass(frozen=True, slots=True)
class Compared:
    """The runs of a comparison with what tells them apart.

    metrics  the series of each run, by name
    extent   first and last step of what is drawn, which all charts of the page span
    """

    runs: tuple[RunRow, ...]
    names: Mapping[int, str]
    styles: Mapping[int, Style]
    metrics: Mapping[int, Mapping[str, MetricRow]]
    groups: tuple[RunGroup, ...] = ()
    base: RunRow | None = None
    extent: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """The lines of one metric on a chart, a line for each run that has it."""

    metric: str
    place: int
    runs: tuple[RunRow, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LevelRow:
    """When one run reached the level, None = not at all; how many times the steps of the first and the time of the fastest that took."""

    run_id: int
    reached: Reached | None
    steps_factor: str
    time_factor: str


@dataclass(frozen=True, slots=True)
class LevelTable:
    """When each run reached the level, the first one in steps on top."""

    metric: str
    level: float
    falling: bool
    rows: tuple[LevelRow, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """One chart of the comparison. `dashes` says which metric has which dash, where the chart has more than one."""

    chart: Chart
    group: MetricGroup
    dashes: tuple[tuple[str, int], ...]
    levels: tuple[LevelTable, ...]


def draw_overlay(database: Database, compared: Compared, query: CompareQuery, group: MetricGroup, number: int, *, level: bool) -> Overlay:
    """One chart; the one that is at hand where none of its runs has changed. `level` tells whether the level of the query belongs to it."""
    return RECENT.get(
        overlay_key(database, compared, query, group, number, level=level),
        lambda: draw_overlay_now(database, compared, query, group, number, level=level),
        lambda found: len(found.chart.svg) + OVERLAY_BYTES,
    )


def overlay_key(
    database: Database, compared: Compared, query: CompareQuery, group: MetricGroup, number: int, *, level: bool
) -> tuple[str, ...]:
    """Everything that the chart is made from."""
    runs = []
    for run in compared.runs:
        data = data_key(database, run, *rows_of(compared, run, query.view, group.members))
        runs.append((data, compared.names[run.id], compared.styles[run.id], run.started_at))
    groups = [(made.label, [run.id for run in made.runs]) for made in compared.groups]
    asked = (query.view, query.group, query.band, query.base, query.level if level else None)
    return "overlay", repr((runs, groups, asked, compared.extent, group, number))


def draw_overlay_now(
    database: Database, compared: Compared, query: CompareQuery, group: MetricGroup, number: int, *, level: bool
) -> Overlay:
    view, levels = shared_view(query), ()
    if level and query.level is not None:
        members = read_members(database, compared, view, group)
        levels = tuple(level_table(database, compared, member, view, query.level) for member in members)
    chart = draw_chart(request_chart(database, compared, query, group, number, level=level))
    there = [name for name in group.members if any(name in rows for rows in compared.metrics.values())]
    dashes = tuple((visible(name), Style(0).member(group.members.index(name))) for name in there) if len(there) > 1 else ()
    return Overlay(chart, group, dashes, levels)


def request_chart(
    database: Database, compared: Compared, query: CompareQuery, group: MetricGroup, number: int, *, level: bool
) -> ChartRequest:
    """The lines of the chart as they are, as differences, as means, or as means of differences. The same chart may be a file of its own."""
    view, base = shared_view(query), compared.base
    means: list[Mean] = []
    lines: list[Line] = []
    if compared.groups:
        means = [mean for place, name in enumerate(group.members) for mean in take_means(database, compared, query, view, name, place)]
        lines = [mean.line for mean in means]
    else:
        for member in read_members(database, compared, view, group):
            lines += member.lines if base is None else subtract(database, compared, base, member, view)
    return ChartRequest(
        ident=f"c{number}",
        title=visible(group.name) + (f" − {visible(compared.names[base.id])}" if base else ""),
        lines=lines,
        view=replace(view, smooth=0.0) if means else view,
        full=compared.extent if view.x == "step" else None,
        areas=[mean.area for mean in means if mean.area],
        level=query.level if level and base is None else None,
        note=note_of(means, compared, query),
    )


def read_members(database: Database, compared: Compared, view: View, group: MetricGroup) -> list[Member]:
    members = [read_member(database, compared, compared.runs, view, name, place) for place, name in enumerate(group.members)]
    return [member for member in members if member.lines]


def shared_view(query: CompareQuery) -> View:
    """The view on an axis that runs share: the clock is none for a mean or a difference, time since the start is."""
    alone = query.base is None and not query.group
    return query.view if alone or query.view.x != "time" else replace(query.view, x="relative")


def read_member(
    database: Database, compared: Compared, chosen: Sequence[RunRow], view: View, metric: str, place: int, *, whole: bool = False
) -> Member:
    """The lines of one metric, of those of the chosen runs that have it; with `whole`, of every point."""
    runs, lines = [], []
    for run in chosen:
        rows = compared.metrics[run.id]
        if metric not in rows:
            continue
        found = read_line(database, run, rows[metric], view, whole=whole)
        tokens = None
        if view.x == "tokens" and (counted := tokens_metric(frozenset(rows))):
            tokens = place_tokens(found.series, read_series(database, run.id, counted))
        style, name = compared.styles[run.id], visible(compared.names[run.id])
        lines.append(
            Line(
                label=name if place == 0 else f"{name} {visible(metric)}",
                series=found.series,
                color=style.color,
                dash=style.member(place),
                started=run.started_at.timestamp() if run.started_at else math.nan,
                link=urls.run(run.id, "?at="),
                tokens=tokens,
                smoothed=found.smoothed,
                whole=found.whole,
            )
        )
        runs.append(run)
    return Member(metric, place, tuple(runs), tuple(lines))


def level_table(database: Database, compared: Compared, member: Member, view: View, level: float) -> LevelTable:
    metrics = [compared.metrics[run.id][member.metric] for run in member.runs]
    falling = is_falling([row.first for row in metrics], level)
    lines = zip(member.runs, member.lines, metrics, strict=True)
    reached = [reach_level(database, run, member, line, row, view, level, falling) for run, line, row in lines]
    there = [found for found in reached if found]
    fewest = min((found.step for found in there if found.step > 0), default=math.nan)
    fastest = min((found.elapsed_s for found in there if found.elapsed_s > 0), default=math.nan)
    rows = []
    for run, found in zip(member.runs, reached, strict=True):
        steps, time = (found.step / fewest, found.elapsed_s / fastest) if found else (math.nan, math.nan)
        rows.append(LevelRow(run.id, found, times(steps), times(time)))
    rows.sort(key=lambda row: row.reached.step if row.reached else math.inf)
    return LevelTable(member.metric, level, falling, tuple(rows))


def reach_level(
    database: Database, run: RunRow, member: Member, line: Line, row: MetricRow, view: View, level: float, falling: bool
) -> Reached | None:
    """When one run reached the level. Of a long run, whose line is only its shape, all values that may be the first are looked through."""
    if view.lo is not None or view.hi is not None:
        line = replace(line, series=read_series(database, run.id, member.metric), smoothed=None)
    if len(line.series) == line.series.total:
        return reach(line, member.lines, view, level, falling)
    found = first_beyond(database, run, row, view.smooth, level, falling)
    if found is None:
        return None
    number, value = found
    point = read_points(database, run.id, member.metric, number, number + 1)
    return Reached(float(point.step[0]), float(point.epoch[0]), float(point.time[0]) - line.started, value, int(point.offset[0]))


def first_beyond(database: Database, run: RunRow, row: MetricRow, smooth: float, level: float, falling: bool) -> tuple[int, float] | None:
    """Which point of a long series is the first at or beyond the level, and with which value.

    The shape, which has the extremes of every block, tells the block; smoothed, every value counts.
    """
    start = 0
    if smooth:
        values = smooth_values(all_values(database, run, row), smooth)
    else:
        shape, places = read_shape(database, run, row)
        near = first_at(shape.value, level, falling)
        if near is None:
            return None
        last = int(places[near])
        start = max(0, last - FULL)
        values = read_points(database, run.id, row.name, start, last + 1).value
    number = first_at(values, level, falling)
    return None if number is None else (start + number, float(values[number]))


def times(factor: float) -> str:
    """1.52×; "" where it is unknown, or for the one that all are measured by."""
    return f"{factor:.3g}×" if math.isfinite(factor) and factor != 1 else ""


def subtract(database: Database, compared: Compared, base: RunRow, member: Member, view: View) -> list[Line]:
    """The lines as differences to the baseline; none where the baseline has no such metric."""
    found = next((line for run, line in zip(member.runs, member.lines, strict=True) if run.id == base.id), None)
    if found is None:
        return []
    below = find_baseline(database, compared, base, member, view, smoothing_of(found, member.lines, view))
    return [subtract_base(line, below, member.lines, view) for line in member.lines]


def find_baseline(database: Database, compared: Compared, base: RunRow, member: Member, view: View, smooth: float) -> Baseline:
    """The baseline of one metric, of all its points."""

    def read() -> Baseline:
        unsmoothed = replace(view, smooth=0.0)
        (line,) = read_member(database, compared, [base], unsmoothed, member.metric, member.place, whole=True).lines
        return baseline_of(line, view, smooth)

    data = data_key(database, base, *rows_of(compared, base, view, (member.metric,)))
    return RECENT.get(("baseline", *data, repr((view.x, smooth, base.started_at))), read, lambda found: 3 * found.x.nbytes)


def take_means(database: Database, compared: Compared, query: CompareQuery, view: View, metric: str, place: int) -> list[Mean]:
    """A mean for every group that has the metric; it is made from every point, and kept as what it is made from stays the same."""
    out = []
    for number, group in enumerate(compared.groups):
        runs = [run for run in group.runs if metric in compared.metrics[run.id]]
        if not runs:
            continue
        style = compared.styles[group.runs[0].id]
        label = visible(group.label) + ("" if place == 0 else f" {visible(metric)}") + (f" ({len(runs)} runs)" if len(runs) > 1 else "")

        def make(runs: list[RunRow] = runs, label: str = label, color: int = style.color, ident: int = -1 - number) -> Mean:
            base = compared.base
            both = [*runs, base] if base and base not in runs else runs
            member = read_member(database, compared, both, view, metric, place, whole=True)
            lines: Sequence[Line] = member.lines if base is None else subtract(database, compared, base, member, view)
            return mean_of(lines[: len(runs)], view, query.band, label, color, ident)

        data = [(data_key(database, run, *rows_of(compared, run, view, (metric,))), run.started_at) for run in runs]
        asked = (view.x, view.smooth, view.points, "x" in view.log, query.band, label, style.color, number)
        above = compared.base and data_key(database, compared.base, *rows_of(compared, compared.base, view, (metric,)))
        mean = RECENT.get(("mean", repr((data, asked, above))), make, lambda found: MEAN_BYTES)
        if len(mean.line.series):
            out.append(replace(mean, line=replace(mean.line, dash=style.member(place))))
    return out


def rows_of(compared: Compared, run: RunRow, view: View, names: Sequence[str]) -> list[MetricRow | None]:
    """The series that lines of these metrics are made from: they themselves, and the count of tokens where that is the axis."""
    rows = compared.metrics[run.id]
    counted = tokens_metric(frozenset(rows)) if view.x == "tokens" else None
    return [rows.get(name) for name in (*names, counted) if name]


def note_of(means: Sequence[Mean], compared: Compared, query: CompareQuery) -> str:
    """What was done before the chart got its points."""
    notes = []
    if compared.base is not None:
        notes.append(f"difference to {visible(compared.names[compared.base.id])} at the same x")
    if means:
        lines, points = sum(mean.runs for mean in means), sum(mean.points for mean in means)
        parts = [f"means by {visible(query.group)} of {count(lines)} lines with {count(points)} points"]
        parts += [f"EMA {query.view.smooth:g} on each"] if query.view.smooth else []
        parts += [f"each averaged over {query.view.points:,} bins of x"] if any(mean.binned for mean in means) else []
        parts += [f"area: {BANDS[query.band]}"] if any(mean.area for mean in means) else []
        notes.append(", ".join(parts))
    return "; ".join(notes)
