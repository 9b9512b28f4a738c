"""What a wrapper does beside its work: hold its standard descriptors, complain on standard error, have the run's surroundings noted."""

import os
import signal
import sys
from pathlib import Path

from webapp.format import visible


def note_facts(log: Path, command: tuple[str, ...]) -> None:
    """Completes the run's record in a process of its own that nobody has to wait for; where there can be none, it stays as it is."""
    try:
        first = os.fork()
    except OSError:  # a limit on processes
        return
    if first:
        os.waitpid(first, 0)
        return
    try:
        os.setsid()
        if not os.fork():
            signal.set_wakeup_fd(-1)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            os.closerange(3, 256)

            from webapp.wrapper.facts import complete_record  # here, so that the command does not wait for what it imports

            complete_record(log, command)
    finally:
        os._exit(0)


def hold_standard_fds() -> None:
    """Opens what the shell closed of standard input, output and error, lest a file of ours gets its number."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def complain(text: str) -> None:
    """One line on standard error; a reader who has closed it misses it."""
    if sys.stderr:
        print(f"lossboard: {visible(text)}", file=sys.stderr, flush=True)
