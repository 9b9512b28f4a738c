"""A dict line and the bar beside it: the redraw right after the line carries its exact step.

In: records that name no step of their own, and the bare bars (no description, no values) around them. Out: a record with its step, one
piece later. The bar before the line is no evidence: fast runs redraw it late. Refuses bars of evaluations drawn beneath the main one,
and counts that contradict the epochs.
"""

import math
import re
from collections.abc import Sequence

import msgspec

from parser import epochs
from parser.numbers import to_float
from parser.plans import Plan
from parser.shapes import Shape

NAN = math.nan
_BARE = re.compile(rb"^\s*\d{1,3}%\|[^|\r\n]{0,400}\| *(\d+)/(\d+) \[")


class Waiting(msgspec.Struct, array_like=True):
    """A line kept for what comes after it; `direct` where no redraw was cleared before it."""

    line: bytes
    offset: int
    direct: bool


class BesideState(msgspec.Struct):
    """The line that waits, the last bare bar, and what the bars have told."""

    waiting: Waiting | None = None
    cleared: bool = False  # the piece before was blank: a bar was wiped away to print a line
    bar: bytes = b""  # the last bar without description or values
    nested: set[float] = set()  # totals of bars drawn beneath another: evaluations
    total: float = NAN  # of the main bar
    bounds: epochs.Bounds = epochs.ANY


class Beside:
    def __init__(self, state: BesideState) -> None:
        self.state = state
        self._cut: tuple[Shape, Sequence[bytes]] | None = None  # the waiting line, cut already

    def wait(self, shape: Shape, nums: Sequence[bytes], line: bytes, offset: int) -> None:
        """Keeps a record for the redraw after it."""
        state = self.state
        state.waiting, self._cut = Waiting(line, offset, state.cleared), (shape, nums)
        if not state.cleared and (bar := counts(state.bar)) is not None and bar[1] not in state.nested:
            state.total = bar[1]

    def settle(self) -> tuple[Waiting, tuple[Shape, Sequence[bytes]] | None] | None:
        """The record that waited, if any, with its tokens where they are still in memory."""
        waiting, self.state.waiting = self.state.waiting, None
        kept, self._cut = self._cut, None
        return (waiting, kept) if waiting is not None else None

    def step_of(self, piece: bytes, plan: Plan, nums: Sequence[bytes]) -> float:
        """The step that the redraw after a record gives it; nan where it does not fit the epochs seen so far."""
        bar = counts(piece)
        if bar is None or plan.epoch < 0:
            return bar[0] if bar is not None else NAN
        printed = nums[plan.epoch]
        half = 0.005 if len(printed.partition(b".")[2]) <= 2 else 0.0005
        self.state.bounds, fits = epochs.agreed(self.state.bounds, bar[0], to_float(printed), half)
        return bar[0] if fits else NAN

    def main_bar(self) -> tuple[float, float] | None:
        """Count and total of the last bar, where it is the one of the training."""
        state = self.state
        bar = counts(state.bar) if state.bar else None
        if bar is not None and (bar[1] in state.nested or (not math.isnan(state.total) and bar[1] != state.total)):
            return None
        return bar


def counts(piece: bytes) -> tuple[float, float] | None:
    """Count and total of a bare tqdm bar, or None for anything else."""
    found = _BARE.match(piece)
    return (float(found.group(1)), float(found.group(2))) if found is not None else None
