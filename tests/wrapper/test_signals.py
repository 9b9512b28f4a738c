"""T33: every signal reaches the command once, whoever it was sent to."""

import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.recorder import LISTENER, Recorder, Session, python, state_of, wait_until

SENT = [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT, signal.SIGINT]


def heard(folder: Path) -> list[str]:
    try:
        return (folder / "signals").read_text().split()
    except FileNotFoundError:
        return []


@pytest.mark.parametrize("mode", ["file", "pump"])
@pytest.mark.parametrize("number", SENT)
def test_a_signal_to_us_reaches_the_command_once_and_we_wait_for_it(
    recorder: Recorder, tmp_path: Path, number: signal.Signals, mode: str
) -> None:
    recorder.least_free = 0 if mode == "file" else 2**62
    process = recorder.start_listener(tmp_path)
    process.send_signal(number)
    wait_until(lambda: heard(tmp_path))
    (tmp_path / "stop").touch()
    assert process.wait(60) == 5
    assert heard(tmp_path) == [number.name]


@pytest.mark.parametrize("number", SENT)
def test_a_signal_to_the_whole_group_reaches_the_command_once(recorder: Recorder, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a shell's `kill %1`, SLURM's warning before the time is up: the command has it already when we get it."""
    process = recorder.start_listener(tmp_path)
    os.killpg(process.pid, number)
    wait_until(lambda: heard(tmp_path))
    process.send_signal(signal.SIGUSR2 if number != signal.SIGUSR2 else signal.SIGUSR1)  # handed over after what came before it
    wait_until(lambda: len(heard(tmp_path)) > 1)
    if number == signal.SIGINT:  # Ctrl-C is waited for longest: a second one must not come a second later
        process.send_signal(signal.SIGQUIT)
        wait_until(lambda: "SIGQUIT" in heard(tmp_path))
    (tmp_path / "stop").touch()
    assert process.wait(60) == 5
    assert heard(tmp_path).count(number.name) == 1


def test_ctrl_z_stops_both_and_continuing_goes_on_with_both(recorder: Recorder, tmp_path: Path) -> None:
    process = recorder.start_listener(tmp_path)
    command = int((tmp_path / "pid").read_text())
    for to_all in (True, False):
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGTSTP)
        wait_until(lambda: state_of(command) == state_of(process.pid) == "T")
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGCONT)
        wait_until(lambda: state_of(command) != "T" != state_of(process.pid))
    (tmp_path / "stop").touch()
    assert process.wait(60) == 5
    assert heard(tmp_path) == ["SIGCONT", "SIGCONT"]


def test_ctrl_c_twice_ends_a_command_that_survives_the_first(at_terminal: Callable[..., Session], recorder: Recorder) -> None:
    code = """
import time
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("saving", flush=True)
    for _ in range(600):  # a signal just before a sleep begins is only seen at its end
        time.sleep(0.1)
"""
    session = at_terminal(python(code))
    session.wait_for(b"ready")
    session.type(b"\x03")
    session.wait_for(b"saving")
    session.type(b"\x03")
    assert session.wait_code() == -signal.SIGINT
    assert b"lossboard" not in recorder.text


def test_keys_that_signal_reach_a_command_at_a_terminal_once(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(python(LISTENER, tmp_path))
    session.wait_for(b"ready")
    session.type(b"\x03\x1c")
    wait_until(lambda: len(heard(tmp_path)) == 2)
    os.kill(session.pid, signal.SIGTERM)
    wait_until(lambda: len(heard(tmp_path)) == 3)
    (tmp_path / "stop").touch()
    assert session.wait_code() == 5
    assert heard(tmp_path) == ["SIGINT", "SIGQUIT", "SIGTERM"]


def test_ctrl_z_at_a_terminal_gives_the_shell_its_prompt_and_fg_goes_on(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(line=["/bin/bash", "--norc", "--noprofile", "-i"])
    words = shlex.join(recorder.line(["bash", str(tmp_path / "train.sh")]))
    (tmp_path / "train.sh").write_text("echo rea''dy; read -r a; echo got-$a; stty -a | grep -c -- -echo; exit 3\n")
    session.type(f"PS1='prompt> '; {words}; echo code-$?\n".encode())
    session.wait_for(b"ready\r\n")
    session.type(b"\x1a")
    session.wait_for(b"Stopped")
    session.wait_for(b"prompt> ")
    session.type(b"echo sh''ell; fg; echo code-$?\n")
    session.wait_for(b"shell\r\n")
    session.type(b"bob\n")
    session.wait_for(b"got-bob")
    session.wait_for(b"code-3")
    session.type(b"exit\n")
    assert session.wait_code() == 0


def test_a_terminal_window_that_closes_hangs_up_on_the_command(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(python("import time; print('ready', flush=True); time.sleep(60)"))
    session.wait_for(b"ready")
    os.close(session.master)
    os.waitpid(session.pid, 0)
    session.status, session.master = 0, os.open("/dev/null", os.O_RDONLY)
    assert recorder.wait_for_end().signal == signal.SIGHUP
