"""One slice of one log: look whether it is still the same file, read what is new up to a line end, parse it.

`read_slice` is a function of the job and the file alone. It runs in the reading process (`webapp.ingest.worker`), so that neither a slow
disk nor the parsing makes a page wait. The parser it returns stands exactly where the returned state does.
"""

import errno
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from parser import LogParser
from parser.formats import FormatSet, load_formats
from parser.points import Parsed
from webapp.ingest.identity import Seen, decide
from webapp.ingest.look import NotALogError, extend_mark, find_copy, find_inode, open_log, see
from webapp.store.rows import FileMark

Outcome = Literal["read", "new", "moved", "wait", "gone", "unreadable", "state needed"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to read.

    source    number of the source; with the offset it names the parser kept from the slice before
    path      "" reads nothing: no more text will come, and the parser lets go what it held back until it saw the next line
    state     the parser's state at `mark.offset`; None = use the parser that is kept
    budget    most bytes to read
    suspect   the file was shorter before: compare the whole prefix
    others    (dev, ino) of files read as other sources of this path, which are no copies of this one
    quiet_s   seconds since a file that became shorter grew last
    wait_s    seconds after which it counts as a new one
    tail      the file is over: read its unfinished last line too
    formats   folder of the user's own formats; "" for none
    """

    source: int
    path: str
    mark: FileMark
    state: bytes | None
    budget: int
    suspect: bool = False
    others: tuple[tuple[int, int], ...] = ()
    quiet_s: float = 0.0
    wait_s: float = 30.0
    tail: bool = False
    formats: str = ""


UNREAD = FileMark()


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
    path     where the log is now, when it moved
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
    path: str = ""


def read_slice(job: Job, parser: LogParser | None) -> tuple[Slice, LogParser | None]:
    """The slice, and the parser to keep for the next one (None where it must not be used again)."""
    if not job.path:
        return _settle(job, parser), None
    try:
        with open_log(job.path) as fd:
            seen = see(fd, job.path, job.mark, suspect=job.suspect, others=job.others)
            now = os.fstat(fd)
            verdict = decide(job.mark, seen, quiet_s=job.quiet_s, wait_s=job.wait_s)
            facts = Slice(verdict, mark=job.mark, size=now.st_size, modified=now.st_mtime)
            if verdict == "moved":
                return _moved(facts, seen), None
            if verdict != "read":
                return facts, None
            if parser is None and job.state is None:
                return Slice("state needed"), None
            parser = parser or open_parser(job)
            text, at_end = _read_lines(fd, job, now.st_size)
            mark = extend_mark(fd, job.mark, text)
    except FileNotFoundError:
        sibling = (find_inode(job.path, job.mark) or find_copy(job.path, job.mark, job.others)) if job.mark.ino else None
        facts = Slice(decide(job.mark, Seen(False, sibling=sibling), quiet_s=job.quiet_s, wait_s=job.wait_s), mark=job.mark)
        return _moved(facts, Seen(False, sibling=sibling)), None
    except OSError as error:
        return Slice("unreadable", reason=_sentence(error), mark=job.mark), None
    unfinished = job.tail and at_end and not text.endswith((b"\n", b"\r")) and text
    parsed = parser.feed(text + b"\n" if unfinished else text)  # else it would be glued to the first line of the next part
    facts = replace(facts, mark=mark, parsed=parsed, state=parser.state(), lines=parser.account().lines)
    return replace(facts, read=len(text), at_end=at_end, fed=parser.offset), parser


def open_parser(job: Job) -> LogParser:
    """A parser that stands where the job begins."""
    formats = formats_of(job.formats)
    return LogParser.from_state(job.state, formats) if job.state else LogParser(formats)


def formats_of(folder: str) -> FormatSet:
    """The formats that come with the parser and those in `folder`, read anew when a file came, went or was saved there."""
    try:
        files = (
            tuple((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(folder) if entry.name.endswith(".toml")) if folder else ()
        )
    except OSError:
        files = ()
    return _load(folder if files else "", tuple(sorted(files)))


@lru_cache(maxsize=4)
def _load(folder: str, files: tuple[tuple[str, int], ...]) -> FormatSet:
    return load_formats(Path(folder) if folder else None)


def _settle(job: Job, parser: LogParser | None) -> Slice:
    if parser is None and job.state is None:
        return Slice("state needed")
    parser = parser or open_parser(job)
    parsed = parser.finish()
    return Slice("read", mark=job.mark, parsed=parsed, state=parser.state(), lines=parser.account().lines, at_end=True, fed=parser.offset)


def _read_lines(fd: int, job: Job, size: int) -> tuple[bytes, bool]:
    """New bytes up to the last line end, and whether nothing but an unfinished line follows.

    Without a line end nothing is read yet, or the whole budget: the parser knows what to do with a long line.
    """
    start = job.mark.offset
    text = os.pread(fd, min(job.budget, size - start), start)
    at_end = start + len(text) >= size
    if job.tail and at_end:
        return text, True
    end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
    return (text[:end] if end else text if len(text) >= job.budget else b""), at_end


def _moved(facts: Slice, seen: Seen) -> Slice:
    sibling = seen.sibling
    if sibling is None:
        return facts
    return replace(facts, path=sibling.path, mark=replace(facts.mark, dev=sibling.dev, ino=sibling.ino), size=sibling.size)


def _sentence(error: OSError) -> str:
    if isinstance(error, NotALogError):
        return "It is a folder, a pipe or a device, not a file."
    if error.errno == errno.ELOOP:
        return "It is a symbolic link; links are not followed."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "This user may not read it."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Too many files are open; it is tried again."
    return f"It cannot be read: {os.strerror(error.errno or 0)}."
