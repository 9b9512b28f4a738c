"""Results of an evaluation as a list, a value on each line, sorted by name: `***** Eval results *****`, as BERT printed it and many since.

The step stands among the values, `global_step = 345` between `f1` and `loss`. In: lines. Out: the values above the step as one record
with it, or the lines as they were, where none of them tells a step. Values below it stand at its place, as any line does.
"""

import re

import msgspec

MOST_LINES = 100
_HEAD = re.compile(rb"(?i)\*{3,9} {0,3}([\w ./-]{0,80}results?[\w ./-]{0,80}?) {0,3}\*{3,9}")
_PAIR = re.compile(rb"\s{0,20}([A-Za-z][\w./@-]{0,80})\s{0,40}= {0,3}(\S[^=]{0,80})")
_NUMBER = re.compile(rb"[-+]?(?:\d[\d.]{0,30}(?:[eE][-+]?\d{1,4})?|nan|inf)")
_STEP = re.compile(rb"(?:global_?)?(?:step|iter|iteration)")


class ResultsState(msgspec.Struct):
    """The list that is open: what its heading says, and its lines so far with their offsets; `head` is "" while none is open."""

    head: str = ""
    lines: list[tuple[bytes, int]] = []
    pairs: list[tuple[str, str]] = []
    again: bool = False  # the log has told them before, on one line, as Estimators do


class Results:
    def __init__(self, state: ResultsState) -> None:
        self.state = state

    def see(self, line: bytes, message: bytes, offset: int) -> str | list[tuple[bytes, int]] | None:
        """The lines to be read now, this one among them; "part" where it is kept; None for a line of no list.

        `message` is the line behind its prefix.
        """
        state = self.state
        if not state.head:
            if message[:3] == b"***" and not state.again and (heading := _HEAD.fullmatch(message)) is not None:
                state.head = heading[1].decode()
            elif message[:11] == b"Saving dict":
                state.again = True
            return None
        pair = _PAIR.fullmatch(message)
        if pair is None or len(state.lines) == MOST_LINES:
            return [*self.rest(), (line, offset)]
        if _STEP.fullmatch(pair[1]) is None:
            state.lines.append((line, offset))
            if _NUMBER.fullmatch(pair[2]):
                state.pairs.append((pair[1].decode(), pair[2].decode()))
            return "part"
        if not state.pairs:
            return [*self.rest(), (line, offset)]
        pairs = ", ".join(f"'{key}': {value}" for key, value in [*state.pairs, (pair[1].decode(), pair[2].decode())])
        record = f"{state.head}: {{{pairs}}}".encode()
        return [(line[: len(line) - len(message)] + record, self.rest()[0][1]), (line, offset)]

    def rest(self) -> list[tuple[bytes, int]]:
        """The lines that are kept; the list has ended."""
        lines = self.state.lines
        self.state.head, self.state.lines, self.state.pairs = "", [], []
        return lines
