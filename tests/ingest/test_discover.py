"""Which files are logs, and what is left alone."""

import os
import socket
from pathlib import Path

import pytest

from tests.ingest.stepping import lines, stepping, write
from webapp.ingest.discover import find_logs, is_log_name, looks_like_log, resolve_roots


@pytest.mark.parametrize(
    "name", ["train.log", "slurm-1.out", "x.err", "TRAIN.LOG", "metrics.jsonl", "log", "nohup.out", "stdout", "a.b.log"]
)
def test_names_of_logs(name: str) -> None:
    assert is_log_name(name)


@pytest.mark.parametrize(
    "name", ["train.py", "config.yaml", "model.safetensors", ".hidden.log", "README.md", "a.json", "log.py", "train.log.gz"]
)
def test_names_of_other_things(name: str) -> None:
    assert not is_log_name(name)


def test_folders_below_are_experiments_by_their_path(tmp_path: Path) -> None:
    for name in ("a.log", "x/b.log", "x/y/c.log", ".git/d.log", "node_modules/e.log", "x/__pycache__/f.log"):
        write(tmp_path / name, "x")
    found = find_logs([str(tmp_path)]).found
    assert {Path(path).name: one.experiment for path, one in found.items()} == {"a.log": tmp_path.name, "b.log": "x", "c.log": "x/y"}


def test_a_path_given_twice_or_inside_another_is_one(tmp_path: Path) -> None:
    write(tmp_path / "x" / "a.log", "x")
    (tmp_path / "link").symlink_to(tmp_path / "x")
    roots = resolve_roots([tmp_path, tmp_path / "x", tmp_path / "link", tmp_path / "x" / ".." / "x"])
    assert roots == (str(tmp_path), str(tmp_path / "x"))
    assert [one.experiment for one in find_logs(roots).found.values()] == ["x"]


def test_odd_things_in_a_folder_are_left_alone_with_a_reason(tmp_path: Path) -> None:
    """T12: nothing blocks, nothing outside is read."""
    folder, outside = tmp_path / "runs", tmp_path / "secret.log"
    folder.mkdir()
    write(outside, lines(1, 5))
    os.mkfifo(folder / "pipe.log")
    (folder / "link.log").symlink_to(outside)
    (folder / "loop.log").symlink_to("loop.log")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "folder.log").mkdir()
    (folder / "core.log").write_bytes(bytes(range(256)) * 40)
    (folder / "program.out").write_bytes(b"\x7fELF" + b" " * 100)
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(folder / "socket.log"))
        with stepping(tmp_path, folder) as board:
            board.poll()
            assert board.runs() == []
            reasons = {Path(path).name: reason for path, reason in board.ingest.skipped.items()}
    assert set(reasons) == {"pipe.log", "link.log", "loop.log", "core.log", "program.out", "socket.log"}
    assert all(reason.endswith(".") for reason in reasons.values())


def test_system_folders_are_refused() -> None:
    assert "system" in find_logs(["/proc/self"]).skipped["/proc/self"]


@pytest.mark.parametrize("name", ["two\nlines.log", "<script>alert(1)</script>.log".replace("/", "_"), "é😀.log", "n" * 251 + ".log"])
def test_odd_names_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / "runs" / name, lines(1, 3))
    with stepping(tmp_path, tmp_path / "runs") as board:
        board.poll()
        assert [run.points for run in board.runs()] == [3]


def test_a_name_that_is_no_text_is_read_and_followed(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = os.fsencode(folder) + b"/tr\xffain.log"
    Path(os.fsdecode(path)).write_text(lines(1, 3))
    with stepping(tmp_path, folder) as board:
        board.poll()
        board.crash()
        with Path(os.fsdecode(path)).open("a") as file:
            file.write(lines(4, 6))
        board.poll()
        (run,) = board.runs()
        assert (run.points, run.name, run.file) == (6, "tr\\xffain", path)


def test_a_log_without_the_right_to_read_is_read_once_it_may_be(tmp_path: Path) -> None:
    """Root may read everything, so the file is made unreadable by standing in for a folder of the same name first."""
    folder = tmp_path / "runs"
    folder.mkdir()
    log = folder / "train.log"
    log.mkdir()
    with stepping(tmp_path, log) as board:
        board.poll()
        assert board.runs() == []
        log.rmdir()
        write(log, lines(1, 3))
        board.poll()
        assert [run.points for run in board.runs()] == [3]


def test_tables_of_data_are_no_logs(tmp_path: Path) -> None:
    write(tmp_path / "iris.csv", "sepal_length,sepal_width\n5.1,3.5\n")
    write(tmp_path / "metrics.csv", "epoch,step,train_loss\n0,1,2.5\n")
    assert "table" in looks_like_log(str(tmp_path / "iris.csv"))
    assert looks_like_log(str(tmp_path / "metrics.csv")) == ""


def test_more_entries_than_can_be_searched_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.ingest.discover.MOST_ENTRIES", 5)
    for n in range(9):
        write(tmp_path / f"{n}.log", "x")
    scan = find_logs([str(tmp_path)])
    assert len(scan.found) == 5
    assert not scan.complete
    assert scan.cut.startswith(f"{tmp_path} holds more than 5 files and folders; ")
