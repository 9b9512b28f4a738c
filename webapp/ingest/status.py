"""What a run is doing, from what its log says and how long it has been silent. A pure function, so that every case is a test."""

import math
from dataclasses import dataclass
from typing import Literal

from parser.points import Progress
from webapp.format import counted
from webapp.format import step as number_text
from webapp.settings import Settings

Status = Literal["running", "finished", "failed", "stalled", "waiting", "missing"]

QUIET_S = 60.0  # a log that goes on is seldom silent for longer; a slow one for three times its usual silence
FAILED_AFTER_S = 10.0  # a traceback that a program catches is followed by more text sooner than this
OVER_AFTER_S = 3600.0  # silence at the first look that means the run is over
OVER_AFTER_WATCHED_S = 12 * 3600.0  # the same where the log was watched all the while


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a run when its status is asked for.

    points     metrics read so far
    lines      lines read so far
    outcome    what the text says of the end: "finished", "failed" or ""
    at_end     everything in the log has been read
    silent_s   seconds since the log last grew
    cadence_s  usual silence between two pieces of text; nan while unknown
    watched    the log grew at least once while this board watched it
    whole      the log came as one piece, nothing is added to it
    reached    what `reached_text` says of its end
    """

    points: int
    lines: int
    outcome: str
    at_end: bool
    silent_s: float
    cadence_s: float
    watched: bool
    whole: bool = False
    reached: str = ""


def status_of(signs: Signs, settings: Settings) -> tuple[Status, str]:
    """The status, and one sentence that says why."""
    if not signs.at_end:
        return "running", "Its log is being read."
    if signs.outcome == "finished":
        return "finished", "The log says that the training ended."
    if signs.outcome == "failed" and signs.silent_s >= FAILED_AFTER_S:
        return "failed", "The log ends with an error."
    if signs.whole and signs.outcome == "failed":
        return "failed", "The log ends with an error."
    if signs.whole and signs.reached:
        return "finished", f"The log came whole; {signs.reached[0].lower()}{signs.reached[1:]}."
    if signs.whole:
        return "finished", "The log came whole; it does not say how the training ended."
    usual = signs.cadence_s * settings.stall_factor
    limit = max(settings.stall_min_s, usual) if usual == usual else settings.stall_unknown_s
    silence = duration_text(signs.silent_s)
    grows = signs.silent_s < (max(QUIET_S, 3 * signs.cadence_s) if usual == usual else QUIET_S)
    if signs.reached and not grows:  # an evaluation that writes on makes it run again
        return "finished", f"{signs.reached}, and nothing was written for {silence}."
    if signs.silent_s >= max(limit, OVER_AFTER_WATCHED_S if signs.watched else OVER_AFTER_S):
        ended = "no metric was found in it" if not signs.points else "the log does not say how it ended"
        return "finished", f"Nothing was written for {silence}; {ended}."
    if not signs.points:
        return "waiting", f"No metric was found in {counted(signs.lines, 'line')} yet." if signs.lines else "The log is empty so far."
    if signs.silent_s < limit:
        return "running", "The log grows." if grows else f"Last line {silence} ago."
    if usual == usual:
        return "stalled", f"Nothing was written for {silence}; usually something comes every {duration_text(signs.cadence_s)}."
    return "stalled", f"Nothing was written for {silence}."


def reached_text(told: Progress, epoch: float) -> str:
    """ "All 2,315 steps were reached" where `told` says that all there was to do is done; "" where not.

    The steps of a bar that begins anew in every epoch count in the last epoch alone. `epoch` is that of the newest points: an epoch is done
    when its results are printed, not when it is announced.
    """
    if not math.isnan(told.step + told.total_steps):
        done, count, thing = told.step == told.total_steps and not told.epoch <= told.total_epochs - 1, told.total_steps, "step"
    else:
        done, count, thing = epoch >= told.total_epochs, told.total_epochs, "epoch"
    if not done:
        return ""
    return f"All {number_text(count)} {thing}s were reached" if count > 1 else f"Its only {thing} was reached"


def duration_text(seconds: float) -> str:
    """A length of time in its largest fitting unit: 40 s, 12 min, 3 h, 2 days."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= (size if unit == "min" else 2 * size):
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
