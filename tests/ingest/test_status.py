"""What a run is doing, case by case."""

import math
from dataclasses import replace

import pytest

from webapp.ingest.status import Signs, duration_text, status_of
from webapp.settings import Settings

SETTINGS = Settings(stall_factor=10, stall_min_s=120, stall_unknown_s=900)
ALIVE = Signs(points=5, lines=9, outcome="", at_end=True, silent_s=1, cadence_s=math.nan, watched=True)


@pytest.mark.parametrize(
    ("signs", "status"),
    [
        (ALIVE, "running"),
        (replace(ALIVE, at_end=False, silent_s=1e9), "running"),
        (replace(ALIVE, outcome="finished"), "finished"),
        (replace(ALIVE, outcome="failed", silent_s=1), "running"),
        (replace(ALIVE, outcome="failed", silent_s=30), "failed"),
        (replace(ALIVE, points=0), "waiting"),
        (replace(ALIVE, points=0, lines=0), "waiting"),
        (replace(ALIVE, silent_s=899), "running"),
        (replace(ALIVE, silent_s=901), "stalled"),
        (replace(ALIVE, silent_s=119, cadence_s=1), "running"),
        (replace(ALIVE, silent_s=121, cadence_s=1), "stalled"),
        (replace(ALIVE, silent_s=599, cadence_s=60), "running"),
        (replace(ALIVE, silent_s=601, cadence_s=60), "stalled"),
        (replace(ALIVE, silent_s=3601, watched=False), "finished"),
        (replace(ALIVE, silent_s=3601), "stalled"),
        (replace(ALIVE, silent_s=13 * 3600), "finished"),
        (replace(ALIVE, silent_s=3601, watched=False, points=0), "finished"),
        (replace(ALIVE, silent_s=3601, watched=False, cadence_s=1800), "running"),
    ],
)
def test_the_status_follows_from_text_and_silence(signs: Signs, status: str) -> None:
    found, reason = status_of(signs, SETTINGS)
    assert found == status
    assert reason.endswith(".")


def test_a_stall_says_how_long_and_what_is_usual() -> None:
    assert status_of(replace(ALIVE, silent_s=1800, cadence_s=60), SETTINGS)[1] == (
        "Nothing was written for 30 min; usually something comes every 1 min."
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (5400, "90 min"), (7200, "2 h"), (200_000, "2 days")]
)
def test_durations_are_told_in_the_largest_unit_that_fits(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
