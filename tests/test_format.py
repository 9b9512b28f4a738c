"""Numbers, sizes and times as people read them."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from webapp import format as fmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.33412, "2.334"), (0.0215, "0.0215"), (3.2e-5, "3.2e−5"), (0, "0"), (-1.5, "−1.5"), (12345.6, "1.23e4"), (1e-5, "1e−5"),
        (9999, "9999"), (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"), (None, "–"),
    ],
)  # fmt: skip
def test_a_number_has_four_digits(value, text):
    assert fmt.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(1234567.0, "1,234,567"), (0.25, "0.25"), (None, "–"), (math.nan, "–")])
def test_a_step_has_commas(value, text):
    assert fmt.step(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (41, "41 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273600, "3 d 4 h"), (3600, "1 h"), (None, "–"), (-3, "–")],
)
def test_a_duration_has_two_units(seconds, text):
    assert fmt.duration(seconds) == text


def test_ages_are_told_in_the_largest_unit():
    now = datetime(2026, 1, 28, 10, tzinfo=UTC)
    assert fmt.ago(now - timedelta(seconds=2), now) == "just now"
    assert fmt.ago(now - timedelta(minutes=3), now) == "3 min ago"
    assert fmt.ago(now - timedelta(days=400), now) == "2024-12-24"


@pytest.mark.parametrize(("value", "text"), [(812, "812 B"), (3565158, "3.4 MiB"), (200 * 1024, "200 KiB"), (5 * 1024**4, "5120 GiB")])
def test_a_size_has_binary_units(value, text):
    assert fmt.size(value) == text


def test_characters_that_hide_or_turn_text_are_shown_as_marks():
    assert fmt.visible("a\x1b[31m\u202eb\x00") == "a␛[31m⟨U+202E⟩b␀"
