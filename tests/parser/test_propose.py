"""A format made from one line reads that line, and others of its kind."""

import pytest

from parser import LogParser
from parser.formats import FormatSet, check_samples, read_format
from parser.propose import propose_format

LINES = [
    "[phase 7] step 120 >> perplexity~ 12.25 / drift~ -0.003",
    "2026-01-28 10:00:03 worker3 update 1,200 | critic error 3.5e-05 | kl nan",
    "epoch 3 :: fitness 0.25 (best 0.5)",
    "it=17 l'oss=2.5 time=30.5 [4]",
    'quoted "loss" 2.5 \\ and 0.1',
]


@pytest.mark.parametrize("line", LINES)
def test_a_proposed_format_passes_its_own_check(line, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(propose_format(line), "utf-8")
    check_samples(read_format(path))


def test_the_format_reads_other_lines_of_the_same_kind(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(propose_format(LINES[0]), "utf-8")
    parser = LogParser(FormatSet((read_format(path),)))
    parsed = parser.feed(
        b"".join(b"[phase %d] step %d >> perplexity~ %.2f / drift~ %.3f\n" % (i, i * 10, 20 - i, i / 100) for i in range(5))
    )
    assert parsed.points["perplexity"].value.tolist() == [20, 19, 18, 17, 16]
    assert parsed.points["perplexity"].step.tolist() == [0, 10, 20, 30, 40]
    assert parsed.points["drift"].value.tolist() == [0.0, 0.01, 0.02, 0.03, 0.04]


@pytest.mark.parametrize("line", ["", "no number here", "1 2 3", "\x1b\x00", "=" * 5000])
def test_a_line_without_a_named_number_gets_no_proposal(line):
    assert propose_format(line) == ""


def test_a_value_that_is_not_finite_is_kept():
    assert "kl = nan" in propose_format(LINES[1]).replace('"', "")


@pytest.mark.parametrize("line", ["a\x00b loss 2.5", "xe0 loss 3", "ratio 1e400", "size² 4 loss ٣ 2", "loss\x85 2.5", "3=: 5ep':0:53AA$5$"])
def test_odd_characters_and_numbers_break_no_proposal(line):
    propose_format(line)
