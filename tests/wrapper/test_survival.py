"""T35, T36, T37, T39: whatever becomes of the wrapper, of a board or of a grandchild, the command does not notice."""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wrapper.recorder import Recorder, Session, python, state_of, wait_until
from webapp.wrapper.spool import is_alive, read_end

# Waits for the file "go", prints 4 MB, far more than any pipe holds, and writes "done" beside it.
PRINTS_MUCH = """
import sys, time
from pathlib import Path
here = Path(sys.argv[1])
print("ready", flush=True)
while not (here / "go").exists():
    time.sleep(0.02)
for step in range(50_000):
    print("step", step, "loss", 1 / (step + 1), "x" * 60)
print("last line", flush=True)
(here / "done").touch()
sys.exit(5)
"""


def lines_of(text: bytes) -> list[bytes]:
    return text.splitlines()


@pytest.mark.parametrize("options", [(), ("--pty",)])
def test_a_frozen_wrapper_does_not_hold_up_the_command(recorder: Recorder, tmp_path: Path, options: tuple[str, ...]) -> None:
    process = recorder.start(python(PRINTS_MUCH, tmp_path), *options, stdout=(tmp_path / "out").open("wb"))
    wait_until(lambda: recorder.log.exists() and b"ready" in recorder.text)
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid) == "T")
    (tmp_path / "go").touch()
    assert recorder.wait_for_end().code == 5
    assert state_of(process.pid) == "T"
    process.send_signal(signal.SIGCONT)
    assert process.wait(60) == 5
    assert lines_of(recorder.text)[-1] == b"last line"
    assert lines_of((tmp_path / "out").read_bytes()) == lines_of(recorder.text)


@pytest.mark.parametrize("mode", ["file", "pump", "terminal"])
def test_a_killed_wrapper_leaves_the_command_its_record_and_its_end(recorder: Recorder, tmp_path: Path, mode: str) -> None:
    recorder.least_free = 2**62 if mode == "pump" else 0
    options = ("--pty",) if mode == "terminal" else ()
    process = recorder.start(python(PRINTS_MUCH, tmp_path), *options, stdout=(tmp_path / "out").open("wb"))
    wait_until(lambda: recorder.log.exists() and b"ready" in recorder.text)
    process.kill()
    process.wait()
    assert is_alive(recorder.record)
    (tmp_path / "go").touch()
    assert recorder.wait_for_end().code == 5
    assert (tmp_path / "done").exists()
    wait_until(lambda: lines_of(recorder.text)[-1] == b"last line")
    assert len(lines_of(recorder.text)) == 50_002
    assert is_alive(recorder.record) is False


def test_a_wrapper_killed_at_a_terminal_gives_the_shell_a_usable_one(
    at_terminal: Callable[..., Session], recorder: Recorder, tmp_path: Path
) -> None:
    session = at_terminal(line=["/bin/bash", "--norc", "--noprofile", "-i"])
    (tmp_path / "train.sh").write_text(f"echo rea''dy; while ! test -e {tmp_path}/go; do sleep 0.05; done; echo last line\n")
    session.type(f"PS1='prompt> '; {' '.join(recorder.line(['bash', str(tmp_path / 'train.sh')]))}\n".encode())
    session.wait_for(b"ready\r\n")
    subprocess.run(["pkill", "-KILL", "-P", str(session.pid)], check=True)
    session.wait_for(b"Killed")
    session.type(b"stty -a | grep -o ' icanon'; echo af''ter\n")
    session.wait_for(b"after\r\n")
    assert b" icanon" in session.screen
    (tmp_path / "go").touch()
    assert recorder.wait_for_end().code == 0
    assert recorder.text.endswith(b"last line\n")
    session.type(b"exit\n")
    assert session.wait_code() == 0


def test_a_killed_group_is_all_of_it_as_without_us(recorder: Recorder, tmp_path: Path) -> None:
    """`kill -9 %1` in a shell, the end of a container: nobody wants a command to survive that."""
    process = recorder.start(python("import os, sys, time; print(os.getpid(), flush=True); time.sleep(60)"))
    assert process.stdout
    command = int(process.stdout.readline())
    os.killpg(process.pid, signal.SIGKILL)
    wait_until(lambda: state_of(command) in ("", "Z"))
    assert process.wait(60) == -signal.SIGKILL
    assert read_end(recorder.log) is None
    assert is_alive(recorder.record) is False


@pytest.mark.parametrize("mode", ["file", "pump", "terminal"])
def test_a_grandchild_that_holds_the_output_does_not_hold_us(recorder: Recorder, tmp_path: Path, mode: str) -> None:
    recorder.least_free = 2**62 if mode == "pump" else 0
    options = ("--pty",) if mode == "terminal" else ()
    code = (
        "import os, subprocess, sys; print('loss 1.0', flush=True)\n"
        "subprocess.Popen(['sh', '-c', f'echo $$ > {sys.argv[1]}/pid; until test -e {sys.argv[1]}/go; do sleep 0.05; done; echo later'])\n"
        "while not os.path.exists(sys.argv[1] + '/pid'): pass\nsys.exit(4)"
    )
    answer = recorder.run(python(code, tmp_path), *options)
    assert answer.returncode == 4
    assert answer.stdout.split() == [b"loss", b"1.0"]
    grandchild = int((tmp_path / "pid").read_text())
    assert state_of(grandchild) in "RSD"
    (tmp_path / "go").touch()
    wait_until(lambda: lines_of(recorder.text) == [b"loss 1.0", b"later"])
    wait_until(lambda: recorder.log.stat().st_blocks * 512 < 1024 * 1024)


def test_a_board_that_is_slow_or_wrong_or_absent_is_not_even_asked(recorder: Recorder, tmp_path: Path) -> None:
    """Somebody listens where a board would, takes connections and never answers; nobody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        line = ["env", f"LOSSBOARD_PORT={server.getsockname()[1]}", *recorder.line(python("print('step 1 loss 2.0')"))]
        answer = subprocess.run(line, env=recorder.environment, capture_output=True, timeout=60)
        assert (answer.returncode, answer.stdout, answer.stderr) == (0, b"step 1 loss 2.0\n", b"")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_wrapper_and_its_keeper_open_no_socket(recorder: Recorder, tmp_path: Path) -> None:
    process = recorder.start(python(PRINTS_MUCH, tmp_path))
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    for pid in (process.pid, int(children[0])):
        opened = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
        assert not [target for target in opened if target.startswith("socket:")]
    (tmp_path / "go").touch()
    assert len(process.stdout.read().splitlines()) == 50_001
    assert process.wait(60) == 5


def test_runs_that_start_at_the_same_moment_have_a_log_each(recorder: Recorder) -> None:
    processes = [recorder.start([sys.executable, "-c", f"print({number})"]) for number in range(6)]
    assert [process.wait(60) for process in processes] == [0] * 6
    texts = sorted(log.read_bytes() for log in (recorder.spools / "runs").glob("*.log"))
    assert texts == [b"%d\n" % number for number in range(6)]


def test_the_work_of_the_command_is_counted_as_ours(recorder: Recorder) -> None:
    """`time lossboard run -- CMD` tells the time of CMD."""
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    recorder.run(python("import time\nwhile time.process_time() < 1.5: pass"))
    assert sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before >= 1.4
