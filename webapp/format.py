"""Numbers, times, durations and names as people read them; the same on every page, in every chart and in every report.

Names and texts come from logs and are hostile: what would steer a terminal or reorder text is shown as a mark. Nothing here escapes for
markup. A minus is the hyphen that a reader can paste into a program.
"""

import math
import re
from datetime import UTC, datetime

from webapp.redact import redact, redact_value

EXACT_DIGITS = 6  # digits of a value shown as printed; loggers print four to six
TIME_RANGE = (-62_135_596_800.0, 253_402_300_799.0)  # years 1 to 9999, what datetime can write
SECONDS_FROM = 86_400 * 10_000  # seconds from which on a duration is days in powers of ten


def number(value: float | None) -> str:
    """Four significant digits, more from 10,000 to a million, powers of ten beyond and below 0.001: 2.334, 12,960, 3.2e-5; "–" for None."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return not_finite(value)
    size = abs(value)
    if value and not 0.001 <= size < 999_999.5:
        return short_power(f"{value:.2e}")
    return f"{value:,.0f}" if size >= 9999.5 else f"{value:.4g}"


def exact(value: float) -> str:
    """The value as it was printed, up to six significant digits."""
    if not math.isfinite(value):
        return not_finite(value)
    text = f"{value:.{EXACT_DIGITS}g}"
    return short_power(text) if "e" in text else text


def not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"


def short_power(text: str) -> str:
    """1.50e-05 as 1.5e-5."""
    digits, _, power = text.partition("e")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}e{int(power)}"


def change(value: float | None) -> str:
    """A difference with its sign: +0.0215, -1.3, 0."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 else text


def step(value: float | None) -> str:
    """A position on a step or epoch axis: 1,230 or 0.82, up to four digits behind the point; "–" where it is unknown."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return not_finite(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if 0.001 <= abs(value) < 1e9 else number(value)


def step_word(source: str) -> str:
    """What the steps of a series count, by where they come from: epoch, point or step."""
    return {"epoch": "epoch", "order": "point"}.get(source, "step")


def count(value: int) -> str:
    return f"{value:,}"


def counted(value: int, thing: str) -> str:
    """A number of things: 1 point, 2,000 points."""
    return f"{count(value)} {thing}" + ("s" if value != 1 else "")


def size(value: int) -> str:
    """Bytes in binary units: 812 B, 3.4 MiB."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")


def duration(seconds: float | None, *, signed: bool = False) -> str:
    """Two units at the most: 41 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. Without `signed` what is below nothing is unknown, "–"."""
    if seconds is None or not math.isfinite(seconds) or (seconds < 0 and not signed):
        return "–"
    sign, left = ("-" if seconds < 0 else ""), abs(seconds)
    if left < 59.95:
        return f"{sign}{left:.3g} s"
    if left > SECONDS_FROM:
        return f"{sign}{number(left / 86_400)} d"
    whole = round(left)
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    first = next(i for i, (length, _) in enumerate(units) if whole >= length)
    (big, big_name), (small, small_name) = units[first], units[first + 1]
    rest = whole % big // small
    return f"{sign}{whole // big} {big_name}" + (f" {rest} {small_name}" if rest else "")


def ago(then: datetime | None, now: datetime | None = None) -> str:
    """How long before `now`: "just now", "12 s ago", "3 h ago", "2026-01-28"."""
    if then is None:
        return "–"
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 5:
        return "just now"
    if seconds > 30 * 86400:
        return then.strftime("%Y-%m-%d")
    for length, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= length:
            return f"{int(seconds // length)} {name} ago"
    raise AssertionError("unreachable")


def moment(then: datetime | None) -> str:
    """A point in time, UTC: 2026-01-28 10:00:07 UTC."""
    return then.strftime("%Y-%m-%d %H:%M:%S UTC") if then else "–"


def iso(then: datetime | None) -> str:
    return then.strftime("%Y-%m-%dT%H:%M:%SZ") if then else ""


def clock(time: float, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment in UTC, given in unix seconds; a number that is no moment of the calendar is written as a number."""
    if not TIME_RANGE[0] <= time <= TIME_RANGE[1]:
        return number(time)
    return datetime.fromtimestamp(time, UTC).strftime(pattern)


MARKS = {code: chr(0x2400 + code) for code in range(0x20) if code not in (9, 10)} | {0x7F: "␡"}  # control pictures: ␛ for ESC
ONE_LINE = MARKS | {9: "␉", 10: "␊"}
HIDDEN = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]")


def mark(text: str, marks: dict[int, str]) -> str:
    """The text with control, unseen and direction-changing characters as marks."""
    if text.isascii() and text.isprintable():
        return text
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.translate(marks))


def visible(text: str) -> str:
    """Text of somebody else's making with what hides or turns it shown as marks, and secrets as ***."""
    return redact(mark(text, MARKS))


def name(text: str, limit: int = 120) -> str:
    """A name on one line, with marks as in `visible`, at most `limit` characters, cut in the middle.

    The middle goes first because the ends of a metric name tell metrics apart.
    """
    if len(text) > limit:
        text = text[: limit - limit // 3 - 1] + "…" + text[len(text) - limit // 3 :]
    return mark(text, ONE_LINE)


def file_name(*parts: str) -> str:
    """A file's name without its ending, of the names of a run and a metric: letters, digits, dots and hyphens that every system takes."""
    safe = (re.sub(r"[^A-Za-z0-9.-]+", "_", part)[:80].strip("._-") for part in parts)
    return "_".join(filter(None, safe)) or "file"


def parameter(name: str, value: str) -> str:
    """The value of a parameter, hidden where its name says that it is secret."""
    return redact_value(name, mark(value, MARKS))
