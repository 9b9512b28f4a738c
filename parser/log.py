"""`LogParser`: the bytes of a growing log in, points, events and parameters out, the same for every split and every restart.

The reading loop: each piece of the log (what a newline or a redraw ends) goes to the one reader it belongs to. A bar goes to `Redraws`,
a part of a record to `Blocks` or `Boxes`, a row to `Tables`, a line of its own to `Singles`. A run of lines of one believed shape is read
by column, without a step per line. Everything that must survive a restart is in `State`; all else follows from it.
"""

import math
from pathlib import Path

import msgspec
import numpy as np

from parser import epochs, histories
from parser.bare import Bare, bare_of
from parser.bars import read_bar
from parser.beside import Beside, BesideState, Waiting, counts
from parser.blocks import Blocks, BlocksState
from parser.boxes import Boxes, BoxesState
from parser.formats import FormatSet, load_formats
from parser.frames import Frames, FramesState
from parser.labels import Labels, LabelsState
from parser.lines import INDENT_BYTES, SCAN_BYTES, Lines, LinesState, plain
from parser.notes import Notes, NotesState
from parser.numbers import cut, to_floats
from parser.places import Places, PlacesState
from parser.plans import Plan
from parser.points import Account, Parsed, ParsedLog
from parser.progress import progress_of
from parser.records import Records, RecordsState
from parser.redraws import Redraws
from parser.results import Results, ResultsState
from parser.runs import RUN_LINES
from parser.series import Registry, RegistryState
from parser.shapes import Shapes, ShapesState
from parser.singles import Singles, SinglesState
from parser.tables import Row, Tables, TablesState

NAN = math.nan
SLICE_BYTES = 256 * 1024  # one round of work; bounds memory when a whole file is fed at once
GROUPS_LIMIT = 4096
BEYOND = "bytes of text beyond 8 KiB of a line"

_BAR_ENDS = frozenset((b"it/s]", b"s/it]"))


LAYOUT = 6  # of the state; it goes up when a field of any part changes its form or meaning


class State(msgspec.Struct):
    """Everything that goes into a restart, by the part that owns it."""

    layout: int = 0
    lines: LinesState = msgspec.field(default_factory=LinesState)
    series: RegistryState = msgspec.field(default_factory=RegistryState)
    places: PlacesState = msgspec.field(default_factory=PlacesState)
    frames: FramesState = msgspec.field(default_factory=FramesState)
    boxes: BoxesState = msgspec.field(default_factory=BoxesState)
    tables: TablesState = msgspec.field(default_factory=TablesState)
    labels: LabelsState = msgspec.field(default_factory=LabelsState)
    blocks: BlocksState = msgspec.field(default_factory=BlocksState)
    notes: NotesState = msgspec.field(default_factory=NotesState)
    shapes: ShapesState = msgspec.field(default_factory=ShapesState)
    beside: BesideState = msgspec.field(default_factory=BesideState)
    records: RecordsState = msgspec.field(default_factory=RecordsState)
    results: ResultsState = msgspec.field(default_factory=ResultsState)
    rich: Waiting | None = None  # a rich bar whose values go on in the next lines
    singles: SinglesState = msgspec.field(default_factory=SinglesState)


class LogParser:
    """Reads one log. Feed it bytes in order; every call returns what they added."""

    def __init__(self, formats: FormatSet | None = None, _state: State | None = None) -> None:
        self.formats = formats if formats is not None else load_formats()
        self._state = state = _state or State(LAYOUT)
        self._lines = Lines(state.lines)
        self._series = Registry(state.series)
        self._places = Places(state.places)
        self._frames = Frames(state.frames)
        self._boxes = Boxes(state.boxes)
        self._tables = Tables(state.tables)
        self._blocks = Blocks(state.blocks)
        self._results = Results(state.results)
        self._labels = Labels(state.labels)
        self._notes = Notes(state.notes)
        self._shapes = Shapes(state.shapes, self.formats)
        self._beside = Beside(state.beside)
        self._records = Records(state.records, self._series, self._places, self._notes)
        self._redraws = Redraws(
            self._shapes, self._frames, self._tables, self._records, self._places, self._series, self._beside, self._notes
        )
        self._singles = Singles(state.singles, self._shapes, self._places, self._records, self._notes, self._beside, self._redraws)

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
        self._again(self._boxes.rest(), True)
        self._again(self._results.rest(), True)
        self._singles.settle(None)
        self._rich_bar()
        self._singles.drawn(b"")
        self._redraws.finish()
        if not self._state.series.series:  # the little that a log has that ends in its first epoch
            for shape in self._shapes.waiting():
                self._singles.release(shape, self._state.lines.fed)
        return self._take()

    def state(self) -> bytes:
        """Everything needed to go on from here in another process."""
        return msgspec.msgpack.encode(self._state)

    @classmethod
    def from_state(cls, state: bytes, formats: FormatSet | None = None) -> "LogParser":
        """A parser that goes on where `state` was taken. Raises msgspec.DecodeError for what is no state of this layout."""
        found = msgspec.msgpack.decode(state, type=State)
        if found.layout != LAYOUT:
            raise msgspec.DecodeError(f"the state has layout {found.layout}, this parser reads {LAYOUT}")
        return cls(formats, found)

    def account(self) -> Account:
        return self._notes.account(self._state.lines.dropped, self._state.series.refused)

    def _take(self) -> Parsed:
        """What was collected since the last call."""
        points, count = self._series.take()
        if len(self._series.groups) > GROUPS_LIMIT:
            self._series.groups.clear()
            self._shapes.forget()
        number = self._notes.number
        epochs.learn(self._series, number, self._state.beside.bounds, self._state.beside.total, self._state.records.last_epoch)
        self._notes.state.points += count
        progress = progress_of(self._state.places, self._beside.main_bar(), number, self._series.state.per_epoch)
        return self._notes.parsed(points, self._series.changes(), progress)

    def _read(self, body: bytes, offset: int) -> None:
        """Goes through the pieces of a complete stretch."""
        at, size = 0, len(body)
        while at < size:
            if self._shapes.hot and (ran := self._run(body, at, offset)) > at:
                at = ran
                continue
            end = body.find(b"\n", at)
            line = body[at:end] if end >= 0 else body[at:]
            if b"\r" in line:
                self._pieces(line, offset + at, end >= 0)
            else:
                self._piece(line, offset + at, True)
            at = end + 1 if end >= 0 else size

    def _run(self, body: bytes, at: int, offset: int) -> int:
        """Reads the run of lines of a known shape that begins here; returns where it ends (`at` where there is none)."""
        if self._state.beside.waiting or not self._quiet():
            return at
        hot = self._shapes.hot
        for index, shape in enumerate(hot):
            template = shape.template
            if template is None or (shape.plan.dict_line and shape.plan.step < 0 and self._state.beside.bar):
                continue
            simple = self._simple(shape.plan)
            if simple and (found := template.take_json(body, at)) is not None:
                columns, begins, end = found
                self._records.add_run(shape, columns, begins + offset, None)
                lines = len(begins)
            else:
                rows, starts, end = template.take(body, at)
                if not rows:
                    continue
                if simple and len(rows) >= RUN_LINES:
                    tokens = list(zip(*rows, strict=True))
                    wanted = {shape.plan.step, shape.plan.epoch, *(value.slot for value in shape.plan.values)} - {-1}
                    columns = [np.array(to_floats(column)) if slot in wanted else np.empty(0) for slot, column in enumerate(tokens)]
                    self._records.add_run(shape, columns, np.array(starts, dtype=np.int64) + offset, tokens)
                else:
                    for row, start in zip(rows, starts, strict=True):
                        self._records.add(shape, row, offset + start, total=self._state.beside.total)
                lines = len(rows)
            self._notes.state.lines += lines
            self._state.beside.cleared = False
            if index:
                hot.insert(0, hot.pop(index))
            return end
        return at

    def _simple(self, plan: Plan) -> bool:
        """True where the lines of a plan say their step themselves, and nothing has to be counted from line to line."""
        places = self._state.places
        counted = (plan.epoch >= 0 or places.headed or (plan.total >= 0 and self._places.headings.phase != "")) and not plan.dict_line
        return plan.step >= 0 and plan.step_scale == 1.0 and not places.rounded and plan.rank < 0 and not counted and not plan.last

    def _pieces(self, line: bytes, offset: int, ended: bool) -> None:
        """The pieces of a line with carriage returns. Bare bars, which are most of a Trainer's log, are only looked at when they matter."""
        pieces = line.split(b"\r")
        while len(pieces) > 1 and not pieces[-1]:
            pieces.pop()
        state = self._state.beside
        waiting, headed = state.waiting is not None, self._state.places.headings.phase != ""
        bars, last = 0, len(pieces) - 1
        for index, piece in enumerate(pieces):
            if piece[3:5] == b"%|" and piece[-5:] in _BAR_ENDS:
                if waiting:
                    self._singles.settle(piece)
                    waiting = False
                bars += 1
                state.bar, state.cleared = piece, False
                if headed and piece[:3] == b"100" and (bar := counts(piece)) is not None:
                    self._redraws.drawn(*bar)
            elif piece:
                if (index < last or not ended) and (bare := bare_of(plain(piece))) is not None and not bare.message:
                    offset += len(piece) + 1  # what a launcher puts before a line that begins with a redraw
                    continue
                if piece[:1] == b"{" and self._dict_line(piece, offset):
                    waiting = True
                elif not piece.isspace():
                    self._piece(piece, offset, ended and index == last)
                    waiting, headed = state.waiting is not None, self._state.places.headings.phase != ""
                elif index < last or not ended:
                    state.cleared = True
            offset += len(piece) + 1
        self._notes.state.bars += bars
        self._notes.state.lines += bars

    def _dict_line(self, piece: bytes, offset: int) -> bool:
        """Takes a dict line of the shape seen last, if it is one that waits for its bar."""
        shape, state = self._singles.dict, self._state.beside
        if shape is None or shape.template is None or not state.bar or not self._quiet():
            return False
        tokens = shape.template.tokens(piece)
        if tokens is None:
            return False
        if state.waiting is not None:
            self._singles.settle(None)
        self._notes.state.lines += 1
        self._beside.wait(shape, tokens, piece, offset)
        state.cleared = False
        return True

    def _quiet(self) -> bool:
        """True where no line, block or table is open that the next line could belong to."""
        state = self._state
        waits = state.rich or state.frames.keras or state.tables.moving or state.singles.drawn
        return not (state.singles.skipping or state.blocks.kind or state.boxes.open or state.results.head or waits)

    def _piece(self, raw: bytes, offset: int, ended: bool) -> None:
        """One piece: a line, or a frame of a redraw; `ended` tells a newline from a carriage return."""
        if len(raw) >= INDENT_BYTES and raw[:INDENT_BYTES].isspace():
            raw = raw.lstrip(b" ")
        history = histories.read_history(raw, offset) if histories.may_be_history(raw) else []
        if (beyond := len(raw) - SCAN_BYTES) > 0 and not history:
            self._state.lines.dropped[BEYOND] = self._state.lines.dropped.get(BEYOND, 0) + beyond
        piece = self._labels.read(plain(raw[:SCAN_BYTES] if len(raw) > SCAN_BYTES else raw).rstrip())
        state, beside = self._state, self._state.beside
        if not piece:
            beside.cleared = beside.cleared or not ended
            return
        self._notes.state.lines += 1
        if len(piece) < 3 and piece.strip()[:1] not in b"{}":  # a brace opens or closes a record
            self._notes.state.noise += 1
            return
        if state.singles.drawn is not None:
            self._singles.drawn(piece)
        if state.rich is not None:
            if piece[:20].isspace() and read_bar(piece) is None:
                state.rich.line += b" " + piece.strip()
                return
            self._rich_bar()
        if history:
            self._history(history)
            return
        bare, bar = bare_of(piece), None
        if bare is not None and not bare.first:
            bare = None
        if b"%|" in piece or b"/" in piece or b"it [" in piece or b"% (" in piece:
            bar = read_bar(bare.message if bare is not None else piece)
        if beside.waiting is not None:
            self._singles.settle(piece if bar is not None else None)
        if bar is None:
            if state.tables.moving is not None:
                self._redraws.moved()
            self._whole(piece, offset, ended, bare)
        elif bar.kind == "rich" and ended:
            state.rich = Waiting(piece, offset, False)
            return
        else:
            self._redraws.see(bar, piece, offset, ended, b"\x1b[A" in raw)
            if rest := bar.rest.strip():
                glued = b"]" + rest
                self._piece(glued if self.formats.plan(glued, cut(glued)) else rest, offset, ended)
                return
        beside.cleared = False

    def _history(self, rows: list[Row]) -> None:
        """The metrics of a whole training, where no line before has told them."""
        if self._series.tells(rows[0].cells, histories.FORMAT):
            self._notes.state.noise += 1
            return
        for row in rows:
            self._records.add_row(row, histories.FORMAT)

    def _rich_bar(self) -> None:
        """The rich bar whose values went on in the next lines is whole."""
        rich, self._state.rich = self._state.rich, None
        if rich is not None and (whole := read_bar(rich.line)) is not None:
            self._redraws.see(whole, rich.line, rich.offset, False)

    def _whole(self, line: bytes, offset: int, ended: bool, bare: Bare | None = None) -> None:
        """A line that is no bar: part of a block, a box or a table, or a line of its own. `bare` is its message, where it has a prefix."""
        message = line if bare is None else bare.message
        if (listed := self._results.see(line, message, offset)) == "part":
            self._notes.state.noise += 1
            return
        if isinstance(listed, list):
            self._notes.state.noise += 1
            self._again(listed, ended)
            return
        self._blocks.heed(line)
        block = self._blocks.see(message, offset, line[: len(line) - len(message)])
        if block == "part":
            self._notes.state.noise += 1
            return
        if isinstance(block, tuple):
            line, offset = block
            message = line
        row = self._boxes.see(message, offset, self._places.state.under)
        if row is None:
            row = self._tables.see(message, offset)
        if row is None and bare is not None:
            row = self._tables.see(line, offset)
        if row is None:
            self._singles.read(line, offset, message, ended)
        elif isinstance(row, Row):
            self._records.add_row(row, self._state.tables.format or "table", b"" if bare is None else bare.stamp)
        elif isinstance(row, list):
            self._notes.state.noise += 1
            self._again(row, ended)
        else:
            if row == "header":
                claimed = self.formats.plan(message, cut(message), "table")
                self._state.tables.format = claimed.format if claimed is not None else ""
            self._notes.state.noise += 1

    def _again(self, kept: list[tuple[bytes, int]], ended: bool) -> None:
        """Reads lines that were kept, and counted as noise."""
        self._notes.state.noise -= len(kept)
        for line, offset in kept:
            bare = bare_of(line)
            self._whole(line, offset, ended, bare if bare is not None and bare.first else None)


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
    one = Parsed.joined(parts)
    return ParsedLog(one.points, parser._series.all(), one.events, one.params, one.progress, one.outcome, parser.account())
