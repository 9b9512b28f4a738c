"""`lossboard demo`: a board on a small model that trains while you watch, in a folder and a database of its own."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from webapp.cli.options import setting_option
from webapp.cli.serve import announce
from webapp.errors import UserError
from webapp.private import make_folder
from webapp.server import run_board
from webapp.settings import Settings, child_environment

MARKER = ".lossboard-demo"  # a folder with this file is ours to empty
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # the matrices are small: more threads only cost
EXAMPLES = """\b
Examples:
  lossboard demo --open
  lossboard demo --folder demo/         keep what it trains and prints
"""


@click.command(epilog=EXAMPLES)
@setting_option("port", type=click.IntRange(0, 65535))
@setting_option("open_browser", "--open", is_flag=True)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep logs and database here; else they go when the demo ends."
)
def demo(port: int | None, open_browser: bool | None, folder: Path | None) -> None:
    """Open a board on a small model that trains while you watch.

    One run is live for four minutes, others are finished, and two of them went wrong. The board listens on this machine only and asks for
    no login.
    """
    with demo_folder(folder) as place, training(place):
        settings = Settings.from_env(
            host="127.0.0.1",
            port=port,
            database=str(place / "board.db"),
            paths=(place / "logs",),
            spool_dir=place / "spool",
            token_required=False,
            open_browser=open_browser,
        )
        run_board(settings, announce, any_port=port is None)


@contextmanager
def demo_folder(folder: Path | None) -> Iterator[Path]:
    """An empty folder: a temporary one that goes at the end, or `folder`, emptied if an earlier demo filled it."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="lossboard-demo-", ignore_cleanup_errors=True) as temporary:
            (Path(temporary) / "logs").mkdir()
            yield Path(temporary)
        return
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise UserError("The demo would empty this folder, but did not make it.", where=str(folder), hint="Give --folder a new name.")
    if folder.exists():
        shutil.rmtree(folder)
    make_folder(folder / "logs")
    (folder / MARKER).touch()
    yield folder.resolve()


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """The live run and the finished ones, each in a process of its own that ends with the demo."""
    processes = [start_training("live", folder), start_training("finished", folder)]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def start_training(part: str, folder: Path) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches the board only."""
    command = [sys.executable, "-P", "-m", "webapp.demo", part, str(folder)]
    return subprocess.Popen(command, env=child_environment(**ONE_THREAD), stdin=subprocess.DEVNULL, start_new_session=True)
