"""The sentence under a chart."""

import re

import numpy as np
import pytest

from tests.charts.made import curve_of, made_series, request_of
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import draw_chart

NAN = float("nan")


def caption(*lines: Line, **view: object) -> str:
    return draw_chart(request_of(*lines, view=View(**view))).caption  # type: ignore[arg-type]


def test_it_says_points_smoothing_and_downsampling_in_this_order() -> None:
    values = curve_of(48_213)
    values[[7, 9]] = NAN
    text = caption(Line("loss", made_series(values, source="bar")), smooth=0.6)
    assert re.fullmatch(r"48,213 points → EMA 0\.6 → LTTB 7\d\d; 2 NaN; step from progress bar", text)


def test_it_says_when_every_point_is_drawn() -> None:
    assert caption(Line("loss", made_series(curve_of(300)))) == "300 points → all drawn; step as printed"


def test_the_faint_part_of_a_restarted_run_is_drawn_too() -> None:
    step = [*range(1, 101), *range(85, 101)]
    text = caption(Line("loss", made_series(curve_of(116), step=step)))
    assert text == "116 points → all drawn; 16 repeated by a later attempt, faint; step as printed"
    thinned = caption(Line("loss", made_series(curve_of(5100), step=[*range(1, 5001), *range(4901, 5001)])))
    assert re.match(r"5,100 points → LTTB \d{3}; 100 repeated", thinned)


def test_it_says_when_no_point_is_drawn() -> None:
    series = made_series([-1.0, 0.0, -2.5])
    assert caption(Line("loss", series), log="y") == ("3 points → none drawn; 3 not above 0, which a log axis cannot show; step as printed")
    assert caption(Line("loss", made_series([NAN, NAN]))) == "2 points → none drawn; 2 NaN; step as printed"


def test_beside_values_that_a_log_axis_cannot_show_it_says_how_many_points_are_drawn() -> None:
    text = caption(Line("loss", made_series([1.0, 0.0, -2.0, 4.0, NAN, 8.0])), log="y")
    assert text == "6 points → 3 drawn; 1 NaN; 2 not above 0, which a log axis cannot show; step as printed"
    lines = [Line("loss", made_series([1.0, 0.0, 3.0])), Line("eval_loss", made_series([2.0, 1.0, 3.0]), 1)]
    assert caption(*lines, log="y").startswith("6 points in 2 series → 5 drawn; 1 not above 0, which")
    assert caption(lines[1], log="y").startswith("3 points → all drawn; step")


def test_it_says_whose_the_first_nan_is() -> None:
    lines = [Line("a", made_series([3, 2, NAN])), Line("b", made_series([3, NAN, NAN], run=2), 1)]
    text = draw_chart(ChartRequest("c", "loss", lines)).caption
    assert "3 NaN, the first NaN in b at step 2;" in text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("line", "step as printed"),
        ("bar", "step from progress bar"),
        ("epoch and batch", "step from epoch and batch"),
        ("epoch × steps", "step from epoch × steps per epoch"),
        ("epoch", "epoch as printed"),
        ("order", "points in the order of the log"),
    ],
)
def test_it_says_where_steps_come_from(source: str, words: str) -> None:
    assert caption(Line("loss", made_series([1.0], source=source))).endswith(words)


def test_it_counts_all_kinds_of_values_that_are_no_numbers() -> None:
    text = caption(Line("loss", made_series([1.0, NAN, np.inf, -np.inf, np.inf])))
    assert "1 NaN, 2 inf, 1 -inf" in text


def test_it_adds_lines_up() -> None:
    lines = [Line(f"run {n}", made_series(curve_of(5000, n), run=n), n) for n in range(3)]
    assert caption(*lines).startswith("15,000 points in 3 series → LTTB 1,8")


def test_it_says_that_an_overview_was_read() -> None:
    series = made_series(curve_of(7000), step=np.arange(1, 7001) * 100, total=700_000)
    assert caption(Line("loss", series, places=np.linspace(0, 699_999, 7000).astype(int))).startswith(
        "700,000 points → extremes of their blocks 7,000 → LTTB"
    )


def test_one_point_is_no_points() -> None:
    assert caption(Line("loss", made_series([1.0]))).startswith("1 point → all drawn")


def test_it_says_how_many_points_lie_in_the_window() -> None:
    assert caption(Line("loss", made_series(curve_of(300))), lo=11, hi=20).startswith("10 of 300 points → all drawn")


def test_on_other_axes_it_says_what_they_are() -> None:
    assert caption(Line("loss", made_series([1.0, 2.0])), x="time") == "2 points → all drawn; times are UTC"
    assert caption(Line("loss", made_series([1.0, 2.0], epoch=[0.5, NAN])), x="epoch") == (
        "1 of 2 points → all drawn; 1 without a place on this axis"
    )
