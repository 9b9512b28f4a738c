"""The last step of starting a command: in a new process, its input and output, its signals as the shell left them, and its program."""

import errno
import os
import signal
from typing import NoReturn

PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)  # set aside by Python at its start; a command expects them to act
NOT_FOUND, NOT_RUNNABLE = 127, 126  # exit codes of every shell


def become_program(command: tuple[str, ...], environment: dict[str, str], mask: set[signal.Signals]) -> NoReturn:
    """Replaces this process by the command. `mask` are the signals that stay blocked. Raises OSError where it cannot be run.

    A file without a `#!` line is a shell script, as for every shell and for execvp(3).
    """
    for number in PYTHON_IGNORES:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        if error.errno != errno.ENOEXEC or not isinstance(error.filename, str | bytes):
            raise
        os.execve("/bin/sh", ["sh", os.fsdecode(error.filename), *command[1:]], environment)


def refusal_code(number: int) -> int:
    """The exit code for a command that could not be run, by errno."""
    return NOT_FOUND if number in (errno.ENOENT, errno.ENOTDIR) else NOT_RUNNABLE


def leave_by_signal(number: int) -> NoReturn:
    """Dies by the signal the command died of, without a second core dump; where it does not kill us, the exit code says it."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)
