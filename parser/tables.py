"""Tables: a header row and rows of cells, CSV blocks.

In: lines. Out: a `Row` of named cells, or nothing. A header is believed only through its rows: as many cells as it has names, and
numbers under the names. A label column (`Class … all`) keeps the rows of the whole, not those of its classes; one of phases keeps all
of them apart. A number sign before the names marks a comment, unless the rows have a cell for it. Refuses to know what a column means
beyond step and epoch. Names below each other are `parser.boxes`'.
"""

import re

import msgspec

from parser.names import is_metric_word
from parser.numbers import cut, kind_of, to_float

CELLS = 64
PHASE_BYTES = 16  # of a line that is a phase and nothing else
CELL_CHARS = 80  # of a column's name; TRL prints `rewards / check_grounding_references_from_response`
_STAMP = re.compile(rb"^(?:\[?[\d/\-]{5,10}[ T\-][\d:.,]{8,15}\]?|[\d\-]{8,10})\s+(?=\S)")
_SPLIT = re.compile(r"\s*[|│┃║]\s*|\s{2,}|\t")
_CELL = re.compile(r"\S+(?: \S+)*")
NUMERIC = re.compile(
    rb"^([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|NaN|inf|Inf|-inf))"
    rb"( ?%|[a-zA-Z]{0,3}|\s?(?:\xc2\xb1|\+/-)\s?[\d.eE+-]{1,20} ?%?)$"  # 71.2 %, 2.62M, 0.91 ± 0.02
)
_PLAIN_NAME = re.compile(r"[A-Za-z][\w@/.% -]{0,79}")
_OF_PHASE = re.compile(r"(?i)(?:train|val|valid|test|dev|eval)[ _/-]")
_BOXED = re.compile(rb"^(?:\||\xe2\x94\x82|\xe2\x94\x83) ")
_BARS = re.compile(r"[|│┃║]")
_LIST = re.compile(r"\[([-+\d.eEnaif, ]{0,400})\]")
_RESULT = re.compile(r"! (?:Initial )?(\w{1,20})")  # of NequIP: ! Train, ! Initial Validation
_FRACTION = re.compile(rb"^(\d+)/(\d+)$")
PLACES = {
    "#": "step", "step": "step", "steps": "step", "iter": "step", "iteration": "step", "iterations": "step", "global_step": "step",
    "update": "step", "it": "step", "timesteps": "step", "total_timesteps": "step", "_step": "step", "round": "step", "batch": "step",
    "gen": "step", "generation": "step", "episode": "step", "total_train_updates": "step",
    "epoch": "epoch", "e": "epoch", "epochs": "epoch", "ep": "epoch", "epoch_num": "epoch",
}  # fmt: skip
IDLE = ("remaining time", "eta")  # columns that measure nothing
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


class Tables:
    def __init__(self, state: TablesState) -> None:
        self.state = state

    def see(self, line: bytes, offset: int) -> Row | str | None:
        """A row, "header", or None for a line that belongs to no table."""
        row = self._row(line, offset) if self.state.names else None
        found = row or ("header" if self._header(line, offset) else None)
        if found is None and len(line) < PHASE_BYTES and (phase := PHASES.get(line.strip(b" :").decode("utf-8", "replace").lower())):
            self.state.above, self.state.above_at = phase, offset
        return found

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
        text = _STAMP.sub(b"", line).decode("utf-8", "replace").strip().rstrip(":").strip("|│┃║").strip()
        if self.state.comma == " ":
            return text.split()
        if self.state.comma:
            return [cell.strip().strip('"') for cell in text.split(self.state.comma)]
        return [cell for cell in _SPLIT.split(text) if cell]

    def _header(self, line: bytes, offset: int) -> bool:
        """Takes a line as a header where it names columns and holds no number."""
        if (
            len(line) > 2000
            or line[:1] in b"{["
            or len(cut(_STAMP.sub(b"", line))) > 1
            or b"=" in line
            or b"://" in line
            or not line.strip()
        ):
            return False
        line, numbered = _uncommented(line)
        text = _STAMP.sub(b"", line).decode("utf-8", "replace").strip().rstrip(":").strip("|│┃║").strip()
        comma, cells = "", [text]
        for mark in (",", ";", "\t"):
            if text.count(mark) >= 2 or (text.count(mark) == 1 and mark == "\t"):
                comma, cells = mark, [cell.strip().strip('"') for cell in text.split(mark)]
                break
        else:
            cells = [name for cell in _SPLIT.split(text) if cell for name in _apart(cell)]
            if len(cells) < 2:
                comma, cells = " ", text.split()
        if len(cells) > 4 and cells[1] == "#" and (cells[0].lower() in PHASES or cells[0] == "Initialization"):
            cells = ["split", *cells[2:]]  # NequIP
        cells = _distinct(cells)
        lower = [cell.lower() for cell in cells]
        if not 2 <= len(cells) <= CELLS or len(set(lower)) != len(cells) or any(NUMERIC.match(cell.encode()) for cell in cells):
            return False
        if any(len(cell) > CELL_CHARS or not cell or (cell.endswith((":", ".")) and not cell.endswith("..")) for cell in cells):
            return False
        placed = any(name in PLACES for name in lower)
        labelled = lower[0] in LABELS
        words = sum(is_metric_word(cell) for cell in (text.split() if labelled else cells))
        boxed = len(cells) >= 3 and _BOXED.match(line) is not None
        bare = not placed and _measures(cells) and (comma != " " or len(cells) >= 3)
        if not ((placed and (words or len(cells) >= 4)) or ((labelled or boxed) and words >= 2) or bare):
            return False
        if comma == " " and ((lower[0] not in PLACES and not bare) or len(cells) > 12):
            return False
        directly = offset - self.state.above_at < 2 * PHASE_BYTES  # by the bytes: a line between is not always seen here
        if directly and self.state.above not in ("", "train") and "batch" in lower and "epoch" in lower:
            self.state.names = []  # batches of an evaluation, whose result comes later
            return True
        self.state.names, self.state.comma, self.state.rows, self.state.mark = cells, comma, 0, -1
        self.state.numbered = numbered
        spans = [name.span() for name in _CELL.finditer(line.decode("utf-8", "replace"))]
        self.state.spans = spans if not comma and b"\t" not in line and len(spans) == len(cells) else []
        return True

    def _row(self, line: bytes, offset: int) -> Row | None:
        state = self.state
        cells = self._cells(line)
        names = state.names
        labelled = names[0].lower() in LABELS
        if state.numbered and len(cells) == len(names) + 1:
            names = ["#", *names]
        if len(cells) < len(names) and (b"|" in line or b"\xe2\x94" in line):
            cells = _between_bars(line, len(names)) or cells
        if len(cells) != len(names):  # one blank between two of them: mAP@.5 mAP@.5:.95, 2.345 .2345
            apart = " ".join(names).split(), " ".join(cells).split()
            if labelled or (len(apart[0]) == len(names) and all(NUMERIC.match(cell.encode()) for cell in apart[1])):
                names, cells = apart
        if len(cells) < len(names) and state.spans:
            cells = _aligned(line, state.spans) or cells
        if len(cells) == len(names) - 1 and state.mark >= 0:
            cells.insert(state.mark, "")
        if len(cells) != len(names) or not cells:
            return None
        marks = [index for index, cell in enumerate(cells) if len(cell) == 1 and not cell.isalnum()]
        state.mark = marks[0] if len(marks) == 1 else state.mark
        values: dict[str, float] = {}
        step = epoch = total = float("nan")
        epoch_name = ""
        for name, cell in zip(names, cells, strict=True):
            place = PLACES.get(name.lower(), "")
            token = cell.encode()
            if place and (part := _FRACTION.match(token)):
                token = part.group(1)
                total = float(part.group(2))
            number = NUMERIC.match(token)
            if number is None:
                if place:
                    return None
                values.update(_parts(name, cell))
                continue
            if not place and name.lower() in IDLE:
                continue
            value = to_float(number.group(1))
            if place == "step" and step != step:
                step = value if value >= 0 else step  # -1 stands for the end of the epoch
            elif place == "epoch" and epoch != epoch:
                epoch, epoch_name = value, name
            else:
                values[name] = value
        result = _RESULT.fullmatch(cells[0]) if names[0] == "split" else None
        if result is not None and result[1].lower() in PHASES and epoch == epoch:
            return Row(offset, values, step, epoch, total, PHASES[result[1].lower()])
        if cells[0].lower() in PHASES and values and not any(name.lower() in PLACES for name in names):
            return Row(offset, values, step, epoch, total, PHASES[cells[0].lower()])
        if labelled:
            if cells[0].lower() != "all" or not values or not state.label_due:
                return None
            state.label_due = False
            for count in ("Images", "Instances", "Labels", "Targets"):
                values.pop(count, None)
            return Row(offset, values, step, epoch, total, "val")
        if step != step and epoch != epoch and (len(values) < len(names) or any(name.lower() in PLACES for name in names)):
            return None  # without a place, every cell must be a number
        if len(values) < (len(names) - 1) / 3:
            return None
        if step == step and epoch == epoch:
            values[epoch_name] = epoch
            if any(name.lower() == "batch" for name in names):
                step = self._counted(epoch, step)
        state.rows += 1
        state.label_due = True
        return Row(offset, values, step, epoch, total)

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


def _apart(cell: str) -> list[str]:
    """The names of a header with one blank between them where all are places: `Epoch batch`."""
    words = cell.split()
    return words if len(words) > 1 and all(word.lower() in PLACES for word in words) else [cell]


def _between_bars(line: bytes, count: int) -> list[str]:
    """The cells of a row between bars, the blank ones too; [] where there are not so many."""
    cells = [cell.strip() for cell in _BARS.split(line.decode("utf-8", "replace").strip())]
    return cells[1:-1] if len(cells) == count + 2 and not cells[0] and not cells[-1] else []


def _parts(name: str, cell: str) -> dict[str, float]:
    """The values of a cell that is a list: `[1.23e+00, 3.45e-01]`, of which the first has the name of the column."""
    found = _LIST.fullmatch(cell)
    tokens = [part.strip().encode() for part in found[1].split(",")] if found is not None else []
    if not all(NUMERIC.match(token) for token in tokens):
        return {}
    return {f"{name} #{number}" if number > 1 else name: to_float(token) for number, token in enumerate(tokens, 1)}


def _measures(cells: list[str]) -> bool:
    """True where nearly all columns are named like metrics, so that rows of numbers below them need no place to be believed.

    Precision, recall and f1 alone stand in tables of the classes at the end of an evaluation: no rows of a run.
    """
    likely = sum(is_metric_word(cell) or _OF_PHASE.match(cell) is not None for cell in cells)
    classes = all(cell.lower().replace("-", "_") in CLASS_SCORES for cell in cells)
    return not classes and likely >= max(2, len(cells) - 1) and all(_PLAIN_NAME.fullmatch(cell) for cell in cells)


def _aligned(line: bytes, spans: list[tuple[int, int]]) -> list[str]:
    """The cells of a row in which some are blank: each belongs to the one name it stands below. [] where one does not."""
    cells = [""] * len(spans)
    for word in re.finditer(r"\S+", line.decode("utf-8", "replace")):
        below = [column for column, (start, end) in enumerate(spans) if word.start() < end and word.end() > start]
        if len(below) != 1 or cells[below[0]]:
            return []
        cells[below[0]] = word.group()
    return cells


def _distinct(cells: list[str]) -> list[str]:
    """Columns that come twice, told apart by the bracket they stand in: `Box(P  R  mAP50)  Mask(P  R  mAP50)` has R and Mask(R."""
    names: list[str] = []
    group = ""
    for cell in cells:
        group = cell[: cell.index("(") + 1] if "(" in cell else group
        names.append(group + cell if cell in names and "(" not in cell else cell)
    return names


def has_letters(desc: bytes) -> bool:
    """True where a bar's description is words and not the cells of a row."""
    return any(kind_of(token) != "\x01" for token in cut(desc)[1::2]) or re.search(rb"[A-Za-z]{2,}", desc) is not None
