"""Tables: a header row and rows of cells, CSV blocks.

In: lines. Out: a `Row` of named cells, or nothing. A header is believed only through its rows: as many cells as it has names, and
numbers under the names. A label column (`Class … all`) keeps the rows of the whole, not those of its classes; one of phases keeps all
of them apart. A number sign before the names marks a comment, unless the rows have a cell for it. Refuses to know what a column means
beyond step and epoch, and what its cells look like: `parser.cells` knows. Names below each other are `parser.boxes`'.
"""

import re

import msgspec

from parser.cells import (
    NO_NUMBER,
    NUMERIC,
    PLACES,
    STAMP,
    above_each,
    aligned,
    bare_text,
    between_bars,
    distinct,
    in_words,
    parts_of,
    place_of,
    read_header,
    right_names,
    spans_of,
    split_cells,
)
from parser.names import is_metric_word
from parser.numbers import cut, kind_of, scale_of, to_float

CELLS = 64
PHASE_BYTES = 16  # of a line that is a phase and nothing else
OVER_BYTES = 600  # of a line above the header that says of what the columns are
CELL_CHARS = 80  # of a column's name; TRL prints `rewards / check_grounding_references_from_response`
_PLAIN_NAME = re.compile(r"[A-Za-z][\w@/.% -]{0,79}")
_OF_PHASE = re.compile(r"(?i)(?:train|val|valid|test|dev|eval)[ _/-]")
_BOXED = re.compile(rb"^(?:\||\xe2\x94\x82|\xe2\x94\x83) ")
_RESULT = re.compile(r"! (?:Initial )?(\w{1,20})")  # of NequIP: ! Train, ! Initial Validation
_REMARK = re.compile(r"[^\d|]{1,16}")  # behind the cells of a row: *, <- best
_DECIMAL = re.compile(r"^([-+]?\d{1,15}),(\d{1,20}(?:[eE][-+]?\d{1,3})?)$")  # 0,75 where semicolons part the cells
_FRACTION = re.compile(rb"^(\d+)/(\d+)$")
_OVER = re.compile(rb"[ |](?=[\W_]{0,300}[A-Za-z])[^\d]{20,600}")
COUNTERS = ("iter", "iteration", "iterations", "step", "steps", "epoch", "gen", "generation", "episode")  # that speak for a box alone
IDLE = ("remaining time", "time left", "eta", "wall time", "index")  # columns that measure nothing
TOLD_IN = ("metric", "metric_name", "tag")  # columns that name what the value beside them is of
MONITOR = ["r", "l", "t"]  # reward, length and time of each episode, as Gym's monitors write
CLASS_SCORES = ("precision", "recall", "f1", "f1_score", "support", "sensitivity", "specificity", "iou", "dice")
LABELS = ("class", "classes", "category", "label", "name", "split", "dataset")
PHASES = {"train": "train", "training": "train", "vali": "val", "val": "val", "valid": "val", "validation": "val", "test": "test"}


class Row(msgspec.Struct):
    """Cells by column name, and where the row stands (nan where the table does not say)."""

    offset: int
    cells: dict[str, float]
    step: float
    epoch: float
    total: float = float("nan")
    scope: str = ""


class TablesState(msgspec.Struct):
    """The header in force, and the row of a bar that is still redrawn."""

    names: list[str] = []
    comma: str = ""
    format: str = ""
    rows: int = 0
    moving: tuple[bytes, int] | None = None
    full: bool = False
    label_due: bool = False
    spans: list[tuple[int, int]] = []  # where the names stand in the header, for rows with blank cells
    mark: int = -1  # the column of a mark (`+`) that is blank in some rows
    numbered: bool = False  # a # stands before the names: it is a column where the rows have a cell more than there are names
    above: str = ""  # the phase that had a line to itself last, and its offset
    above_at: int = -1
    epoch: float = float("nan")  # of the last row, with its batch and the batches of the epochs before
    batch: float = float("nan")
    before: float = 0.0
    over: bytes = b""  # the last line that may say of what the columns of a header below it are, and its offset
    over_at: int = -1
    unproven: bool = False  # a counter in a box is all that speaks for the header: two rows of numbers must follow
    head: str = ""  # the header itself, where its columns are apart by blanks
    run: str = ""  # the first run of a table that names runs
    kept: tuple[bytes, int, float] | None = None  # the first of them, its offset and step


class Tables:
    def __init__(self, state: TablesState) -> None:
        self.state = state

    def see(self, line: bytes, offset: int) -> Row | list[tuple[bytes, int]] | str | None:
        """A row, "header", "part" for a row that is kept, or None for a line that belongs to no table. Lines that were kept come back."""
        row = self._row(line, offset) if self.state.names else None
        if row is not None and self.state.unproven:
            return self._prove(line, row)
        found = row or ("header" if self._header(line, offset) else None)
        if found is None and len(line) < PHASE_BYTES and (phase := PHASES.get(line.strip(b" :").decode("utf-8", "replace").lower())):
            self.state.above, self.state.above_at = phase, offset
        elif found is None and len(line) <= OVER_BYTES and _OVER.fullmatch(line):
            self.state.over, self.state.over_at = line, offset
        return found

    def _prove(self, line: bytes, row: Row) -> list[tuple[bytes, int]] | str:
        """Keeps the first row of a header that nothing else speaks for; with a second at a later step, both are to be read."""
        state = self.state
        place = row.step if row.step == row.step else row.epoch
        if state.kept is None or not place > state.kept[2]:
            state.kept = line, row.offset, place
            return "part"
        lines = [state.kept[:2], (line, row.offset)]
        state.unproven, state.kept = False, None
        return lines

    def move(self, desc: bytes, offset: int, full: bool) -> bool:
        """Takes the description of a bar where it is a header, or a row that the bar's redraws repeat until it is `full`."""
        state = self.state
        if state.names and len(self._cells(desc)) == len(state.names) and desc.strip()[:1].isdigit():
            state.moving, state.full = (desc, offset), full
            return True
        return self._header(desc, offset)

    def same_row(self, desc: bytes) -> bool:
        """True where a bar's description is a redraw of the row kept."""
        return self.state.moving is not None and self.state.moving[0].split()[:1] == desc.split()[:1]

    def settle(self) -> Row | None:
        """The row of a bar that is no longer redrawn, if the bar got full."""
        moving, self.state.moving = self.state.moving, None
        return self._row(*moving) if moving is not None and self.state.full else None

    def _cells(self, line: bytes) -> list[str]:
        text = bare_text(line)
        if self.state.comma == " ":
            return text.split()
        if self.state.comma:
            cells = [cell.strip().strip('"') for cell in text.split(self.state.comma)]
            return [_DECIMAL.sub(r"\1.\2", cell) for cell in cells] if self.state.comma == ";" else cells
        return split_cells(text)

    def _header(self, line: bytes, offset: int) -> bool:
        """Takes a line as a header where it names columns and holds no number."""
        if (
            len(line) > 2000
            or line[:1] in b"{["
            or len(cut(STAMP.sub(b"", line))) > 1
            or b"=" in line
            or b"://" in line
            or not line.strip()
        ):
            return False
        line, numbered = _uncommented(line)
        text = bare_text(line)
        comma, cells = read_header(text)
        if len(cells) > 4 and cells[1] == "#" and (cells[0].lower() in PHASES or cells[0] == "Initialization"):
            cells = ["split", *cells[2:]]  # NequIP
        if comma not in ("", " ") and not cells[0] and any(is_metric_word(cell) for cell in cells):  # the index of a data frame
            cells[0] = "index" if any(place_of(cell) for cell in cells) else "#"
        folded = len(cells) > 1 and cells.count(cells[0]) > 1  # | category | AP | category | AP |
        spans = spans_of(line, len(cells)) if comma in ("", "\t") else []
        over = self.state.over if offset - self.state.over_at <= 2 * (len(self.state.over) + len(line)) else b""
        cells = cells if comma == " " else distinct(cells, above_each(over, spans) if over and spans else [])
        lower = [cell.lower() for cell in cells]
        if folded or not 2 <= len(cells) <= CELLS or len(set(lower)) != len(cells) or any(NUMERIC.match(cell.encode()) for cell in cells):
            return False
        if any(len(cell) > CELL_CHARS or not cell or (cell.endswith((":", ".")) and not cell.endswith("..")) for cell in cells):
            return False
        placed = any(place_of(name) for name in lower)
        labelled = lower[0] in LABELS
        words = sum(is_metric_word(cell) for cell in (text.split() if labelled else cells))
        boxed = len(cells) >= 3 and _BOXED.match(line.lstrip(b" ")) is not None
        unproven = boxed and lower[0] in COUNTERS and not words and len(cells) == 3
        bare = not placed and _measures(cells) and (comma != " " or len(cells) >= 3)
        known = (comma == "," and lower[:3] == MONITOR) or (comma != " " and placed and "value" in lower)  # Wall time,Step,Value
        if not (known or (placed and (words or len(cells) >= 4)) or ((labelled or boxed) and words >= 2) or bare or unproven):
            return False
        if comma == " " and ((lower[0] not in PLACES and not bare) or len(cells) > 12):
            return False
        directly = offset - self.state.above_at < 2 * PHASE_BYTES  # by the bytes: a line between is not always seen here
        if directly and self.state.above not in ("", "train") and "batch" in lower and "epoch" in lower:
            self.state.names = []  # batches of an evaluation, whose result comes later
            return True
        self.state.names, self.state.comma, self.state.rows, self.state.mark = cells, comma, 0, -1
        self.state.numbered, self.state.unproven, self.state.kept, self.state.run = numbered, unproven, None, ""
        self.state.head = "" if comma or b"|" in line or b"\t" in line else line.decode("utf-8", "replace")
        self.state.spans = [] if comma or b"\t" in line else spans
        return True

    def _row(self, line: bytes, offset: int) -> Row | None:
        state = self.state
        cells = self._cells(line)
        names = state.names
        labelled = names[0].lower() in LABELS
        if state.numbered and len(cells) == len(names) + 1:
            names = ["#", *names]
        if len(cells) < len(names) and (b"|" in line or b"\xe2\x94" in line):
            cells = between_bars(line, len(names)) or cells
        if len(cells) == len(names) + 1 and not labelled and _REMARK.fullmatch(cells[-1]):
            cells.pop()
        if len(cells) != len(names):  # one blank between two of them: mAP@.5 mAP@.5:.95, 2.345 .2345
            apart = " ".join(names).split(), " ".join(cells).split()
            if labelled or (len(apart[0]) == len(names) and all(NUMERIC.match(cell.encode()) for cell in apart[1])):
                names, cells = apart
        if len(cells) != len(names) and state.comma in ("", " ") and b"|" not in line:
            cells = in_words(line, names, state.spans) or cells
        if len(cells) > len(names) and state.head and (found := right_names(state.head, line)):
            names = state.names = list(found)
            state.spans = list(found.values())
            cells = in_words(line, names, state.spans)
        if len(cells) < len(names) and state.spans:
            cells = aligned(line, state.spans) or cells
        if len(cells) == len(names) - 1 and state.mark >= 0:
            cells.insert(state.mark, "")
        if len(cells) != len(names) or not cells:
            return None
        marks = [index for index, cell in enumerate(cells) if len(cell) == 1 and not cell.isalnum()]
        state.mark = marks[0] if len(marks) == 1 else state.mark
        if (named := self._named(names, cells)) is not None:
            names, cells = named
        values: dict[str, float] = {}
        step = epoch = total = float("nan")
        epoch_name, blank = "", 0
        for name, cell in zip(names, cells, strict=True):
            place = place_of(name)
            token = cell.encode()
            if place and (part := _FRACTION.match(token)):
                token = part.group(1)
                total = float(part.group(2))
            number = NUMERIC.match(token)
            if number is None:
                if state.unproven or (place and not ((step == step and place == "step") or (epoch == epoch and place == "epoch"))):
                    return None
                blank += not cell or NO_NUMBER.fullmatch(cell) is not None
                values.update(parts_of(name, cell))
                continue
            if not place and (name.lower() in IDLE or name.endswith(("__MIN", "__MAX"))):  # of an export of W&B
                continue
            value = to_float(number.group(1))
            if place == "step" and step != step:
                value *= scale_of(number.group(2).decode())
                if not value.is_integer():
                    return None
                step = value if value >= 0 else step  # -1 stands for the end of the epoch
            elif place == "epoch" and epoch != epoch:
                epoch, epoch_name = value, name
            else:
                values[name] = value
        result = _RESULT.fullmatch(cells[0]) if names[0] == "split" else None
        if result is not None and result[1].lower() in PHASES and epoch == epoch:
            return Row(offset, values, step, epoch, total, PHASES[result[1].lower()])
        if cells[0].lower() in PHASES and values and not any(place_of(name) for name in names):
            return Row(offset, values, step, epoch, total, PHASES[cells[0].lower()])
        if labelled:
            if cells[0].lower() != "all" or not values or not state.label_due:
                return None
            state.label_due = False
            for count in ("Images", "Instances", "Labels", "Targets"):
                values.pop(count, None)
            return Row(offset, values, step, epoch, total, "val")
        if step != step and epoch != epoch and (len(values) < len(names) or any(place_of(name) for name in names)):
            return None  # without a place, every cell must be a number
        if not values or len(values) < (len(names) - 1 - blank) / 3:
            return None
        if step == step and epoch == epoch:
            if named is None:
                values[epoch_name] = epoch
            if any(name.lower() == "batch" for name in names):
                step = self._counted(epoch, step)
        state.rows += 1
        state.label_due = True
        return Row(offset, values, step, epoch, total)

    def _named(self, names: list[str], cells: list[str]) -> tuple[list[str], list[str]] | None:
        """Place and value of a row whose metric is told by a cell (metric,step,value); None for other rows.

        Of a table of several runs the first keeps the plain names.
        """
        lower = [name.lower() for name in names]
        told = next((lower.index(name) for name in TOLD_IN if name in lower), -1)
        if told < 0 or "value" not in lower or not cells[told]:
            return None
        metric = cells[told]
        if "run" in lower:
            run = cells[lower.index("run")]
            self.state.run = self.state.run or run
            metric = metric if run == self.state.run else f"{run}/{metric}"
        places = [at for at, name in enumerate(lower) if place_of(name) and cells[at]]
        kept = [*((names[at], cells[at]) for at in places), (metric, cells[lower.index("value")])]
        return [name for name, _ in kept], [cell for _, cell in kept]

    def _counted(self, epoch: float, batch: float) -> float:
        """The batches so far, where the column of the batches begins again with each epoch."""
        state = self.state
        if epoch > state.epoch and batch <= state.batch:
            state.before += state.batch + (batch == 0)
        elif epoch < state.epoch:
            state.before = 0.0
        state.epoch, state.batch = epoch, batch
        return state.before + batch


def _uncommented(line: bytes) -> tuple[bytes, bool]:
    """The line without the number sign that marks it as a comment, and whether there was one: a place is named behind it."""
    bare = line.lstrip()
    if bare[:1] != b"#" or bare[1:2] == b"#" or len(line) > 2000:
        return line, False
    words = re.split(r"[\s,;|]+", bare[1:].decode("utf-8", "replace").lower())
    return (line.replace(b"#", b" ", 1), True) if any(word in PLACES for word in words if word) else (line, False)


def _measures(cells: list[str]) -> bool:
    """True where nearly all columns are named like metrics, so that rows of numbers below them need no place to be believed.

    Precision, recall and f1 alone stand in tables of the classes at the end of an evaluation: no rows of a run.
    """
    likely = sum(is_metric_word(cell) or _OF_PHASE.match(cell) is not None for cell in cells)
    classes = all(cell.lower().replace("-", "_") in CLASS_SCORES for cell in cells)
    return not classes and likely >= max(2, len(cells) - 1) and all(_PLAIN_NAME.fullmatch(cell) for cell in cells)


def has_letters(desc: bytes) -> bool:
    """True where a bar's description is words and not the cells of a row."""
    return any(kind_of(token) != "\x01" for token in cut(desc)[1::2]) or re.search(rb"[A-Za-z]{2,}", desc) is not None
