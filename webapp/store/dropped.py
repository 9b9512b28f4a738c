"""What the parser dropped of a log, by its own count: it stands in the state that is kept for going on.

Only these fields of a state are looked at, so that the server does not load the parser; `parser.log.State` has them all.
"""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import ColumnElement, func, select

from webapp.store.database import Database
from webapp.store.models import sources
from webapp.store.rows import Dropped
from webapp.store.sources import OVER

LOST = "bytes at the end of a file that went before they were read"


class Lines(msgspec.Struct):
    dropped: dict[str, int] = {}


class Series(msgspec.Struct):
    refused: int = 0


class State(msgspec.Struct):
    lines: Lines = msgspec.field(default_factory=Lines)
    series: Series = msgspec.field(default_factory=Series)


DECODER = msgspec.msgpack.Decoder(State)


def read_dropped(database: Database, source_ids: Iterable[int]) -> dict[int, Dropped]:
    """By source, what was dropped and how much of it; sources of which nothing was are left out."""
    return dict(_read(database, sources.c.id.in_(list(source_ids))))


def dropped_of_run(database: Database, run_id: int) -> Dropped:
    """What was dropped of the text of a run, and the bytes that stood in files of it which went before they were read."""
    of_run = sources.c.run_id == run_id
    went = of_run & sources.c.state.in_(OVER) & (sources.c.size > sources.c.offset)
    with database.read() as connection:
        lost = int(connection.scalar(select(func.sum(sources.c.size - sources.c.offset)).where(went)) or 0)
    told = next((dropped for _, dropped in _read(database, of_run)), ())
    return (*told, (LOST, lost)) if lost else told


def _read(database: Database, which: ColumnElement[bool]) -> Iterator[tuple[int, Dropped]]:
    with database.read() as connection:
        rows = connection.execute(select(sources.c.id, sources.c.parser).where(which, sources.c.parser != b"")).all()
    for number, state in rows:
        if found := _dropped_in(state):
            yield number, found


def _dropped_in(state: bytes) -> Dropped:
    try:
        found = DECODER.decode(state)
    except msgspec.DecodeError:  # of a parser that kept its state otherwise; it is made anew when the log is read on
        return ()
    refused = {"series beyond the limit": found.series.refused} if found.series.refused else {}
    return tuple(sorted((found.lines.dropped | refused).items()))
