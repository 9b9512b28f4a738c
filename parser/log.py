"""`LogParser`: the bytes of a growing log in, points, events and parameters out, the same for every split and every restart.

Each piece of the log (what a newline or a redraw ends) is cut into literals and number tokens. The literals are the *shape* of the
line; what a shape means is found out once and kept as a `Plan`. A shape that is believed costs a dictionary look-up and a few floats a
line. Everything that must survive a restart is in `State`; plans are not, because they follow from the line alone.
"""

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np

from parser import generic
from parser.bars import Bar, read_bar
from parser.blocks import Blocks, BlocksState
from parser.formats import FormatSet, load_formats
from parser.frames import Found, Frame, Frames, FramesState
from parser.lines import INDENT_BYTES, SCAN_BYTES, Lines, LinesState, plain
from parser.notes import Notes, NotesState
from parser.numbers import cut, to_float, to_floats
from parser.places import Places, PlacesState
from parser.plans import NOW, OFTEN, Plan
from parser.points import Account, Floats, Ints, Parsed, ParsedLog, Points, Progress
from parser.progress import progress_of
from parser.runs import RUN_LINES, Template, template_of
from parser.series import BAR, LINE, NOWHERE, Group, Registry, RegistryState
from parser.tables import Row, Tables, TablesState
from parser.times import seconds_of

NAN = math.nan
SLICE_BYTES = 256 * 1024  # one round of work; bounds memory when a whole file is fed at once
SHAPES_LIMIT = 4096  # shapes kept in memory; a log with more is mostly prose
HELD_LINES = 8  # lines of an unproven shape kept until it is believed
HELD_BYTES = 2048
GROUPS_LIMIT = 4096
TEMPLATE_HITS = 8  # lines of a shape before it gets a template
HOT_SHAPES = 6  # templates tried at a line


_BAR_ENDS = frozenset((b"it/s]", b"s/it]"))
_BARE = re.compile(rb"^\s*\d{1,3}%\|[^|\r\n]{0,400}\| *(\d+)/(\d+) \[")


class ShapeState(msgspec.Struct, array_like=True):
    """How often a shape came, whether it is believed, and the first lines (offset, line, step, epoch) that wait for that."""

    count: int = 0
    believed: bool = False
    held: list[tuple[int, bytes, float, float]] = []
    last: bytes = b""
    place: tuple[float, float] = (NAN, NAN)


class Waiting(msgspec.Struct, array_like=True):
    """A record that waits for the redraw after it, which carries its step."""

    line: bytes
    offset: int
    direct: bool


class State(msgspec.Struct):
    lines: LinesState = msgspec.field(default_factory=LinesState)
    series: RegistryState = msgspec.field(default_factory=RegistryState)
    places: PlacesState = msgspec.field(default_factory=PlacesState)
    frames: FramesState = msgspec.field(default_factory=FramesState)
    tables: TablesState = msgspec.field(default_factory=TablesState)
    blocks: BlocksState = msgspec.field(default_factory=BlocksState)
    notes: NotesState = msgspec.field(default_factory=NotesState)
    shapes: dict[int, ShapeState] = {}
    waiting: Waiting | None = None
    rich: Waiting | None = None  # a rich bar whose values go on in the next lines
    cleared: bool = False
    dicts: bool = False  # a dict line has been a record: others with a place are, too
    skipping: bool = False  # the next record repeats an earlier one
    bar: bytes = b""  # the last bar without description or values
    nested: set[float] = set()  # totals of bars drawn beneath another: evaluations
    total: float = NAN  # of the main bar
    time: float = NAN
    last_epoch: float = NAN  # of the summary at the end of a run
    slope: tuple[float, float] = (0.0, math.inf)  # steps per epoch as the pairs of bar and epoch allow


@dataclass(slots=True)
class Shape:
    """A line shape in memory: its plan, its evidence, and for each rank the group of series it feeds."""

    plan: Plan
    evidence: ShapeState
    groups: dict[str, Group] = field(default_factory=dict)
    hits: int = 0
    template: Template | None = None


class LogParser:
    """Reads one log. Feed it bytes in order; every call returns what they added."""

    def __init__(self, formats: FormatSet | None = None, _state: State | None = None) -> None:
        self.formats = formats if formats is not None else load_formats()
        self._state = _state or State()
        self._lines = Lines(self._state.lines)
        self._series = Registry(self._state.series)
        self._places = Places(self._state.places)
        self._frames = Frames(self._state.frames)
        self._tables = Tables(self._state.tables)
        self._blocks = Blocks(self._state.blocks)
        self._notes = Notes(self._state.notes)
        self._shapes: dict[bytes, Shape] = {}
        self._dict: Shape | None = None  # the dict shape seen last, and the record that waits for a bar, cut already
        self._waiting: tuple[Shape, Sequence[bytes]] | None = None
        self._hot: list[Shape] = []  # shapes with a template, the last used first

    @property
    def offset(self) -> int:
        """Bytes fed so far."""
        return self._state.lines.fed

    def feed(self, chunk: bytes) -> Parsed:
        """Reads a chunk. A partial last line waits for its end."""
        for start in range(0, len(chunk), SLICE_BYTES):
            for body, offset in self._lines.feed(chunk[start : start + SLICE_BYTES]):
                self._read(body, offset)
        return self._take()

    def finish(self) -> Parsed:
        """Reads the partial last line and lets go what waits for a line to come."""
        for body, offset in self._lines.finish():
            self._read(body, offset)
        self._settle(None)
        rich, self._state.rich = self._state.rich, None
        if rich is not None and (whole := read_bar(rich.line)) is not None:
            self._bar(whole, rich.line, rich.offset, False)
        self._full_bar()
        self._moved()
        for found in self._frames.flush():
            self._found(found)
        return self._take()

    def state(self) -> bytes:
        """Everything needed to go on from here in another process."""
        return msgspec.msgpack.encode(self._state)

    @classmethod
    def from_state(cls, state: bytes, formats: FormatSet | None = None) -> "LogParser":
        """A parser that goes on where `state` was taken. Raises msgspec.DecodeError for bytes that are no state."""
        return cls(formats, msgspec.msgpack.decode(state, type=State))

    def account(self) -> Account:
        return self._notes.account(self._state.lines.dropped, self._state.series.refused)

    def _take(self) -> Parsed:
        points, count = self._series.take()
        if len(self._series.groups) > GROUPS_LIMIT:
            self._series.groups.clear()
            self._forget()
        self._learn_steps()
        self._notes.state.points += count
        return self._notes.parsed(points, self._series.changes(), self._progress())

    def _progress(self) -> Progress:
        state = self._state
        bar = _counts(state.bar) if state.bar else None
        if bar is not None and (bar[1] in state.nested or (not math.isnan(state.total) and bar[1] != state.total)):
            bar = None
        return progress_of(state.places, bar, self._notes.number, self._series.state.per_epoch)

    def _read(self, body: bytes, offset: int) -> None:
        """Goes through the pieces of a complete stretch."""
        at, size = 0, len(body)
        while at < size:
            if self._hot and (ran := self._run(body, at, offset)) > at:
                at = ran
                continue
            end = body.find(b"\n", at)
            line = body[at:end] if end >= 0 else body[at:]
            if b"\r" in line:
                self._redraws(line, offset + at, end >= 0)
            else:
                self._piece(line, offset + at, True)
            at = end + 1 if end >= 0 else size

    def _run(self, body: bytes, at: int, offset: int) -> int:
        """Reads the run of lines of a known shape that begins here; returns where it ends (`at` where there is none)."""
        state = self._state
        if state.waiting or not self._quiet():
            return at
        for index, shape in enumerate(self._hot):
            template = shape.template
            if template is None or (shape.plan.dict_line and shape.plan.step < 0 and state.bar):
                continue
            simple = self._simple(shape.plan)
            if simple and (found := template.take_json(body, at)) is not None:
                columns, begins, end = found
                self._emit_run(shape, columns, begins + offset, None)
            else:
                rows, starts, end = template.take(body, at)
                if not rows:
                    continue
                if simple and len(rows) >= RUN_LINES:
                    tokens = list(zip(*rows, strict=True))
                    wanted = {shape.plan.step, shape.plan.epoch, *(value.slot for value in shape.plan.values)} - {-1}
                    columns = [np.array(to_floats(column)) if slot in wanted else np.empty(0) for slot, column in enumerate(tokens)]
                    self._emit_run(shape, columns, np.array(starts, dtype=np.int64) + offset, tokens)
                else:
                    for row, start in zip(rows, starts, strict=True):
                        self._emit(shape, row, offset + start, NAN)
                begins = np.array(starts)
            self._notes.state.lines += len(begins)
            state.cleared = False
            if index:
                self._hot.insert(0, self._hot.pop(index))
            return end
        return at

    def _simple(self, plan: Plan) -> bool:
        """True where the lines of a plan say their step themselves, and nothing has to be counted from line to line."""
        whole = plan.epoch >= 0 and not plan.dict_line
        return (
            plan.step >= 0 and plan.step_scale == 1.0 and not self._state.places.rounded and plan.rank < 0 and not whole and not plan.last
        )

    def _emit_run(self, shape: Shape, columns: list[Floats], offsets: Ints, tokens: list[tuple[bytes, ...]] | None) -> None:
        """The rows of a run, by column."""
        plan = shape.plan
        steps = columns[plan.step]
        epochs = columns[plan.epoch] if plan.epoch >= 0 else None
        if np.isnan(steps).any():
            steps = np.where(np.isnan(steps), self._state.places.step, steps)
        times = np.full(len(steps), NAN)
        if plan.time >= 0 and tokens is not None:
            times = np.array([self._seconds(token) for token in tokens[plan.time]])
        total = tokens[plan.total][-1] if plan.total >= 0 and tokens is not None else None
        self._places.through(plan, steps, epochs, total)
        if plan.total >= 0 and tokens is None:
            self._state.places.total = float(columns[plan.total][-1])
        if epochs is None:
            epochs = np.full(len(steps), NAN)
        values = [columns[value.slot] * value.scale if value.scale != 1.0 else columns[value.slot] for value in plan.values]
        if plan.shows_epoch:
            values.append(epochs)
        group = shape.groups.get(plan.rank_text)
        if group is None:
            group = shape.groups[plan.rank_text] = self._group(plan, plan.rank_text)
        if group.rows:
            group.blocks.append(group.as_block())
        group.blocks.append((steps, epochs, times, offsets, values))
        for member in group.members:
            if member >= 0:
                self._series.place(member, LINE)
        self._notes.count(plan.format, len(steps))

    def _seconds(self, token: bytes) -> float:
        time = seconds_of(token, self._state.time)
        if not math.isnan(time):
            self._state.time = time
        return time

    def _redraws(self, line: bytes, offset: int, ended: bool) -> None:
        """The pieces of a line with carriage returns. Bare bars, which are most of a Trainer's log, are only looked at when they matter."""
        pieces = line.split(b"\r")
        while len(pieces) > 1 and not pieces[-1]:
            pieces.pop()
        state = self._state
        waiting = state.waiting is not None
        bars, last = 0, len(pieces) - 1
        for index, piece in enumerate(pieces):
            if piece[3:5] == b"%|" and piece[-5:] in _BAR_ENDS:
                if waiting:
                    self._settle(piece)
                    waiting = False
                bars += 1
                state.bar, state.cleared = piece, False
            elif piece:
                if piece[:1] == b"{" and self._dict_line(piece, offset):
                    waiting = True
                elif not piece.isspace():
                    self._piece(piece, offset, ended and index == last)
                    waiting = state.waiting is not None
                elif index < last or not ended:
                    state.cleared = True
            offset += len(piece) + 1
        self._notes.state.bars += bars
        self._notes.state.lines += bars

    def _dict_line(self, piece: bytes, offset: int) -> bool:
        """Takes a dict line of the shape seen last, if it is one that waits for its bar."""
        shape, state = self._dict, self._state
        if shape is None or shape.template is None or not state.bar or not self._quiet():
            return False
        tokens = shape.template.tokens(piece)
        if tokens is None:
            return False
        if state.waiting is not None:
            self._settle(None)
        self._notes.state.lines += 1
        self._wait(shape, tokens, piece, offset)
        state.cleared = False
        return True

    def _quiet(self) -> bool:
        """True where no line, block or table is open that the next line could belong to."""
        state = self._state
        return not (state.skipping or state.blocks.kind or state.rich or state.frames.keras or state.tables.moving or state.tables.box)

    def _piece(self, raw: bytes, offset: int, ended: bool) -> None:
        """One piece: a line, or a frame of a redraw; `ended` tells a newline from a carriage return."""
        if len(raw) >= INDENT_BYTES and raw[:INDENT_BYTES].isspace():
            raw = raw.lstrip(b" ")
        piece = plain(raw[:SCAN_BYTES] if len(raw) > SCAN_BYTES else raw).rstrip()
        if not piece:
            self._state.cleared = self._state.cleared or not ended
            return
        self._notes.state.lines += 1
        if len(piece) < 3 and piece.strip()[:1] not in b"{}":  # a brace opens or closes a record
            self._notes.state.noise += 1
            return
        rich = self._state.rich
        if rich is not None:
            if piece[:20].isspace() and not ended_bar(piece):
                rich.line += b" " + piece.strip()
                return
            self._state.rich = None
            if (whole := read_bar(rich.line)) is not None:
                self._bar(whole, rich.line, rich.offset, False)
        bar = read_bar(piece) if b"%|" in piece or b"/" in piece or b"it [" in piece else None
        if bar is None:
            if self._state.waiting is not None:
                self._settle(None)
            if self._state.tables.moving is not None:
                self._moved()
            self._whole(piece, offset, ended)
        else:
            if self._state.waiting is not None:
                self._settle(piece)
            if bar.kind == "rich" and ended:
                self._state.rich = Waiting(piece, offset, False)
                return
            self._bar(bar, piece, offset, ended, b"\x1b[A" in raw)
            if bar.rest.strip():
                rest = bar.rest.strip()
                glued = b"]" + rest
                self._piece(glued if self.formats.plan(glued, cut(glued)) else rest, offset, ended)
                return
        self._state.cleared = False

    def _bar(self, bar: Bar, piece: bytes, offset: int, ended: bool, nested: bool = False) -> None:
        """One frame of a progress bar that has a description or values."""
        self._notes.state.bars += 1
        if bar.kind == "keras":
            if self._state.frames.keras is not None and bar.n != bar.total:
                self._full_bar()
            if bar.running or (bar.n != bar.total and not math.isnan(bar.total)) or math.isnan(bar.total) or not bar.postfix.strip():
                return
            self._state.frames.keras = Frame(bar.postfix, offset, {})
            if ended:
                self._full_bar()
            return
        if bar.kind == "tqdm" and not bar.desc.strip() and not bar.postfix:
            if nested:
                self._state.nested.add(bar.total)
            else:
                self._state.bar = piece
            return
        desc = bar.desc.strip(b" :\r")
        if self._state.tables.moving is not None and not self._tables.same_row(desc):
            self._moved()
        if not bar.postfix and b"  " in desc.strip() and self._tables.move(desc, offset, bar.n == bar.total):
            return
        line = desc + b" | " + bar.postfix if bar.postfix else desc
        parts = cut(line)
        shape = self._bar_shape(line, parts)
        plan, nums = shape.plan, parts[1::2]
        if plan.epoch >= 0:
            epoch = to_float(nums[plan.epoch])
            self._places.state.epoch = epoch
            if plan.epochs >= 0:
                self._places.state.epochs = to_float(nums[plan.epochs])
        else:
            epoch = NAN
        if not plan.values:
            return
        if plan.step >= 0:
            bar.n, epoch = to_float(nums[plan.step]), NAN
        rank = plan.rank_text if plan.rank < 0 else nums[plan.rank].decode()
        key = b"\x00".join(cut(desc)[::2]) + rank.encode()
        values = {value.key: nums[value.slot] for value in plan.values}
        for found in self._frames.see(key, bar, Frame(line, offset, values), epoch, ended):
            self._found(found)

    def _bar_shape(self, line: bytes, parts: list[bytes]) -> Shape:
        """The shape of a bar's description and postfix, apart from lines of the same text."""
        key = b"\x00bar\x00" + b"\x00".join(parts[::2])
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= SHAPES_LIMIT:
                self._shapes.clear()
            shape = self._shapes[key] = Shape(self.formats.plan(line, parts, "bar") or generic.read_bar(parts), ShapeState(believed=True))
        return shape

    def _found(self, found: Found) -> None:
        """A frame that is a point."""
        parts = cut(found.frame.line)
        shape = self._bar_shape(found.frame.line, parts)
        plan, nums = shape.plan, parts[1::2]
        rank = plan.rank_text if plan.rank < 0 else nums[plan.rank].decode()
        chosen = [value for value in plan.values if value.key in found.keys]
        members = tuple(self._series.find(rank, plan.scope, value.key, "bar", plan.format) for value in chosen)
        values = [to_float(nums[value.slot]) * value.scale for value in chosen]
        latest = self._state.frames.latest
        offset = max([found.frame.offset, *(latest.get(member, 0) for member in members)])
        latest.update(dict.fromkeys(members, offset))
        self._series.group(members).rows.append((found.step, found.epoch, NAN, offset, *values))
        for member in members:
            if member >= 0:
                self._series.place(member, BAR)
        if not math.isnan(found.step):
            self._places.at(found.step, found.epoch)
            self._places.state.batch_epoch = found.epoch
            if not math.isnan(found.total) and plan.scope not in ("val", "eval", "test"):
                self._places.state.batches, self._places.state.runs_through = found.total, math.isnan(found.epoch)
        self._notes.count(plan.format)

    def _full_bar(self) -> None:
        """The full Keras bar of an epoch becomes a record; without a header above it, it is an evaluation and no point."""
        frame, self._state.frames.keras = self._state.frames.keras, None
        if frame is None:
            return
        places = self._state.places
        parts = cut(frame.line)
        key = b"\x00keras\x00" + b"\x00".join(parts[::2])
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = Shape(generic.read(parts), ShapeState(believed=True))
        if not places.header and b"val_" not in frame.line:
            return
        nums = parts[1::2]
        shape.plan.format = "keras"
        values = {value.key: nums[value.slot] for value in shape.plan.values}
        told = self._state.frames.told
        fuller = not places.header and told and all(values.get(key) == token for key, token in told.items())
        self._state.frames.told = values
        places.header = False
        if fuller:  # the same epoch again, now with the values of its validation
            fresh = [value for value in shape.plan.values if value.key not in told]
            self._emit(Shape(replace(shape.plan, values=fresh), shape.evidence), nums, frame.offset, NAN)
        else:
            self._emit(shape, nums, frame.offset, NAN)

    def _moved(self) -> None:
        row = self._tables.settle()
        if row is not None:
            self._row(row)

    def _whole(self, line: bytes, offset: int, ended: bool) -> None:
        """A line that is no bar: part of a block or a table, or a line of its own."""
        block = self._blocks.see(line, offset)
        if block == "part":
            self._notes.state.noise += 1
            return
        if isinstance(block, tuple):
            line, offset = block
        row = self._tables.see(line, offset)
        if row is None:
            self._line(line, offset, ended)
        elif isinstance(row, Row):
            self._row(row)
        else:
            if row == "header":
                claimed = self.formats.plan(line, cut(line), "table")
                self._state.tables.format = claimed.format if claimed is not None else ""
            self._notes.state.noise += 1

    def _row(self, row: Row) -> None:
        """A row of a table, or a box."""
        step, epoch, source = self._places.of_row(row)
        name = self._state.tables.format or "table"
        members = tuple(self._series.find("", row.scope, cell, "", name) for cell in row.cells)
        self._series.group(members).rows.append((step, epoch, NAN, row.offset, *row.cells.values()))
        if source != NOWHERE:
            for member in members:
                if member >= 0:
                    self._series.place(member, source)
        self._notes.count(name)

    def _line(self, line: bytes, offset: int, ended: bool) -> None:
        parts = cut(line)
        key = b"\x00".join(parts[::2])
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._meet(key, parts, line)
        plan = shape.plan
        if plan.kind != "record":
            if plan.kind == "skip":
                self._state.skipping = True
            if plan.kind == "header":
                if self._state.frames.keras is not None:
                    self._full_bar()
                self._places.header(plan, parts[1::2])
                self._notes.state.noise += 1
            elif plan.kind == "unread":
                if self._notes.event(line, offset, self._places.state.step, self._time_of(plan, parts)) or self._notes.params(line):
                    self._notes.state.noise += 1
                else:
                    self._notes.unread(offset, line)
            elif plan.kind == "noise":
                self._notes.event(line, offset, self._places.state.step, self._time_of(plan, parts))
                self._notes.params(line)
                self._notes.state.noise += 1
            else:
                self._notes.state.noise += 1
            return
        if self._state.skipping:
            self._state.skipping = False
            self._notes.state.noise += 1
            return
        evidence = shape.evidence
        if not evidence.believed:
            self._prove(shape, parts, line, offset)
            return
        shape.hits += 1
        if shape.hits == TEMPLATE_HITS:
            shape.template = template_of(plan, parts, line)
            if shape.template is not None:
                self._hot.insert(0, shape)
                del self._hot[HOT_SHAPES:]
        self._record(shape, parts[1::2], line, offset)

    def _time_of(self, plan: Plan, parts: list[bytes]) -> float:
        """The time of a line, remembered for the stamps without a date after it."""
        if plan.time < 0:
            return NAN
        time = seconds_of(parts[2 * plan.time + 1], self._state.time)
        if not math.isnan(time):
            self._state.time = time
        return time

    def _learn_steps(self) -> None:
        """Steps per epoch from what the log has told so far: pairs of bar and epoch, the banner, or the last epoch of a finished run."""
        state, registry = self._state, self._series
        if registry.unplaced == 0:
            return
        interval = self._notes.number("logging_steps")
        low, high = state.slope
        if low > 0 and not math.isinf(high):
            least, most = math.ceil(low), math.floor(high)
            registry.rebase(float(least) if least == most else (low + high) / 2, 0.0, interval)
            return
        total = self._notes.number("Total optimization steps", "Total steps", "max_steps", "max_iters")
        if not math.isnan(state.total):
            total = state.total
        epochs = (
            state.last_epoch if not math.isnan(state.last_epoch) else self._notes.number("Num Epochs", "Num epochs", "num_train_epochs")
        )
        if total > 0 and epochs > 0:
            registry.rebase(total / epochs, 0.0 if epochs == int(epochs) else 0.005 / epochs, interval)
        else:
            registry.rebase(registry.per_epoch_by(interval), 0.0, interval)

    def _meet(self, key: bytes, parts: list[bytes], line: bytes) -> Shape:
        if len(self._shapes) >= SHAPES_LIMIT:
            self._forget()
        plan = self.formats.plan(line, parts) or generic.read(parts)
        digest = zlib.crc32(key) << 32 | zlib.adler32(key)
        evidence = ShapeState()
        if plan.kind == "record":
            known = self._state.shapes.get(digest)
            if known is None:
                if len(self._state.shapes) >= SHAPES_LIMIT:
                    del self._state.shapes[next(iter(self._state.shapes))]
                    self._forget()
                self._state.shapes[digest] = evidence
            else:
                evidence = known
            known_dict = plan.dict_line and plan.has_place and self._state.dicts and plan.need < OFTEN
            evidence.believed = evidence.believed or plan.need == NOW or known_dict
            self._state.dicts = self._state.dicts or (plan.dict_line and plan.has_place and evidence.believed)
        shape = self._shapes[key] = Shape(plan, evidence)
        return shape

    def _forget(self) -> None:
        """Lets go the shapes in memory; they are understood anew, with the evidence kept, when they come again."""
        self._shapes.clear()
        self._hot.clear()
        self._dict = None

    def _prove(self, shape: Shape, parts: list[bytes], line: bytes, offset: int) -> None:
        evidence, places = shape.evidence, self._state.places
        nums = parts[1::2]
        numbers = b" ".join(nums[value.slot] for value in shape.plan.values)[:512]
        place = (places.step, places.epoch)
        nowhere = math.isnan(places.step) and math.isnan(places.epoch)
        moved = not shape.plan.moving or (place != evidence.place if not nowhere else shape.plan.known)
        if numbers != evidence.last and moved:
            evidence.count += 1
            evidence.last, evidence.place = numbers, place
        if evidence.count < shape.plan.need and not (shape.plan.rich and places.under):
            if len(evidence.held) < HELD_LINES and len(line) <= HELD_BYTES:
                evidence.held.append((offset, line, places.step, places.epoch))
            if evidence.count <= 1:
                self._notes.params(line)
            self._notes.unread(offset, line)
            return
        evidence.believed = True
        held, evidence.held = evidence.held, []
        now = places.step, places.epoch
        for earlier, text, step, epoch in held:
            nums = cut(text)[1::2]
            if self._series.latest(self._group_of(shape, nums).members) > earlier:
                continue  # the series has gone on meanwhile; its points stay in the order of the log
            places.step, places.epoch = step, epoch
            self._record(shape, nums, text, earlier)
            self._notes.state.unread -= 1
        places.step, places.epoch = now
        self._record(shape, parts[1::2], line, offset)

    def _record(self, shape: Shape, nums: list[bytes], line: bytes, offset: int) -> None:
        plan = shape.plan
        if plan.dict_line and plan.step < 0 and self._state.bar:
            self._dict = shape
            self._wait(shape, nums, line, offset)
            return
        self._emit(shape, nums, offset, NAN)

    def _wait(self, shape: Shape, nums: Sequence[bytes], line: bytes, offset: int) -> None:
        """Keeps a record for the redraw after it."""
        state = self._state
        state.waiting, self._waiting = Waiting(line, offset, state.cleared), (shape, nums)
        if not state.cleared and (bar := _counts(state.bar)) is not None and bar[1] not in state.nested:
            state.total = bar[1]

    def _settle(self, piece: bytes | None) -> None:
        """Gives a waiting record the step of the redraw after it, where that agrees with its epoch."""
        waiting, self._state.waiting = self._state.waiting, None
        if waiting is None:
            return
        kept, self._waiting = self._waiting, None
        if kept is None:
            parts = cut(waiting.line)
            key = b"\x00".join(parts[::2])
            kept = (self._shapes.get(key) or self._meet(key, parts, waiting.line), parts[1::2])
        shape, nums = kept
        step = NAN
        if piece is not None and waiting.direct and (bar := _counts(piece)) is not None:
            step = self._agreed(bar[0], shape.plan, nums)
        self._emit(shape, nums, waiting.offset, step)

    def _agreed(self, n: float, plan: Plan, nums: Sequence[bytes]) -> float:
        """The count of a bar where it fits the epochs seen so far, else nan."""
        if plan.epoch < 0:
            return n
        epoch = to_float(nums[plan.epoch])
        half = 0.005 if len(nums[plan.epoch].partition(b".")[2]) <= 2 else 0.0005
        if epoch <= 0 or n <= 0:
            return n if epoch <= half else NAN
        low, high = self._state.slope
        least, most = (n - 0.5) / (epoch + half), (n + 0.5) / max(epoch - half, 1e-9)
        if max(low, least) > min(high, most):
            if most < low * 0.5 or least > high * 2:
                return NAN
            self._state.slope = (least, most)
            return n
        self._state.slope = (max(low, least), min(high, most))
        return n

    def _emit(self, shape: Shape, nums: Sequence[bytes], offset: int, bar_step: float) -> None:
        plan = shape.plan
        rank = plan.rank_text if plan.rank < 0 else nums[plan.rank].decode()
        try:
            step, epoch, source = self._places.of(plan, nums, rank)
            values = [to_float(nums[value.slot]) * value.scale for value in plan.values]
        except ValueError:
            return
        if not math.isnan(bar_step):
            step, source = bar_step, BAR
            self._places.at(step, epoch)
        elif plan.last and math.isnan(step) and not math.isnan(self._state.total):
            step, source = self._state.total, BAR
        time = NAN
        if plan.time >= 0:
            time = seconds_of(nums[plan.time], self._state.time)
            if not math.isnan(time):
                self._state.time = time
        if plan.last:
            self._state.last_epoch = epoch
        group = self._group_of(shape, nums)
        if plan.shows_epoch:
            values.append(epoch)
        group.rows.append((step, epoch, time, offset, *values))
        if source != NOWHERE:
            for member in group.members:
                if member >= 0:
                    self._series.place(member, source)
        self._notes.count(plan.format)
        if plan.last:
            self._notes.ended()

    def _group_of(self, shape: Shape, nums: Sequence[bytes]) -> Group:
        """The group of series that a line of this shape feeds, by its rank."""
        plan = shape.plan
        rank = plan.rank_text if plan.rank < 0 else nums[plan.rank].decode()
        group = shape.groups.get(rank)
        if group is None:
            group = shape.groups[rank] = self._group(plan, rank)
        return group

    def _group(self, plan: Plan, rank: str) -> Group:
        grain = "epoch" if plan.epoch >= 0 and plan.step < 0 and plan.batch < 0 and not plan.dict_line else ""
        members: list[int] = []
        for value in plan.values:
            number = self._series.find(rank, plan.scope, value.key, grain, plan.format)
            members.append(
                self._series.find(rank, plan.scope, value.key, f"{grain}#2", plan.format) if number in members and number >= 0 else number
            )
        if plan.shows_epoch:
            members.append(self._series.find(rank, plan.scope, "epoch", grain, plan.format))
        return self._series.group(tuple(members))


def _counts(piece: bytes) -> tuple[float, float] | None:
    """Count and total of a bare tqdm bar, or None for anything else."""
    found = _BARE.match(piece)
    return (float(found.group(1)), float(found.group(2))) if found is not None else None


def ended_bar(piece: bytes) -> bool:
    """True where a piece is a bar itself and no continuation of one."""
    return read_bar(piece) is not None


def parse_file(path: Path | str, formats: FormatSet | None = None) -> ParsedLog:
    """The whole of a finished log. Raises OSError where it cannot be read."""
    parser = LogParser(formats)
    parts: list[Parsed] = []
    with Path(path).open("rb") as file:
        while chunk := file.read(1 << 20):
            parts.append(parser.feed(chunk))
    parts.append(parser.finish())
    return joined(parts, parser)


def joined(parts: list[Parsed], parser: LogParser) -> ParsedLog:
    """What several calls of one parser added, as one log."""
    points: dict[str, list[Points]] = {}
    params: dict[str, str] = {}
    for part in parts:
        params.update(part.params)
        for metric, some in part.points.items():
            points.setdefault(metric, []).append(some)
    return ParsedLog(
        {metric: Points.joined(some) for metric, some in points.items()},
        parser._series.all(),
        tuple(event for part in parts for event in part.events),
        params,
        parts[-1].progress,
        parts[-1].outcome,
        parser.account(),
    )
