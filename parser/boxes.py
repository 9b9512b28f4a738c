"""Boxes: names and values below each other, which are one record.

In: lines. Out: a `Row` of named values at the line that closes the box, or the lines themselves where they were none. A box has borders
(`| key | value |`, grouped by names without a value), or stands between two rulers. The result of a trial of Ray Tune has key and value
in one cell. A row may hold several names, each with its value beside it: it is a record that stands where the log stands. Phases may be
columns (`|  | train | validation |`): then each row is such a record. A box that tells no step is one where a line above it does
(`Step 20`), and most of its names are those of metrics. Refuses other boxes without a step, and those whose header says that they are of
settings; a table inside a panel has texts in its cells, and is no record.
"""

import re

import msgspec

from parser.cells import NUMERIC
from parser.names import can_be_metric, canonical, is_config_word, is_metric_word
from parser.numbers import to_float
from parser.phases import SCOPES
from parser.tables import Row

MOST_ROWS = 200
NESTED_BORDERS = 6  # of a row of three columns, and of the panel around them
PAIRS_BYTES = 4000  # of a row of several names
STEPS = (
    *("total_timesteps", "timesteps", "totalenvinteracts", "total timesteps", "global_step", "step", "steps", "iterations", "iteration"),
    *("itr", "epoch"),
)
_RULER = re.compile(rb"^[\s|+\-=:_\xe2\x94\x80-\xe2\x95\xbf]+$")
_TWO_RULES = re.compile(rb"^-{3,200} {1,4}-{3,200}\s*$")
_PAIR = re.compile(rb"^([A-Za-z][\w/ .()@#-]{0,100}?) {2,}([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))\s*$")
_BORDERED = re.compile(rb"^[|\xe2][^\w/]{0,8}\s*([\w][\w /\-.@()#%:]{0,80}?)\s*[|\xe2][^\w\-.+]{0,4}\s*([-+\w.,]*)\s*(?:\||\xe2\x94\x82)$")
_SETTINGS = re.compile(  # the header of a box: Hyperparameter | Value
    rb"(?i)^[|\xe2][^\w]{0,8}(?:hyper-?)?(?:param\w*|settings?|options?|arguments?|config\w*)\s{0,80}[|\xe2][^\w]{0,8}value\b"
)
_COLUMNS = re.compile(rb"^\xe2\x94\x82 {2,80}((?:\xe2\x94\x82 +[a-z]{2,12} ){2,4})\xe2\x94\x82$")
_CELL = re.compile(rb"\xe2\x94\x82 *([^\xe2]{1,80}?) *(?=\xe2\x94\x82)")
_TRIAL = re.compile(rb"^\xe2\x94\x82 Trial (\S{1,120}) result +\xe2\x94\x82$")
_OF_TRIAL = re.compile(
    rb"^\xe2\x94\x82 ([\w./-]{1,80}) +(?:([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|-?inf)|\S[^\xe2]{0,200})? *\xe2\x94\x82$"
)
_BORDERS = re.compile(rb"\||\xe2\x94\x82|\xe2\x94\x83")
_BORDER, _INNER = b"\xe2\x94\x82", (b"\xe2\x94\x82", b"\xe2\x94\x83")
_NAME = re.compile(r"[A-Za-z][\w/ .()@#-]{0,100}")
NAN = float("nan")

Lines = list[tuple[bytes, int]]  # and the offset of each


class BoxesState(msgspec.Struct):
    """The box that is still open: what it holds, where it began, the group in force; the lines since a ruler of two columns."""

    cells: list[tuple[str, float]] = []
    offset: int = 0
    group: str = ""
    ruled: Lines = []
    settings: bool = False  # a header says so of the lines below
    phases: list[str] = []  # that are the columns of the box
    trial: str = ""  # of the result that is open
    first_trial: str = ""  # whose curves have plain names

    @property
    def open(self) -> bool:
        return bool(self.cells or self.ruled or self.settings or self.phases or self.trial)


class Boxes:
    def __init__(self, state: BoxesState) -> None:
        self.state = state

    def see(self, line: bytes, offset: int, under: bool) -> Row | Lines | str | None:
        """A row, "part" for a line of a box, or None for any other line; `under` says that it stands below a line that tells a place.

        Lines were kept for a box that they are not, and are to be read as others are.
        """
        state = self.state
        if line[:1] == b" " and line.lstrip(b" ")[:1] in (b"|", b"-"):
            line = line.lstrip(b" ")  # the whole box is indented
        if state.ruled:
            return self._ruled(line, offset)
        bordered = line[:1] == b"|" or line[:3] in (b"\xe2\x94\x82", b"\xe2\x94\x83")
        if bordered and not state.cells and _SETTINGS.match(line):
            state.settings = True
        if state.settings:
            state.settings = bordered or _RULER.match(line) is not None
            return None
        if line[:4] == _BORDER + b" " and line[4:7] in _INNER and line[-3:] == _BORDER and len(_BORDERS.findall(line)) >= NESTED_BORDERS:
            return "part"
        if _TWO_RULES.match(line):
            state.ruled = [(line, offset)]
            return "part"
        if (state.phases or state.trial or line[:1] == b"\xe2") and (row := self._titled(line, offset, bordered)) is not None:
            return row
        if bordered and (row := _pairs(line, offset)) is not None:
            return row
        if bordered and self._bordered(line, offset):
            return "part"
        if state.cells and _RULER.match(line):
            return self._close(under) or "part"
        if self._step_alone():
            state.cells = []  # nothing else came
        return None

    def rest(self) -> Lines:
        """The lines still kept at the end of the log."""
        lines, self.state.ruled = self.state.ruled[1:], []
        return lines

    def _ruled(self, line: bytes, offset: int) -> Row | Lines | str:
        """Names and values between two rulers, as rlkit, rllab and garage print them: `Epoch   3` is one of the rows, often the last."""
        lines, ends = self.state.ruled, _TWO_RULES.match(line) is not None
        if not ends and _PAIR.match(line) and len(lines) <= MOST_ROWS:
            lines.append((line, offset))
            return "part"
        self.state.ruled = []
        found = [_PAIR.match(text) for text, _ in lines[1:]]
        cells = {pair[1].decode("utf-8", "replace"): to_float(pair[2]) for pair in found if pair}
        step = _step_of(cells) if ends else NAN
        if step == step:
            return Row(lines[0][1], cells, step, NAN)
        return lines[1:] if ends else [*lines[1:], (line, offset)]

    def _titled(self, line: bytes, offset: int, bordered: bool) -> Row | str | None:
        """A line of a box that begins with its phases, or with the name of a trial; None for any other line, which ends such a box."""
        state = self.state
        if bordered and (columns := _COLUMNS.match(line)) is not None:
            phases = [SCOPES.get(name.decode(), "") for name in _CELL.findall(columns[1] + b"\xe2\x94\x82")]
            state.phases = phases if all(phases) else []
            return "part" if state.phases else None
        if bordered and (trial := _TRIAL.match(line)) is not None:
            state.trial, state.offset, state.cells = trial[1].decode("utf-8", "replace"), offset, []
            state.first_trial = state.first_trial or state.trial
            return "part"
        if state.phases and bordered:
            return self._by_phase(line, offset)
        if state.trial and bordered and (found := _OF_TRIAL.match(line)) is not None:
            key = found[1].decode("utf-8", "replace")
            if found[2] and can_be_metric(key) and len(state.cells) < MOST_ROWS:
                state.cells.append((key, to_float(found[2])))
            return "part"
        if (state.phases or state.trial) and not _RULER.match(line):
            state.cells = [] if state.trial else state.cells
            state.phases, state.trial = [], ""
        return None

    def _by_phase(self, line: bytes, offset: int) -> Row | str | None:
        """A row of a box whose columns are phases: a metric and its value in each."""
        phases = self.state.phases
        name, *cells = [cell.strip() for cell in _CELL.findall(line)]
        numbers = [NUMERIC.match(cell) for cell in cells]
        if len(cells) != len(phases) or not all(numbers):
            return None
        key = name.decode("utf-8", "replace")
        values = {
            key if phase == "train" else f"{phase}/{key}": to_float(found[1]) for phase, found in zip(phases, numbers, strict=True) if found
        }
        return Row(offset, values, NAN, NAN)

    def _bordered(self, line: bytes, offset: int) -> bool:
        """Takes a line of a box with borders."""
        found, state = _BORDERED.match(line), self.state
        if found is None:
            return False
        key, value = found[1].decode("utf-8", "replace"), found[2]
        number = NUMERIC.match(value) if value else None
        if value and number is None:
            return bool(state.cells or state.group)
        if not state.cells:
            state.offset = offset
        if number is None:
            state.group = key.rstrip("/")
        elif len(state.cells) < MOST_ROWS:
            state.cells.append((f"{state.group}/{key}" if state.group else key, to_float(number[1])))
        return True

    def _step_alone(self) -> bool:
        cells = self.state.cells
        return len(cells) == 1 and not self.state.trial and _step_of(dict(cells)) == cells[0][1]

    def _close(self, under: bool) -> Row | None:
        state = self.state
        if self._step_alone():
            return None  # its values come below the ruler
        cells, state.cells, state.group = dict(state.cells), [], ""
        scope = state.trial if state.trial != state.first_trial else ""
        if state.trial:
            step, state.trial = cells.pop("training_iteration", NAN), ""
        else:
            step = _step_of(cells) if len(cells) > 1 else NAN
        placed = step == step or (under and len(cells) > 1 and _measured(cells))
        return Row(state.offset, cells, step, NAN, NAN, scope) if placed else None


def _pairs(line: bytes, offset: int) -> Row | None:
    """A row of several names, each with its number in the next cell: `│ actor/reward │ 0.23 │ actor/grad_norm │ 0.22 │`.

    Half of the names must be those of metrics: classes and their scores are printed in the same way, and so are settings.
    """
    cells = [cell.strip() for cell in _BORDERS.split(line)][1:-1] if len(line) <= PAIRS_BYTES else []
    if len(cells) < 4 or len(cells) % 2:
        return None
    told = [
        (name.decode("utf-8", "replace"), NUMERIC.match(value))
        for name, value in zip(cells[::2], cells[1::2], strict=True)
        if name or value
    ]
    values = {name: to_float(number[1]) for name, number in told if number is not None and _NAME.fullmatch(name)}
    if not values or len(values) < len(told) or not _measured(values):
        return None
    return Row(offset, values, _step_of({name: value for name, value in values.items() if "/" not in name}), NAN)


def _measured(values: dict[str, float]) -> bool:
    """True where half of the names and more are those of metrics, and none is that of a setting."""
    bare = [name for name in values if "/" not in name]
    likely = len(values) - len(bare) + sum(is_metric_word(name) and canonical(name) != "learning_rate" for name in bare)
    return 2 * likely >= len(values) and not any(is_config_word(name) for name in bare)


def _step_of(cells: dict[str, float]) -> float:
    """The step among the values of a box; nan where it has none."""
    bare = {name.rsplit("/", 1)[-1].lower(): value for name, value in cells.items()}
    return next((bare[name] for name in STEPS if name in bare), NAN)
