"""How much the database holds, in a few figures."""

from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.store.database import Database
from webapp.store.models import progress, runs


@dataclass(frozen=True, slots=True)
class Totals:
    """Runs by status, and the points and log bytes of all of them."""

    runs: dict[str, int]
    points: int
    bytes_read: int


def read_totals(database: Database) -> Totals:
    """Raises StorageError where the database cannot be read."""
    with database.read() as connection:
        by_status = connection.execute(select(runs.c.status, func.count()).group_by(runs.c.status)).all()
        read = connection.execute(
            select(func.coalesce(func.sum(progress.c.points), 0), func.coalesce(func.sum(progress.c.bytes_read), 0))
        ).one()
    return Totals({row[0]: row[1] for row in by_status}, int(read[0]), int(read[1]))
