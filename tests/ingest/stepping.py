"""An ingest that moves only when a test says so: one search of the folders, then every log that wants to is read to its end.

The parts are the real ones; what is left out are the loops that wait for time and for the system, and the separate reading process
(its function is called directly), so that a test of a thousand steps takes seconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parser.log import LogParser
from webapp.ingest.discover import find_logs
from webapp.ingest.messages import Job, Slice
from webapp.ingest.task import Ingest
from webapp.ingest.worker import answer_job
from webapp.settings import Settings
from webapp.store.database import Database, open_database
from webapp.store.rows import RunRow
from webapp.store.runs import list_runs
from webapp.store.series import list_metrics, read_series


class NearReader:
    """Reads slices in this process."""

    def __init__(self) -> None:
        self.parsers: OrderedDict[tuple[int, int], LogParser] = OrderedDict()

    async def read(self, job: Job) -> Slice:
        return answer_job(job, self.parsers)

    async def close(self) -> None:
        self.parsers.clear()


class Steps:
    """One server after the other on the same database and folder."""

    def __init__(self, place: Path, *paths: Path, **settings: object) -> None:
        self.file = place / "board.db"
        self.paths = paths
        self.settings = Settings(database=str(self.file), **settings)  # type: ignore[arg-type]
        self.runner = asyncio.Runner()
        self.database: Database
        self.ingest: Ingest
        self.begin()

    def begin(self) -> None:
        self.database = open_database(self.file)
        self.ingest = Ingest(self.database, self.paths, self.settings)
        self.ingest.follower.reader = NearReader()  # type: ignore[assignment]
        self.runner.run(self.ingest.search.load_known())

    def crash(self) -> None:
        """The server dies between two steps and is started again; the file lock goes with the process that held it."""
        self.database.close()
        self.begin()

    def poll(self) -> None:
        self.runner.run(self._poll())

    async def _poll(self) -> None:
        ingest = self.ingest
        for _ in range(20):
            ingest._search_now.clear()
            await ingest.search.take(find_logs(ingest.roots))
            while len(ingest.turns):
                log = await ingest.turns.take()
                try:
                    await ingest.follower.read(log)
                finally:
                    ingest.turns.done(log)
            if not ingest._search_now.is_set():
                return
        raise AssertionError("the ingest asks for one search after the other")

    def close(self) -> None:
        self.database.close()
        self.runner.close()

    def runs(self) -> list[RunRow]:
        return sorted(list_runs(self.database, limit=1000)[0], key=lambda run: run.id)

    def values(self, metric: str = "loss", run_id: int | None = None) -> list[float]:
        """All values of a metric, run by run."""
        runs = [run for run in self.runs() if run_id in (None, run.id)]
        return [float(value) for run in runs for value in read_series(self.database, run.id, metric).value]

    def names(self, run_id: int) -> list[str]:
        return [row.name for row in list_metrics(self.database, run_id)]


@contextmanager
def stepping(place: Path, *paths: Path, **settings: object) -> Iterator[Steps]:
    steps = Steps(place, *paths, **settings)
    try:
        yield steps
    finally:
        steps.close()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def lines(first: int, last: int) -> str:
    """Log lines of steps first … last."""
    return "".join(f"step={n} loss={n}.5\n" for n in range(first, last + 1))
