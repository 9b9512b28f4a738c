"""Formats are data held to their samples: every pattern is used, and no format claims the sample of another."""

from pathlib import Path

import pytest

from parser import LogParser
from parser.formats import Format, FormatError, built_in, check_samples, claims, format_of, load_formats, read_format
from parser.log import joined

FORMATS = built_in().formats
OWN = """
name = "mine"
title = "My trainer"
about = "Prints a tick and the objective."

[[line]]
when = '^tick (?P<step>[0-9]+) obj (?P<objective>[0-9.]+)'

[[sample]]
text = "tick 3 obj 0.25"
step = 3
values = { objective = 0.25 }
"""


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_a_format_reads_its_samples(one: Format) -> None:
    check_samples(one)


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_no_other_format_claims_its_samples(one: Format) -> None:
    claimed = {other.name for sample in one.samples for other in FORMATS if other is not one and claims(other, sample.text)}
    assert claimed == set()


def test_there_are_formats_for_the_common_tools() -> None:
    assert len(FORMATS) >= 40


def test_a_folder_of_own_formats_is_read_before_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    found = load_formats(tmp_path)
    assert found.problems == ()
    assert found.formats[0].name == "mine"
    assert len(found.formats) == len(FORMATS) + 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "no TOML"),
        (OWN.replace('name = "mine"', ""), "has no name"),
        (OWN.replace("when =", "wenn ="), "unknown key 'wenn'"),
        (OWN.replace("(?P<step>", "(?P<step>("), "no regular expression"),
        (OWN.replace("0.25 }", "0.75 }"), "objective is 0.25, expected 0.75"),
        (OWN.replace("step = 3", "step = 4"), "step of objective is 3.0, expected 4.0"),
        (OWN + "\n[[line]]\nwhen = 'never'\n", "line pattern 2 is used by no sample"),
        (OWN.replace("^tick ", "^(?:t+i?c?k*)+ "), "line pattern 1: `when` may take for ever: a repeat without an end inside another"),
        (OWN.replace("^tick ", "^(?:tick|t)* "), "line pattern 1: `when` may take for ever: alternatives inside a repeat without an end"),
        (OWN.replace("^tick ", "^.*t.*i.*c.*k.* "), "line pattern 1: `when` may take for ever: 5 repeats of any character without an end"),
    ],
)
def test_a_broken_format_is_named_with_the_reason_and_the_rest_works(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "broken.toml").write_text(text)
    (tmp_path / "mine.toml").write_text(OWN)
    found = load_formats(tmp_path)
    assert found.formats[0].name == "mine"
    [(path, problem)] = found.problems
    assert path.name == "broken.toml"
    assert reason in problem


def test_a_header_whose_number_is_none_tells_no_place(tmp_path: Path) -> None:
    header = """
[[line]]
when = '^lap (?P<epoch>[0-9:]+) begins'
kind = "header"

[[sample]]
text = """
    header += '"lap 3 begins\\ntick 3 obj 0.25"\nstep = 3\nepoch = 3\nvalues = { objective = 0.25 }\n'
    (tmp_path / "mine.toml").write_text(OWN + header)
    found = load_formats(tmp_path)
    assert found.problems == ()
    parser = LogParser(found)
    log = joined([parser.feed(b"lap 0:53 begins\ntick 3 obj 0.25\n"), parser.finish()], parser)
    assert log.points["objective"].step.tolist() == [3]
    assert log.account.unread == 1


@pytest.mark.parametrize(
    "bar", ["lap 3:  50%|##  | 5/10 [00:01<00:01, 3.1it/s, obj=0:50]", "lap 0:53:  50%|##  | 5/10 [00:01<00:01, 3.1it/s, obj=0.5]"]
)
def test_a_bar_whose_number_is_none_is_no_record(tmp_path: Path, bar: str) -> None:
    own = """
name = "mine"
title = "My bar"
about = "A bar with laps."

[[line]]
kind = "bar"
when = 'lap (?P<epoch>[0-9:]+).*obj=(?P<objective>[0-9:.]+)'

[[sample]]
text = "lap 3: 100%|####| 10/10 [00:01<00:01, 3.1it/s, obj=0.25]"
step = 30
epoch = 3
values = { objective = 0.25 }
"""
    (tmp_path / "mine.toml").write_text(own)
    found = load_formats(tmp_path)
    assert found.problems == ()
    parser = LogParser(found)
    log = joined([parser.feed(f"{bar}\n{bar}\n".encode()), parser.finish()], parser)
    assert log.points == {}


def test_a_format_without_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(OWN.split("[[sample]]")[0])
    with pytest.raises(FormatError, match=r"at least one \[\[line\]\] and one \[\[sample\]\]"):
        read_format(path)


def test_a_text_nested_too_deeply_is_refused() -> None:
    with pytest.raises(FormatError, match="nested too deeply"):
        format_of("a = " + "[" * 100_000, Path("deep.toml"))
