"""Brings the tables of a database to what this version needs, with the Alembic migrations that lie beside this module.

A new database gets its tables straight from the models; a test holds them against what the migrations make. So Alembic is imported
for an upgrade only: it costs 11 MB and 0.1 s. An upgrade is preceded by a copy of the database beside it, and runs in one transaction:
after a kill the tables are the old ones or the new ones.
"""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy import Column, MetaData, String, Table, create_engine, event, insert
from sqlalchemy.pool import NullPool

from webapp.errors import UserError
from webapp.private import make_file
from webapp.store.models import runs

HEAD = "0002"
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
FOLDER = Path(__file__).parent / "migrations"


def migrate(path: Path, target: str = HEAD, journal: str = "wal") -> None:
    """Migrates the file at `path`, making it where missing. Raises UserError where a newer version made its tables."""
    found = schema_version(path)
    if found == target:
        return
    if not found:
        _make_tables(path, journal)
        return
    if found not in known_versions():
        raise UserError(
            "This database was made by a newer Lossboard.",
            f"Its tables are at version {found}, this Lossboard knows up to {HEAD}.",
            str(path),
            "Install the newer version again, or choose another file with --database.",
        )
    _copy(path, path.with_name(f"{path.name}.before-{target}"))
    upgrade(path, target, journal)


def upgrade(path: Path, target: str = HEAD, journal: str = "wal") -> None:
    """Runs the migrations from where the file is, or from nothing, up to `target`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["path"] = path
    config.attributes["take_over"] = partial(take_over_transactions, journal)
    command.upgrade(config, target)


def _make_tables(path: Path, journal: str) -> None:
    """All tables as the models say, in one transaction."""
    make_file(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", partial(take_over_transactions, journal))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        runs.metadata.create_all(connection)
        _VERSION.create(connection)
        connection.execute(insert(_VERSION).values(version_num=HEAD))


def take_over_transactions(journal: str, connection: sqlite3.Connection, _record: object) -> None:
    """Makes a new connection leave transactions to us: Python's driver would commit before each CREATE TABLE on its own."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA journal_mode={journal}")


def schema_version(path: Path, patience_s: float = 5.0) -> str:
    """The migration a database is at; "" for a file that is not there or holds no tables. Raises sqlite3.Error where it stays locked."""
    if not path.exists():
        return ""
    with closing(sqlite3.connect(path, timeout=patience_s)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return ""
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else ""


def known_versions() -> list[str]:
    """The versions this Lossboard can bring a database to, oldest first."""
    return sorted(file.name[:4] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def _copy(path: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)  # of an upgrade that was killed
    make_file(copy)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
