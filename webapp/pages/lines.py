"""A series read as a view needs it: whole where every point counts, from the previews of its blocks where only its shape is drawn.

A million points are drawn as a thousand, so most are read for nothing. What a view needs of all of them, the average of a smoothed curve or
the percentiles of a clipped one, is worked out over all values, which alone are read in a third of the time.
"""

from dataclasses import dataclass

import numpy as np

from parser.points import Floats, Ints
from webapp.charts.options import View
from webapp.charts.smooth import smooth_at
from webapp.pages.recent import RECENT
from webapp.store import series as series_store
from webapp.store.database import Database
from webapp.store.rows import MetricRow, RunRow, Series, join_series

LONG = 40_000  # points from which a preview, 32 points of each 4,096, still has more points than are drawn
ARRAYS = 6  # of a shape, 8 bytes a point each
LEADING = 16_384  # points read whole before it on a log x axis, whose first decades hold few


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What a `Line` needs: points, and beside a part of them what the view asks for of all: smoothed values, every value, places."""

    series: Series
    smoothed: Floats | None = None
    whole: Floats | None = None
    places: Ints | None = None


def read_line(database: Database, run: RunRow, metric: MetricRow, view: View, *, whole: bool = False, long: int = LONG) -> ReadLine:
    """The points that a chart of this view draws from; every one with `whole`, or where there are not more than `long`.

    Restarts, and values that are no numbers or that a log axis cannot show, want every point too. A window of steps is treated as a series
    of its own; in a window of another axis, of which only the points know where they lie, they are all read.
    """
    if whole or metric.count <= long:
        return ReadLine(series_store.read_series(database, run.id, metric.name))
    zoomed = view.lo is not None or view.hi is not None
    by_step = view.x == "step" and view.attempts != "clock"
    bad = metric.nan or metric.posinf or metric.neginf or ("y" in view.log and metric.min <= 0)
    shape, places = read_shape(database, run, metric, LEADING if "x" in view.log else 0)
    if bad or (zoomed and not by_step) or not bool((shape.step[1:] >= shape.step[:-1]).all()):
        own_blocks = by_step and view.attempts == "attempts" and not view.smooth
        window = (view.lo, view.hi) if own_blocks else (None, None)
        return ReadLine(series_store.read_series(database, run.id, metric.name, *window))
    if zoomed:
        window_of = read_window(database, run, metric, view, (shape, places), long)
        if window_of is None:
            return ReadLine(series_store.read_series(database, run.id, metric.name, view.lo, view.hi))
        shape, places = window_of
    smoothed = smooth_at(all_values(database, run, metric), view.smooth, places) if view.smooth else None
    return ReadLine(shape, smoothed, all_values(database, run, metric) if view.clip and not zoomed else None, places)


def read_window(
    database: Database, run: RunRow, metric: MetricRow, view: View, overview: tuple[Series, Ints], long: int
) -> tuple[Series, Ints] | None:
    """The points of a window of steps with their ordinals, and one beside each end: of the `overview` where they are more than `long`.

    None where they are few and nobody smooths them: the store finds them by their steps, also those of a restart too short to be seen here.
    Its first and its last block are read whole, so that the window begins and ends with its own points. Clipping counts every point.
    """
    shape, places = overview
    first = 0 if view.lo is None else int(np.searchsorted(shape.step, view.lo, "left"))
    last = len(places) if view.hi is None else int(np.searchsorted(shape.step, view.hi, "right"))
    before, behind = (int(places[max(first - 1, 0)]), int(places[min(last, len(places) - 1)]) + 1)
    if first >= last or view.clip or behind - before <= long:
        if not view.smooth:
            return None
        part = series_store.read_points(database, run.id, metric.name, before, behind)
        return part, np.arange(before, behind)
    begin, end = int(places[first]), int(places[last - 1]) + 1
    ends = [series_store.read_points(database, run.id, metric.name, *edge) for edge in ((before, begin), (end, behind))]
    inner = shape.take(slice(first, last))
    return join_series([ends[0], inner, ends[1]]), np.concatenate([np.arange(before, begin), places[first:last], np.arange(end, behind)])


def read_shape(database: Database, run: RunRow, metric: MetricRow, leading: int = 0) -> tuple[Series, Ints]:
    """The shape of a series and the ordinals of its points; nobody may change the arrays."""
    return RECENT.get(
        ("shape", *data_key(database, run, metric), leading),
        lambda: series_store.read_shape(database, run.id, metric.name, leading),
        lambda found: ARRAYS * found[1].nbytes,
        of=("shape", str(database.path), run.id, metric.name, leading),
    )


def all_values(database: Database, run: RunRow, metric: MetricRow) -> Floats:
    """Every value of a series; nobody may change the array."""
    key = ("values", *data_key(database, run, metric))
    of = ("values", str(database.path), run.id, metric.name)
    return RECENT.get(key, lambda: read_values(database, run.id, metric.name), lambda values: values.nbytes, of)


def read_values(database: Database, run_id: int, name: str) -> Floats:
    values = series_store.read_values(database, run_id, name)
    values.setflags(write=False)
    return values


def data_key(database: Database, run: RunRow, *metrics: MetricRow | None) -> tuple[str, ...]:
    """Changes whenever one of these series of the run does: points are only ever added, and a better rule of steps moves its ends.

    The number of a deleted run may come again, its moment does not.
    """
    return str(database.path), f"{run.id} {run.created_at}", repr(metrics)
