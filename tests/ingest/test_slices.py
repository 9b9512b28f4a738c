"""Slices: where they end, what a kept parser may be used for, and half lines, long lines, any split."""

import itertools
import os
import random
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parser import LogParser
from parser.points import Points
from tests.ingest.stepping import append, lines, write
from webapp.ingest.identity import COARSE, FINE, HEAD, TAIL, digest
from webapp.ingest.look import extend_mark, see
from webapp.ingest.messages import Job, Slice
from webapp.ingest.slices import read_slice
from webapp.ingest.worker import answer_job
from webapp.store.rows import FileMark


def job(path: Path, mark: FileMark = FileMark(), **more: object) -> Job:  # noqa: B008 frozen
    return Job(**{"source": 1, "path": bytes(path), "mark": mark, "state": b"", "budget": 1 << 20} | more)  # type: ignore[arg-type]


def values(result: Slice) -> list[float]:
    assert result.parsed is not None
    return result.parsed.points["loss"].value.tolist() if "loss" in result.parsed.points else []


def test_a_slice_ends_at_a_line_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, lines(1, 3) + "step=4 lo")
    result, _ = read_slice(job(log), None)
    assert (result.mark.offset, result.at_end, values(result)) == (len(lines(1, 3)), True, [1.5, 2.5, 3.5])


def test_a_redraw_ends_a_slice_too(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, "step=1 loss=1.5\n 10%|#    |\r 20%|##")
    assert read_slice(job(log), None)[0].mark.offset == len("step=1 loss=1.5\n 10%|#    |\r")


def test_a_budget_cuts_a_slice_and_the_next_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, lines(1, 100))
    mark, state, found, rounds = FileMark(), b"", [], 0
    while True:
        result, _ = read_slice(job(log, mark, state=state, budget=300), None)
        found += values(result)
        mark, state, rounds = result.mark, result.state, rounds + 1
        if result.at_end and not result.read:
            break
    assert found == [n + 0.5 for n in range(1, 101)]
    assert rounds > 5


def test_a_slice_whose_time_is_over_ends_at_a_line_end_and_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the very mark that a reading of so many bytes leaves, also where one line is longer than what is parsed between two looks."""
    log = tmp_path / "a.log"
    write(log, lines(1, 20_000) + "x" * 300_000 + "\n" + lines(20_001, 20_100) + "step=20101 lo")
    monkeypatch.setattr("webapp.ingest.slices.PARSE_S", 0.0)
    mark, state, found, rounds = FileMark(), b"", [], 0
    while True:
        result, _ = read_slice(job(log, mark, state=state), None)
        found += values(result)
        mark, state, rounds = result.mark, result.state, rounds + 1
        with monkeypatch.context() as patient:
            patient.setattr("webapp.ingest.slices.PARSE_S", 60.0)
            whole, _ = read_slice(job(log, budget=mark.offset), None)
        assert (whole.mark, whole.state) == (mark, state)
        if result.at_end:
            break
    assert found == [n + 0.5 for n in range(1, 20_101)]
    assert rounds > 4


def test_a_line_longer_than_the_budget_does_not_stop_the_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, lines(1, 2) + "x" * 5000 + "\n" + lines(3, 4))
    mark, state, found = FileMark(), b"", []
    for _ in range(40):
        result, _ = read_slice(job(log, mark, state=state, budget=512), None)
        found += values(result)
        mark, state = result.mark, result.state
    assert found == [1.5, 2.5, 3.5, 4.5]
    assert mark.offset == log.stat().st_size


def test_no_cut_of_a_line_makes_a_wrong_value(tmp_path: Path) -> None:
    """T10: the head of a line is there, then the rest."""
    log = tmp_path / "a.log"
    line = "step=12 loss=0.1234\n"
    for cut in range(len(line)):
        write(log, lines(1, 2) + line[:cut])
        first, parser = read_slice(job(log), None)
        again, parser = read_slice(job(log, first.mark), parser)
        assert values(first) + values(again) == [1.5, 2.5]
        append(log, line[cut:])
        rest, _ = read_slice(job(log, again.mark), parser)
        assert values(rest) == [0.1234]


@pytest.mark.faults
def test_no_cut_of_ten_thousand_makes_a_wrong_value(tmp_path: Path, record_property) -> None:
    """T10: two cuts in one line or in two, at any byte."""
    log, chance, wrong = tmp_path / "a.log", random.Random(1), 0
    for number in range(10_000):
        value = round(chance.uniform(-100, 100), chance.randrange(1, 8))
        text = f"step={number} loss={value!r}\nstep={number + 1} loss=0.5\n"
        cuts = sorted(chance.sample(range(len(text)), 2))
        write(log, "")
        mark, parser, found = FileMark(), None, []
        for start, end in itertools.pairwise((0, *cuts, len(text))):
            append(log, text[start:end])
            result, parser = read_slice(job(log, mark), parser)
            found += values(result)
            mark = result.mark
        wrong += found != [value, 0.5]
    record_property("reached", f"{wrong} wrong of 10,000")
    assert wrong == 0


def same_points(left: dict[str, Points], right: dict[str, Points]) -> None:
    assert left.keys() == right.keys()
    for name, points in left.items():
        for column in ("step", "epoch", "value", "time", "offset"):
            np.testing.assert_array_equal(getattr(points, column), getattr(right[name], column))


@pytest.mark.parametrize("seed", range(5))
def test_a_kept_parser_answers_exactly_like_one_made_from_its_state(tmp_path: Path, seed: int) -> None:
    """Two readers follow a growing log; one forgets its parsers before every job."""
    log, chance = tmp_path / "a.log", random.Random(seed)
    write(log, "")
    kept: OrderedDict[tuple[int, int], LogParser] = OrderedDict()
    mark, state, n = FileMark(), b"", 0
    for _ in range(60):
        text = ""
        for _ in range(chance.randrange(1, 6)):
            n += 1
            text += chance.choice(
                [
                    f"{{'loss': {n}.25, 'grad_norm': 1.5, 'learning_rate': 1e-05, 'epoch': {n / 100}}}\n",
                    f"\r{n}%|███       | {n}/100 [00:{n % 60:02}<01:00,  1.00it/s]",
                    f"step {n} | loss: {n}.5 | lr 1e-4\n",
                    "Saving model checkpoint to out/checkpoint-5\n",
                    f"[{n}] valid-logloss:0.{n}\n",
                    "half a li",
                ]
            )
        append(log, text)
        asked = job(log, mark, state=None if mark.offset else b"")
        warm = answer_job(asked, kept)
        cold = answer_job(replace(asked, state=state), OrderedDict())
        assert warm.outcome == cold.outcome == "read"
        same_points(warm.parsed.points, cold.parsed.points)
        # by text, because nan equals nan there; a parser made from its state tells its rules once more
        assert repr(replace(warm.parsed, points={}, series={})) == repr(replace(cold.parsed, points={}, series={}))
        assert {name: cold.parsed.series[name] for name in warm.parsed.series} == warm.parsed.series
        assert warm.state == cold.state
        assert warm.mark == cold.mark
        mark, state = warm.mark, warm.state


@pytest.mark.parametrize("old", [b"\x80", b"\xc1", b"no state at all"], ids=["an older layout", "no msgpack", "text"])
def test_a_state_that_an_older_version_left_is_made_anew_from_the_log(tmp_path: Path, old: bytes) -> None:
    log = tmp_path / "a.log"
    write(log, "".join(f"Epoch {e}\n" + "".join(f"batch {b}/30 loss {e}.{b}\n" for b in (10, 20, 30)) for e in (1, 2)))
    first, _ = read_slice(job(log), None)
    append(log, "Epoch 3\nbatch 10/30 loss 3.1\n")
    result, parser = read_slice(job(log, first.mark, state=old), None)
    assert values(result) == [3.1]
    assert result.parsed is not None
    assert result.parsed.points["loss"].step.tolist() == [70]
    assert parser is not None
    assert parser.offset == result.mark.offset == log.stat().st_size


def test_a_long_log_whose_state_an_older_version_left_is_made_anew_a_slice_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slice may take a minute; to read a gigabyte takes longer."""
    monkeypatch.setattr("webapp.ingest.slices.REPLAY_S", 0.0)
    log = tmp_path / "a.log"
    write(log, lines(1, 150_000))
    size = log.stat().st_size
    mark = replace(read_slice(job(log, budget=size), None)[0].mark, offset=0, head=b"", blocks=b"")
    with log.open("rb") as file:
        mark = extend_mark(file.fileno(), mark, file.read())
    append(log, lines(150_001, 150_002))
    kept: OrderedDict[tuple[int, int], LogParser] = OrderedDict()
    slices = [answer_job(job(log, mark, state=b"old"), kept)]
    while not slices[-1].at_end:
        slices.append(answer_job(job(log, mark, state=None), kept))
    assert [(result.outcome, result.read, result.mark) for result in slices[:-1]] == [("read", 0, mark)] * (size // (1 << 20))
    assert slices[-1].mark.offset == log.stat().st_size
    assert values(slices[-1]) == [150_001.5, 150_002.5]
    assert slices[-1].lines == 150_002


def test_a_kept_parser_is_not_used_for_another_place(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    write(log, lines(1, 10))
    kept: OrderedDict[tuple[int, int], LogParser] = OrderedDict()
    first = answer_job(job(log, budget=50), kept)
    assert answer_job(job(log, first.mark, state=None, source=2), kept).outcome == "state needed"
    assert answer_job(job(log, replace(first.mark, offset=0), state=None), kept).outcome == "state needed"
    assert answer_job(job(log, first.mark, state=None), kept).outcome == "read"


@pytest.mark.parametrize("name", ["folder", "pipe", "link", "nothing"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.log", lines(1, 3))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "a.log")
    result, _ = read_slice(job(tmp_path / name), None)
    assert result.outcome == ("gone" if name == "nothing" else "unreadable")
    assert result.parsed is None
    assert name == "nothing" or result.reason.endswith(".")


NASTY = {
    "no newline": b"x" * (3 << 20),
    "a million a=": b"a=" * 500_000 + b"\n",
    "redraws": b"\r".join(b" %d%%|##   | %d/1000 [00:01<00:02]" % (n % 100, n) for n in range(20_000)) + b"\n",
    "nul": b"\0" * 70_000 + b"\n",
    "bad utf-8": bytes(range(128, 256)) * 100 + b"\n",
    "surrogates": b"\xed\xa0\x80 loss \xed\xb0\x80\n" * 10,
    "escapes": b"\x1b[2J\x1b]8;;http://x\x07\x1b]52;c;AAAA\x07\n",
    "odd numbers": "loss=nan inf -inf 1e400 -0 1_000 0x1p3 ١٢\n".encode() * 5,
    "odd steps": b"step=1000000000000000000000000000000 loss=1\nstep=-5 loss=2\nstep=3 loss=4\n",
}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_bytes_stop_nothing(tmp_path: Path, name: str) -> None:
    """T11, the store's side: after each of them the next good line is read, in bounded rounds."""
    log = tmp_path / "a.log"
    log.write_bytes(lines(1, 3).encode() + NASTY[name] + b"\n" + lines(4, 6).encode())
    mark, state, found = FileMark(), b"", []
    for _ in range(200):
        result, _ = read_slice(job(log, mark, state=state, budget=256 * 1024), None)
        assert result.outcome == "read"
        found += values(result)
        mark, state = result.mark, result.state
        assert len(state) < 2 << 20
        if result.at_end and not result.read:
            break
    assert {1.5, 2.5, 3.5, 4.5, 5.5, 6.5} <= set(found)
    assert mark.offset == log.stat().st_size


def test_the_users_own_formats_read_a_log_and_a_broken_one_is_passed_over(tmp_path):
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "broken.toml").write_text("name = ")
    (folder / "mine.toml").write_text(
        'name = "mine"\ntitle = "Mine"\nabout = "A test."\n[[line]]\n'
        "when = '''turn of (?P<wheel>[\\d.]+) at (?P<step>\\d+)'''\n"
        '[[sample]]\ntext = "turn of 2.5 at 7"\nstep = 7\nvalues = { wheel = 2.5 }\n'
    )
    log = tmp_path / "a.log"
    log.write_text("turn of 3.5 at 10\nturn of 4.5 at 20\n")
    result, _ = read_slice(job(log, formats=str(folder)), None)
    assert result.parsed is not None
    assert result.parsed.points["wheel"].value.tolist() == [3.5, 4.5]


def test_a_copy_of_a_log_of_fifty_gigabytes_is_compared_at_so_many_places_that_other_logs_need_not_wait(tmp_path: Path) -> None:
    """One slice may take a minute, in which no other log is read; a disk gives 100 MB a second, and a mount may change every inode."""
    log, gigabytes = tmp_path / "a.log", 50
    write(log, lines(1, 3))
    os.truncate(log, gigabytes << 30)
    with log.open("rb") as file:
        start = file.read(COARSE)
        fine = b"".join(digest(start[at : at + FINE]) for at in range(0, COARSE, FINE))
        coarse = digest(bytes(COARSE)) * ((gigabytes << 30) // COARSE - 1)
        mark = FileMark(1, 1, gigabytes << 30, start[:HEAD], digest(bytes(TAIL)), fine + coarse)
        before = bytes_read()
        seen = see(file.fileno(), str(log), mark, suspect=False)
        assert (seen.tail_same, seen.prefix_same) == (True, True)
        assert 256 << 20 < bytes_read() - before < 1 << 30
        with log.open("r+b") as writer:
            writer.seek(gigabytes << 29)
            writer.write(b"x" * (32 << 20))
        assert not see(file.fileno(), str(log), mark, suspect=False).prefix_same


def bytes_read() -> int:
    """By this process, so far."""
    return int(Path("/proc/self/io").read_text().split()[1])
