"""Where on the x axis a record stands: step and epoch from the line, from the counter inside the epoch, or from the lines before.

In: the plan of a line and its number tokens. Out: step, epoch and where the step came from. Remembers the last place of the log
(`Context`), and per kind of line how the counter inside the epoch behaves: it falls back with each epoch, or runs through.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from parser.endings import Endings, EndingsState
from parser.headings import Headings, HeadingsState
from parser.numbers import to_float
from parser.phases import EVALUATIONS
from parser.plans import Plan
from parser.points import Floats
from parser.series import BAR, CONTEXT, EPOCH_AND_BATCH, LINE, NOWHERE
from parser.tables import Row

NAN = math.nan


class CounterState(msgspec.Struct, array_like=True):
    """A counter that may start again with each epoch: last epoch and count, steps before this epoch, and whether it runs through."""

    epoch: float = NAN
    count: float = NAN
    before: float = 0.0
    origin: float = 1.0  # number of the first epoch: 0 or 1
    through: bool = False
    single: bool = True  # this epoch had one count only


class PlacesState(msgspec.Struct):
    """The last place the log told, how far the run is, and the counters by kind of line."""

    step: float = NAN
    left: float = NAN  # the last step before an epoch that has none yet
    epoch: float = NAN
    batch_epoch: float = NAN
    total: float = NAN
    epochs: float = NAN
    batches: float = NAN  # of an epoch; `runs_through` where the counter of batches goes on over the epochs
    runs_through: bool = False
    origin: float = 1.0
    told: int = 0  # records that told their place
    under: bool = False  # the last place was told by a header line
    header: bool = False  # a header line stands above, not yet used
    headed: bool = False  # header lines tell the epoch
    over: bool = False  # the last of them told the end of its epoch: no counter below it is of that one
    printed: float = NAN  # the last step printed in a line, and its distance to the one before
    distance: float = NAN
    rounded: bool = False
    counters: dict[str, CounterState] = {}
    headings: HeadingsState = msgspec.field(default_factory=HeadingsState)
    endings: EndingsState = msgspec.field(default_factory=EndingsState)


class Places:
    def __init__(self, state: PlacesState) -> None:
        self.state = state
        self.headings = Headings(state.headings)
        self.endings = Endings(state.endings)

    def of(self, plan: Plan, nums: Sequence[bytes], rank: str) -> tuple[float, float, int]:
        """Step, epoch and source of a record; the place is remembered for the lines after it."""
        state = self.state
        self.heed_end(plan, nums)
        if state.headings.phase and self.headings.holds(plan, nums, {state.total, state.batches}):
            return state.step, state.epoch, CONTEXT if not math.isnan(state.step) else NOWHERE
        epoch = to_float(nums[plan.epoch]) if plan.epoch >= 0 else NAN
        if state.over or state.under:
            state.over, state.under = state.over and plan.epoch < 0, state.under and not plan.has_place
        state.told += plan.has_place
        self.headings.heed(plan, epoch)
        if plan.epochs >= 0:
            state.epochs = to_float(nums[plan.epochs])
        if plan.step >= 0 and not math.isnan(step := to_float(nums[plan.step])):
            if plan.scope in EVALUATIONS and not plan.dict_line and state.batch_epoch == epoch and step < state.step:
                return self._epoch_only(epoch)  # a counter of its own: Epoch 0 | Validation | Steps: 20
            if plan.total >= 0:
                state.total = to_float(nums[plan.total])
            return self._stepped(plan, step, epoch, rank)
        if plan.batch >= 0:
            total = to_float(nums[plan.batches]) if plan.batches >= 0 else NAN
            if plan.scope in EVALUATIONS or self.headings.begins_again(plan, epoch, total, state.batches):
                return self._epoch_only(epoch)
            if plan.epoch < 0 and (state.over or math.isnan(epoch := state.epoch)):
                state.total = total
                return self._stepped(plan, to_float(nums[plan.batch]), NAN, rank)
            return self._batched(plan, to_float(nums[plan.batch]), total, epoch, rank)
        if plan.epoch >= 0:
            if plan.dict_line and (plan.fractional_epoch or state.batch_epoch != epoch):
                state.epoch = epoch
                return NAN, epoch, NOWHERE
            return self._epoch_only(epoch)
        if state.under and not math.isnan(state.step):
            state.batch_epoch = state.epoch  # the counter of the header above carries values
        return state.step, state.epoch, CONTEXT if not math.isnan(state.step) else NOWHERE

    def through(self, plan: Plan, steps: Floats, epochs: Floats | None, totals: bytes | None) -> None:
        """Remembers the last place of a run of lines that all told their step."""
        state = self.state
        state.told += len(steps)
        state.under = False
        self.headings.leave()
        self.headings.heed_phase(plan)
        if totals is not None:
            state.total = to_float(totals)
        changed = np.flatnonzero(steps[1:] != steps[:-1])
        last = float(steps[-1])
        if len(changed):
            state.distance = last - float(steps[changed[-1]])
        elif last != state.printed:
            state.distance = last - state.printed
        state.printed = state.step = last
        if epochs is not None and not math.isnan(epochs[-1]):
            state.epoch = state.batch_epoch = float(epochs[-1])

    def header(self, plan: Plan, nums: Sequence[bytes]) -> None:
        """A line that only says where the lines below it stand, and maybe of which evaluation they are. Raises ValueError."""
        slots = (plan.epoch, plan.epochs, plan.step, plan.total)
        epoch, epochs, step, total = (to_float(nums[slot]) if slot >= 0 else NAN for slot in slots)
        state = self.state
        state.under = True
        if plan.epoch >= 0 and plan.epochs >= 0:
            state.header = True
        if plan.epoch >= 0:
            if epoch == 0:
                state.origin = 0.0
            if plan.over:
                self._end(epoch)
            elif not plan.scope:
                self.endings.begin()
            counted = math.isnan(state.batch_epoch) or (state.origin == 0 and epoch == state.batch_epoch + 1)  # those that are over
            if epoch != state.batch_epoch and not (plan.scope and counted):
                self._leave()  # but an evaluation stands where the training is
            state.epoch = epoch
            state.over = plan.over
            state.headed = state.headed or not (plan.scope or plan.over)
        self.headings.place("" if plan.over else plan.scope, state.epoch)
        if plan.epoch >= 0 and plan.epochs >= 0:
            state.epochs = epochs
        if plan.step >= 0:
            state.step = step
            if plan.total >= 0:
                state.total = total
            if epoch.is_integer():
                state.step += self._in_epoch(plan, step, epoch, plan.rank_text)
            elif plan.total >= 0 and state.headed and state.epoch.is_integer():
                state.step += self._under_header(plan, step, plan.rank_text)
            state.batch_epoch = NAN if plan.weak_step else state.epoch  # a batch may be of the training or of an evaluation

    def heed_end(self, plan: Plan, nums: Sequence[bytes]) -> None:
        """What a record says of the end of an epoch: it tells one, or the next begins with it."""
        state, ended = self.state, self.endings.state.closed
        if plan.over:
            self._end(to_float(nums[plan.epoch]))
        if plan.epoch >= 0 or (plan.has_place and math.isnan(ended) and not math.isnan(state.epoch)):
            return
        if self.endings.next_begins(plan, self.headings.phase, state.epoch) and ended != state.epochs:
            self._leave()
            state.epoch, state.over, state.headed = ended + 1, False, True

    def _end(self, epoch: float) -> None:
        """The end of an epoch is told. The counters above the first one are of it."""
        state = self.state
        self.endings.end(epoch)
        if math.isnan(state.epoch) and not math.isnan(state.step):
            state.batch_epoch = epoch
        for what in ("batch", "header"):
            counter = self._counter(Plan(), "", what)
            if math.isnan(state.epoch) and math.isnan(counter.epoch):
                counter.epoch, counter.count = epoch, state.step

    def of_row(self, row: Row) -> tuple[float, float, int]:
        """Step, epoch and source of a table's row; a row without either stands where the log stands."""
        state = self.state
        if not math.isnan(row.step):
            self.at(row.step, row.epoch)
            state.batch_epoch = row.epoch
            return row.step, row.epoch, LINE
        if not math.isnan(row.epoch):
            if not math.isnan(row.total):
                state.epochs = row.total
            return self._epoch_only(row.epoch)
        return state.step, state.epoch, NOWHERE if math.isnan(state.step) else CONTEXT

    def at(self, step: float, epoch: float) -> None:
        """Remembers a place that a bar told."""
        self.state.step, self.headings.state.trained = step, True
        if not math.isnan(epoch):
            self.state.epoch = epoch

    def _epoch_only(self, epoch: float) -> tuple[float, float, int]:
        state = self.state
        if epoch == 0:
            state.origin = 0.0
        if not math.isnan(state.step) and state.batch_epoch == epoch:
            state.epoch = epoch
            return state.step, epoch, CONTEXT
        state.epoch = epoch
        if state.batch_epoch != epoch:
            self._leave()
        return NAN, epoch, NOWHERE

    def _leave(self) -> None:
        """The epoch that begins here has no step yet."""
        state = self.state
        state.left = state.left if math.isnan(state.step) else state.step
        state.step = NAN

    def _counter(self, plan: Plan, rank: str, what: str) -> CounterState:
        key = f"{rank}/{plan.scope}/{what}"
        found = self.state.counters.get(key)
        if found is None:
            found = self.state.counters[key] = CounterState(origin=self.state.origin)
        return found

    def _stepped(self, plan: Plan, step: float, epoch: float, rank: str) -> tuple[float, float, int]:
        state = self.state
        source = LINE
        if plan.step_scale != 1.0 or state.rounded:
            state.rounded = True
            step = self._exact(step * plan.step_scale, plan.step_scale)
        elif step != state.printed:
            state.distance = step - state.printed
            state.printed = step
        if epoch.is_integer() and not plan.dict_line:
            if before := self._in_epoch(plan, step, epoch, rank):
                step, source = step + before, EPOCH_AND_BATCH
            state.batch_epoch = epoch
        elif math.isnan(epoch) and state.headed and not state.over and not plan.dict_line and state.epoch.is_integer():
            before = self._under_header(plan, step, rank)
            if before:
                step, source = step + before, EPOCH_AND_BATCH
            state.batch_epoch = epoch = state.epoch
        elif math.isnan(epoch) and plan.weak_step and (before := self._between_epochs(plan, step, rank)):
            step, source = step + before, EPOCH_AND_BATCH
        state.step = step
        if not math.isnan(epoch):
            state.epoch = state.batch_epoch = epoch
        return step, epoch, source

    def _in_epoch(self, plan: Plan, step: float, epoch: float, rank: str) -> float:
        """Steps before the epoch of the same line, for a counter that falls back with each epoch; 0 for one that runs through."""
        counter = self._counter(plan, rank, "step")
        if math.isnan(counter.epoch):
            counter.before = 0.0
        elif epoch > counter.epoch and fell_back(counter, step):
            counter.before += counter.count + (1 if step == 0 else 0)
        elif epoch < counter.epoch:
            counter.before = 0.0
        counter.single = epoch != counter.epoch or (counter.single and step == counter.count)
        counter.epoch, counter.count = epoch, step
        return counter.before

    def _under_header(self, plan: Plan, step: float, rank: str) -> float:
        """Steps before the epoch of the header above, for a counter that falls back with each header; 0 for one that runs through."""
        state = self.state
        counter = self._counter(plan, rank, "header")
        if plan.scope in EVALUATIONS:
            return self._counter(Plan(), rank, "header").before
        if not math.isnan(counter.epoch) and state.epoch > counter.epoch and step <= counter.count:
            length = state.total if plan.total >= 0 else counter.count + (1 if step == 0 else 0)
            counter.before += length
        elif state.epoch < counter.epoch:
            counter.before = 0.0
        counter.epoch, counter.count = state.epoch, step
        if counter.before and plan.total >= 0:
            state.batches, state.runs_through, state.total = state.total, False, NAN
        return counter.before

    def _between_epochs(self, plan: Plan, step: float, rank: str) -> float:
        """Steps before the epoch, for a counter that has fallen back since a line told the results of another one; else 0."""
        if plan.scope in EVALUATIONS:
            return 0.0
        state, counter = self.state, self._counter(plan, rank, "between")
        if fell_back(counter, step) and not (counter.epoch >= state.epoch or math.isnan(state.epoch)):
            counter.before += counter.count
        counter.epoch, counter.count = state.epoch, step
        return counter.before

    def _exact(self, printed: float, unit: float) -> float:
        """A rounded step (17K) made exact by the distance of the unrounded ones before it, while the two agree."""
        state = self.state
        guess = state.printed + state.distance
        step = guess if unit > 1.0 and abs(guess - printed) <= unit else printed
        if unit == 1.0:
            state.distance = step - state.printed
        state.printed = step
        return step

    def _batched(self, plan: Plan, count: float, total: float, epoch: float, rank: str) -> tuple[float, float, int]:
        state = self.state
        if epoch == 0:
            state.origin = 0.0
        counter = self._counter(plan, rank, "batch")
        if math.isnan(counter.epoch):
            counter.origin = float(plan.base) if plan.base >= 0 else state.origin
        if epoch == 0:
            counter.origin = 0.0
        if math.isnan(total):
            if not math.isnan(counter.epoch) and epoch > counter.epoch and fell_back(counter, count):
                counter.before += counter.count
            elif not math.isnan(counter.epoch) and epoch < counter.epoch:
                counter.before = 0.0
            counter.single = epoch != counter.epoch or (counter.single and count == counter.count)
            step = counter.before + count
        else:
            if not math.isnan(counter.epoch) and epoch > counter.epoch and count > counter.count and count < total:
                counter.through = True
            elif count < counter.count:
                counter.through = False
            step = count if counter.through else (epoch - counter.origin) * total + count
            state.batches, state.runs_through = total, counter.through
        counter.epoch, counter.count = epoch, count
        state.step, state.epoch, state.batch_epoch = step, epoch, epoch
        return step, epoch, EPOCH_AND_BATCH


def fell_back(counter: CounterState, count: float) -> bool:
    """True where a counter has begun again with the epoch: it shows less, or the same where each epoch shows one count only."""
    return count < counter.count or (count == counter.count and counter.single)


__all__ = ["BAR", "Places", "PlacesState"]
