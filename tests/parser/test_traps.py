"""What misleads readers of training logs, one test for each trap: made-up lines of the shapes that real logs have."""

import math

import pytest

from parser import LogParser
from parser.formats import FormatSet
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import segments, steps_of

BAR = "\r {0:2d}%|███       | {1}/{2} [00:01<00:17,  6.42it/s]"
CLEAR = "\r" + " " * 48 + "\r"


def read(text: str, formats: FormatSet | None = None) -> ParsedLog:
    parser = LogParser(formats)
    return joined([parser.feed(text.encode()), parser.finish()], parser)


def values(log: ParsedLog, metric: str = "loss") -> list[float]:
    return log.points[metric].value.tolist()


def steps(log: ParsedLog, metric: str = "loss") -> list[float]:
    return steps_of(log.points[metric], log.series[metric].rule).tolist()


def trainer(loss: float, epoch: str) -> str:
    return f"{{'loss': {loss}, 'learning_rate': 0.001, 'epoch': {epoch}}}\n"


def test_01_a_bar_beside_a_dict_in_a_redirected_log_is_not_its_step() -> None:
    lines = "".join(trainer(9 - k / 8, repr(round(50 * k / 508, 2))) for k in range(1, 31))
    end = "{'train_runtime': 9.5, 'train_loss': 2.5, 'epoch': 3.0}\n"
    log = read(BAR.format(33, 508, 1524) + BAR.format(33, 509, 1524) + lines + BAR.format(99, 1524, 1524) + "\n" + end)
    assert steps(log) == [50.0 * k for k in range(1, 31)]


def test_01_the_redraw_after_a_dict_line_is_its_step() -> None:
    log = read(
        "".join(BAR.format(k, k, 100) + CLEAR + trainer(3 - k / 50, repr(k / 40)) + BAR.format(k, k, 100) for k in (10, 20, 30)) + "\n"
    )
    assert steps(log) == [10.0, 20.0, 30.0]


def test_02_a_count_drawn_twice_gives_one_point_with_the_fresh_value() -> None:
    frames = "".join(
        f"\r  1%|▏   | {n}/100 [00:01<00:09, 9.9it/s, loss={5 - (n - 1) / 10:.1f}]\r  1%|▏   | {n}/100 "
        f"[00:01<00:09, 9.9it/s, loss={5 - n / 10:.1f}]"
        for n in range(1, 6)
    )
    log = read(frames + "\n")
    assert values(log) == [4.9, 4.8, 4.7, 4.6, 4.5]
    assert steps(log) == [1, 2, 3, 4, 5]


def test_03_quoted_numbers_mixed_with_bare_ones_are_numbers() -> None:
    log = read(
        "{'loss': '14.89', 'grad_norm': 2.571, 'learning_rate': '0', 'epoch': '0.00748'}\n"
        + " " * 40
        + "\x1b[A{'eval_loss': 'nan', 'epoch': '1'}\n"
    )
    assert values(log) == [14.89]
    assert values(log, "grad_norm") == [2.571]
    assert math.isnan(values(log, "eval_loss")[0])


def test_04_final_summaries_are_no_points() -> None:
    text = (
        "[10]\ttrain-rmse:0.5\tvalid-rmse:0.6\n[20]\ttrain-rmse:0.4\tvalid-rmse:0.5\n"
        "Stopping. Best iteration:\n[10]\ttrain-rmse:0.5\tvalid-rmse:0.6\n"
    )
    assert values(read(text), "train-rmse") == [0.5, 0.4]
    assert values(read(text, FormatSet()), "train-rmse") == [0.5, 0.4]
    assert values(read(trainer(3.0, "0.5") + "{'train_runtime': 9.5, 'train_loss': 2.5, 'loss': 1, 'epoch': 1.0}\n")) == [3.0]


def test_05_the_step_stands_above_the_values() -> None:
    log = read("Epoch 1/2\n40/40 - 1s - loss: 1.5 - val_loss: 1.25\nEpoch 2/2\n40/40 - 1s - loss: 1.0 - val_loss: 1.125\n")
    assert steps(log) == [1, 2]


def test_05_the_step_stands_below_the_values() -> None:
    table = "----------\n| train/ | |\n|  loss | {} |\n| time/ | |\n|  total_timesteps | {} |\n----------\n"
    log = read(table.format(0.5, 2048) + table.format(0.25, 4096))
    assert steps(log, "train/loss" if "train/loss" in log.points else "loss") == [2048, 4096]


def test_06_a_resumed_run_is_a_new_segment_and_nothing_is_lost() -> None:
    log = read("".join(f"step {n} loss {9 - n / 10}\n" for n in (1, 2, 3, 4, 3, 4, 5)))
    assert steps(log) == [1, 2, 3, 4, 3, 4, 5]
    assert segments(log.points["loss"].step).tolist() == [0, 4]


def test_07_the_value_comes_before_its_mean() -> None:
    log = read("Epoch: [0][  10/1307]\tTime  0.779 ( 5.211)\tLoss 2.3915e+01 (1.5221e+01)\n" * 1)
    assert values(log) == [23.915]
    assert values(log, "Loss (avg)") == [15.221]


def test_08_false_friends_do_not_become_the_loss() -> None:
    line = " iteration       30/    1000 | lm loss: 2.25E+00 | loss scale: 16384.0 | number of nan iterations:   0 |\n"
    log = read(line)
    assert values(log, "loss") == [2.25]
    assert values(log, "loss scale") == [16384.0]
    bar = read(
        "\r  1%|▏  | 1/9 [00:01<00:09, 9.9it/s, loss=4.5, last_nan_iter=None]"
        "\r  2%|▏  | 2/9 [00:01<00:09, 9.9it/s, loss=4.0, last_nan_iter=None]\n"
    )
    assert list(bar.points) == ["loss"]


def test_09_source_code_configs_and_examples_are_no_metrics() -> None:
    text = """import torch
loss = criterion(output, target) * 0.5
optimizer = torch.optim.AdamW(params, lr=3e-4, betas=(0.9, 0.95))
print(f"step:{step}/{steps} val_loss:{val_loss:.4f} train_time:{t:.0f}ms")
Namespace(lr=0.003, batch_size=32, epochs=4, seed=1337, weight_decay=0.01)
{"hidden_size": 768, "num_layers": 12, "dropout": 0.1, "learning_rate": 3e-4}
Model has 12,345 parameters; dataset size: 50000 train / 10000 val
learning_rate = 1e-3 # with baby networks can afford to go a bit higher
{'text': 'the loss: 3.5 of the game', 'label': 1}
"""
    assert read(text).points == {}


def test_10_a_key_twice_on_a_line_is_two_metrics() -> None:
    log = read("Epoch   1/300 | Train Loss: 1.2052 Acc: 0.3508 | Val Loss: 1.1198 Acc: 0.4243\n")
    assert values(log, "Acc") == [0.3508]
    assert values(log, "val/Acc") == [0.4243]


def test_11_a_rounded_step_is_made_exact() -> None:
    lines = [
        f"step:{n if n < 1000 else str(round(n / 1000)) + 'K'} smpl:1K ep:4 epch:{n / 500:.2f} loss:{2 - n / 9000:.3f} grdn:9.9\n"
        for n in range(200, 2001, 200)
    ]
    assert steps(read("".join(lines))) == [float(n) for n in range(200, 2001, 200)]


def test_12_a_fraction_means_three_things() -> None:
    assert steps(read("{'loss': 1.5, 'global_step/max_steps': '50/58114'}\n")) == [50]
    assert steps(read("Train Epoch: 2 [320/1600 (20%)]\tLoss: 2.358951\n")) == [1920]
    log = read(
        "step 1 loss 2.0\nTest set: Average loss: 0.0833, Accuracy: 9747/10000 (97%)\n"
        "step 2 loss 1.9\nTest set: Average loss: 0.0733, Accuracy: 9757/10000 (98%)\n"
    )
    assert 9747.0 in [value for points in log.points.values() for value in points.value.tolist()]


@pytest.mark.parametrize(
    "prefix",
    [
        "[rank0]: ",
        "[default0]:",
        "[1,0]<stdout>:",
        "2026-01-28 10:00:00,123 - INFO - root - ",
        "\x1b[36m(TaskRunner pid=2021996)\x1b[0m ",
        "[08:03:35] [STDERR] ",
        "I0706 16:50:26.230209 140110 trainer.py:88] ",
    ],
)
def test_13_a_prefix_is_peeled(prefix: str) -> None:
    log = read("".join(f"{prefix}step {n} loss {5 - n}.5\n" for n in (1, 2)))
    assert values(log) == [4.5, 3.5]
    assert steps(log) == [1, 2]


def test_13_ranks_other_than_0_are_series_of_their_own() -> None:
    log = read("".join(f"[rank{rank}]: step {n} loss {n}.{rank}\n" for n in (1, 2) for rank in (0, 1)))
    assert values(log) == [1.0, 2.0]
    assert values(log, "loss [rank 1]") == [1.1, 2.1]


def test_14_encodings_and_escapes_are_taken_away() -> None:
    log = read("\x1b[1mstep\x1b[0m 1 loss 4.\x1b[31m25\x1b[0m\x08\x08\r\n#033[32mstep 2 loss 4.125\r\n")
    assert values(log) == [4.25, 4.125]


def test_15_text_glued_to_a_bar_or_a_value_is_apart() -> None:
    log = read("  3%|▎  | 3/99 [00:01<00:17,  6.42it/s, loss=1.5]01/22/2026 07:46:06 - INFO - __main__ - \n")
    assert values(log) == [1.5]
    assert values(
        read("iter 240 || Loss: 4.7436 || /usr/lib/python3/x.py:238: UserWarning: ragged sequences are deprecated, use a list\n")
    ) == [4.7436]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1e-05", 1e-05),
        ("-.0399", -0.0399),
        ("517.", 517.0),
        ("'3.625'", 3.625),
        ("tensor(2.5)", 2.5),
        ("1,234", 1234.0),
        ("12%", 12.0),
        ("-inf", -math.inf),
        ("[0.8837]", 0.8837),
    ],
)
def test_16_value_forms_are_read(printed: str, value: float) -> None:
    assert values(read(f"step 1 loss: {printed}\n")) == [value]


@pytest.mark.parametrize("missing", ["n/a", "null", "None", "No Log", "N/A", "?"])
def test_16_a_missing_value_is_no_point(missing: str) -> None:
    log = read(f"step 1 | loss: 2.5, val: {missing} | lr: 0.5\n")
    assert set(log.points) == {"loss", "learning_rate"}


def test_17_keys_hold_spaces_slashes_brackets_and_apostrophes() -> None:
    log = read("[10]\ttraining's l1: 0.45\tvalid_1's l2: 0.21\nstep:3 - val-core/openai/gsm8k/acc/mean@1:0.508 - actor/pg_loss:0.5\n")
    assert {"training's l1", "valid_1's l2", "val-core/openai/gsm8k/acc/mean@1"} <= set(log.points)


def test_18_odd_values_are_kept() -> None:
    log = read("".join(f"step {n} loss {value}\n" for n, value in enumerate(("0.0", "-0.6587", "20345.5", "nan", "1926"), 1)))
    assert values(log)[:3] == [0.0, -0.6587, 20345.5]
    assert math.isnan(values(log)[3])


def test_19_frames_inside_a_keras_epoch_are_no_points() -> None:
    text = (
        "Epoch 1/2\n"
        + "".join(f"\r {n}/10 [==>.......] - ETA: 0s - loss: {9 - n}.5" for n in range(1, 11))
        + "\r10/10 [==========] - 1s 36ms/step - loss: 0.25\n10/10 [==========] - 0s 5ms/step - loss: 0.125\n"
    )
    assert values(read(text)) == [0.25]


def test_20_rows_of_epochs_and_of_steps_are_apart() -> None:
    lines = "".join(
        f"Epoch [{e}/2], Step [{i}/50], Loss: {9 - e - i / 50:.4f}\n" + (f"Epoch {e}/2 - val_loss: {8 - e}.25\n" if i == 50 else "")
        for e in (1, 2)
        for i in (25, 50)
    )
    log = read(lines)
    assert steps(log) == [25, 50, 75, 100]
    assert values(log, "eval_loss") == [7.25, 6.25]
