"""What the parser made of a log, told to a person: which format claimed what, where every metric comes from, what was not understood."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from parser.formats import Format, FormatError, FormatSet, check_samples, format_of, load_formats
from parser.log import LogParser, joined
from parser.points import ParsedLog
from webapp.private import make_folder
from webapp.redact import redact, redact_line
from webapp.terminal.ansi import plain_text

CHUNK = 1024 * 1024
LINE = 300  # characters of a log line that are shown
LINE_BYTES = 4096  # so many are looked at


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
        problems=tuple(f"{path.name}: {reason}" for path, reason in formats.problems),
    )


def shown_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines with their offsets as they may be shown; those of a private key follow each other."""
    in_key = False
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
