"""What a report of a long log costs, against reading the log: CPU time of whole commands, so that both pay for their start."""

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.figures import Figure

LINES, TIMES = 100_000, 5


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as folder:
        log, report = Path(folder) / "train.log", Path(folder) / "report.html"
        write_log(log)
        pairs = [(cpu_s("parse", log), cpu_s("report", log, "-o", report)) for _ in range(TIMES)]
        alone = statistics.median(parse for parse, _ in pairs)
        ratio = statistics.median(made / parse for parse, made in pairs)
        size = report.stat().st_size / 1e6
    yield Figure("lossboard report, 100,000 lines, against parse", ratio, "× CPU", 3, note=f"parse {alone:.2f} s, file {size:.2f} MB")


def write_log(path: Path) -> None:
    random.seed(1)
    with path.open("w") as log:
        for step in range(1, LINES + 1):
            loss = 2 / (1 + step / 5000) + random.gauss(0, 0.02)
            log.write(f"{{'loss': {loss:.4f}, 'grad_norm': {random.uniform(0.5, 2):.6f}, 'learning_rate': 5e-05, 'step': {step}}}\n")


def cpu_s(*words: object) -> float:
    """User and system time of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-P", "-m", "webapp.cli.main", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
