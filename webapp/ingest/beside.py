"""What stands beside a log: the records of `lossboard run`, and the parameters in config files. The text of the log goes before both.

A spool is a log that `lossboard run` or `lossboard pipe` writes. Its record says that its end is certain, where else silence decides.
"""

import time
from pathlib import Path

from webapp.params import read_beside
from webapp.wrapper.spool import is_alive, read_end, read_record

AWAITED_S = 24 * 3600.0  # how long a command that has ended is given for its children to stop writing


def read_params(log: Path) -> dict[str, str]:
    """The parameters that files beside the log tell; command line, folder, code and machine of a recorded run among them."""
    record = read_record(log)
    if record is None:
        return read_beside(log)
    told = {
        "command": record.command_line,
        "folder": record.folder,
        "code": record.code,
        "host": record.host,
        "python": record.python,
        "gpus": ", ".join(record.gpus),
    }
    return {name: value for name, value in told.items() if value} | record.params


def read_ending(log: Path) -> tuple[str, str] | None:
    """Status and reason of a recorded run that is over, None for one that goes on or that nobody recorded."""
    end = read_end(log)
    if end is not None:
        if end.signal is not None:
            return "failed", f"The command was ended by signal {end.signal}."
        if end.code is None:
            return "finished", "The program that wrote into the pipe has ended."
        return ("failed" if end.code else "finished"), f"The command ended with exit code {end.code}."
    record = read_record(log)
    if record is not None and is_alive(record) is False:
        return "finished", "The command has ended; its exit code is not known."
    return None


def ends_whole(log: Path) -> bool | None:
    """Whether the last line of a recorded run counts though it has no line end; None as long as it may still get one.

    A command that failed, or that a signal ended, may have been cut off in the middle of a number, and so may its children.
    """
    end = read_end(log)
    if end is None or end.code != 0:
        return False
    return True if end.whole else None if time.time() - end.ended_at < AWAITED_S else False
