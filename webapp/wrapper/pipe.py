"""`train.py | lossboard pipe`: standard input goes unchanged to standard output, and into a log that the board watches.

The log comes first, since a reader that stands still must not keep lines from it; a log that cannot be written does not hold up the reader.
"""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from webapp.wrapper.aside import complain, hold_standard_fds, note_facts
from webapp.wrapper.program import leave_by_signal
from webapp.wrapper.pump import READ_BYTES, LogWriter
from webapp.wrapper.spool import RunEnd, Spool, begin_record, end_path, open_spool, record_path, write_record

PIPE_BYTES = 1024 * 1024  # what the training may be ahead of us; the system's default is a sixteenth of it
LEFT_TO_THE_TRAINING = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)  # what ends it ends our input, after its last words


def record_pipe(spools: Path | None, experiment: str, name: str, params: dict[str, str], *, limit: int, keep_going: bool) -> int:
    """Passes on and records until the input ends; without `spools` it records nothing.

    Returns the exit code; dies of SIGPIPE like any filter whose reader has gone.
    """
    hold_standard_fds()
    for number in LEFT_TO_THE_TRAINING:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):  # no pipe, or a system without this call
        fcntl.fcntl(0, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    spool = begin(spools, experiment, name, params, limit) if spools else None
    log = LogWriter(spool, lambda error: complain(f"the record of this run has gaps: {error.strerror}")) if spool else None
    read = True
    while data := os.read(0, READ_BYTES):
        if log:
            log.write(data)
        if read and not pass_on(data):
            read = False
            if not keep_going:
                break
    if spool:
        with contextlib.suppress(OSError):  # a full disk
            write_record(end_path(spool.log), RunEnd(time.time()))
    if not read and not keep_going:
        leave_by_signal(signal.SIGPIPE)
    return 0


def begin(spools: Path, experiment: str, name: str, params: dict[str, str], limit: int) -> Spool | None:
    """The log and its record; None, and one line on standard error, where they cannot be written."""
    try:
        spool = open_spool(spools, experiment, name, limit)
        write_record(record_path(spool.log), begin_record(spool, (), params, os.getpid()))
    except OSError as error:
        complain(f"this run is not recorded: {error.strerror} ({error.filename})")
        return None
    note_facts(spool.log, ())
    return spool


def pass_on(data: bytes) -> bool:
    """Writes everything to standard output; False once its reader has gone."""
    written = 0
    try:
        while written < len(data):
            written += os.write(1, data[written:] if written else data)
    except OSError:
        return False
    return True
