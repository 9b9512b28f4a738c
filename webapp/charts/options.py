"""What a chart is asked to show: the view parameters of the query string, already checked, and the lines to draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from parser.points import Floats, Ints
from webapp.charts.ranks import Tails
from webapp.store.rows import EventRow, Series

XAxis = Literal["step", "epoch", "time", "relative", "tokens"]
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
class Bad:
    """Values that are no numbers, (n,) each: where they stand on the axis of the view, nan or ±inf, and the step they were printed at.

    runs  how many runs printed them, where they are of several
    """

    x: Floats
    value: Floats
    step: Floats
    runs: int = 1

    def take(self, which: NDArray[np.bool_] | Ints) -> "Bad":
        return Bad(self.x[which], self.value[which], self.step[which], self.runs)


@dataclass(frozen=True, slots=True)
class Line:
    """One series to draw. `color` and `dash` are palette indices, stable for a run (or for a metric where one chart shows several).

    started  unix seconds (UTC) that the relative axis counts from; nan = the first time the series knows
    link     address that a byte offset is appended to, see ChartRequest.link; "" = that of the request
    tokens   tokens seen at every point of the series, for that axis; None = the run prints none
    smoothed the values after smoothing, where `series` is only the shape of a longer one; None = the series is smoothed itself
    whole    every value of that longer series, for percentiles; None = those of the series
    places   ordinal in that longer series of every point; None = `series` has every point of the window
    lost     what the runs behind a mean printed that is no number, x growing; None = the series has its own
    """

    label: str
    series: Series
    color: int = 0
    dash: int = 0
    started: float = float("nan")
    link: str = ""
    tokens: Floats | None = None
    smoothed: Floats | None = None
    whole: Floats | None = None
    places: Ints | None = None
    lost: Bad | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A shaded area between two values: the spread of several runs around their mean, in the colour of its line.

    x, low, high  (n,) on the axis of the view, x growing; a nan in low or high is a gap
    """

    label: str
    x: Floats
    low: Floats
    high: Floats
    color: int = 0


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """One chart: the same request gives the same bytes.

    ident   short name of the chart on its page: letters, digits, "-" and "_"
    width   pixels the page expects to have; decides how many ticks stand on the x axis (a chart stretches to any width)
    link    address of the log up to the byte offset, such as "/runs/3?metric=loss&at="; "" = points are no links
    full    x extent that all charts of a page share; None = that of the lines
    at      byte offset of a log line whose points are to be marked
    hover   False leaves the tooltips out, for pages with very many charts
    areas   shaded behind the lines
    level   value marked by a horizontal line, which the y axis then includes
    note    what was done to the lines before they came here, first in the caption
    tails   what clipping leaves out, where it was worked out before; None = it is worked out from the lines
    """

    ident: str
    title: str
    lines: Sequence[Line]
    view: View = field(default_factory=View)
    events: Sequence[EventRow] = ()
    width: int = 760
    height: int = 280
    link: str = ""
    full: tuple[float, float] | None = None
    at: int | None = None
    hover: bool = True
    areas: Sequence[Area] = ()
    level: float | None = None
    note: str = ""
    tails: Tails | None = None
