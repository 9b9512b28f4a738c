"""A board with several seeds and learning rates of one program, and runs of other programs."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import LOGS, Boards, RunningBoard

SEEDS = Path(__file__).parent / "logs"
OTHERS = ("trl/trl-sft-redir.log", "trl/trl-dpo-redir.log", "boosting/lightgbm-every.log", "nanogpt/nanogpt-real-redir.log")


@dataclass(frozen=True)
class Compared:
    """A board and the numbers of its runs and experiments by name."""

    board: RunningBoard
    runs: dict[str, int]
    experiments: dict[str, int]

    def page(self, path: str) -> str:
        status, body = self.board.get(path)
        assert status == 200, body[:400]
        return body.decode()

    def compare(self, *names: str, **values: object) -> str:
        """The address of a comparison of runs by name."""
        pairs = [f"run={self.runs[name]}" for name in names] + [f"{key}={value}" for key, value in values.items()]
        return "/compare?" + "&".join(pairs)


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    folder = tmp_path_factory.mktemp("compared")
    shutil.copytree(SEEDS, folder / "runs" / "seeds")
    (folder / "runs" / "others").mkdir()
    for log in OTHERS:
        shutil.copyfile(LOGS / log, folder / "runs" / "others" / Path(log).name)
    boards = Boards(folder)
    board = boards(folder / "runs")
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){10}')
    runs = json.loads(board.get("/api/v1/runs")[1])
    yield Compared(board, {run["name"]: run["id"] for run in runs}, {run["experiment"]: run["experiment_id"] for run in runs})
    boards.stop()
