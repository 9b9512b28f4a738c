"""Bytes to pieces: what ends at a newline or a carriage return, each with its byte offset, the same for every split of the bytes.

In: chunks of a log. Out: complete stretches of UTF-8 bytes, cut after a newline or a redraw, with the offset at which they begin; the
partial rest is kept. A carriage return at the very end waits for its newline. UTF-16 with a byte order mark is transcoded (offsets
stay those of the file). NUL bytes are blanks. A piece longer than `PIECE_BYTES` is skipped and counted. No mmap: a truncated file
would kill the process.
"""

import codecs
import re
from collections.abc import Iterator

import msgspec

PIECE_BYTES = 1 << 20  # a piece longer than this is dropped: no training program prints one
INDENT_BYTES = 4096  # so many blanks before a piece are a hole, no indentation
SCAN_BYTES = 8 << 10  # only so much of a piece is read for metrics
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)|[@-Z\\-_])")
_SYSLOG = re.compile(rb"#033\[[0-9;]*[A-Za-z]")
_MARK = re.compile(  # symbols of Unicode's blocks for arrows, signs and pictures, stars, and what an arrow points back with
    rb"(?:\s(?:\xe2\x86\x90|<-{1,2} |>{1,3} ?(?:sav(?:ed?|ing)|best|new|improved)\b).{0,80}"
    rb"|(?:\s?(?:\xe2(?:[\x86\x87\x98-\x9e][\x80-\xbf]|\xad[\x80-\xbf])"
    rb"|\xf0\x9f[\x80-\xbf]{2}|\xef\xb8\x8f)){1,8}|\s\*{1,3})$"
)


class LinesState(msgspec.Struct):
    """Where the splitting stands: bytes fed, offset of the first byte kept, the kept bytes, encoding, what was dropped."""

    fed: int = 0
    start: int = 0
    carry: bytes = b""
    blank: int = 0  # blanks before the kept bytes
    skipping: bool = False
    encoding: str = ""
    undecoded: bytes = b""
    dropped: dict[str, int] = {}


class Lines:
    def __init__(self, state: LinesState) -> None:
        self.state = state

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, int]]:
        """Complete stretches with their offsets. A stretch ends with a newline or a carriage return and may hold many pieces."""
        state = self.state
        state.fed += len(chunk)
        if state.encoding == "":
            chunk = self._open(chunk)
            if state.encoding == "":
                return
        if state.encoding != "utf-8":
            yield from self._wide(chunk)
            return
        if b"\x00" in chunk:
            state.dropped["NUL bytes"] = state.dropped.get("NUL bytes", 0) + chunk.count(b"\x00")
            chunk = chunk.replace(b"\x00", b" ")
        if state.skipping:
            chunk = self._skip(chunk)
        buffer = state.carry + chunk if state.carry else chunk
        if 0 < state.blank < INDENT_BYTES:
            buffer, state.blank = b" " * state.blank + buffer, 0
        body = buffer.rstrip(b"\r") if buffer.endswith(b"\r") else buffer
        end = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
        at = 0
        if end and state.blank:  # the first piece began with blanks that were let go: the offsets after it are further on
            at = min(found for found in (body.find(b"\n") + 1, body.find(b"\r") + 1) if found)
            yield buffer[:at], state.start
            state.start += state.blank + at
            state.blank = 0
        if end > at:
            yield buffer[at:end], state.start
            state.start += end - at
        self._keep(buffer[end:] if end else buffer)

    def finish(self) -> Iterator[tuple[bytes, int]]:
        """The partial last piece, if any."""
        state = self.state
        if state.encoding == "" and state.undecoded:
            state.encoding, state.carry, state.undecoded = "utf-8", state.undecoded, b""
        if state.encoding.startswith("utf-16") and state.carry:
            text, start = state.carry, state.start
            state.start, state.carry = state.fed, b""
            yield codecs.decode(text, state.encoding, "replace").encode() + b"\n", start
            return
        if state.carry and not state.skipping:
            indent = b" " * state.blank if state.blank < INDENT_BYTES else b""
            piece, start = indent + state.carry, state.start
            state.start += len(state.carry) + state.blank
            state.carry, state.blank = b"", 0
            yield piece + b"\n", start

    def _open(self, chunk: bytes) -> bytes:
        """Decides the encoding once three bytes are there."""
        state = self.state
        head = state.undecoded + chunk
        if len(head) < 3:
            state.undecoded = head
            return b""
        state.undecoded = b""
        for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8")):
            if head.startswith(mark):
                state.encoding, state.start = encoding, len(mark)
                return head[len(mark) :]
        state.encoding = "utf-8"
        return head

    def _skip(self, chunk: bytes) -> bytes:
        """Drops the rest of an over-long piece; what follows its end is kept."""
        ends = [at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0]
        used = min(ends) + 1 if ends else len(chunk)
        self.state.start += used
        lost = used - 1 if ends else used
        self.state.dropped["bytes of over-long lines"] = self.state.dropped.get("bytes of over-long lines", 0) + lost
        self.state.skipping = not ends
        return chunk[used:]

    def _keep(self, rest: bytes) -> None:
        """Keeps the partial piece; its leading blanks are only counted, so a hole of NUL bytes costs nothing."""
        state = self.state
        if rest[:1] == b" ":
            bare = rest.lstrip(b" ")
            state.blank += len(rest) - len(bare)
            rest = bare
        if len(rest) > PIECE_BYTES:
            state.dropped["over-long lines"] = state.dropped.get("over-long lines", 0) + 1
            state.dropped["bytes of over-long lines"] = state.dropped.get("bytes of over-long lines", 0) + len(rest)
            state.start += len(rest) + state.blank
            state.skipping, state.blank = True, 0
            rest = b""
        state.carry = rest

    def _wide(self, chunk: bytes) -> Iterator[tuple[bytes, int]]:
        """UTF-16: cut at wide newlines, each line handed out alone so that its offset is exact. Slow, and rare."""
        state = self.state
        newline = "\n".encode(state.encoding)
        buffer = state.carry + chunk
        at = 0
        while True:
            end = buffer.find(newline, at)
            while end >= 0 and (end - 0) % 2:
                end = buffer.find(newline, end + 1)
            if end < 0:
                break
            text = codecs.decode(buffer[at : end + 2], state.encoding, "replace")
            yield text.encode("utf-8", "replace"), state.start + at
            at = end + 2
        state.start += at
        rest = buffer[at:]
        if len(rest) > 2 * PIECE_BYTES:
            state.dropped["over-long lines"] = state.dropped.get("over-long lines", 0) + 1
            cut = len(rest) - len(rest) % 2
            state.start += cut
            rest = rest[cut:]
        state.carry = rest


def plain(piece: bytes) -> bytes:
    """The piece without terminal escapes, backspaces and syslog's spelling of escapes and tabs."""
    if b"\x1b" in piece:
        piece = _ESCAPES.sub(b"", piece)
    if b"\x08" in piece:
        piece = piece.replace(b"\x08", b"")
    if b"#0" in piece:
        piece = _SYSLOG.sub(b"", piece).replace(b"#011", b"\t")
    return piece


def without_mark(line: bytes) -> bytes:
    """The line without the mark behind its last word: `val_acc: 0.91 ✅`, `loss 0.3 *`, `acc 0.9 ← best`."""
    if line[-1] < 0x80 and line[-1] != 0x2A and b"<-" not in line and b"> " not in line and b"\xe2\x86\x90" not in line:
        return line
    return _MARK.sub(b"", line).rstrip() or line
