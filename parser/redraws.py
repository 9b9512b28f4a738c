"""Bars to points: what the frames of progress bars with a description or values become.

In: bars taken apart, one frame after the other. Out: points, where `Frames` is certain of a value, and rows of tables that are drawn as
bars. A full Keras bar waits for the next line, because validation redraws it with more values; without a header above it, it is an
evaluation and no point.
"""

import math
import re
from collections.abc import Sequence

from parser.bars import Bar
from parser.beside import Beside
from parser.frames import BarState, Found, Frame, Frames, next_epoch, same
from parser.notes import Notes
from parser.numbers import NUMBER_MARK, cut, kind_of, scaled, to_float
from parser.phases import EVALUATIONS, phases_of, takes_phase
from parser.places import Places
from parser.plans import Plan
from parser.records import Records, rank_of
from parser.series import BAR, Registry
from parser.shapes import Shapes
from parser.tables import Tables

NAN = math.nan
_DASHED = re.compile(rb"([A-Za-z_]\w{0,60}) - (?=[-+]?[\d.])")  # dice_loss - 0.61, as segmentation_models.pytorch has it
_EPOCHS = b"\x00epochs"  # ends the keys of bars that count epochs
SHORTER = 0.6  # of the training's bar, the most that the bar of its evaluation is


class Redraws:
    def __init__(
        self,
        shapes: Shapes,
        frames: Frames,
        tables: Tables,
        records: Records,
        places: Places,
        series: Registry,
        beside: Beside,
        notes: Notes,
    ) -> None:
        self._shapes, self._frames, self._tables, self._records = shapes, frames, tables, records
        self._places, self._series, self._beside, self._notes = places, series, beside, notes

    def see(self, bar: Bar, piece: bytes, offset: int, ended: bool, nested: bool = False) -> None:
        """One frame of a bar; `ended` where a newline follows it, `nested` where it is drawn beneath another."""
        self._notes.state.bars += 1
        if bar.kind == "keras":
            self._keras(bar, offset, ended)
            return
        if bar.kind == "tqdm" and not bar.desc.strip() and not bar.postfix:
            if nested:
                self._beside.state.nested.add(bar.total)
            else:
                self._beside.state.bar = piece
                self.drawn(bar.n, bar.total)
            return
        desc = bar.desc.strip(b" :\r")
        if self._tables.state.moving is not None and not self._tables.same_row(desc):
            self.moved()
        if not bar.postfix and b"  " in desc.strip() and self._tables.move(desc, offset, bar.n == bar.total):
            return
        line = desc + b" | " + _DASHED.sub(rb"\1: ", bar.postfix) if bar.postfix else desc
        parts = cut(line)
        plan, nums = self._shapes.of_bar(line, parts).plan, parts[1::2]
        if plan.format != "generic" and any(kind_of(token) != NUMBER_MARK for token in plan.tokens(nums)):
            return
        epoch = self._epoch(plan.epoch, plan.epochs, nums)
        if not plan.values:
            if phases_of(desc.decode("utf-8", "replace")) - {"train"}:
                self.drawn(bar.n, bar.total)
            return
        of = (epoch, to_float(nums[plan.epochs]) if plan.epochs >= 0 else NAN)
        if plan.step >= 0:
            bar.n, bar.told, of = to_float(nums[plan.step]), True, (NAN, NAN)
        key = b"\x00".join(cut(desc)[::2]) + rank_of(plan, nums).encode() + (_EPOCHS if bar.epochs else b"")
        values = {value.key: nums[value.slot] for value in plan.values}
        known = self._frames.state.bars.get(key)
        texts = self._notes.state.lines - self._notes.state.bars
        phase = self._phase(plan, key, bar, values, texts)
        other = known is not None and not same(known.total, bar.total) and not values.keys() & known.early
        if other:  # another bar of the same description: the evaluation of the epoch
            key += b"\x00".join(name.encode() for name in sorted(values))
        frame = Frame(line, offset, values, phase, each=self._frames.beneath(_EPOCHS) if bar.epochs else NAN)
        evaluated = all(phases_of(name) and "train" not in phases_of(name) for name in values)
        by_names = plan.epoch < 0 and evaluated
        of_epoch = evaluated and not bar.postfix and plan.epochs >= 0 and of[1] != bar.total  # Epoch [1/3] val loss: 0.4, no bar of epochs
        told = phase != "" or plan.scope in EVALUATIONS or (other and all(phases_of(name) for name in values)) or of_epoch
        if told or by_names:  # the bar of an evaluation: it stands where the training is
            for found in self._frames.flush_full():
                self._found(found)
            if not math.isnan(self._places.state.step):
                frame.beside = self._places.state.step, self._places.state.epoch
                goes_on = phase != "" or plan.scope != "" or not by_names  # else it was wiped, and its last values count
                frame.part = goes_on and bar.n != bar.total and not math.isnan(bar.total)
        key += phase.encode()
        heading = self._places.headings.state
        heading.drawn = heading.drawn or phase == "" or bar.n == bar.total
        for found in self._frames.see(key, bar, frame, of, ended, texts):
            self._found(found)

    def drawn(self, n: float, total: float) -> None:
        """A bar without values: under a heading the evaluation may be over with it, though no training was seen yet."""
        if n == total and math.isnan(self._places.state.step) and self._places.headings.phase:
            self._places.headings.state.evaluated = total

    def moved(self) -> None:
        """The row of a bar that is no longer redrawn is a row of its table."""
        row = self._tables.settle()
        if row is not None:
            self._records.add_row(row, self._tables.state.format or "table")

    def full(self) -> None:
        """The full Keras bar of an epoch becomes a record."""
        frame, self._frames.state.keras = self._frames.state.keras, None
        if frame is None:
            return
        places, told = self._places.state, self._frames.state.told
        parts = cut(frame.line)
        shape = self._shapes.of_bar(frame.line, parts, "keras")
        if not places.header and b"val_" not in frame.line:
            return
        nums = parts[1::2]
        values = {value.key: nums[value.slot] for value in shape.plan.values}
        fuller = not places.header and told and all(values.get(key) == token for key, token in told.items())
        self._frames.state.told = values
        places.header = False
        fresh = [value for value in shape.plan.values if value.key not in told] if fuller else None
        self._records.add(shape, nums, frame.offset, only=fresh)  # the same epoch again brings the values of its validation

    def finish(self) -> None:
        """The log has ended: what still waits becomes points."""
        self.full()
        self.moved()
        for found in self._frames.flush():
            self._found(found)

    def _keras(self, bar: Bar, offset: int, ended: bool) -> None:
        if self._frames.state.keras is not None and bar.n != bar.total:
            self.full()
        if bar.running or bar.n != bar.total or not bar.postfix.strip():
            return
        self._frames.state.keras = Frame(bar.postfix, offset, {})
        if ended:
            self.full()

    def _epoch(self, slot: int, total_slot: int, nums: Sequence[bytes]) -> float:
        """The epoch that a bar's description names; nan where it names none."""
        if slot < 0:
            return NAN
        epoch = to_float(nums[slot])
        self._places.state.epoch = epoch
        if total_slot >= 0:
            self._places.state.epochs = to_float(nums[total_slot])
        return epoch

    def _phase(self, plan: Plan, key: bytes, bar: Bar, values: dict[str, bytes], texts: int) -> str:
        """The phase of a bar which names none: that of the heading above, unless the bar was there before, or `val` by its length."""
        places, heading, bars = self._places.state, self._places.headings.state, self._frames.state.bars
        phase = self._places.headings.phase if places.headed or heading.named else ""  # else the end of the heading is not told
        if plan.scope or plan.trains or not takes_phase(plan.values):
            return ""
        known, below = bars.get(key), bars.get(key + phase.encode())
        if not phase:
            return "val" if known is not None and self._evaluates(known, bar, values) else ""
        if known is None or not same(known.total, bar.total):
            return "" if heading.evaluated <= SHORTER * bar.total else phase
        if plan.epoch >= 0 or math.isnan(bar.total) or known.n != known.total:
            return ""
        if below is not None and (bar.n >= below.n if below.n != below.total else bar.n == below.n and below.closed < 0):
            return phase  # it goes on
        begun = bar.n < bar.total or next_epoch(known, values, texts + self._frames.state.closings)
        return phase if begun and not heading.drawn else ""

    def _evaluates(self, known: BarState, bar: Bar, values: dict[str, bytes]) -> bool:
        """True for a bar of the same description and values that is much shorter than the one that has just got full.

        Without a header above, and before the two have come in turn, it may be a second training.
        """
        places = self._places.state
        beside = places.batch_epoch == places.epoch if places.headed else known.cycles >= 2
        alike = values.keys() == known.early and math.isnan(known.epoch) and beside
        return alike and known.n == known.total and bar.total <= SHORTER * known.total

    def _found(self, found: Found) -> None:
        """A frame that is a point."""
        if found.frame.part:
            return
        parts = cut(found.frame.line)
        plan, nums = self._shapes.of_bar(found.frame.line, parts).plan, parts[1::2]
        rank = rank_of(plan, nums)
        chosen = [value for value in plan.values if value.key in found.keys]
        scope = plan.scope or found.frame.phase
        each, of_epochs = found.frame.each, not math.isnan(found.frame.each)
        grain = "epoch" if of_epochs else "bar"
        members = tuple(self._series.find(rank, scope, value.key, grain, plan.format) for value in chosen)
        values = [scaled(to_float(nums[value.slot]), value.scale) for value in chosen]
        latest = self._frames.state.latest
        offset = max([found.frame.offset, *(latest.get(member, -1) + 1 for member in members)])  # two of one offset have no order
        latest.update(dict.fromkeys(members, offset))
        if found.frame.beside is not None:
            self._series.group(members).rows.append((found.frame.beside[0], found.frame.beside[1], NAN, offset, *values))
            self._notes.count(plan.format)
            return
        step, epoch = (found.step * each, found.step) if of_epochs else (found.step, found.epoch)
        self._series.group(members).rows.append((step, epoch, NAN, offset, *values))
        for member in members:
            if member >= 0:
                self._series.place(member, BAR)
        if not (math.isnan(found.step) or scope in EVALUATIONS or of_epochs):
            self._places.at(found.step, found.epoch)
            headed = math.isnan(found.epoch) and self._places.state.headed  # Epoch 3/19, and a bar that does not name it
            self._places.state.batch_epoch = self._places.state.epoch if headed else found.epoch
            if not math.isnan(found.total):
                self._places.state.batches = found.total
                self._places.state.runs_through = math.isnan(found.epoch) or found.through
        self._notes.count(plan.format)
