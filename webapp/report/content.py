"""What a report tells of one run, wherever it comes from: a log file that was just read, or the board's database."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from webapp.store.rows import EventRow, FindingRow, MetricRow, RunRow, Series
from webapp.terminal.window import Log, LogGoneError, LogLine, open_log, read_after, read_tail
from webapp.wrapper.spool import RunEnd, RunRecord, read_end, read_record

SHOWN_LINES = 30  # of the log's beginning, and of its end
FACTS = ("command", "folder", "code", "host", "python", "gpus")  # among the parameters of a recorded run: how it was started
HASH_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogText:
    """The log in brief. `sha256` is of its first `size` bytes, those that were read; `left_out` are the bytes between head and tail.

    gone  why there is no text to show; "" if there is
    """

    path: str
    size: int
    sha256: str = ""
    head: tuple[LogLine, ...] = ()
    tail: tuple[LogLine, ...] = ()
    left_out: int = 0
    gone: str = ""


@dataclass(frozen=True, slots=True)
class RunContent:
    """One run. `read` gives all points of a metric; `record` and `end` are there where `lossboard run` or `pipe` recorded it."""

    run: RunRow
    metrics: tuple[MetricRow, ...]
    read: Callable[[str], Series]
    events: tuple[EventRow, ...]
    findings: tuple[FindingRow, ...]
    log: LogText
    record: RunRecord | None = None
    end: RunEnd | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that read the metrics, in the order of the metrics."""
        return tuple(dict.fromkeys(row.format or "generic" for row in self.metrics))

    def facts(self) -> tuple[tuple[str, str], ...]:
        """How the run was started, as far as anything tells: (what, value)."""
        record = self.record
        if record is None:
            return ()
        found = (
            ("Command", record.command_line),
            ("Folder", record.folder),
            ("Code", record.code),
            ("Host", record.host),
            ("Python", record.python),
            ("Graphics cards", name_cards(record.gpus)),
            ("Exit", exit_words(self.end)),
        )
        return tuple((name, value) for name, value in found if value)

    def params(self) -> tuple[tuple[str, str], ...]:
        """Parameters that the log prints, or that were told beside it; without those that `facts` tells."""
        told = FACTS if self.record else ()
        return tuple((name, value) for name, value in self.run.params.items() if name not in told)


def read_records(path: Path) -> tuple[RunRecord | None, RunEnd | None]:
    """What `lossboard run` wrote beside a log."""
    return read_record(path), read_end(path)


def read_text(source: Log, name: str, size: int) -> LogText:
    """Hash, beginning and end of what is there of the first `size` bytes of a log."""
    try:
        with open_log(source) as log:
            size = min(size, log.size)
            digest, place = sha256(), log.begin
            while place < size and (chunk := log.read(place, min(place + HASH_CHUNK, size))):
                digest.update(chunk)
                place += len(chunk)
        tail = read_tail(source, SHOWN_LINES, size).lines
        head = tuple(line for line in read_after(source, 0).lines[:SHOWN_LINES] if not tail or line.end <= tail[0].start)
    except LogGoneError as error:
        return LogText(name, size, gone=str(error))
    left_out = tail[0].start - head[-1].end if head and tail else 0
    return LogText(name, size, digest.hexdigest(), head, tail, left_out)


def name_cards(names: tuple[str, ...]) -> str:
    """4 × NVIDIA H100 80GB HBM3."""
    counted = {name: names.count(name) for name in names}
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in counted.items())


def exit_words(end: RunEnd | None) -> str:
    if end is None or (end.code is None and end.signal is None):
        return ""
    return f"code {end.code}" if end.signal is None else f"signal {end.signal}"
