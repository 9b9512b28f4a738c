"""What storing costs: bytes and time per point, reading a million, a commit per line, text to points, ten thousand files."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from parser.points import Parsed, Points, Progress
from tests.figures import Figure
from tests.store.made import Log, parsed
from webapp.ingest.discover import find_logs
from webapp.ingest.task import Ingest
from webapp.settings import Settings
from webapp.store.database import Database, open_database
from webapp.store.runs import list_runs, run_version
from webapp.store.series import read_overview, read_series

MILLION = 1_000_000
SLICE = 10_000  # points of a metric in one slice of text
LINES = 200_000  # of text; four metrics each
WRITTEN = 40


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        place = Path(temporary)
        yield from million_points(place)
        yield from single_lines(place)
        yield from out_of_text(place)
        yield from ten_thousand_files(place)


def million_points(place: Path) -> Iterator[Figure]:
    """Four metrics of a million points each, as a trainer prints them."""
    path = place / "million.db"
    with closing(open_database(path)) as database:
        log = Log(database)
        slices = [made_slice(first, SLICE) for first in range(0, MILLION, SLICE)]
        seconds = cpu_s(lambda: [log.write(part) for part in slices], 1)
        yield Figure("storing parsed points", 4 * MILLION / seconds, "points/s of CPU", 300_000, more=True)
        yield Figure("reading a series of 1e6 points", cpu_s(lambda: read_series(database, log.run_id, "loss")) * 1e3, "ms CPU", 60)
        yield Figure("overview of a series of 1e6", cpu_s(lambda: read_overview(database, log.run_id, "loss")) * 1e3, "ms CPU", 5)
        zoom = cpu_s(lambda: read_series(database, log.run_id, "loss", 500_000, 501_000))
        yield Figure("1,000 of 1e6 points (a zoom)", zoom * 1e3, "ms CPU", 5)
        poll = cpu_s(lambda: [run_version(database, log.run_id) for _ in range(1000)], 1)
        yield Figure("version of a run (every poll)", poll, "ms CPU", 0.3)
    yield Figure("bytes on disk per point, four metrics", path.stat().st_size / 4 / MILLION, "B", 8)


def made_slice(first: int, count: int) -> Parsed:
    chance = np.random.default_rng(first)
    step = np.arange(first + 1.0, first + count + 1)
    time_s = np.round(1.76e9 + step * 0.3 + chance.normal(0, 0.02, count), 3)
    offset = (step * 104).astype(np.int64) + chance.integers(0, 4, count)
    values = {
        "loss": np.round(2 + np.exp(-step / 2e5) + chance.normal(0, 0.2, count), 4),
        "grad_norm": chance.gamma(2.0, 0.4, count).astype(np.float32).astype(np.float64),
        "learning_rate": np.array([float(f"{5e-5 * (1 - s / MILLION):.6e}") for s in step]),
        "epoch": np.round(step / 5000, 2),
    }
    return parsed(
        {name: Points(step, values["epoch"], value, time_s, offset) for name, value in values.items()}, progress=Progress(step[-1])
    )


def single_lines(place: Path) -> Iterator[Figure]:
    """One commit for every line, as a live log makes them."""
    with closing(open_database(place / "lines.db")) as database:
        log = Log(database)
        parts = [made_slice(n, 1) for n in range(2000)]
        seconds = cpu_s(lambda: [log.write(part) for part in parts], 1)
        yield Figure("one line of four metrics, committed", seconds / len(parts) * 1e3, "ms CPU", 5)


def trainer_line(step: int) -> str:
    loss = 2.0 / (1 + step / 500) + random.gauss(0, 0.02)
    rest = f"'grad_norm': {random.uniform(0.5, 2):.6f}, 'learning_rate': {5e-5 * (1 - step / 1e6):.6e}, 'step': {step}"
    return f"{{'loss': {loss:.4f}, {rest}, 'epoch': {step / 5000:.2f}}}\n"


def out_of_text(place: Path) -> Iterator[Figure]:
    """A log that is there is read, then one line at a time is appended to it."""
    folder = place / "runs"
    folder.mkdir()
    log = folder / "train.log"
    random.seed(1)
    log.write_text("".join(trainer_line(step) for step in range(LINES)))
    with closing(open_database(place / "text.db")) as database:
        points, seconds, waits = asyncio.run(follow(database, folder, log))
    yield Figure("text → stored points, one log", points / seconds, "points/s", 300_000, more=True, note=f"{seconds:.1f} s wall")
    yield Figure("written → committed, median", statistics.median(waits), "s", 0.1)
    yield Figure("written → committed, p95", statistics.quantiles(waits, n=20)[18], "s", 0.25)


async def follow(database: Database, folder: Path, log: Path) -> tuple[int, float, list[float]]:
    ingest = Ingest(database, [folder], Settings())
    began = time.monotonic()
    await ingest.start()
    await ingest.wait(lambda: ingest.progress().over, 300)
    seconds = time.monotonic() - began
    points = list_runs(database)[0][0].points
    waits = []
    for step in range(LINES, LINES + WRITTEN):
        await asyncio.sleep(random.uniform(0.1, 0.5))  # any phase of any clock in the ingest
        before = ingest.commits
        with log.open("a") as out:
            out.write(trainer_line(step))
        written = time.monotonic()
        await ingest.wait(lambda before=before: ingest.commits > before)  # type: ignore[misc]
        waits.append(time.monotonic() - written)
    await ingest.stop()
    return points, seconds, waits


def ten_thousand_files(place: Path) -> Iterator[Figure]:
    for n in range(10_000):
        path = place / "many" / f"sweep{n % 100}" / f"run{n}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("step=1 loss=2.5\n")
    found = [find_logs([str(place / "many")]) for _ in range(3)]
    yield Figure("searching 10,000 logs", statistics.median(scan.cpu_s for scan in found), "s CPU", 0.5)


def cpu_s(call: Callable[[], object], times: int = 5) -> float:
    """CPU seconds of a call, the median of several after one to warm up (a single one is measured cold)."""
    taken = []
    for _ in range(times + (times > 1)):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return statistics.median(taken[1:] or taken)
