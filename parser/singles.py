"""Lines of their own: neither bars nor parts of a block, a box or a table. Each is a record, a header, an event, a parameter, or noise.

In: such a line, cut off from what a launcher put before it. Out: what `Records`, `Places` and `Notes` make of it. `Shapes` knows what its
numbers mean; a record whose shape is not believed yet is held, one that a redraw may still draw over waits, and so does one whose step
the redraw after it tells. Refuses to know how a log is cut into lines.
"""

import math
from collections.abc import Sequence

import msgspec

from parser.beside import Beside, Waiting
from parser.endings import EndingsState
from parser.headings import HeadingsState
from parser.lines import without_mark
from parser.notes import Notes
from parser.numbers import cut, to_float
from parser.overdrawn import draws_again, may_be_drawn_over, place_of
from parser.places import Places
from parser.plans import Plan
from parser.records import Records
from parser.redraws import Redraws
from parser.shapes import Shape, Shapes

NAN = math.nan


class SinglesState(msgspec.Struct):
    """What the next lines decide."""

    skipping: bool = False  # the next record repeats an earlier one
    drawn: Waiting | None = None  # a record that the next piece may draw over


class Singles:
    """Reads the lines of their own. `dict` is the dict shape seen last."""

    def __init__(
        self, state: SinglesState, shapes: Shapes, places: Places, records: Records, notes: Notes, beside: Beside, redraws: Redraws
    ) -> None:
        self.state = state
        self._shapes = shapes
        self._places = places
        self._records = records
        self._notes = notes
        self._beside = beside
        self._redraws = redraws
        self.dict: Shape | None = None

    def read(self, line: bytes, offset: int, message: bytes, ended: bool) -> None:
        """A line of its own, with its `message` behind a prefix; `ended` by a newline."""
        line = without_mark(line)
        parts = cut(line)
        shape = self._shapes.of_line(line, parts)
        if not ended and shape.plan.kind == "record" and may_be_drawn_over(shape.plan, self._places.state.headed):
            self.state.drawn = Waiting(line, offset, False)
        elif shape.plan.kind != "record":
            self._other(shape.plan, parts[1::2], line, offset)
        elif shape.plan.step >= 0 and self._shapes.echoes(shape, message, b"".join(parts[::2])):
            self._notes.state.noise += 1
        elif self.state.skipping:
            self.state.skipping = False
            self._notes.state.noise += 1
        elif not shape.evidence.believed:
            self._prove(shape, parts[1::2], line, offset)
        else:
            self._shapes.warm(shape, parts, line)
            self._record(shape, parts[1::2], line, offset)

    def drawn(self, piece: bytes) -> None:
        """Reads the record that waited, unless the piece draws it anew."""
        drawn, self.state.drawn = self.state.drawn, None
        if drawn is None:
            return
        shape, _ = self._anew(drawn.line)
        if draws_again(drawn.line, piece, place_of(shape.plan)):
            self._notes.state.noise += 1
        else:
            self.read(drawn.line, drawn.offset, drawn.line, True)

    def _other(self, plan: Plan, nums: list[bytes], line: bytes, offset: int) -> None:
        """A line without a metric: a header, an event, parameters, noise, or not understood."""
        notes, step = self._notes, self._places.state.step
        noise = True
        if plan.kind == "skip":
            self.state.skipping = True
        elif plan.kind == "header" or (plan.kind == "summary" and plan.heads and self._leads_on(plan, nums)):
            self._redraws.full()
            noise = self._header(plan, nums)
        elif plan.kind == "phase":
            self._places.headings.enter(plan.scope, self._places.state.epoch)
        elif plan.kind == "unread":
            noise = notes.event(line, offset, step, self._records.time_of(plan, nums)) or notes.params(line)
        elif plan.kind == "noise":
            self._places.headings.heed_phase(plan)
            notes.event(line, offset, step, self._records.time_of(plan, nums))
            notes.params(line)
        if noise:
            notes.state.noise += 1
        else:
            notes.unread(offset, line)

    def _header(self, plan: Plan, nums: list[bytes]) -> bool:
        """A line says where the lines below it stand. False where a number that its format names is none: lap 0:53 begins."""
        try:
            self._places.header(plan, nums)
        except ValueError:
            return False
        return True

    def _leads_on(self, plan: Plan, nums: list[bytes]) -> bool:
        """True for a line without values of its own that names another epoch than the lines above it."""
        return plan.epoch >= 0 and to_float(nums[plan.epoch]) != self._places.state.epoch

    def _prove(self, shape: Shape, nums: list[bytes], line: bytes, offset: int) -> None:
        """A record whose shape is not believed yet: it waits, or is the evidence that the lines before it waited for."""
        places, headings = self._places.state, self._places.headings
        if shape.plan.known:
            self._places.heed_end(shape.plan, nums)
        now = places.step, places.epoch, places.batch_epoch
        if not self._shapes.prove(shape, nums, (places.step, places.epoch, places.told), places.under):
            headings.heed_waiting(shape.plan, nums)
            if shape.plan.over or (shape.plan.heads and not shape.plan.known):  # Epoch 1/100 | depth: 2, above the lines with the losses
                self._header(shape.plan, nums)
            self._shapes.hold(shape, (offset, line, *now, headings.phase_of(shape.plan, nums)))
            if shape.evidence.count <= 1 and shape.plan.step < 0 and not places.under:
                self._notes.params(line)
            self._notes.unread(offset, line)
            return
        self.release(shape, offset)
        self._record(shape, nums, line, offset)

    def release(self, shape: Shape, until: int) -> None:
        """Reads the lines that waited for their shape to be believed, each where it stood; `until` this offset they waited."""
        places, headings = self._places.state, self._places.headings
        endings = self._places.endings
        heading, ending, now = headings.state, endings.state, (places.step, places.epoch, places.batch_epoch)
        released = self._shapes.release(shape)
        ends = [*(held[0] for held in released[1:]), until]
        for (earlier, text, step, epoch, batch_epoch, phase), end in zip(released, ends, strict=False):
            tokens = cut(text)[1::2]
            if not (kept := self._records.still_open(shape, tokens, phase, earlier)):
                continue
            places.step, places.epoch, places.batch_epoch = step, epoch, batch_epoch
            headings.state, endings.state = HeadingsState(phase, believed=True), EndingsState()
            self._records.add(shape, tokens, earlier, total=self._beside.state.total, only=kept)  # the redraw after it is long gone
            if shape.plan.has_place:
                stands = places.step, places.epoch, places.batch_epoch
                self._shapes.move_held(earlier, end, (step, epoch, batch_epoch), stands)
            self._notes.read_late(earlier)
        headings.state, endings.state, (places.step, places.epoch, places.batch_epoch) = heading, ending, now

    def _record(self, shape: Shape, nums: list[bytes], line: bytes, offset: int) -> None:
        """A record: at once a point, or kept for the redraw that tells its step."""
        if shape.plan.dict_line and shape.plan.step < 0 and self._beside.state.bar:
            self.dict = shape
            self._beside.wait(shape, nums, line, offset)
        else:
            self._records.add(shape, nums, offset, total=self._beside.state.total)

    def settle(self, piece: bytes | None) -> None:
        """Lets go the record that waits, with the step of the redraw after it where there is one."""
        settled = self._beside.settle()
        if settled is None:
            return
        waiting, kept = settled
        shape, nums = kept or self._anew(waiting.line)
        step = self._beside.step_of(piece, shape.plan, nums) if piece is not None and waiting.direct else NAN
        self._records.add(shape, nums, waiting.offset, step, self._beside.state.total)

    def _anew(self, line: bytes) -> tuple[Shape, Sequence[bytes]]:
        """Shape and tokens of a line that waited over a restart."""
        parts = cut(line)
        return self._shapes.of_line(line, parts), parts[1::2]
