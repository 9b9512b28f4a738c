"""How numbers, steps, durations, moments and hostile names are written."""

import math

import pytest

from webapp.charts.labels import clean_text, format_clock, format_duration, format_exact, format_step, format_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (2.34567, "2.346"),
        (0.05, "0.05"),
        (0.001, "0.001"),
        (0.00099, "9.9e-4"),
        (1e-5, "1e-5"),
        (1.2345e-5, "1.23e-5"),
        (9999.4, "9999"),
        (9999.6, "1e4"),
        (12345, "1.23e4"),
        (-123456, "-1.23e5"),
        (5e-324, "4.94e-324"),
        (math.nan, "NaN"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_values_have_four_digits_and_powers_of_ten_at_the_ends(value: float, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize("printed", ["2.3456", "0.6931", "1.23456", "3e-5", "4.99912e-5", "12345", "0", "NaN", "-0.125"])
def test_what_a_logger_printed_is_shown_as_printed(printed: str) -> None:
    assert format_exact(float(printed)) == printed


@pytest.mark.parametrize(
    ("step", "text"), [(1230, "1,230"), (0.82, "0.82"), (0, "0"), (1e6, "1,000,000"), (1.23456, "1.2346"), (1e-7, "1e-7"), (1e300, "1e300")]
)
def test_steps_have_commas_and_epochs_their_decimals(step: float, text: str) -> None:
    assert format_step(step) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (45, "45 s"),
        (59.6, "59.6 s"),
        (60, "1 min"),
        (723, "12 min 3 s"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
        (-90, "−1 min 30 s"),
        (math.nan, "NaN"),
        (1e300, "1.16e295 d"),
    ],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_moments_are_utc_and_numbers_outside_the_calendar_stay_numbers() -> None:
    assert format_clock(1_769_594_400) == "2026-01-28 10:00:00"
    assert format_clock(1e300) == "1e300"
    assert format_clock(-62_135_596_800) == "0001-01-01 00:00:00" or format_clock(-62_135_596_800).startswith("1-01-01")


def test_names_lose_what_steers_and_keep_what_reads() -> None:
    assert clean_text("rewards/chosen ∂") == "rewards/chosen ∂"
    assert clean_text("a\x00b\x1bc\x7fd\x9be") == "a␀b␛c␡d⟨U+009B⟩e"
    assert clean_text("a\u202eb\u2066c\u200bd\ufeff") == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩d⟨U+FEFF⟩"
    assert clean_text("\ud800") == "⟨U+D800⟩"


def test_long_names_are_cut_in_the_middle_where_they_differ_least() -> None:
    text = clean_text("rewards/" + "x" * 500 + "/margin", 30)
    assert len(text) == 30
    assert text.startswith("rewards/")
    assert text.endswith("/margin")
