"""Cells: a line of a table cut into its cells, and the names that a header gives the columns.

In: lines as text or bytes, and where the names stand. Out: cells as text, or nothing where a line does not fit. A cell may have blanks
inside (`2026-01-02 10:00:00`, `0.002 sec`), be blank, or be the number of the row, which stands left of all names. Columns of one name
are told apart by what stands above or around them. Refuses to know which lines are rows.
"""

import re
from itertools import pairwise

from parser.numbers import to_float

NUMERIC = re.compile(
    rb"^([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|NaN|inf|Inf|-inf))"
    rb"( ?%|[a-zA-Z]{0,3}|\s?(?:\xc2\xb1|\+/-)\s?[\d.eE+-]{1,20} ?%?)$"  # 71.2 %, 2.62M, 0.91 ± 0.02
)
STAMP = re.compile(rb"^(?:\[?[\d/\-]{5,10}[ T\-][\d:.,]{8,15}\]?|[\d\-]{8,10})\s+(?=\S)")
_NAME = re.compile(r"\S+(?: \S+)*")
_PLAIN = re.compile(r"\S+")
_OPENED = re.compile(r"([A-Za-z]\w{0,20})\(([^()]{1,40})")  # Box(P
_EDGES = re.compile(r"[|│┃║\t]")
LINE_CHARS = 1 << 16  # more than a line has: what stands above the last columns goes on to the end
PLACES = {
    "#": "step", "step": "step", "steps": "step", "iter": "step", "iteration": "step", "iterations": "step", "global_step": "step",
    "update": "step", "it": "step", "timesteps": "step", "total_timesteps": "step", "_step": "step", "round": "step", "batch": "step",
    "gen": "step", "generation": "step", "episode": "step", "total_train_updates": "step", "number_of_trees": "step", "iterat": "step",
    "epoch": "epoch", "e": "epoch", "epochs": "epoch", "ep": "epoch", "epoch_num": "epoch",
}  # fmt: skip
_IN_GROUP = ("total_timesteps", "timesteps", "global_step")  # time/total_timesteps
_SPLIT = re.compile(r"\s*[|│┃║]\s*|\s{2,}|\t")
_BARS = re.compile(r"[|│┃║]")
_LIST = re.compile(r"\[([-+\d.eEnaif, ]{0,400})\]")
_DATE_TIME = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?"
_LASTS = r"(?:\d{1,4} (?:hours?|hrs?|min) {1,2}){0,2}\d[\d.]{0,20} (?:\w{1,8}/)?(?:secs?|mins?|ms)"  # 1 min  2.345 sec, 12.5 obs/sec
_WORD = re.compile(rf"{_DATE_TIME}|{_LASTS}(?!\S)|\S+")
_CLOCK = re.compile(r"\(?\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,6})?\)?")  # a time behind the cells: (00:52)
NO_NUMBER = re.compile(rf"NA|N/A|n/a|{_DATE_TIME}|{_LASTS}|{_CLOCK.pattern}")
_DATED = re.compile(_DATE_TIME)
_TIMES = ("timestamp", "time", "date", "datetime", "duration")
_COUNTED = re.compile(r"#\w{1,20}|[\w#-]{1,20}[cC]ounts?")  # beside the place: F-count, #Fevals
_TWO_OF = re.compile(r"(\w{1,20})&(\w{1,20})( \w{1,20})?")  # min&max std


def place_of(name: str) -> str:
    """What a column says of where its rows stand: "step", "epoch", or "" for a metric."""
    lower = name.lower()
    return PLACES.get(lower) or ("step" if "/" in lower and lower.rpartition("/")[2] in _IN_GROUP else "")


def bare_text(line: bytes) -> str:
    """The line without a time stamp and the borders around it."""
    return STAMP.sub(b"", line).decode("utf-8", "replace").strip().rstrip(":").strip("|│┃║").strip()


def split_cells(text: str) -> list[str]:
    """The cells of a line whose columns are apart by bars, tabs or two blanks."""
    return [cell for cell in _SPLIT.split(text) if cell]


def read_header(text: str) -> tuple[str, list[str]]:
    """What the columns are apart by ("" for bars, tabs or two blanks), and their names."""
    for mark in (",", ";", "\t"):
        cells = [cell.strip().strip('"') for cell in text.split(mark)]
        if len(cells) > 2 or (len(cells) == 2 and (mark == "\t" or place_of(cells[0]))):  # step,loss
            return mark, cells
    found = split_cells(text)
    cells = [name for index, cell in enumerate(found) for name in _apart(cell, not index)]
    return ("", cells) if len(cells) >= 2 else (" ", text.split())


def _apart(cell: str, first: bool) -> list[str]:
    """The names of a header with one blank between them: `Epoch batch`, `Iter F-count`, `duration number_of_trees`, `min&max std`."""
    words = cell.split()
    if (two := _TWO_OF.fullmatch(cell)) is not None:
        return [two[1] + (two[3] or ""), two[2] + (two[3] or "")]
    joint = len(words) > 1 and all(word.lower() in PLACES or word in _TIMES or "_" in word for word in words)
    counted = first and len(words) == 2 and words[0].lower() in PLACES and _COUNTED.fullmatch(words[1]) is not None
    return words if joint or counted else [cell]


def spans_of(line: bytes, count: int) -> list[tuple[int, int]]:
    """Where the names of a header stand; [] where they are not so many."""
    text = line.decode("utf-8", "replace").expandtabs()
    found = ([name.span() for name in pattern.finditer(text)] for pattern in (_NAME, _PLAIN))
    return next((spans for spans in found if len(spans) == count), [])


def distinct(cells: list[str], above: list[str]) -> list[str]:
    """The names with columns told apart that come twice, or that are a second place: by what stands `above` them, else by a number."""
    lower = [cell.lower() for cell in cells]
    places = [place_of(name) for name in lower]
    names: list[str] = []
    for index, cell in enumerate(_bracketed(cells)):
        again = lower.count(lower[index]) > 1 or (places[index] != "" and places[index] in places[:index])
        names.append(f"{above[index]} {cell}" if again and above and above[index] else cell)
    return [f"{name} #{names[: index + 1].count(name)}" if name in names[:index] else name for index, name in enumerate(names)]


def _bracketed(cells: list[str]) -> list[str]:
    """Columns without the bracket that stands over several of them, which tells those apart that come twice.

    `Box(P  R  mAP50)  Mask(P  R  mAP50)` are P, R, mAP50, Mask/P, Mask/R, Mask/mAP50.
    """
    names: list[str] = []
    group = ""
    for cell in cells:
        opened = _OPENED.fullmatch(cell)
        group, name = (opened[1], opened[2]) if opened is not None else (group, cell)
        closes = group != "" and name.endswith(")") and "(" not in name
        name = name[:-1] if closes else name
        names.append(f"{group}/{name}" if group and name in names else name)
        group = "" if closes else group
    return names


def above_each(over: bytes, spans: list[tuple[int, int]]) -> list[str]:
    """What a line above the header says of each of its columns: `|   Population   |    Best    |`, `Best   Mean`; "" for none.

    One name alone is a title, or a line that only happens to stand there.
    """
    text = over.decode("utf-8", "replace")
    edges = [len(text[: mark.start()].expandtabs()) for mark in _EDGES.finditer(text)]
    text = text.expandtabs()
    if edges:
        parts = [(start, end, text[start:end].strip(" |│┃║")) for start, end in pairwise([0, *edges, LINE_CHARS])]
    else:
        parts = [(*name.span(), name.group()) for name in _NAME.finditer(text)]
    if sum(name != "" for *_, name in parts) < 2:
        return [""] * len(spans)
    names = []
    for start, end in spans:
        most = max(((min(end, last) - max(start, first), name) for first, last, name in parts), default=(0, ""))
        names.append(most[1] if most[0] > 0 else "")
    return names


def between_bars(line: bytes, count: int) -> list[str]:
    """The cells of a row between bars, the blank ones too; [] where there are not so many."""
    cells = [cell.strip() for cell in _BARS.split(line.decode("utf-8", "replace").strip())]
    return cells[1:-1] if len(cells) == count + 2 and not cells[0] and not cells[-1] else []


def in_words(line: bytes, names: list[str], spans: list[tuple[int, int]]) -> list[str]:
    """The cells of a row with one blank between some of them; [] where they are no numbers or times, or not as many as the names.

    The number of the row, which stands left of all names, is no cell, nor is a time behind them: `3   0.5   0.4  (00:52)`.
    """
    words = list(_WORD.finditer(line.decode("utf-8", "replace")))
    if len(words) > len(names) and spans and words[0].group().isdigit() and words[0].end() <= spans[0][0]:
        del words[0]
    if len(words) == len(names) + 1 and _CLOCK.fullmatch(words[-1].group()):
        del words[-1]
    cells = [word.group() for word in words]
    if len(cells) != len(names) or not all(NUMERIC.match(cell.encode()) or NO_NUMBER.fullmatch(cell) for cell in cells):
        return []
    dated = all(name.lower() in _TIMES for name, cell in zip(names, cells, strict=True) if _DATED.fullmatch(cell))
    return cells if dated else []


def right_names(header: str, line: bytes) -> dict[str, tuple[int, int]]:
    """The names of a header and where they stand, where each ends above the end of a number of the row, as data frames print; else {}."""
    words = list(_WORD.finditer(line.decode("utf-8", "replace")))
    if words and words[0].group().isdigit() and not header[: words[0].end()].strip():
        del words[0]
    ends = [word.end() for word in words if NUMERIC.match(word.group().encode()) or NO_NUMBER.fullmatch(word.group())]
    if not ends or len(ends) < len(words) or len(header) != ends[-1]:
        return {}
    if any(header[end - 1] == " " or header[end : end + 1].strip() for end in ends):
        return {}
    cells = [(header[start:end].lstrip(), end) for start, end in pairwise([0, *ends])]
    names = {name: (end - len(name), end) for name, end in cells}
    return names if len(names) == len(cells) else {}


def aligned(line: bytes, spans: list[tuple[int, int]]) -> list[str]:
    """The cells of a row in which some are blank: each belongs to the one name it stands below. [] where one does not."""
    cells = [""] * len(spans)
    for word in re.finditer(r"\S+", line.decode("utf-8", "replace")):
        below = [column for column, (start, end) in enumerate(spans) if word.start() < end and word.end() > start]
        if len(below) != 1 or cells[below[0]]:
            return []
        cells[below[0]] = word.group()
    return cells


def parts_of(name: str, cell: str) -> dict[str, float]:
    """The values of a cell that is a list: `[1.23e+00, 3.45e-01]`, of which the first has the name of the column."""
    found = _LIST.fullmatch(cell)
    tokens = [part.encode() for part in re.split(r"\s*,\s*|\s+", found[1].strip())] if found is not None else []
    if not all(NUMERIC.match(token) for token in tokens):
        return {}
    return {f"{name} #{number}" if number > 1 else name: to_float(token) for number, token in enumerate(tokens, 1)}
