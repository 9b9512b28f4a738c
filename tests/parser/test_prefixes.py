"""What a launcher or a logger puts in front of every line changes no point: each log is read as the same log without it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from parser import LogParser
from parser.log import joined
from tests.parser.reading import Curves, curves, points_of

LOGS = Path(__file__).parents[1] / "logs"
LOG_NAMES = (
    "boosting/catboost-early",
    "boosting/lightgbm-every",
    "boosting/xgboost-early",
    "generic/plain-fixed_table-redir",
    "generic/plain-tqdm_postfix-redir",
    "keras/keras-v2-redir",
    "mmengine/mmengine-redir",
    "nanogpt/nanogpt-real-redir",
    "stable-baselines3/sb3-ppo_eval",
    "transformers/hf-v5-steps10-redir",
    "trl/trl-sft-redir",
    "yolo/ultralytics-redir",
)
LAUNCHERS: dict[str, Callable[[int], str]] = {
    "docker logs -t": lambda n: f"2026-03-01T14:{n // 60 % 60:02}:{n % 60:02}.123456789Z ",
    "kubectl logs --prefix": lambda n: "[pod/train-abc-0/main] ",
    "docker compose": lambda n: "trainer-1  | ",
    "journalctl -o short-iso": lambda n: f"2026-03-01T14:{n // 60 % 60:02}:{n % 60:02}+0100 gpu1 python[1234]: ",
    "ts": lambda n: f"Mar 01 14:{n // 60 % 60:02}:{n % 60:02} ",
    "torchrun": lambda n: "[rank0]: ",
    "torchrun --tee": lambda n: "[default0]:",
    "Ray": lambda n: "\x1b[36m(RayTrainWorker pid=123, ip=10.0.0.3)\x1b[0m ",
    "pdsh": lambda n: "node07: ",
    "mpirun --tag-output": lambda n: "[1,0]<stdout>:",
}
LOGGERS: dict[str, Callable[[int], str]] = {
    "loguru": lambda n: f"2026-03-01 14:{n // 60 % 60:02}:{n % 60:02}.123 | INFO     | __main__:train:42 - ",
    "hydra": lambda n: f"[2026-03-01 14:{n // 60 % 60:02}:{n % 60:02},123][__main__][INFO] - ",
    "absl": lambda n: f"I0301 14:{n // 60 % 60:02}:{n % 60:02}.123456 140123456789 train.py:123] ",
    "a level": lambda n: "[INFO]: ",
    "a padded level": lambda n: "[INFO    ] ",
}
TABLE = "epoch      loss       acc\n    1    0.9123     0.512\n    2    0.8123     0.613\n"
BOX = "".join(f"-----------------------\n| iterations | {n}      |\n| loss       | 0.{n}1   |\n-----------------------\n" for n in (1, 2))
TUPLES = "[1, 2000] loss: 2.123\n[1, 4000] loss: 2.023\n[2, 2000] loss: 1.923\n"


def behind(text: str, prefix: Callable[[int], str]) -> str:
    """The text with the prefix before each of its lines."""
    return "".join(f"{prefix(n)}{line}\n" for n, line in enumerate(text.removesuffix("\n").split("\n")))


def whole(text: str) -> Curves:
    parser = LogParser()
    return points_of(joined([parser.feed(text.encode()), parser.finish()], parser))


@pytest.mark.parametrize("name", LOG_NAMES)
def test_a_launcher_changes_no_point_of_a_log(name: str) -> None:
    with (LOGS / f"{name}.log").open(encoding="utf-8", newline="") as file:
        text = file.read()
    bare = repr(whole(text))
    assert {launcher for launcher, prefix in LAUNCHERS.items() if repr(whole(behind(text, prefix))) != bare} == set()


@pytest.mark.parametrize("text", [TABLE, BOX, TUPLES], ids=["table", "box", "tuples"])
@pytest.mark.parametrize("prefix", (LAUNCHERS | LOGGERS).values(), ids=LAUNCHERS | LOGGERS)
def test_tables_boxes_and_heads_of_lines_are_read_behind_a_prefix(text: str, prefix: Callable[[int], str]) -> None:
    assert curves(behind(text, prefix)) == curves(text) != {}


@pytest.mark.parametrize("mark", ["## ", "#> ", "    ## ", "#### "])
def test_output_that_a_document_shows_as_comments_is_read(mark: str) -> None:
    table = behind(TABLE, lambda n: mark)
    rounds = "".join(f"{mark}[{n}]\ttrain-rmse:{n}.25+0.005\ttest-rmse:{n}.75+0.006\n" for n in (1, 2, 3))
    assert curves(table) == curves(TABLE)
    assert curves(rounds)["train-rmse"] == [(1, 1.25), (2, 2.25), (3, 3.25)]


def test_an_indented_box_is_read() -> None:
    assert curves(behind(BOX, lambda n: "    ")) == curves(BOX)


def test_a_table_of_another_rank_is_not_read_into_that_of_the_first() -> None:
    assert curves(behind(TABLE, lambda n: "[rank0]: ") + behind(TABLE, lambda n: "[rank1]: ")) == curves(TABLE)


def test_the_class_and_line_of_a_java_logger_is_no_metric() -> None:
    text = "".join(
        f"2024-04-23 21:28:1{n} INFO  TrainingListener:78 - Train: Accuracy: 0.{n}1\n"
        f"2024-04-23 21:28:1{n} INFO  TrainingListener:91 - Validate: Accuracy: 0.{n}2\n"
        for n in (1, 2, 3)
    )
    assert "TrainingListener" not in curves(text)


def test_the_time_of_a_line_is_that_of_its_launcher() -> None:
    parser = LogParser()
    text = behind("step 1 loss 0.5\nstep 2 loss 0.4\n", LAUNCHERS["docker logs -t"])
    log = joined([parser.feed(text.encode()), parser.finish()], parser)
    assert log.points["loss"].time.tolist() == [1772373600.123456789, 1772373601.123456789]


SLURM = "Using 2 GPUs\nLoading the data\nModel has few layers\nStarting now\nTraining\n"


def test_the_labels_of_srun_are_ranks_and_no_places() -> None:
    """Once prose has shown that all lines have one; a line of the second task is of the second rank."""
    text = "".join(f"loss: 0.{n}1\n" for n in (1, 2, 3))
    one = behind(SLURM + "Epoch 1\n" + text + "Epoch 2\n" + text, lambda n: "0: ")
    assert curves(one) == curves(SLURM + "Epoch 1\n" + text + "Epoch 2\n" + text)
    lines = [f"{task}: {line}\n" for line in SLURM.splitlines() * 2 for task in (0, 1)]
    lines += [f"{task}: step {n} loss {task}.{n}\n" for n in (1, 2, 3) for task in (0, 1)]
    assert curves("".join(lines)) == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)], "loss [rank 1]": [(1, 1.1), (2, 1.2), (3, 1.3)]}


def test_a_number_and_a_colon_before_every_line_may_be_an_epoch() -> None:
    assert curves("".join(f"{n}: loss 0.{n}\n" for n in range(1, 9)))["loss"][-1] == (8, 0.8)
    text = "".join(f"0: [{n}0/100] loss: 0.{n}\n" for n in range(1, 9))
    assert len(curves(text)["loss"]) == 8


def test_a_rank_printed_behind_that_of_the_launcher_is_no_step() -> None:
    """As `accelerator.process_index` is printed under torchrun; the tasks of a machine are its ranks."""
    steps = "".join(f"[default{rank}]:step={n} loss={5 - n / 10}{rank}\n" for n in (1, 2, 3) for rank in (0, 1))
    epochs = "".join(f"[default{rank}]:{rank}: epoch {epoch} mean loss {3 - epoch / 10}{rank}\n" for epoch in range(4) for rank in (0, 1))
    found = curves(steps + epochs)
    assert found["mean loss"] == [(epoch, 3 - epoch / 10) for epoch in range(4)]
    assert found["mean loss [rank 1]"] == [(epoch, float(f"{3 - epoch / 10}1")) for epoch in range(4)]


def test_the_rank_of_icefall_stands_before_the_epoch() -> None:
    line = "2026-01-28 10:00:0{n},123 INFO [train.py:901] ({rank}/2) Epoch 1, batch {n}0, loss[loss={rank}.{n}, over 12.00 frames. ]\n"
    found = curves("".join(line.format(n=n, rank=rank) for n in (1, 2, 3) for rank in (0, 1)))
    assert found["loss"] == [(10, 0.1), (20, 0.2), (30, 0.3)]
    assert found["loss [rank 1]"] == [(10, 1.1), (20, 1.2), (30, 1.3)]
