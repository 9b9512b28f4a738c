"""The debiased moving average, against the plain loop that FEATURES and TensorBoard describe."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.charts.smooth import smooth_values


def smooth_slowly(values: np.ndarray, weight: float) -> np.ndarray:
    last, known, out = 0.0, 0, []
    for y in values.tolist():
        if not np.isfinite(y):
            out.append(y)
            continue
        known += 1
        last = weight * last + (1 - weight) * y
        out.append(last / (1 - weight**known))
    return np.array(out)


@pytest.mark.parametrize("weight", [1e-9, 0.01, 0.1, 0.3, 0.6, 0.9, 0.99, 0.999])
def test_every_weight_gives_what_the_plain_loop_gives(weight: float) -> None:
    values = np.random.default_rng(1).normal(size=20_000) + 3
    values[[5, 6, 7, 900]] = np.nan
    values[100:140] = np.inf
    values[3000] = 1e30
    np.testing.assert_allclose(smooth_values(values, weight), smooth_slowly(values, weight), rtol=1e-11)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 5e-324]), max_size=300),
    st.floats(1e-6, 0.999),
)
def test_any_values_give_what_the_plain_loop_gives(values: list[float], weight: float) -> None:
    array = np.array(values, float)
    finite = array[np.isfinite(array)]
    expected = array if len(finite) and finite.min() == finite.max() else smooth_slowly(array, weight)
    size = float(np.abs(finite).max()) if len(finite) else 1.0
    np.testing.assert_allclose(smooth_values(array, weight), expected, rtol=1e-9, atol=1e-11 * size + 1e-320)


def test_a_constant_series_is_untouched_to_the_last_bit() -> None:
    values = np.array([0.1, np.nan, 0.1, 0.1, np.inf])
    np.testing.assert_array_equal(smooth_values(values, 0.9), values)


def test_nan_passes_and_leaves_the_average_alone() -> None:
    smoothed = smooth_values(np.array([1.0, 2.0, np.nan, 4.0]), 0.5)
    without = smooth_values(np.array([1.0, 2.0, 4.0]), 0.5)
    assert np.isnan(smoothed[2])
    np.testing.assert_array_equal(smoothed[[0, 1, 3]], without)


def test_the_first_value_stays_what_it_was() -> None:
    assert smooth_values(np.array([7.0, 1.0, 1.0]), 0.99)[0] == pytest.approx(7.0, rel=1e-12)


def test_weight_zero_and_nothing_at_all_change_nothing() -> None:
    np.testing.assert_array_equal(smooth_values(np.array([3.0, 1.0]), 0), [3.0, 1.0])
    assert len(smooth_values(np.zeros(0), 0.6)) == 0
    assert np.isnan(smooth_values(np.array([np.nan, np.nan]), 0.6)).all()


@pytest.mark.parametrize("weight", [1.0, -0.1, 2.0])
def test_a_weight_outside_its_range_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="expected 0 <= weight < 1"):
        smooth_values(np.array([1.0, 2.0]), weight)


def test_values_near_the_largest_double_do_not_overflow() -> None:
    values = np.array([1e308, -1e308, 5e307] * 500)
    assert np.isfinite(smooth_values(values, 0.1)).all()
