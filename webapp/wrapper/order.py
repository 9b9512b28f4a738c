"""What `lossboard run` is to start, with all that was opened for it, and the starting itself."""

import fcntl
import os
import signal
import termios
from dataclasses import dataclass
from typing import Literal, NoReturn

from webapp.wrapper.program import become_program
from webapp.wrapper.reserve import Reserve
from webapp.wrapper.spool import Spool
from webapp.wrapper.terminal import Terminal

Mode = Literal["file", "pump", "terminal"]
FAULT = 70  # exit code of a process of ours that found a fault in itself (EX_SOFTWARE)


@dataclass(frozen=True, slots=True)
class Order:
    """What to run, and what was opened for it.

    mode      "file": the command writes the log itself; "pump" and "terminal": we read its output and write the log
    source    where the command's output comes out: our end of its pipe or terminal; -1 in file mode
    sink      the command's end of it
    terminal  the reader's
    reserve   of the log, in file mode
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    params: dict[str, str]
    spool: Spool
    mode: Mode
    mask: set[signal.Signals]
    source: int = -1
    sink: int = -1
    terminal: Terminal | None = None
    reserve: Reserve | None = None


def start_command(order: Order, typed: bool) -> tuple[int, str]:
    """Starts the command, in its own terminal or in our process group; `typed` gives it the terminal's keyboard too.

    Returns its pid, or 0 and `ERRNO TEXT` if it cannot be run. Our copy of its end of terminal or pipe is closed.
    """
    if order.mode == "terminal":
        os.setsid()
        fcntl.ioctl(order.sink, termios.TIOCSCTTY, 0)
    failure, failing = os.pipe()
    pid = os.fork()
    if not pid:
        _become_command(order, typed, failing)
    for fd in {failing, order.sink} - {-1}:
        os.close(fd)
    with os.fdopen(failure, "rb") as words:
        refusal = words.read().decode()
    if refusal:
        os.waitpid(pid, 0)
        return 0, refusal
    return pid, ""


def _become_command(order: Order, typed: bool, failing: int) -> NoReturn:
    """In the new process: its output into log, pipe or terminal, and the command's program instead of ours."""
    try:
        out = order.spool.fd if order.mode == "file" else order.sink
        if order.mode == "terminal":
            os.setpgid(0, 0)
            os.tcsetpgrp(out, os.getpgrp())
            if typed:
                os.dup2(out, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        become_program(order.command, order.environment, order.mask)
    except OSError as error:
        os.write(failing, f"{error.errno} {error.strerror}".encode())
    finally:
        os._exit(FAULT)
