"""A log that another process writes, and a page of a real browser."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.tabs import Tabs

WRITER = """
import sys
with open(sys.argv[1], "ab", buffering=0) as log:
    for command in sys.stdin:
        step, loss = command.split()
        log.write(f"step {step}: loss {loss}, lr 0.001, grad_norm 1.5\\n".encode())
        print("written", flush=True)
"""


class Writer:
    """Another process that appends one line at a time, as a training does."""

    def __init__(self, log: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def write(self, step: int, loss: float) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{step} {loss}\n")
        assert self.process.stdout.readline() == "written\n"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = folder / "live.log"
    path.write_text("".join(f"step {i}: loss {3 - i / 50:.4f}, lr 0.001, grad_norm 1.5\n" for i in range(1, 41)))
    return path


@pytest.fixture
def writer(log: Path) -> Iterator[Writer]:
    process = Writer(log)
    yield process
    process.stop()


@pytest.fixture
def page(tabs: Tabs) -> Page:
    return tabs.open(1280, 1000).page
