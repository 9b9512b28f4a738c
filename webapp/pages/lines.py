"""A series read as a view needs it: whole where every point counts, from the previews of its blocks where only its shape is drawn."""

import numpy as np

from webapp.charts.options import View
from webapp.store import series as series_store
from webapp.store.database import Database
from webapp.store.rows import MetricRow, Series

LONG = 40_000  # points from which a preview, 32 points of each 4,096, still has more points than are drawn


def read_line(database: Database, run_id: int, metric: MetricRow, view: View, *, whole: bool = False) -> Series:
    """The points that a chart of this view draws from; all of them with `whole`.

    Smoothing, clipping and a log x axis depend on every point, and so do restarts and values that are no numbers. A window of steps reads
    its own blocks.
    """
    if whole or view.smooth:
        return series_store.read_series(database, run_id, metric.name)
    if view.lo is not None or view.hi is not None:
        window = (view.lo, view.hi) if view.x == "step" and view.attempts == "attempts" else (None, None)
        return series_store.read_series(database, run_id, metric.name, *window)
    shape_will_do = metric.count > LONG and not (view.clip or "x" in view.log or metric.nan or metric.posinf or metric.neginf)
    if shape_will_do:
        shape = series_store.read_overview(database, run_id, metric.name)
        if not bool((np.diff(shape.step) < 0).any()):
            return shape
    return series_store.read_series(database, run_id, metric.name)
