"""What parsing costs, as ratios of CPU time within one run."""

import re
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from parser import LogParser
from tests.figures import Figure

READ_BYTES = 1 << 20
SIZE = 200_000_000  # bytes of each log
SMALL, BIG = 10_000_000, 1_000_000_000  # bytes of the logs that show that time grows with size and no faster


def bar_log(path: Path, size: int) -> None:
    """A Trainer log as a terminal records it: a dict line among about 13 redraws of a bar."""
    total, step = 2_000_000, 0
    with path.open("wb") as out:
        while out.tell() < size:
            part = []
            for _ in range(500):
                for _ in range(13):
                    step += 1
                    shown = f"{step * 100 // total:2d}%|{'█' * 38}{' ' * 12}| {step}/{total}"
                    part.append(f"\r {shown} [{step // 360}:{step // 6 % 60:02d}<9:10:11,  5.{step % 90 + 10}it/s]")
                values = f"'loss': {3 - step / total:.4f}, 'grad_norm': 0.{step:016d}, 'learning_rate': {1e-3 * (1 - step / total)!r}"
                part.append(f"\r{' ' * 100}\r{{{values}, 'epoch': {step / 40000:.2f}}}\n")
            out.write("".join(part).encode())


def pair_log(path: Path, size: int) -> None:
    """Hand-written lines of key=value."""
    step = 0
    with path.open("wb") as out:
        while out.tell() < size:
            lines = []
            for _ in range(20_000):
                step += 1
                values = f"loss={3 / (1 + step / 9e4):.6f} lr={1e-3 / (1 + step):.3e} grad_norm={step % 977 / 977:.4f}"
                lines.append(f"step={step} {values} time={step % 89}ms\n")
            out.write("".join(lines).encode())


def json_log(path: Path, size: int) -> None:
    """One JSON object a line."""
    step = 0
    with path.open("wb") as out:
        while out.tell() < size:
            lines = []
            for _ in range(20_000):
                step += 1
                values = f'"loss": {3 / (1 + step / 9e4)!r}, "learning_rate": {1e-3 / (1 + step)!r}, "grad_norm": {step % 977 / 977!r}'
                lines.append(f'{{"step": {step}, {values}, "epoch": {step / 40000:.4f}}}\n')
            out.write("".join(lines).encode())


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def parse(path: Path) -> LogParser:
    parser = LogParser()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            parser.feed(chunk)
    parser.finish()
    return parser


def iterate_text(path: Path) -> None:
    with path.open(newline=None, encoding="utf-8") as file:
        for _ in file:
            pass


def find_pairs(path: Path) -> None:
    pair = re.compile(r"([\w/.\-]+)[=:] ?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
    with path.open(encoding="utf-8") as file:
        for line in file:
            pair.findall(line)


def decode_json(path: Path) -> None:
    decode = msgspec.json.decode
    with path.open("rb") as file:
        for line in file:
            decode(line)


def ratio(name: str, goal: float, path: Path, base: Callable[[Path], None]) -> Figure:
    parsed = cpu(lambda: parse(path))
    plain = cpu(lambda: base(path))
    note = f"{path.stat().st_size / 1e6 / parsed:.0f} MB/s, {parsed:.2f} s against {plain:.2f} s"
    return Figure(name, parsed / plain, "×", goal, note=note)


def state_time(path: Path) -> Figure:
    parser = parse(path)
    start = time.perf_counter()
    for _ in range(100):
        LogParser.from_state(parser.state(), parser.formats)
    return Figure("parser state saved and restored", (time.perf_counter() - start) * 10, "ms", 1, note=f"{len(parser.state())} bytes")


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def figures() -> Iterator[Figure]:
    LogParser()
    before = peak_memory()
    with tempfile.TemporaryDirectory() as folder:
        for name, goal, make, base in (
            ("parsing a log of bars, against text iteration", 4.0, bar_log, iterate_text),
            ("parsing key=value lines, against findall", 2.5, pair_log, find_pairs),
            ("parsing JSON lines, against msgspec.json.decode", 3.0, json_log, decode_json),
        ):
            path = Path(folder) / "bench.log"
            make(path, SIZE)
            yield ratio(name, goal, path, base)
        yield state_time(path)
        path.unlink()
        yield linearity(Path(folder))
    yield Figure("parser's peak memory above its start", peak_memory() - before, "MB", 60)


def linearity(folder: Path) -> Figure:
    """CPU time per byte of a big log against a small one; the small one is the best of several readings."""
    big_bytes = BIG if shutil.disk_usage(folder).free > 2 * BIG else SIZE
    small, big = folder / "small.log", folder / "big.log"
    pair_log(small, SMALL)
    pair_log(big, big_bytes)
    one = min(cpu(lambda: parse(small)) for _ in range(5)) / small.stat().st_size
    many = cpu(lambda: parse(big)) / big.stat().st_size
    return Figure(f"parsing time per byte, {big_bytes / 1e6:.0f} MB against {SMALL / 1e6:.0f} MB", many / one, "×", 1.15)
