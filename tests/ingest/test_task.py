"""The whole ingest: loops, watcher, reading process. No test sleeps; each waits for what was committed."""

import asyncio
import json
import os
import resource
import signal
from pathlib import Path

from tests.ingest.conftest import Following
from tests.ingest.stepping import append, lines, write
from webapp.store.database import Database
from webapp.store.rows import RunRow
from webapp.store.runs import delete_run, list_runs, metrics_json
from webapp.store.series import read_series


def runs(database: Database) -> list[RunRow]:
    return sorted(list_runs(database, limit=1000)[0], key=lambda run: run.id)


def points(database: Database) -> int:
    return sum(run.points for run in runs(database))


def test_a_growing_log_is_followed_line_by_line(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        log = folder / "train.log"
        write(log, lines(1, 10))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 10)
            for n in range(11, 21):
                append(log, lines(n, n))
                await ingest.wait(lambda n=n: points(database) == n)
            series = read_series(database, runs(database)[0].id, "loss")
            assert series.value.tolist() == [n + 0.5 for n in range(1, 21)]
            assert [t == t for t in series.time] == [False] * 10 + [True] * 10
            assert runs(database)[0].status == "running"

    asyncio.run(scenario())


def test_a_log_that_appears_in_a_new_folder_is_found(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        async with following(folder, rescan_s=30) as ingest:
            await ingest.wait(lambda: ingest.progress().searched)
            write(folder / "new" / "run" / "train.log", lines(1, 3))
            await ingest.wait(lambda: points(database) == 3)
            assert runs(database)[0].experiment == "new/run"

    asyncio.run(scenario())


def test_a_log_whose_name_is_no_text_is_read_and_followed_beside_the_others(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        odd = Path(os.fsdecode(bytes(folder) + b"/caf\xe9.log"))
        write(odd, lines(1, 3))
        write(folder / "train.log", lines(1, 4))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 7)
            odd.rename(os.fsdecode(bytes(folder) + b"/caf\xe9-2.log"))
            append(Path(os.fsdecode(bytes(folder) + b"/caf\xe9-2.log")), lines(4, 5))
            await ingest.wait(lambda: points(database) == 9)
            assert ingest.fault == ""
            assert sorted(run.name for run in runs(database)) == ["caf\\xe9", "train"]

    asyncio.run(scenario())


def test_a_folder_whose_name_is_no_text_keeps_the_system_from_telling_of_no_other(
    following: Following, database: Database, folder: Path, tmp_path: Path
) -> None:
    async def scenario() -> None:
        odd = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))
        write(odd / "odd.log", lines(1, 3))
        async with following(odd, folder, rescan_s=600) as ingest:
            await ingest.wait(lambda: points(database) == 3)
            write(folder / "new.log", lines(1, 4))
            await ingest.wait(lambda: points(database) == 7)
            append(odd / "odd.log", lines(4, 5))
            await ingest.wait(lambda: points(database) == 9)

    asyncio.run(scenario())


def test_a_single_log_is_followed_even_when_it_is_replaced(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        log = folder / "train.log"
        write(log, lines(1, 3))
        write(folder / "other.log", lines(1, 50))
        async with following(log) as ingest:
            await ingest.wait(lambda: points(database) == 3)
            write(folder / "next", lines(1, 8))
            (folder / "next").rename(log)
            await ingest.wait(lambda: points(database) == 8)
            assert [run.name for run in runs(database)] == ["train"]

    asyncio.run(scenario())


def test_the_metrics_column_has_every_point_in_the_documented_form(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        write(folder / "a.log", "2026-01-28T10:00:00Z step=1 loss=2.5 lr=nan\n2026-01-28T10:00:01Z step=2 loss=2.25 lr=1e-4\n")
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 4)
        (run,) = runs(database)
        document = json.loads(metrics_json(database, run.id))
        assert document["loss"] == [
            {"step": 1, "value": 2.5, "timestamp": "2026-01-28T10:00:00Z"},
            {"step": 2, "value": 2.25, "timestamp": "2026-01-28T10:00:01Z"},
        ]
        assert document["learning_rate"][0]["value"] == "NaN"
        assert run.spark == (2.5, 2.25)

    asyncio.run(scenario())


def test_the_metrics_column_of_a_long_run_is_the_shape_of_its_curve(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        text = "".join(f"step={n} loss={(-99 if n == 7777 else n % 97)}\n" for n in range(1, 20_001))
        write(folder / "a.log", text)
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 20_000)
        (run,) = runs(database)
        curve = json.loads(metrics_json(database, run.id))["loss"]
        assert 300 < len(curve) <= 1004
        assert (curve[0]["step"], curve[-1]["step"]) == (1, 20_000)
        assert {"step": 7777, "value": -99.0, "timestamp": None} in curve

    asyncio.run(scenario())


def test_a_log_that_could_not_be_opened_for_a_while_is_read_though_nothing_about_it_changes(
    following: Following, database: Database, folder: Path
) -> None:
    """T13: nor does anything where a network disk or a ticket for it was away for a moment."""

    async def scenario() -> None:
        write(folder / "a.log", lines(1, 3))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 3)
            pid = ingest.follower.reader.pid
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, before[1]))
            write(folder / "b.log", lines(1, 4))
            await ingest.wait(lambda: any(log.source.state == "unreadable" for log in ingest.logs.values()))
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            await ingest.wait(lambda: points(database) == 7)
            assert ingest.follower.reader.pid == pid

    asyncio.run(scenario())


def test_a_killed_reading_process_is_started_again_and_nothing_is_lost(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        log = folder / "train.log"
        write(log, lines(1, 5))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 5)
            first = ingest.follower.reader.pid
            os.kill(first, signal.SIGKILL)
            append(log, lines(6, 9))
            await ingest.wait(lambda: points(database) == 9)
            assert ingest.follower.reader.pid != first
            assert ingest.fault == ""

    asyncio.run(scenario())


def test_the_reading_process_ends_while_logs_rest_and_starts_with_the_next_line(
    following: Following, database: Database, folder: Path
) -> None:
    async def scenario() -> None:
        log = folder / "train.log"
        write(log, lines(1, 5))
        async with following(folder) as ingest:
            reader = ingest.follower.reader
            reader.rest_s = 0.05
            await ingest.wait(lambda: points(database) == 5)
            await ingest.wait(lambda: reader.pid is None)
            append(log, lines(6, 9))
            await ingest.wait(lambda: points(database) == 9)
            assert ingest.fault == ""

    asyncio.run(scenario())


def test_a_run_deleted_while_its_log_grows_stays_deleted(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        log = folder / "train.log"
        write(log, lines(1, 5))
        write(folder / "other.log", lines(1, 5))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 10)
            gone = next(run for run in runs(database) if run.name == "train")
            delete_run(database, gone.id)
            append(log, lines(6, 7))
            append(folder / "other.log", lines(6, 7))
            await ingest.wait(lambda: points(database) == 7)
            append(log, lines(8, 9))
            append(folder / "other.log", lines(8, 9))
            await ingest.wait(lambda: points(database) == 9)
            assert [run.name for run in runs(database)] == ["other"]
            assert ingest.fault == ""

    asyncio.run(scenario())


def test_three_hundred_logs_are_read_and_the_progress_ends(following: Following, database: Database, folder: Path) -> None:
    async def scenario() -> None:
        for n in range(300):
            write(folder / f"set{n % 7}" / f"run{n}.log", lines(1, 3))
        async with following(folder) as ingest:
            await ingest.wait(lambda: ingest.progress().over, 120)
            progress = ingest.progress()
            assert (progress.files, progress.done, progress.read) == (300, 300, progress.total)
            assert ingest.backfill_text() == ""
        assert points(database) == 900

    asyncio.run(scenario())


def test_a_small_live_log_does_not_wait_for_a_large_old_one(following: Following, database: Database, folder: Path) -> None:
    """T42, short: the live log gets its turns while 12 MB of backlog are read."""

    async def scenario() -> None:
        live = folder / "live.log"
        write(live, lines(1, 1))
        async with following(folder) as ingest:
            await ingest.wait(lambda: points(database) == 1)
            write(folder / "large.log", "".join(f"step={n} loss={n}.5 text text text text text text\n" for n in range(250_000)))
            await ingest.wait(lambda: any(run.name == "large" for run in runs(database)))
            for n in range(2, 5):
                append(live, lines(n, n))
                await ingest.wait(lambda n=n: next(run for run in runs(database) if run.name == "live").points == n)
            large = next(run for run in runs(database) if run.name == "large")
            assert large.points < 250_000, "the large log was not read at one go"
            await ingest.wait(lambda: points(database) == 250_004, 120)

    asyncio.run(scenario())
