"""A server that is killed at any moment loses nothing and repeats nothing: real processes, real SIGKILL."""

import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faulty import strace_works
from tests.ingest.serving import Server
from webapp.store.backup import copy_database
from webapp.store.database import open_database
from webapp.store.runs import list_runs
from webapp.store.series import read_series


def read_all(database: Path, folder: Path) -> None:
    server = Server(database, folder, until_read=True)
    assert server.process.wait(150) == 0
    server.close()


def stored(database: Path) -> tuple[list[float], list[float]]:
    """Steps and values of all points of the only run, after a check of the whole file."""
    with closing(open_database(database)) as opened:
        with opened.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        (run,), _ = list_runs(opened)
        series = read_series(opened, run.id, "loss")
        return series.step.tolist(), series.value.tolist()


def kill_again_and_again(tmp_path: Path, rounds: int, seed: int) -> int:
    """Returns how many lines there were."""
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    folder.mkdir()
    log = folder / "train.log"
    chance = random.Random(seed)
    lines, rest = 0, b""
    with log.open("ab", buffering=0) as writer:
        for _ in range(rounds):
            burst = b"".join(b"step=%d loss=%d.5\n" % (n, n) for n in range(lines + 1, lines + 501))
            lines += 500
            server = Server(database, folder)
            text = rest + burst
            cut = chance.randrange(len(text))
            half = chance.randrange(cut + 1)
            writer.write(text[:half])
            time.sleep(chance.uniform(0.3, 1.0))
            writer.write(text[half:cut])
            rest = text[cut:]
            time.sleep(chance.uniform(0.0, 0.15))
            server.kill()
        writer.write(rest)
    read_all(database, folder)
    steps, values = stored(database)
    assert steps == [float(n) for n in range(1, lines + 1)]
    assert values == [n + 0.5 for n in range(1, lines + 1)]
    return lines


def test_a_server_killed_ten_times_while_it_reads_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """T01, short"""
    kill_again_and_again(tmp_path, 10, seed=1)


@pytest.mark.faults
def test_a_server_killed_two_hundred_times_loses_and_repeats_nothing(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """T01"""
    lines = kill_again_and_again(tmp_path, 200, seed=2)
    record_property("reached", f"200 kills, {lines:,} lines, 0 lost, 0 double")


def crash_at(tmp_path: Path, call: str, when: str, how: str, journal: str = "wal") -> bool:
    """One server that dies (or meets errors) at these calls; afterwards another reads on. Returns whether it ended early."""
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    folder.mkdir(exist_ok=True)
    (folder / "train.log").write_text("".join(f"step={n} loss={n}.5\n" for n in range(1, 3001)))
    inject = f"inject={call}:{how}:when={when}"
    tracer = ("strace", "-f", "-qq", "-o", str(tmp_path / "strace.txt"), "-e", f"trace={call}", "-e", inject)
    server = Server(database, folder, until_read=True, before=tracer, journal=journal)
    died = server.process.wait(120) != 0
    server.close()
    for file in tmp_path.glob("strace*"):
        file.unlink()
    read_all(database, folder)
    steps, _ = stored(database)
    assert steps == [float(n) for n in range(1, 3001)], f"{call} number {when}"
    for file in tmp_path.glob("board.db*"):
        file.unlink()
    return died


PLACES = [("pwrite64", 6, "wal"), ("pwrite64", 40, "wal"), ("fdatasync", 3, "wal"), ("unlink", 1, "wal"), ("pwrite64", 45, "delete")]


@pytest.mark.parametrize(("call", "nth", "journal"), PLACES)
def test_a_kill_inside_a_write_of_the_database_loses_and_repeats_nothing(tmp_path: Path, call: str, nth: int, journal: str) -> None:
    """T02, short: one place each; needs strace and the right to trace."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    assert crash_at(tmp_path, call, str(nth), "signal=SIGKILL", journal)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("call", "journal"), [*((call, "wal") for call in ("pwrite64", "fdatasync", "unlink", "ftruncate")), ("pwrite64", "delete")]
)
def test_a_kill_inside_any_write_of_the_database_loses_and_repeats_nothing(
    tmp_path: Path, call: str, journal: str, record_property: Callable[[str, object], None]
) -> None:
    """T02: every place up to the fortieth, or until the call comes no more."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    places = 0
    while places < 40 and crash_at(tmp_path, call, str(places + 1), "signal=SIGKILL", journal):
        places += 1
    record_property("reached", f"{call}, journal {journal}: {places} places")
    assert places > (2 if call == "ftruncate" else 4)


ERRORS = [(call, error) for call in ("pwrite64", "fdatasync") for error in ("ENOSPC", "EIO", "EINTR")]


@pytest.mark.parametrize(("call", "error"), [("pwrite64", "ENOSPC"), ("fdatasync", "EIO")])
def test_a_write_of_the_database_that_fails_is_made_good(tmp_path: Path, call: str, error: str) -> None:
    """T03, short: the server goes on by itself, or ends with a message and is started again."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    crash_at(tmp_path, call, "6..8", f"error={error}")


@pytest.mark.faults
@pytest.mark.parametrize(("call", "error"), ERRORS)
def test_any_write_of_the_database_may_fail(tmp_path: Path, call: str, error: str) -> None:
    """T03: three calls in a row, wherever they come."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    for first in range(1, 41, 3):
        crash_at(tmp_path, call, f"{first}..{first + 2}", f"error={error}")


def test_a_copy_made_while_logs_are_read_is_whole_and_is_read_on(tmp_path: Path) -> None:
    """T26: what the copy lacks is read again from the log, to the same points."""
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    folder.mkdir()
    log = folder / "train.log"
    log.write_text("step=1 loss=1.5\n")
    server = Server(database, folder)
    server.wait_until(read=1)
    copies, lines = [], 1
    with log.open("a") as writer:
        for number in range(8):
            writer.write("".join(f"step={n} loss={n}.5\n" for n in range(lines + 1, lines + 2001)))
            writer.flush()
            lines += 2000
            copies.append(tmp_path / f"copy-{number}" / "board.db")
            copies[-1].parent.mkdir()
            assert copy_database(database, copies[-1]).check == "ok"
    server.wait_until(read=log.stat().st_size)
    server.kill()
    counts = [len(stored(copy)[0]) for copy in copies]
    assert counts == sorted(counts)
    for copy in copies[::3]:
        read_all(copy, folder)
        assert stored(copy)[0] == [float(n) for n in range(1, lines + 1)]
