"""Ticks: which values of a scale get a label, and what the label says, for numbers, steps, moments and durations."""

import math
from bisect import bisect_left
from dataclasses import dataclass

from webapp import format as fmt
from webapp.charts.scales import Scale, nice_step

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
TIME_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 5 * DAY, 10 * DAY),
)
LOG_MARKS = (
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    18000.0,
    36000.0,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
)


CROWD = 1.3  # even ticks may be as many times more than asked for
ROOMY = 4  # x labels that stand beside each other in the narrowest chart


@dataclass(frozen=True, slots=True)
class Tick:
    """at: fraction of the axis; label: "" is a line without text; spare: may go where there is little room."""

    at: float
    label: str
    spare: bool = False


def value_ticks(scale: Scale, count: float) -> list[Tick]:
    """About `count` ticks of a y axis."""
    if scale.log and scale.hi / scale.lo > 5:
        return _log_ticks(scale, count)
    return [Tick(scale.place_one(v), label) for v, label in _even_values(scale, _step(scale, count))]


def step_ticks(scale: Scale, count: int) -> list[Tick]:
    """About `count` ticks of a step or epoch axis."""
    if scale.log and scale.hi / scale.lo > 5:
        return _log_ticks(scale, count)
    step = _step(scale, count)
    return _thin(scale, step, _even_values(scale, step, thousands=True))


def clock_ticks(scale: Scale, count: int) -> list[Tick]:
    """Ticks at round moments in UTC; midnight shows the date."""
    step = _time_step((scale.hi - scale.lo) / count / CROWD)
    marks = []
    for value in _multiples(scale.lo, scale.hi, step):
        if step > 366 * DAY:
            label = fmt.clock(value, "%Y")
        elif step >= DAY or value % DAY == 0:
            label = fmt.clock(value, "%b %d")
        else:
            label = fmt.clock(value, "%H:%M" if step >= MINUTE else "%H:%M:%S")
        marks.append((value, label))
    return _thin(scale, step, marks)


def duration_ticks(scale: Scale, count: int) -> list[Tick]:
    """Ticks at round durations: 30s, 1m30, 45m, 1h30, 2d."""
    if scale.hi - scale.lo < 5 or scale.hi > 2000 * DAY:
        return step_ticks(scale, count)
    if scale.log:
        marks = [m for m in LOG_MARKS if scale.lo <= m <= scale.hi]
        return _spread([(scale.place_one(m), _short_duration(m)) for m in marks], 0.7 / count)
    step = _time_step((scale.hi - scale.lo) / count / CROWD)
    return _thin(scale, step, [(v, _short_duration(v)) for v in _multiples(scale.lo, scale.hi, step)])


def _step(scale: Scale, count: float) -> float:
    return nice_step((scale.hi - scale.lo) / count / CROWD)


def _even_values(scale: Scale, step: float, thousands: bool = False) -> list[tuple[float, str]]:
    """The multiples of `step`, with the digits that tell them apart."""
    values = _multiples(scale.lo, scale.hi, step)
    largest = max((abs(v) for v in values), default=0.0)
    if largest and (largest >= 1e9 or step < 1e-5 or (largest < 1e-3 and not thousands) or (largest >= 1e5 and not thousands)):
        digits = next((d for d in range(12) if all(abs(float(f"{v:.{d}e}") - v) < step / 1000 for v in values)), 12)
        return [(v, _power(v, digits)) for v in values]
    if thousands and step >= 1000 and largest >= 10_000:
        size, unit = (1e6, "M") if step >= 1e5 and largest >= 1e6 else (1e3, "k")
        decimals = max(0, -math.floor(math.log10(step / size) + 1e-9))
        return [(v, f"{v / size:,.{decimals}f}{unit}" if v else "0") for v in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(v, f"{v:,.{decimals}f}") for v in values]


def _multiples(lo: float, hi: float, step: float) -> list[float]:
    """The multiples of `step` from lo to hi, as near to what they are called as doubles can be."""
    first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
    decimals = -math.floor(math.log10(step)) + 1
    out = [k * step for k in range(first, min(last, first + 40) + 1)]
    return [round(v, decimals) if 0 < decimals < 300 else v for v in out]


def _log_ticks(scale: Scale, count: float) -> list[Tick]:
    """Powers of ten, and 2 and 5 between them (or 2 to 9 as lines without text) where the decades are few."""
    first, last = math.floor(math.log10(scale.lo)), math.ceil(math.log10(scale.hi))
    decades = math.log10(scale.hi) - math.log10(scale.lo)
    every = max(1, math.ceil(decades / count))
    named = (1, 2, 3, 5) if decades <= 1.2 else (1, 2, 5) if decades <= 2.5 else (1,)
    lines = range(1, 10) if decades <= 4 else (1,)
    out = []
    for power in range(first, last + 1):
        for digit in lines:
            value = float(f"{digit}e{power}")
            if scale.lo * (1 - 1e-9) <= value <= scale.hi * (1 + 1e-9) and power % every == 0:
                out.append(Tick(scale.place_one(value), fmt.number(value) if digit in named else "", digit != 1))
    return out


def _time_step(rough: float) -> float:
    place = bisect_left(TIME_STEPS, rough * (1 - 1e-9))
    return TIME_STEPS[place] if place < len(TIME_STEPS) else nice_step(rough / DAY) * DAY


def _short_duration(seconds: float) -> str:
    sign, left = ("-" if seconds < 0 else ""), round(abs(seconds))
    for unit, size, below in (("d", 86400, 3600), ("h", 3600, 60), ("m", 60, 1)):
        if left >= size:
            small = left % size // below
            tail = f"{small:02}" if unit != "d" else f" {small}h"
            return f"{sign}{left // size}{unit}{tail if small else ''}"
    return f"{sign}{left}s" if left else "0"


def _power(value: float, digits: int) -> str:
    if not value:
        return "0"
    head, _, power = f"{value:.{digits}e}".partition("e")
    return f"{head}e{int(power)}"


def _thin(scale: Scale, step: float, marks: list[tuple[float, str]]) -> list[Tick]:
    """Where the chart is narrow, the odd multiples of `step` may go; few ticks have room anywhere, and one alone would tell no distance."""
    crowded = len(marks) > ROOMY
    return [Tick(scale.place_one(value), label, crowded and round(value / step) % 2 == 1) for value, label in marks]


def _spread(marks: list[tuple[float, str]], apart: float) -> list[Tick]:
    out: list[Tick] = []
    for at, label in marks:
        if not out or at - out[-1].at >= apart:
            out.append(Tick(at, label, len(out) % 2 == 1))
    return out
