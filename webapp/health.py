"""How the board does now: its ingest, its database, its disk, and how far the logs are read. For /healthz, /metrics and the status page."""

import shutil
import time
from dataclasses import dataclass
from typing import Literal

from webapp.board import Board
from webapp.store.faults import StorageError
from webapp.store.totals import Totals, read_totals

Word = Literal["ok", "degraded"]
LOW_DISK = 256 * 1024 * 1024  # bytes left on the disk of the database below which it is called low


@dataclass(frozen=True, slots=True)
class Health:
    """`ingest` is ok, catching up or fault; `database` ok or its kind of fault; `disk` ok, low or unknown. `totals` None with a fault."""

    ingest: str
    database: str
    disk: str
    disk_free: int
    totals: Totals | None

    @property
    def status(self) -> Word:
        return "ok" if self.ingest != "fault" and (self.database, self.disk) == ("ok", "ok") else "degraded"


@dataclass(frozen=True, slots=True)
class Lag:
    """Logs that changed and were not read since: how many, the bytes not read, and the age of the oldest such change in seconds."""

    logs: int
    bytes: int
    seconds: float


def read_health(board: Board) -> Health:
    """Asks the database and the disk; blocks."""
    totals, database = None, board.ingest.storage_fault or "ok"
    try:
        totals = read_totals(board.database)
    except StorageError as error:
        database = error.kind
    try:
        free = shutil.disk_usage(board.database.path.parent).free
        disk = "ok" if free >= LOW_DISK else "low"
    except OSError:
        free, disk = 0, "unknown"
    catching_up = bool(board.ingest.backfill_text())
    ingest = "fault" if board.ingest.fault else "catching up" if catching_up else "ok"
    return Health(ingest, database, disk, free, totals)


def read_lag(board: Board) -> Lag:
    """What is known to be written and not read yet; what nobody has seen is not in it, which is at most one poll."""
    behind = [log for log in list(board.ingest.logs.values()) if log.expected and log.expected != log.signature and log.shrunk is None]
    waiting = [
        (log.expected[2] - log.source.offset, log.expected[3]) for log in behind if log.expected and log.expected[2] > log.source.offset
    ]
    oldest = min((changed for _, changed in waiting), default=0)
    return Lag(len(waiting), sum(size for size, _ in waiting), max(0.0, time.time() - oldest / 1e9) if oldest else 0.0)
