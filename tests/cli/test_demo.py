import json
import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from tests.cli.boards import fetch, running, wait_until
from tests.cli.test_main import lossboard


def trainings_of(board: int) -> list[psutil.Process]:
    """What the board of a demo trains; other processes that it has started may end meanwhile."""
    found = []
    for child in psutil.Process(board).children():
        with suppress(psutil.NoSuchProcess):
            found += [child] if "webapp.demo" in " ".join(child.cmdline()) else []
    return found


def test_the_demo_shows_a_live_run_beside_finished_ones_and_takes_its_training_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with running("demo", "--port", "0", "--folder", folder, home=tmp_path) as board:
        assert fetch(board.url)[0] == 200  # without a login

        def runs() -> dict[str, dict[str, object]]:
            return {run["name"]: run for run in json.loads(fetch(board.url + "api/v1/runs")[1])}

        wait_until(lambda: runs().get("sft-live", {}).get("points"))
        assert runs()["sft-live"]["status"] == "running"
        wait_until(lambda: any(run["status"] == "finished" for run in runs().values()))
        training = trainings_of(board.process.pid)
        assert training
        board.process.send_signal(signal.SIGINT)
        assert board.process.wait(20) == 0
        assert not [child for child in training if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    log = (folder / "logs" / "sentences-sft" / "sft-live.log").read_text(encoding="utf-8")
    assert re.search(r"\{'loss': [\d.]+, 'grad_norm': [\d.]+, 'learning_rate': [\d.e-]+, 'epoch': [\d.]+\}\n", log)


def test_the_demo_empties_no_folder_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    answer = lossboard("demo", "--folder", str(tmp_path), HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith("The demo would empty this folder, but did not make it.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_demo_without_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    with running("demo", "--port", "0", home=home, TMPDIR=str(temporary)) as board:
        assert list(temporary.glob("lossboard-demo-*"))
        board.process.terminate()
        assert board.process.wait(20) == 0
    assert list(temporary.iterdir()) == []
    assert [path.relative_to(home).parts for path in home.glob("*/*")] in ([], [(".cache", "lossboard")])  # compiled templates
