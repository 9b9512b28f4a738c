"""A server that is killed at any moment loses nothing and repeats nothing: real processes, real SIGKILL."""

import random
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faulty import strace_works
from tests.ingest.serving import Server
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


def kill_again_and_again(tmp_path: Path, rounds: int, seed: int) -> None:
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


def test_a_server_killed_ten_times_while_it_reads_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """T01, short"""
    kill_again_and_again(tmp_path, 10, seed=1)


@pytest.mark.faults
def test_a_server_killed_two_hundred_times_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """T01"""
    kill_again_and_again(tmp_path, 200, seed=2)


def crash_at(tmp_path: Path, call: str, nth: int, how: str) -> bool:
    """One server that dies (or meets an error) at the nth call; afterwards another reads on. False once the call comes no more."""
    folder, database = tmp_path / "runs", tmp_path / "board.db"
    folder.mkdir(exist_ok=True)
    (folder / "train.log").write_text("".join(f"step={n} loss={n}.5\n" for n in range(1, 3001)))
    inject = f"inject={call}:{how}:when={nth}"
    tracer = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", str(tmp_path / "strace.txt"), "-e", f"trace={call}", "-e", inject)
    server = Server(database, folder, until_read=True, before=tracer)
    try:
        died = server.process.wait(60) != 0
    except subprocess.TimeoutExpired:
        died = True
        server.process.kill()
    server.close()
    for file in tmp_path.glob("strace*"):
        file.unlink()
    read_all(database, folder)
    steps, _ = stored(database)
    assert steps == [float(n) for n in range(1, 3001)], f"{call} number {nth}"
    for file in tmp_path.glob("board.db*"):
        file.unlink()
    return died


@pytest.mark.parametrize(("call", "nth"), [("pwrite64", 6), ("pwrite64", 40), ("fdatasync", 3), ("unlink", 1)])
def test_a_kill_inside_a_write_of_the_database_loses_and_repeats_nothing(tmp_path: Path, call: str, nth: int) -> None:
    """T02, short: one place each; needs strace and the right to trace."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    crash_at(tmp_path, call, nth, "signal=SIGKILL")


@pytest.mark.faults
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "unlink", "ftruncate"])
def test_a_kill_inside_any_write_of_the_database_loses_and_repeats_nothing(tmp_path: Path, call: str) -> None:
    """T02: every place up to the fortieth, or until the call comes no more."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    for nth in range(1, 41):
        if not crash_at(tmp_path, call, nth, "signal=SIGKILL"):
            break
