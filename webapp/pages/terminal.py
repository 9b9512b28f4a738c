"""The terminal window of a run: which piece of its log is shown, as safe markup, with the way from each line to its points."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup, escape

from webapp.board import Board
from webapp.format import clock, visible
from webapp.store.database import Database
from webapp.store.lines import LineRow, points_of_lines
from webapp.store.rows import RunRow
from webapp.store.sources import parts_of
from webapp.terminal.ansi import line_html, plain_text
from webapp.terminal.times import line_times
from webapp.terminal.window import TAIL_LINES, Log, LogGoneError, LogLine, LogWindow, find_text, read_after, read_around, read_tail
from webapp.view import ViewQuery

KEPT_LINES = 3000  # lines a browser keeps before the terminal starts afresh
MOST_HITS = 1000
BAR = re.compile(r"\d+%\|.*\|? *\d+/\d+|[━█#=]{8}")  # a progress bar, shown dimmer than what was printed


@dataclass(frozen=True, slots=True)
class TerminalLine:
    """One line: its markup, and what it gave. `time` is UTC, "" where unknown; `metrics` are those with a point on this line."""

    html: Markup
    offset: int
    redraws: int
    marked: bool
    bar: bool
    time: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found: the place shown is number `place` of `count` counted from the newest; `whole` if all of the log was searched."""

    text: str
    count: int
    place: int
    whole: bool

    @property
    def words(self) -> str:
        if not self.count:
            return "not found" if self.whole else "not found in the newest 64 MiB"
        return f"{self.place + 1} of {self.count:,}" + ("" if self.whole else " or more")


@dataclass(frozen=True, slots=True)
class Terminal:
    """A piece of the log, ready to show.

    lines   lines that will not change any more
    last    the line still being written or redrawn; the next poll replaces it
    gone    why there is no log to show; "" if there is
    fresh   the whole window is new (else these lines go beneath those already shown)
    shown   lines the browser then has
    start   byte offset of the first line; `tail` of the last one, from where the next poll reads
    at      byte offset the window was opened at, None at the end of the log
    """

    lines: tuple[TerminalLine, ...] = ()
    last: TerminalLine | None = None
    gone: str = ""
    fresh: bool = True
    shown: int = 0
    start: int = 0
    tail: int = 0
    older: bool = False
    newer: bool = False
    live: bool = False
    at: int | None = None
    search: Search | None = None


def build_terminal(board: Board, run: RunRow, query: ViewQuery, live: bool) -> Terminal:
    """The whole window: around `query.at`, around the place a search found, or the newest lines."""
    try:
        log = log_of(board.database, run)
        search, at = find_place(log, query)
        window = read_tail(log) if at is None else read_around(log, at)
    except LogGoneError as error:
        return Terminal(gone=str(error), live=live)
    following = live and at is None and query.follow
    return replace(terminal_of(board, run, window, at, query.find), live=following, search=search, at=at)


def log_of(database: Database, run: RunRow) -> Log:
    """The files of a run's log."""
    return parts_of(database, run.id) or Path(run.path)


def find_place(log: Log, query: ViewQuery) -> tuple[Search | None, int | None]:
    """The search of the query with the place it leads to; a place asked for by `at` goes first."""
    if not query.find:
        return None, query.at
    hits, whole = find_text(log, query.find, limit=MOST_HITS)
    place = min(query.hit, len(hits) - 1) if hits else 0
    return Search(query.find, len(hits), place, whole), query.at if query.at is not None or not hits else hits[place]


def terminal_after(board: Board, run: RunRow, after: int, shown: int | None) -> Terminal:
    """What was written from byte `after` on, for a browser that shows `shown` lines and follows the log: a whole new window at its end
    where those are too many, or what was written is.

    With None the lines are those that somebody asked for by hand, a few at a time: thousands at once would stop the browser for seconds.
    """
    try:
        log = log_of(board.database, run)
        window = read_after(log, after, lines=TAIL_LINES if shown is None else None)
        follows, shown = shown is not None, shown or 0
        if shown + len(window.lines) > KEPT_LINES or window.size < after or (follows and window.newer):
            return replace(terminal_of(board, run, read_tail(log), None), live=True)
    except LogGoneError as error:
        return Terminal(gone=str(error), live=True)
    more = terminal_of(board, run, window, None)
    return replace(more, fresh=False, shown=shown + len(more.lines), live=not more.newer)


def terminal_before(board: Board, run: RunRow, before: int) -> Terminal:
    """The lines before byte `before`, for the link at the top of the terminal."""
    try:
        return replace(terminal_of(board, run, read_tail(log_of(board.database, run), end=before), None), fresh=False)
    except LogGoneError as error:
        return Terminal(gone=str(error))


def terminal_of(board: Board, run: RunRow, window: LogWindow, at: int | None, find: str = "") -> Terminal:
    given = points_of_lines(board.database, run.id, window.start, window.end) if window.lines else {}
    told = [given[line.offset].time if line.offset in given else math.nan for line in window.lines]
    times = line_times([line.text for line in window.lines], told)
    lines = [terminal_line(line, at, find, given.get(line.offset), time) for line, time in zip(window.lines, times, strict=True)]
    last = lines.pop() if lines and not window.lines[-1].whole else None
    return Terminal(
        lines=tuple(lines),
        last=last,
        shown=len(lines),
        start=window.start,
        tail=window.lines[-1].start if last else window.end,
        older=window.older,
        newer=window.newer,
    )


def terminal_line(line: LogLine, at: int | None, find: str, row: LineRow | None, time: float) -> TerminalLine:
    return TerminalLine(
        html=mark_found(plain_text(line.text), find) if find else line_html(line.text),
        offset=line.offset,
        redraws=line.redraws,
        marked=at is not None and line.start <= at < line.end,
        bar=bool(BAR.search(line.text)),
        time=clock(time) if math.isfinite(time) else "",
        metrics=row.metrics if row else (),
    )


def mark_found(text: str, find: str) -> Markup:
    """The text with every place of `find` in a <mark>, ASCII case ignored as the search does."""
    pieces: Sequence[str] = re.split(f"({re.escape(find)})", text, flags=re.IGNORECASE)
    return Markup().join(Markup("<mark>{}</mark>").format(visible(p)) if i % 2 else escape(visible(p)) for i, p in enumerate(pieces))
