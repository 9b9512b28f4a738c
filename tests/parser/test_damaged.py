"""Damaged input: no exception, bounded memory and time, the next good line is read, and the account says what was dropped."""

import random
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog

GOOD = b"step 7 loss 1.25\n"
MIB = 1 << 20
MEMORY_BYTES = 32 * MIB


def chunks(pattern: bytes, size: int) -> Iterator[bytes]:
    block = pattern * (MIB // len(pattern) + 1)
    for _ in range(size // len(block) + 1):
        yield block


def read(parts: Iterator[bytes]) -> ParsedLog:
    """The log, with a good line at its end."""
    parser, found = LogParser(), []
    for part in parts:
        found.append(parser.feed(part))
    found.append(parser.feed(b"\n" + GOOD))
    found.append(parser.finish())
    return joined(found, parser)


@pytest.mark.parametrize(
    "pattern",
    [
        b"x",
        b"a=",
        b"\x00",
        b"1,",
        b"{'loss': ",
        b"\xfd\xfe\xff",
        b"\x1b[31m",
        b"[",
        b"loss: nan ",
        b"\x1b]8;;",
        b"9" * 7,
        b"| ",
        b'{"a": {',
    ],
)
def test_a_line_of_64_mib_is_dropped_and_the_next_is_read(pattern: bytes) -> None:
    read(iter([b"warm-up\n"]))
    tracemalloc.start()
    try:
        log = read(chunks(pattern, 64 * MIB))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 1.25 in [value for points in log.points.values() for value in points.value.tolist()]
    assert peak <= MEMORY_BYTES


def test_redraws_without_end_stay_in_bounds() -> None:
    log = read(chunks(b"\r| " * 3, 2 * MIB))
    assert log.points["loss"].value.tolist() == [1.25]


def test_an_over_long_line_is_counted() -> None:
    log = read(iter([b"x" * (2 * MIB)]))
    assert log.account.dropped["over-long lines"] == 1
    assert log.account.dropped["bytes of over-long lines"] == 2 * MIB


def test_a_hole_of_nul_bytes_hides_nothing_after_it() -> None:
    parser = LogParser()
    parts = [parser.feed(b"step 6 loss 1.5\n" + b"\x00" * (3 * MIB)), parser.feed(GOOD), parser.finish()]
    log = joined(parts, parser)
    assert log.points["loss"].value.tolist() == [1.5, 1.25]
    assert log.account.dropped["NUL bytes"] == 3 * MIB


def test_utf_16_with_a_byte_order_mark_is_read_with_exact_offsets() -> None:
    text = "step 1 loss 2.5\r\nstep 2 loss 2.25\r\n"
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        data = mark + text.encode(encoding)
        parser = LogParser()
        points = joined([parser.feed(data[:11]), parser.feed(data[11:]), parser.finish()], parser).points["loss"]
        assert points.value.tolist() == [2.5, 2.25]
        assert points.offset.tolist() == [2, 2 + 2 * 17]


def test_bad_utf_8_is_read_around() -> None:
    log = read(iter([b"\xff\xc3 step 1 loss 2.5\n\x80\x81\xfe\n"]))
    assert log.points["loss"].value.tolist()[-1] == 1.25


def test_a_million_keys_on_one_line_end_soon() -> None:
    start = time.process_time()
    read(iter([b"a=1 " * 1_000_000]))
    assert time.process_time() - start < 30  # a guard against exponents, far above what it takes


def test_more_series_than_the_limit_are_refused_and_counted() -> None:
    lines = b"".join(f"step 1 loss_{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}_{'x' * (i // 676 + 1)} {i}.5\n".encode() for i in range(700))
    parser = LogParser()
    log = joined([parser.feed(lines), parser.finish()], parser)
    assert len(log.points) == 500
    assert log.account.dropped["series beyond the limit"] > 0


def test_names_are_cut_at_200_bytes() -> None:
    log = read(iter([b"step 1 " + b"loss_" + b"x" * 500 + b"=1.5\n"] * 3))
    assert all(len(name) <= 220 for name in log.points)


def test_random_bytes_raise_nothing() -> None:
    noise = random.Random(7)
    words = [
        b"step",
        b"loss",
        b"epoch",
        b"=",
        b":",
        b"{",
        b"}",
        b"'",
        b"1",
        b"nan",
        b"\r",
        b"\n",
        b" ",
        b"|",
        b"%|",
        b"/",
        b"[",
        b"]",
        b"\x1b[A",
        b"it/s",
        b",",
        b"\xe2\x94\x81",
        b"-",
        b"2.5",
    ]
    for _ in range(200):
        read(iter([b"".join(noise.choice(words) for _ in range(noise.randrange(400)))]))
