"""`lossboard run` and `lossboard pipe` as real processes, with a spool folder of their own."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from webapp.wrapper.spool import RunEnd, RunRecord, read_end, read_record

LOSSBOARD = (sys.executable, "-P", "-m", "webapp.cli.main")
# The command line with another opinion of how much free space a log needs that the command writes itself.
LEAST_FREE = "import sys, webapp.wrapper.reserve as r; r.LEAST_FREE = int(sys.argv.pop(1)); from webapp.cli.main import main; main()"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0

# A command that writes down every signal it gets, says "ready", and ends with code 5 once the file `stop` is there.
LISTENER = """
import os, signal, sys, time
from pathlib import Path
here = Path(sys.argv[1])
def note(number, frame):
    with (here / "signals").open("a") as file:
        file.write(signal.Signals(number).name + "\\n")
for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT", "SIGCONT", "SIGWINCH", "SIGPIPE"):
    signal.signal(getattr(signal, name), note)
(here / "pid").write_text(str(os.getpid()))
print("ready", flush=True)
while not (here / "stop").exists():
    time.sleep(0.02)
print("stopped", os.get_terminal_size() if sys.stdout.isatty() else "", flush=True)
sys.exit(5)
"""


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def wait_until(true: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def state_of(pid: int) -> str:
    """R, S, T (stopped), Z …; "" where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return ""


def hear_keys() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@dataclass
class Recorder:
    """`least_free` stands in for the size of the disk: 0 = the command writes the log itself, however little room there is."""

    spools: Path
    least_free: int | None = None
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"LOSSBOARD_SPOOL_DIR": str(self.spools), "PYTHONPATH": str(ROOT)}

    def line(self, command: list[str], *options: str) -> list[str]:
        program = LOSSBOARD if self.least_free is None else (sys.executable, "-P", "-c", LEAST_FREE, str(self.least_free))
        return [*program, "run", "--name", "N", *options, "--", *command]

    def run(self, command: list[str], *options: str, **how: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self.line(command, *options), env=self.environment, capture_output=True, timeout=PATIENCE_S, **how)  # type: ignore[call-overload, no-any-return]

    def start(self, command: list[str], *options: str, **how: object) -> subprocess.Popen[bytes]:
        """Started in a process group of its own, as a shell does. It hears Ctrl-C, though tests in a background job do not."""
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "process_group": 0, "preexec_fn": hear_keys} | how
        process = subprocess.Popen(self.line(command, *options), env=self.environment, **given)  # type: ignore[call-overload]
        self.started.append(process)
        return process  # type: ignore[no-any-return]

    def start_listener(self, folder: Path, *options: str, **how: object) -> subprocess.Popen[bytes]:
        process = self.start(python(LISTENER, folder), *options, **how)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        return process

    @property
    def log(self) -> Path:
        return self.spools / "runs" / "N.log"

    @property
    def text(self) -> bytes:
        return self.log.read_bytes()

    @property
    def record(self) -> RunRecord:
        found = read_record(self.log)
        assert found
        return found

    def wait_for_end(self) -> RunEnd:
        wait_until(lambda: read_end(self.log))
        end = read_end(self.log)
        assert end
        return end

    def stop(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
            for stream in (process.stdout, process.stderr, process.stdin):
                if stream:
                    stream.close()


@dataclass
class Session:
    """A program at a terminal of its own, as in a terminal window; `screen` is all that was shown."""

    pid: int
    master: int
    screen: bytes = b""
    status: int | None = None

    @classmethod
    def open(cls, command: list[str], environment: dict[str, str], rows: int = 30, columns: int = 100) -> "Session":
        pid, master = pty.fork()
        if not pid:
            import termios

            termios.tcsetwinsize(0, (rows, columns))
            os.execve(command[0], command, environment)
        return cls(pid, master)

    def read(self, seconds: float) -> bool:
        """Takes what is shown; False once the terminal has hung up."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            self.screen += data
            return bool(data)
        return True

    def wait_for(self, words: bytes, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.screen:
            assert self.read(0.1) or words in self.screen, self.screen
            assert time.monotonic() < deadline, self.screen

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def wait_code(self) -> int:
        """How the program ended, as `subprocess` counts: a signal is negative."""
        deadline = time.monotonic() + PATIENCE_S
        while self.status is None:
            self.read(0.05)
            found, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if found else None
            assert time.monotonic() < deadline, self.screen
        while select.select([self.master], [], [], 0.05)[0] and self.read(0):
            pass
        return os.waitstatus_to_exitcode(self.status)

    def close(self) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
