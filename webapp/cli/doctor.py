"""`lossboard doctor`: what a reader of a bug report would ask for, in one pasteable text.

Only facts about the installation, the machine and the database file: no log line, no token, no value of a variable that is not ours.
"""

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

import webapp
from webapp.cli.console import printable, say
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.format import size
from webapp.server import answers, open_socket
from webapp.settings import Settings, variables
from webapp.store.backup import SQLITE_VERSION, look_over
from webapp.store.place import NETWORK, file_system

LIBRARIES = ("litestar", "uvicorn", "sqlalchemy", "numpy", "pygal", "tsdownsample", "watchfiles", "msgspec")
INOTIFY = Path("/proc/sys/fs/inotify")
EXAMPLES = """\b
Examples:
  lossboard doctor
  lossboard doctor --database team.db | tee diagnosis.txt
"""


@click.command(epilog=EXAMPLES)
@setting_option("database", metavar="FILE")
def doctor(database: str | None) -> None:
    """Print a diagnosis to paste into a bug report; it holds no secrets."""
    settings = Settings.from_env(database=database)
    for name, found in (*installation(), *machine(settings), *board_address(settings), *database_file(settings)):
        say(f"{name:<12} {printable(found)}")


def installation() -> Iterator[tuple[str, str]]:
    yield "lossboard", webapp.__version__
    yield "python", f"{platform.python_version()} ({sys.implementation.name}), {platform.platform()}"
    yield "sqlite", SQLITE_VERSION
    yield "libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES)


def machine(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "settings", ", ".join(f"{name}={text}" for name, text in variables().items()) or "all at their defaults"
    for limit in ("max_user_watches", "max_user_instances"):
        if (INOTIFY / limit).exists():
            yield "inotify", f"{limit} {(INOTIFY / limit).read_text().strip()}"
    formats = sorted(settings.formats_dir.glob("*.toml"))
    yield "formats", ", ".join(path.name for path in formats) or f"none of your own in {settings.formats_dir}"


def board_address(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.uds:
        yield "address", f"{settings.uds}: {'a board listens' if answers(Path(settings.uds)) else 'free'}"
        return
    try:
        open_socket(settings.host, settings.port).close()
        state = "free"
    except UserError as error:
        state = error.what
    yield "address", f"{settings.host}:{settings.port}: {state}"


def database_file(settings: Settings) -> Iterator[tuple[str, str]]:
    from webapp.store.database import database_path

    path = database_path(settings.database)
    yield "database", str(path)
    folder = next(parent for parent in path.parents if parent.exists())
    kind = file_system(folder)
    yield "", f"on {kind}, {size(shutil.disk_usage(folder).free)} free" + (", a network file system" if kind in NETWORK else "")
    if not path.exists():
        yield "", "not made yet"
        return
    try:
        health = look_over(path)
        yield "", f"{size(health.bytes)}, WAL {size(health.wal_bytes)}, tables at {health.version or 'none'}, check {health.check}"
    except UserError as error:
        yield "", f"{error.what} {error.why} {error.hint}".rstrip()
