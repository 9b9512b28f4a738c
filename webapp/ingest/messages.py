"""What the server and the reading process say to each other: a job there, a slice or a failure back.

A message is four bytes of length, big end first, and a msgpack record. Nothing here loads the parser: the server never parses.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_origin

import msgspec
import numpy as np

from parser.points import Floats, Parsed
from webapp.store.rows import FileMark

LENGTH = 4

Outcome = Literal["read", "new", "moved", "wait", "gone", "unreadable", "state needed"]
UNREAD = FileMark()
Told = tuple[tuple[str, str], ...]  # names of files with what is to say of each


@dataclass(frozen=True, slots=True)
class Job:
    """What to read.

    source    number of the source; with the offset it names the parser kept from the slice before
    path      raw bytes, since a name need not be text; b"" reads nothing: no more text will come, and the parser lets go what it held back
              until it saw the next line
    state     the parser's state at `mark.offset`; None = use the parser that is kept
    budget    most bytes to read
    suspect   the file was shorter or gone before: compare the whole prefix
    others    marks of the files read as other sources of this path, which are no copies of this one
    quiet_s   seconds since a file that became shorter grew last
    wait_s    seconds after which it counts as a new one
    tail      the file is over: read its unfinished last line too
    formats   folder of the user's own formats; "" for none
    """

    source: int
    path: bytes
    mark: FileMark
    state: bytes | None
    budget: int
    suspect: bool = False
    others: tuple[FileMark, ...] = ()
    quiet_s: float = 0.0
    wait_s: float = 30.0
    tail: bool = False
    formats: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """What came of a job.

    outcome  the verdict on the file (see `webapp.ingest.identity.decide`), or why nothing could be said
    reason   what stood in the way, for an unreadable file
    mark     the identity after the slice; its offset is at a line end, unless a line is longer than the budget or the file is over
    state    the parser's state there
    size     bytes the file had
    modified unix seconds of its last change
    at_end   nothing but an unfinished line is left to read
    fed      bytes the parser has seen in all, over the parts of a rotated log
    path     where the log is now, raw bytes, when it moved
    file     device and inode of what is at the path of the job
    slow     formats of the user's own with a pattern that was given up, and why
    refused  those that are not used at all, and why
    """

    outcome: Outcome
    reason: str = ""
    mark: FileMark = UNREAD
    parsed: Parsed | None = None
    state: bytes = b""
    lines: int = 0
    size: int = 0
    modified: float = 0.0
    read: int = 0
    at_end: bool = False
    fed: int = 0
    path: bytes = b""
    file: tuple[int, int] = (0, 0)
    slow: Told = ()
    refused: Told = ()


class Failure(msgspec.Struct, tag="failure"):
    """The parser failed on this log: a mistake of ours, told with its traceback."""

    text: str


class Answer(msgspec.Struct, tag="answer"):
    slice: Slice


def encode_arrays(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    raise NotImplementedError(f"{type(value)} is not sent between processes")


def decode_arrays(kind: Any, data: Any) -> Any:
    if get_origin(kind) is np.ndarray or kind is np.ndarray:
        return np.frombuffer(data, np.float64 if kind == Floats else np.int64)
    raise NotImplementedError(f"{kind} is not sent between processes")
