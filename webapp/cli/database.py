"""The database for a command: for itself where no board runs, else for reading beside the board."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.store.database import Database


@contextmanager
def reading(settings: Settings) -> Iterator["Database"]:
    """The database, to read from. Raises UserError where there is none."""
    from webapp.store.database import open_reader

    database = open_reader(settings.database)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def writing(settings: Settings) -> Iterator["Database | None"]:
    """The database for this process alone, with the journal that it has; None while a board has it."""
    from webapp.store.database import DatabaseInUseError, journal_of, open_database

    try:
        database = open_database(settings.database, journal_of(settings.database) or settings.journal)
    except DatabaseInUseError:
        yield None
        return
    try:
        yield database
    finally:
        database.close()
