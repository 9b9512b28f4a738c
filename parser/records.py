"""Records to points: the numbers of a line whose meaning is known become one row of the series they belong to.

In: a shape with its plan, the number tokens of a line (or of a run of lines, by column), the byte offset. Out: rows in the registry of
series, with the place and the time at which they stand. Refuses to decide whether a line is a record.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from parser.names import is_metric_word
from parser.notes import Notes
from parser.numbers import scaled, to_float
from parser.phases import phases_of, takes_phase
from parser.places import Places
from parser.plans import Plan, Value
from parser.points import Floats, Ints
from parser.series import BAR, LINE, NOWHERE, Group, Registry
from parser.shapes import Shape
from parser.tables import Row
from parser.times import seconds_of

NAN = math.nan
LABELS_MOST = 4096  # keys whose first line is remembered


class RecordsState(msgspec.Struct):
    """The time of the last line that had one, and the epoch of the summary at the end of a run.

    labels  by rank and key, what the line that had the key first was called
    """

    time: float = NAN
    last_epoch: float = NAN
    labels: dict[str, str] = {}


class Records:
    def __init__(self, state: RecordsState, series: Registry, places: Places, notes: Notes) -> None:
        self.state = state
        self._series = series
        self._places = places
        self._notes = notes

    def add(
        self, shape: Shape, nums: Sequence[bytes], offset: int, bar_step: float = NAN, total: float = NAN, only: list[Value] | None = None
    ) -> None:
        """One record.

        bar_step  the step from the bar beside it, else nan
        total     steps of the main bar, where the summary at the end of a run stands
        only      of the plan's values, else all
        """
        plan = shape.plan
        if plan.at >= 0 and plan.end >= 0 and nums[plan.at] != nums[plan.end]:
            self._notes.state.noise += 1
            return
        wanted = plan.values if only is None else only
        rank = rank_of(plan, nums)
        try:
            step, epoch, source = self._places.of(plan, nums, rank)
            values = [scaled(to_float(nums[value.slot]), value.scale) for value in wanted]
        except ValueError:
            return
        if not math.isnan(bar_step):
            step, source = bar_step, BAR
            self._places.at(step, epoch)
        elif plan.last and math.isnan(step) and not math.isnan(total):
            step, source = total, BAR
        if plan.last:
            self.state.last_epoch = epoch
        phase = self._places.headings.phase_of(plan, nums)
        group = self.group_of(shape, nums, phase) if only is None or only is plan.values else self._group(plan, wanted, rank, phase)
        if plan.shows_epoch:
            values.append(epoch)
        group.rows.append((step, epoch, self.time_of(plan, nums), offset, *values))
        if plan.above:
            self._places.header(plan, nums)
        self._placed(group.members, source)
        if math.isnan(step) and epoch == 0 and not (plan.fractional_epoch or plan.quoted_epoch):
            self._series.end(group.members)
        self._notes.count(plan.format)
        if plan.last:
            self._notes.ended()

    def add_run(self, shape: Shape, columns: list[Floats], offsets: Ints, tokens: list[tuple[bytes, ...]] | None) -> None:
        """The records of a run of lines that all tell their step, by column; `tokens` where the numbers are there as text, too."""
        plan = shape.plan
        steps = columns[plan.step]
        epochs = columns[plan.epoch] if plan.epoch >= 0 else None
        if np.isnan(steps).any():
            steps = np.where(np.isnan(steps), self._places.state.step, steps)
        times = np.full(len(steps), NAN)
        if plan.time >= 0 and tokens is not None:
            times = np.array([self._seconds(token) for token in tokens[plan.time]])
        total = tokens[plan.total][-1] if plan.total >= 0 and tokens is not None else None
        self._places.through(plan, steps, epochs, total)
        if plan.total >= 0 and tokens is None:
            self._places.state.total = float(columns[plan.total][-1])
        if epochs is None:
            epochs = np.full(len(steps), NAN)
        values = [
            np.array([scaled(number, value.scale) for number in columns[value.slot]]) if value.scale != 1.0 else columns[value.slot]
            for value in plan.values
        ]
        if plan.shows_epoch:
            values.append(epochs)
        group = shape.groups.get(plan.rank_text)
        if group is None:
            group = shape.groups[plan.rank_text] = self._group(plan, plan.values, plan.rank_text)
        if group.rows:
            group.blocks.append(group.as_block())
        group.blocks.append((steps, epochs, times, offsets, values))
        self._placed(group.members, LINE)
        self._notes.count(plan.format, len(steps))

    def add_row(self, row: Row, format_name: str, stamp: bytes = b"") -> None:
        """A row of a table, or a box. `stamp` is the time stamp in front of it, if any."""
        time = self._seconds(stamp) if stamp else NAN
        step, epoch, source = self._places.of_row(row)
        members = tuple(self._series.find("", row.scope, cell, "", format_name) for cell in row.cells)
        self._series.group(members).rows.append((step, epoch, time, row.offset, *row.cells.values()))
        self._placed(members, source)
        self._notes.count(format_name)

    def time_of(self, plan: Plan, nums: Sequence[bytes]) -> float:
        """The time of a line, remembered for the stamps without a date after it."""
        return self._seconds(nums[plan.time]) if plan.time >= 0 else NAN

    def group_of(self, shape: Shape, nums: Sequence[bytes], phase: str = "") -> Group:
        """The group of series that a line of this shape feeds, by its rank and by the phase that a heading named."""
        rank = rank_of(shape.plan, nums)
        key = f"{rank} {phase}" if phase else rank
        group = shape.groups.get(key)
        if group is None:
            group = shape.groups[key] = self._group(shape.plan, shape.plan.values, rank, phase)
        return group

    def still_open(self, shape: Shape, nums: Sequence[bytes], phase: str, offset: int) -> list[Value]:
        """The values of an earlier line whose series have not gone on meanwhile: points stay in the order of the log."""
        plan, members = shape.plan, self.group_of(shape, nums, phase).members
        if self._series.latest(members) <= offset:
            return plan.values
        if plan.shows_epoch and self._series.latest(members[-1:]) > offset:
            return []
        pairs = [(value, member) for value, member in zip(plan.values, members, strict=False) if is_metric_word(value.key)]
        return [value for value, member in pairs if self._series.latest((member,)) <= offset]

    def _group(self, plan: Plan, values: list[Value], rank: str, phase: str = "") -> Group:
        scope = plan.scope or (phase if takes_phase(values, phase) else "")
        grain = "epoch" if plan.epoch >= 0 and plan.step < 0 and plan.batch < 0 and not plan.dict_line else "train" if plan.training else ""
        if self._labels(plan, values, f"{rank} {scope}"):
            told = phases_of(plan.label) & {scope}  # val_unseen
            scope = f"{scope}/{plan.label}" if scope and not told else plan.label  # the second of them; the first keeps the plain name
        members: list[int] = []
        for value in values:
            number = self._series.find(rank, scope, value.key, grain, plan.format)
            twice = number in members and number >= 0
            members.append(self._series.find(rank, scope, value.key, f"{grain}#2", plan.format) if twice else number)
        if plan.shows_epoch:
            of_all = plan.dict_line and plan.scope != ""  # the epochs of the training go on in the dicts of its evaluations
            members.append(self._series.find(rank, "" if of_all else scope, "epoch", grain, plan.format))
        return self._series.group(tuple(members))

    def _labels(self, plan: Plan, values: list[Value], where: str) -> bool:
        """True for a line with a label, some key of which came first in a line of another label or of none."""
        keys = [f"{where} {value.key.lower()}" for value in values[: 1 if plan.label else None]]
        first = self.state.labels
        if len(first) < LABELS_MOST:
            keys = [key for key in keys if first.setdefault(key, plan.label) != plan.label]
        else:
            keys = [key for key in keys if first.get(key, plan.label) != plan.label]
        return plan.label != "" and bool(keys)

    def _placed(self, members: tuple[int, ...], source: int) -> None:
        if source != NOWHERE:
            for member in members:
                if member >= 0:
                    self._series.place(member, source)

    def _seconds(self, token: bytes) -> float:
        time = seconds_of(token, self.state.time)
        if not math.isnan(time):
            self.state.time = time
        return time


def rank_of(plan: Plan, nums: Sequence[bytes]) -> str:
    """The rank that printed a line, or the one of several that it is of (`client 3`), as text; "" where it names none."""
    number = plan.rank_text if plan.rank < 0 else nums[plan.rank].decode()
    return f"{plan.of_each} {number}" if plan.of_each else number
