"""What `lossboard run` costs a command that prints 100,000 lines, compared in turn with the same command by itself.

The command works a tenth of a millisecond for each line and takes ten seconds: a faster printer is no training. On a shared machine its own
time differs by more than 2 % from run to run, so the fastest of several counts; CPU time is that of all processes together.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.figures import Figure

PAIRS = 5
LINES = 100_000
COMMAND = f"""
total = 0.0
for step in range({LINES}):
    for number in range(2500):
        total += number * 1e-9
    print({{"loss": round(2 + total, 4), "step": step, "learning_rate": 5e-05}}, flush=True)
"""


class Cost(NamedTuple):
    wall_s: float
    cpu_s: float


def figures() -> Iterator[Figure]:
    # a keeper may still be closing its record when all is measured
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        plain = [sys.executable, "-c", COMMAND]
        wrapper = [sys.executable, "-P", "-m", "webapp.cli.main", "run", "--"]
        pairs = [(cost(plain, place), cost([*wrapper, *plain], place)) for _ in range(PAIRS)]
        starts = [cost([*wrapper, "true"], place).wall_s for _ in range(9)]
    for part, name in enumerate(("wall", "CPU")):
        alone, recorded = (min(pair[side][part] for pair in pairs) for side in (0, 1))
        note = f"{alone:.1f} s by itself, {recorded:.1f} s recorded, fastest of {PAIRS}"
        yield Figure(f"lossboard run, 100,000 lines: more {name} time", 100 * (recorded / alone - 1), "%", 2, note=note)
    yield Figure("lossboard run -- true", statistics.median(starts), "s")


def cost(command: list[str], place: Path) -> Cost:
    environment = os.environ | {"LOSSBOARD_SPOOL_DIR": str(place / "spool"), "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    with (place / "out").open("wb") as out:
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, check=True)
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
