"""Boards started by their command, read by what they print."""

import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Board:
    """A running command and what it has printed; `url` is the link it asked to open."""

    process: subprocess.Popen[str]
    url: str = ""
    printed: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for_line(self, wanted: str, seconds: float = 60) -> str:
        """The first printed line in which the pattern is found."""

        def found() -> str | None:
            return next((line for line in self.printed if re.search(wanted, line)), None)

        with self.changed:
            self.changed.wait_for(lambda: found() or self.process.poll() is not None, seconds)
            line = found()
        assert line, f"{wanted!r} was not printed: {self.printed}"
        return line

    def read_output(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self.changed:
                self.printed.append(line.rstrip("\n"))
                self.changed.notify_all()
        self.process.wait()
        with self.changed:
            self.changed.notify_all()


@contextmanager
def running(*arguments: str | Path, home: Path, **environment: str) -> Iterator[Board]:
    """`lossboard ARGUMENTS` with `home` as its home, once it has printed its address; killed at the end if it still runs."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("LOSSBOARD_", "XDG_"))}
    command = [sys.executable, "-m", "webapp.cli.main", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=inherited | {"HOME": str(home)} | environment
    ) as process:
        board = Board(process)
        reader = threading.Thread(target=board.read_output)
        reader.start()
        try:
            board.url = board.wait_for_line(r"^Open http").split()[1]
            yield board
        finally:
            if process.poll() is None:
                process.kill()
            reader.join()


def fetch(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def wait_until(test: Callable[[], object], seconds: float = 60) -> None:
    """Returns once `test` gives something true."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline
        time.sleep(0.05)
