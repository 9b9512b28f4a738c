"""A series read as a view needs it: whole where every point counts, from the previews of its blocks where only its shape is drawn.

A million points are drawn as a thousand, so most are read for nothing. What a view needs of all of them, the average of a smoothed curve or
the percentiles of a clipped one, is worked out over all values, which alone are read in a third of the time.
"""

from dataclasses import dataclass

from parser.points import Floats, Ints
from webapp.charts.options import View
from webapp.charts.smooth import smooth_at
from webapp.pages.recent import RECENT
from webapp.store import series as series_store
from webapp.store.database import Database
from webapp.store.rows import MetricRow, RunRow, Series

LONG = 40_000  # points from which a preview, 32 points of each 4,096, still has more points than are drawn
ARRAYS = 6  # of a shape, 8 bytes a point each
LEADING = 16_384  # points read whole before it on a log x axis, whose first decades hold few


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What a `Line` needs: the series or its shape, and beside a shape its smoothed values and all values where the view asks for them."""

    series: Series
    smoothed: Floats | None = None
    whole: Floats | None = None


def read_line(database: Database, run: RunRow, metric: MetricRow, view: View, *, whole: bool = False, long: int = LONG) -> ReadLine:
    """The points that a chart of this view draws from; every one with `whole`, or where there are not more than `long`.

    Restarts and values that are no numbers want every point too. A window of steps reads its own blocks, unless it is smoothed.
    """
    bad = metric.nan or metric.posinf or metric.neginf
    if whole or bad or metric.count <= long:
        return ReadLine(series_store.read_series(database, run.id, metric.name))
    if view.lo is not None or view.hi is not None:
        own_blocks = view.x == "step" and view.attempts == "attempts" and not view.smooth
        window = (view.lo, view.hi) if own_blocks else (None, None)
        return ReadLine(series_store.read_series(database, run.id, metric.name, *window))
    shape, places = read_shape(database, run, metric, LEADING if "x" in view.log else 0)
    if bool((shape.step[1:] < shape.step[:-1]).any()):
        return ReadLine(series_store.read_series(database, run.id, metric.name))
    if not (view.smooth or view.clip):
        return ReadLine(shape)
    values = all_values(database, run, metric)
    smoothed = smooth_at(values, view.smooth, places) if view.smooth else None
    return ReadLine(shape, smoothed, values if view.clip else None)


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
