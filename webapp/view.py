"""The query string of every chart page, checked: what to show, on which axis, from where to where.

A page is its URL. `read_query` never fails: a value it cannot use is left out and named in `problems`, so that the page shows what still
can be shown and says beside it what was wrong. `ViewQuery.query` writes the same state back, without what is default.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from webapp.charts.options import View

X_AXES = ("step", "epoch", "time", "relative", "tokens")
LOG_SCALES = ("", "y", "x", "xy")
ATTEMPTS = ("attempts", "stitched", "clock")
MAX_METRICS = 200  # one URL names at most as many; more do not fit the 2 KiB the guard allows anyway
MAX_RUNS = 1000
MAX_NAME = 200  # bytes of a metric name the parser keeps
POINTS = (50, 2000)  # fewest and most points drawn per series
TERMINAL_FILTER = 200  # characters of a search
COLUMN = "col"
TABLE = ("q", "sort", "status", "tag", "archived", COLUMN, "page")  # state of the table of runs; carried along as it is
MAX_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """The view of a page as its query string says it.

    metrics   charts asked for, in order; empty = the page's default choice
    runs      run ids asked for (comparison, or the selected run of an experiment)
    at        byte offset of the log line the terminal shows, None = the newest lines
    find      text searched in the log; `hit` which of its places is shown, 0 the newest
    match     text that the names of the charts have to hold
    table     state of the table of runs beside the view, as (name, value) pairs
    problems  one sentence for every value that could not be used
    """

    view: View = field(default_factory=View)
    metrics: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()
    at: int | None = None
    find: str = ""
    hit: int = 0
    match: str = ""
    follow: bool = True
    table: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """The query as (name, value) pairs in a fixed order, defaults left out."""
        view, plain = self.view, View()
        out = [("run", str(run)) for run in self.runs] + [("metric", name) for name in self.metrics]
        if view.x != plain.x:
            out.append(("x", view.x))
        if view.smooth != plain.smooth:
            out.append(("smooth", number_text(view.smooth)))
        if view.log:
            out.append(("log", view.log))
        if view.clip:
            out.append(("clip", "1"))
        if view.attempts != plain.attempts:
            out.append(("attempts", view.attempts))
        if view.lo is not None:
            out.append(("from", number_text(view.lo)))
        if view.hi is not None:
            out.append(("to", number_text(view.hi)))
        if view.points != plain.points:
            out.append(("points", str(view.points)))
        if self.at is not None:
            out.append(("at", str(self.at)))
        if self.match:
            out.append(("match", self.match))
        if self.find:
            out.append(("find", self.find))
        if self.find and self.hit:
            out.append(("hit", str(self.hit)))
        if not self.follow:
            out.append(("follow", "0"))
        return out + list(self.table)

    def query(self, **changes: Any) -> str:
        """The query string with `changes` applied to this object or to its view; "" when everything is default."""
        names = set(View.__slots__)
        view = replace(self.view, **{k: v for k, v in changes.items() if k in names})
        rest = {k: v for k, v in changes.items() if k not in names}
        pairs = replace(self, view=view, **rest).pairs()
        return "?" + urlencode(pairs) if pairs else ""


def number_text(value: float) -> str:
    """A number as short as it reads back the same: 5, 0.6, 1e-05."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


class QueryValues:
    """The values of a query string by name. A value that cannot be used is left out and named in `problems`, one sentence each."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, list[str]] = {}
        self.problems: list[str] = []
        for name, value in pairs:
            self.values.setdefault(name, []).append(value)

    def every(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def last(self, name: str) -> str:
        return self.values.get(name, [""])[-1].strip()

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        text = self.last(name) or default
        if text in allowed:
            return text
        self.problems.append(f"{name}={clip(text)} is not one of {', '.join(a for a in allowed if a)}; {default or 'none'} is shown.")
        return default

    def number(self, name: str, low: float, high: float) -> float | None:
        text = self.last(name)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and low <= value <= high:
            return value
        self.problems.append(f"{name}={clip(text)} is not a number from {number_text(low)} to {number_text(high)}; it is ignored.")
        return None

    def idents(self, name: str, most: int, of: str) -> tuple[int, ...]:
        """Numbers of runs or experiments, each once, in their order."""
        found: list[int] = []
        for text in self.every(name)[:most]:
            if text.isascii() and text.isdigit() and len(text) < 18:
                found.append(int(text))
            elif text:
                self.problems.append(f"{name}={clip(text)} is not the number of {of}; it is left out.")
        if len(self.every(name)) > most:
            self.problems.append(f"Only the first {most:,} values of {name}= are used.")
        return tuple(dict.fromkeys(found))


def read_query(pairs: Iterable[tuple[str, str]]) -> ViewQuery:
    """The view that a query string asks for; unknown names are ignored, unusable values are named in `problems`."""
    return view_query(QueryValues(pairs))


def view_query(values: QueryValues) -> ViewQuery:
    """The view among the values of a query string."""
    x = values.choice("x", X_AXES, "step")
    lo, hi = values.number("from", -1e300, 1e300), values.number("to", -1e300, 1e300)
    if values.last("unit") not in ("", x):
        lo = hi = None  # the axis was changed, and the limits are of the one before
    if lo is not None and hi is not None and lo >= hi:
        values.problems.append(f"from={number_text(lo)} is not below to={number_text(hi)}; the whole range is shown.")
        lo = hi = None
    points = values.number("points", *POINTS)
    smooth = values.number("smooth", 0, 0.999)
    at = values.number("at", 0, 2**62)
    view = View(
        x=x,  # type: ignore[arg-type]
        smooth=smooth or 0.0,
        log=values.choice("log", LOG_SCALES, ""),  # type: ignore[arg-type]
        clip=values.last("clip") not in ("", "0"),
        lo=lo,
        hi=hi,
        points=int(points) if points else View().points,
        attempts=values.choice("attempts", ATTEMPTS, "attempts"),  # type: ignore[arg-type]
    )
    runs = values.idents("run", MAX_RUNS, "a run")
    metrics = [m for m in values.every("metric")[:MAX_METRICS] if m]
    return ViewQuery(
        view=view,
        metrics=tuple(dict.fromkeys(m[:MAX_NAME] for m in metrics)),
        runs=runs,
        at=int(at) if at is not None else None,
        find=values.last("find")[:TERMINAL_FILTER],
        match=values.last("match")[:MAX_NAME],
        hit=int(values.number("hit", 0, 10**6) or 0),
        follow=values.last("follow") != "0",
        table=tuple((name, value[:200]) for name in TABLE for value in table_values(values, name) if value),
        problems=tuple(values.problems),
    )


def table_values(values: QueryValues, name: str) -> list[str]:
    """What the table of runs takes of one name: the last value, of columns every one."""
    return values.every(name)[:MAX_COLUMNS] if name == COLUMN else [values.last(name)]


def clip(text: str) -> str:
    """A value of somebody else's making, short enough to stand in a sentence."""
    return text if len(text) <= 40 else text[:39] + "…"
