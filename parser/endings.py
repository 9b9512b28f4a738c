"""Lines that tell the end of an epoch (`Epoch 3 finished`): to which epoch belongs what stands above them, and what below.

In: such lines, those that begin an epoch, and the records between them. Out: whether a record begins the next epoch. What was told above
the end is of the next epoch when it is told again below it; anything else, as an evaluation, is still of the one that has ended. A log
that tells the results of an epoch below its end tells nothing above the first one.
"""

import math

import msgspec

from parser.plans import Plan

KINDS_LIMIT = 64


class EndingsState(msgspec.Struct):
    """The epoch whose end was told last, nan once the next has begun; and what the log has told above such ends."""

    closed: float = math.nan
    kinds: set[str] = set()
    begun: bool = False  # the log tells the begins of epochs, too
    last: float = math.nan  # the epoch after which one has begun that no line told
    often: bool = False  # its end was told once more: the lines are of its time, and end nothing


class Endings:
    def __init__(self, state: EndingsState) -> None:
        self.state = state

    def begin(self) -> None:
        """A line tells that an epoch begins."""
        state = self.state
        state.closed, state.kinds, state.begun = math.nan, set(), True

    def end(self, epoch: float) -> None:
        """A line tells that this epoch has ended."""
        state = self.state
        state.often = state.often or epoch == state.last
        state.closed = math.nan if state.often else epoch

    def next_begins(self, plan: Plan, phase: str, epoch: float) -> bool:
        """True for the first record of an epoch whose begin no line tells.

        phase  that a heading above names
        epoch  that was told last; where it is not the one that ended, the log tells its epochs otherwise
        """
        state = self.state
        kind = f"{phase}/{plan.scope}/{plan.values[0].key}" if plan.values else ""
        if math.isnan(state.closed) or state.closed != epoch:
            state.closed = math.nan
            if len(state.kinds) < KINDS_LIMIT:
                state.kinds.add(kind)
            return False
        if kind in state.kinds and not (plan.has_place and state.begun):
            state.closed, state.last = math.nan, state.closed
            return True
        return False
