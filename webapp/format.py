"""Numbers, times and durations as people read them; the same everywhere on the board."""

import math
from datetime import UTC, datetime

from webapp.redact import redact, redact_value


def number(value: float | None) -> str:
    """Four significant digits, exponent form from 10,000 up and below 0.001: 2.334, 0.0215, 3.2e-05; "–" for None."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    if value != 0 and (abs(value) >= 10_000 or abs(value) < 0.001):
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", "−")
    text = f"{value:.4g}"
    return text.replace("-", "−")


def change(value: float | None) -> str:
    """A difference with its sign: +0.0215, −1.3, 0."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 else text


def step(value: float | None) -> str:
    """A step with thousands commas; epochs keep up to four digits behind the point."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def count(value: int) -> str:
    return f"{value:,}"


def size(value: int) -> str:
    """Bytes in binary units: 812 B, 3.4 MiB."""
    amount = float(value)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")


def duration(seconds: float | None) -> str:
    """Two units at the most: 41 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    total = int(seconds + 0.5)
    if total < 60:
        return f"{total} s"
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    first = next(i for i, (length, _) in enumerate(units) if total >= length)
    (big, big_name), rest = units[first], total % units[first][0]
    small, small_name = units[first + 1]
    return f"{total // big} {big_name}" + (f" {rest // small} {small_name}" if rest // small else "")


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


MARKS = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (9, 10)},  # control pictures: ␛ for ESC
    0x7F: "␡",
    **{code: f"⟨U+{code:04X}⟩" for code in [*range(0x80, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]},
}


def visible(text: str) -> str:
    """Text of somebody else's making with control, zero-width and direction-changing characters shown as marks, and secrets as ***."""
    return redact(text.translate(MARKS))


def parameter(name: str, value: str) -> str:
    """The value of a parameter, hidden where its name says that it is secret."""
    return redact_value(name, value.translate(MARKS))
