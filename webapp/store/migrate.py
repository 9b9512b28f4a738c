"""Brings the tables of a database to what this version needs, with the Alembic migrations that lie beside this module.

Alembic is imported only when there is something to do: it costs 11 MB and 0.1 s, and most starts find the tables as they should be.
An upgrade of a database that holds data is preceded by a copy beside it, and runs in one transaction: after a kill the tables are
the old ones or the new ones.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from webapp.errors import UserError

HEAD = "0001"
FOLDER = Path(__file__).parent / "migrations"


def migrate(path: Path, target: str = HEAD) -> None:
    """Migrates the file at `path`, making it where missing. Raises UserError where a newer version made its tables."""
    found = schema_version(path)
    if found == target:
        return
    if found and found not in known_versions():
        raise UserError(
            "This database was made by a newer Lossboard.",
            f"Its tables are at version {found}, this Lossboard knows up to {HEAD}.",
            str(path),
            "Install the newer version again, or choose another file with --database.",
        )
    if found:
        _copy(path, path.with_name(f"{path.name}.before-{target}"))
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["path"] = path
    command.upgrade(config, target)


def schema_version(path: Path) -> str:
    """The migration a database is at; "" for a file that is not there or holds no tables."""
    if not path.exists():
        return ""
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return ""
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else ""


def known_versions() -> list[str]:
    """The versions this Lossboard can bring a database to, oldest first."""
    return sorted(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def _copy(path: Path, copy: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
