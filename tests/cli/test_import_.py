"""`lossboard import`, with a board running and without."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.commands import LOGS, Shell
from tests.conftest import RunningBoard

SPOOL = Path(".local/share/lossboard/spool")


def runs(shell: Shell) -> dict[str, dict[str, object]]:
    return {f"{run['experiment']}/{run['name']}": run for run in json.loads(shell.run("runs", "list", "--json").stdout)}


def test_folders_are_experiments_and_files_are_runs(shell: Shell) -> None:
    shell.write_log("old/sft/a.log", steps=20)
    shell.write_log("old/dpo/b.log", steps=30)
    answer = shell.run("import", "old")
    assert sorted(line.partition("  ")[2] for line in answer.stdout.splitlines()) == ["dpo / b: 90 points", "sft / a: 60 points"]
    assert set(runs(shell)) == {"sft/a", "dpo/b"}
    assert (shell.home / SPOOL / "sft/a.log").read_bytes() == (shell.home / "old/sft/a.log").read_bytes()


def test_the_original_may_go_and_its_time_is_kept(shell: Shell) -> None:
    log = shell.write_log("old/a.log")
    os.utime(log, (1_700_000_000, 1_700_000_000))
    shell.run("import", log, "-e", "kept")
    log.unlink()
    assert (shell.home / SPOOL / "kept/a.log").stat().st_mtime == 1_700_000_000
    assert runs(shell)["kept/a"]["points"] == 300
    assert str(runs(shell)["kept/a"]["updated_at"]).startswith("2023-11-14")


def test_importing_again_changes_nothing(shell: Shell) -> None:
    log = shell.write_log("old/a.log")
    first, second = shell.run("import", log).stdout, shell.run("import", log).stdout
    assert first == second
    assert len(runs(shell)) == 1


def test_another_log_of_the_same_name_gets_a_number(shell: Shell) -> None:
    log = shell.write_log("old/a.log", steps=10)
    shell.run("import", log, "-e", "E")
    shell.write_log("old/a.log", steps=20)
    shell.run("import", log, "-e", "E")
    assert set(runs(shell)) == {"E/a", "E/a-2"}


def test_a_gzipped_log_is_unpacked(shell: Shell) -> None:
    packed = shell.home / "train.log.gz"
    packed.write_bytes(gzip.compress((LOGS / "trl" / "trl-dpo-redir.log").read_bytes()))
    shell.run("import", packed, "-e", "E")
    assert runs(shell)["E/train"]["points"]


def test_what_is_no_log_is_named_and_the_rest_is_imported(shell: Shell) -> None:
    (shell.home / "model.log").write_bytes(os.urandom(4000))
    (shell.home / "broken.gz").write_bytes(b"\x1f\x8b nothing")
    answer = shell.run("import", "model.log", "broken.gz", shell.write_log("good.log"))
    assert "model.log: This is no log. It holds binary data." in answer.stderr
    assert "broken.gz: The log cannot be copied." in answer.stderr
    assert answer.stdout.count("run ") == 1
    assert not list((shell.home / SPOOL).rglob(".import*"))
    assert shell.run("import", "model.log", code=2).stdout == ""


def test_paths_that_are_not_there_and_folders_without_logs_are_told(shell: Shell) -> None:
    (shell.home / "empty").mkdir()
    assert shell.run("import", "nothing.log", code=2).stderr.startswith("There is no such file or folder.")
    assert shell.run("import", "empty", code=2).stderr.startswith("No log was found.")


def test_a_log_without_metrics_is_kept_and_told(shell: Shell) -> None:
    (shell.home / "words.log").write_text("Good morning.\n" * 5)
    assert "no metric was found" in shell.run("import", "words.log").stdout


def test_a_recorded_run_brings_its_record(shell: Shell) -> None:
    shell.start(
        "run", "--name", "N", "--param", "lr=1", "--", "sh", "-c", "for i in 1 2 3 4 5 6; do echo step $i loss 0.$i; done; exit 3", code=3
    )
    spool = shell.home / SPOOL / "runs"
    shell.run("import", spool / "N.log", "-e", "moved")
    assert (shell.home / SPOOL / "moved/N.run.json").read_bytes() == (spool / "N.run.json").read_bytes()
    run = runs(shell)["moved/N"]
    assert (run["status"], run["reason"]) == ("failed", "The command ended with exit code 3.")


def test_both_parts_of_a_record_of_limited_size_are_imported_as_one_log(shell: Shell) -> None:
    shell.start(
        "run",
        "--name",
        "N",
        "--",
        "sh",
        "-c",
        "for i in $(seq 40); do echo step $i loss 0.$i; sleep 0.01; done",
        LOSSBOARD_SPOOL_BYTES="200",
    )
    spool = shell.home / SPOOL / "runs"
    parts = (spool / "N.log.1").read_text() + (spool / "N.log").read_text()
    shell.run("import", spool / "N.log", "-e", "moved")
    assert (shell.home / SPOOL / "moved/N.log").read_text() == parts
    assert runs(shell)["moved/N"]["points"] == parts.count("\n")


def test_a_running_board_reads_what_is_imported(shell: Shell, start_board: Callable[..., RunningBoard]) -> None:
    database = shell.home / "board.db"
    board = start_board(database=database, LOSSBOARD_SPOOL_DIR=str(shell.home / SPOOL))
    answer = shell.run("import", shell.write_log("old/a.log"), "-e", "E", "--database", database)
    assert answer.stdout == "run 1  E / a: 300 points\n"
    assert b'"points":300' in board.get("/api/v1/runs/1")[1]


def test_a_board_that_locks_its_database_reads_what_is_imported(shell: Shell, start_board: Callable[..., RunningBoard]) -> None:
    """T28"""
    database = shell.home / "board.db"
    options = ("--no-token", "--journal", "delete")
    board = start_board(database=database, options=options, LOSSBOARD_SPOOL_DIR=str(shell.home / SPOOL))
    answer = shell.run("import", shell.write_log("old/a.log"), "-e", "E", "--database", database)
    assert answer.stdout == f"copied to {shell.home / SPOOL / 'E/a.log'}: the board reads it, and keeps its database locked\n"
    board.wait_for("/api/v1/runs", '"points":300')


@pytest.mark.parametrize("name", ["../../outside", "a/b", ".hidden", "x" * 300])
def test_a_name_never_leads_out_of_the_spool_folder(shell: Shell, name: str) -> None:
    shell.run("import", shell.write_log("a.log"), "-e", name)
    copies = list((shell.home / SPOOL).rglob("a.log"))
    assert len(copies) == 1
    assert copies[0].parent.parent == shell.home / SPOOL
