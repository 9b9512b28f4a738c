"""What a log says besides its numbers: events, parameters, how it ended, and the account of every line.

In: lines that no metric was read from. Out: `TextEvent`s, parameters by name, an outcome. Patterns are asked only when one of a few
words is in the line.
"""

import math
import re

import msgspec

from parser.names import NAME_BYTES
from parser.params import DumpState, read_params
from parser.points import Account, EventKind, Outcome, Parsed, Points, Progress, SeriesInfo, TextEvent

EXAMPLES = 20
EXAMPLE_BYTES = 200
EVENTS_LIMIT = 5000
PARAMS_LIMIT = 400
VALUE_BYTES = 200
EARLY_LINES = 20_000  # parameters are printed at the start

_MEMORY = re.compile(rb"(?i)(?:cuda|hip|gpu|mps)[ \w.]{0,24}out of memory|OutOfMemoryError|oom-kill|std::bad_alloc|RESOURCE_EXHAUSTED")
_EVENTS: tuple[tuple[EventKind, re.Pattern[bytes]], ...] = (
    (
        "traceback",
        re.compile(rb"^(?:.{0,60}: ?)?Traceback \(most recent call last\)|^(?:Segmentation fault|Killed|Aborted)\b|^slurmstepd: error:"),
    ),
    ("out of memory", _MEMORY),
    (
        "checkpoint",
        re.compile(
            rb"(?i)\bsav(?:ing|ed)\b[^=]{0,60}\b(?:checkpoint|model|weights|state|snapshot|ckpt|adapter)|checkpoint[- ]\d+|"
            rb"snapshotting to|checkpoint saved"
        ),
    ),
    (
        "resumed",
        re.compile(
            rb"(?i)\bresum(?:ed?|ing)\b[^=]{0,40}\b(?:from|training|checkpoint|at)|continuing training from|"
            rb"loading (?:checkpoint|model) from|restor(?:ed|ing) from|auto-resum"
        ),
    ),
    (
        "evaluation",
        re.compile(
            rb"(?i)\*{3,} ?running (?:evaluation|validation|eval|test)|"
            rb"^.{0,80}\b(?:start(?:ing|ed)? (?:evaluat|validat)|evaluating\b|running validation|begin(?:ning)? evaluation)"
        ),
    ),
    ("loss scale", re.compile(rb"(?i)loss scale|gradient overflow|overflow detected")),
    (
        "epoch",
        re.compile(
            rb"(?i)^[^=]{0,60}\b(?:end of|finished|completed|starting|start of|begin(?:ning)?) epoch\b|"
            rb"epoch \d+ (?:done|finished|completed|ended|started|begins)"
        ),
    ),
    (
        "finished",
        re.compile(
            rb"(?i)\btraining (?:is )?(?:completed?|finished|done|ended|succeeded)\b|training complete[d.!]|finished training|"
            rb"done training|`Trainer\.fit` stopped|^optimization finished|training took "
        ),
    ),
)
_ERROR = re.compile(rb"^(?:\[[\w :-]{1,20}\]:? ?)?(?:\w{1,40}\.){0,6}\w{0,60}(?:Error|Exception|Interrupt|Exit)(?::|$)")  # ends a traceback
_WORDS = re.compile(
    rb"(?i)traceback|fault|killed|abort|memory|bad_alloc|exhausted|sav|checkpoint|snapshot|resum|continu|load|restor|"
    rb"evaluat|validat|scale|overflow|epoch|"
    rb"training|optimization|slurm"
)


class NotesState(msgspec.Struct):
    """Counts of lines and what became of them, and what the text said so far."""

    lines: int = 0
    points: int = 0
    noise: int = 0
    unread: int = 0
    bars: int = 0
    by_format: dict[str, int] = {}
    examples: list[tuple[int, str]] = []
    outcome: str = ""
    events: int = 0
    params: dict[str, str] = {}
    traceback: bool = False
    traced: bool = False  # the error that ends the traceback is still to come
    dump: DumpState = msgspec.field(default_factory=DumpState)


class Notes:
    def __init__(self, state: NotesState) -> None:
        self.state = state
        self._events: list[TextEvent] = []
        self._params: dict[str, str] = {}

    def count(self, format_name: str, lines: int = 1) -> None:
        """Records were read; a run that goes on after an end or a traceback has not ended."""
        state = self.state
        state.by_format[format_name] = state.by_format.get(format_name, 0) + lines
        if state.outcome:
            state.outcome, state.traceback = "", False

    def ended(self) -> None:
        """The log says that the training is over."""
        self.state.outcome = "finished"

    def unread(self, offset: int, line: bytes) -> None:
        self.state.unread += 1
        if len(self.state.examples) < EXAMPLES:
            self.state.examples.append((offset, line[:EXAMPLE_BYTES].decode("utf-8", "replace")))

    def read_late(self, offset: int) -> None:
        """A line that was not understood when it came was believed later."""
        self.state.unread -= 1
        self.state.examples = [example for example in self.state.examples if example[0] != offset]

    def event(self, line: bytes, offset: int, step: float, time: float) -> bool:
        """True where a line tells something that happened; it is kept."""
        if self.state.traced and _ERROR.match(line) is not None:
            self.state.traced = False
            self.add("out of memory" if _MEMORY.search(line) else "traceback", line, offset, step, time)
            return True
        if _WORDS.search(line) is None or len(line) > 2000:
            return False
        for kind, pattern in _EVENTS:
            if pattern.search(line) is not None:
                self.state.traced = kind == "traceback" or (self.state.traced and kind != "finished")
                self.add(kind, line, offset, step, time)
                return True
        return False

    def add(self, kind: EventKind, line: bytes, offset: int, step: float, time: float) -> None:
        state = self.state
        if kind in ("traceback", "out of memory"):
            state.outcome, state.traceback = "failed", True
        elif kind == "finished" and not state.traceback:
            state.outcome = "finished"
        if state.events < EVENTS_LIMIT:
            state.events += 1
            self._events.append(TextEvent(kind, line[:EXAMPLE_BYTES].decode("utf-8", "replace").strip(), offset, step, time))

    def params(self, line: bytes) -> bool:
        """True where a line at the start of the log sets parameters; they are kept."""
        state = self.state
        if state.lines > EARLY_LINES or len(state.params) >= PARAMS_LIMIT:
            return False
        before = len(state.params)
        for name, value in read_params(line, state.dump):
            self._set(name, value)
        return len(state.params) > before

    def _set(self, name: bytes, value: bytes) -> None:
        key = name.decode("utf-8", "replace").strip()[:NAME_BYTES]
        text = value.decode("utf-8", "replace").strip().strip("'\"")[:VALUE_BYTES]
        if key and len(self.state.params) < PARAMS_LIMIT and self.state.params.get(key) != text:
            self.state.params[key] = self._params[key] = text

    def number(self, *names: str) -> float:
        """The value of the first of these parameters that is a number above 0 (-1 stands for none); nan where none is."""
        for name in names:
            text = self.state.params.get(name, "")
            try:
                value = float(text.replace(",", ""))
            except ValueError:
                continue
            if value > 0:
                return value
        return math.nan

    def parsed(self, points: dict[str, Points], series: dict[str, SeriesInfo], progress: Progress) -> Parsed:
        events, self._events = tuple(self._events), []
        params, self._params = self._params, {}
        outcome: Outcome = self.state.outcome  # type: ignore[assignment]
        return Parsed(points, series, events, params, progress, outcome)

    def account(self, dropped: dict[str, int], refused: int) -> Account:
        state = self.state
        lost = dict(dropped)
        if refused:
            lost["series beyond the limit"] = refused
        by_format = dict(state.by_format)
        if state.bars:
            by_format["progress bar"] = state.bars
        return Account(state.lines, state.points, state.noise, state.unread, by_format, lost, tuple(state.examples))
