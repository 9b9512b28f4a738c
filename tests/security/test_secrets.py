"""T44: a log with secrets on a board: hidden on every page and in every export, whole in the download."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Boards

SECRETS = ("hf_" + "aBcDeFgH" * 4, "correct-horse-battery", "sk-" + "proj-Ab12" * 5, "corp-1234-private")
SECRETS += ("dXNlcjpw" + "YXNzd29yZDEyMw==", "letmein124", "zzzzTOKEN" + "zzzz12345", "npm_" + "a1B2" * 9, "aB3/" * 16, "lastLine5=")
LOG = f"""Namespace(learning_rate=0.1, api_key='{SECRETS[1]}', out='{SECRETS[0]}')
Logging in with {SECRETS[0]}
\x1b[32mpassword\x1b[0m: \x1b[33m{SECRETS[1]}\x1b[0m
ticket {SECRETS[3]}
curl -H 'Authorization: Basic {SECRETS[4]}' DB_PASS={SECRETS[5]} token: {SECRETS[6]} and {SECRETS[7]}
-----BEGIN RSA PRIVATE KEY-----
{SECRETS[8]}
{SECRETS[9]}
-----END RSA PRIVATE KEY-----
{{'loss': 2.5, 'epoch': 1.0}}
{{'loss': 1.5, 'epoch': 2.0}}
Traceback (most recent call last):
  File "train.py", line 1, in <module>
ValueError: OPENAI_API_KEY={SECRETS[2]} is refused
"""
PAGES = (
    *("/", "/experiments/1", "/runs", "/runs/1", "/runs/1/terminal", "/runs/1?find=password", "/explain?run=1", "/compare?run=1&run=2"),
    *("/compare?run=1&run=2&params=all", "/compare/logs?run=1&run=2", "/api/v1/runs/1", "/api/v1/runs", "/runs/1/report"),
    *("/runs/1/loss.svg", "/runs/1/loss.json", "/compare/report?run=1&run=2", "/experiments/1/findings"),
)


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "logs").mkdir()
    for name in ("a", "b"):
        (folder / "logs" / f"{name}.log").write_text(LOG + f"{{'loss': 0.{len(name)}, 'epoch': 3.0}}\n")
    boards = Boards(folder)
    board = boards(folder / "logs", LOSSBOARD_REDACT="corp-[0-9]+-[a-z]+")
    board.wait_for("/api/v1/runs", '"id":2')
    yield board
    boards.stop()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_and_no_export_shows_a_secret(board, page: str) -> None:
    status, body = board.get(page)
    assert status == 200
    assert [secret for secret in SECRETS if secret.encode() in body] == []


def test_the_terminal_shows_where_a_secret_was(board) -> None:
    body = board.get("/runs/1")[1].decode()
    assert "Logging in with ***" in body
    assert "ticket ***" in body


def test_the_download_is_the_log_as_it_was_written(board) -> None:
    assert board.get("/runs/1/log")[1] == next((board.database.parent / "logs").glob("*.log")).read_bytes()


def test_a_pattern_that_is_none_stops_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "webapp.cli.main", "serve", "--port", "0", "--database", str(tmp_path / "b.db")]
    done = subprocess.run(command, env=os.environ | {"LOSSBOARD_REDACT": "(("}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert 'LOSSBOARD_REDACT is "(("; expected a regular expression' in done.stderr
