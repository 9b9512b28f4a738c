"""One slice of one log: look whether it is still the same file, read what is new up to a line end, parse it.

`read_slice` is a function of the job and the file alone. It runs in the reading process (`webapp.ingest.worker`), so that neither a slow
disk nor the parsing makes a page wait. The parser it returns stands exactly where the returned state does.
"""

import errno
import os
import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import msgspec

from parser.formats import FormatSet, load_formats
from parser.log import LogParser
from parser.points import Parsed
from webapp.files import OddFileError
from webapp.ingest.identity import Seen, decide
from webapp.ingest.look import extend_mark, find_copy, find_inode, open_log, see, shorten_mark
from webapp.ingest.messages import Job, Slice, Told

REPLAY_BYTES = 1 << 20
REPLAY_S = 10.0  # for what a slice reads again without a state: 50 MB, so that only longer logs have to wait for their next turn
PARSE_S = 0.5  # for one slice, then the next log has its turn; lines of ever new form take 50 times as long as others
PIECE_BYTES = 128 * 1024  # between two looks at the clock


def read_slice(job: Job, parser: LogParser | None) -> tuple[Slice, LogParser | None]:
    """The slice, and the parser to keep for the next one (None where it must not be used again)."""
    if not job.path:
        return _settle(job, parser), None
    path = os.fsdecode(job.path)
    try:
        with open_log(path) as fd:
            seen = see(fd, path, job.mark, suspect=job.suspect, others=job.others)
            now = os.fstat(fd)
            verdict = decide(job.mark, seen, quiet_s=job.quiet_s, wait_s=job.wait_s)
            facts = Slice(verdict, mark=job.mark, size=now.st_size, modified=now.st_mtime, file=(now.st_dev, now.st_ino))
            if verdict == "moved":
                return _moved(facts, seen), None
            if verdict != "read":
                return facts, None
            if parser is None and job.state is None:
                return Slice("state needed"), None
            parser = parser or open_parser(job)
            if not catch_up(parser, fd, job.mark.offset):
                return facts, parser
            text, at_end = _read_lines(fd, job, now.st_size)
            mark = extend_mark(fd, job.mark, text)
    except FileNotFoundError:
        sibling = (find_inode(path, job.mark) or find_copy(path, job.mark, job.others)) if job.mark.ino else None
        facts = Slice(decide(job.mark, Seen(False, sibling=sibling), quiet_s=job.quiet_s, wait_s=job.wait_s), mark=job.mark)
        return _moved(facts, Seen(False, sibling=sibling)), None
    except OSError as error:
        return Slice("unreadable", reason=_sentence(error), mark=job.mark), None
    parsed, taken = _parse_in_time(parser, text)
    if taken < len(text):
        text, mark, at_end = text[:taken], shorten_mark(mark, text[:taken], len(text)), False
    elif job.tail and at_end and text and not text.endswith((b"\n", b"\r")):  # it would be glued to the first line of the next part
        parsed = Parsed.joined([parsed, parser.feed(b"\n")])
    facts = replace(facts, mark=mark, parsed=parsed, state=parser.state(), lines=parser.account().lines)
    return replace(facts, read=len(text), at_end=at_end, fed=parser.offset), parser


def _parse_in_time(parser: LogParser, text: bytes) -> tuple[Parsed, int]:
    """What the parser finds in `text` until its time is over, at least in one piece; and how many bytes, up to a line end, it took."""
    parts, start, until = [], 0, time.monotonic() + PARSE_S
    while True:
        end = start + PIECE_BYTES
        if end < len(text):
            end = max(text.rfind(b"\n", start, end), text.rfind(b"\r", start, end)) + 1 or text.find(b"\n", end) + 1 or len(text)
        parts.append(parser.feed(text[start:end]))
        start = min(end, len(text))
        if start == len(text) or time.monotonic() > until:
            return Parsed.joined(parts), start


def open_parser(job: Job) -> LogParser:
    """A parser that stands where the job begins; with a state that an older Lossboard left, one that stands at the file's beginning."""
    formats = formats_of(job.formats)
    if not job.state:
        return LogParser(formats)
    try:
        return LogParser.from_state(job.state, formats)
    except msgspec.DecodeError:
        return LogParser(formats)


def catch_up(parser: LogParser, fd: int, offset: int) -> bool:
    """Leads a parser that begins anew to where the log was read to; what it gives up to there is stored already, and not given again.

    False where that takes longer than a slice may: the next one goes on.
    """
    until = time.monotonic() + REPLAY_S
    while parser.offset < offset and (text := os.pread(fd, min(REPLAY_BYTES, offset - parser.offset), parser.offset)):
        parser.feed(text)
        if time.monotonic() > until:
            break
    return parser.offset >= offset


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


def with_formats(result: Slice, folder: str) -> Slice:
    """The slice, with what is to say of the user's own formats."""
    formats = formats_of(folder)
    if not formats.slow and not formats.problems:
        return result
    return replace(result, slow=_told(formats.slow), refused=_told(formats.problems))


def _told(found: tuple[tuple[Path, str], ...]) -> Told:
    return tuple((_text(path.name), _text(reason)) for path, reason in found)


def _text(name: str) -> str:
    """A name of a file, or what holds one, with bytes that are no UTF-8 written out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


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
    return replace(facts, path=os.fsencode(sibling.path), mark=replace(facts.mark, dev=sibling.dev, ino=sibling.ino), size=sibling.size)


def _sentence(error: OSError) -> str:
    if isinstance(error, OddFileError):
        return f"{error.strerror.capitalize()}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "This user may not read it."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Too many files are open; it is tried again."
    return f"It cannot be read: {os.strerror(error.errno or 0)}."
