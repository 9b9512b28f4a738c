"""What the parser made of a log, told to a person: which format claimed what, where every metric comes from, what was not understood.

Run as a program it explains one log that comes on standard input, for `webapp.explainer`.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from parser.formats import Format, FormatError, FormatSet, check_samples, format_of, load_formats, slow_patterns
from parser.log import LogParser, joined
from parser.points import ParsedLog
from parser.propose import propose_format
from webapp.explainer import Explanation, MetricAccount, Told, Wanted
from webapp.private import make_folder
from webapp.redact import redact, redact_line
from webapp.terminal.ansi import plain_text

CHUNK = 1024 * 1024
LINE = 300  # characters of a log line that are shown
LINE_BYTES = 4096  # so many are looked at


def main() -> None:
    """One answer on standard output; what prints goes to standard error."""
    wanted = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Wanted)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        answers.write(msgspec.msgpack.encode(answer(wanted)))


def answer(wanted: Wanted) -> Told:
    """The account, and what the format proposed for the line or being tried would change."""
    formats = user_formats(Path(wanted.formats))
    account = explain_bytes(wanted.data, formats)
    proposal = wanted.format.replace("\r\n", "\n").strip() or (propose_format(wanted.line) if wanted.line else "")
    if not proposal:
        return Told(account, problem="This line has no number with a name before it." if wanted.line else "")
    try:
        one = read_proposal(proposal)
        tried = explain_bytes(wanted.data, with_proposal(one, formats))
        if slow := slow_patterns(one):
            raise FormatError(f"{slow[0]} of this log; write {{0,80}} instead of * and +, and fewer of them")
        saved = clean(str(save_format(proposal + "\n", Path(wanted.formats)))) if wanted.save else ""
    except FormatError as error:
        return Told(account, proposal + "\n", problem=clean(str(error)))
    return Told(account, proposal + "\n", tried, saved=saved)


def explain_bytes(data: bytes, formats: FormatSet) -> Explanation:
    """The account of a log that is in memory."""
    log = read_log((data[place : place + CHUNK] for place in range(0, len(data), CHUNK)), formats)
    return explain(log, len(data), lambda offset: data[offset : offset + LINE_BYTES], formats)


def explain_file(source: BinaryIO, formats: FormatSet) -> Explanation:
    """The account of a log in an open file that can be sought."""

    def bytes_at(offset: int) -> bytes:
        source.seek(offset)
        return source.read(LINE_BYTES)

    log = read_log(iter(lambda: source.read(CHUNK), b""), formats)
    return explain(log, source.tell(), bytes_at, formats)


def read_log(chunks: Iterable[bytes], formats: FormatSet) -> ParsedLog:
    """A whole log out of its bytes, in their order."""
    parser = LogParser(formats)
    parts = [parser.feed(chunk) for chunk in chunks]
    return joined([*parts, parser.finish()], parser)


def explain(log: ParsedLog, size: int, bytes_at: Callable[[int], bytes], formats: FormatSet) -> Explanation:
    """The account of a parsed log of `size` bytes; `bytes_at` gives the bytes from an offset on, at most LINE_BYTES."""
    account = log.account
    metrics = tuple(
        MetricAccount(
            name=name,
            printed=log.series[name].printed,
            format=log.series[name].format or "generic",
            count=len(points),
            step_source=log.series[name].rule.source,
            first_line=first_line(bytes_at(int(points.offset[0]))),
            last_line=first_line(bytes_at(int(points.offset[-1]))),
        )
        for name, points in log.points.items()
        if len(points)
    )
    return Explanation(
        size=size,
        lines=account.lines,
        points=account.points,
        noise=account.noise,
        unread_count=account.unread,
        claimed=tuple(sorted(account.by_format.items(), key=lambda item: -item[1])),
        dropped=tuple(sorted(account.dropped.items())),
        metrics=metrics,
        unread=tuple(shown_lines(account.examples)),
        problems=tuple(clean(f"{path.name}: {reason}") for path, reason in (*formats.problems, *formats.slow)),
    )


def shown_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines with their offsets as they may be shown; those of a private key follow each other."""
    in_key = None
    for offset, line in lines:
        text, in_key = redact_line(line, in_key)
        yield offset, text[:LINE]


def first_line(data: bytes) -> str:
    """The line, or the one drawing of a redrawn line, that these bytes begin with."""
    ends = [end for end in (data.find(b"\n", 1), data.find(b"\r", 1)) if end >= 0]
    text = data[: min(ends, default=len(data))].decode("utf-8", "replace")
    return redact(plain_text(text).strip())[:LINE]


def read_proposal(text: str) -> Format:
    """A format out of a text field, held to its own samples. Raises FormatError with what is wrong."""
    one = format_of(text, Path("proposal.toml"))
    check_samples(one)
    return one


def with_proposal(one: Format, formats: FormatSet) -> FormatSet:
    return FormatSet((one, *formats.formats), formats.problems)


def save_format(text: str, folder: Path) -> Path:
    """Keeps a format that passed its check in the user's folder. Raises FormatError where a file of that name is there already."""
    one = read_proposal(text)
    name = "".join(char if char.isalnum() or char in "-_" else "-" for char in one.name)[:60] or "format"
    path = folder / f"{name}.toml"
    make_folder(folder)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise FormatError(f"{path} is there already; give the format another name") from error
    return path


def user_formats(folder: Path) -> FormatSet:
    """The formats that come with the parser and those of the user's folder."""
    return load_formats(folder if folder.is_dir() else None)


def clean(text: str) -> str:
    """A text with bytes of file names that are no UTF-8 written out."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_limited(chunks: Iterable[bytes], most: int) -> tuple[bytes, bool]:
    """At most `most` bytes of a stream, and whether there was more."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            return bytes(data[:most]), True
    return bytes(data), False


def file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            yield block


if __name__ == "__main__":
    main()
