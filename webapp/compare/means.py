"""Several runs as one curve: their mean, and the spread around it, on a grid of x that all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats
from webapp.charts.curves import Curve, smoothing_of, trace_curve
from webapp.charts.options import Area, Bad, Line, View
from webapp.compare.place import settle
from webapp.compare.query import Band
from webapp.store.rows import Series

# two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal's 1.96 is off by less than 4 %
STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean curve of some lines. `line` is ready to be drawn without further smoothing; `area` is None where no spread is wanted.

    binned  the runs have more points than the grid, so each was averaged over the bins of the grid first
    runs    how many lines went in, and with how many points
    """

    line: Line
    area: Area | None
    binned: bool
    runs: int
    points: int


def mean_of(lines: Sequence[Line], view: View, band: Band, label: str, color: int, ident: int) -> Mean:
    """The mean of `lines`, each smoothed as the view smooths it, and its spread by `band`.

    Where a run has not begun or is over, the mean is that of the others. A value that is no number
    leaves the mean as it is and is marked. `ident` stands for the run id of the made series.
    """
    smoothed = [trace_curve(line, View(x=view.x, smooth=view.smooth), smoothing_of(line, lines, view)) for line in lines]
    known = [settle(curve) for curve in smoothed]
    placed = [(curve.x[kept], curve.shown[kept]) for curve, kept in zip(smoothed, known, strict=True)]
    points = [(x, y) for x, y in placed if len(x)]
    grid, binned = _grid([x for x, _ in points], view)
    values = np.array([_resample(x, y, grid, binned, "x" in view.log) for x, y in points]).reshape(len(points), len(grid))
    count = np.isfinite(values).sum(axis=0)
    mean = np.divide(np.nansum(values, axis=0), count, out=np.full(len(grid), np.nan), where=count > 0)
    kept = np.flatnonzero(count)
    broken = [bad for bad in map(_not_finite, smoothed) if len(bad.x)]
    started = smoothed[0].started if smoothed else float("nan")
    drawn = Line(
        label=label,
        series=_series(ident, grid[kept], mean[kept], view, started, {line.series.source for line in lines}),
        color=color,
        started=started,
        tokens=grid[kept],
        lost=_lost(broken),
    )
    area = None
    if band != "none" and len(points) > 1:
        low, high = _spread(values[:, kept], mean[kept], count[kept], band)
        area = Area(label, grid[kept], low, high, color)
    return Mean(drawn, area, binned, len(lines), sum(line.series.total for line in lines))


def _not_finite(curve: Curve) -> Bad:
    """The values of a run that are no numbers and that no later attempt of it repeats."""
    bad = curve.not_finite
    return bad if curve.faint is None else bad.take(~curve.faint[curve.bad])


def _lost(broken: Sequence[Bad]) -> Bad:
    """The values of several runs as those of one, x growing."""
    x, value, step = (np.concatenate([np.zeros(0), *(getattr(bad, name) for bad in broken)]) for name in ("x", "value", "step"))
    return Bad(x, value, step, len(broken)).take(np.argsort(x, kind="stable"))


def _grid(columns: list[Floats], view: View) -> tuple[Floats, bool]:
    """The x where the runs meet: every x any of them has, or the middles of bins of equal width where these are too many."""
    if not columns:
        return np.zeros(0), False
    if max(map(len, columns)) <= view.points:
        union = np.unique(np.concatenate(columns))
        if len(union) <= view.points:
            return union, False
    log = "x" in view.log
    columns = [x[np.searchsorted(x, 0, side="right") :] for x in columns] if log else columns
    columns = [x for x in columns if len(x)]
    low, high = min(float(x[0]) for x in columns), max(float(x[-1]) for x in columns)
    edges = np.geomspace(low, high, view.points + 1) if log else np.linspace(low, high, view.points + 1)
    return (np.sqrt(edges[1:] * edges[:-1]) if log else (edges[1:] + edges[:-1]) / 2), True


def _resample(x: Floats, y: Floats, grid: Floats, binned: bool, log: bool) -> Floats:
    """The run's value at every x of the grid; nan before its first and behind its last point."""
    if binned:
        middles = np.sqrt(grid[1:] * grid[:-1]) if log else (grid[1:] + grid[:-1]) / 2
        starts = np.concatenate([[0], np.searchsorted(x, middles), [len(x)]])  # x grows, so every bin is a stretch of it
        filled = np.flatnonzero(np.diff(starts))
        y = np.add.reduceat(y, starts[filled]) / np.diff(starts)[filled]
        x = grid[filled]
    return np.interp(grid, x, y, left=np.nan, right=np.nan)


def _spread(values: Floats, mean: Floats, count: "np.ndarray[tuple[int], np.dtype[np.int_]]", band: Band) -> tuple[Floats, Floats]:
    """Lower and upper edge; a standard deviation or an interval needs two runs, where there is one it is a gap."""
    if band == "minmax":
        return np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    off = np.where(np.isfinite(values), values - mean, 0.0)
    enough = count > 1
    sd = np.sqrt(np.divide((off**2).sum(axis=0), count - 1, out=np.full(len(mean), np.nan), where=enough))
    if band == "ci":
        quantile = np.array([np.nan, *STUDENT, 1.96])[np.minimum(count - 1, len(STUDENT) + 1)]
        sd = sd * quantile / np.sqrt(count)
    return mean - sd, mean + sd


def _series(ident: int, x: Floats, value: Floats, view: View, started: float, sources: set[str]) -> Series:
    """A series whose x is `x` on the axis of the view, whichever that is, and counts what the steps of all the runs count."""
    nothing = np.full(len(x), np.nan)
    return Series(
        run_id=ident,
        metric="",
        step=x,
        epoch=x if view.x == "epoch" else nothing,
        value=value,
        time={"time": x, "relative": x + started}.get(view.x, nothing),
        offset=np.zeros(len(x), np.int64),
        total=len(x),
        source=sources.pop() if len(sources) == 1 else "line",
    )
