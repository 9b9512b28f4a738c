"""What a chart is asked to show: the view parameters of the query string, already checked, and the lines to draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from webapp.store.rows import EventRow, Series

XAxis = Literal["step", "epoch", "time", "relative"]
LogScale = Literal["", "x", "y", "xy"]


@dataclass(frozen=True, slots=True)
class View:
    """The view parameters every chart page shares (DESIGN.md: x, smooth, log, clip, from, to, points)."""

    x: XAxis = "step"
    smooth: float = 0.0
    log: LogScale = ""
    clip: bool = False
    lo: float | None = None
    hi: float | None = None
    points: int = 1000
    attempts: Literal["stitched", "attempts", "clock"] = "attempts"


@dataclass(frozen=True, slots=True)
class Line:
    """One series to draw. `color` and `dash` are palette indices, stable for a run (or for a metric where one chart shows several)."""

    label: str
    series: Series
    color: int = 0
    dash: int = 0


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """One chart: the same request gives the same bytes."""

    ident: str
    title: str
    lines: Sequence[Line]
    view: View = field(default_factory=View)
    events: Sequence[EventRow] = ()
    width: int = 760
    height: int = 280
