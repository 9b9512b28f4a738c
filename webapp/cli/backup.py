"""`lossboard backup`: a checked copy of the database, taken while the board runs."""

from pathlib import Path

import click

from webapp.cli.console import printable, say
from webapp.cli.options import setting_option
from webapp.format import size
from webapp.settings import Settings

EXAMPLES = """\b
Examples:
  lossboard backup before-cleanup.db
  lossboard serve --database before-cleanup.db      look at the copy
To go back to a copy, stop the board, remove the database with its -wal and -shm, which a board that was killed leaves, and give the copy
its name; the logs are read on from where the copy stands.
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@setting_option("database", metavar="FILE")
def backup(file: Path, database: str | None) -> None:
    """Copy the database while the board runs, and check the copy.

    The copy is one point in time. Logs are not copied.
    """
    from webapp.store.backup import copy_database
    from webapp.store.database import database_path

    health = copy_database(database_path(Settings.from_env(database=database).database), file)
    say(f"Copied {size(health.bytes)} to {printable(file)}; the copy was checked: {health.check}.")
