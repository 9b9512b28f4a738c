"""Two boards for the attacks: one that asks for a login and knows a token of every scope, and one that is open."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import LOGS, Boards, RunningBoard
from webapp.store.access import create_token
from webapp.store.database import open_database

LOG = LOGS / "transformers" / "hf-v4-steps10-pty.log"
TOKENS = {"read": "token-that-reads", "push": "token-that-pushes", "admin": "token-that-owns"}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A board with a login, one run (number 1 of experiment 1), and tokens by scope."""

    board: RunningBoard
    folder: Path

    def headers(self, scope: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKENS[scope]}"} if scope else {}


def logs_in(folder: Path) -> Path:
    logs = folder / "logs"
    logs.mkdir()
    shutil.copyfile(LOG, logs / "train.log")
    return logs


def prepare_tokens(database: Path) -> None:
    opened = open_database(database)
    for scope, secret in TOKENS.items():
        create_token(opened, scope, hashlib.sha256(secret.encode()).hexdigest(), [scope])
    opened.close()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    prepare_tokens(folder / "board.db")
    boards = Boards(folder)
    board = boards(logs_in(folder), options=())
    found = Guarded(board, folder)
    wait_for_run(board, found.headers("read"))
    yield found
    boards.stop()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board without a login, with the same run."""
    folder = tmp_path_factory.mktemp("opened")
    boards = Boards(folder)
    board = boards(logs_in(folder))
    board.wait_for("/api/v1/runs", '"id":1')
    yield board
    boards.stop()


def wait_for_run(board: RunningBoard, headers: dict[str, str]) -> None:
    deadline = time.monotonic() + 30
    while b'"id":1' not in board.get("/api/v1/runs", headers)[1]:
        assert time.monotonic() < deadline, board.output.read_text()
        time.sleep(0.05)
