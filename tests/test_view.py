"""The query string of a page: what it asks for, what it cannot ask for, and that it reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.charts.options import View
from webapp.view import ViewQuery, read_query


def test_every_view_parameter_of_the_url_is_read():
    query = read_query(
        [
            ("metric", "loss"),
            ("metric", "lr"),
            ("x", "epoch"),
            ("smooth", "0.6"),
            ("log", "xy"),
            ("clip", "1"),
            ("from", "5"),
            ("to", "1e3"),
            ("run", "3"),
            ("run", "1"),
            ("points", "200"),
        ]
    )
    assert query.metrics == ("loss", "lr")
    assert query.runs == (3, 1)
    assert query.view == View(x="epoch", smooth=0.6, log="xy", clip=True, lo=5.0, hi=1000.0, points=200)
    assert query.problems == ()


@pytest.mark.parametrize(
    ("pair", "named"),
    [
        (("x", "banana"), "x=banana"),
        (("smooth", "2"), "smooth=2"),
        (("smooth", "nan"), "smooth=nan"),
        (("log", "z"), "log=z"),
        (("from", "abc"), "from=abc"),
        (("run", "1; drop"), "run=1; drop"),
        (("points", "1e9"), "points=1e9"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_the_rest_is_shown(pair, named):
    query = read_query([pair, ("metric", "loss")])
    assert query.metrics == ("loss",)
    assert query.view == View()
    assert len(query.problems) == 1
    assert named in query.problems[0]


def test_a_range_that_ends_before_it_begins_shows_everything_and_says_so():
    query = read_query([("from", "10"), ("to", "5")])
    assert (query.view.lo, query.view.hi) == (None, None)
    assert "from=10 is not below to=5" in query.problems[0]


def test_limits_that_were_made_on_another_x_axis_are_left_out_without_a_word():
    limits = [("from", "100"), ("to", "50"), ("unit", "step")]
    changed = read_query([("x", "time"), *limits])
    assert (changed.view.lo, changed.view.hi, changed.problems) == (None, None, ())
    kept = read_query([("x", "time"), ("from", "5"), ("to", "9"), ("unit", "time")])
    assert kept.query() == "?x=time&from=5&to=9"


def test_a_view_of_defaults_has_no_query_string():
    assert ViewQuery().query() == ""
    assert read_query([("x", "step"), ("smooth", "0"), ("from", ""), ("to", "")]).query() == ""


numbers = st.one_of(st.none(), st.floats(-1e12, 1e12))
views = st.builds(
    View,
    x=st.sampled_from(["step", "epoch", "time", "relative"]),
    smooth=st.floats(0, 0.999),
    log=st.sampled_from(["", "x", "y", "xy"]),
    clip=st.booleans(),
    lo=numbers,
    points=st.integers(50, 2000),
    attempts=st.sampled_from(["attempts", "stitched", "clock"]),
)


@given(views, st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=4), st.lists(st.integers(0, 10**9), unique=True, max_size=4))
def test_what_a_query_string_says_is_what_was_meant(view, metrics, runs):
    from urllib.parse import parse_qsl

    query = ViewQuery(view=view, metrics=tuple(metrics), runs=tuple(runs))
    assert read_query(parse_qsl(query.query().removeprefix("?"), keep_blank_values=True)) == query
