"""What a training that said nothing while it ran prints in the end: a dict with a list for each metric, as Keras' `history.history`.

In: a line. Out: a row for each epoch; none for any other line. A loss must be among the keys, and the lists of one length: a dict of lists
may as well hold settings, or the scores of classes. Refuses to know whether the log has told these values before.
"""

import math
import re

from parser.names import canonical
from parser.numbers import to_float
from parser.tables import Row

FORMAT = "history"
STEPS = ("step", "steps", "global_step", "iteration", "iterations")
_PAIR = re.compile(rb"[\"']([\w./@ ()-]{1,80})[\"']: ?\[([^\[\]]{1,400000})\](?:, ?)?")
_TYPED = re.compile(rb"(?:np\.|numpy\.)?float\d\d\(([^()\s]{1,40})\)")  # np.float64(0.5)
_HEAD = re.compile(rb"\s{0,8}(?:[\w .]{1,40}[:=] ?)?\{(?=[\"'][^\"']{1,80}[\"']: ?\[)")


def read_history(line: bytes, offset: int) -> list[Row]:
    """A row for each epoch of a printed history, at consecutive offsets from that of the line; empty for any other line."""
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
