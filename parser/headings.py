"""Headings: the phase that a line names for the lines below it, where the log tells where they end.

In: lines that are a heading (`Validation:`, `Epoch 35 - Validation`) and the records after them. Out: the phase of a record that names
none. An evaluation is believed only in a log that tells its end, too: by a heading of training, or by places. Refuses to know where on the
x axis a record stands.
"""

import math
from collections.abc import Sequence

import msgspec

from parser.names import canonical
from parser.numbers import to_float
from parser.phases import EVALUATIONS, phases_of
from parser.plans import Plan

NAN = math.nan


class HeadingsState(msgspec.Struct):
    """The heading in force, and what the log has shown of headings."""

    phase: str = ""  # for lines that tell no place: val, eval or test
    believed: bool = False  # the log tells where the lines of the heading end
    epoch: float = NAN  # at which the heading stands, nan where none was told; inf below lines that tell no place
    drawn: bool = False  # a bar below the heading has got full, or was none of it
    evaluated: float = NAN  # total of a bar of the evaluation that has got full, before the log has told any place
    hint: str = ""  # the phase of the loss that was the one value of the line before: Val loss: 75.2
    hint_loss: float = NAN
    tested: str = ""  # the phase of the evaluation that the lines directly above were of
    summed: float = NAN  # epoch of which a line of its own told the training's means: it is over
    named: bool = False  # a heading of training has come
    trained: bool = False  # training was named since the last other heading, or a line or a bar of it told its place


class Headings:
    def __init__(self, state: HeadingsState) -> None:
        self.state = state

    @property
    def phase(self) -> str:
        """The phase that a heading above names for the lines that stand here; "" where none does."""
        return self.state.phase if self.state.believed else ""

    def enter(self, phase: str, epoch: float) -> None:
        """A heading that names the phase of the lines below it, and no place."""
        state = self.state
        state.epoch, state.drawn, state.evaluated, state.hint = epoch, False, NAN, ""
        if phase == "train":
            state.phase, state.trained, state.named = "", True, True
        else:
            state.believed = state.trained or (state.believed and state.phase != "")
            state.phase, state.trained = phase, False

    def place(self, phase: str, epoch: float) -> None:
        """A header line, which names a place and maybe the phase of the lines below it."""
        state = self.state
        state.phase, state.epoch, state.hint = phase, epoch, ""
        state.trained, state.believed, state.drawn = True, True, False

    def leave(self) -> None:
        """Lines of training that tell their places."""
        state = self.state
        state.phase, state.trained, state.hint, state.tested = "", True, "", ""

    def heed(self, plan: Plan, epoch: float) -> None:
        """What a record says of the heading above it: one that tells its place ends it, unless all of them tell the same epoch only."""
        state = self.state
        if plan.has_place:
            same = math.isnan(state.epoch) or epoch == state.epoch
            if state.phase and same and plan.step < 0 and plan.batch < 0 and not plan.dict_line:
                state.epoch = epoch
            else:
                state.phase, state.epoch, state.trained = "", NAN, True
        else:
            state.epoch = math.inf
        if plan.scope or state.tested:
            self.heed_phase(plan)
        if plan.sums:
            state.summed = epoch
        state.trained = state.trained or plan.trains

    def heed_phase(self, plan: Plan) -> None:
        """What a line says of the evaluation that goes on, in a log that ends it with `* MAE 3.2`."""
        if plan.scope in EVALUATIONS:
            self.state.tested = plan.scope
        elif plan.has_place or plan.trains:
            self.state.tested = ""

    def heed_waiting(self, plan: Plan, nums: Sequence[bytes]) -> None:
        """A record that is not believed yet: it tells no place, and ends a heading as if it were."""
        self.heed(plan, to_float(nums[plan.epoch]) if plan.epoch >= 0 else NAN)

    def holds(self, plan: Plan, nums: Sequence[bytes], totals: set[float]) -> bool:
        """True for a counter of the evaluation that the heading above names: its total is none of the training's `totals`."""
        if not self.phase or self.state.epoch == math.inf or plan.epoch >= 0:
            return False
        slot = plan.total if plan.step >= 0 else plan.batches
        known = {total for total in totals if not math.isnan(total)}
        return slot >= 0 and bool(known) and to_float(nums[slot]) not in known

    def begins_again(self, plan: Plan, epoch: float, total: float, known: float) -> bool:
        """True for a counter of batches in an epoch of which the training is summed up, where its total is not the training's (`known`):
        it is of the validation."""
        again = plan.batch >= 0 and not plan.scope and epoch == self.state.summed and not math.isnan(total) and total != known
        if again:
            self.state.phase, self.state.believed = "val", True
        return again

    def phase_of(self, plan: Plan, nums: Sequence[bytes]) -> str:
        """The phase of a record by the lines above it: of the lines that it ends, of the loss that it repeats, or of the heading."""
        if plan.starred and not plan.has_place and self.state.tested:
            return self.state.tested
        return self._hinted(plan, nums) or self.phase

    def _hinted(self, plan: Plan, nums: Sequence[bytes]) -> str:
        """The phase of a record that tells neither place nor phase, where it repeats the loss that the line before it named by its phase:
        `Val loss: 75.23456` / `l1: 0.8 kl: 7.4 loss: 75.235`, as ACT prints it."""
        hint, loss = self.state.hint, self.state.hint_loss
        self.state.hint = ""
        if plan.has_place or not (losses := [value for value in plan.values if "loss" in value.key.lower()]):
            return ""
        phases = phases_of(losses[0].key)
        if len(plan.values) == 1 and len(phases) == 1:
            self.state.hint, self.state.hint_loss = next(iter(phases)), to_float(nums[losses[0].slot])
            return ""
        again = any(canonical(value.key) == "loss" and math.isclose(to_float(nums[value.slot]), loss, rel_tol=1e-3) for value in losses)
        return hint if again and hint != "train" else ""
