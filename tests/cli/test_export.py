"""`lossboard export`: every point, in three forms."""

import csv
import io
import json
import math
import subprocess
import sys

import pytest
from pyarrow import parquet

from tests.cli.commands import LOGS, Shell

REAL = LOGS / "transformers" / "hf-v4-resume-redir.log"


@pytest.fixture
def odd(shell: Shell) -> str:
    """A log with values that are not finite."""
    (shell.home / "odd.log").write_text(
        "".join(f"{{'loss': {value}, 'step': {step}}}\n" for step, value in enumerate(["1.5", "nan", "inf", "-inf", "0.25"], 1))
    )
    return "odd.log"


def test_csv_holds_every_point_with_its_place_in_the_log(shell: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(shell.run("export", REAL).stdout)))
    parsed = json.loads(shell.run("parse", REAL).stdout)["metrics"]
    for name, points in parsed.items():
        found = [row for row in rows if row["metric"] == name]
        assert [float(row["value"]) for row in found] == [point["value"] for point in points]
        assert [float(row["step"]) for row in found] == [point["step"] for point in points]
    assert {row["run"] for row in rows} == {"hf-v4-resume-redir"}
    text = REAL.read_bytes()
    first = next(row for row in rows if row["metric"] == "loss")
    assert b"'loss': " + first["value"].encode() in text[int(first["offset"]) :][:200]


def test_values_that_are_not_finite_are_words_in_text_and_numbers_in_parquet(shell: Shell, odd: str) -> None:
    rows = list(csv.DictReader(io.StringIO(shell.run("export", odd).stdout)))
    assert [row["value"] for row in rows] == ["1.5", "NaN", "Infinity", "-Infinity", "0.25"]
    points = json.loads(shell.run("export", odd, "--json").stdout)["runs"][0]["metrics"]["loss"]
    assert [point["value"] for point in points] == [1.5, "NaN", "Infinity", "-Infinity", 0.25]
    shell.run("export", odd, "-o", "points.parquet")
    table = parquet.read_table(shell.home / "points.parquet")
    values = table["value"].to_pylist()
    assert math.isnan(values[1])
    assert values[2:4] == [math.inf, -math.inf]
    assert table["value"].null_count == 0
    assert table["timestamp"].null_count == 5


def test_parquet_holds_the_rows_of_csv(shell: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(shell.run("export", REAL).stdout)))
    shell.run("export", REAL, "-o", "points.parquet")
    table = parquet.read_table(shell.home / "points.parquet")
    assert table.num_rows == len(rows)
    assert table["metric"].to_pylist() == [row["metric"] for row in rows]
    assert table["step"].to_pylist() == [float(row["step"]) for row in rows]
    assert table["offset"].to_pylist() == [int(row["offset"]) for row in rows]


def test_the_ending_of_the_file_chooses_the_form(shell: Shell) -> None:
    assert shell.run("export", REAL, "-o", "p.csv", "-m", "loss").stdout == "p.csv: 116 points of 1 run\n"
    assert (shell.home / "p.csv").read_text().startswith("run,experiment,metric,step,epoch,value,timestamp,offset\n")
    shell.run("export", REAL, "-o", "p.json")
    assert json.loads((shell.home / "p.json").read_text())["runs"][0]["run"] == "hf-v4-resume-redir"


def test_runs_of_the_board_are_exported_by_number(shell: Shell) -> None:
    shell.run("import", shell.write_log("a.log", steps=7), "-e", "E")
    rows = list(csv.DictReader(io.StringIO(shell.run("export", 1, "-m", "loss").stdout)))
    assert [(row["experiment"], row["step"]) for row in rows] == [("E", str(step)) for step in range(1, 8)]


def test_a_name_that_a_spreadsheet_would_run_is_text(shell: Shell) -> None:
    log = shell.write_log("=cmd.log", steps=3)
    rows = list(csv.DictReader(io.StringIO(shell.run("export", log).stdout)))
    assert {row["run"] for row in rows} == {"'=cmd"}


def test_a_reader_that_has_enough_is_no_error(shell: Shell) -> None:
    log = shell.write_log("a.log", steps=20_000)
    line = f"{sys.executable} -P -m webapp.cli.main export {log} | head -2"
    answer = subprocess.run(["bash", "-c", line], env=shell.environment, capture_output=True, text=True)
    assert answer.stdout.count("\n") == 2
    assert answer.stderr == ""


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((REAL, "-o", "p.xlsx"), "The points cannot be written."),
        ((REAL, "--parquet"), "Parquet goes into a file."),
        ((REAL, "-m", "wer"), "There is nothing to write."),
        ((REAL, "-o", "no/p.csv"), "The points cannot be written."),
        (("none.log",), "The log cannot be read."),
    ],
)
def test_what_cannot_be_written_is_said(shell: Shell, words: tuple[object, ...], error: str) -> None:
    assert shell.run("export", *words, code=2).stderr.startswith(error)


def test_without_the_extra_parquet_says_what_to_install(shell: Shell) -> None:
    blocked = shell.home / "blocked"
    blocked.mkdir()
    (blocked / "pyarrow.py").write_text("raise ImportError('not installed')")
    answer = shell.start("export", REAL, "-o", "p.parquet", code=2, PYTHONPATH=f"{blocked}:{shell.environment['PYTHONPATH']}")
    assert "pip install 'lossboard[parquet]'" in answer.stderr
