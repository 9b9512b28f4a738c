"""Shows how far the reading of the logs that were there at the start is: a bar on a terminal, a line now and then elsewhere."""

import asyncio
import sys
from collections.abc import Callable

from webapp.cli.console import say
from webapp.format import size
from webapp.ingest.progress import Progress, progress_text

LOOK_S = 0.2
LINE_S = 10.0  # between two lines where no bar can be drawn


async def follow_backfill(progress: Callable[[], Progress]) -> None:
    """Returns when everything that was there has been read, having said so."""
    await asyncio.sleep(LOOK_S)
    if progress_text(progress()) and sys.stdout.isatty():
        await draw_bar(progress)
    else:
        await print_lines(progress)
    now = progress()
    if now.files:
        say(f"Read {now.files:,} {'log' if now.files == 1 else 'logs'}, {size(now.total)}; what comes is followed.")


async def draw_bar(progress: Callable[[], Progress]) -> None:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    with Bars(TextColumn("Reading logs"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), transient=True) as bars:
        task = bars.add_task("", total=None)
        while not (now := progress()).over:
            bars.update(task, completed=now.read, total=now.total)
            await asyncio.sleep(LOOK_S)


async def print_lines(progress: Callable[[], Progress]) -> None:
    waited = 0.0
    while not (now := progress()).over:
        if waited >= LINE_S and (text := progress_text(now)):
            say(text)
            waited = 0.0
        await asyncio.sleep(LOOK_S)
        waited += LOOK_S
