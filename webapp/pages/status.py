"""`/status`: every source with its state and the reason for it, the files that are not read, and how the board itself does."""

import os
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from litestar import Response, get

from webapp import __version__, urls
from webapp.board import TheBoard
from webapp.format import count
from webapp.health import Health, Lag, read_health, read_lag
from webapp.pages.render import html
from webapp.store.dropped import read_dropped
from webapp.store.rows import Dropped, SourceRow
from webapp.store.sources import list_sources
from webapp.store.text import shown_path

MOST = 300  # rows of a table; those with trouble come first
SENTENCES = {
    "missing": "Its file is gone; what was read is kept.",
    "unreadable": "It cannot be read now.",
    "waiting": "It became shorter; the board waits whether it grows back.",
    "deleted": "Its run was deleted.",
}
UNFINISHED = "Its last line has no end yet, and counts when it has one."


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source, number `id`, as the page shows it. `behind` are bytes not read yet; `link` leads to its run, "" without one."""

    id: int
    path: str
    state: str
    reason: str
    size: int
    behind: int
    link: str
    seen_at: datetime | None

    @property
    def trouble(self) -> bool:
        return self.state not in ("read", "reading")


@dataclass(frozen=True, slots=True)
class StatusPage:
    template: ClassVar[str] = "status.html"
    title: str
    health: Health
    lag: Lag
    watched: tuple[str, ...]
    watch_problem: str
    progress: str
    sources: tuple[SourceLine, ...]
    count: int
    skipped: tuple[tuple[str, str], ...]
    skipped_count: int
    formats: tuple[tuple[str, str], ...]
    version: str
    fault: str
    refresh: bool = True


@get("/status", sync_to_thread=True)
def show_board_status(board: TheBoard) -> Response[Any]:
    health = read_health(board)
    caught_up = {log.source.id for log in list(board.ingest.logs.values()) if log.caught_up}
    lines = source_lines(list_sources(board.database), caught_up) if health.totals else []
    dropped = read_dropped(board.database, [line.id for line in lines[:MOST]]) if lines else {}
    skipped = sorted(board.ingest.skipped.items())
    page = StatusPage(
        title="Status",
        health=health,
        lag=read_lag(board),
        watched=tuple(shown_path(os.fsencode(root)) for root in board.ingest.roots),
        watch_problem=board.ingest.watch_problem,
        progress=board.ingest.backfill_text(),
        sources=tuple(replace(line, reason=with_dropped(line.reason, dropped.get(line.id, ()))) for line in lines[:MOST]),
        count=len(lines),
        skipped=tuple((shown_path(os.fsencode(path)), reason) for path, reason in skipped[:MOST]),
        skipped_count=len(skipped),
        formats=(*board.ingest.formats.slow, *board.ingest.formats.refused),
        version=__version__,
        fault=board.ingest.fault,
    )
    return html(page)


def source_lines(rows: Iterable[SourceRow], caught_up: Container[int]) -> list[SourceLine]:
    """Sources with trouble first, then those with something left to read, then the newest. Of those `caught_up` all lines were read."""
    lines = [source_line(row, at_end=row.id in caught_up) for row in reversed(list(rows))]
    return sorted(lines, key=lambda line: (not line.trouble, not line.behind))


def source_line(row: SourceRow, *, at_end: bool) -> SourceLine:
    behind = max(0, row.size - row.offset) if row.state == "reading" else 0
    state = "read" if row.state == "reading" and not behind else row.state
    without = "No metric was found in it so far." if row.run_id is None and state == "read" else ""
    reason = row.reason or SENTENCES.get(state, "") or (UNFINISHED if behind and at_end else without)
    return SourceLine(
        row.id, shown_path(row.path), state, reason, row.size, behind, urls.run(row.run_id) if row.run_id else "", row.seen_at
    )


def with_dropped(reason: str, dropped: Dropped) -> str:
    """The reason, and how much of the log was not read."""
    told = ", ".join(f"{count(number)} {what}" for what, number in dropped)
    return " ".join(part for part in (reason, f"Not read: {told}." if told else "") if part)
