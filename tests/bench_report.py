"""What a report of a long log costs, against reading the log: CPU time of whole commands, so that both pay for their start.

And what a start costs: `lossboard parse` of a short log against a Python that imports numpy, in turn.
"""

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.figures import Figure

LINES, TIMES = 100_000, 5
SHORT, STARTS = 20, 9


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as folder:
        log, report = Path(folder) / "train.log", Path(folder) / "report.html"
        write_log(log, SHORT)
        starts = [(wall_s(lossboard("parse", log)), wall_s([sys.executable, "-c", "import numpy"])) for _ in range(STARTS)]
        write_log(log, LINES)
        pairs = [(cpu_s("parse", log), cpu_s("report", log, "-o", report)) for _ in range(TIMES)]
        alone = statistics.median(parse for parse, _ in pairs)
        ratio = statistics.median(made / parse for parse, made in pairs)
        size = report.stat().st_size / 1e6
    yield Figure("lossboard report, 100,000 lines, against parse", ratio, "× CPU", 3, note=f"parse {alone:.2f} s, file {size:.2f} MB")
    start, bare = (statistics.median(pair[side] for pair in starts) for side in (0, 1))
    ratio = statistics.median(parse / plain for parse, plain in starts)
    yield Figure("lossboard parse of a short log, against importing numpy", ratio, "×", 2.5, note=f"{start:.2f} s and {bare:.2f} s")


def write_log(path: Path, lines: int) -> None:
    random.seed(1)
    with path.open("w") as log:
        for step in range(1, lines + 1):
            loss = 2 / (1 + step / 5000) + random.gauss(0, 0.02)
            log.write(f"{{'loss': {loss:.4f}, 'grad_norm': {random.uniform(0.5, 2):.6f}, 'learning_rate': 5e-05, 'step': {step}}}\n")


def cpu_s(*words: object) -> float:
    """User and system time of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall_s(lossboard(*words))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lossboard(*words: object) -> list[str]:
    return [str(Path(sys.executable).parent / "lossboard"), *map(str, words)]


def wall_s(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
