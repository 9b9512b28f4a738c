"""When the lines of a terminal were written, as far as the log tells: by their points, else by the time stamp they begin with.

The stamps are the parser's own (`parser.prefixes`, `parser.times`): a clock time without a date takes the date of the lines around it, and
is left out where no line has one.
"""

import math
import re
from collections.abc import Sequence

from parser.numbers import cut, kind_of
from parser.prefixes import peel
from parser.times import seconds_of
from webapp.terminal.ansi import plain_text

LOOKED = 120  # characters in which a prefix with a time stamp ends
CLOCK = re.compile(r"\d:\d\d")


def line_times(texts: Sequence[str], known: Sequence[float]) -> list[float]:
    """Unix seconds of every line, nan where nothing tells; `known` are those of its points, nan without one."""
    last = next((time for time in known if math.isfinite(time)), math.nan)
    out = []
    for text, time in zip(texts, known, strict=True):
        if not math.isfinite(time):
            time = stamp_of(text, last)
        out.append(time)
        last = time if math.isfinite(time) else last
    return out


def stamp_of(text: str, last: float) -> float:
    """The time that a line begins with; `last` is that of a line before, or near it."""
    text = plain_text(text)[:LOOKED]
    if not CLOCK.search(text):
        return math.nan
    parts = cut(text.encode("utf-8", "replace"))
    stamp = peel("".join(part.decode("utf-8", "replace") if n % 2 == 0 else kind_of(part) for n, part in enumerate(parts))).stamp
    if stamp < 0:
        return math.nan
    before, place = 0, 0
    for n, part in enumerate(parts):
        if n % 2 and before == stamp:
            place = n
        before += 1 if n % 2 else len(part.decode("utf-8", "replace"))
    return seconds_of(parts[place], last)
