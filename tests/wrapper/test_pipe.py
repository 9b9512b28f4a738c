"""`lossboard pipe` in real pipelines."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.disks import MIB, limit_file_size
from tests.wrapper.recorder import LOSSBOARD, Recorder, Session, python, state_of, wait_until
from tests.wrapper.test_bytes import NOISE
from webapp.wrapper.spool import is_alive, read_end


def line(*options: str) -> list[str]:
    return [*LOSSBOARD, "pipe", "--name", "N", *options]


def test_every_byte_goes_through_and_into_the_log(recorder: Recorder, tmp_path: Path) -> None:
    training = subprocess.Popen(python(NOISE, tmp_path / "wanted", 150), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    answer = subprocess.run(line("-e", "sft", "-p", "lr=3e-4"), stdin=training.stdout, capture_output=True, env=recorder.environment)
    assert training.wait(60) == 0
    assert (answer.returncode, answer.stderr) == (0, b"")
    log = recorder.spools / "sft" / "N.log"
    assert answer.stdout == (tmp_path / "wanted").read_bytes() == log.read_bytes()
    end = read_end(log)
    assert end
    assert (end.code, end.signal, end.failed) == (None, None, False)


def test_a_line_is_passed_on_and_recorded_at_once(recorder: Recorder) -> None:
    with subprocess.Popen(line(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=recorder.environment) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"12%|##\r")
        process.stdin.flush()
        assert os.read(process.stdout.fileno(), 100) == b"12%|##\r" == recorder.text
        process.stdin.close()
        assert process.wait(60) == 0


def test_it_ends_as_every_filter_does_when_its_reader_has_gone(recorder: Recorder) -> None:
    with subprocess.Popen(line(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=recorder.environment) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.close()
        process.stdin.write(b"loss 1\n")
        process.stdin.flush()
        assert process.wait(60) == -signal.SIGPIPE
        assert recorder.text == b"loss 1\n"


def test_with_keep_going_it_records_on_without_a_reader(recorder: Recorder) -> None:
    text = b"loss 1\n" * 100_000
    process = subprocess.Popen(line("--keep-going"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=recorder.environment)
    assert process.stdout
    process.stdout.close()
    process.communicate(text)
    assert process.returncode == 0
    assert recorder.text == text


def test_ctrl_c_leaves_the_last_words_of_the_training_to_be_recorded(recorder: Recorder, tmp_path: Path) -> None:
    code = "import sys, time\ntry:\n  print('ready', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('state saved')"
    training = subprocess.Popen(python(code), stdout=subprocess.PIPE, process_group=0)
    process = subprocess.Popen(line(), stdin=training.stdout, stdout=subprocess.PIPE, env=recorder.environment, process_group=training.pid)
    assert training.stdout
    training.stdout.close()
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    os.killpg(training.pid, signal.SIGINT)
    assert process.stdout.read() == b"state saved\n"
    assert (process.wait(60), training.wait(60)) == (0, 0)
    process.stdout.close()
    assert recorder.text == b"ready\nstate saved\n"


@pytest.mark.parametrize("trouble", ["no folder", "full disk"])
def test_trouble_with_the_record_does_not_reach_the_training(recorder: Recorder, tmp_path: Path, trouble: str) -> None:
    limit = limit_file_size(MIB) if trouble == "full disk" else None
    if trouble == "no folder":
        (tmp_path / "file").touch()
        recorder.spools = tmp_path / "file" / "spool"
    text = b"".join(b"step %d loss 1.0\n" % step for step in range(200_000))
    answer = subprocess.run(line(), input=text, capture_output=True, env=recorder.environment, preexec_fn=limit)
    assert (answer.returncode, answer.stdout) == (0, text)
    assert answer.stderr.count(b"\n") == 1
    assert answer.stderr.startswith(b"lossboard: th")
    if trouble == "full disk":
        assert text.startswith(recorder.text)
        assert recorder.text.endswith(b"\n")


def test_the_keyboard_is_no_training(at_terminal: Callable[..., Session]) -> None:
    session = at_terminal(line=line())
    assert session.wait_code() == 2
    assert b"Nothing is piped in." in session.screen


def test_a_killed_pipe_is_seen_to_be_over(recorder: Recorder) -> None:
    with subprocess.Popen(line(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=recorder.environment) as process:
        wait_until(lambda: recorder.log.exists() and recorder.log.with_name("N.run.json").exists())
        record = recorder.record
        assert (record.pid, is_alive(record)) == (process.pid, True)
        process.kill()
        wait_until(lambda: state_of(process.pid) in ("Z", ""))
        assert is_alive(record) is False
