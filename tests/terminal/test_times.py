"""Line times: of lines with points as stored, of the others from the stamp in front of them."""

import math
from datetime import UTC, datetime

import pytest

from webapp.terminal.times import line_times

NAN = math.nan
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC).timestamp()


def clock(times: list[float]) -> list[str]:
    return ["" if math.isnan(time) else datetime.fromtimestamp(time, UTC).strftime("%H:%M:%S") for time in times]


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-28 12:00:07,123 INFO saving checkpoint",
        "[2026-01-28 12:00:07] saving checkpoint",
        "2026-01-28T12:00:07Z saving checkpoint 3",
        "[rank0]: 2026-01-28 12:00:07 saving",
        "ts=2026-01-28T12:00:07Z level=info msg=saved",
        "01/28/2026 12:00:07 - INFO - __main__ - saving",
        "\x1b[32m2026-01-28 12:00:07\x1b[0m saving",
    ],
)
def test_a_line_without_a_point_has_the_time_it_begins_with(line):
    assert int(line_times([line], [NAN])[0]) == NOON + 7


def test_a_point_goes_before_the_text_and_a_clock_takes_its_date_from_the_lines_around():
    lines = ["12:00:05 | loading", "loss 3", "12:00:09 | saving", "no time", "00:00:01 | after midnight"]
    assert clock(line_times(lines, [NAN, NOON + 7, NAN, NAN, NAN])) == ["12:00:05", "12:00:07", "12:00:09", "", "00:00:01"]
    assert line_times(lines, [NAN, NOON + 7, NAN, NAN, NAN])[-1] == NOON + 12 * 3600 + 1


def test_a_clock_without_any_date_and_a_time_inside_the_message_tell_nothing():
    lines = ["12:00:05 | loading", "finished at 2026-01-28 12:00:07", " 50%|##   | 5/10 [00:06<00:06, 1.2it/s]", "ratio 3:05", ""]
    assert clock(line_times(lines, [NAN] * 5)) == [""] * 5
