"""The runs of a comparison, and the lines that stand for them on a chart."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp import urls
from webapp.charts.options import Line, View
from webapp.compare.params import RunGroup
from webapp.compare.place import place_tokens, tokens_metric
from webapp.compare.styles import Style
from webapp.format import visible
from webapp.pages.groups import MetricGroup
from webapp.pages.lines import read_line
from webapp.store.database import Database
from webapp.store.rows import MetricRow, RunRow
from webapp.store.series import read_series


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


def read_members(database: Database, compared: Compared, view: View, group: MetricGroup) -> list[Member]:
    members = [read_member(database, compared, compared.runs, view, name, place) for place, name in enumerate(group.members)]
    return [member for member in members if member.lines]


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
                places=found.places,
            )
        )
        runs.append(run)
    return Member(metric, place, tuple(runs), tuple(lines))


def rows_of(compared: Compared, run: RunRow, view: View, names: Sequence[str]) -> list[MetricRow | None]:
    """The series that lines of these metrics are made from: they themselves, and the count of tokens where that is the axis."""
    rows = compared.metrics[run.id]
    counted = tokens_metric(frozenset(rows)) if view.x == "tokens" else None
    return [rows.get(name) for name in (*names, counted) if name]
