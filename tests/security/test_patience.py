"""T57: slow, silent and greedy visitors: they are given up, and everybody else is served meanwhile."""

import contextlib
import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.conftest import Boards, RunningBoard, free_port, wait_until_up
from tests.security.asking import ask

# a board whose patience is short, so that a test need not have more
IMPATIENT = """
import sys, webapp.connections as connections
connections.HEAD_S = connections.BODY_S = connections.TAKE_S = float(sys.argv.pop(1))
from webapp.cli.main import main
main()
"""
PATIENCE_S = 0.5
LIMIT = 20  # answers at a time
MIB = 1024 * 1024
FORM = b"application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("impatient")
    big = folder / "runs" / "big.log"
    big.parent.mkdir()
    big.write_text("".join(f"step={n} loss={n}.5 {'x' * 1000}\n" for n in range(20_000)))
    port, output = free_port(), folder / "output.txt"
    options = ["--no-token", "--port", str(port), "--database", str(folder / "board.db")]
    command = [sys.executable, "-c", IMPATIENT, str(PATIENCE_S), "serve", str(big.parent), *options]
    with output.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=os.environ | {"LOSSBOARD_CONNECTIONS": str(LIMIT)})
    board = RunningBoard(process, f"http://127.0.0.1:{port}", folder / "board.db", output)
    wait_until_up(board)
    board.wait_for("/api/v1/runs", '"id":1')
    yield board
    board.stop()


def connect(board: RunningBoard, said: bytes, buffer: int = 0) -> socket.socket:
    address = urlsplit(board.url)
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(20)
    connection.connect((address.hostname, address.port))
    connection.sendall(said.replace(b"{host}", address.netloc.encode()))
    return connection


def is_given_up(connection: socket.socket) -> bool:
    """Waits until the board ends the connection."""
    try:
        while connection.recv(MIB):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def send_slowly(connection: socket.socket, data: bytes, pause_s: float) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause_s)


HALVES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: {host}\r\nX: ",
    "half a body": b"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: " + FORM + b"\r\nContent-Length: 99\r\n\r\ntoken=",
    "half a second head": b"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\nGET /",
}


@pytest.mark.parametrize("said", HALVES.values(), ids=HALVES)
def test_who_does_not_go_on_is_given_up(impatient: RunningBoard, said: bytes) -> None:
    with contextlib.closing(connect(impatient, said)) as connection:
        assert is_given_up(connection)


def test_a_head_that_comes_byte_by_byte_is_given_up(impatient: RunningBoard) -> None:
    half = connect(impatient, b"GET / HTTP/1.1\r\nX: ")
    with contextlib.closing(half), pytest.raises((ConnectionResetError, BrokenPipeError)):
        send_slowly(half, b"a" * 1000, PATIENCE_S / 10)


def test_who_does_not_take_the_answer_is_given_up(impatient: RunningBoard) -> None:
    request = b"GET /runs/1/log HTTP/1.1\r\nHost: {host}\r\n\r\n"
    with contextlib.closing(connect(impatient, request, buffer=4096)):
        process = psutil.Process(impatient.process.pid)
        port = urlsplit(impatient.url).port
        deadline = time.monotonic() + 20
        while any(found.laddr.port == port and found.status == "ESTABLISHED" for found in process.net_connections("tcp4")):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_body_that_comes_slowly_but_comes_is_read(impatient: RunningBoard) -> None:
    body = b"run=1&back=/"
    head = b"POST /manage/pin HTTP/1.1\r\nHost: {host}\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    with contextlib.closing(connect(impatient, head % (FORM, len(body)))) as connection:
        send_slowly(connection, body, PATIENCE_S / 5)
        assert connection.recv(65536).startswith(b"HTTP/1.1 303")


def test_many_silent_visitors_keep_nobody_out(impatient: RunningBoard) -> None:
    """Five times as many as the board answers at a time; one connection more than it keeps is at the cost of the longest silent."""
    silent = [connect(impatient, HALVES["half a head"]) for _ in range(5 * LIMIT)]
    try:
        assert [ask(impatient, "GET", "/runs").status for _ in range(5)] == [200] * 5
    finally:
        for connection in silent:
            connection.close()


def test_one_request_more_than_are_answered_at_a_time_is_told_so(impatient: RunningBoard) -> None:
    """The answer carries what every answer carries, and as soon as one of the others is over, there is room again."""
    body = b"run=1&back=/"
    head = b"POST /manage/pin HTTP/1.1\r\nHost: {host}\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (FORM, len(body))
    slow = [connect(impatient, head) for _ in range(LIMIT)]
    try:
        refused = next(answer for answer in iter(lambda: ask(impatient, "GET", "/healthz"), None) if answer.status != 200)
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        assert refused.headers["x-content-type-options"] == "nosniff"
    finally:
        for connection in slow:
            connection.close()
    assert next(answer for answer in iter(lambda: ask(impatient, "GET", "/healthz"), None) if answer.status != 503).status == 200


def takes_a_byte(connection: socket.socket) -> bool:
    """Sends one byte more; where the board has given the connection up, we do too."""
    try:
        connection.sendall(b"a")
    except OSError:
        connection.close()
        return False
    return True


@pytest.mark.faults
def test_a_minute_of_slow_visitors_costs_others_nothing(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """300 heads and 60 bodies a byte a second, 40 readers that take nothing; the board's own patience."""
    log = tmp_path / "runs" / "big.log"
    log.parent.mkdir()
    log.write_text("".join(f"step={n} loss={n}.5 {'x' * 1000}\n" for n in range(10_000)))
    boards = Boards(tmp_path)
    board = boards(log.parent)
    board.wait_for("/api/v1/runs", '"status":"(finished|running)"')
    process, waits = psutil.Process(board.process.pid), []
    reading = b"GET /runs/1/log HTTP/1.1\r\nHost: {host}\r\n\r\n"
    kinds = [(300, HALVES["half a head"], 0), (60, HALVES["half a body"], 0), (40, reading, 4096)]
    slow: list[list[socket.socket]] = [[], [], []]
    memory, end = process.memory_info().rss, time.monotonic() + 60
    try:
        while time.monotonic() < end:
            for (count, said, buffer), connections in zip(kinds, slow, strict=True):
                connections += [connect(board, said, buffer) for _ in range(count - len(connections))]
            for connections in slow[:2]:
                connections[:] = [connection for connection in connections if takes_a_byte(connection)]
            for _ in range(5):
                began = time.monotonic()
                assert ask(board, "GET", "/runs").status == 200
                waits.append(time.monotonic() - began)
                time.sleep(0.15)
        grown = (process.memory_info().rss - memory) / MIB
    finally:
        for connection in itertools.chain(*slow):
            connection.close()
        boards.stop()
    p99 = statistics.quantiles(waits, n=100)[98]
    record_property("reached", f"p99 {p99 * 1000:.0f} ms of {len(waits)} answers, memory {grown:+.0f} MB")
    assert p99 <= 1
    assert grown <= 50
