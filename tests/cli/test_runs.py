"""`lossboard runs`, with a board running and without."""

import json
import signal
from collections.abc import Callable

import pytest

from tests.cli.commands import Shell
from tests.conftest import RunningBoard


@pytest.fixture
def filled(shell: Shell) -> Shell:
    shell.write_log("old/sft/a.log", start=3.0)
    shell.write_log("old/sft/b.log", start=2.0)
    shell.run("import", "old/sft")
    return shell


def ids(shell: Shell, *words: object) -> dict[str, int]:
    return {run["name"]: run["id"] for run in json.loads(shell.run("runs", "list", "--json", *words).stdout)}


def test_a_piped_list_is_one_line_a_run_with_tabs(filled: Shell) -> None:
    lines = filled.run("runs", "list", "--sort", "best").stdout.splitlines()
    assert lines[0].split("\t") == ["id", "experiment", "name", "status", "loss", "best", "step", "updated"]
    assert [line.split("\t")[1:6] for line in lines[1:]] == [
        ["sft", "b", "running", "0.3333", "0.3333"],
        ["sft", "a", "running", "0.5", "0.5"],
    ]


def test_a_list_can_be_searched_and_filtered(filled: Shell) -> None:
    assert set(ids(filled, "--search", "b.log")) == {"b"}
    assert set(ids(filled, "--experiment", "sft", "--limit", 1)) <= {"a", "b"}
    assert ids(filled, "--status", "failed") == {}
    assert "There is no experiment 'dpo'." in filled.run("runs", "list", "-e", "dpo", code=2).stderr


def test_a_run_is_shown_with_its_numbers(filled: Shell) -> None:
    number = ids(filled)["a"]
    text = filled.run("runs", "show", number).stdout
    assert "experiment  sft" in text
    assert "loss\t100\t2.857\t0.5\t0.5\t100\t2.857\t1\t0" in text
    known = json.loads(filled.run("runs", "show", number, "--json").stdout)
    assert {metric["name"] for metric in known["metrics"]} == {"loss", "grad_norm", "learning_rate"}
    assert known["metrics"][0]["points"] == 100


def test_runs_are_renamed_tagged_archived_and_deleted(filled: Shell) -> None:
    a, b = ids(filled)["a"], ids(filled)["b"]
    assert filled.run("runs", "rename", a, "best one").stdout == f"renamed {a} best one\n"
    filled.run("runs", "tag", a, b, "--add", "baseline", "--add", "seed 1")
    filled.run("runs", "tag", b, "--remove", "seed 1")
    assert set(ids(filled, "--tag", "baseline")) == {"best one", "b"}
    assert set(ids(filled, "--tag", "seed 1")) == {"best one"}
    filled.run("runs", "archive", a)
    assert set(ids(filled)) == {"b"}
    assert set(ids(filled, "--archived")) == {"best one"}
    filled.run("runs", "restore", a)
    filled.run("runs", "rm", b, "--yes")
    assert set(ids(filled)) == {"best one"}
    assert list(filled.home.rglob("spool/sft/b.log")), "the log stays"


def test_a_running_board_makes_the_changes(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    database = next(filled.home.rglob("lossboard.db"))
    a, b = ids(filled)["a"], ids(filled)["b"]
    board = start_board(database=database)
    port = board.url.rpartition(":")[2]
    filled.run("runs", "rename", a, "by the board", "--port", port)
    filled.run("runs", "tag", a, "--add", "x, y", "--port", port)
    filled.run("runs", "rm", b, "--yes", "--port", port)
    assert set(ids(filled)) == {"by the board"}
    assert json.loads(board.get(f"/api/v1/runs/{a}")[1])["tags"] == ["x", "y"]


def test_a_board_with_a_login_wants_a_token(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    database = next(filled.home.rglob("lossboard.db"))
    token = filled.home / "token"
    token.write_text(filled.run("token", "create", "shell", "--scope", "admin").stdout)
    number = ids(filled)["a"]
    board = start_board(database=database, options=())
    port = board.url.rpartition(":")[2]
    refused = filled.run("runs", "archive", number, "--port", port, code=2)
    assert refused.stderr.startswith("The board did not make the change.")
    assert "--token-file" in refused.stderr
    filled.run("runs", "archive", number, "--port", port, "--token-file", token)
    assert set(ids(filled)) == {"b"}


def test_a_board_that_locks_its_database_is_named(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    """T28"""
    database = next(filled.home.rglob("lossboard.db"))
    board = start_board(database=database, options=("--no-token", "--journal", "delete"))
    assert len(json.loads(board.get("/api/v1/runs")[1])) == 2
    for command in (("runs", "list"), ("backup", filled.home / "copy.db")):
        refused = filled.run(*command, code=2)
        assert "database is locked" in refused.stderr
        assert "the board that has it with --journal delete" in refused.stderr
    board.stop(signal.SIGTERM)
    assert len(ids(filled)) == 2


def test_a_board_that_locks_its_database_makes_the_changes(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    """T28"""
    database = next(filled.home.rglob("lossboard.db"))
    a, b = ids(filled)["a"], ids(filled)["b"]
    filled.run("runs", "tag", a, "--add", "kept")
    board = start_board(database=database, options=("--no-token", "--journal", "delete"))
    port = board.url.rpartition(":")[2]
    assert filled.run("runs", "rename", a, "by the board", "--port", port).stdout == f"renamed {a} by the board\n"
    assert filled.run("runs", "tag", a, "--add", "x", "--port", port).stdout == f"tagged {a} by the board\n"
    assert filled.run("runs", "archive", b, "--port", port).stdout == f"archived {b} b\n"
    assert filled.run("runs", "archive", 99, "--port", port, code=2).stderr.startswith("There is no run 99.")
    assert [(run["name"], run["tags"]) for run in json.loads(board.get("/api/v1/runs")[1])] == [("by the board", ["kept", "x"])]
    board.stop(signal.SIGTERM)
    filled.run("runs", "restore", b)
    assert database.read_bytes()[18:20] == b"\x01\x01", "a command without the option leaves the journal as it is"


def test_a_board_that_locks_its_database_and_wants_a_login_says_so(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    database = next(filled.home.rglob("lossboard.db"))
    token = filled.home / "token"
    token.write_text(filled.run("token", "create", "shell", "--scope", "admin").stdout)
    number = ids(filled)["a"]
    port = start_board(database=database, options=("--journal", "delete")).url.rpartition(":")[2]
    assert "--token-file" in filled.run("runs", "archive", number, "--port", port, code=2).stderr
    assert filled.run("runs", "archive", number, "--port", port, "--token-file", token).stdout == f"archived {number} a\n"


def test_a_board_that_does_not_answer_is_named(filled: Shell, start_board: Callable[..., RunningBoard]) -> None:
    start_board(database=next(filled.home.rglob("lossboard.db")))
    answer = filled.run("runs", "archive", 1, "--port", 9, code=2)
    assert answer.stderr.startswith("Another Lossboard has the database open, and does not answer here.")


def test_deleting_is_asked_for_and_a_script_says_yes(filled: Shell) -> None:
    assert filled.run("runs", "rm", 1, code=2).stderr.startswith("Nothing was deleted.")
    assert len(ids(filled)) == 2


def test_what_is_not_there_is_told(filled: Shell) -> None:
    assert filled.run("runs", "show", 99, code=2).stderr.startswith("There is no run 99.")
    assert filled.run("runs", "archive", 1, 99, code=2).stderr.startswith("There is no run 99.")
    assert len(ids(filled)) == 2, "nothing was changed"
    assert filled.run("runs", "tag", 1, code=2).stderr.startswith("No tag is named.")


def test_without_a_database_there_are_no_runs(shell: Shell) -> None:
    assert shell.run("runs", "list", code=2).stderr.startswith("There is no database yet.")


def test_a_name_that_steers_a_terminal_comes_out_as_marks(filled: Shell) -> None:
    filled.run("runs", "rename", 1, "a\x1b[31m\u202eb")
    text = filled.run("runs", "list").stdout
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "␛[31m⟨U+202E⟩b" in text
