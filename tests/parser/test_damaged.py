"""Damaged input: no exception, bounded memory and time, the next good line is read, and the account says what was dropped."""

import random
import re
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from tests.conftest import LOGS

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


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", [b"0", b"inf", b"nan", b"-1", b"1e400", b"99999999999999999999"])
def test_any_number_of_a_log_may_be_an_odd_one(odd: bytes) -> None:
    chosen = random.Random(odd)
    for path in sorted(LOGS.glob("*/*.log")):
        text = path.read_bytes()[:4000]
        numbers = sorted(set(re.findall(rb"\d+(?:\.\d+)?", text)))
        for number in chosen.sample(numbers, min(3, len(numbers))):
            read(iter([re.sub(rb"(?<![\d.])" + re.escape(number) + rb"(?![\d.])", odd, text)]))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "log",
    [
        b"Epoch inf step 10 loss 2.5\nEpoch inf step 20 loss 2.4\n",
        b"Num Epochs = inf\nTotal optimization steps = 100\n{'loss': 2.5, 'epoch': 0.1}\n{'loss': 2.4, 'epoch': 0.2}\n",
        b"epoch: 0, loss: 2.5\nepoch: inf, loss: 2.4\nepoch: 2, loss: 2.3\n",
    ],
)
def test_an_epoch_without_end_is_read(log: bytes) -> None:
    assert len(read(iter([log])).points["loss"]) > 1
