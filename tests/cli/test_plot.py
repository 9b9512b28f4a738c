"""`lossboard plot` on real logs, piped and at a terminal."""

import re
from pathlib import Path

import pytest

from tests.cli.commands import LOGS, Shell
from tests.wrapper.recorder import LOSSBOARD, Session

REAL = LOGS / "transformers" / "hf-v4-resume-redir.log"
BRAILLE = re.compile("[\u2801-\u28ff]")


def test_a_log_is_a_chart_with_axes_legend_and_caption(shell: Shell) -> None:
    lines = shell.run("plot", REAL).stdout.splitlines()
    assert lines[0] == "loss"
    assert sum(bool(BRAILLE.search(line)) for line in lines) > 8
    assert any(re.match(r" +\d\.\d ┤", line) for line in lines)
    assert lines[-3].startswith("step ")
    assert lines[-2].split() == ["━━", "loss", "3.3487", "━━", "eval_loss", "3.34657"]
    assert lines[-1].startswith("121 points in 2 series → lowest to highest in 180 columns; 16 repeated by a later attempt")
    assert max(map(len, lines[:-1])) <= 100


def test_a_piped_chart_has_no_escape_codes(shell: Shell) -> None:
    assert "\x1b" not in shell.run("plot", REAL, "--smooth").stdout


def test_several_metrics_are_charts_one_under_the_other(shell: Shell) -> None:
    output = shell.run("plot", REAL, "-m", "grad_norm", "-m", "learning_rate", "--log", "y").stdout
    assert [line for line in output.splitlines() if line in ("grad_norm", "learning_rate", "loss")] == ["grad_norm", "learning_rate"]


def test_several_logs_are_lines_of_one_chart(shell: Shell) -> None:
    logs = [shell.write_log("a.log", start=3.0), shell.write_log("b.log", start=2.0)]
    output = shell.run("plot", *logs).stdout
    assert output.splitlines()[-2].split() == ["━━", "a", "0.5", "━━", "b", "0.3333"]


def test_the_caption_of_a_log_axis_says_what_it_cannot_show(shell: Shell) -> None:
    log = shell.home / "zero.log"
    log.write_text("".join(f"step {i} loss {i - 2}.0\n" for i in range(1, 6)))
    last = shell.run("plot", log, "--log", "y").stdout.splitlines()[-1]
    assert last == "5 points → lowest to highest in 180 columns; 2 not above 0, which a log axis cannot show; step as printed"


def test_standard_input_is_a_log(shell: Shell) -> None:
    assert "━━ loss 3.3487" in shell.run("plot", "-", input=REAL.read_bytes()).stdout


def test_values_that_are_not_finite_are_crosses_on_the_axis(shell: Shell) -> None:
    log = shell.home / "nan.log"
    log.write_text("".join(f"{{'loss': {'nan' if 40 <= i < 60 else 1.0 + i}, 'step': {i}}}\n" for i in range(100)))
    lines = shell.run("plot", log).stdout.splitlines()
    axis = next(line for line in lines if "└" in line)
    assert 15 < axis.count("×") < 25
    assert "20 NaN" in lines[-1]
    assert axis.index("×") > 40


def test_a_spike_between_two_columns_is_not_lost(shell: Shell) -> None:
    log = shell.home / "spike.log"
    log.write_text("".join(f"step {i} loss {90.0 if i == 54_321 else 1.0}\n" for i in range(1, 100_001)))
    lines = shell.run("plot", log).stdout.splitlines()
    assert all(BRAILLE.search(line) for line in lines[3:17])


@pytest.mark.parametrize(
    "points",
    ["step 1 loss 1.0", "step 1 loss nan\nstep 2 loss nan", "step 1 loss 1e300\nstep 2 loss -1e300", "step 5 loss 2\nstep 5 loss 2"],
)
def test_odd_series_are_drawn_or_said_to_be_empty(shell: Shell, points: str) -> None:
    log = shell.home / "odd.log"
    log.write_text(points + "\n")
    assert "loss" in shell.run("plot", log).stdout


def test_an_output_without_braille_gets_stars(shell: Shell) -> None:
    output = shell.start("plot", REAL, PYTHONIOENCODING="latin-1", PYTHONUTF8="0").stdout
    assert output.isascii()
    assert "****" in output


def test_an_svg_is_the_chart_of_the_board(shell: Shell) -> None:
    shell.run("plot", REAL, "-o", "chart.svg", "--theme", "dark", "--smoothing", "0.9")
    svg = (shell.home / "chart.svg").read_text()
    assert svg.startswith("<svg ")
    assert "EMA 0.9" in svg
    assert "<script" not in svg


def test_a_png_is_a_picture(shell: Shell) -> None:
    shell.run("plot", REAL, "-o", "chart.png")
    data = (shell.home / "chart.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 1520  # two pixels for each of the SVG


def test_without_the_extra_a_png_says_what_to_install(shell: Shell) -> None:
    blocked = shell.home / "blocked"
    blocked.mkdir()
    (blocked / "resvg_py.py").write_text("raise ImportError('not installed')")
    answer = shell.start("plot", REAL, "-o", "chart.png", code=2, PYTHONPATH=f"{blocked}:{shell.environment['PYTHONPATH']}")
    assert "pip install 'lossboard[png]'" in answer.stderr


def test_html_is_one_file_with_the_charts(shell: Shell) -> None:
    shell.run("plot", REAL, "-m", "loss", "-m", "grad_norm", "-o", "charts.html")
    page = (shell.home / "charts.html").read_text()
    assert page.count("<figure") == 2
    assert "src=" not in page


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("none.log",), "The log cannot be read.\nNo such file or directory."),
        (("empty.log",), "No metric found in this log."),
        ((REAL, "-m", "wer"), "There is no metric 'wer'."),
        ((REAL, "-o", "chart.gif"), "The chart cannot be written."),
        ((REAL, "-m", "loss", "-m", "grad_norm", "-o", "c.svg"), "A picture holds one chart."),
        ((REAL, "-o", "no/such/folder/c.svg"), "The chart cannot be written."),
        ((REAL, "--from", "10", "--to", "5"), "The x axis would end before it begins."),
        ((REAL, "-f"), "A log can be followed on a terminal only."),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_with_2(shell: Shell, words: tuple[object, ...], error: str) -> None:
    (shell.home / "empty.log").write_text("Good morning.\nNothing here.\n")
    answer = shell.run("plot", *words, code=2)
    assert answer.stderr.startswith(error)
    assert answer.stdout == ""


def test_at_a_terminal_the_chart_is_as_wide_and_in_colour(shell: Shell) -> None:
    session = Session.open([*LOSSBOARD, "plot", str(REAL)], shell.environment | {"TERM": "xterm-256color"}, rows=30, columns=140)
    assert session.wait_code() == 0
    text = session.screen.decode()
    session.close()
    assert "\x1b[38;5;39m" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.split("\r\n"))) <= 140
    assert "Also: learning_rate, grad_norm" in plain


def test_a_followed_log_is_drawn_again_as_it_grows(shell: Shell) -> None:
    log = shell.write_log("train.log", steps=10)
    session = Session.open([*LOSSBOARD, "plot", "-f", str(log)], shell.environment | {"TERM": "xterm-256color"})
    session.wait_for(b"10 points")
    with log.open("a") as file:
        file.write("{'loss': 0.125, 'grad_norm': 0.5, 'learning_rate': 1e-05, 'step': 11}\n")
    session.wait_for(b"11 points")
    session.wait_for(b"loss 0.125")
    log.write_text("{'loss': 9.5, 'step': 1}\n")  # the training was started anew
    session.wait_for(b"1 points")
    session.type(b"\x03")
    assert session.wait_code() == 0
    session.close()


def test_a_log_that_is_still_to_come_is_waited_for(shell: Shell, tmp_path: Path) -> None:
    session = Session.open([*LOSSBOARD, "plot", "-f", str(tmp_path / "later.log")], shell.environment | {"TERM": "xterm"})
    session.wait_for(b"No metric yet in 0 lines")
    shell.write_log("later.log", steps=5)
    session.wait_for(b"5 points")
    session.type(b"\x03")
    assert session.wait_code() == 0
    session.close()
