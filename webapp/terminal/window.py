"""A window onto a log file: the lines around a place, as a terminal would have them on its screen.

Reads only the bytes it shows, so a log of a gigabyte opens like a small one. `\\r` redraws of one line count as one line, its last drawing
(or the one that was asked for). A line is known by the byte offset where it starts, which is what every point of a curve remembers too.
No line numbers: counting them would read the whole file.

The log of a run may lie in several files, where it was rotated. They are read as the one text that they are, as far back as they are there.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.files import open_file
from webapp.redact import KEY_BYTES, InKey, key_before, redact_line

TAIL_LINES = 200
AROUND_LINES = (120, 7)  # before and after the line asked for; the few after it put it in the middle of a screen that shows its end
READ_BYTES = 256 * 1024  # one look; a longer line is shown cut
SHOWN_BYTES = 4096  # of one line on the page; the raw log has it whole
SEARCH_BYTES = 64 * 1024 * 1024  # one search reads at most this much, newest first
SEARCH_CHUNK = 1024 * 1024

Log = Path | Mapping[int, Path]  # one file, or several by the byte of the text that each begins with


class LogGoneError(Exception):
    """The log cannot be read now; str() says why."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line on the screen.

    offset   byte offset of what is shown (of the redraw, if the line was redrawn)
    start    byte offset of the start of the physical line
    end      byte offset behind the line and its newline
    text     decoded text; bad bytes as U+FFFD, secrets as ***
    redraws  how many earlier drawings of this line are hidden
    whole    ended by a newline; the last line of a live log may not be
    """

    offset: int
    start: int
    end: int
    text: str
    redraws: int
    whole: bool


@dataclass(frozen=True, slots=True)
class LogWindow:
    """Lines in their order, from byte `start` to byte `end` of a log that is there from byte `begin` to byte `size`."""

    lines: tuple[LogLine, ...]
    start: int
    end: int
    begin: int
    size: int

    @property
    def older(self) -> bool:
        return self.start > self.begin

    @property
    def newer(self) -> bool:
        return self.end < self.size


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the file writes text; UTF-16 comes from Windows shells."""

    name: str = "utf-8"
    newline: bytes = b"\n"
    carriage: bytes = b"\r"
    width: int = 1


UTF8 = Encoding()
UTF16 = {
    b"\xff\xfe": Encoding("utf-16-le", b"\n\0", b"\r\0", 2),
    b"\xfe\xff": Encoding("utf-16-be", b"\0\n", b"\0\r", 2),
}


def read_tail(source: Log, lines: int = TAIL_LINES, end: int | None = None) -> LogWindow:
    """The last `lines` lines before byte `end` (the end of the log where None)."""
    with open_log(source) as log:
        stop = log.size if end is None else max(log.begin, min(end, log.size))
        start = max(log.begin, stop - READ_BYTES)
        found = log.lines(start, stop, cut=start > log.begin)[-lines:]
        return LogWindow(tuple(found), found[0].start if found else stop, stop, log.begin, log.size)


def read_after(source: Log, offset: int, lines: int | None = None) -> LogWindow:
    """The lines from byte `offset` on, which has to be the start of a line, at most `lines` of them: what was written since."""
    with open_log(source) as log:
        start = max(log.begin, min(offset, log.size))
        stop = min(log.size, start + READ_BYTES)
        found = log.lines(start, stop, cut=False)
        if stop < log.size and found and not found[-1].whole:
            found = found[:-1] or found
        found = found[:lines]
        return LogWindow(tuple(found), start, found[-1].end if found else stop, log.begin, log.size)


def read_around(source: Log, offset: int, lines: tuple[int, int] = AROUND_LINES) -> LogWindow:
    """The line that holds byte `offset`, that very redraw where it was redrawn, with so many lines before and after it."""
    with open_log(source) as log:
        at = max(log.begin, min(offset, log.size - 1))
        start, stop = max(log.begin, at - READ_BYTES), min(log.size, at + READ_BYTES)
        found = log.lines(start, stop, cut=start > log.begin, shown=at)
        here = next((i for i, line in enumerate(found) if line.start <= at < line.end), len(found) - 1)
        found = found[max(0, here - lines[0]) : here + lines[1] + 1]
        return LogWindow(tuple(found), found[0].start if found else log.begin, found[-1].end if found else stop, log.begin, log.size)


def find_text(source: Log, needle: str, before: int | None = None, limit: int = 1000) -> tuple[list[int], bool]:
    """Byte offsets of at most `limit` places with `needle` (ASCII case ignored), newest first, and whether the search read all of it."""
    wanted = needle.lower().encode("utf-8", "surrogateescape")
    found: list[int] = []
    with open_log(source) as log:
        begin = log.begin
        stop = log.size if before is None else min(before, log.size)
        bottom = max(begin, stop - SEARCH_BYTES)
        while stop > bottom and wanted and len(found) < limit:
            start = max(bottom, stop - SEARCH_CHUNK)
            block = log.read(start, min(stop + len(wanted) - 1, log.size)).lower()
            place = block.rfind(wanted)
            while place >= 0 and len(found) < limit:
                found.append(start + place)
                place = block.rfind(wanted, 0, place + len(wanted) - 1)
            stop = start
    return found, bottom == begin and len(found) < limit


class open_log:  # noqa: N801 - used as a function, in a with statement
    """Opens a log for one look: regular files, reached through no link, never blocking.

    Of several files the last has to be there. One before counts if it ends where the next begins; else its name has gone to another file.
    """

    def __init__(self, source: Log) -> None:
        parts = {0: source} if isinstance(source, Path) else source
        self._files: list[tuple[int, int, int]] = []  # first byte, byte behind the last, descriptor
        for begin in sorted(parts, reverse=True):
            try:
                fd, size = open_part(parts[begin])
            except LogGoneError:
                if not self._files:
                    raise
                break
            if self._files and begin + size != self._files[0][0]:
                os.close(fd)
                break
            self._files.insert(0, (begin, begin + size, fd))
        self.begin, self.size = self._files[0][0], self._files[-1][1]
        self.encoding = UTF16.get(self.read(self.begin, self.begin + 2), UTF8)

    def __enter__(self) -> "open_log":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for _, _, fd in self._files:
            os.close(fd)

    def read(self, start: int, stop: int) -> bytes:
        pieces = [(max(start, begin), min(stop, end), begin, fd) for begin, end, fd in self._files]
        return b"".join(os.pread(fd, last - first, first - begin) for first, last, begin, fd in pieces if first < last)

    def lines(self, start: int, stop: int, *, cut: bool, shown: int = -1) -> list[LogLine]:
        """The lines between two bytes; with `cut`, `start` may be in the middle of a line, and what comes before the first newline is left
        out unless it is all there is. `shown` is a byte whose redraw is wanted."""
        start -= start % self.encoding.width
        data = self.read(start, stop)
        newline = self.encoding.newline
        if cut:
            first = data.find(newline)
            if 0 <= first < len(data) - len(newline):
                start += first + len(newline)
                data = data[first + len(newline) :]
        before = self.read(max(self.begin, start - KEY_BYTES), start).decode(self.encoding.name, "replace")
        return list(self.split(data, start, shown, key_before(before)))

    def split(self, data: bytes, start: int, shown: int, in_key: InKey | None) -> Iterator[LogLine]:
        newline, carriage, step = self.encoding.newline, self.encoding.carriage, len(self.encoding.newline)
        place = 0
        while place < len(data):
            stop = find_aligned(data, newline, place, step)
            whole = stop >= 0
            stop = stop if whole else len(data)
            end = stop + step if whole else stop
            body = data[place:stop]
            if body.endswith(carriage):
                body = body[: -len(carriage)]
            skip, piece, redraws = last_drawing(body, carriage, shown - start - place)
            text, in_key = redact_line(piece[:SHOWN_BYTES].decode(self.encoding.name, "replace").lstrip("\ufeff"), in_key)
            if len(piece) > SHOWN_BYTES:
                text += f" … ({len(piece) - SHOWN_BYTES:,} bytes more)"
            yield LogLine(start + place + skip, start + place, start + end, text, redraws, whole)
            place = end


def open_part(path: Path) -> tuple[int, int]:
    """Descriptor and size of a file. Raises LogGoneError."""
    try:
        fd = open_file(path)
    except OSError as error:
        raise LogGoneError(f"The log cannot be read: {error.strerror or error}.") from error
    return fd, os.fstat(fd).st_size


def find_aligned(data: bytes, what: bytes, start: int, width: int) -> int:
    """`data.find`, on multiples of `width` only."""
    place = data.find(what, start)
    while place >= 0 and place % width:
        place = data.find(what, place + 1)
    return place


def last_drawing(body: bytes, carriage: bytes, shown: int) -> tuple[int, bytes, int]:
    """Of a line that was redrawn with carriage returns: where the visible drawing starts, its bytes, and how many drawings came before.

    Visible is the last drawing that is not blank, or the one holding byte `shown` of the line.
    """
    if carriage not in body:
        return 0, body, 0
    if 0 <= shown < len(body):
        begin = body.rfind(carriage, 0, shown + 1)
        begin = 0 if begin < 0 else begin + len(carriage)
        stop = body.find(carriage, begin)
        if body[begin : stop if stop >= 0 else None].strip():
            return begin, body[begin : stop if stop >= 0 else None], body.count(carriage, 0, begin)
    stop = len(body)
    while True:
        begin = body.rfind(carriage, 0, stop)
        piece = body[begin + len(carriage) if begin >= 0 else 0 : stop]
        if piece.strip(b" \0") or begin < 0:
            begin = begin + len(carriage) if begin >= 0 else 0
            return begin, piece, body.count(carriage, 0, begin)
        stop = begin
