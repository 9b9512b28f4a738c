"""Places on shared axes."""

import numpy as np

from tests.compare.made import series
from webapp.charts.curves import trace_curve
from webapp.charts.options import Line, View
from webapp.compare.place import place_tokens, settle, tokens_metric


def test_the_count_of_tokens_is_found_under_the_names_trainers_use():
    assert tokens_metric(frozenset({"loss", "num_tokens"})) == "num_tokens"
    assert tokens_metric(frozenset({"loss", "tokens_per_second"})) is None


def test_a_point_has_the_tokens_of_its_own_line_or_those_in_between():
    loss = series([3, 2, 1, 0], offsets=[100, 150, 200, 300])
    tokens = series([1000, 2000], offsets=[100, 200])
    assert place_tokens(loss, tokens).tolist()[:3] == [1000, 1500, 2000]
    assert np.isnan(place_tokens(loss, tokens)[3])


def test_x_grows_strictly_after_settling():
    curve = trace_curve(Line("a", series([1, 2, 3, np.nan, 5, 6], steps=[1, 1, 2, 3, 2, 4])), View(), 0)
    assert curve.x[settle(curve)].tolist() == [1, 2, 4]
    assert curve.raw[settle(curve)].tolist() == [2, 5, 6]
