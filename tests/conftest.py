"""Real parts for every test: a Chromium, and boards that run as their own processes on free ports of the loopback."""

import importlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.tabs import Tabs

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of commands are started, each would be compiled anew
sys.dont_write_bytecode = False
with pytest.MonkeyPatch.context() as patch:  # the matrices here are small: more threads only cost. Boards start as they do elsewhere
    patch.setenv("OPENBLAS_NUM_THREADS", "1")
    importlib.import_module("numpy")
settings.register_profile("untimed", deadline=None)  # a slow moment of the machine is no failure
settings.load_profile("untimed")
LOGS = Path(__file__).parent / "logs"
CASE = re.compile(r"\bT\d\d\b")  # of `tests.promises`


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promised: tests of a case of tests/promises.py; set by the cases named in their docstrings")
    # Started with "&" by a script, or with nohup: what the tests start would be deaf to these signals too.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of promised cases, and notes the cases in the results."""
    for item in items:
        told = [part.__doc__ or "" for part in (getattr(item, "function", None), getattr(item, "module", None)) if part]
        if cases := CASE.findall(" ".join(told)):
            item.add_marker("promised")
            item.user_properties.append(("cases", " ".join(dict.fromkeys(cases))))


def find_chromium() -> str | None:
    """The system's Chromium; None lets Playwright take its own download."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def module_tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def tabs(module_tabs: Tabs) -> Iterator[Tabs]:
    """Lends tabs that are taken back after the test."""
    yield module_tabs
    module_tabs.take_back()


@dataclass
class RunningBoard:
    """A `lossboard serve` process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    database: Path
    output: Path
    arguments: list[str] = field(default_factory=list)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body of a GET; redirects are followed."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers or {}), timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait_for(self, path: str, wanted: str, seconds: float = 20) -> str:
        """The body of `path` once the pattern `wanted` is in it."""
        deadline = time.monotonic() + seconds
        while True:
            _, body = self.get(path)
            if re.search(wanted, body.decode()):
                return body.decode()
            assert time.monotonic() < deadline, f"{wanted!r} did not appear on {path}:\n{body.decode()[:2000]}"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Boards:
    """Starts boards and stops them again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.boards: list[RunningBoard] = []

    def __call__(
        self,
        *paths: Path,
        options: tuple[str, ...] = ("--no-token",),
        database: Path | None = None,
        before: tuple[str, ...] = (),
        **env: str,
    ) -> RunningBoard:
        """A board that watches `paths`, once it answers; `before` is a command that starts it."""
        port, database = free_port(), database or self.folder / "board.db"
        output = self.folder / f"board-{len(self.boards)}.txt"
        command = [
            *before,
            sys.executable,
            "-m",
            "webapp.cli.main",
            "serve",
            *map(str, paths),
            "--port",
            str(port),
            "--database",
            str(database),
            *options,
        ]
        return self.start(RunningBoard(None, f"http://127.0.0.1:{port}", database, output, command), env)  # type: ignore[arg-type]

    def again(self, board: RunningBoard) -> RunningBoard:
        """The same board once more, after it was stopped."""
        return self.start(replace(board), {})

    def start(self, board: RunningBoard, env: dict[str, str]) -> RunningBoard:
        environment = os.environ | {"LOSSBOARD_SPOOL_DIR": str(self.folder / "spool")} | env
        with board.output.open("ab") as sink:
            board.process = subprocess.Popen(board.arguments, stdout=sink, stderr=subprocess.STDOUT, env=environment)
        self.boards.append(board)
        wait_until_up(board)
        return board

    def stop(self) -> None:
        for board in self.boards:
            board.stop(signal.SIGKILL)


@pytest.fixture
def start_board(tmp_path: Path) -> Iterator[Boards]:
    """Starts boards: `start_board(path, …, options=(…))`; every board is stopped after the test."""
    boards = Boards(tmp_path)
    yield boards
    boards.stop()


@pytest.fixture(scope="module")
def open_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """One board without a login and without logs, for tests that change nothing on it."""
    boards = Boards(tmp_path_factory.mktemp("open"))
    yield boards()
    boards.stop()


def wait_until_up(board: RunningBoard) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert board.process.poll() is None, board.output.read_text()
        try:
            if board.get("/healthz")[0] == 200:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, board.output.read_text()
        time.sleep(0.02)
