"""A training started by `lossboard run` appears on the board by itself, with its command, its parameters and its exit code."""

import json
import os
import subprocess
import sys


def test_a_recorded_run_is_on_the_board_with_command_and_exit_code(start_board, tmp_path):
    board = start_board()
    training = "import sys\nfor i in range(1, 8): print(f'step {i}: loss {3 / i:.3f}')\nsys.exit(3)"
    command = [sys.executable, "-m", "webapp.cli.main", "run", "--experiment", "mine", "--name", "try", "--param", "lr=0.1", "--"]
    environment = os.environ | {"LOSSBOARD_SPOOL_DIR": str(tmp_path / "spool")}
    done = subprocess.run([*command, sys.executable, "-c", training], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stdout.count("loss") == 7
    board.wait_for("/api/v1/runs", '"status":"failed"')
    (run,) = json.loads(board.get("/api/v1/runs")[1])
    assert (run["name"], run["experiment"], run["reason"]) == ("try", "mine", "The command ended with exit code 3.")
    assert run["last_step"] == 7
    whole = json.loads(board.get(f"/api/v1/runs/{run['id']}")[1])
    assert whole["params"]["lr"] == "0.1"
    assert "range(1, 8)" in whole["params"]["command"]


def test_a_config_beside_a_log_gives_its_parameters(start_board, tmp_path):
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"optimizer": {"lr": 0.003}, "seed": 7}')
    (folder / "train.log").write_text("".join(f"step {i}: loss {3 / i:.3f}\n" for i in range(1, 8)))
    board = start_board(tmp_path / "runs")
    board.wait_for("/api/v1/runs/1", '"optimizer.lr":"0.003"')
