"""Points as bytes and back: the same bits, whatever a log prints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.points import Points
from webapp.store.blocks import FULL, decode_points, encode_points, make_preview, read_previews, take_points

ODD = [
    0.0,
    -0.0,
    float("inf"),
    float("-inf"),
    float("nan"),
    5e-324,
    1e308,
    -1e308,
    0.1,
    1 / 3,
    2.0**53,
    2.0**53 + 2,
    1e15,
    123456.789,
    1e22,
    1e23,
]
FLOATS = st.one_of(
    st.sampled_from(ODD),
    st.floats(),
    st.floats(width=32),
    st.decimals(-1000, 1000, places=4).map(float),
    st.integers(-(10**6), 10**6).map(float),
)


def columns(draw, n: int) -> np.ndarray:
    kind = draw(st.sampled_from(["any", "absent", "constant", "counting", "decimal", "short"]))
    if kind == "absent":
        return np.full(n, np.nan)
    if kind == "constant":
        return np.full(n, draw(FLOATS))
    if kind == "counting":
        return draw(st.integers(-1000, 1000)) + draw(st.integers(-9, 9)) * np.arange(n, dtype=float)
    if kind == "decimal":
        return np.round(np.array(draw(st.lists(st.floats(-100, 100), min_size=n, max_size=n))), draw(st.integers(0, 6)))
    if kind == "short":
        return np.array(draw(st.lists(st.floats(width=32), min_size=n, max_size=n)), dtype=np.float64)
    return np.array(draw(st.lists(FLOATS, min_size=n, max_size=n)))


@st.composite
def points(draw) -> Points:
    n = draw(st.integers(1, 40))
    offset = np.cumsum(draw(st.lists(st.integers(0, 2**40), min_size=n, max_size=n)))
    return Points(columns(draw, n), columns(draw, n), columns(draw, n), columns(draw, n), offset.astype(np.int64))


def assert_same(left: Points, right: Points) -> None:
    for name in ("step", "epoch", "value", "time"):
        a, b = getattr(left, name), getattr(right, name)
        nan = np.isnan(a)
        assert (nan == np.isnan(b)).all(), name
        assert (a[~nan].view(np.int64) == b[~nan].view(np.int64)).all(), name
    assert left.offset.tolist() == right.offset.tolist()


@given(st.lists(points(), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_any_points_come_back_bit_for_bit(parts: list[Points]) -> None:
    assert_same(decode_points([encode_points(part) for part in parts]), Points.joined(parts))


def usual(n: int, seed: int = 0) -> Points:
    """What a trainer prints: a step, an epoch of two decimals, a loss of four, a time by the millisecond, lines of about 100 bytes."""
    chance = np.random.default_rng(seed)
    value = np.round(2 + np.exp(-np.arange(n) / 5000) + chance.normal(0, 0.2, n), 4)
    time = np.round(1.76e9 + np.cumsum(chance.normal(0.3, 0.02, n)), 3)
    return Points(np.arange(1.0, n + 1), np.round(np.arange(n) / 5000, 2), value, time, np.cumsum(chance.integers(90, 120, n)))


def test_a_full_block_of_a_usual_log_takes_at_most_five_bytes_a_point() -> None:
    data = encode_points(usual(FULL))
    assert len(data) / FULL < 5
    assert_same(decode_points([data]), usual(FULL))


def test_a_full_block_with_nan_and_a_restart_comes_back() -> None:
    made = usual(FULL)
    made.value[[0, 17, 4000]] = [np.nan, np.inf, -np.inf]
    made.step[2000:] = np.arange(1500, 1500 + FULL - 2000)
    assert_same(decode_points([encode_points(made)]), made)


@pytest.mark.parametrize("data", [b"", b"\x05", b"\x05\x00" + b"\xff" * 200, encode_points(usual(50))[:-3]])
def test_bytes_that_are_no_block_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_points([data])


def test_a_preview_holds_first_last_lowest_highest_and_the_first_that_is_not_finite() -> None:
    made = usual(FULL)
    made.value[1234] = np.nan
    made.value[99], made.value[3210] = 1e9, -1e9
    shape, ordinals = read_previews([make_preview(made)], [8192])
    at = ordinals - 8192
    assert {0, FULL - 1, 99, 3210, 1234} <= set(at.tolist())
    assert len(at) <= 34
    assert_same(shape, take_points(made, at))


def test_a_preview_of_a_block_without_a_finite_value_is_its_ends() -> None:
    made = usual(FULL)
    made.value[:] = np.nan
    _, ordinals = read_previews([make_preview(made)], [0])
    assert ordinals.tolist() == [0, FULL - 1]
