"""Smoothing at few places gives what smoothing everywhere gives there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.charts.smooth import smooth_at, smooth_values


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000), st.floats(0.01, 0.9999), st.integers(0, 5), st.sampled_from([1.0, 1e-9, 1e9]))
def test_few_places_of_a_long_series(count, weight, seed, size):
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 1, count) * size
    places = np.unique(rng.integers(0, count, max(1, count // 50)))
    assert smooth_at(values, weight, places) == pytest.approx(smooth_values(values, weight)[places], rel=1e-9, abs=1e-12 * size)


def test_a_value_that_is_no_number_leaves_the_average_alone():
    values = np.where(np.arange(1000) == 500, np.nan, 1.0 + np.arange(1000) % 3)
    places = np.array([499, 500, 501, 999])
    assert smooth_at(values, 0.9, places).tolist() == pytest.approx(smooth_values(values, 0.9)[places].tolist(), nan_ok=True)


def test_no_weight_and_no_places_change_nothing():
    values = np.arange(100.0)
    assert smooth_at(values, 0.0, np.array([3, 50])).tolist() == [3.0, 50.0]
    assert len(smooth_at(values, 0.6, np.zeros(0, np.int64))) == 0
