"""Runs: many lines of one believed shape in a row, read at once by one compiled pattern, column by column.

In: a buffer and the offset of a line. Out: the columns of number tokens of all lines of the shape that follow, without a Python step per
number. A template is made from the literals of a shape after it was understood; it matches only lines that `cut` would cut the same
way, so a run gives what its lines give one by one. JSON lines of plain numbers go through msgspec, many lines in one call. Refuses
shapes in which the pattern could cut otherwise.
"""

import re

import msgspec
import numpy as np

from parser.numbers import CLOCK, CLOCK_MARK, NON_FINITE, STAMP, STAMP_MARK, kind_of
from parser.plans import Plan
from parser.points import Floats, Ints

LINE_BYTES = 4096  # longer lines have no template
RUN_LINES = 3  # a shorter run is not worth columns
_NUMBER = rb"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|" + NON_FINITE + rb")"
_WORD_END = re.compile(rb"(?:[A-Za-z0-9_.@#$^~]|[A-Za-z0-9_][-+])$")  # digits right behind it would be part of the word
_JSON = re.compile(rb'\{(?:"[\w ./@()%\-]+": ?[-+]?\d[\d.eE+\-]*(?:, ?|\}$))+')
_KEY = re.compile(rb'"([\w ./@()%\-]+)":')


class Template:
    """The pattern of one shape. `take` reads the run that begins at a line."""

    def __init__(self, plan: Plan, parts: list[bytes]) -> None:
        pattern = [re.escape(parts[0])]
        for before, token, literal in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
            kind = kind_of(token)
            group = b"(" + STAMP + b")" if kind == STAMP_MARK else b"(" + CLOCK + b")" if kind == CLOCK_MARK else _NUMBER
            pattern += [b" {1,64}" if _WORD_END.search(before) else b" {0,64}", group, re.escape(literal)]
        self.scan = re.compile(b"".join(pattern) + rb"[ \t]*\r?\n").scanner  # type: ignore[attr-defined]  # not in typeshed
        self.whole = re.compile(b"".join(pattern)).fullmatch
        self.plan = plan
        self.line = len(b"".join(parts))
        self.rows, self.patience = _rows_type(b"".join(parts), len(parts) // 2), 0
        self.fields = [f"f{number}" for number in range(len(parts) // 2)]

    def tokens(self, line: bytes) -> tuple[bytes, ...] | None:
        """Tokens of one line without its end, or None where it has another shape."""
        found = self.whole(line)
        return found.groups() if found is not None else None

    def take(self, buffer: bytes, at: int) -> tuple[list[tuple[bytes, ...]], list[int], int]:
        """Tokens and starts of the lines of the run, and where the run ends."""
        rows: list[tuple[bytes, ...]] = []
        starts: list[int] = []
        match = self.scan(buffer, at).match
        end = at
        while (found := match()) is not None:
            rows.append(found.groups())
            starts.append(end)
            end = found.end()
        return rows, starts, end

    def take_json(self, buffer: bytes, at: int) -> tuple[list[Floats], Ints, int] | None:
        """Columns and starts of all lines to the end of the buffer, if every one of them is a JSON object with the keys of the shape."""
        if self.rows is None:
            return None
        if self.patience:
            self.patience -= 1
            return None
        end = buffer.rfind(b"\n") + 1
        if end - at < 4 * self.line or buffer.find(b"\r", at, end) >= 0:
            return None
        body = buffer[at : end - 1]
        try:
            objects = self.rows.decode(b"[" + body.replace(b"\n", b",") + b"]")
        except msgspec.DecodeError:
            self.patience = 16
            return None
        breaks = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == 10)
        if len(breaks) + 1 != len(objects):
            return None
        starts = np.empty(len(objects), dtype=np.int64)
        starts[0] = at
        starts[1:] = breaks + (at + 1)
        return [np.array([getattr(one, name) for one in objects]) for name in self.fields], starts, end


def template_of(plan: Plan, parts: list[bytes], line: bytes) -> Template | None:
    """A template for a shape, or None where a pattern could cut its lines otherwise."""
    middle = parts[2:-1:2]
    if len(line) > LINE_BYTES or not plan.values or b"\r" in line or any(literal in (b"", b",") for literal in middle):
        return None
    return Template(plan, parts)


def _rows_type(line: bytes, count: int) -> msgspec.json.Decoder[list[msgspec.Struct]] | None:
    """A decoder for lines like this one, where it is a flat JSON object of numbers with one token a key."""
    if not _JSON.fullmatch(line):
        return None
    keys = [key.decode() for key in _KEY.findall(line)]
    if len(keys) != count or len(set(keys)) != count:
        return None
    fields = [(f"f{number}", float) for number in range(count)]
    rename = {f"f{number}": key for number, key in enumerate(keys)}
    row = msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]
