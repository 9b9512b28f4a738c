"""T34: a command sees the terminal, or the lack of one, that it would see without us."""

import os
import shlex
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

from tests.wrapper.recorder import LISTENER, Recorder, Session, python

SEES = "import os; print([os.isatty(fd) for fd in range(3)], os.get_terminal_size() if os.isatty(1) else '')"


def test_at_a_terminal_a_command_has_one_of_the_same_size(at_terminal: Callable[..., Session]) -> None:
    session = at_terminal(python(SEES))
    assert session.wait_code() == 0
    assert session.screen == b"[True, True, True] os.terminal_size(columns=100, lines=30)\r\n"


def test_a_window_that_changes_its_size_changes_that_of_the_command(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(python(LISTENER, tmp_path))
    session.wait_for(b"ready")
    termios.tcsetwinsize(session.master, (50, 160))
    while not (tmp_path / "signals").exists():
        session.read(0.05)
    assert (tmp_path / "signals").read_text() == "SIGWINCH\n"
    (tmp_path / "stop").touch()
    assert session.wait_code() == 5
    assert b"columns=160, lines=50" in session.screen


def test_without_a_terminal_a_command_has_none(recorder: Recorder) -> None:
    assert recorder.run(python(SEES), stdin=subprocess.DEVNULL).stdout == b"[False, False, False] \n"


def test_with_its_output_in_a_file_a_command_at_a_terminal_has_its_keyboard(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    words = shlex.join(recorder.line(["sh", "-c", "read x; echo got-$x; test -t 0 && echo keyboard"]))
    session = at_terminal(line=["/bin/sh", "-c", f"{words} > {tmp_path / 'out'}; echo code-$?"])
    session.type(b"bob\n")
    session.wait_for(b"code-0")
    assert (tmp_path / "out").read_text() == "got-bob\nkeyboard\n"


def test_a_debugger_can_be_used(at_terminal: Callable[..., Session]) -> None:
    session = at_terminal(python("loss = 41\nbreakpoint()\nprint('went on')"))
    session.wait_for(b"(Pdb) ")
    session.type(b"p loss + 1\n")
    session.wait_for(b"42")
    session.type(b"c\n")
    assert session.wait_code() == 0
    assert b"went on" in session.screen


def test_the_end_of_what_is_typed_ends_the_input(at_terminal: Callable[..., Session]) -> None:
    session = at_terminal(["cat"])
    session.type(b"one\n")
    session.wait_for(b"one\r\none")
    session.type(b"\x04")
    assert session.wait_code() == 0


def test_a_pipe_into_a_command_at_a_terminal_is_its_input(at_terminal: Callable[..., Session], recorder: Recorder) -> None:
    words = shlex.join(recorder.line(["sh", "-c", "cat; test -t 1 && echo terminal"]))
    session = at_terminal(line=["/bin/sh", "-c", f"printf 'a\\nb\\n' | {words}"])
    assert session.wait_code() == 0
    assert session.screen == b"a\r\nb\r\nterminal\r\n"


def test_the_terminal_has_its_modes_back_however_the_command_ends(at_terminal: Callable[..., Session], recorder: Recorder) -> None:
    for command, options in ((["true"], ()), (["sh", "-c", "kill -9 $$"], ()), (["no-such-command"], ())):
        words = shlex.join(recorder.line(command, *options))
        session = at_terminal(line=["/bin/sh", "-c", f"stty -a > {recorder.spools}.1; {words}; stty -a > {recorder.spools}.2"])
        session.wait_code()
        before, after = (Path(f"{recorder.spools}.{number}").read_text() for number in (1, 2))
        assert "icanon" in before
        assert before == after


def test_a_command_in_the_background_leaves_the_terminal_alone(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(line=["/bin/bash", "--norc", "--noprofile", "-i"])
    words = shlex.join(recorder.line(["bash", "-c", "echo read''y; sleep 0.3; exit 3"]))
    session.type(f"PS1='prompt> '; {words} &\n".encode())
    session.wait_for(b"ready\r\n")
    session.type(b"wait $!; echo code-$?\n")
    session.wait_for(b"code-3")
    assert b"Stopped" not in session.screen
    session.type(b"exit\n")
    assert session.wait_code() == 0


def test_a_forced_terminal_has_a_usual_size(recorder: Recorder) -> None:
    answer = recorder.run(python(SEES), "--pty", stdin=subprocess.DEVNULL)
    assert answer.stdout == b"[False, True, True] os.terminal_size(columns=80, lines=24)\r\n"
    assert os.linesep.encode() not in recorder.text.removesuffix(b"\n")
