"""T12, T54: traps in a watched folder, set for a whole board: what lies beside a log, and folders exchanged for links."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Boards, RunningBoard
from tests.ingest.stepping import append, lines, write
from webapp.ingest.discover import find_logs

SECRET = "step=9001 loss=0.5 PRIVATE TEXT\n"


def points(board: RunningBoard) -> dict[str, int]:
    """The points of every run, by name."""
    runs = json.loads(board.get("/api/v1/runs?limit=100")[1])
    found = {run["name"]: run["points"] for run in runs}
    assert len(found) == len(runs), "two runs of one log"
    return found


def wait_for_points(board: RunningBoard, wanted: dict[str, int], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while (found := points(board)) != wanted:
        assert time.monotonic() < deadline, {name: (count, found.get(name)) for name, count in wanted.items() if found.get(name) != count}
        time.sleep(0.05)


def run_id(board: RunningBoard, name: str) -> int:
    return next(run["id"] for run in json.loads(board.get("/api/v1/runs?limit=100")[1]) if run["name"] == name)


def reason_of(page: str, path: str) -> str:
    """Why the status page says that a source or a file is as it is."""
    row = re.search(rf"{re.escape(path)}(?:</a>)?</th>(.*?)</tr>", page, re.DOTALL)
    return re.sub(r"<[^>]*>", "", row[1].rpartition('class="evidence"')[2].partition(">")[2]).strip() if row else ""


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
    "deep": lambda path: path.write_text('{"zzz":' + "[" * 12_000) and None,
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


@pytest.fixture
def watched(start_board: Boards, tmp_path: Path) -> tuple[RunningBoard, Path]:
    """A board on a log in a folder of its own, read to its end."""
    write(tmp_path / "runs" / "mine" / "secret.log", lines(1, 5))
    board = start_board(tmp_path / "runs")
    wait_for_points(board, {"secret": 5})
    return board, tmp_path / "runs" / "mine"


def test_nothing_outside_is_read_through_a_folder_exchanged_for_a_link(watched: tuple[RunningBoard, Path], tmp_path: Path) -> None:
    """T12, T54: neither by the ingest nor by the pages; what was read is kept, and goes on when the folder is back."""
    board, mine = watched
    write(tmp_path / "private" / "secret.log", lines(1, 5) + SECRET)
    mine.rename(tmp_path / "aside")
    mine.symlink_to(tmp_path / "private")
    page = board.wait_for("/status", "symbolic link")
    assert "folder above it is a symbolic link" in reason_of(page, str(mine / "secret.log"))
    append(tmp_path / "private" / "secret.log", SECRET)
    number = run_id(board, "secret")
    for path in (f"/runs/{number}/log", f"/runs/{number}", f"/runs/{number}/terminal", f"/runs/{number}/report", f"/explain?run={number}"):
        status, body = board.get(path)
        assert b"PRIVATE" not in body, path
        assert status == (404 if path.endswith("/log") else 200), path
        assert path.endswith("/report") or b"symbolic link" in body, path
    assert points(board) == {"secret": 5}
    mine.unlink()
    (tmp_path / "aside").rename(mine)
    append(mine / "secret.log", lines(6, 8))
    wait_for_points(board, {"secret": 8})
    assert b"step=8" in board.get(f"/runs/{number}/log")[1]


def test_a_root_above_which_a_link_appears_is_told_and_read_again_when_it_goes(watched: tuple[RunningBoard, Path], tmp_path: Path) -> None:
    """T12"""
    board, mine = watched
    write(tmp_path / "private" / "mine" / "secret.log", lines(1, 5) + SECRET)
    mine.parent.rename(tmp_path / "aside")
    mine.parent.symlink_to(tmp_path / "private")
    board.wait_for("/status", "symbolic link")
    assert points(board) == {"secret": 5}
    mine.parent.unlink()
    (tmp_path / "aside").rename(mine.parent)
    append(mine / "secret.log", lines(6, 8))
    wait_for_points(board, {"secret": 8})


def test_a_root_that_the_user_reaches_through_a_link_is_read_and_shown(start_board: Boards, tmp_path: Path) -> None:
    """T12: also where the database and its uploads lie behind one."""
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    write(tmp_path / "way" / "runs" / "a.log", lines(1, 5))
    board = start_board(tmp_path / "way" / "runs", database=tmp_path / "way" / "data" / "board.db")
    wait_for_points(board, {"a": 5})
    assert b"step=5" in board.get(f"/runs/{run_id(board, 'a')}/log")[1]
    command = ["curl", "-sS", "-H", f"Origin: {board.url}", "-F", "log=@-;filename=b.log", f"{board.url}/uploads/new"]
    subprocess.run(command, input=lines(1, 7).encode(), check=True, capture_output=True)
    wait_for_points(board, {"a": 5, "b": 7})
    board.stop()
    again = start_board.again(board)
    wait_for_points(again, {"a": 5, "b": 7})
    assert b"step=7" in again.get(f"/runs/{run_id(again, 'b')}/log")[1]


def test_a_log_that_went_while_no_board_ran_is_told_as_missing(start_board: Boards, tmp_path: Path) -> None:
    """T12, T41: with a run that was over, and without one; a log that is still there is not."""
    for name in ("over", "here"):
        write(tmp_path / "runs" / f"{name}.log", lines(1, 5) + "Training completed.\n")
    for name in ("prose", "kept"):
        write(tmp_path / "runs" / f"{name}.txt", "nothing to see\n" * 20)
    for path in (tmp_path / "runs").iterdir():
        os.utime(path, (time.time() - 90_000,) * 2)
    board = start_board(tmp_path / "runs")
    board.wait_for("/status", r"kept\.txt")
    wait_for_points(board, {"over": 5, "here": 5})
    board.wait_for("/status", r"(?s)prose\.txt.*?<td>read</td>")
    board.stop()
    (tmp_path / "runs" / "over.log").unlink()
    (tmp_path / "runs" / "prose.txt").unlink()
    again = start_board.again(board)
    page = again.wait_for("/status", r"(?s)missing.*missing")
    for name, reason in {
        "over.log": "Its file is gone.",
        "prose.txt": "Its file is gone.",
        "here.log": "",
        "kept.txt": "No metric",
    }.items():
        assert reason_of(page, f"runs/{name}").startswith(reason), name
    assert page.count("Its file is gone.") == 2


def test_the_folders_of_the_system_are_passed_over_below_any_root(tmp_path: Path) -> None:
    """T12: by their paths, and wherever else such a file system is mounted."""
    found = find_logs(["/"])
    assert "system" in found.skipped["/dev"]
    assert not [path for path in found.found if path.startswith(("/dev/", "/proc/", "/sys/"))]
    place = tmp_path / "runs" / "a place\\for\tproc"
    place.mkdir(parents=True)
    write(tmp_path / "runs" / "a.log", lines(1, 3))
    if subprocess.run(["mount", "-t", "proc", "proc", place], capture_output=True).returncode:
        pytest.skip("this user may not mount")
    try:
        scan = find_logs([str(tmp_path / "runs")])
        assert list(scan.found) == [str(tmp_path / "runs" / "a.log")]
        assert "system" in scan.skipped[str(place)]
        assert "system" in find_logs([str(place / "self")]).skipped[str(place / "self")]
        assert scan.entries == 2
    finally:
        subprocess.run(["umount", "-l", place], check=True)
