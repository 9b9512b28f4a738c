"""T38: a disk that is full, read-only or loses the log does not reach the command."""

import os
import re
import subprocess
from pathlib import Path

from tests.wrapper.disks import MIB, allocated, file_size_limit, fill_disk, limit_file_size, small_disk
from tests.wrapper.recorder import Recorder, python, wait_until
from webapp.wrapper.pump import LogWriter
from webapp.wrapper.reserve import AHEAD, give_back, has_writers, open_reserve
from webapp.wrapper.spool import Spool

LINES = "import sys\nfor i in range(400_000): print('step', i, 'loss', 1000000 + i)"  # 11 MB


def test_a_full_disk_costs_the_record_its_lines_and_the_command_nothing(recorder: Recorder, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as mounted:
        recorder.spools = tmp_path / "disk" / "spool"
        recorder.least_free = 2**62
        answer = recorder.run(python(LINES), preexec_fn=None if mounted else limit_file_size(4 * MIB))
        assert answer.returncode == 0
        wanted = b"".join(b"step %d loss %d\n" % (i, 1000000 + i) for i in range(400_000))
        assert answer.stdout == wanted
        assert re.fullmatch(rb"lossboard: the record of this run has gaps: [\w ]+\n", answer.stderr)
        recorded = recorder.text
        assert 3 * MIB < len(recorded) < 4.1 * MIB
        assert wanted.startswith(recorded)
        assert recorded.endswith(b"\n")


def test_lines_that_did_not_fit_are_missing_whole_and_the_rest_follows(tmp_path: Path) -> None:
    """`loss 0.1` of `loss 0.1234` would be a point that never was."""
    troubles: list[OSError] = []
    with (tmp_path / "log").open("ab", buffering=0) as log:
        writer = LogWriter(Spool(tmp_path / "log", log.fileno(), "E", "N"), troubles.append)
        writer.write(b"first\nsecond loss 0.1")
        with file_size_limit(30):
            for part in (b"234\nthird is too long\n", b"fourth\n", b"fifth loss 0."):
                writer.write(part)
        for part in (b"5678\n", b"sixth\nseventh", b" half\n"):
            writer.write(part)
    assert (tmp_path / "log").read_bytes() == b"first\nsecond loss 0.1234\nsixth\nseventh half\n"
    assert len(troubles) == 1


def test_a_log_that_the_command_writes_itself_has_its_space_reserved(recorder: Recorder, tmp_path: Path) -> None:
    """The disk fills up while the command runs, and it still writes sixty megabytes."""
    code = (
        "import os, sys, time\nprint('started', flush=True)\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.02)\n"
        "for _ in range(60): os.write(1, b'x' * 1048575 + b'\\n')"
    )
    with small_disk(tmp_path / "disk", 200) as mounted:
        recorder.spools = tmp_path / "disk" / "spool"
        recorder.least_free = 0
        process = recorder.start(python(code, tmp_path / "go"), stdout=(tmp_path / "out").open("wb"))
        wait_until(lambda: recorder.log.exists() and recorder.text == b"started\n")
        assert allocated(recorder.log) >= AHEAD
        if mounted:
            fill_disk(tmp_path / "disk" / "ballast")
        (tmp_path / "go").touch()
        assert process.wait(60) == 0
        assert recorder.log.stat().st_size == 60 * MIB + len(b"started\n")
        wait_until(lambda: allocated(recorder.log) <= 61 * MIB)


def test_without_a_place_for_the_record_the_command_runs_all_the_same(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder.spools = tmp_path / "file" / "spool"
    answer = recorder.run(["sh", "-c", "echo out; exit 4"])
    assert (answer.returncode, answer.stdout) == (4, b"out\n")
    assert answer.stderr.startswith(b"lossboard: this run is not recorded: Not a directory (")


def test_a_bad_setting_of_the_board_does_not_keep_a_training_from_starting(recorder: Recorder) -> None:
    line = ["env", "LOSSBOARD_PORT=80a", *recorder.line(["sh", "-c", "echo out; exit 4"])]
    answer = subprocess.run(line, env=recorder.environment, capture_output=True)
    assert (answer.returncode, answer.stdout) == (4, b"out\n")
    assert b'LOSSBOARD_PORT is "80a"' in answer.stderr


def test_a_log_deleted_under_the_command_changes_nothing_for_it(recorder: Recorder, tmp_path: Path) -> None:
    code = "import os, sys, time\nprint('a', flush=True)\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.02)\nprint('b')\nsys.exit(6)"
    process = recorder.start(python(code, tmp_path / "go"))
    assert process.stdout
    assert process.stdout.readline() == b"a\n"
    recorder.log.unlink()
    (tmp_path / "go").touch()
    assert process.stdout.read() == b"b\n"
    assert process.wait(60) == 6


def test_a_reserve_is_given_back_when_the_last_writer_has_closed_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    fd = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    os.write(fd, b"line\n")
    assert open_reserve(log, fd)
    assert allocated(log) >= AHEAD
    second = os.dup(fd)
    os.close(fd)
    assert has_writers(log)
    assert not give_back(log)
    assert allocated(log) >= AHEAD
    reader = os.open(log, os.O_RDONLY)
    os.close(second)
    assert give_back(log)
    os.close(reader)
    assert log.read_bytes() == b"line\n"
    assert allocated(log) < MIB


def test_a_reserve_stays_ahead_of_a_log_that_grows(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    reserve = open_reserve(tmp_path / "log", fd)
    assert reserve
    for _ in range(5):
        os.write(fd, bytes(20 * MIB))
        reserve.renew()
        assert allocated(tmp_path / "log") >= os.fstat(fd).st_size + AHEAD
    os.close(fd)
