"""The streaming law: any split of the bytes, and any stop and restart from a saved state, gives the same result."""

import os
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
# A folder of more logs (made/logs/*, real/logs/*), read where they are: PARSER_LOGS=DIR
MORE = Path(os.environ.get("PARSER_LOGS", LOGS / "more"))
FOUND = sorted(path for path in MORE.glob("*/logs/*") if path.is_file())
HEAD_BYTES = 12_000  # the beginning of a log is a log, too

Cut = tuple[int, bool]  # a place in the bytes, and whether the reading stops there and starts again from the saved state


def read(data: bytes, cuts: list[Cut]) -> ParsedLog:
    """The log fed in the pieces between the cuts."""
    parser, parts, at = LogParser(), [], 0
    for cut, restart in sorted(cuts):
        parts.append(parser.feed(data[at:cut]))
        at = cut
        if restart:
            parser = LogParser.from_state(parser.state())
    parts += [parser.feed(data[at:]), parser.finish()]
    return joined(parts, parser)


def some_cuts(size: int) -> st.SearchStrategy[list[Cut]]:
    """Single cuts anywhere, and a stretch that comes byte by byte."""
    one = st.tuples(st.integers(0, size), st.booleans())
    stretch = st.tuples(st.integers(0, size), st.integers(0, 400), st.booleans()).map(
        lambda drawn: [(min(size, drawn[0] + n), drawn[2]) for n in range(drawn[1])]
    )
    return st.tuples(st.lists(one, min_size=4, max_size=12), stretch).map(lambda drawn: drawn[0] + drawn[1])


def check_law(text: bytes, examples: int) -> None:
    whole = read(text, [])

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(some_cuts(len(text)))
    def law(cuts: list[Cut]) -> None:
        same(whole, read(text, cuts))

    law()


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
def test_any_split_and_restart_reads_the_same(path: Path) -> None:
    check_law(path.read_bytes(), 3)


@pytest.mark.parametrize("path", FOUND or CASES, ids=lambda path: path.stem)
def test_the_beginning_of_any_log_reads_the_same_however_it_is_split(path: Path) -> None:
    check_law(path.read_bytes()[:HEAD_BYTES], 2)


@pytest.mark.faults
@pytest.mark.parametrize("path", [*CASES, *FOUND], ids=lambda path: path.stem)
def test_every_log_as_a_whole_reads_the_same_however_it_is_split(path: Path) -> None:
    check_law(path.read_bytes(), 8)


@pytest.mark.parametrize("path", [path for path in CASES if path.stat().st_size < 4000], ids=lambda path: path.stem)
def test_one_byte_at_a_time_reads_the_same(path: Path) -> None:
    text = path.read_bytes()
    same(read(text, []), read(text, [(place, False) for place in range(len(text))]))


def test_a_shape_means_what_its_first_line_means_after_a_restart_too() -> None:
    text = b"loss 0.5 (4) step 1\nloss 0.4 (0.45) step 2\nloss 0.3 (4) step 3\n" * 3
    same(read(text, []), read(text, [(20, True), (45, True)]))


def test_a_value_glued_to_its_name_is_no_value_of_a_line_read_before() -> None:
    lines = b"".join(b"step %d loss 2.%d\n" % (n, 99 - n) for n in range(20))
    text = lines + b"step 20 loss1.5\n" + lines
    assert len(read(text, []).points["loss"]) == 40
    same(read(text, []), read(text, [(len(lines), True)]))


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


def test_two_bars_that_feed_one_series_have_an_order() -> None:
    outer = "Episode [1/20]:  10%|█         | {0}/10 [01:10<10:30, 70.0s/it, policy_loss=-0.0{0}, kl=0.00{0}]\n"
    inner = "Train epoch [1/1]: 100%|██████████| 8/8 [00:30<00:00,  3.8s/it, act_loss=-0.02, kl=0.003]\n"
    check_law((outer.format(1) + outer.format(2) + inner + outer.format(3)).encode(), 30)
