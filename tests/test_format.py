"""Numbers, sizes and times as people read them."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from webapp import format as fmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.33412, "2.334"), (0.05, "0.05"), (0.001, "0.001"), (0.00099, "9.9e-4"), (1.2345e-5, "1.23e-5"), (1e-5, "1e-5"), (0, "0"),
        (-1.5, "-1.5"), (9999.4, "9999"), (9999.6, "10,000"), (12_960, "12,960"), (-123_456.7, "-123,457"), (999_999.7, "1e6"),
        (12_345_678, "1.23e7"), (5e-324, "4.94e-324"), (math.nan, "NaN"), (math.inf, "inf"), (-math.inf, "-inf"), (None, "–"),
    ],
)  # fmt: skip
def test_a_number_has_four_digits_and_powers_of_ten_at_the_ends(value, text):
    assert fmt.number(value) == text


@pytest.mark.parametrize("printed", ["2.3456", "0.6931", "1.23456", "3e-5", "4.99912e-5", "12345", "0", "NaN", "-0.125"])
def test_what_a_logger_printed_is_shown_as_printed(printed):
    assert fmt.exact(float(printed)) == printed


@pytest.mark.parametrize(("value", "text"), [(0.25, "+0.25"), (-0.25, "-0.25"), (0, "0"), (None, "–")])
def test_a_change_has_its_sign(value, text):
    assert fmt.change(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1230, "1,230"), (0.82, "0.82"), (0, "0"), (1e6, "1,000,000"), (1.23456, "1.2346"), (1e-7, "1e-7"), (1e300, "1e300"),
        (math.inf, "inf"), (math.nan, "–"), (None, "–"),
    ],
)  # fmt: skip
def test_a_step_has_commas_and_an_epoch_its_decimals(value, text):
    assert fmt.step(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.25, "0.25 s"), (41, "41 s"), (59.6, "59.6 s"), (59.97, "1 min"), (60, "1 min"), (200, "3 min 20 s"), (3600, "1 h"),
        (7500, "2 h 5 min"), (273_600, "3 d 4 h"), (1e300, "1.16e295 d"), (None, "–"), (-3, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_a_duration_has_two_units(seconds, text):
    assert fmt.duration(seconds) == text


def test_time_before_the_start_has_a_sign():
    assert fmt.duration(-90, signed=True) == "-1 min 30 s"


def test_a_moment_is_utc_and_a_number_outside_the_calendar_stays_a_number():
    assert fmt.clock(1_769_594_400) == "2026-01-28 10:00:00"
    assert fmt.clock(1e300) == "1e300"
    assert fmt.clock(-62_135_596_800) == "0001-01-01 00:00:00" or fmt.clock(-62_135_596_800).startswith("1-01-01")


def test_ages_are_told_in_the_largest_unit():
    now = datetime(2026, 1, 28, 10, tzinfo=UTC)
    assert fmt.ago(now - timedelta(seconds=2), now) == "just now"
    assert fmt.ago(now - timedelta(minutes=3), now) == "3 min ago"
    assert fmt.ago(now - timedelta(days=400), now) == "2024-12-24"


@pytest.mark.parametrize(("value", "text"), [(812, "812 B"), (3565158, "3.4 MiB"), (200 * 1024, "200 KiB"), (5 * 1024**4, "5120 GiB")])
def test_a_size_has_binary_units(value, text):
    assert fmt.size(value) == text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("a\x1b[31m\u202eb\x00", "a␛[31m⟨U+202E⟩b␀"), ("rewards/chosen ∂", "rewards/chosen ∂"), ("c\x7fd\x9be", "c␡d⟨U+009B⟩e"),
        ("a\u2066c\u200bd\ufeff", "a⟨U+2066⟩c⟨U+200B⟩d⟨U+FEFF⟩"), ("\ud800", "⟨U+D800⟩"),
    ],
)  # fmt: skip
def test_characters_that_hide_or_turn_text_are_shown_as_marks(text, marked):
    assert fmt.visible(text) == marked
    assert fmt.name(text) == marked


def test_a_name_stands_on_one_line_and_is_cut_in_the_middle_where_names_differ_least():
    assert fmt.name("a\nb\tc") == "a␊b␉c"
    text = fmt.name("rewards/" + "x" * 500 + "/margin", 30)
    assert len(text) == 30
    assert text.startswith("rewards/")
    assert text.endswith("/margin")


@pytest.mark.parametrize(("number", "text"), [(0, "0 points"), (1, "1 point"), (2, "2 points"), (12345, "12,345 points")])
def test_things_are_counted_in_words(number, text):
    assert fmt.counted(number, "point") == text


def test_the_name_of_a_file_leads_nowhere_and_ends_no_header() -> None:
    assert fmt.file_name("sft-lr1e-4", "rewards/chosen") == "sft-lr1e-4_rewards_chosen"
    assert fmt.file_name('../../etc/x"; a=b\r\nSet-Cookie: y', "損失") == "etc_x_a_b_Set-Cookie_y"
    assert fmt.file_name("損失", "-") == "file"
    assert len(fmt.file_name("a" * 500, "b" * 500)) <= 161
