"""Time stamps of log lines to seconds since 1970 (UTC).

A stamp with a zone is exact; one without is taken as UTC, because the log does not say more. A stamp without a date or a year takes
what is missing from the last full stamp of the log; without one there is no date to be had and the time is unknown (nan). Clock times
that go back by more than twelve hours have crossed midnight.
"""

import math
import re
from datetime import UTC, datetime

_FULL = re.compile(
    r"(\d{4})[-/.\u5e74](\d\d?)[-/.\u6708](\d\d?)\u65e5?[T _,:-]{0,2}(\d\d?)[:-](\d\d)[:-](\d\d)(?:[.,](\d+))?\s?(Z|[+-]\d\d:?\d\d)?"
)
_DAY_FIRST = re.compile(r"(\d\d)[-.](\d\d)[-.](\d{4})[T _,-]{1,2}(\d\d:\d\d:.*)")
_COMPACT = re.compile(r"[IWEF]?(\d{4})(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z)?")
_US = re.compile(r"(\d\d?)/(\d\d?)/(\d{2,4})[ -](\d\d):(\d\d):(\d\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WORDED = re.compile(
    r"(?:[A-Z][a-z]+,? +)??(?:(\d\d?)[ /-])?([A-Z][a-z]{2})[a-z]*\.?(?: +(\d\d?)(?![\d:]))?(?:,?[ /-](\d{4})|-(\d\d))?"
    r",?[ :T]+(\d\d:\d\d[\d:.,]*)(?: (?:[A-Z]+ )?(\d{4}))?"
)
HALF_DAY, DAY = 43200.0, 86400.0


def seconds_of(token: bytes, last: float = math.nan) -> float:
    """Seconds of a stamp; `last` is the time of the line before, and gives a bare clock time its date."""
    text = token.decode("utf-8", "replace")
    try:
        if full := _FULL.match(text) or _COMPACT.match(text):
            return _from_full(full)
        if days := _DAY_FIRST.match(text):
            day, month, year = (int(part) for part in days.groups()[:3])
            return datetime(year, month, day, tzinfo=UTC).timestamp() + _of_day(days[4])
        if us := _US.match(text):
            month, day, year, hour, minute, second = (int(part) for part in us.groups())
            hour = _of_noon(hour, text)
            return datetime(year + (2000 if year < 100 else 0), month, day, hour, minute, second, tzinfo=UTC).timestamp()
        if worded := _WORDED.fullmatch(text):
            return _from_words(worded, last)
        if text[0] in "IWEF" or "/" in text[:5] or text[2:3] == "-":
            return _without_year(text, last)
        return _clock(text, last)
    except ValueError:
        return math.nan


def _from_full(full: re.Match[str]) -> float:
    year, month, day, hour, minute, second = (int(part) for part in full.groups()[:6])
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    if full.group(7):
        moment += int(full.group(7)) / 10 ** len(full.group(7))
    zone = full.group(8)
    if zone and zone != "Z":
        sign = -1 if zone[0] == "-" else 1
        moment -= sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    return moment


def _from_words(worded: re.Match[str], last: float) -> float:
    day, month, later_day, year, short_year, clock, last_year = worded.groups()
    found = year or last_year or (f"20{short_year}" if short_year else "")
    if not found and math.isnan(last):
        return math.nan
    in_year = int(found) if found else datetime.fromtimestamp(last, UTC).year
    moment = datetime(in_year, _MONTHS.index(month.lower()) + 1, int(day or later_day), tzinfo=UTC).timestamp()
    return moment + _of_day(clock)


def _without_year(text: str, last: float) -> float:
    if math.isnan(last):
        return math.nan
    year = datetime.fromtimestamp(last, UTC).year
    digits = text[1:5] if text[0] in "IWEF" else text[0:2] + text[3:5]
    rest = text[5:].strip() if text[0] in "IWEF" else text[6:].strip()
    day = datetime(year, int(digits[:2]), int(digits[2:]), tzinfo=UTC).timestamp()
    return day + _of_day(rest)


def _clock(text: str, last: float) -> float:
    if math.isnan(last):
        return math.nan
    moment = last - last % DAY + _of_day(text)
    return moment + DAY if moment < last - HALF_DAY else moment


def _of_day(text: str) -> float:
    hour, minute, *rest = text.replace(",", ".").removesuffix(" AM").removesuffix(" PM").split(":")
    return _of_noon(int(hour), text) * 3600.0 + int(minute) * 60.0 + (float(rest[0]) if rest else 0.0)


def _of_noon(hour: int, text: str) -> int:
    """The hour of a day of 24, where the text tells the half of the day: 12 AM is midnight."""
    return hour % 12 + 12 * text.endswith("PM") if text.endswith(("AM", "PM")) else hour
