"""`lossboard import PATH…`: takes logs into the board's own keeping.

Every log is copied below the spool folder, which a board watches as it watches any folder. So the way is the same with a board running or
without: with one, the board reads the copies; without, this command does. The database keeps its one writer.
"""

import asyncio
import contextlib
import gzip
import os
import shutil
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from webapp.cli.console import printable, say
from webapp.cli.database import reading, writing
from webapp.cli.options import setting_option
from webapp.cli.run import read_name
from webapp.errors import UserError
from webapp.format import counted, size
from webapp.private import make_folder
from webapp.settings import Settings
from webapp.wrapper.spool import end_path, file_name, find_part, record_path

if TYPE_CHECKING:
    from webapp.store.database import Database

EXAMPLES = """\b
Examples:
  lossboard import train.log
  lossboard import old-runs/ --experiment "before the rewrite"
  lossboard import /backup/*.log.gz

\b
Exit codes: 0 imported, or there already; 2 nothing could be imported (the message says why).
"""
CHUNK = 1024 * 1024
MOST_UNPACKED = 4 * 1024**3  # bytes of one gzipped log
KEEP_FREE = 1024**3  # bytes that stay free on the disk
NUMBERS = 10_000
READ_S = 600.0  # a board that runs gets so long to read what was imported, before we go
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A log to import, and the names it gets."""

    path: Path
    experiment: str
    name: str

    @property
    def files(self) -> tuple[Path, ...]:
        """What is copied, in the order of the text: before a recorded log of limited size, its older part."""
        part = find_part(self.path)
        return (part, self.path) if part else (self.path,)


@click.command(name="import", epilog=EXAMPLES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--experiment", "-e", metavar="NAME", callback=read_name, help="Experiment of all these logs; else each gets that of its folder."
)
@setting_option("database", metavar="FILE")
def import_(paths: tuple[Path, ...], experiment: str | None, database: str | None) -> None:
    """Take logs into the board's keeping: a copy is made, and read.

    A PATH is a log, a gzipped log, or a folder of logs (folder = experiment, file = run). The originals may go afterwards. What is there
    already is not imported twice.
    """
    settings = Settings.from_env(database=database)
    wanted = list(find_wanted(paths, experiment))
    if not wanted:
        raise UserError("No log was found.", where=", ".join(map(str, paths)), hint="Name the files themselves, whatever they are called.")
    taken = copy_all(wanted, settings.spool_dir)
    from webapp.store.faults import LOCKED, StorageError

    try:
        with writing(settings) as opened:
            if opened is None:
                wait_for_board(settings, taken)
            else:
                read_here(opened, settings, taken)
        with reading(settings) as opened:
            tell_runs(opened, taken)
    except StorageError as error:
        if error.kind != LOCKED:
            raise
        for path in taken:
            say(f"copied to {printable(path)}: the board reads it, and keeps its database locked")


def find_wanted(paths: tuple[Path, ...], experiment: str | None) -> Iterator[Wanted]:
    """The logs under the paths, in their order. Raises UserError for a path that is not there."""
    from webapp.ingest.discover import find_logs, resolve_roots

    for path in paths:
        if not path.exists():
            raise UserError("There is no such file or folder.", where=str(path))
        if path.is_dir():
            for found in find_logs(resolve_roots([path])).found.values():
                yield Wanted(Path(found.path), experiment or found.experiment, found.run_name)
        else:
            name = path.name.removesuffix(".gz")
            yield Wanted(path, experiment or path.resolve().parent.name, Path(name).stem or name)


def copy_all(wanted: list[Wanted], spools: Path) -> list[Path]:
    """Copies every log to its place; those already there count too. Raises UserError if none could be taken."""
    taken: list[Path] = []
    last: UserError | None = None
    with copying(sum(path.stat().st_size for one in wanted for path in one.files)) as advance:
        for one in wanted:
            try:
                taken.append(copy_log(one, spools, advance))
            except UserError as error:
                last = error
                click.echo(printable(f"{error.where}: {error.what} {error.why}"), err=True)
    if not taken and last is not None:
        raise last
    return taken


def copy_log(one: Wanted, spools: Path, advance: Callable[[int], None]) -> Path:
    """The place of the copy: below the spool folder, under a name that nothing else has. Raises UserError where that is not possible."""
    from webapp.ingest.discover import looks_like_log

    folder = spools / file_name(one.experiment)
    part = folder / f".import-{os.getpid()}"
    try:
        with one.path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        if not packed and (reason := looks_like_log(str(one.path.resolve()))):
            raise UserError("This is no log.", reason, str(one.path))
        make_folder(folder)
        with part.open("xb") as out:
            part.chmod(0o600)
            for path in one.files:
                with gzip.open(path) if packed else path.open("rb") as source:
                    copy_bytes(source, out, advance, str(path))
        times = one.path.stat()
        os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
        return settle(part, folder, one)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError("The log cannot be copied.", f"{getattr(error, 'strerror', None) or error}.", str(one.path)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def copy_bytes(source: BinaryIO, out: BinaryIO, advance: Callable[[int], None], name: str) -> None:
    copied = 0
    while chunk := source.read(CHUNK):
        out.write(chunk)
        copied += len(chunk)
        advance(len(chunk))
        if copied > MOST_UNPACKED and isinstance(source, gzip.GzipFile):
            raise UserError("The log is too large.", f"It unpacks to more than {size(MOST_UNPACKED)}.", name)
        if copied % (16 * CHUNK) < CHUNK and shutil.disk_usage(out.name).free < KEEP_FREE:
            raise UserError("The disk is full.", f"{size(KEEP_FREE)} are to stay free.", name, "Make room, or set LOSSBOARD_SPOOL_DIR.")


def settle(part: Path, folder: Path, one: Wanted) -> Path:
    """Gives the copy its name, with a number where another log has it; the log that is there already if it is the same."""
    for number in range(1, NUMBERS):
        place = folder / f"{file_name(one.name if number == 1 else f'{one.name}-{number}')}.log"
        if place.exists() and same_bytes(place, part):
            return place
        try:
            os.link(part, place)
        except FileExistsError:
            continue
        for path_of in (record_path, end_path):
            if path_of(one.path).is_file():
                shutil.copyfile(path_of(one.path), path_of(place))
        return place
    raise FileExistsError(f"{NUMBERS} logs of the name {one.name} are there already")


def same_bytes(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while chunk := first.read(CHUNK):
            if chunk != second.read(CHUNK):
                return False
    return True


@contextlib.contextmanager
def copying(total: int) -> Iterator[Callable[[int], None]]:
    """A bar while logs are copied, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("Copying"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bars:
        task = bars.add_task("", total=total)
        yield lambda count: bars.advance(task, count)


def read_here(database: "Database", settings: Settings, taken: list[Path]) -> None:
    """Reads the copies, since no board does."""
    from webapp.cli.backfill import draw_bar
    from webapp.ingest.task import Ingest

    async def read() -> None:
        ingest = Ingest(database, taken, settings)
        await ingest.start()
        try:
            if sys.stdout.isatty():
                await draw_bar(ingest.progress)
            while not ingest.progress().over:
                await asyncio.sleep(LOOK_S / 4)
            if ingest.fault:
                raise UserError("The logs are copied, and could not be read.", ingest.fault)
        finally:
            await ingest.stop()

    asyncio.run(read())


def wait_for_board(settings: Settings, taken: list[Path]) -> None:
    """Waits until the board that runs has read the copies, or long enough: it goes on without us."""
    from webapp.store.runs import list_runs

    stop = time.monotonic() + READ_S
    missing = {str(path): path.stat().st_size for path in taken}
    with reading(settings) as database:
        while missing and time.monotonic() < stop:
            for path, wanted in list(missing.items()):
                if any(run.path == path and run.bytes_read >= wanted for run in list_runs(database, search=path, limit=10)[0]):
                    del missing[path]
            time.sleep(LOOK_S if missing else 0)


def tell_runs(database: "Database", taken: list[Path]) -> None:
    """One line a log: its run, and how much was found in it."""
    from webapp.store.runs import list_runs

    for path in taken:
        run = next((run for run in list_runs(database, search=str(path), limit=10)[0] if run.path == str(path)), None)
        name = f"run {run.id}  {printable(run.experiment)} / {printable(run.name)}" if run else f"no run yet of {printable(path)}"
        found = counted(run.points, "point") if run and run.points else "no metric was found; `lossboard explain` says what was read"
        say(f"{name}: {found}")
