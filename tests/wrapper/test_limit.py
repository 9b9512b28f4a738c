"""A record that may not grow without end keeps the last of what a command prints, whole lines of it, and the command does not notice."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.ingest.stepping import stepping
from tests.wrapper.disks import MIB, file_size_limit
from tests.wrapper.recorder import LOSSBOARD, Recorder, Session, python
from webapp.store.runs import get_run
from webapp.wrapper.pump import READ_BYTES, LogWriter
from webapp.wrapper.spool import Spool, open_spool, part_path

PRINTS = "for i in range(100_000): print('step', i, 'loss', 1000000 + i)"  # 2.5 MB
PRINTED = b"".join(b"step %d loss %d\n" % (i, 1000000 + i) for i in range(100_000))


def kept(log: Path) -> bytes:
    """What the two files hold, checked: lines of the end, and no more than asked and one read."""
    older, newer = part_path(log).read_bytes(), log.read_bytes()
    assert older.endswith(b"\n")
    assert MIB // 2 <= len(older) <= MIB // 2 + READ_BYTES + 64
    assert len(newer) <= MIB // 2 + READ_BYTES + 64
    assert sorted(path.name for path in log.parent.iterdir()) == ["N.end.json", "N.log", "N.log.1", "N.run.json"]
    return older + newer


def test_a_record_of_limited_size_holds_the_last_lines(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSBOARD_SPOOL_BYTES", str(MIB))
    answer = recorder.run(python(PRINTS))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, PRINTED, b"")
    recorder.wait_for_end()
    last = kept(recorder.log)
    assert PRINTED.endswith(b"\n" + last)


def test_at_a_terminal_and_through_a_pipe_too(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSBOARD_SPOOL_BYTES", str(MIB))
    session = Session.open(recorder.line(python(PRINTS)), recorder.environment)
    assert session.wait_code() == 0
    session.close()
    assert PRINTED.endswith(b"\n" + kept(recorder.log))
    line = [*LOSSBOARD, "pipe", "--experiment", "piped", "--name", "N"]
    assert subprocess.run(line, input=PRINTED, env=recorder.environment, capture_output=True).stdout == PRINTED
    assert PRINTED.endswith(b"\n" + kept(recorder.spools / "piped" / "N.log"))


def test_the_parts_of_a_record_are_one_run_to_a_board_that_comes_late(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOSSBOARD_SPOOL_BYTES", str(MIB))
    answer = recorder.run(python(PRINTS.replace("print(", "print('seen', i) if i < 99_000 else print(")))
    recorder.wait_for_end()
    assert answer.returncode == 0
    with stepping(tmp_path, recorder.spools, spool_dir=recorder.spools) as board:
        board.poll()
        (run,) = board.runs()
        assert (run.name, run.status) == ("N", "finished")
        assert board.values() == [1_000_000.0 + i for i in range(99_000, 100_000)]
        found = get_run(board.database, run.id)
        assert found
        assert found.params["command"] == recorder.record.command_line


def test_a_board_that_watches_a_record_of_limited_size_has_every_line(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "spool", "E", "N", 2000)
    troubles: list[OSError] = []
    writer = LogWriter(spool, troubles.append)
    with stepping(tmp_path, tmp_path / "spool", spool_dir=tmp_path / "spool") as board:
        for i in range(400):
            writer.write(b"step=%d loss=%d.5\n" % (i, i))
            if i % 30 == 0:
                board.poll()
        os.close(spool.fd)
        board.poll()
        assert board.values() == [i + 0.5 for i in range(400)]
        assert len(board.runs()) == 1
    assert not troubles
    assert spool.log.stat().st_size + part_path(spool.log).stat().st_size < 2100


def test_a_record_that_cannot_be_divided_grows_on_and_says_so(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, "E", "N", 40)
    part_path(spool.log).mkdir()
    troubles: list[OSError] = []
    writer = LogWriter(spool, troubles.append)
    for i in range(20):
        writer.write(b"step %d\n" % i)
    os.close(spool.fd)
    assert spool.log.read_bytes() == b"".join(b"step %d\n" % i for i in range(20))
    assert [type(error) for error in troubles] == [IsADirectoryError]
    assert sorted(path.name for path in spool.log.parent.iterdir()) == ["N.log", "N.log.1"]


def test_a_full_disk_tears_no_line_where_a_part_ends(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, "E", "N", 40)
    troubles: list[OSError] = []
    writer = LogWriter(spool, troubles.append)
    with file_size_limit(25):
        writer.write(b"step 1 loss 0.125\nstep 2")
        writer.write(b" loss 0.25\nstep 3 loss 0.5\n")
    writer.write(b"step 4 loss 0.75\n")
    os.close(spool.fd)
    found = (part_path(spool.log).read_bytes() if part_path(spool.log).exists() else b"") + spool.log.read_bytes()
    assert found == b"step 1 loss 0.125\nstep 3 loss 0.5\nstep 4 loss 0.75\n"
    assert len(troubles) == 1


def test_without_a_limit_a_record_is_one_file(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    writer = LogWriter(Spool(tmp_path / "log", fd, "E", "N"), lambda error: None)
    for _ in range(40):
        writer.write(PRINTED[:60_000])
    os.close(fd)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
