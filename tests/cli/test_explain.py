"""`lossboard explain`: the same account from a file and from a pipe."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.test_main import lossboard
from tests.ingest.test_own_formats import FORMAT, NASTY
from webapp.cli.explain import command

LOG = (
    "Namespace(lr=0.1)\nhello there\n"
    + "".join(f"step {n} | Loss 2.{n}\n" for n in range(1, 6))
    + "api_key=hf_aaaaaaaaaaaaaaaaaaaaaaaa loss is 1\n"
)
ACCOUNT = """8 lines, 5 points of 1 metric
          5  generic
          1  known, without a metric (headers, summaries, events, noise)
          2  not understood

loss, printed "Loss": 5 points, read by generic, step from line
  first  step 1 | Loss 2.1
  last   step 5 | Loss 2.5

Not understood, for example:
          18  hello there
         120  api_key=*** loss is 1
"""


@pytest.mark.parametrize("name", ["train.log", "-"])
def test_a_file_and_a_pipe_have_the_same_account(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.log").write_text(LOG)
    ran = CliRunner().invoke(command, [name, "--formats", "none"], input=LOG if name == "-" else None, prog_name="lossboard")
    assert ran.output == ACCOUNT


def test_a_log_without_a_metric_says_so() -> None:
    ran = CliRunner().invoke(command, ["-"], input="hello\n", prog_name="lossboard")
    assert "No metric found in this log. None of 1 lines matched" in ran.output


@pytest.mark.parametrize("word", ["explain", "parse"])
def test_a_format_that_goes_on_for_ever_is_given_up_and_named(word: str, tmp_path: Path) -> None:
    """T11"""
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "evil.toml").write_text(FORMAT)
    (tmp_path / "a.log").write_text(NASTY + "step 1 loss 2.5\nstep 2 loss 1.5\n")
    answer = lossboard(word, str(tmp_path / "a.log"), "--formats", str(tmp_path / "formats"), HOME=str(tmp_path))
    assert answer.returncode == 0
    assert "evil.toml: line pattern 1 took longer than 50 ms on one line" in answer.stderr
    assert "1.5" in answer.stdout
