"""The drawn chart: what may stand in it, whatever the values and names are; segments, marks, smoothing, windows, scales."""

import gzip
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts.made import START, curve_of, made_series, parse_chart, paths, request_of
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import draw_chart
from webapp.store.rows import EventRow, Series

NAN, INF = math.nan, math.inf
ODD = {
    "empty": [],
    "one point": [2.5],
    "constant": [3.0] * 50,
    "zero": [0.0] * 5,
    "all NaN": [NAN] * 20,
    "inf": [1.0, INF, 2.0],
    "only inf": [INF, INF],
    "-inf": [1.0, -INF, 2.0],
    "1e155": [1.0, 1e155, 2.0],
    "1e308": [1e308, -1e308, 1e308],
    "5e-324": [5e-324, 0.0, 5e-324],
    "5e-324 alone": [5e-324] * 3,
    "nearly constant": [1e15, 1e15 + 0.125, 1e15],
    "NaN at both ends": [NAN, 1.0, 2.0, NAN],
    "every other": [1.0, NAN] * 100,
    "negative": [-1.0, -2.0, -1.5],
}
VIEWS = {
    "plain": View(),
    "smooth": View(smooth=0.9),
    "log y": View(log="y"),
    "log x and y": View(log="xy", smooth=0.6),
    "epoch": View(x="epoch"),
    "time": View(x="time"),
    "relative": View(x="relative", log="x"),
    "clip": View(clip=True),
    "window": View(lo=1.5, hi=2.5),
    "empty window": View(lo=1e6, hi=2e6),
    "tiny window": View(lo=1.0, hi=math.nextafter(1.0, 2)),
    "huge window": View(lo=-1e300, hi=1e300),
    "stitched": View(attempts="stitched"),
    "clock": View(attempts="clock", smooth=0.5),
}


def chart_of(values: object, view: View | None = None, **options: object):
    return draw_chart(request_of(Line("loss", made_series(np.asarray(values, float))), view=view or View(), **options))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
def test_no_value_and_no_view_breaks_a_chart(values: list[float], view: View) -> None:
    """T46"""
    lines = [Line("loss", made_series(values)), Line("eval", made_series(values[::2], metric="eval"), 1)]
    chart = draw_chart(request_of(*lines, view=view, link="/runs/1?at="))
    parse_chart(chart)
    assert "nan" not in chart.caption.lower() or "NaN" in chart.caption
    assert all(map(math.isfinite, (chart.x0, chart.x1, chart.full0, chart.full1)))
    assert chart.x0 < chart.x1


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_duplicate_unsorted_and_unbounded_x_break_nothing(view: View) -> None:
    """T46"""
    steps = [[5, 5, 5, 5], [9, 1, 7, 3], [1e308, -1e308, 0, 1], [0, 0, -5, -5], [1e300, 1e300, 1e300, 1e300]]
    for step in steps:
        for time in ([NAN] * 4, [1e300, -1e300, 0, START], [0.0] * 4):
            series = made_series([1.0, 2.0, NAN, 4.0], step=step, time=time, epoch=step)
            parse_chart(draw_chart(request_of(Line("loss", series), view=view)))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.floats(), st.floats(allow_nan=False), st.floats(), st.floats()), max_size=40),
    st.sampled_from(list(VIEWS.values())),
)
def test_any_numbers_give_a_chart(rows: list[tuple[float, float, float, float]], view: View) -> None:
    """T46"""
    value, step, epoch, time = np.array(rows, float).reshape(-1, 4).T
    series = made_series(value, step=np.nan_to_num(step, posinf=9, neginf=-9), epoch=epoch, time=time)
    parse_chart(draw_chart(request_of(Line("loss", series), view=view, at=100, link="?at=")))


@pytest.mark.parametrize(
    "name", ["<b>&\"'", "nul\x00esc\x1b[31m", "bidi\u202egnp.exe", "half \ud800 pair", "x" * 10_240, "\ufffe\uffff", "", "日本語 🎉"]
)
def test_names_are_shown_and_never_obeyed(name: str) -> None:
    """T46"""
    series = made_series(curve_of(30))
    event = EventRow("checkpoint", name, 100, 3, None)
    chart = draw_chart(ChartRequest("c", name, [Line(name, series), Line(name, series, 1)], View(smooth=0.5), [event], link='/"><b>?at='))
    root = parse_chart(chart)
    words = "".join(root.itertext())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", words)
    assert len(chart.title) <= 240
    if "\x00" in name:
        assert "nul␀esc␛[31m" in words
    if "bidi" in name:
        assert "bidi⟨U+202E⟩gnp.exe" in words


def test_the_same_request_gives_the_same_bytes() -> None:
    request = request_of(Line("loss", made_series(curve_of(5000))), view=View(smooth=0.6), link="?at=")
    assert draw_chart(request) == draw_chart(request)


def test_the_size_stays_within_what_a_page_can_carry() -> None:
    one = draw_chart(request_of(Line("loss", made_series(curve_of(100_000))), view=View(smooth=0.6), link="/runs/1?metric=loss&at="))
    assert len(gzip.compress(str(one.svg).encode(), 4)) <= 14 * 1024
    lines = [Line(f"run-{n} lr 3e-4", made_series(curve_of(100_000, n), run=n), n) for n in range(10)]
    ten = draw_chart(request_of(*lines, view=View(smooth=0.6), link="/runs/1?metric=loss&at="))
    assert len(gzip.compress(str(ten.svg).encode(), 4)) <= 70 * 1024
    hundred = draw_chart(request_of(*[Line(f"run-{n}", made_series(curve_of(300, n), run=n), n) for n in range(100)]))
    assert len(gzip.compress(str(hundred.svg).encode(), 4)) <= 150 * 1024


def test_a_gap_is_a_gap_and_a_lonely_point_is_a_dot() -> None:
    values = curve_of(200)
    values[50] = values[52] = NAN
    root = parse_chart(chart_of(values))
    line = paths(root, "d0")[0]
    assert line.count("M") == 3
    assert re.search(r"M\d+ \d+h0", line)
    assert len(paths(root, "dot")) == 1
    many = curve_of(50_000)
    many[1000:1200] = NAN
    many[30_001] = many[30_003] = NAN
    assert paths(parse_chart(chart_of(many)), "d0")[0].count("M") == 4


def test_a_single_point_can_be_seen() -> None:
    root = parse_chart(chart_of([2.5]))
    assert paths(root, "dot")
    assert len(paths(root, "last")) == 1


def test_few_points_are_dots_and_many_are_not() -> None:
    assert paths(parse_chart(chart_of(curve_of(59))), "dot")[0].count("M") == 59
    assert not paths(parse_chart(chart_of(curve_of(61))), "dot")


def test_values_that_are_no_numbers_are_marked_with_their_steps() -> None:
    values = curve_of(300)
    values[119:125] = NAN
    values[200] = INF
    values[250] = -INF
    root = parse_chart(chart_of(values))
    titles = [title.text for title in root.iter("title")]
    assert "loss: 6 × NaN, step 120 to 125" in titles
    assert "loss: 1 × inf, step 201" in titles
    assert "loss: 1 × -inf, step 251" in titles
    words = [node.text for node in root.iter("text") if "warn" in node.get("class", "")]
    assert words == ["NaN at step 120"]
    assert any("NaN" in "".join(band.itertext()) for band in root.iter("svg") if band.find("path[@class='h']") is not None)


def test_nothing_is_drawn_where_the_words_about_nan_stand() -> None:
    for bad, log in ((NAN, ""), (INF, ""), (NAN, "y")):
        values = [*np.linspace(3, 1, 100), bad]
        other = np.linspace(3, 2, 101)
        lines = [Line("loss", made_series(values)), Line("eval", made_series(other, run=2), 1)]
        root = parse_chart(str(draw_chart(ChartRequest("c", "loss", lines, View(log=log), hover=False)).svg))
        (words,) = (node for node in root.iter("text") if "warn" in node.get("class", ""))
        assert words.text == f"{'inf' if bad == INF else 'NaN'} at step 101", "the name, which may be long, stands in the caption"
        baseline = float(words.get("y", ""))
        for path in paths(root, "d0"):
            heights = np.cumsum([int(number) for number in re.findall(r"-?\d+", path)[1::2]]) / 4  # one stroke, from point to point
            assert heights.max() < baseline - 11 if bad != INF else heights.min() > baseline + 3


def test_a_series_of_epochs_says_epoch_wherever_it_names_a_place() -> None:
    values = [*curve_of(40), NAN]
    svg = str(draw_chart(ChartRequest("c", "loss", [Line("loss", made_series(values, epoch=range(1, 42), source="epoch"))])).svg)
    text = " ".join(parse_chart(svg).itertext())
    assert "step" not in text
    assert "NaN at epoch 41" in text
    assert "epoch 40 " in text.replace("2026", " 2026")


@pytest.mark.parametrize(("value", "above"), [(INF, True), (-INF, False), (NAN, False)])
def test_the_words_of_the_first_bad_value_stand_at_the_edge_of_its_mark(value: float, above: bool) -> None:
    values = curve_of(300)
    values[49] = value
    root = parse_chart(chart_of(values))
    (words,) = (node for node in root.iter("text") if "warn" in node.get("class", ""))
    mark = next(svg for svg in root.iter("svg") if svg.find("path[@class='bad']") is not None)
    assert abs(float(words.get("y", "")) - float(mark.get("y", ""))) < 30
    assert (float(mark.get("y", "")) == 0) == above


def test_half_a_million_bad_values_are_a_few_marks() -> None:
    values = curve_of(500_000)
    values[1000:] = NAN
    root = parse_chart(chart_of(values))
    assert len(list(root.iter("line"))) < 40
    assert len([node for node in root.iter("path") if node.get("class") == "bad"]) == 1


def resumed() -> Series:
    """Steps 1 to 100, then again from 61 to 150."""
    step = np.concatenate([np.arange(1, 101), np.arange(61, 151)])
    return made_series(np.concatenate([np.full(100, 2.0) - np.arange(100) / 100, np.full(90, 1.0)]), step=step)


def test_the_superseded_part_of_a_resumed_run_is_faint_and_a_stroke_of_its_own() -> None:
    chart = draw_chart(request_of(Line("loss", resumed())))
    root = parse_chart(chart)
    assert paths(root, "d0")[0].count("M") == 2
    assert len(paths(root, "w")) == 1
    assert "40 repeated by a later attempt, faint" in chart.caption
    assert "restart: after step 100 (step 61)" in [title.text for title in root.iter("title")]


def test_stitched_attempts_are_one_line_without_the_superseded_part() -> None:
    chart = draw_chart(request_of(Line("loss", resumed()), view=View(attempts="stitched")))
    root = parse_chart(chart)
    assert paths(root, "d0")[0].count("M") == 1
    assert not paths(root, "w")
    assert "40 repeated by a later attempt, left out" in chart.caption


def test_by_the_clock_attempts_stand_one_after_the_other_at_full_strength() -> None:
    chart = draw_chart(request_of(Line("loss", resumed()), view=View(attempts="clock")))
    root = parse_chart(chart)
    assert chart.axis == "time"
    assert paths(root, "d0")[0].count("M") == 2
    assert not paths(root, "w")
    assert chart.full1 == START + 2 * 189


def test_raw_values_stay_faintly_visible_behind_smoothed_ones() -> None:
    root = parse_chart(chart_of(curve_of(300), View(smooth=0.9)))
    assert len(paths(root, "w")) == 1
    assert len(paths(root, "d0")) == 1
    assert not paths(parse_chart(chart_of(curve_of(300))), "w")


def test_an_evaluation_beside_its_training_is_not_smoothed_and_the_caption_says_so() -> None:
    lines = [Line("loss", made_series(curve_of(600))), Line("eval_loss", made_series([3.0, 2.0, 1.0], step=[200, 400, 600]), 1)]
    chart = draw_chart(request_of(*lines, view=View(smooth=0.9)))
    assert "eval_loss not smoothed: too few points" in chart.caption
    assert len(paths(parse_chart(chart), "w")) == 1
    alone = draw_chart(request_of(lines[1], view=View(smooth=0.9)))
    assert "not smoothed" not in alone.caption
    many = [lines[0], *(Line(f"eval_{n}", lines[1].series, 1) for n in range(4))]
    assert "4 series not smoothed: too few points" in draw_chart(request_of(*many, view=View(smooth=0.9))).caption


def test_values_a_log_axis_cannot_show_are_counted() -> None:
    chart = chart_of([1.0, 0.0, -2.0, 4.0, NAN, 8.0], View(log="y"))
    assert "2 not above 0, which a log axis cannot show" in chart.caption
    assert "1 NaN" in chart.caption
    assert paths(parse_chart(chart), "d0")[0].count("M") == 3


def test_clipping_says_how_many_points_it_hides() -> None:
    values = np.concatenate([np.linspace(1, 2, 98), [1000.0, -1000.0]])
    chart = chart_of(values, View(clip=True))
    assert re.search(r"clipped to the 5th to 95th percentile: \d+ points outside", chart.caption)
    labels = [float(node.text or "nan") for node in parse_chart(chart).iter("text") if node.get("class") == "y"]
    assert min(labels) >= 0.9
    assert max(labels) <= 2.1


def test_a_window_shows_what_lies_in_it_and_keeps_the_whole_range_in_mind() -> None:
    chart = chart_of(curve_of(1000), View(lo=100, hi=200))
    assert (chart.x0, chart.x1, chart.full0, chart.full1, chart.zoomed) == (100, 200, 1, 1000, True)
    assert chart.caption.startswith("101 of 1,000 points → all drawn")
    assert not paths(parse_chart(chart), "w")
    row = chart.table[0]
    assert row.first is not None
    assert row.last is not None
    assert (row.first.step, row.last.step, row.count) == ("100", "200", "101")


def test_a_line_that_crosses_the_window_without_a_point_in_it_is_drawn() -> None:
    chart = draw_chart(request_of(Line("loss", made_series([1.0, 2.0], step=[0, 100])), view=View(lo=40, hi=60)))
    assert chart.empty == "No points between these limits"
    both = [Line("loss", made_series(curve_of(100))), Line("eval_loss", made_series([1.0, 2.0], step=[0, 100]), 1)]
    root = parse_chart(draw_chart(request_of(*both, view=View(lo=40, hi=60))))
    assert paths(root, "c1")


@pytest.mark.parametrize(
    ("view", "series", "words"),
    [
        (View(), made_series([]), "No points yet"),
        (View(x="epoch"), made_series([1.0]), "None of these points has an epoch"),
        (View(x="time"), made_series([1.0], time=[NAN]), "None of these points has a time"),
        (View(log="x"), made_series([1.0], step=[0]), "None of these points has a step above 0"),
        (View(lo=5, hi=6), made_series([1.0]), "No points between these limits"),
        (View(log="y"), made_series([0.0, -2.0]), "None of these values is above 0"),
    ],
)
def test_a_chart_with_nothing_to_show_says_why(view: View, series: Series, words: str) -> None:
    chart = draw_chart(request_of(Line("loss", series), view=view))
    assert chart.empty == words
    assert words in "".join(parse_chart(chart).itertext())


def test_a_chart_without_a_number_invents_no_levels() -> None:
    for view, values in ((View(), [NAN, NAN]), (View(log="y"), [NAN, -1.0])):
        root = parse_chart(draw_chart(request_of(Line("loss", made_series(values)), view=view)))
        assert not root.findall(".//text[@class='y']")
        assert root.findall(".//path[@class='bad']")
        assert root.findall(".//text[@class='x']")


def test_events_are_marks_and_grave_ones_lines() -> None:
    events = [
        EventRow("checkpoint", "Saving model checkpoint to out/checkpoint-50", 4900, 50, None),
        EventRow("traceback", "RuntimeError: <CUDA>", 9000, None, None),
        *[EventRow("evaluation", f"number {n}", 15_000 + n, 150, None) for n in range(30)],
    ]
    root = parse_chart(draw_chart(request_of(Line("loss", made_series(curve_of(200))), events=events)))
    titles = [title.text or "" for title in root.iter("title")]
    assert "checkpoint: Saving model checkpoint to out/checkpoint-50 (step 50)" in titles
    assert "traceback: RuntimeError: <CUDA>" in titles
    assert any(title.endswith("and 26 more") for title in titles)
    assert len([node for node in root.iter("path") if node.get("class") == "rule"]) == 1


def test_the_points_of_a_log_line_are_ringed() -> None:
    root = parse_chart(chart_of(curve_of(100), at=4200))
    assert len(paths(root, "here")) == 1
    assert not paths(parse_chart(chart_of(curve_of(100), at=4201)), "here")


def test_the_picture_is_told_in_words() -> None:
    values = [3.0, 1.0, 2.0, NAN]
    root = parse_chart(chart_of(values))
    words = root.find(".//desc")
    assert words is not None
    assert words.text == (
        "loss: from 3 at step 1 to 2 at step 3, lowest 1 at step 2, highest 3 at step 1. 4 points → all drawn; 1 NaN; step as printed."
    )
    picture = root.find("g[@role='img']")
    assert picture is not None
    assert picture.find("title") is not None


def test_extremes_lead_to_their_log_lines() -> None:
    row = chart_of([3.0, 1.0, 2.0, NAN], link="/runs/7?at=").table[0]
    assert row.min is not None
    assert row.first_bad is not None
    assert (row.min.value, row.min.step, row.min.href) == ("1", "2", "/runs/7?at=100#terminal")
    assert row.first_bad.href == "/runs/7?at=300#terminal"
    assert chart_of([1.0]).table[0].min.href == ""  # type: ignore[union-attr]


def test_every_line_has_its_legend() -> None:
    chart = draw_chart(request_of(Line("a", made_series([1.0, 2.5, NAN]), 3, 2), Line("b", made_series([])), view=View()))
    assert [(entry.label, entry.color, entry.dash, entry.last) for entry in chart.legend] == [("a", 3, 2, "NaN"), ("b", 0, 0, "")]
    parse_chart(chart.legend[0].swatch)


def test_the_frame_of_a_live_chart_stands_still_while_points_arrive() -> None:
    values = 1 / np.arange(1, 400.0)
    windows = {draw_chart(request_of(Line("loss", made_series(values[:n])))).x1 for n in range(300, 312)}
    assert len(windows) <= 3
    full = draw_chart(request_of(Line("loss", made_series(values)), full=(0, 5000)))
    assert full.full1 == 5000
    assert full.x1 >= 5000


def test_ten_new_points_leave_the_drawn_line_where_it_was() -> None:
    values = curve_of(9100)
    before = paths(parse_chart(chart_of(values[:9000])), "d0")[0]
    after = paths(parse_chart(chart_of(values[:9010])), "d0")[0]
    same = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    assert same > 0.98 * len(before)


def test_without_hover_there_are_no_bands() -> None:
    assert parse_chart(chart_of(curve_of(100), hover=False)).find("g[@class='bands']") is None
    assert parse_chart(chart_of(curve_of(100))).find("g[@class='bands']") is not None
