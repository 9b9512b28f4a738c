"""Fills a database as ingest does: logs through the real parser, or points by the million, committed by the store's own functions."""

import math
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from parser.log import LogParser
from parser.points import Parsed, Points, Progress, SeriesInfo, StepRule
from webapp.store import runs as run_store
from webapp.store.commit import SliceWrite, commit_slice
from webapp.store.database import Database
from webapp.store.rows import FileMark
from webapp.store.sources import NewSource, add_sources

BEGAN = datetime(2026, 1, 28, 10, tzinfo=UTC).timestamp()


def add_log(database: Database, log: Path, *, params: dict[str, str] | None = None, status: str = "finished", name: str = "") -> int:
    """One log file as a finished run of the experiment its folder stands for; returns the run's number."""
    data = log.read_bytes()
    parser = LogParser()
    first, last = parser.feed(data), parser.finish()
    commit(database, log, first, 0, len(data), status="" if len(data) else status, name=name)
    merged = Parsed(last.points, last.series, last.events, first.params | last.params | (params or {}), last.progress, last.outcome)
    return commit(database, log, merged, len(data), len(data), status=status, name=name)


def add_points(
    database: Database, path: Path, metrics: dict[str, Points], params: dict[str, str] | None = None, status: str = "finished"
) -> int:
    """A run made of points, without a log."""
    series = {name: SeriesInfo(name, name, "generic", StepRule("line")) for name in metrics}
    size = max((int(points.offset[-1]) + 40 for points in metrics.values()), default=0)
    last = max((float(points.time[-1]) for points in metrics.values()), default=BEGAN)
    parsed = Parsed(metrics, series, (), params or {}, Progress(), "finished")
    return commit(database, path, parsed, 0, size, status=status, updated=last)


def make_points(values, steps=None, every_s: float = 1.0, began: float = BEGAN) -> Points:
    """Points with a step each, `every_s` apart, 40 bytes of log for each."""
    value = np.asarray(values, float)
    n = len(value)
    step = np.arange(1.0, n + 1) if steps is None else np.asarray(steps, float)
    return Points(step, np.full(n, np.nan), value, began + every_s * np.arange(n), np.arange(n, dtype=np.int64) * 40)


def commit(
    database: Database, path: Path, parsed: Parsed, start: int, size: int, *, status: str, name: str = "", updated: float = BEGAN + 3600
) -> int:
    """One slice of a log, from byte `start` to `size`; the first one makes the source."""
    raw = bytes(path)
    if start == 0:
        source = add_sources(database, [NewSource(raw, bytes(path.parent), path.parent.name, name or path.stem)])[0]
    else:
        from webapp.store.sources import list_sources

        source = next(found for found in list_sources(database) if found.path == raw)
    write = SliceWrite(
        source=source,
        mark=FileMark(ino=source.id, offset=size),
        size=size,
        parsed=parsed,
        parser=b"",
        lines=0,
        arrival=math.nan,
        updated=updated,
        show=True,
        status=status,
        reason="The log says so." if status else "",
    )
    run_id = commit_slice(database, write).run_id
    assert run_id is not None
    return run_id


def add_many(database: Database, experiments: int, runs: int) -> None:
    """Runs spread over experiments, with parameters, a short loss and a sparkline; `runs` is a multiple of 50 times `experiments`.

    Fifty runs of each kind are committed as ingest does; the others are copies of their rows, because ten thousand commits take minutes.
    """
    rng = np.random.default_rng(0)
    for number in range(50):
        values = np.round(3 * np.exp(-np.arange(20) / 10) + rng.normal(0, 0.1, 20), 4)
        params = {
            "learning_rate": f"{10 ** -(2 + number % 4):g}",
            "seed": str(number % 7),
            "batch_size": "8",
            "model": f"model-{number % 5}",
        }
        points = make_points(values, began=BEGAN + number * 60)
        log = Path(f"/logs/exp-0/run-{number}.log")
        run_id = add_points(database, log, {"loss": points, "eval_loss": points}, params, "finished" if number % 9 else "failed")
        run_store.write_metrics(database, run_id, 1, b"{}", values.tolist())
    copy_runs(database.path, experiments, runs)


def copy_runs(path: Path, experiments: int, runs: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(1, experiments):
            copy_row(connection, "experiment", 1, {"id": number + 1, "name": f"exp-{number}", "folder": f"/logs/exp-{number}".encode()})
        for number in range(50, runs):
            source, target = number % 50 + 1, number + 1
            name, home = f"run-{number}", number * experiments // runs + 1
            copy_row(connection, "experiment_run", source, {"id": target, "experiment_id": home, "name": name, "path": f"/logs/{name}.log"})
            copy_row(connection, "run_progress", source, {"run_id": target}, key="run_id")
            for extra in (1, 2):
                copy_row(connection, "series", 2 * (source - 1) + extra, {"id": 2 * (target - 1) + extra, "run_id": target})


def copy_row(connection: sqlite3.Connection, table: str, source: int, new: dict[str, object], key: str = "id") -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    chosen = ", ".join("?" if column in new else f'"{column}"' for column in columns)
    values = [new[column] for column in columns if column in new]
    connection.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE {key} = ?", [*values, source])
