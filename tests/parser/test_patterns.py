"""Every regular expression of the parser takes time linear in the line: hostile lines of 64 KiB, and the growth from half of it."""

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import parser
from parser.formats import built_in

BYTES = 64 << 10
HOSTILE = [
    b"a",
    b"a=",
    b"1",
    b" ",
    b"a ",
    b"1 ",
    b"[",
    b"(",
    b"{",
    b"'",
    b"\x1b[",
    b"a.",
    b"-",
    b"| ",
    b"/a",
    b"1,",
    b"1,111",
    b": ",
    b"\xe2\x94\x81",
    b"=",
    b"\t",
    b"1/",
    b"loss ",
    b"epoch 1 ",
    b"{'a': 1, ",
    b'"a": ',
    b"a: 1 - ",
    b"0:00",
    b"nan ",
    b"\xe2\x96\x88",
    b"1:",
    b"saving ",
    b"--a ",
    b"a=1, ",
]


STAMP = b"2020-06-23 12:11:11,945 "  # what follows a time stamp gets further into many patterns


def patterns() -> list[tuple[str, re.Pattern[bytes] | re.Pattern[str]]]:
    """All compiled expressions at module level, and those of the formats."""
    found: list[tuple[str, re.Pattern[bytes] | re.Pattern[str]]] = []
    for module in pkgutil.walk_packages(parser.__path__, "parser."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                found.append((f"{module.name}.{name}", value))
            elif isinstance(value, tuple):
                found += [
                    (f"{module.name}.{name}", part)
                    for item in value
                    if isinstance(item, tuple)
                    for part in item
                    if isinstance(part, re.Pattern)
                ]
    for one in built_in().formats:
        found += [(f"{one.name} {number}", re.compile(line.when.encode())) for number, line in enumerate(one.lines, 1)]
    return found


def seconds(pattern: re.Pattern[bytes] | re.Pattern[str], line: bytes) -> float:
    text = line.decode("latin-1") if isinstance(pattern.pattern, str) else line
    start = time.process_time()
    pattern.search(text)  # type: ignore[arg-type]
    return time.process_time() - start


def grows(pattern: re.Pattern[bytes] | re.Pattern[str], line: bytes) -> str:
    """How much longer the whole line takes than half of it, where that is too much; "" where it is not."""
    if (whole := seconds(pattern, line)) < 0.02:
        return ""
    half = seconds(pattern, line[: len(line) // 2])
    return f"{half:.3f} s for half, {whole:.3f} s for the whole" if whole >= 3 * half + 0.02 else ""


@pytest.fixture(autouse=True, scope="module")
def without_collection() -> Iterator[None]:
    """No garbage collection falls into a measurement; one before each test would cost 0.3 s in a process that ran many others."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("name", "pattern"), patterns(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_time_of_a_pattern_grows_no_faster_than_the_line(name: str, pattern: re.Pattern[bytes] | re.Pattern[str]) -> None:
    for start, unit in [(b"", unit) for unit in HOSTILE] + [(STAMP, unit) for unit in (b"-", b"- ", b"a ", b"a.", b"a-", b"1:", b" ")]:
        line = (start + unit * (BYTES // len(unit)))[: BYTES // 8]
        told = [grows(pattern, line)]
        while told[-1] and len(told) < 3:  # other work of the machine slows a moment, a bad pattern is slow again
            told.append(grows(pattern, line))
        assert not told[-1], f"{name} on {unit!r}: {told}"
