"""Which charts a report shows, and what stands on each: one run's metrics, or one metric of several runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.charts.options import ChartRequest, Line, View
from webapp.compare.place import place_tokens, tokens_metric
from webapp.compare.styles import assign_styles, name_runs
from webapp.format import visible
from webapp.pages.groups import MetricGroup, choose_groups, group_rows
from webapp.report.content import RunContent
from webapp.store.rows import Series

FEW = 3  # with fewer charts each takes the width of the page; else the first one does, and the others stand in pairs
HEIGHT, SMALL_HEIGHT = 280, 215  # px; three rows of pairs fit on a page


@dataclass(frozen=True, slots=True)
class Drawing:
    """The charts to draw, those that could be drawn besides, and the names nothing was found for."""

    requests: tuple[ChartRequest, ...]
    others: tuple[str, ...]
    missing: tuple[str, ...]


def plan_charts(contents: Sequence[RunContent], view: View, wanted: Sequence[str] = (), *, hover: bool = True) -> Drawing:
    """The charts of one run, or of several on the same axes. `wanted` are metrics or charts, as in `metric=`; none = the usual ones."""
    groups = group_rows(row for content in contents for row in content.metrics)
    shown, missing = choose_groups(groups, wanted)
    drawn = [lines_of(contents, group, view) for group in shown]
    full = shared_extent([line.series for lines in drawn for line in lines]) if view.x == "step" else None
    requests = tuple(
        ChartRequest(
            ident=f"c{number}",
            title=visible(group.name),
            lines=lines,
            view=view,
            height=HEIGHT if number == 0 or len(shown) < FEW else SMALL_HEIGHT,
            events=contents[0].events if len(contents) == 1 else (),
            full=full,
            hover=hover,
        )
        for number, (group, lines) in enumerate(zip(shown, drawn, strict=True))
    )
    return Drawing(requests, tuple(group.name for group in groups if group not in shown), tuple(missing))


def lines_of(contents: Sequence[RunContent], group: MetricGroup, view: View) -> list[Line]:
    """The lines of one chart: a line for every series of the run, or for every series of every run."""
    if len(contents) == 1:
        return [line_of(contents[0], name, view, visible(name), place, place) for place, name in enumerate(group.members)]
    runs = [content.run for content in contents]
    styles, names = assign_styles(run.id for run in runs), name_runs(runs)
    lines = []
    for place, metric in enumerate(group.members):
        for content in contents:
            if any(row.name == metric for row in content.metrics):
                name, style = visible(names[content.run.id]), styles[content.run.id]
                label = name if place == 0 else f"{name} {visible(metric)}"
                lines.append(line_of(content, metric, view, label, style.color, style.member(place)))
    return lines


def line_of(content: RunContent, metric: str, view: View, label: str, color: int, dash: int) -> Line:
    series = content.read(metric)
    tokens = None
    if view.x == "tokens" and (counted := tokens_metric(frozenset(row.name for row in content.metrics))):
        tokens = place_tokens(series, content.read(counted))
    started = content.run.started_at.timestamp() if content.run.started_at else math.nan
    return Line(label, series, color=color % 10, dash=dash % 10, started=started, tokens=tokens)


def shared_extent(series: Sequence[Series]) -> tuple[float, float] | None:
    """The x that all charts span together; None where their steps do not mean the same, as a step and an epoch."""
    kinds = {one.source if one.source in ("epoch", "order") else "step" for one in series if len(one)}
    ends = [(float(np.nanmin(one.step)), float(np.nanmax(one.step))) for one in series if np.isfinite(one.step).any()]
    return (min(low for low, _ in ends), max(high for _, high in ends)) if ends and len(kinds) == 1 else None
