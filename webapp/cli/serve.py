"""`lossboard serve`: the board on logs and folders, with a login link on the terminal."""

import asyncio
import platform
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.browser import show_in_browser
from webapp.cli.console import printable, say
from webapp.cli.options import setting_option, watched_paths
from webapp.errors import UserError
from webapp.server import board_url, is_loopback, run_board
from webapp.settings import WORDS, Settings, has_display

if TYPE_CHECKING:
    from webapp.board import Board

EXAMPLES = """\b
Examples:
  lossboard serve runs/                 every log below runs/; a folder is an experiment, a file a run
  lossboard serve train.log --open      one log, in the browser
  lossboard serve runs/ --port 0        on a free port
  lossboard serve runs/ --uds ~/board.sock    for you alone on a machine of many; then, on your own machine,
                                        ssh -L 8765:/home/you/board.sock thatmachine
"""


@click.command(epilog=EXAMPLES)
@watched_paths
@setting_option("host")
@setting_option("port", type=click.IntRange(0, 65535))
@setting_option("uds", metavar="PATH")
@setting_option("database", metavar="FILE")
@setting_option("journal", type=click.Choice(WORDS["journal"]))
@setting_option("allowed_hosts", "--allowed-host", metavar="NAME:PORT", multiple=True)
@setting_option("open_browser", "--open", is_flag=True)
@setting_option("token_required", "--no-token", flag_value=False, is_flag=True)
def serve(paths: tuple[Path, ...], **given: object) -> None:
    """Watch logs and show them as live curves in the browser.

    PATHs are logs and folders of logs. What they hold is read first; what is appended shows within a second or two.
    """
    settings = Settings.from_env(paths=paths, **given)
    check_paths(settings.paths)
    run_board(settings, announce)


async def announce(board: "Board") -> None:
    """What the terminal says once the board answers, and the progress of reading what is there already."""
    settings = board.settings
    link = await asyncio.to_thread(login_link, board)
    watched = ", ".join(str(path) for path in settings.paths)
    say(f"Lossboard watches {printable(watched)}" if watched else "No log is watched. Give files or folders: `lossboard serve runs/`.")
    say(f"Open {link}" + ("  (this link works once, within 10 minutes)" if settings.token_required else ""))
    if settings.uds:
        say(f"It listens on a socket that is yours alone; on your own machine: {forwarding(settings)}")
    elif not is_loopback(settings.host):
        say("Other machines reach this board over plain HTTP: put it behind a proxy with TLS where the network is not yours.")
    say("Stop with Ctrl-C; nothing is lost.")
    from webapp.cli.backfill import follow_backfill  # here as in `login_link`: it knows the ingest, which loads numpy

    told = follow_backfill(board.ingest.progress)
    if settings.open_browser and has_display() and not settings.uds:
        await asyncio.gather(told, show_in_browser(link, secret=settings.token_required))
    else:
        await told


def login_link(board: "Board") -> str:
    if not board.settings.token_required:
        return board_url(board.settings)
    from webapp.auth import new_login_link  # loaded by now; at the top it would load the store before the port is known to be free

    return new_login_link(board.settings, board.database)


def forwarding(settings: Settings) -> str:
    """The command that brings the board's socket to a port of another machine."""
    socket = printable(Path(settings.uds).absolute())
    return shlex.join(["ssh", "-L", f"{settings.port}:{socket}", platform.node() or "HOST"])


def check_paths(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not path.exists():
            hint = "A log that is still to come is found in its folder: watch that."
            raise UserError("There is no such file or folder.", where=str(path), hint=hint)
