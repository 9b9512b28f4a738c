"""T12: traps in a watched folder, set for a whole board."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Boards
from tests.ingest.stepping import lines, write


def bind_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as plug:
        here = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            plug.bind(f"/proc/self/fd/{here}/{path.name}")  # a socket's path is at most 107 bytes
        finally:
            os.close(here)


def make_huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


TRAPS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "socket": bind_socket,
    "folder": Path.mkdir,
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "loop": lambda path: path.symlink_to(path.name),
    "huge": make_huge,
    "deep": lambda path: path.write_text('{"zzz":' + "[" * 60_000) and None,
    "no_text": lambda path: path.write_bytes(b'{"experiment": "\xff\xfe"}') and None,
    "empty": Path.touch,
    "surrogates": lambda path: path.write_text('{"experiment": "a", "name": "\\ud800", "lr": "\\ud800"}') and None,
    "long_number": lambda path: path.write_text('{"experiment": "a", "name": "b", "pid": ' + "9" * 5000 + "}") and None,
    "long_hex": lambda path: path.write_text("lr: 0x" + "f" * 5000) and None,
    "odd_tags": lambda path: path.write_text('a: !!bool maybe\nb: !!int ""\nc: !!timestamp x\n? [d]\n: e\n') and None,
}
if os.geteuid() == 0:
    TRAPS["device"] = lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero


def test_nothing_that_lies_beside_a_log_keeps_it_or_others_from_being_read(start_board: Boards, tmp_path: Path) -> None:
    """T12: each kind of trap in place of each file that is looked for beside a log, and beside recorded ones."""
    folder, spool = tmp_path / "runs", tmp_path / "spool"
    wanted = {}
    for kind, trap in TRAPS.items():
        for ending in (".run.json", ".end.json", ".json", ".yaml", ".params"):
            for place in (folder, spool):
                name = f"{kind}{ending.replace('.', '-')}-{place.name}"
                write(place / kind / f"{name}.log", lines(1, 3))
                trap(place / kind / f"{name}{ending}")
                wanted[name] = 3
        write(folder / f"alone-{kind}" / f"alone-{kind}.log", lines(1, 3))
        (folder / f"alone-{kind}" / ".hydra").mkdir()
        for name in ("config.json", "config.yaml", "args.txt", ".hydra/config.yaml", ".hydra/overrides.yaml"):
            trap(folder / f"alone-{kind}" / name)
        wanted[f"alone-{kind}"] = 3
    board = start_board(folder)
    deadline = time.monotonic() + 60
    found: dict[str, int] = {}
    while found != wanted:
        assert time.monotonic() < deadline, sorted(set(wanted.items()) - set(found.items()))
        pages = [json.loads(board.get(f"/api/v1/runs?limit=100&offset={offset}")[1]) for offset in (0, 100)]
        found = {run["name"]: run["points"] for page in pages for run in page}
        time.sleep(0.05)
    assert b'class="banner" role="alert"' not in board.get("/status")[1]
    write(folder / "later.log", lines(1, 4))
    board.wait_for("/status", "later.log")
    began = time.monotonic()
    board.stop(signal.SIGTERM)
    assert board.process.returncode == 0
    assert time.monotonic() - began < 10
