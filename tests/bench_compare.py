"""What a comparison of ten runs of a million points costs beside the page of one, and what tables of ten thousand runs cost.

CPU time of the serving process for one request, the page as a browser gets it. "First" is the first request of those runs after the start,
so nothing of them is in memory, while code and templates are: short runs were shown before. A changed control is asked for afterwards, each
time with a value that nobody has looked at.
"""

import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psutil

from tests.conftest import free_port
from tests.figures import Figure
from tests.filled import add_many, add_points, make_points
from webapp.store.database import open_database

RUNS, POINTS = 10, 1_000_000
MANY, EXPERIMENTS = 10_000, 300
ROUNDS = 10
VALUES = range(11, 21)  # of a control that is changed: each gives a view that nobody has looked at
CONTROLS = {
    "smoothing": "smooth=0.6{0}",
    "log scale": "log=xy&points=9{0}",
    "outliers hidden": "clip=1&points=9{0}",
    "zoom": "from=4{0}000&to=500000",
    "x axis": "x=relative&points=9{0}",
    "groups": "group=seed&level=1.{0}",
    "a baseline": "base=1&points=9{0}",
    "a level": "level=1.{0}",
}
TABLES = {
    "/": "/",
    "all runs": "/runs",
    "all runs, a word": "/runs?q=run-12",
    "all runs, by a metric": "/runs?q=eval_loss%3C0.4&sort=metric:eval_loss&col=metric:eval_loss",
    "all runs, by a parameter": "/runs?q=learning_rate%3C0.005&sort=param:learning_rate&col=param:learning_rate",
    "runs of an experiment": "/experiments/2/runs",
}


class Board:
    """A serving process on a database; `cpu_ms` of one request, and its answer's length."""

    def __init__(self, database: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "webapp.cli.main", "serve", "--no-token", "--port", str(self.port), "--database", str(database)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.usage = psutil.Process(self.process.pid)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get("/healthz")
                break
            except OSError:
                assert time.monotonic() < deadline, "the board did not start"
                time.sleep(0.05)
        self.get("/login")  # templates and chart code are imported and compiled by now
        self.get("/compare")

    def get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200, (path, answer.status)
        return body

    def cpu_ms(self, *paths: str) -> float:
        """Mean CPU time of one of these requests; the system counts in steps of 10 ms, so several are counted together."""
        before = self.usage.cpu_times()
        for path in paths:
            self.get(path)
        after = self.usage.cpu_times()
        return 1000 * (after.user + after.system - before.user - before.system) / len(paths)

    def again_ms(self, path: str) -> float:
        return self.cpu_ms(*[path] * ROUNDS)


@contextmanager
def serving(database: Path) -> Iterator[Board]:
    board = Board(database)
    try:
        yield board
    finally:
        board.process.terminate()
        board.process.wait(20)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        yield from long_runs(Path(temporary) / "long.db")
        yield from many_runs(Path(temporary) / "many.db")


def long_runs(path: Path) -> Iterator[Figure]:
    with closing(open_database(path)) as database:
        steps = np.arange(1.0, POINTS + 1)
        for number in range(RUNS):
            noise = np.random.default_rng(number).normal(0, 0.1, POINTS)
            values = np.round(3 * np.exp(-steps / 3e5) + 0.5 + noise, 4)
            add_points(database, Path(f"/logs/long/run-{number}.log"), {"loss": make_points(values)}, {"seed": str(number)})
        for number in range(RUNS):
            add_points(database, Path(f"/logs/short/run-{number}.log"), {"loss": make_points(values[:1000])}, {"seed": str(number)})
    long, short = (range(first, first + RUNS) for first in (1, RUNS + 1))
    compare, warm = ("/compare?metric=loss&" + "&".join(f"run={number}" for number in runs) for runs in (long, short))
    with serving(path) as board:
        board.cpu_ms(*(f"/runs/{number}?metric=loss" for number in short))
        one = board.cpu_ms(*(f"/runs/{number}?metric=loss" for number in long))
    with serving(path) as board:
        yield Figure("ten short runs compared, the very first page of a board", board.cpu_ms(warm), "ms CPU")
        ten = board.cpu_ms(compare)
        again = board.again_ms(compare)
        yield Figure("one run of 1,000,000 points, first view", one, "ms CPU")
        yield Figure("ten runs compared, first view / one run", ten / one, "×", 6, note=f"{ten:.0f} ms")
        yield Figure("ten runs compared, first view", ten, "ms CPU", 90)
        yield Figure("ten runs compared, again / one run", again / one, "×", 3, note=f"{again:.0f} ms")
        yield Figure("ten runs compared, again", again, "ms CPU", 40)
        for name, query in CONTROLS.items():
            addresses = [query.format(value) for value in VALUES]
            first = board.cpu_ms(f"{compare}&{query.format(VALUES.stop)}")
            changed = board.cpu_ms(*(f"{compare}&{address}" for address in addresses))
            alone = board.cpu_ms(*(f"/runs/1?metric=loss&{address}" for address in addresses))
            note = f"{changed:.0f} ms, the first of its kind {first:.0f}; one run so {alone:.0f}"
            yield Figure(f"ten runs compared, {name} / one run", changed / one, "×", 3, note=note)


def many_runs(path: Path) -> Iterator[Figure]:
    with closing(open_database(path)) as database:
        add_many(database, EXPERIMENTS, MANY)
    with serving(path) as board:
        for name, address in TABLES.items():
            board.get(address)
            yield Figure(f"{MANY:,} runs: {name}", board.again_ms(address), "ms CPU", 300, note=f"{len(board.get(address)) / 1024:.0f} KiB")
