"""The log text of two runs side by side, from a step on, and the lines that only one of them prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from litestar import Request, Response, get
from markupsafe import Markup

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.compare.choose import choose_runs
from webapp.compare.query import CompareQuery
from webapp.compare.styles import Style, assign_styles, name_runs
from webapp.compare.texts import Anchors, OnlyLine, Row, TextLine, align, only_in
from webapp.format import visible
from webapp.pages.compare import query_of
from webapp.pages.render import html
from webapp.pages.terminal import log_of
from webapp.store import lists
from webapp.store import series as series_store
from webapp.store.database import Database
from webapp.store.headline import LAST
from webapp.store.rows import MetricRow, RunRow
from webapp.terminal.ansi import line_html, plain_text
from webapp.terminal.window import LogGoneError, LogLine, open_log

AnyRequest = Request[Any, Any, Any]
WINDOW_BYTES = 96 * 1024  # of each log, shown at a time
WINDOW_LINES = 400
SEARCH_BYTES = 2 * 1024 * 1024  # from each end of a log, looked through for lines that only one has
NOTHING = Anchors(np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs. `gone` says why its log cannot be shown, `whole` whether all of it was searched for lines of its own."""

    run: RunRow
    name: str
    style: Style
    only: tuple[OnlyLine, ...]
    gone: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A line in its column; `alone` where the other log has none like it there."""

    html: Markup
    href: str
    alone: bool


@dataclass(frozen=True, slots=True)
class PairRow:
    left: Cell | None
    right: Cell | None
    step: float | None


@dataclass(frozen=True, slots=True)
class LogsPage:
    """`/compare/logs`. `choices` are the runs that can take each side; `later` leads to the steps after those shown, "" at the end."""

    template: ClassVar[str] = "compare_logs.html"
    title: str
    sides: tuple[Side, ...]
    rows: tuple[PairRow, ...]
    choices: tuple[tuple[int, str], ...]
    start: float | None
    later: str
    back: str
    problems: tuple[str, ...]
    fault: str
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """What was read of one log: the window to show, and the lines to search."""

    window: tuple[LogLine, ...] = ()
    searched: tuple[TextLine, ...] = ()
    whole: bool = True
    more: bool = False
    gone: str = ""


@get("/compare/logs", sync_to_thread=True)
def show_compared_logs(board: TheBoard, request: AnyRequest) -> Response[Any]:
    query = query_of(request)
    named = lists.read_runs(board.database, query.runs)
    chosen = choose_runs(query, named, (), query.experiments)
    names, styles = name_runs(chosen.shown), assign_styles(run.id for run in chosen.shown)
    problems = [*query.problems, *chosen.problems]
    if len(chosen.shown) < 2:
        problems.append("Two runs are needed: /compare/logs?run=1&run=2.")
    runs = chosen.shown[:2] if len(chosen.shown) > 1 else ()
    metrics = lists.metrics_of_runs(board.database, [run.id for run in runs])
    anchors = [anchors_of(board, run, metrics[run.id]) for run in runs]
    texts = [read_text(board.database, run, at, query.view.lo) for run, at in zip(runs, anchors, strict=True)]
    sides = tuple(
        Side(
            run=run,
            name=visible(names[run.id]),
            style=styles[run.id],
            only=only_in(text.searched, texts[1 - place].searched, anchors[place]) if not texts[1 - place].gone else (),
            gone=text.gone,
            whole=text.whole,
        )
        for place, (run, text) in enumerate(zip(runs, texts, strict=True))
    )
    rows = align(*(part for text, at in zip(texts, anchors, strict=True) for part in (plain(text.window), at))) if runs else ()
    page = LogsPage(
        title="Log text of " + " and ".join(side.name for side in sides) if sides else "Log text side by side",
        sides=sides,
        rows=tuple(pair_row(row, runs, texts) for row in rows),
        choices=tuple((run.id, visible(names[run.id])) for run in chosen.shown),
        start=query.view.lo,
        later=later_link(query, texts, rows),
        back=urls.compare(query.query(lo=None, hi=None)),
        problems=tuple(problems),
        fault=board.ingest.fault,
    )
    return html(page)


def anchors_of(board: Board, run: RunRow, metrics: Sequence[MetricRow]) -> Anchors:
    """Where in its log the run reaches which step, by its loss or else by the metric with the most points."""
    named = {metric.name: metric for metric in metrics}
    main = next((name for name in LAST if name in named), None) or max(named, key=lambda name: named[name].count, default=None)
    return Anchors.of(series_store.read_series(board.database, run.id, main)) if main else NOTHING


def read_text(database: Database, run: RunRow, anchors: Anchors, start: float | None) -> Text:
    """The lines from step `start` on (or from the beginning), and both ends of the log for the search."""
    try:
        with open_log(log_of(database, run)) as log:
            begin = max(log.begin, anchors.offset_of(start) if start is not None else 0)
            stop = min(log.size, begin + WINDOW_BYTES)
            window = log.lines(begin, stop, cut=False)
            shown = window[:WINDOW_LINES]
            middle = log.begin + SEARCH_BYTES
            head = log.lines(log.begin, min(log.size, middle), cut=False)
            tail_from = max(middle, log.size - SEARCH_BYTES)
            tail = log.lines(tail_from, log.size, cut=True) if tail_from < log.size else []
            return Text(
                tuple(shown), plain([*head, *tail]), log.size - log.begin <= 2 * SEARCH_BYTES, stop < log.size or len(shown) < len(window)
            )
    except LogGoneError as error:
        return Text(gone=str(error))


def plain(lines: Sequence[LogLine]) -> tuple[TextLine, ...]:
    return tuple(TextLine(line.offset, plain_text(line.text)) for line in lines)


def pair_row(row: Row, runs: Sequence[RunRow], texts: Sequence[Text]) -> PairRow:
    cells = [make_cell(line, run, text, not row.alike) for line, run, text in zip((row.left, row.right), runs, texts, strict=True)]
    return PairRow(cells[0], cells[1], row.step)


def make_cell(line: TextLine | None, run: RunRow, text: Text, alone: bool) -> Cell | None:
    if line is None:
        return None
    coloured = next((found.text for found in text.window if found.offset == line.offset), line.text)
    return Cell(line_html(coloured), urls.run(run.id, f"?at={line.offset}#terminal"), alone and bool(line.text.strip()))


def later_link(query: CompareQuery, texts: Sequence[Text], rows: Sequence[Row]) -> str:
    """The page that begins with the last step shown here; "" where both logs end, or no step leads on."""
    steps = [row.step for row in rows if row.step is not None]
    if not any(text.more for text in texts) or not steps:
        return ""
    last = max(steps)
    start = query.view.lo
    return urls.compare_part("logs", query.query(lo=last, hi=None)) if start is None or last > start or math.isinf(start) else ""
