"""The message of a line behind what launchers and loggers put in front of it: what tables, boxes and formats read there.

In: the bytes of a line. Out: the bytes of its message, the number tokens before it and its time stamp; nothing for a line that has no
prefix. A line of its own keeps its prefix, which its plan knows; only where the whole line says nothing its message is asked.
"""

import re
from dataclasses import dataclass

from parser.numbers import MARKS, cut, marked
from parser.prefixes import peel

HEAD_BYTES = 160  # of a line, in which its prefix stands
_SLOT = re.compile(f"[{MARKS}]")
_GLUE = re.compile(rb"^[ \t]{0,20}(?:[-:>]{1,2}[ \t]{1,20})?")
_LIKELY = re.compile(  # what a prefix may begin with
    rb"[\[(<]| {0,12}#[#>]|\d{4}[-/.]\d|\d\d[:/-]\d|\d{8} \d\d:|[A-Z][a-z]{2} {1,2}\d|[IWEF]\d{4}|[A-Z]{4,8}\b"
    rb"|[A-Za-z][\w.-]{0,80}\d[\w.-]{0,60}(?::| {1,40}\|) |[A-Za-z_][\w.]{0,80}(?::[A-Za-z_]\w{0,80}|\.py|:INFO)?:\d"
)


@dataclass(slots=True)
class Bare:
    """The message of a line. `tokens` are the number tokens before it; `stamp` is the time stamp of the prefix, b"" where it has none.

    first  it is of rank 0 or of none: tables and bars of the others would run into those of the first
    apart  the message begins with a number behind blanks, which looks like a fraction of the stamp where blanks do not count
    """

    message: bytes
    tokens: int
    stamp: bytes
    apart: bool
    first: bool


def bare_of(line: bytes) -> Bare | None:
    """The message of a line with a prefix; None for any other line."""
    if _LIKELY.match(line) is None:
        return None
    head = line[:HEAD_BYTES]
    parts = cut(head)
    _, _, text = marked(parts)
    prefix = peel(text)
    if not prefix.end or "\ufffd" in text[: prefix.end]:
        return None
    slots = [mark.start() for mark in _SLOT.finditer(text)]
    tokens = sum(at < prefix.end for at in slots)
    spans, at = [], 0
    for index in range(1, 2 * tokens, 2):
        start = head.index(parts[index], at + len(parts[index - 1]))
        at = start + len(parts[index])
        spans.append((start, at))
    apart = tokens > 1 and slots[tokens - 1] == slots[tokens - 2] + 1 and spans[tokens - 1][0] > spans[tokens - 2][1]
    if apart and not text[slots[tokens - 1] + 1 : prefix.end].strip(" ,:])"):
        tokens -= 1  # a number behind blanks is the first of the message, no fraction of the stamp
        prefix.end = slots[tokens - 1] + 1
    else:
        apart = False
    begin = slots[tokens - 1] + 1 if tokens else 0
    start = (spans[tokens - 1][1] if tokens else 0) + len(text[begin : prefix.end].encode())
    rank = parts[2 * slots.index(prefix.rank_at) + 1].decode() if prefix.rank_at >= 0 else prefix.rank
    stamp = parts[2 * slots.index(prefix.stamp) + 1] if prefix.stamp >= 0 else b""
    return Bare(_GLUE.sub(b"", line[start:]), tokens, stamp, apart, rank in ("", "0"))
