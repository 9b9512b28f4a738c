"""The table of runs: of one experiment, or of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request

from webapp import urls
from webapp.board import Board
from webapp.compare.choose import MOST_DRAWN
from webapp.compare.styles import Style, own_color
from webapp.format import visible
from webapp.pages.panel import LIVE
from webapp.pages.sparkline import Sparkline, draw_sparkline
from webapp.store import lists
from webapp.store import runs as run_store
from webapp.store.rows import ExperimentRow, FindingRow, MetricRow, RunRow
from webapp.table import COLUMNS, DEFAULT, STATUSES, TableQuery, column_title, read_table_query, unknown_keys
from webapp.view import TABLE, ViewQuery, read_query

RUNS_SHOWN = 50
TICKED = 40  # columns that are offered as boxes to tick; of more, a field completes the names
FEW_RUNS = 8  # an experiment with fewer runs needs no search


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A row: the run, its small curve, its colour, its series by name where a column shows one, and its gravest finding."""

    row: RunRow
    spark: Sparkline
    style: Style
    metrics: Mapping[str, MetricRow]
    finding: FindingRow | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its head shows it; `kind` is a key of COLUMNS, "param" or "metric", `name` what the kind is of."""

    key: str
    kind: str
    name: str
    title: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class RunTable:
    """What the table shows.

    experiment  None on the page of all runs
    offered     columns that can be chosen besides those of every table: parameters and metrics of the runs listed
    action      the page the table is on; links and forms lead there
    live        one of the runs listed, or of the experiment, is not over
    """

    experiment: ExperimentRow | None
    runs: tuple[ListedRun, ...]
    total: int
    columns: tuple[Column, ...]
    offered: tuple[Column, ...]
    tags: tuple[str, ...]
    query: ViewQuery
    table: TableQuery
    selected: int | None
    action: str
    seen: str
    live: bool
    problems: tuple[str, ...]

    @property
    def pages(self) -> int:
        return -(-self.total // RUNS_SHOWN)

    @property
    def searchable(self) -> bool:
        return self.table.narrowed or self.experiment is None or self.experiment.runs > FEW_RUNS

    @property
    def shown(self) -> tuple[str, ...]:
        """Keys of the columns."""
        return tuple(column.key for column in self.columns)

    @property
    def boxes(self) -> tuple[Column, ...]:
        """The offered columns that have a box to tick: all of a few, those shown already of many."""
        return self.offered if len(self.offered) <= TICKED else tuple(column for column in self.offered if column.key in self.shown)

    @property
    def compared_all(self) -> str:
        """Which runs the comparison of the whole experiment draws."""
        listed = self.experiment.listed if self.experiment else 0
        return f"the best {MOST_DRAWN} of {listed:,}" if listed > MOST_DRAWN else f"all {listed}"

    @property
    def statuses(self) -> tuple[str, ...]:
        return STATUSES

    def link(self, **changes: Any) -> str:
        """The same page with another state of the table."""
        return self.action + self.query.query(table=self.table.pairs(**changes))

    def select(self, run_id: int) -> str:
        """Where a click on a run leads: it is shown beneath the table of its experiment, or on its own page."""
        if self.experiment is None:
            return urls.run(run_id)
        return self.action + self.query.query(runs=(run_id,), at=None, find="", table=self.table.pairs())

    def poll(self) -> str:
        part = urls.all_runs_table() if self.experiment is None else urls.experiment_runs(self.experiment.id)
        return part + urls.join_query(self.query.query(table=self.table.pairs()), {"seen": self.seen})

    def kept(self, *without: str) -> tuple[tuple[str, str], ...]:
        """State for the hidden fields of a form that sets `without` itself."""
        rest = [(name, value) for name, value in self.query.pairs() if name not in TABLE]
        return tuple((name, value) for name, value in [*rest, *self.table.pairs()] if name not in (*without, "page"))


def build_table(board: Board, request: Request[Any, Any, Any], experiment: ExperimentRow | None) -> RunTable:
    pairs = list(request.query_params.multi_items())
    query = read_query(pairs)
    table, problems = read_table_query(pairs)
    wanted, more_problems = table.filter(experiment.id if experiment else None)
    rows, total = lists.find_runs(board.database, wanted, table.order, RUNS_SHOWN, (table.page - 1) * RUNS_SHOWN)
    if wanted.conditions and not total:
        names = lists.known_names(board.database, wanted.experiment_id)
        more_problems += tuple(map(visible, unknown_keys(wanted.conditions, names)))
    metrics = lists.metrics_of_runs(board.database, [row.id for row in rows])
    found = run_store.gravest_findings(board.database, [row.id for row in rows])
    usual = DEFAULT if experiment else ("experiment", *DEFAULT)
    columns = tuple(map(make_column, table.columns or usual))
    selected = query.runs[0] if query.runs else None
    if selected is None and experiment is not None:
        newest = lists.newest_runs(board.database, [experiment.id], 1)[experiment.id]
        selected = rows[0].id if table.narrowed and rows else newest[0].id if newest else None
    return RunTable(
        experiment=experiment,
        runs=tuple(
            ListedRun(
                row=row,
                spark=draw_sparkline(row.spark),
                style=Style(own_color(row.id)),
                metrics={metric.name: metric for metric in metrics[row.id]},
                finding=found.get(row.id),
            )
            for row in rows
        ),
        total=total,
        columns=columns,
        offered=offered_columns(rows, metrics, columns),
        tags=tuple(lists.tags_in_use(board.database, experiment.id if experiment else None)),
        query=query,
        table=table,
        selected=selected,
        action=urls.experiment(experiment.id) if experiment else urls.all_runs(),
        seen=str(run_store.runs_version(board.database, experiment.id if experiment else None)),
        live=experiment.live > 0 if experiment else any(row.status in LIVE for row in rows),
        problems=(*problems, *more_problems),
    )


def make_column(key: str) -> Column:
    kind, _, name = key.partition(":")
    numeric = kind in ("loss", "best", "step", "duration", "points", "metric")
    return Column(key, kind, name, column_title(key), numeric)


def offered_columns(rows: Sequence[RunRow], metrics: Mapping[int, Sequence[MetricRow]], shown: Sequence[Column]) -> tuple[Column, ...]:
    """Parameters and metrics of these runs, by name, and those shown already."""
    params = sorted({name for row in rows for name in row.params}, key=str.lower)
    names = sorted({metric.name for found in metrics.values() for metric in found}, key=str.lower)
    keys = [*(f"param:{name}" for name in params), *(f"metric:{name}" for name in names)]
    keys += [column.key for column in shown if column.key not in COLUMNS and column.key not in keys]
    return tuple(map(make_column, keys))


def standard_columns() -> tuple[Column, ...]:
    """Those every table can show."""
    return tuple(map(make_column, COLUMNS))
