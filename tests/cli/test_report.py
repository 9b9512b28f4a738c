"""`lossboard report` of logs and of runs in the database."""

import re
import sys

import pytest

from tests.cli.commands import LOGS, Shell

REAL = LOGS / "transformers" / "hf-v4-resume-redir.log"


def test_a_report_of_a_log_says_what_was_written(shell: Shell) -> None:
    assert re.fullmatch(r"report.html: \d+ KiB, \d+ charts of hf-v4-resume-redir\n", shell.run("report", REAL, "-o", "report.html").stdout)
    text = (shell.home / "report.html").read_text()
    assert "read as transformers" in text
    assert text.count("<!doctype html>") == 1


def test_several_logs_are_compared(shell: Shell) -> None:
    logs = [shell.write_log("a.log", start=3.0), shell.write_log("b.log", start=2.0), shell.write_log("deep/b.log", start=1.0)]
    shell.run("report", *logs, "-o", "r.html", "--title", "Three <runs>", "-m", "loss", "--log", "y")
    text = (shell.home / "r.html").read_text()
    assert "<h1>Three &lt;runs&gt;</h1>" in text
    assert text.count("<figure") == 1
    assert 'class="num best">0.1667<' in text


def test_a_recorded_run_tells_how_it_was_started(shell: Shell) -> None:
    code = "for step in range(1, 40): print({'loss': 1 / step, 'step': step})"
    shell.start("run", "--name", "N", "--param", "lr=3e-4", "--", sys.executable, "-c", code, "--hub-token", "hf_secret")
    log = shell.home / ".local/share/lossboard/spool/runs/N.log"
    shell.run("report", log, "-o", "r.html")
    text = (shell.home / "r.html").read_text()
    assert "How it was started" in text
    assert "--hub-token" in text
    assert "hf_secret" not in text
    assert "code 0" in text
    assert re.search(r"<dt>lr</dt><dd>3e-4</dd>", text)


def test_runs_of_the_board_are_named_by_number(shell: Shell) -> None:
    shell.run("import", shell.write_log("x/a.log"), shell.write_log("x/b.log", start=2.0))
    shell.run("report", 1, 2, "-o", "r.html")
    text = (shell.home / "r.html").read_text()
    assert re.search(r"<h1>[ab] and [ab]</h1>", text)
    shell.run("report", 2, shell.home / "x/a.log", "-o", "mixed.html")
    assert "<h1>" in (shell.home / "mixed.html").read_text()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((REAL, "-o", "r.docx"), "The report cannot be written."),
        ((REAL, "-o", "no/r.html"), "The report cannot be written."),
        (("none.log", "-o", "r.html"), "The log cannot be read."),
        ((7, "-o", "r.html"), "There is no database yet."),
        ((REAL, "-o", "r.html", "--from", "2", "--to", "1"), "The x axis would end before it begins."),
    ],
)
def test_what_cannot_be_written_is_said(shell: Shell, words: tuple[object, ...], error: str) -> None:
    assert shell.run("report", *words, code=2).stderr.startswith(error)


def test_a_log_without_metrics_is_a_report_that_says_so(shell: Shell) -> None:
    (shell.home / "words.log").write_text("Good morning.\n")
    shell.run("report", "words.log", "-o", "r.html")
    assert "there is nothing to draw" in (shell.home / "r.html").read_text()


def test_names_that_steer_a_terminal_come_out_as_marks(shell: Shell) -> None:
    log = shell.write_log("a\x1b]0;x\x07.log")
    answer = shell.run("report", log, "-o", "r.html")
    assert "\x1b" not in answer.stdout
    assert "␛]0;x␇" in answer.stdout
