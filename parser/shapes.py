"""The shapes of lines: what the numbers of each mean, and which of them are believed.

In: a line cut into literals and number tokens; the literals are its shape. Out: a `Shape` with its plan. The plan is made from the first
line that had the shape and from no other, after a restart too: the state keeps that line, or the mark that nothing was read from it. So
what is in memory follows from the state alone and may be let go at any time. A shape that proves little by itself is believed once it
came back often enough with other numbers; the first lines that had it wait for that in the state. Refuses to know what becomes of a
record.
"""

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from parser import generic
from parser.bare import bare_of
from parser.formats import FormatSet
from parser.numbers import cut
from parser.plans import NOW, OFTEN, Plan
from parser.runs import Template, template_of
from parser.series import Group

SHAPES_LIMIT = 4096  # shapes kept; a log with more is mostly prose
SHAPES_BYTES = 2 << 20  # of first lines and of lines that wait
UNDER = 3  # lines that stand below a header each are enough
HELD_LINES = 8  # lines of an unproven shape kept until it is believed
HELD_BYTES = 8192  # no longer line is read
TEMPLATE_HITS = 8  # lines of a shape before it gets a template
ASKED, ECHOES = 4, 2  # a shape of whose first lines so many repeat others is what a second handler prints of each record
SAID_BYTES = 500  # of a message, by which it is known again
HOT_SHAPES = 6  # templates tried at a line

_PADDING = re.compile(rb"(?<=\S) {2,}")
Place = tuple[float, float, int]  # step and epoch of the log, and how many records have told their place
Stand = tuple[float, float, float]  # step, epoch, epoch of the step
Held = tuple[int, bytes, float, float, float, str]  # offset, line, and where the log stood: step, epoch, epoch of the step, phase


class ShapeState(msgspec.Struct, array_like=True):
    """The first line of a shape, how often it came, whether it is believed, and the lines that wait for it."""

    first: bytes
    count: int = 0
    believed: bool = False
    held: list[Held] = []
    last: bytes = b""
    place: Place = (math.nan, math.nan, 0)
    still: int = 0  # other numbers at the same place, or the same at another
    asked: int = 0  # first lines that were asked whether they repeat another, and how many in a row did
    echoes: int = 0


class ShapesState(msgspec.Struct):
    """The shapes from which something was read, and the marks of those from which nothing was."""

    known: dict[int, ShapeState] = {}
    unread: set[int] = set()
    size: int = 0  # bytes of the lines kept
    said: tuple[bytes, bytes] = (b"", b"")  # message and shape of the last line that was asked whether it repeats another
    dicts: bool = False  # a dict line has been a record: others with a place are, too


@dataclass(slots=True)
class Shape:
    """A line shape in memory: its plan, its evidence, and for each rank the group of series it feeds."""

    plan: Plan
    evidence: ShapeState
    groups: dict[str, Group] = field(default_factory=dict)
    hits: int = 0
    template: Template | None = None


class Shapes:
    def __init__(self, state: ShapesState, formats: FormatSet) -> None:
        self.state = state
        self.formats = formats
        self.hot: list[Shape] = []  # shapes with a template, the last used first
        self._lines: dict[bytes, Shape] = {}
        self._bars: dict[bytes, Shape] = {}

    def of_line(self, line: bytes, parts: list[bytes]) -> Shape:
        """The shape of a line of its own. Blanks that pad it make no other shape."""
        key = b"\x00".join(parts[::2])
        shape = self._lines.get(key)
        if shape is None:
            shape = self._meet("line", _PADDING.sub(b" ", key), line)
            if len(self._lines) >= SHAPES_LIMIT:
                self.forget()
            self._lines[key] = shape
        return shape

    def of_bar(self, line: bytes, parts: list[bytes], kind: str = "bar") -> Shape:
        """The shape of a bar's description and postfix (`kind` "bar"), or of a full Keras bar's values ("keras")."""
        key = kind.encode() + b"\x00".join(parts[::2])
        shape = self._bars.get(key)
        if shape is None:
            shape = self._meet(kind, key, line)
            if len(self._bars) >= SHAPES_LIMIT:
                self._bars.clear()
            self._bars[key] = shape
        return shape

    def forget(self) -> None:
        """Lets go what is in memory."""
        self._lines.clear()
        self._bars.clear()
        self.hot.clear()

    def warm(self, shape: Shape, parts: list[bytes], line: bytes) -> None:
        """Counts a line of a believed shape; one that keeps coming gets a template."""
        shape.hits += 1
        if shape.hits == TEMPLATE_HITS:
            shape.template = template_of(shape.plan, parts, line)
            if shape.template is not None:
                self.hot.insert(0, shape)
                del self.hot[HOT_SHAPES:]

    def echoes(self, shape: Shape, message: bytes, key: bytes) -> bool:
        """True for a line that says again what a line of another shape before it said, and for all lines of a shape whose first did.

        Only the first lines of a shape are asked, before it gets a template, so that a parser made from its state sees the same.
        """
        evidence = shape.evidence
        if evidence.asked < ASKED:
            evidence.asked += 1
            said, before = (message[:SAID_BYTES], key[:SAID_BYTES]), self.state.said
            self.state.said = said
            again = said[0] == before[0] and said[1] != before[1]
            evidence.echoes = evidence.echoes + 1 if again else 0
            return again
        return evidence.echoes >= ECHOES

    def prove(self, shape: Shape, nums: Sequence[bytes], place: Place, under: bool) -> bool:
        """Counts a line of a shape not believed yet; True where that was the evidence that lacked. `under`: a header stands above."""
        evidence, plan = shape.evidence, shape.plan
        slots = [value.slot for value in plan.values]
        if plan.measured and plan.has_place:
            slots += [slot for slot in (plan.step, plan.epoch, plan.batch) if slot >= 0]
        numbers = b" ".join(nums[slot] for slot in slots)[:512]
        told = 3 if plan.known else 2
        elsewhere = repr(place[:told]) != repr(evidence.place[:told])  # a nan equals a nan
        nowhere = math.isnan(place[0]) and math.isnan(place[1])
        moved = not plan.moving or plan.has_place or (plan.known if nowhere else elsewhere)
        if numbers == evidence.last:  # a loss that stands still is as true as one that falls; a setting is said again with each start
            again = elsewhere and evidence.count > 0
            counts, lasts = again and plan.measured and not numbers.replace(b" ", b"").isdigit(), again and plan.known
        else:
            counts, lasts = moved, plan.known
        if counts:
            evidence.count += 1
            evidence.last, evidence.place = numbers, place
        elif lasts:
            evidence.still += 1
            evidence.last = numbers
        need = min(plan.need, UNDER) if under else plan.need
        evidence.believed = evidence.count >= need or evidence.still >= HELD_LINES or (plan.rich and under)
        return evidence.believed

    def hold(self, shape: Shape, held: Held) -> None:
        """Keeps a line until its shape is believed, while there is room."""
        size = len(held[1])
        if len(shape.evidence.held) < HELD_LINES and size <= HELD_BYTES and self.state.size + size <= SHAPES_BYTES:
            shape.evidence.held.append(held)
            self.state.size += size

    def release(self, shape: Shape) -> list[Held]:
        """The lines that waited for this shape, in their order."""
        held, shape.evidence.held = shape.evidence.held, []
        self.state.size -= sum(len(line) for _, line, *_ in held)
        return held

    def move_held(self, after: int, before: int, was: Stand, now: Stand) -> None:
        """Says to the lines that wait between two offsets where they stand: the line at the first of them, read late, tells it.

        was, now  where the log stood before and after that line; a line with another place had it from elsewhere
        """
        for held in [known.held for known in self.state.known.values() if known.held]:
            for index, (offset, line, *stood, phase) in enumerate(held):
                if after < offset < before and repr(tuple(stood)) == repr(was):  # a nan equals a nan
                    held[index] = (offset, line, *now, phase)

    def waiting(self) -> list[Shape]:
        """At the end of a log: the shapes of metrics that came more than once, or below the line of a place; they are believed now."""
        found = []
        for evidence in [known for known in self.state.known.values() if known.held]:
            shape = self.of_line(evidence.first, cut(evidence.first))
            placed = not (math.isnan(evidence.held[0][2]) and math.isnan(evidence.held[0][3]))
            if shape.plan.measured and (placed or evidence.count + evidence.still > 1):
                evidence.believed = True
                found.append(shape)
        return sorted(found, key=lambda shape: shape.evidence.held[0][0])

    def _meet(self, kind: str, key: bytes, line: bytes) -> Shape:
        """The shape anew: from the line that had it first, if the state knows it."""
        state = self.state
        digest = zlib.crc32(key) << 32 | zlib.adler32(key)
        known = state.known.get(digest)
        plan = self._plan(kind, line if known is None else known.first)
        if known is not None:
            return Shape(plan, known)
        if plan.kind != "unread" and digest in state.unread:
            plan = Plan(time=plan.time, rank=plan.rank, rank_text=plan.rank_text)
        evidence = ShapeState(b"")
        if plan.kind == "unread":
            if len(state.unread) >= SHAPES_LIMIT:
                state.unread.clear()
                self.forget()
            state.unread.add(digest)
            return Shape(plan, evidence)
        if len(state.known) >= SHAPES_LIMIT or state.size + len(line) > SHAPES_BYTES:
            self._evict(len(line))
        evidence.first = line
        state.size += len(line)
        state.known[digest] = evidence
        familiar = plan.dict_line and plan.has_place and state.dicts and plan.need < OFTEN
        evidence.believed = kind != "line" or plan.need == NOW or familiar
        state.dicts = state.dicts or (kind == "line" and plan.kind == "record" and plan.dict_line and plan.has_place and evidence.believed)
        return Shape(plan, evidence)

    def _evict(self, room: int) -> None:
        """Lets go the oldest shapes, with what waited for them."""
        state = self.state
        while state.known and (len(state.known) >= SHAPES_LIMIT or state.size + room > SHAPES_BYTES):
            gone = state.known.pop(next(iter(state.known)))
            state.size -= len(gone.first) + sum(len(line) for _, line, *_ in gone.held)
            gone.held = []
        self.forget()

    def _plan(self, kind: str, line: bytes) -> Plan:
        parts = cut(line)
        if kind == "line":
            return self.formats.plan(line, parts) or self._behind(line, parts) or generic.read(parts)
        if kind == "bar":
            return self.formats.plan(line, parts, "bar") or generic.read_bar(parts)
        plan = generic.read(parts)
        plan.format, plan.kind = "keras", "record"
        return plan

    def _behind(self, line: bytes, parts: list[bytes]) -> Plan | None:
        """The plan of the format that claims the message behind a prefix, with the time and the rank of the prefix."""
        bare = bare_of(line)
        if bare is None:
            return None
        tokens = cut(bare.message)
        plan = self.formats.plan_behind(bare.message, tokens) or (generic.read(tokens) if bare.apart else None)
        if plan is None:
            return None
        plan.shift(bare.tokens)
        whole = generic.read(parts)
        plan.time, plan.rank, plan.rank_text, plan.label = whole.time, whole.rank, whole.rank_text, whole.label
        return plan
