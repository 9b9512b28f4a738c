"""The streaming law: any split of the bytes, and any stop and restart from a saved state, gives the same result."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog

LOGS = Path(__file__).parent.parent / "logs"
CASES = sorted(LOGS.rglob("*.log"))


def read(data: bytes, cuts: list[int], restart: bool) -> ParsedLog:
    """The log fed in the pieces between the cuts; with `restart`, by a new parser for each piece."""
    parser, parts, at = LogParser(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        parts.append(parser.feed(data[at:cut]))
        at = cut
        if restart:
            parser = LogParser.from_state(parser.state())
    parts.append(parser.finish())
    return joined(parts, parser)


def same(left: ParsedLog, right: ParsedLog) -> None:
    assert left.points.keys() == right.points.keys()
    for name, points in left.points.items():
        other = right.points[name]
        for column in ("step", "epoch", "value", "time", "offset"):
            np.testing.assert_array_equal(getattr(points, column), getattr(other, column), err_msg=f"{column} of {name}")
    assert left.series == right.series
    assert repr(left.events) == repr(right.events)
    assert left.params == right.params
    assert repr(left.progress) == repr(right.progress)
    assert left.outcome == right.outcome
    assert left.account == right.account


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_split_and_restart_reads_the_same(path: Path, data: st.DataObject) -> None:
    text = path.read_bytes()
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12))
    restart = data.draw(st.booleans())
    same(read(text, [], False), read(text, cuts, restart))


@pytest.mark.parametrize("path", [path for path in CASES if path.stat().st_size < 4000], ids=lambda path: path.stem)
def test_one_byte_at_a_time_reads_the_same(path: Path) -> None:
    text = path.read_bytes()
    same(read(text, [], False), read(text, list(range(len(text))), False))


def test_no_point_comes_before_its_line_ends() -> None:
    parser = LogParser()
    assert parser.feed(b"step 1 loss 2.5\nstep 2 loss 2.").points["loss"].value.tolist() == [2.5]
    assert parser.feed(b"25").points == {}
    assert parser.finish().points["loss"].value.tolist() == [2.25]


def test_a_log_without_bars_gives_a_point_as_soon_as_its_line_ends() -> None:
    parser = LogParser()
    assert parser.feed(b"{'loss': 3.9, 'learning_rate': 0.001, 'epoch': 0.25}\n").points["loss"].value.tolist() == [3.9]


def test_a_dict_line_among_bars_waits_only_for_the_next_redraw() -> None:
    parser = LogParser()
    bar = "\r  8%|▊         | 10/120 [00:01<00:17,  6.42it/s]"
    parser.feed(bar.encode() + b"\r" + b" " * 40 + b"\r{'loss': 3.9, 'learning_rate': 0.001, 'epoch': 0.25}\n")
    points = parser.feed(bar.encode() * 2).points["loss"]
    assert points.step.tolist() == [10.0]
    assert points.value.tolist() == [3.9]
