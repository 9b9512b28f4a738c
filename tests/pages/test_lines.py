"""Long series as a view reads them: a window has all its points, or their extremes where they are many, and counts what it leaves out."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.filled import add_points, make_points
from webapp.charts.curves import Curve, trace_curve
from webapp.charts.options import Line, View
from webapp.charts.smooth import smooth_values
from webapp.pages import lines
from webapp.pages.recent import Recent
from webapp.store import runs as run_store
from webapp.store.database import Database, open_database
from webapp.store.series import list_metrics

POINTS, LONG = 120_000, 40_000
RNG = np.random.default_rng(7)
VALUES = np.round(3 * np.exp(-np.arange(POINTS) / 4e4) + RNG.normal(0, 0.1, POINTS), 4)  # some are not above 0
WIDE, NARROW = (20_001.5, 99_999.0), (50_000.0, 50_100.0)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(lines, "RECENT", Recent())
    opened = open_database(tmp_path / "board.db")
    yield opened
    opened.close()


def curve(database: Database, view: View) -> Curve:
    """The series, made of one long run, as a curve of this view."""
    run_id = add_points(database, Path("/logs/r/long.log"), {"loss": make_points(VALUES)})
    run = run_store.get_run(database, run_id)
    assert run is not None
    (metric,) = list_metrics(database, run_id)
    found = lines.read_line(database, run, metric, view, long=LONG)
    line = Line("loss", found.series, smoothed=found.smoothed, whole=found.whole, places=found.places)
    return trace_curve(line, view, view.smooth)


def inside(window: tuple[float, float]) -> slice:
    """Where the points of a window of steps are; steps count from 1."""
    return slice(int(np.ceil(window[0])) - 1, int(window[1]))


@pytest.mark.parametrize("window", [WIDE, NARROW, (-5.0, 90_000.0), (90_000.0, 1e9), (4096.0, 4097.0 + LONG)])
def test_a_window_counts_its_points_and_has_their_extremes(database: Database, window: tuple[float, float]) -> None:
    found, there = curve(database, View(lo=window[0], hi=window[1])), VALUES[max(inside(window).start, 0) : inside(window).stop]
    assert found.count == len(there)
    assert (found.raw[found.low], found.raw[found.high]) == (there.min(), there.max())
    shown = found.visible()
    assert (shown[0], shown[-1]) == (there[0], there[-1])


def test_a_wide_window_is_read_by_the_extremes_of_its_blocks_and_its_line_runs_to_the_edges(database: Database) -> None:
    found = curve(database, View(lo=WIDE[0], hi=WIDE[1]))
    assert len(found.x) < 10_000
    assert (found.x[0], found.x[-1]) == (20_001, 100_000)


def test_a_narrow_window_has_every_point(database: Database) -> None:
    found = curve(database, View(lo=NARROW[0], hi=NARROW[1]))
    assert found.x.tolist() == list(range(49_999, 50_102))


@pytest.mark.parametrize("window", [WIDE, NARROW])
def test_a_window_is_smoothed_over_all_points_of_the_series(database: Database, window: tuple[float, float]) -> None:
    found = curve(database, View(lo=window[0], hi=window[1], smooth=0.99))
    assert found.shown == pytest.approx(smooth_values(VALUES, 0.99)[found.x.astype(int) - 1], rel=1e-9)


def test_a_window_without_points_between_two_of_them_is_crossed_by_the_line(database: Database) -> None:
    found = curve(database, View(lo=70_000.2, hi=70_000.8))
    assert (found.count, found.x.tolist()) == (0, [70_000, 70_001])


def test_a_log_axis_counts_every_value_it_cannot_show(database: Database) -> None:
    found = curve(database, View(log="y"))
    assert found.hidden == int(np.count_nonzero(VALUES <= 0)) > 0


def test_the_shape_of_a_series_counts_all_of_its_points(database: Database) -> None:
    found = curve(database, View())
    assert len(found.x) < 10_000
    assert found.count == POINTS
