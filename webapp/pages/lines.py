"""A series read as a view needs it: whole where every point counts, from the previews of its blocks where only its shape is drawn.

A million points are drawn as a thousand, so most are read for nothing. What a view needs of all of them, the average of a smoothed curve or
the percentiles of a clipped one, is worked out over all values, which alone are read in a third of the time.
"""

from dataclasses import dataclass

import numpy as np

from parser.points import Floats
from webapp.charts.options import View
from webapp.charts.smooth import smooth_at
from webapp.pages.recent import RECENT
from webapp.store import series as series_store
from webapp.store.database import Database
from webapp.store.rows import MetricRow, Series

LONG = 40_000  # points from which a preview, 32 points of each 4,096, still has more points than are drawn
LEADING = 16_384  # points read whole before it on a log x axis, whose first decades hold few


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What a `Line` needs: the series or its shape, and beside a shape its smoothed values and all values where the view asks for them."""

    series: Series
    smoothed: Floats | None = None
    whole: Floats | None = None


def read_line(database: Database, run_id: int, metric: MetricRow, view: View, *, whole: bool = False) -> ReadLine:
    """The points that a chart of this view draws from; every one with `whole`.

    Restarts and values that are no numbers want every point too. A window of steps reads its own blocks, unless it is smoothed.
    """
    bad = metric.nan or metric.posinf or metric.neginf
    if whole or bad or metric.count <= LONG:
        return ReadLine(series_store.read_series(database, run_id, metric.name))
    if view.lo is not None or view.hi is not None:
        own_blocks = view.x == "step" and view.attempts == "attempts" and not view.smooth
        window = (view.lo, view.hi) if own_blocks else (None, None)
        return ReadLine(series_store.read_series(database, run_id, metric.name, *window))
    shape, places = series_store.read_shape(database, run_id, metric.name, LEADING if "x" in view.log else 0)
    if bool((np.diff(shape.step) < 0).any()):
        return ReadLine(series_store.read_series(database, run_id, metric.name))
    if not (view.smooth or view.clip):
        return ReadLine(shape)
    values = all_values(database, run_id, metric)
    smoothed = smooth_at(values, view.smooth, places) if view.smooth else None
    return ReadLine(shape, smoothed, values if view.clip else None)


def all_values(database: Database, run_id: int, metric: MetricRow) -> Floats:
    """Every value of a series; nobody may change the array."""
    key = ("values", database.path, run_id, metric.name, metric.count)
    return RECENT.get(key, lambda: read_values(database, run_id, metric.name), lambda values: values.nbytes)


def read_values(database: Database, run_id: int, name: str) -> Floats:
    values = series_store.read_values(database, run_id, name)
    values.setflags(write=False)
    return values
