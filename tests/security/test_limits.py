"""What is too large is refused at its limit, and a file name of the visitor's never becomes a place on the disk."""

import gzip
import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.conftest import Boards, RunningBoard
from tests.security.asking import Answer, ask, read_answer, send
from tests.security.conftest import Guarded
from webapp.settings import Settings

CAP, QUERY = Settings().body_bytes, Settings().query_bytes
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAMES = (
    "../../owned",
    "/etc/owned",
    "a/b/owned",
    "C:\\owned",
    "..\\..\\owned",
    "owned%00.log",
    "\u202egol.owned",
    "o" * 5000,
    ".part-owned",
    "",
)


def upload(board: RunningBoard, body: bytes, name: str = "train.log") -> Answer:
    head = f'--xx\r\nContent-Disposition: form-data; name="log"; filename="{name}"\r\n\r\n'.encode()
    return ask(board, "POST", "/uploads/new", {"Content-Type": "multipart/form-data; boundary=xx"}, head + body + b"\r\n--xx--\r\n")


def test_a_body_one_byte_over_its_cap_is_refused_and_one_at_it_is_not(opened: RunningBoard) -> None:
    """T53"""
    assert ask(opened, "POST", "/manage/tag", FORM, b"a=" + b"x" * (CAP - 2)).status == 404  # read, and names no run
    assert ask(opened, "POST", "/manage/tag", FORM, b"a=" + b"x" * (CAP - 1)).status == 413
    head = b"POST /manage/tag HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    body = b"a=" + b"x" * (CAP - 1)
    assert send(opened, head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n").status in (0, 413)


def test_a_query_one_byte_over_its_cap_is_refused_and_one_at_it_is_not(opened: RunningBoard) -> None:
    """T53"""
    assert ask(opened, "GET", "/runs?q=" + "x" * (QUERY - 2)).status == 200
    assert ask(opened, "GET", "/runs?q=" + "x" * (QUERY - 1)).status == 414


def test_the_body_of_a_visitor_who_is_nobody_is_not_read(guarded: Guarded) -> None:
    """T53"""
    memory = psutil.Process(guarded.board.process.pid).memory_info
    before = memory().rss
    address = urlsplit(guarded.board.url)
    for path in (b"/uploads/new", b"/explain", b"/manage/tag"):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            head = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=xx\r\nContent-Length: 1000000000\r\n\r\n"
            connection.sendall(head % (path, address.netloc.encode()))
            assert read_answer(connection.recv(65536)).status == 401  # before a byte of the body was sent
    assert memory().rss - before < 20 * 1024 * 1024


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
def test_an_uploaded_file_is_kept_under_a_name_of_ours(opened: RunningBoard, name: str) -> None:
    """T54"""
    folder = opened.database.parent
    before = set(folder.rglob("*"))
    answer = upload(opened, f"step 1 loss {len(name)}.5\nstep 2 loss 1.5\n".encode(), name)
    assert answer.status in (303, 400)
    new = {path for path in set(folder.rglob("*")) - before if not path.name.startswith("board")}
    assert {path.parent for path in new} <= {folder / "uploads"}
    assert all(path.stem.isalnum() and len(path.stem) == 32 for path in new)
    assert not [place for place in ("/etc/owned", "/owned", folder.parent / "owned") if Path(place).exists()]


@cache
def packed(plain: int) -> bytes:
    """`plain` zeros, whole MiB of them, packed as tightly as gzip can; a piece that starts afresh is made once and repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    total = 0
    for _ in range(plain >> 20):
        total = zlib.crc32(ZEROS, total)
    head, end = gzip.compress(b"")[:10], packer.flush()
    return head + piece * (plain >> 20) + end + struct.pack("<II", total, plain % (1 << 32))


MIB = 1024 * 1024
ZEROS = bytes(MIB)
BOMBS = {  # what makes the bytes, and the answer to them
    "a bomb": (lambda: packed(1 << 30), 413),
    "a bomb of 42 members": (lambda: packed(32 << 20) * 42, 413),
    "gzip with a wrong sum": (lambda: gzip.compress(b"step 1 loss 2\n" * 100)[:-8] + b"\0" * 8, 400),
    "gzip that is cut off": (lambda: gzip.compress(os.urandom(5000).hex().encode())[:-100], 400),
    "zstd": (lambda: b"\x28\xb5\x2f\xfd" + b"\0" * 100, 415),
    "a zip": (lambda: b"PK\x03\x04" + b"\0" * 100, 415),
}


@pytest.mark.parametrize("name", [*BOMBS, pytest.param("a bomb of 10 GB", marks=pytest.mark.faults)])
def test_a_packed_file_cannot_fill_memory_or_disk(opened: RunningBoard, name: str, record_property: Callable[[str, object], None]) -> None:
    """T56"""
    make, status = BOMBS.get(name, (lambda: packed(10 << 30), 413))
    body = make()
    process = psutil.Process(opened.process.pid)
    memory, used = process.memory_info().rss, sum(process.cpu_times()[:2])
    assert upload(opened, body).status == status
    grown, took = (process.memory_info().rss - memory) / MIB, sum(process.cpu_times()[:2]) - used
    record_property("reached", f"{name}: {grown:+.0f} MB, {took:.2f} s of CPU")
    assert grown < 80
    assert took < 2
    assert not list((opened.database.parent / "uploads").glob(".part-*"))


def test_slow_and_silent_clients_do_not_keep_others_from_the_board(opened: RunningBoard) -> None:
    """T57, short"""
    address = urlsplit(opened.url)
    idle = [socket.create_connection((address.hostname, address.port), timeout=10) for _ in range(100)]
    try:
        for number, connection in enumerate(idle):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " if number % 2 else b"POST /login HTTP/1.1\r\nContent-Length: 9")
        began = time.monotonic()
        assert [ask(opened, "GET", "/runs").status for _ in range(10)] == [200] * 10
        assert time.monotonic() - began < 20
    finally:
        for connection in idle:
            connection.close()
    assert ask(opened, "GET", "/healthz").status == 200


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board that watches a folder with every bomb, under the ending of a log and under two of packed files, and with one log."""
    folder = tmp_path_factory.mktemp("watching")
    logs = folder / "logs"
    for name, (make, _) in BOMBS.items():
        (logs / name).mkdir(parents=True)
        for ending in (".log", ".log.gz", ".1.gz"):
            (logs / name / f"bomb{ending}").write_bytes(make())
    (logs / "train.log").write_text("step 1 loss 2.5\nstep 2 loss 1.5\n")
    boards = Boards(folder)
    yield boards(logs, LOSSBOARD_RESCAN_S="0.1")
    boards.stop()


@pytest.mark.parametrize("name", BOMBS)
def test_a_packed_file_in_a_watched_folder_is_left_alone(watching: RunningBoard, name: str) -> None:
    """T56: by its own ending it is not looked at, by that of a log it is named as binary; nothing is unpacked."""
    page = watching.wait_for("/status", rf"{name}/bomb\.log</(?:a></)?th>(?:(?!</tr>)[\s\S])*It holds binary data")
    assert f"{name}/bomb.log.gz" not in page
    watching.wait_for("/api/v1/runs", '"points":2')
    assert [run["name"] for run in json.loads(watching.get("/api/v1/runs")[1])] == ["train"]
    assert psutil.Process(watching.process.pid).memory_info().rss < 250 * 1024 * 1024
