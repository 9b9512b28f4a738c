"""What parsing costs, as ratios of CPU time within one run. Run: `python tests/bench_parser.py [MB]`; each function prints goal and measured."""

import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from parser import LogParser

READ_BYTES = 1 << 20


def bar_log(path: Path, size: int) -> None:
    """A Trainer log as a terminal records it: a dict line among about 13 redraws of a bar."""
    total, step = 2_000_000, 0
    with path.open("wb") as out:
        while out.tell() < size:
            part = []
            for _ in range(500):
                for _ in range(13):
                    step += 1
                    part.append(f"\r {step * 100 // total:2d}%|{'█' * 38}{' ' * 12}| {step}/{total} [{step // 360}:{step // 6 % 60:02d}<{9}:10:11,  5.{step % 90 + 10}it/s]")
                part.append(
                    f"\r{' ' * 100}\r{{'loss': {3 - step / total:.4f}, 'grad_norm': 0.{step:016d}, 'learning_rate': {1e-3 * (1 - step / total)!r}, "
                    f"'epoch': {step / 40000:.2f}}}\n"
                )
            out.write("".join(part).encode())


def pair_log(path: Path, size: int) -> None:
    """Hand-written lines of key=value."""
    step = 0
    with path.open("wb") as out:
        while out.tell() < size:
            lines = []
            for _ in range(20_000):
                step += 1
                lines.append(f"step={step} loss={3 / (1 + step / 9e4):.6f} lr={1e-3 / (1 + step):.3e} grad_norm={step % 977 / 977:.4f} time={step % 89}ms\n")
            out.write("".join(lines).encode())


def json_log(path: Path, size: int) -> None:
    """One JSON object a line."""
    step = 0
    with path.open("wb") as out:
        while out.tell() < size:
            lines = []
            for _ in range(20_000):
                step += 1
                lines.append(
                    f'{{"step": {step}, "loss": {3 / (1 + step / 9e4)!r}, "learning_rate": {1e-3 / (1 + step)!r}, "grad_norm": {step % 977 / 977!r}, "epoch": {step / 40000:.4f}}}\n'
                )
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


def ratio(name: str, goal: float, path: Path, base: Callable[[Path], None]) -> None:
    parsed = cpu(lambda: parse(path))
    plain = cpu(lambda: base(path))
    size = path.stat().st_size / 1e6
    print(f"{name}: {parsed / plain:.2f} x (goal <= {goal} x) | {size / parsed:.0f} MB/s, {parsed:.2f} s against {plain:.2f} s")


def state_time(path: Path) -> None:
    parser = parse(path)
    start = time.perf_counter()
    for _ in range(100):
        LogParser.from_state(parser.state(), parser.formats)
    print(f"state saved and restored: {(time.perf_counter() - start) * 10:.3f} ms (goal < 1 ms), {len(parser.state())} bytes")


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else "200") * 1_000_000
    LogParser()
    before = peak_memory()
    with tempfile.TemporaryDirectory() as folder:
        for name, goal, make, base in (
            ("bar-heavy Trainer log, against text iteration", 4.0, bar_log, iterate_text),
            ("key=value lines, against findall", 2.5, pair_log, find_pairs),
            ("JSON lines, against msgspec.json.decode", 3.0, json_log, decode_json),
        ):
            path = Path(folder) / "bench.log"
            make(path, size)
            ratio(name, goal, path, base)
        state_time(path)
        print(f"peak memory above start: {peak_memory() - before:.0f} MB (goal <= 60 MB)")
        small, big = Path(folder) / "small.log", Path(folder) / "big.log"
        pair_log(small, size // 20)
        pair_log(big, size)
        one, many = cpu(lambda: parse(small)) / small.stat().st_size, cpu(lambda: parse(big)) / big.stat().st_size
        print(f"time per byte, {size // 1_000_000} MB against {size // 20_000_000} MB: {many / one:.2f} (goal <= 1.15)")


if __name__ == "__main__":
    main()
