"""What a run is doing, case by case."""

import math
from dataclasses import replace

import pytest

from parser.points import Progress
from webapp.ingest.status import Signs, duration_text, reached_text, status_of
from webapp.settings import Settings

SETTINGS = Settings(stall_factor=10, stall_min_s=120, stall_unknown_s=900)
ALIVE = Signs(points=5, lines=9, outcome="", at_end=True, silent_s=1, cadence_s=math.nan, watched=True)
REACHED = replace(ALIVE, reached="All 2,315 steps were reached")


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
    ("signs", "status", "reason"),
    [
        (replace(REACHED, silent_s=59), "running", "The log grows."),
        (replace(REACHED, silent_s=61), "finished", "All 2,315 steps were reached, and nothing was written for 1 min."),
        (replace(REACHED, silent_s=61, cadence_s=30), "running", "The log grows."),
        (replace(REACHED, silent_s=91, cadence_s=30), "finished", "All 2,315 steps were reached, and nothing was written for 2 min."),
        (replace(REACHED, silent_s=7200, watched=False), "finished", "All 2,315 steps were reached, and nothing was written for 2 h."),
        (replace(REACHED, silent_s=61, outcome="failed"), "failed", "The log ends with an error."),
        (replace(REACHED, whole=True), "finished", "The log came whole; all 2,315 steps were reached."),
    ],
)
def test_a_run_that_reached_its_last_step_is_over_after_a_short_silence(signs: Signs, status: str, reason: str) -> None:
    assert status_of(signs, SETTINGS) == (status, reason)


@pytest.mark.parametrize(
    ("silent_s", "cadence_s", "reason"),
    [
        (59, math.nan, "The log grows."),
        (300, math.nan, "Last line 5 min ago."),
        (300, 120, "The log grows."),
        (420, 120, "Last line 7 min ago."),
    ],
)
def test_a_log_grows_only_where_it_grew_lately(silent_s: float, cadence_s: float, reason: str) -> None:
    assert status_of(replace(ALIVE, silent_s=silent_s, cadence_s=cadence_s), SETTINGS) == ("running", reason)


@pytest.mark.parametrize(
    ("told", "epoch", "text"),
    [
        (Progress(2315, 2315, 2.5), 2.5, "All 2,315 steps were reached"),
        (Progress(2314, 2315, 3, 3), 3, ""),
        (Progress(469, 469, 29, 30), 29, ""),  # the bar of an epoch
        (Progress(469, 469, 30, 30), 30, "All 469 steps were reached"),
        (Progress(epoch=30, total_epochs=30), 30, "All 30 epochs were reached"),
        (Progress(epoch=30, total_epochs=30), 29, ""),  # its heading alone
        (Progress(epoch=30, total_epochs=30), math.nan, ""),
        (Progress(200, 40), math.nan, ""),
        (Progress(), 3, ""),
        (Progress(epoch=1, total_epochs=1), 1, "Its only epoch was reached"),
    ],
)
def test_the_end_is_reached_where_all_steps_or_epochs_are_done(told: Progress, epoch: float, text: str) -> None:
    assert reached_text(told, epoch) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (5400, "90 min"), (7200, "2 h"), (200_000, "2 days")]
)
def test_durations_are_told_in_the_largest_unit_that_fits(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
