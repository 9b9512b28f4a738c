"""The spread around a mean, and the line of a level."""

import re

import numpy as np

from webapp.charts.options import Area, ChartRequest, Line, View
from webapp.charts.svg import draw_chart
from webapp.store.rows import Series

STEPS = np.arange(1.0, 11.0)


def series(values) -> Series:
    values = np.asarray(values, float)
    n = len(values)
    return Series(1, "loss", STEPS[:n], np.full(n, np.nan), values, np.full(n, np.nan), np.zeros(n, np.int64), n, "line")


def chart(view: View | None = None, **more):
    return draw_chart(ChartRequest("c", "loss", [Line("mean", series(3 - STEPS / 5), 2)], view or View(), **more))


def area(low, high, color: int = 2) -> Area:
    return Area("spread", STEPS, np.asarray(low, float), np.asarray(high, float), color)


def test_an_area_is_one_closed_path_in_the_colour_of_its_line():
    svg = str(chart(areas=[area(2 - STEPS / 5, 4 - STEPS / 5)]).svg)
    assert re.search(r'<path class="area c2" d="M[^"]+z"/>', svg)
    assert svg.index("area c2") < svg.index('<path class="c2 d0"')


def test_the_y_axis_holds_the_whole_area():
    low = np.where(STEPS == 5, -20.0, 1.0)
    path = re.search(r'class="area c2" d="([^"]+)"', str(chart(areas=[area(low, np.full(10, 3.0))]).svg))
    assert path
    heights = [int(y) for y in re.findall(r" (\d+)", path[1])]
    assert max(heights) <= 4 * 248


def test_a_gap_in_the_spread_parts_the_area():
    low = np.where(STEPS == 5, np.nan, 1.0)
    path = re.search(r'class="area c2" d="([^"]+)"', str(chart(areas=[area(low, np.full(10, 3.0))]).svg))
    assert path
    assert path[1].count("z") == 2


def test_on_a_log_axis_the_part_below_zero_reaches_the_lower_edge():
    svg = str(chart(View(log="y"), areas=[area(np.full(10, -1.0), np.full(10, 3.0))]).svg)
    path = re.search(r'class="area c2" d="([^"]+)"', svg)
    assert path
    assert f" {4 * 248}" in path[1]


def test_a_level_is_a_line_with_its_value_and_always_on_the_plot():
    svg = str(chart(level=0.25).svg)
    found = re.search(r'<g class="level"><line x2="100%" y1="([\d.]+)" y2="([\d.]+)"/><text[^>]*>0.25</text>', svg)
    assert found
    assert 0 <= float(found[1]) <= 248


def test_a_level_that_a_log_axis_cannot_show_is_left_out():
    assert 'class="level"' not in str(chart(View(log="y"), level=-1.0).svg)


def test_the_tokens_axis_places_points_by_the_tokens_given():
    line = Line("run", series(3 - STEPS / 5), tokens=STEPS * 4096)
    drawn = draw_chart(ChartRequest("c", "loss", [line], View(x="tokens")))
    assert (drawn.full0, drawn.full1, drawn.axis) == (4096.0, 40960.0, "tokens")
    without = draw_chart(ChartRequest("c", "loss", [Line("run", series([3.0]))], View(x="tokens")))
    assert without.empty == "None of these points has a count of tokens"
