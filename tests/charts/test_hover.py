"""The bands under the pointer: they tile the plot, each tells a real point, and none of the points that matter is missing."""

import re
from xml.etree import ElementTree

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts.made import curve_of, made_series, parse_chart, request_of
from webapp import format as fmt
from webapp.charts.options import Line, View
from webapp.charts.svg import draw_chart


def bands(root: ElementTree.Element) -> list[ElementTree.Element]:
    found = root.find("g[@class='bands']")
    assert found is not None
    return list(found)


def cells(band: ElementTree.Element, kind: str) -> list[str]:
    return [node.text or "" for node in band.iter("tspan") if kind in node.get("class", "").split()]


def percent(element: ElementTree.Element | None, name: str = "x") -> float:
    assert element is not None
    return float(element.get(name, "").removesuffix("%"))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000), st.integers(0, 5), st.integers(300, 1600), st.booleans())
def test_bands_tile_the_plot_and_each_tells_a_point_of_the_series(points: int, seed: int, width: int, log: bool) -> None:
    values = curve_of(points, seed)
    chart = draw_chart(request_of(Line("loss", made_series(values)), width=width, view=View(log="x" if log else "")))
    found = bands(parse_chart(chart))
    assert 1 <= len(found) <= min(180, width // 5) + 5
    edge = 0.0
    for band in found:
        area, drawn = band.find("rect"), band.find("svg")
        assert abs(percent(area) - edge) < 0.02
        edge = percent(area) + percent(area, "width")
        assert percent(area) - 0.06 <= percent(drawn) <= edge + 0.06
        step = int(cells(band, "q")[0].removeprefix("step ").replace(",", ""))
        assert cells(band, "r") == [fmt.exact(values[step - 1])]
        share = (
            (np.log(step) - np.log(chart.x0)) / (np.log(chart.x1) - np.log(chart.x0)) if log else (step - chart.x0) / (chart.x1 - chart.x0)
        )
        assert abs(share * 100 - percent(drawn)) < 0.01
    assert abs(edge - 100) < 0.02
    steps = [cells(band, "q")[0] for band in found]
    assert f"step {fmt.step(points)}" in steps


def test_of_every_line_the_last_point_and_the_extremes_have_a_band() -> None:
    values = [curve_of(5000, n) + n for n in range(8)]
    for n, line in enumerate(values):
        line[1000 + n * 300], line[1150 + n * 300] = 30 + n, -30 - n
    lines = [Line(f"run {n}", made_series(line, run=n), n) for n, line in enumerate(values)]
    words = [cells(band, "q")[0] for band in bands(parse_chart(draw_chart(request_of(*lines))))]
    assert "step 5,000" in words
    for n in range(8):
        assert f"step {1001 + n * 300:,}" in words
        assert f"step {1151 + n * 300:,}" in words


def test_a_first_bad_value_has_a_band_that_says_so() -> None:
    values = curve_of(20_000)
    values[12_345:] = np.nan
    found = [band for band in bands(parse_chart(draw_chart(request_of(Line("loss", made_series(values)))))) if cells(band, "w") == ["NaN"]]
    assert cells(found[0], "q") == ["step 12,346"]
    assert len(found) >= 10


def test_a_value_from_elsewhere_says_where_it_is_from() -> None:
    evaluation = made_series([3.0, 2.0, 1.5], step=[100, 200, 300], metric="eval_loss")
    found = bands(parse_chart(draw_chart(request_of(Line("loss", made_series(curve_of(320))), Line("eval_loss", evaluation, 1)))))
    for band in found:
        step = int(cells(band, "q")[0].removeprefix("step "))
        nearest = min((100, 200, 300), key=lambda at: abs(at - step))
        assert cells(band, "r")[1] == {100: "3", 200: "2", 300: "1.5"}[nearest]
        late = [text for text in cells(band, "p") if text.startswith("@")]
        assert late in ([], [f"@{nearest}"])
        assert bool(late) == (abs(nearest - step) > 2) or 2 < abs(nearest - step) < 7  # a band is a few steps wide


def test_smoothed_values_stand_beside_raw_ones() -> None:
    root = parse_chart(draw_chart(request_of(Line("loss", made_series([1.0, 3.0, 2.0])), view=View(smooth=0.5))))
    assert [(cells(band, "r"), cells(band, "p")[-1]) for band in bands(root)] == [(["1"], "1"), (["3"], "2.333"), (["2"], "2.143")]
    assert "EMA 0.5" in "".join(root.itertext())


def test_superseded_points_are_not_what_a_tooltip_tells() -> None:
    step = np.concatenate([np.arange(1, 101), np.arange(51, 151)])
    values = np.concatenate([np.full(100, 9.0) + np.arange(100) / 1000, np.full(100, 1.0) + np.arange(100) / 1000])
    found = bands(parse_chart(draw_chart(request_of(Line("loss", made_series(values, step=step))))))
    for band in found:
        number = int(cells(band, "q")[0].removeprefix("step "))
        assert float(cells(band, "r")[0]) < 2 or number <= 50


def test_a_band_leads_to_the_log_line_of_its_point_on_the_line_that_has_it() -> None:
    lines = [
        Line("a", made_series([1.0, 2.0], step=[1, 100], run=1), link="/runs/1?at="),
        Line("b", made_series([1.0, 2.0], step=[50, 90], run=2), link="/runs/2?at="),
    ]
    found = bands(parse_chart(draw_chart(request_of(*lines))))
    assert [band.get("href") for band in found] == [
        "/runs/1?at=0#terminal",
        "/runs/2?at=0#terminal",
        "/runs/2?at=100#terminal",
        "/runs/1?at=100#terminal",
    ]


def test_a_tooltip_lists_at_most_twenty_lines_and_says_how_many_more_there_are() -> None:
    lines = [Line(f"run {n}", made_series(curve_of(50, n), run=n), n) for n in range(64)]
    root = parse_chart(draw_chart(request_of(*lines)))
    assert all(len(cells(band, "r")) == 20 for band in bands(root))
    assert "44 more lines" in "".join(root.itertext())


def test_dots_stand_on_the_curves_in_the_order_of_the_rows() -> None:
    lines = [Line("a", made_series([1.0, 2.0])), Line("b", made_series([2.0, np.nan]))]
    first, last = bands(parse_chart(draw_chart(request_of(*lines))))
    dots = [band.find("svg/path[@class='o']").get("d") for band in (first, last)]  # type: ignore[union-attr]
    assert re.fullmatch(r"M0 0(M0 \d+h0){2}", dots[0] or "")
    assert re.fullmatch(r"M0 0M0 \d+h0m0 0", dots[1] or "")
