"""T51: `--open` starts the user's browser without a secret among its arguments, which every user of the machine can list."""

import json
import re
import stat
import sys
import urllib.parse
from html import unescape
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser

from tests.cli.boards import fetch, running, wait_until

PROGRAM = """#!{python}
import json, os, sys
from pathlib import Path
said = Path(sys.argv[0]).with_name("browser.json")
said.with_suffix(".part").write_text(json.dumps(Path("/proc/self/cmdline").read_bytes().decode().split("\\0")[1:-1]))
said.with_suffix(".part").rename(said)
"""


class FakeBrowser:
    """A command that is started as a browser is, and writes down how it was."""

    def __init__(self, folder: Path) -> None:
        self.program, self.said = folder / "browser", folder / "browser.json"
        self.program.write_text(PROGRAM.format(python=sys.executable))
        self.program.chmod(0o700)
        self.environment = {"BROWSER": str(self.program), "DISPLAY": ":0"}

    def wait_for_address(self) -> str:
        wait_until(self.said.exists)
        _, address = json.loads(self.said.read_text())
        return str(address)


@pytest.fixture
def fake(tmp_path: Path) -> FakeBrowser:
    return FakeBrowser(tmp_path)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def started(program: Path) -> list[psutil.Process]:
    """The processes that run the fake browser."""
    return [process for process in psutil.process_iter(["cmdline"]) if str(program) in (process.info["cmdline"] or ())]


def file_of(address: str) -> Path:
    return Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path))


def test_the_link_stands_in_a_file_of_the_users_own_until_the_board_ends(fake: FakeBrowser, logs: Path, tmp_path: Path) -> None:
    with running("serve", logs, "--port", "0", "--open", home=tmp_path, **fake.environment) as board:
        address = fake.wait_for_address()
        printed_code = board.url.partition("once=")[2]
        assert address.startswith("file://")
        assert printed_code not in address
        page = file_of(address)
        assert [stat.S_IMODE(path.stat().st_mode) for path in (page, page.parent)] == [0o600, 0o700]
        link = re.search(r'href="([^"]+)"', page.read_text())
        assert link
        assert unescape(link[1]) == board.url
        assert fetch(board.url)[0] == 401  # logged in and sent on, without a jar for the cookie
        board.process.terminate()
        assert board.process.wait(20) == 0
    assert not page.parent.exists()


def test_the_file_leads_a_browser_to_the_board_and_logs_it_in(fake: FakeBrowser, logs: Path, tmp_path: Path, browser: Browser) -> None:
    with running("serve", logs, "--port", "0", "--open", home=tmp_path, **fake.environment) as board:
        address = fake.wait_for_address()
        page = browser.new_page()
        page.goto(address)
        page.wait_for_url(board.url.partition("login")[0])
        assert page.title() == "Experiments · Lossboard"
        assert page.get_by_role("link", name="Upload a log").is_visible()
        page.context.close()


def test_a_board_without_a_login_is_opened_by_its_address(fake: FakeBrowser, tmp_path: Path) -> None:
    with running("demo", "--port", "0", "--folder", tmp_path / "demo", "--open", home=tmp_path, **fake.environment) as board:
        assert fake.wait_for_address() == board.url
        assert "once" not in board.url


def test_a_browser_that_stays_open_keeps_no_board_from_ending(fake: FakeBrowser, logs: Path, tmp_path: Path) -> None:
    with fake.program.open("a") as program:
        program.write("import signal\nsignal.pause()\n")
    with running("serve", logs, "--port", "0", "--open", home=tmp_path, **fake.environment) as board:
        fake.wait_for_address()
        board.process.terminate()
        try:
            assert board.process.wait(20) == 0
        finally:
            for process in started(fake.program):
                process.kill()
