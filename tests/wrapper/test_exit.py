"""T31: the exit code of the command is ours, and so is the signal it dies of."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.recorder import Recorder, Session, python
from webapp.wrapper.spool import read_end


@pytest.mark.parametrize("mode", ["--no-pty", "--pty"])
@pytest.mark.parametrize("code", [0, 1, 7, 130, 137, 139, 143, 255])
def test_the_exit_code_is_that_of_the_command(recorder: Recorder, code: int, mode: str) -> None:
    assert recorder.run(["sh", "-c", f"exit {code}"], mode).returncode == code
    assert recorder.wait_for_end().code == code


@pytest.mark.parametrize("mode", ["--no-pty", "--pty"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT])
def test_a_command_that_dies_of_a_signal_makes_us_die_of_it(recorder: Recorder, number: signal.Signals, mode: str) -> None:
    assert recorder.run(["sh", "-c", f"kill -{number.value} $$; sleep 60"], mode).returncode == -number
    end = recorder.wait_for_end()
    assert (end.code, end.signal, end.failed) == (None, number, True)


def test_a_command_that_is_not_there_is_127_as_in_a_shell_and_leaves_no_run(recorder: Recorder) -> None:
    answer = recorder.run(["no-such-command-anywhere"])
    assert answer.returncode == 127
    assert answer.stderr == b"lossboard: no-such-command-anywhere: No such file or directory\n"
    assert list(recorder.spools.rglob("N*")) == []


def test_a_file_that_may_not_be_run_is_126_as_in_a_shell(recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "train.sh").write_text("exit 0")
    answer = recorder.run([str(tmp_path / "train.sh")])
    assert (answer.returncode, b"Permission denied" in answer.stderr) == (126, True)


def test_a_script_without_a_first_line_is_run_by_the_shell(recorder: Recorder, tmp_path: Path) -> None:
    script = tmp_path / "train"
    script.write_text('echo "step $1"; exit 3\n')
    script.chmod(0o755)
    answer = recorder.run([str(script), "7"])
    assert (answer.returncode, answer.stdout) == (3, b"step 7\n")


def test_a_command_has_the_signals_that_a_shell_would_have_given_it(recorder: Recorder) -> None:
    """Python sets SIGPIPE aside for itself; a training started by us must not inherit that."""
    code = "print([line for line in open('/proc/self/status') if line.startswith(('SigBlk', 'SigIgn', 'SigCgt'))])"
    plain = os.popen(f'{python("")[0]} -c "{code}"').read()
    assert recorder.run(python(code)).stdout.decode() == plain


def test_nohup_protects_the_command_as_without_us(recorder: Recorder, tmp_path: Path) -> None:
    wait = "import signal, sys; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    answer = recorder.run(python(wait))
    assert answer.stdout == b"False\n"
    line = ["nohup", *recorder.line(python(wait))]
    assert os.spawnve(os.P_WAIT, "/usr/bin/nohup", line, recorder.environment) == 0
    assert (recorder.spools / "runs" / "N-2.log").read_bytes() == b"True\n"


def test_at_a_terminal_the_code_is_passed_on_too(at_terminal: Callable[..., Session], recorder: Recorder) -> None:
    assert at_terminal(["sh", "-c", "exit 9"]).wait_code() == 9
    assert at_terminal(["sh", "-c", "kill -9 $$"]).wait_code() == -9
    end = read_end(recorder.spools / "runs" / "N-2.log")
    assert end
    assert end.signal == 9
