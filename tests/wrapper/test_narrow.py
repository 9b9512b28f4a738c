"""T31, T38: a user who may start no more processes, or has no home: the command runs, and ends, as without us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.wrapper.recorder import LOSSBOARD, Recorder

NOBODY = 54321  # the first of some users that the system does not know, and that have no process
COMMAND = ["sh", "-c", "echo out; echo err >&2; exit 5"]

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"), reason="only root becomes another user"
)


def as_nobody(number: int = 0) -> list[str]:
    return ["setpriv", f"--reuid={NOBODY + number}", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


@pytest.mark.parametrize("most", range(1, 7))
@pytest.mark.parametrize("mode", ["--no-pty", "--pty"])
def test_a_limit_on_processes_keeps_no_command_from_running_and_changes_no_exit_code(recorder: Recorder, most: int, mode: str) -> None:
    user = most + (10 if mode == "--pty" else 20)  # nobody's processes count for somebody else
    line = [*as_nobody(user), "prlimit", f"--nproc={most}", *recorder.line(COMMAND, mode)]
    answer = subprocess.run(line, env=recorder.environment, capture_output=True, timeout=60)
    assert b"Traceback" not in answer.stderr
    assert (answer.returncode, b"out" in answer.stdout) == (5, True)
    if b"not recorded" in answer.stderr:
        assert most <= 2
        assert list(recorder.spools.rglob("*.log")) == []
    else:
        assert recorder.text == b"out\nerr\n"
        assert recorder.wait_for_end().code == 5


@pytest.mark.parametrize("words", [("run", "--", *COMMAND), ("pipe",)])
def test_a_user_without_a_home_is_told_that_nothing_is_recorded(tmp_path: Path, words: tuple[str, ...]) -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("LOSSBOARD_", "XDG_", "HOME"))}
    answer = subprocess.run([*as_nobody(), *LOSSBOARD, *words], env=environment, capture_output=True, input=b"out\n", timeout=60)
    assert (answer.returncode, answer.stdout) == (5 if words[0] == "run" else 0, b"out\n")
    assert answer.stderr.startswith(b"The home folder of this user is not known.\n")
    assert b"Traceback" not in answer.stderr
