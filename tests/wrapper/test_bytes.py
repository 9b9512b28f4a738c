"""T32, T40: the bytes of the command are what the log holds and what comes out of us."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.recorder import LOSSBOARD, Recorder, Session, python
from webapp.wrapper.front import Front
from webapp.wrapper.order import Order
from webapp.wrapper.pump import Newlines
from webapp.wrapper.spool import open_spool

# Random bytes on both streams, in blocks of odd sizes; the whole of it also goes to the file named first.
NOISE = """
import os, random, sys
rng = random.Random(3)
with open(sys.argv[1], "wb") as whole:
    for number in range(int(sys.argv[2])):
        block = rng.randbytes(rng.randrange(1, 150_000))
        view = memoryview(block)
        fd = 1 if number % 10 else 2
        while view:
            view = view[os.write(fd, view):]
        whole.write(block)
"""


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("megabytes", [15, pytest.param(110, marks=pytest.mark.faults)])
def test_log_and_output_hold_every_byte_of_both_streams(recorder: Recorder, tmp_path: Path, megabytes: int) -> None:
    wanted, shown = tmp_path / "wanted", tmp_path / "shown"
    with shown.open("wb") as out:
        assert subprocess.run(recorder.line(python(NOISE, wanted, megabytes * 13)), env=recorder.environment, stdout=out).returncode == 0
    assert wanted.stat().st_size > megabytes * 900_000
    assert digest(recorder.log) == digest(wanted) == digest(shown)


def test_a_reader_that_takes_its_time_gets_every_byte(recorder: Recorder, tmp_path: Path) -> None:
    """The command is done long before its output has been read."""
    process = recorder.start(python(NOISE, tmp_path / "wanted", 100))
    recorder.wait_for_end()
    assert process.stdout
    assert process.poll() is None
    assert process.stdout.read() == (tmp_path / "wanted").read_bytes()
    assert process.wait(60) == 0


def test_a_disk_with_little_room_is_fed_through_a_pipe_with_the_same_bytes(recorder: Recorder, tmp_path: Path) -> None:
    """Where less is free than a log may need, it cannot be what the command depends on."""
    recorder.least_free = 2**62
    answer = recorder.run(python(NOISE, tmp_path / "wanted", 100))
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert answer.stdout == (tmp_path / "wanted").read_bytes() == recorder.text


def test_a_terminal_changes_newlines_on_the_screen_and_not_in_the_log(at_terminal: Callable[..., Session], recorder: Recorder) -> None:
    text = b"one\ntwo\r\nthree\rfour\n\n\x1b[31mfive\x1b[0m\r\r\n" + bytes(range(128, 256)) + b"\nend\r"
    session = at_terminal(python(f"import os; os.write(1, {text!r})"))
    assert session.wait_code() == 0
    assert recorder.text == text
    assert session.screen == text.replace(b"\n", b"\r\n")


def test_output_without_a_newline_is_shown_at_once(at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path) -> None:
    """A progress bar never ends its line."""
    process = recorder.start(python("import os, sys; os.write(1, b'12%|'); sys.stdin.read()"), stdin=subprocess.PIPE)
    assert process.stdout
    assert process.stdin
    assert os.read(process.stdout.fileno(), 100) == b"12%|"
    process.stdin.close()
    session = at_terminal(python("import os; os.write(1, b'12%|'); input()"))
    session.wait_for(b"12%|")
    session.type(b"\n")
    assert session.wait_code() == 0


def test_python_prints_at_once_unless_the_reader_chose_otherwise(recorder: Recorder) -> None:
    code = python("import os; print(os.environ.get('PYTHONUNBUFFERED'))")
    assert recorder.run(code).stdout == b"1\n"
    environment = recorder.environment | {"PYTHONUNBUFFERED": ""}
    assert subprocess.run(recorder.line(code), env=environment, capture_output=True).stdout == b"\n"


def test_a_program_whose_reader_left_gets_the_signal_it_would_have_got(recorder: Recorder) -> None:
    """`run -- yes | head -1` ends as `yes | head -1` does; where it does not, the limit keeps it from filling the disk."""
    process = recorder.start(["sh", "-c", "ulimit -f 4194304; exec yes loss 1.0"])
    assert process.stdout
    assert process.stdout.readline() == b"loss 1.0\n"
    process.stdout.close()
    assert process.wait(60) == -13


def test_a_reader_that_left_before_the_command_was_known_is_told_to_it_then(tmp_path: Path) -> None:
    """Its first line may be read before the keeper says which process it is."""
    spool, (report, words) = open_spool(tmp_path, "runs", "early"), os.pipe()
    with subprocess.Popen(["sleep", "60"]) as command:
        front = Front(Order(("sleep", "60"), {}, {}, spool, "pump", set()), report, keep_going=False)
        front.lose_reader()
        os.write(words, b"pid %d\n" % command.pid)
        try:
            front.take_words()
            assert command.wait(20) == -signal.SIGPIPE
        finally:
            command.kill()
    for fd in (report, words, spool.fd):
        os.close(fd)


def test_with_keep_going_a_command_outlives_its_reader_and_is_recorded_whole(recorder: Recorder) -> None:
    process = recorder.start(["seq", "300000"], "--keep-going")
    assert process.stdout
    assert process.stdout.readline() == b"1\n"
    process.stdout.close()
    assert process.wait(60) == 0
    assert recorder.text.splitlines()[-1] == b"300000"


def test_a_command_runs_where_output_and_error_output_are_closed(recorder: Recorder) -> None:
    line = ["sh", "-c", 'exec "$@" >&- 2>&- <&-', "sh", *recorder.line(python("print('still here')"))]
    assert subprocess.run(line, env=recorder.environment, timeout=60).returncode == 0
    assert recorder.text == b"still here\n"


def test_a_wrapper_loads_nothing_of_the_board(recorder: Recorder) -> None:
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", *LOSSBOARD[1:], "run", "--", "true"], env=recorder.environment, capture_output=True, text=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "webapp.wrapper.front" in loaded
    assert not loaded & {"socket", "asyncio", "sqlite3", "numpy", "msgspec", "litestar", "sqlalchemy", "uvicorn", "rich", "parser"}


@pytest.mark.parametrize("modes", [(True, True), (True, False), (False, True), (False, False)])
def test_a_return_at_the_end_is_shown_once_whatever_mode_the_terminal_is_in_when_the_command_ends(modes: tuple[bool, bool]) -> None:
    """The wrapper takes raw mode just after the start, and gives it back just before the last output has been passed on."""
    newlines = Newlines()
    parts = [newlines.restore(data, raw=raw) for data, raw in zip((b"one\r\nend\r", b""), modes, strict=True)]
    log, screen = (b"".join(part) for part in zip(*parts, strict=True))
    assert log == b"one\nend\r"
    assert screen == (b"one\r\nend\r" if modes[0] else b"one\nend\r")
