"""The log text of two runs beside each other: aligned by step, line by line within a step, and what only one of them prints.

Two lines are alike when they differ only in numbers, times, addresses and paths: runs of one program print the same lines otherwise.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

import numpy as np

from parser.points import Floats, Ints
from webapp.store.rows import Series

PATHS = re.compile(r"(?<![\w.])~?(?:/[\w.+@=-]+){2,}/?")
HEXES = re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{12,64}\b")
NUMBERS = re.compile(r"[-+]?(?:\d[\d_]*(?:[.,:]\d+)*|\bnan\b|\binf\b)(?:[eE][-+]?\d+)?", re.IGNORECASE)
SPACES = re.compile(r"\s+")
BAR = re.compile(r"\d+%\|")
SHAPE_CHARS = 400
MOST_ONLY = 100  # lines listed that only one log has
PAIRED = 400  # lines of one step compared one by one; a step with more is laid side by side as it is


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a log: where it starts, and its text without colours."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class OnlyLine:
    """A kind of line that one log has and the other has not: the first of them, and how many there are. `step` is nan where unknown."""

    line: TextLine
    count: int
    step: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the two columns, None on the side that has no more lines of the step. `alike`: both sides have a line of one kind.

    `step` is set where a new step begins.
    """

    left: TextLine | None
    right: TextLine | None
    alike: bool
    step: float | None = None


@dataclass(frozen=True, slots=True)
class Anchors:
    """Which step the text has reached where: byte offsets in growing order, and the step printed there."""

    offset: Ints
    step: Floats

    @classmethod
    def of(cls, series: Series) -> "Anchors":
        known = np.isfinite(series.step)
        return cls(series.offset[known], series.step[known])

    def step_at(self, offset: int) -> float:
        """The step of the newest anchor at or before a byte; nan before the first."""
        place = int(np.searchsorted(self.offset, offset, side="right")) - 1
        return float(self.step[place]) if place >= 0 else float("nan")

    def offset_of(self, step: float) -> int:
        """The first byte at which the step is reached by the last attempt that gets there; the end of the anchors where none does."""
        below = np.flatnonzero(self.step < step)
        first = int(below[-1]) + 1 if len(below) else 0
        return int(self.offset[first]) if first < len(self.offset) else int(self.offset[-1]) + 1 if len(self.offset) else 0


def shape_of(text: str) -> str:
    """The line without what differs from run to run."""
    shape = NUMBERS.sub("0", HEXES.sub("0", PATHS.sub("/…", text[:SHAPE_CHARS])))
    return SPACES.sub(" ", shape).strip()


def only_in(lines: Sequence[TextLine], others: Sequence[TextLine], anchors: Anchors) -> tuple[OnlyLine, ...]:
    """Kinds of lines that `lines` have and `others` have not, in the order of the log; progress bars and blank lines do not count."""
    known = {shape_of(line.text) for line in others}
    found: dict[str, tuple[TextLine, int]] = {}
    for line in lines:
        shape = shape_of(line.text)
        if not shape or shape in known or BAR.search(line.text):
            continue
        first, count = found.get(shape, (line, 0))
        found[shape] = (first, count + 1)
    return tuple(OnlyLine(line, count, anchors.step_at(line.offset)) for line, count in list(found.values())[:MOST_ONLY])


def align(left: Sequence[TextLine], left_at: Anchors, right: Sequence[TextLine], right_at: Anchors) -> tuple[Row, ...]:
    """Both texts as rows: steps side by side, within a step like lines beside each other."""
    rows: list[Row] = []
    one, other = _by_step(left, left_at), _by_step(right, right_at)
    i = j = 0
    while i < len(one) or j < len(other):
        step = min(blocks[at][0] for blocks, at in ((one, i), (other, j)) if at < len(blocks))
        mine: Sequence[TextLine] = ()
        theirs: Sequence[TextLine] = ()
        if i < len(one) and one[i][0] == step:
            mine, i = one[i][1], i + 1
        if j < len(other) and other[j][0] == step:
            theirs, j = other[j][1], j + 1
        pairs = list(_pair(mine, theirs))
        head = None if step == -np.inf else step
        rows += [Row(a, b, alike, head if number == 0 else None) for number, (a, b, alike) in enumerate(pairs)]
    return tuple(rows)


def _by_step(lines: Sequence[TextLine], anchors: Anchors) -> list[tuple[float, list[TextLine]]]:
    """Consecutive lines of one step as blocks; what comes before the first step is a block of its own."""
    blocks: list[tuple[float, list[TextLine]]] = []
    for line in lines:
        step = anchors.step_at(line.offset)
        step = -np.inf if np.isnan(step) else step
        if not blocks or blocks[-1][0] != step:
            blocks.append((step, []))
        blocks[-1][1].append(line)
    return blocks


def _pair(left: Sequence[TextLine], right: Sequence[TextLine]) -> Iterator[tuple[TextLine | None, TextLine | None, bool]]:
    if max(len(left), len(right)) > PAIRED:
        yield from ((a, b, True) for a, b in zip_longest(left, right))
        return
    matcher = SequenceMatcher(None, [shape_of(line.text) for line in left], [shape_of(line.text) for line in right], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        yield from ((one, other, kind == "equal") for one, other in zip_longest(left[a:b], right[c:d]))
