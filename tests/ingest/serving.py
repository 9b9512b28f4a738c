"""An ingest in a process of its own, which says on its standard output what it has stored and what keeps it from storing more."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from webapp.ingest.task import Ingest
from webapp.settings import Settings
from webapp.store.database import open_database

async def main(database, folder, until_read, journal):
    opened = open_database(database, journal)
    ingest = Ingest(opened, [Path(folder)], Settings(database=database, poll_s=0.1, rescan_s=0.3))
    await ingest.start()
    said = ""
    while True:
        read = sum(log.source.offset for log in ingest.logs.values())
        now = json.dumps({"read": read, "fault": ingest.fault})
        if now != said:
            print(now, flush=True)
            said = now
        if until_read and read == sum(path.stat().st_size for path in Path(folder).glob("*.log")):
            break
        await asyncio.sleep(0.02)
    await ingest.stop()
    opened.close()

asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "all", sys.argv[4]))
"""


class Server:
    """The process, and what it said last."""

    def __init__(
        self, database: Path, folder: Path, *, until_read: bool = False, before: tuple[str, ...] = (), journal: str = "wal", **options: Any
    ) -> None:
        command = [*before, sys.executable, "-P", "-c", PROGRAM, str(database), str(folder), "all" if until_read else "on", journal]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
        self.said = b""
        self.last: dict[str, Any] = {"read": 0, "fault": ""}

    def wait_until(self, *, read: int | None = None, fault: str | None = None, seconds: float = 60) -> None:
        """Returns once so many bytes are stored, or the fault begins with `fault` ("" = there is none)."""
        deadline = time.monotonic() + seconds
        while not self._is(read, fault):
            left = deadline - time.monotonic()
            assert left > 0, f"not reached: {read=} {fault=}; it said {self.last}"
            assert self.process.stdout is not None
            if select.select([self.process.stdout], [], [], min(left, 1.0))[0]:
                chunk = os.read(self.process.stdout.fileno(), 65536)
                assert chunk, f"the server ended with {self.process.wait()}; it said {self.last}"
                *lines, self.said = (self.said + chunk).split(b"\n")
                if lines:
                    self.last = json.loads(lines[-1])

    def _is(self, read: int | None, fault: str | None) -> bool:
        if read is not None and self.last["read"] < read:
            return False
        return fault is None or (self.last["fault"].startswith(fault) if fault else not self.last["fault"])

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        self.process.wait(60)
        if self.process.stdout:
            self.process.stdout.close()
