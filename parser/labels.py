"""The labels of `srun --label`: the number of its task, a colon and a blank before each line that a task prints.

In: lines. Out: the same, and once the labels are believed, with the rank in their place that the other parts of the parser know. A line
that begins with a number may as well tell a step or an epoch, so a label is believed only from several lines in a row of which some hold
no number at all: either all are of task 0, or their tasks alternate.
"""

import re

import msgspec

LINES = 5
PROSE = 2  # lines without a number behind the label
BACK = 2  # times that a lower number follows a higher one
_LABEL = re.compile(rb" {0,3}(\d{1,4}):(?: |$)")
_NUMBER = re.compile(rb"\d")


class LabelsState(msgspec.Struct):
    """The labelled lines in a row so far: their number, their tasks, the last of them, how often they went back, how many are prose."""

    believed: bool = False
    count: int = 0
    tasks: list[int] = []
    last: int = -1
    back: int = 0
    prose: int = 0


class Labels:
    def __init__(self, state: LabelsState) -> None:
        self.state = state

    def read(self, line: bytes) -> bytes:
        """The line with its label as a rank (`[rank1]: …`), b"" where it is nothing but a label; as it is while labels are not believed."""
        found = _LABEL.match(line)
        if found is None and not self.state.count:
            return line
        if not self.state.believed:
            self._see(line, found)
        if found is None or not self.state.believed:
            return line
        rest = line[found.end() :]
        return b"[rank%d]: %s" % (int(found[1]), rest) if rest.strip() else b""

    def _see(self, line: bytes, found: re.Match[bytes] | None) -> None:
        state = self.state
        if found is None:
            self.state.count, state.tasks, state.last, state.back, state.prose = 0, [], -1, 0, 0
            return
        task, rest = int(found[1]), line[found.end() :]
        state.count += 1
        state.back += task < state.last
        state.last = task
        if task not in state.tasks and len(state.tasks) < 256:
            state.tasks.append(task)
        state.prose += bool(rest.strip()) and _NUMBER.search(rest) is None
        alternate = state.back >= BACK and 2 * len(state.tasks) <= state.count
        state.believed = state.count >= LINES and state.prose >= PROSE and (state.tasks == [0] or alternate)
