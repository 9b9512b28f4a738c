"""A series in the size of a word: the path of a small SVG, no axis, no number. The run lists show one beside every run."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, EDGE = 96, 22, 2


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`path` is empty below two points; `x` and `y` are where the newest value stands."""

    path: str
    x: float
    y: float


def draw_sparkline(values: Sequence[float]) -> Sparkline:
    """The path of finite values, evenly spaced, from lowest to highest over the whole height."""
    if len(values) < 2:
        return Sparkline("", 0, 0)
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    width, height = (WIDTH - 2 * EDGE) / (len(values) - 1), HEIGHT - 2 * EDGE
    points = [(round(EDGE + i * width, 1), round(EDGE + height * (1 - (value - low) / span), 1)) for i, value in enumerate(values)]
    return Sparkline("M" + "L".join(f"{x:g} {y:g}" for x, y in points), *points[-1])
