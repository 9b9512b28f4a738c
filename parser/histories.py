"""What a training that said nothing while it ran prints in the end: a dict with a list for each metric, as Keras' `history.history`, or a
list with a dict for each step, as the Trainer's `log_history`.

In: a line. Out: a row for each epoch or step; none for any other line. A dict must have a loss among its keys, and lists of one length: it
may as well hold settings, or the scores of classes. Each dict of a list must tell where it stands. Refuses to know whether the log has told
these values before.
"""

import math
import re

from parser.names import canonical, is_metric_word
from parser.numbers import to_float
from parser.tables import Row

FORMAT = "history"
STEPS = ("step", "steps", "global_step", "iteration", "iterations")
_PAIR = re.compile(rb"[\"']([\w./@ ()-]{1,80})[\"']: ?\[([^\[\]]{1,400000})\](?:, ?)?")
_TYPED = re.compile(rb"(?:np\.|numpy\.)?float\d\d\(([^()\s]{1,40})\)")  # np.float64(0.5)
_DICTS = re.compile(rb"\s{0,8}(?:[\w .]{1,40}[:=] ?)?\[(?=\{[\"'])")
_DICT = re.compile(rb"\{([^{}\[\]]{1,4000})\}(?:, ?)?")
_CELL = re.compile(rb"[\"']([\w./@ ()-]{1,80})[\"']: ?(?:np\.float\d\d\()?([-+\d.eE]{1,40}|-?(?:nan|NaN|inf|Infinity)|null|None)\)?(?=,|$)")
_HEAD = re.compile(rb"\s{0,8}(?:[\w .]{1,40}[:=] ?)?\{(?=[\"'][^\"']{1,80}[\"']: ?\[)")


def may_be_history(line: bytes) -> bool:
    """True for the few lines that are worth `read_history`."""
    return b": [" in line[:200] or b"[{" in line[:60]


def read_history(line: bytes, offset: int) -> list[Row]:
    """A row for each epoch or step of a printed history, at consecutive offsets from that of the line; empty for any other line."""
    return _columns(line, offset) or _records(line, offset)


def _records(line: bytes, offset: int) -> list[Row]:
    head = _DICTS.match(line[:60])
    if head is None or not line.endswith(b"}]") or _DICT.sub(b"", line[head.end() : -1]):
        return []
    rows = []
    for index, text in enumerate(_DICT.findall(line)):
        cells = {name.decode(): to_float(token) for name, token in _CELL.findall(text) if token not in (b"null", b"None")}
        step = next((cells.pop(name) for name in STEPS if name in cells), math.nan)
        epoch = cells.pop("epoch", math.nan)
        if math.isnan(step) and math.isnan(epoch):
            return []
        if not (math.isnan(step) or math.isnan(epoch)):
            cells["epoch"] = epoch
        rows.append(Row(offset + index, cells, step, epoch))
    return rows if len(rows) > 1 and any(is_metric_word(name) for name in rows[0].cells) else []


def _columns(line: bytes, offset: int) -> list[Row]:
    head = _HEAD.match(line[:200])
    if head is None or not line.endswith(b"}") or b"loss" not in line or _PAIR.sub(b"", line[head.end() : -1]):
        return []
    columns: dict[str, list[float]] = {}
    try:
        for name, listed in _PAIR.findall(line):
            columns[name.decode()] = [to_float(token.strip()) for token in _TYPED.sub(rb"\1", listed).split(b",")]
    except ValueError:
        return []
    epochs, steps = columns.pop("epoch", []), next((columns.pop(name) for name in STEPS if name in columns), [])
    size = len(next(iter(columns.values()), []))
    if any(len(column) != size for column in [*columns.values(), *filter(None, (epochs, steps))]):
        return []
    if not any(canonical(name) in ("loss", "eval_loss") for name in columns):
        return []
    rows = []
    for index in range(size):
        cells = {name: column[index] for name, column in columns.items()}
        epoch = epochs[index] if epochs else math.nan if steps else index + 1.0
        rows.append(Row(offset + index, cells, steps[index] if steps else math.nan, epoch))
    return rows
