"""T11: a pattern of a user's own that goes on and on is given up in time, named, and everything else is read."""

import threading
import time
from pathlib import Path

import pytest

from parser.formats import FormatError, LinePattern, check_samples, format_of, load_formats
from parser.log import LogParser, joined

FORMAT = """name = "mine"
title = "Mine"
about = "Ticks."
[[line]]
when = '''{when}'''
[[line]]
when = '''^tock (?P<tock>[0-9.]+)$'''
[[sample]]
text = "ab loss 1.5"
values = {{ loss = 1.5 }}
[[sample]]
text = "tock 2.5"
values = {{ tock = 2.5 }}
"""
ENDLESS = {  # none is a repeat without an end inside another, and each takes years on its line
    "alternatives in a repeat with an end": ("^(?:a|aa){1,60}b loss (?P<loss>[0-9.]+)$", "a" * 60 + "c loss 1"),
    "a repeat in a repeat, both with an end": ("^(?:a{1,60}){1,60}b loss (?P<loss>[0-9.]+)$", "a" * 60 + "c loss 1"),
    "repeats beside each other": ("a*a*a*a*b loss (?P<loss>[0-9.]+)$", "a" * 8000 + "c loss 1"),
}
GOOD = "".join(f"step {n} loss {n}.5\n" for n in range(1, 6))


def read(when: str, text: str, folder: Path) -> tuple[LogParser, dict[str, list[float]], float]:
    """The parser, its points by metric, and the seconds of work."""
    (folder / "mine.toml").write_text(FORMAT.format(when=when))
    formats = load_formats(folder)
    assert formats.problems == ()
    parser, began = LogParser(formats), time.process_time()
    log = joined([parser.feed(text.encode()), parser.finish()], parser)
    return parser, {name: points.value.tolist() for name, points in log.points.items()}, time.process_time() - began


@pytest.mark.parametrize("name", ENDLESS)
def test_a_line_on_which_a_pattern_goes_on_takes_it_out_and_the_rest_is_read(name: str, tmp_path: Path) -> None:
    when, line = ENDLESS[name]
    parser, values, seconds = read(when, "ab loss 7.5\n" + f"{line}\n" * 50 + GOOD + "ab loss 8.5\ntock 1.5\n", tmp_path)
    assert seconds < 1
    assert values["loss"][:6] == [7.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert values["tock"] == [1.5]  # its other pattern is still asked
    assert parser.formats.slow == ((tmp_path / "mine.toml", "line pattern 1 took longer than 50 ms on one line"),)


def test_a_pattern_that_is_slow_on_every_line_is_given_up_too(tmp_path: Path) -> None:
    when, line = "a*a*b loss (?P<loss>[0-9.]+)$", "a" * 900 + "c loss 1"
    parser, values, seconds = read(when, f"{line}\n" * 3000 + GOOD, tmp_path)
    assert values["loss"] == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert seconds < 6
    assert [reason for _, reason in parser.formats.slow] in (
        ["line pattern 1 took 2 s on lines that it is slow on"],
        ["line pattern 1 took longer than 50 ms on one line"],
    )


def test_a_format_that_is_slow_on_its_own_sample_is_refused(tmp_path: Path) -> None:
    when, line = ENDLESS["repeats beside each other"]
    one = format_of(FORMAT.format(when=when).replace("ab loss 1.5", line), tmp_path / "mine.toml")
    with pytest.raises(FormatError, match="line pattern 1 took longer than 50 ms on one line"):
        check_samples(one)


def test_what_comes_with_the_parser_is_never_given_up() -> None:
    pattern = LinePattern("^(?:a|aa){1,24}b")
    for _ in range(3):
        assert pattern.match(b"a" * 24 + b"c") is None
    assert pattern.match(b"aab")


def test_a_search_in_another_thread_is_a_search_without_a_limit(tmp_path: Path) -> None:
    """Only the main thread of a process gets signals: the board reads users' formats in processes of their own."""
    found: list[dict[str, list[float]]] = []
    thread = threading.Thread(target=lambda: found.append(read("^ab loss (?P<loss>[0-9.]+)$", "ab loss 7.5\n", tmp_path)[1]))
    thread.start()
    thread.join()
    assert found == [{"loss": [7.5]}]
