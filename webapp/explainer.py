"""Explains a log for a page in a process of its own, which ends with its answer: the server never parses, and stops what takes long.

Formats of the user's own are tried there, and Python holds every thread of a process that searches; in the main thread of another one a
search has a limit (`parser.formats.patience`), and the process has one for the whole. Not the reading process: a log that is explained
would keep the live ones waiting. `webapp.explain` is the other end.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass

import msgspec

COMMAND = (sys.executable, "-P", "-m", "webapp.explain")
LIMIT_S = 60.0  # 16 MiB with a format being tried took 10 s on two busy cores, a page of text 0.5 s
AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class MetricAccount:
    """One metric: its name as printed, what read it, how many points, and the lines of its first and last one."""

    name: str
    printed: str
    format: str
    count: int
    step_source: str
    first_line: str
    last_line: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The account of a log. `claimed` counts lines by format, `unread` shows lines that were not understood with their byte offset."""

    size: int
    lines: int
    points: int
    noise: int
    unread_count: int
    claimed: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, int], ...]
    metrics: tuple[MetricAccount, ...]
    unread: tuple[tuple[int, str], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A log, the folder of the user's own formats, the `line` that a format is wanted for, the `format` being tried; `save` keeps it."""

    data: bytes
    formats: str
    line: str = ""
    format: str = ""
    save: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The account, the format proposed or tried, the account with it, what is wrong, and where the format was saved."""

    account: Explanation | None = None
    format: str = ""
    tried: Explanation | None = None
    problem: str = ""
    saved: str = ""


class Explainer:
    """Starts a process for each log, few at a time."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self.limit_s = limit_s
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def explain(self, wanted: Wanted) -> Told:
        """What there is to tell of a log; a problem where that took too long."""
        async with self._turns:
            process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE)
            try:
                async with asyncio.timeout(self.limit_s):
                    answer, _ = await process.communicate(msgspec.msgpack.encode(wanted))
            except TimeoutError:
                return Told(problem=f"It took longer than {self.limit_s:g} s and was given up. `lossboard explain` has no limit.")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            return msgspec.msgpack.decode(answer, type=Told)
