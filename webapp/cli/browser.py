"""Opens the board in the user's browser, without the login link among the browser's arguments: every user of the machine can list those.

A browser that has to log in is given a file of the user's own that leads to the link, as Jupyter does. A sandboxed browser that hides the
temporary folder of the system cannot open it; the link on the terminal is for that one.
"""

import asyncio
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from webapp.private import make_file

LINK_S = 600.0  # the life of a login link
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}">
<title>Lossboard</title>
<p><a href="{link}">Open the board</a></p>
</html>
"""


async def show_in_browser(link: str, *, secret: bool) -> None:
    """Starts the browser; of a secret link it is told a file, which goes when the link has ended, or with the board."""
    if not secret:
        start_browser(link)
        return
    with leading_file(link) as address:
        start_browser(address)
        await asyncio.sleep(LINK_S)


def start_browser(address: str) -> None:
    """In a thread that nobody waits for: some browsers come back only when they are closed."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


@contextmanager
def leading_file(link: str) -> Iterator[str]:
    """The address of a page that leads to the link, which no other user can read."""
    with tempfile.TemporaryDirectory(prefix="lossboard-open-") as folder:
        page = Path(folder) / "open.html"
        make_file(page)
        page.write_text(PAGE.format(link=escape(link)), encoding="utf-8")
        yield page.as_uri()
