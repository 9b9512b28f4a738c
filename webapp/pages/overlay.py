"""The charts of a comparison: one metric of several runs on a chart, as it is, as means of groups, or as differences to a baseline."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.charts.curves import smoothing_of, trace_curve
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.ranks import Tails
from webapp.charts.scene import clip_tails
from webapp.charts.svg import Chart, draw_chart
from webapp.compare.difference import Baseline, baseline_of, subtract_base
from webapp.compare.means import Mean, mean_of
from webapp.compare.query import CompareQuery
from webapp.compare.styles import Style
from webapp.format import counted, visible
from webapp.pages.groups import MetricGroup
from webapp.pages.levels import LevelTable, level_table
from webapp.pages.lines import data_key
from webapp.pages.members import Compared, Member, read_member, read_members, rows_of
from webapp.pages.recent import RECENT
from webapp.store.database import Database
from webapp.store.rows import RunRow

OVERLAY_BYTES, MEAN_BYTES = 16_384, 160_000  # of a kept chart beside its markup, and of a kept mean, about
FLAT = 0.1  # share of the height of a plot; a line that stays within it shows no shape
BANDS = {"minmax": "lowest to highest", "sd": "one standard deviation", "ci": "95 % confidence interval"}


@dataclass(frozen=True, slots=True)
class Flattened:
    """Why half of the lines of a chart lie at its lower edge.

    top       the value that another line rises to
    usual     the highest value of any of those lines
    run       number of the run that the other line is of; None where it is the mean of several
    positive  whether a log scale can show every value
    """

    top: float
    usual: float
    run: int | None
    positive: bool


@dataclass(frozen=True, slots=True)
class Overlay:
    """One chart of the comparison. `dashes` says which metric has which dash, where the chart has more than one."""

    chart: Chart
    group: MetricGroup
    dashes: tuple[tuple[str, int], ...]
    levels: tuple[LevelTable, ...]
    flattened: Flattened | None = None


def draw_overlay(database: Database, compared: Compared, query: CompareQuery, group: MetricGroup, number: int, *, level: bool) -> Overlay:
    """One chart; the one that is at hand where none of its runs has changed. `level` tells whether the level of the query belongs to it."""
    return RECENT.get(
        overlay_key(database, compared, query, group, number, level=level),
        lambda: draw_overlay_now(database, compared, query, group, number, level=level),
        lambda found: sys.getsizeof(found.chart.svg) + OVERLAY_BYTES,
        of=("overlay", str(database.path), repr(query), group.name, number, level),
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
    request = request_chart(database, compared, query, group, number, level=level)
    chart = draw_chart(request)
    there = [name for name in group.members if any(name in rows for rows in compared.metrics.values())]
    dashes = tuple((visible(name), Style(0).member(group.members.index(name))) for name in there) if len(there) > 1 else ()
    return Overlay(
        chart, group, dashes, levels, find_flattened(request.lines, chart) if "y" not in view.log and compared.base is None else None
    )


def find_flattened(lines: Sequence[Line], chart: Chart) -> Flattened | None:
    """Half of the lines stay in the lowest part of the plot, because of another one."""
    known = sorted((high, low, line.series.run_id) for line, (low, high) in zip(lines, chart.ranges, strict=True) if math.isfinite(high))
    if len(known) < 2:
        return None
    usual, (highest, _, run) = known[(len(known) - 1) // 2][0], known[-1]
    if not 0 < usual < FLAT * min(highest, chart.y1):
        return None
    return Flattened(highest, usual, run if run > 0 else None, min(low for _, low, _ in known) > 0)


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
        tails=None if means or base else find_clipped(database, compared, view, group, lines),
    )


def find_clipped(database: Database, compared: Compared, view: View, group: MetricGroup, lines: Sequence[Line]) -> Tails | None:
    """What clipping leaves out of the lines as they are; a look at every value, which other changes of the view spare themselves."""
    if not view.clip or view.lo is not None or view.hi is not None:
        return None
    data = [(data_key(database, run, *rows_of(compared, run, view, group.members)), run.started_at) for run in compared.runs]
    key = ("clipped", repr((data, view.x, view.attempts, view.log)))
    return RECENT.get(
        key,
        lambda: clip_tails([trace_curve(line, replace(view, smooth=0.0), 0.0) for line in lines], "y" in view.log),
        lambda found: found.below.nbytes + found.above.nbytes if found else 0,
    )


def shared_view(query: CompareQuery) -> View:
    """The view on an axis that runs share: the clock is none for a mean or a difference, time since the start is."""
    alone = query.base is None and not query.group
    return query.view if alone or query.view.x != "time" else replace(query.view, x="relative")


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
        if len(mean.line.series) or (mean.line.lost and mean.line.lost.runs):
            out.append(replace(mean, line=replace(mean.line, dash=style.member(place))))
    return out


def note_of(means: Sequence[Mean], compared: Compared, query: CompareQuery) -> str:
    """What was done before the chart got its points."""
    notes = []
    if compared.base is not None:
        notes.append(f"difference to {visible(compared.names[compared.base.id])} at the same x")
    if means:
        lines, points = sum(mean.runs for mean in means), sum(mean.points for mean in means)
        parts = [f"means by {visible(query.group)} of {counted(lines, 'line')} with {counted(points, 'point')}"]
        parts += [f"EMA {query.view.smooth:g} on each"] if query.view.smooth else []
        parts += [f"each averaged over {query.view.points:,} bins of x"] if any(mean.binned for mean in means) else []
        parts += [f"area: {BANDS[query.band]}"] if any(mean.area for mean in means) else []
        lost = sum(len(mean.line.lost.x) for mean in means if mean.line.lost)
        parts += [f"without {counted(lost, 'value')} that {'is no number' if lost == 1 else 'are no numbers'}"] if lost else []
        notes.append(", ".join(parts))
    return "; ".join(notes)
