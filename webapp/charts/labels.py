"""How names, numbers, times and durations are written in charts, tables and captions.

Names come from logs and are hostile: what would steer a terminal or reorder text is shown as a mark. Nothing here escapes for XML; that is
done once, where text enters markup.
"""

import math
import re
from datetime import UTC, datetime

SHOWN_DIGITS = 6  # digits of a raw value; loggers print four to six, so what was printed is what is shown
TIME_RANGE = (-62_135_596_800.0, 253_402_300_799.0)  # years 1 to 9999, what datetime can write

_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
_HIDDEN = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str, limit: int = 120) -> str:
    """`text` with control, bidi and invisible characters as marks, at most `limit` characters, cut in the middle.

    The middle goes first because the ends of a metric name tell metrics apart.
    """
    if len(text) > limit:
        text = text[: limit - limit // 3 - 1] + "…" + text[len(text) - limit // 3 :]
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.translate(_PICTURES))


def format_value(value: float) -> str:
    """Four significant digits; from 10,000 up and below 0.001 in powers of ten: 2.346, 0.05, 1.23e-5, NaN, inf."""
    if not math.isfinite(value):
        return _not_finite(value)
    if value and not 0.001 <= abs(value) < 9999.5:
        return _short_power(f"{value:.2e}")
    return f"{value:.4g}"


def format_exact(value: float) -> str:
    """The value as it was printed, up to six significant digits."""
    if not math.isfinite(value):
        return _not_finite(value)
    text = f"{value:.{SHOWN_DIGITS}g}"
    return _short_power(text) if "e" in text else text


def format_count(count: int) -> str:
    """A whole number with thousands commas: 48,213."""
    return f"{count:,}"


def format_step(step: float) -> str:
    """A position on a step or epoch axis: 1,230 or 0.82."""
    if not math.isfinite(step):
        return _not_finite(step)
    if step == int(step) and abs(step) < 1e15:
        return f"{int(step):,}"
    return f"{step:,.4f}".rstrip("0").rstrip(".") if 0.001 <= abs(step) < 1e9 else format_value(step)


def format_duration(seconds: float) -> str:
    """A stretch of time in its two largest units: 45 s, 12 min 3 s, 3 h 5 min, 2 d 4 h."""
    if not math.isfinite(seconds):
        return _not_finite(seconds)
    sign, left = ("−" if seconds < 0 else ""), abs(seconds)
    if left < 60:
        return f"{sign}{left:.3g} s"
    if left > 1e9:
        return f"{sign}{format_value(left / 86400)} d"
    whole = round(left)
    for unit, size, part, below in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            big, small = whole // size, whole % size // below
            return f"{sign}{big} {unit} {small} {part}" if small else f"{sign}{big} {unit}"
    return f"{sign}{whole} s"


def format_clock(time: float, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment in UTC; a number that is no moment of the calendar is written as a number."""
    if not TIME_RANGE[0] <= time <= TIME_RANGE[1]:
        return format_value(time)
    return datetime.fromtimestamp(time, UTC).strftime(pattern)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _short_power(text: str) -> str:
    """1.50e-05 as 1.5e-5."""
    digits, _, power = text.partition("e")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}e{int(power)}"
