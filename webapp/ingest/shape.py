"""The `metrics` column of a run: its points as JSON, all of them while a metric has few, the shape of the curve beyond.

Also the small curve that lists show, and the findings. Made from the database, so that it can be made anew at any time.
"""

import msgspec
import numpy as np

from parser.points import Ints
from webapp.charts.downsample import pick_points
from webapp.findings import find_all, main_series
from webapp.metrics_json import points_json
from webapp.store.database import Database
from webapp.store.headline import main_metric
from webapp.store.rows import MetricRow, Series
from webapp.store.runs import run_version, write_metrics
from webapp.store.series import list_metrics, read_overview, read_series

MOST_POINTS = 1000  # of a metric in the JSON
OVERVIEW_FROM = 50_000  # points from which the previews of the blocks are the source, 1.8 ms instead of 40 for a million
MOST_BAD = 100  # non-finite points kept beside the shape
SPARK_POINTS = 56  # and the four that are always kept


def refresh_metrics(database: Database, run_id: int) -> None:
    """Makes the column of one run anew. A run that is gone by now is none of its business."""
    version = run_version(database, run_id)
    if version is None:
        return
    metrics = list_metrics(database, run_id)
    judged = set(main_series(row.name for row in metrics))
    whole = {row.name: _read(database, run_id, row) for row in metrics if row.name in judged}
    shapes = {row.name: _shape(whole[row.name] if row.name in judged else _read(database, run_id, row)) for row in metrics}
    document = {name: points_json(s.step, s.value, s.time) for name, s in shapes.items()}
    main = main_metric(shapes)
    spark = _spark(shapes[main]) if main else []
    write_metrics(database, run_id, version, msgspec.json.encode(document), spark, find_all(whole))


def _read(database: Database, run_id: int, row: MetricRow) -> Series:
    if row.count >= OVERVIEW_FROM:
        return read_overview(database, run_id, row.name)
    return read_series(database, run_id, row.name)


def _shape(series: Series) -> Series:
    if len(series) <= MOST_POINTS:
        return series
    finite = np.isfinite(series.value) & np.isfinite(series.step)
    bad = np.flatnonzero(~finite)[:MOST_BAD]
    return series.take(np.union1d(_pick(series, np.flatnonzero(finite), MOST_POINTS - len(bad)), bad))


def _spark(series: Series) -> list[float]:
    finite = np.flatnonzero(np.isfinite(series.value) & np.isfinite(series.step))
    return [float(f"{value:.6g}") for value in series.value[_pick(series, finite, SPARK_POINTS)]]


def _pick(series: Series, where: Ints, most: int) -> Ints:
    """Indices of at most about `most` of the points at `where` that keep the shape; a restart is one more bend of the curve."""
    if len(where) <= most:
        return where
    return where[pick_points(np.arange(len(where), dtype=np.float64), series.value[where], n_out=most)]
