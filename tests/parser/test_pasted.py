"""Logs as people paste them into issues and notebooks: what must come out of a few lines of each."""

import pytest

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import steps_of


def read(text: str) -> ParsedLog:
    parser = LogParser()
    return joined([parser.feed(text.encode()), parser.finish()], parser)


def curves(log: ParsedLog) -> dict[str, list[tuple[float, float]]]:
    """Step and value of every point."""
    return {
        name: list(zip(steps_of(points, log.series[name].rule).tolist(), points.value.tolist(), strict=True))
        for name, points in log.points.items()
    }


BAR = "|██████████|"


@pytest.mark.parametrize("drawing", [BAR, ""])
def test_a_bar_is_read_with_its_drawing_and_in_colab_without(drawing: str) -> None:
    found = curves(
        read("".join(f"Steps:  {n}%{drawing} {10 * n}/800 [00:0{n}<20:12,  1.53s/it, loss=0.{n}, lr=5e-6]\n" for n in (1, 2, 4)))
    )
    assert found == {"loss": [(10, 0.1), (20, 0.2), (40, 0.4)], "learning_rate": [(10, 5e-6), (20, 5e-6), (40, 5e-6)]}


@pytest.mark.parametrize("drawing", [BAR, ""])
@pytest.mark.parametrize("names", ["mAP@.5 mAP@.5:.95", "mAP@.5  mAP@.5:.95"])
def test_yolov5_is_read_in_colab_and_with_one_blank_between_two_names(drawing: str, names: str) -> None:
    found = curves(
        read(
            "".join(
                f"     Epoch   gpu_mem       box       obj       cls    labels  img_size\n"
                f"       {n}/2     3.27G   0.0{4 - n}35   0.06781   0.01869       207       640: 100%{drawing} 8/8 [00:03<00:00,  2.03it/s]\n"
                f"               Class     Images     Labels          P          R     {names}: 100%{drawing} 4/4 [00:04<00:00,  1.14s/it]\n"
                f"                 all        128        929      0.646      0.62{n}      0.659      0.43{n}\n\n"
                for n in range(3)
            )
        )
    )
    assert found["box"] == [(0, 0.0435), (1, 0.0335), (2, 0.0235)]
    assert found["val/R"] == [(0, 0.620), (1, 0.621), (2, 0.622)]
    assert found["val/mAP@.5:.95"] == [(0, 0.430), (1, 0.431), (2, 0.432)]


def test_columns_of_one_name_are_told_apart_by_their_bracket() -> None:
    found = curves(
        read(
            "      Epoch    GPU_mem   box_loss   seg_loss  Instances       Size\n"
            "       1/20      14.3G     0.6256      2.666         29        640: 100% 8/8 [00:14<00:00,  1.78s/it]\n"
            "                 Class     Images  Instances      Box(P          R      mAP50     Mask(P          R      mAP50): 100% 1/1 [00:00<00:00,  2.05it/s]\n"
            "                   all         12         12      0.546      0.667      0.443      0.547      0.668      0.405\n"
        )
    )
    assert {name: value for name, [(_, value)] in found.items() if name.startswith("val/")} == {
        "val/P": 0.546, "val/R": 0.667, "val/mAP50": 0.443, "val/Mask/P": 0.547, "val/Mask/R": 0.668, "val/Mask/mAP50": 0.405,
    }  # fmt: skip


def test_the_first_evaluation_is_kept_where_its_dict_is_believed_beside_a_bar() -> None:
    text = "".join(f"100%{BAR} 31/31 [00:08<00:00,  3.90it/s]{{'mr': {n}.5, 'hits@1': 0.{n}}}\nLoading shard {n}a\n" for n in range(1, 5))
    assert [value for _, value in curves(read(text))["mr"]] == [1.5, 2.5, 3.5, 4.5]


@pytest.mark.parametrize(
    ("train", "evaluation"),
    [
        ("Epoch {0} |   Training | Elapsed Time: 0:01:10 | Steps: 120 | Loss: {1}", "Epoch {0} | Validation | Elapsed Time: 0:00:10 | Steps: 20 | Loss: {1} | Dataset: dev.csv"),
        ("0/2 * Epoch {0} (train): lr=0.0010 | loss={1}", "0/2 * Epoch {0} (valid): lr=0.0010 | loss={1}"),
        ("Phase: Training, Dataset used:      Train, Epoch:   {0}, Loss: {1}", "Phase: Training, Dataset used: Validation, Epoch:   {0}, Loss: {1}"),
        ("2023-06-29,16:15:54 | INFO | Train Epoch: {0} [100/100 (100%)] Loss: {1}", "2023-06-29,16:16:22 | INFO | Eval Epoch: {0} [64 / 4839]\tLoss: {1}"),
        ('{{"name": "train", "epoch": {0}, "loss": {1}}}', '{{"name": "validation", "epoch": {0}, "loss": {1}}}'),
        ("[2022/06/23 20:31:03] ppocr INFO: epoch: [{0}/200], global_step: {0}0, loss: {1}", "[2022/06/23 20:31:13] ppocr INFO: cur metric, loss: {1}"),
    ],
)  # fmt: skip
def test_the_phase_in_a_cell_or_a_field_keeps_training_and_validation_apart(train: str, evaluation: str) -> None:
    found = curves(read("".join(f"{train.format(n, 3 - n / 10)}\n{evaluation.format(n, 4 - n / 10)}\n" for n in range(1, 4))))
    assert [value for _, value in found["loss"]] == [2.9, 2.8, 2.7]
    assert [value for _, value in found["eval_loss"]] == [3.9, 3.8, 3.7]
    assert [step for step, _ in found["loss"]] == [step for step, _ in found["eval_loss"]]


def test_an_evaluation_on_the_test_set_is_no_evaluation_on_the_dev_set() -> None:
    text = "".join(
        f"global step {n}000 lr 1 ppl {9 - n}.5\n  eval dev: perplexity {8 - n}.5, time 5s\n  eval test: perplexity {7 - n}.5, time 5s\n"
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert found["val/perplexity"] == [(1000, 7.5), (2000, 6.5), (3000, 5.5)]
    assert found["test/perplexity"] == [(1000, 6.5), (2000, 5.5), (3000, 4.5)]


def test_a_phase_in_the_name_of_the_run_is_none() -> None:
    found = curves(
        read("".join(f"INFO:mlagents.trainers: gpu_test: Ball: Step: {n}000. Mean Reward: 0.{n}. Std of Reward: 0.1.\n" for n in (1, 2, 3)))
    )
    assert found["Mean Reward"] == [(1000, 0.1), (2000, 0.2), (3000, 0.3)]


def test_the_process_and_the_thread_before_a_message_are_no_place() -> None:
    line = "[2023-04-08 05:40:2{0},016] [42292] [MainThread] [INFO] (ignite.engine.engine.SupervisedTrainer:272) - Epoch: 2/50, Iter: {0}/4 -- train_loss: 2.{0}\n"
    assert curves(read("".join(line.format(n) for n in (1, 2, 3)))) == {"loss": [(5, 2.1), (6, 2.2), (7, 2.3)]}


@pytest.mark.parametrize("logger", ["INFO:44k:", "INFO:my-model-v2:", "2023-03-01 12:00:00,123\t44k\tINFO\t"])
def test_the_name_of_a_logger_is_no_part_of_a_metric(logger: str) -> None:
    assert curves(read("".join(f"{logger}loss_disc=2.{n}, step: {n}00\n" for n in (1, 2, 3)))) == {
        "loss_disc": [(100, 2.1), (200, 2.2), (300, 2.3)]
    }


def test_the_bracket_of_step_and_rate_places_the_losses_below_it() -> None:
    text = "".join(
        f"INFO:my-model:Train Epoch: {n} [1%]\nINFO:my-model:[{n}00, 9.9{n}e-05]\nINFO:my-model:loss_disc=3.{n}, loss_gen=2.{n}\n"
        for n in (2, 3, 4)
    )
    found = curves(read(text))
    assert found["loss_disc"] == [(200, 3.2), (300, 3.3), (400, 3.4)]
    assert found["learning_rate"] == [(200, 9.92e-5), (300, 9.93e-5), (400, 9.94e-5)]


@pytest.mark.parametrize(
    "line", ["| epoch   {0} |   {1}/ 1782 batches | accuracy    0.{0}{1}", "Epoch  {0},   {1}/ 1782; acc:   0.{0}{1}; ppl:  11.85"]
)
def test_a_counter_behind_the_epoch_counts_inside_it(line: str) -> None:
    name = "accuracy" if "accuracy" in line else "acc"
    found = curves(read("".join(line.format(epoch, batch) + "\n" for epoch in (1, 2) for batch in (500, 1000))))
    assert [step for step, _ in found[name]] == [500, 1000, 2282, 2782]


def test_a_speed_is_no_step() -> None:
    line = "fps step: {0}211 fps step and policy inference: 10902 fps total: 9{0}11 epoch: {0}/500 frames: {0}000\n"
    assert [step for step, _ in curves(read("".join(line.format(n) for n in (1, 2, 3))))["fps total"]] == [1000, 2000, 3000]


def test_a_step_and_its_seconds_may_share_a_bracket() -> None:
    assert curves(read("".join(f"[{n}0 | 2{n}.15] loss=3.{n} avg=3.2\n" for n in (1, 2, 3))))["loss"] == [(10, 3.1), (20, 3.2), (30, 3.3)]


def test_a_group_in_brackets_names_the_values_that_come_again_in_it() -> None:
    line = "2022-04-28 21:16:31,929 INFO [train.py:755] Epoch 1, batch {0}, loss[loss=0.{0}, simple_loss=0.91, over 2490.00 frames.], tot_loss[loss=0.4{0}, simple_loss=0.92, over 2490.00 frames.], batch size: 30, lr: 3.00e-03\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert set(found) == {"loss", "simple_loss", "tot_loss/loss", "tot_loss/simple_loss", "learning_rate", "epoch"}
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found["tot_loss/loss"] == [(1, 0.41), (2, 0.42), (3, 0.43)]


def test_a_decimal_comma_is_one() -> None:
    text = "".join(f"Epoch:   {n}, Accuracy:  0,48823{n}, Cross-Entropy: 7,08195{n}E+12\n" for n in range(40))
    found = curves(read(text))
    assert found["Accuracy"] == [(n, float(f"0.48823{n}")) for n in range(40)]
    assert found["Cross-Entropy"] == [(n, float(f"7.08195{n}e12")) for n in range(40)]
    assert curves(read("step 1,000 loss 2.5\nstep 2,000 loss 2.4\n")) == {"loss": [(1000, 2.5), (2000, 2.4)]}


def test_a_unit_belongs_to_the_number_before_it() -> None:
    line = "Epoch[0] Batch [{0}0]\tSpeed: 1204.12 samples/sec 23123.12 tokens/sec 2.12 updates/sec\tperplexity=15{0}.12\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert set(found) == {"Speed", "perplexity"}
    assert found["perplexity"] == [(10, 151.12), (20, 152.12), (30, 153.12)]


def test_an_arrow_of_three_does_not_make_code_of_a_metric() -> None:
    text = "".join(
        f"iter: {n}0 / 70000, total loss: 1.{n}\n >>> rpn_loss_cls: 0.{n}\n >>> lr: 0.001000\nspeed: 1.20s / iter\n" for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert found["rpn_loss_cls"] == [(10, 0.1), (20, 0.2), (30, 0.3)]
    assert found["loss"] == [(10, 1.1), (20, 1.2), (30, 1.3)]


def test_the_number_of_a_session_and_of_a_bucket_is_no_metric() -> None:
    text = "".join(f"[session 1][epoch  1][iter  {n}00/13464] loss: 0.9{n}, lr: 1.00e-03\n" for n in (1, 2, 3))
    assert set(curves(read(text))) == {"loss", "learning_rate"}
    assert curves(read("global step 200\n" + "".join(f"  eval: bucket {n} perplexity 1{n}.2\n" for n in range(4)))) == {}


def test_a_line_of_training_that_begins_with_its_phase_is_no_setting_of_yolo() -> None:
    found = curves(read("".join(f"train: step {n}, loss 2.{n}\nval: step {n}, loss 3.{n}\n" for n in (1, 2, 3))))
    assert found == {"loss": [(1, 2.1), (2, 2.2), (3, 2.3)], "eval_loss": [(1, 3.1), (2, 3.2), (3, 3.3)]}


def test_a_mark_that_some_rows_lack_loses_none_of_them() -> None:
    text = (
        "  epoch    train_loss    valid_acc    valid_loss    cp     dur\n"
        "-------  ------------  -----------  ------------  ----  ------\n"
        "      1        0.6905       0.6150        0.6749     +  0.0208\n"
        "      2        0.6648       0.6450        0.6633        0.0154\n"
        "      3        0.6619       0.6450        0.6733     +  0.0146\n"
    )
    found = curves(read(text))
    assert found["loss"] == [(1, 0.6905), (2, 0.6648), (3, 0.6619)]
    assert found["dur"] == [(1, 0.0208), (2, 0.0154), (3, 0.0146)]


def test_a_table_with_a_row_for_each_phase_belongs_to_the_epoch_above_it() -> None:
    block = (
        "Epoch   {0}\nTook 14.6354s\n╒══════════╤════════╤════════════╕\n│ rating   │   loss │   accuracy │\n╞══════════╪════════╪════════════╡\n"
        "│ train    │ 1.1{0} │     0.{0}1 │\n├──────────┼────────┼────────────┤\n│ vali     │ 1.2{0} │     0.{0}2 │\n"
        "├──────────┼────────┼────────────┤\n│ test     │ 1.3{0} │     0.{0}3 │\n╘══════════╧════════╧════════════╛\n"
    )
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 1.11), (2, 1.12), (3, 1.13)]
    assert found["eval_loss"] == [(1, 1.21), (2, 1.22), (3, 1.23)]
    assert found["test/accuracy"] == [(1, 0.13), (2, 0.23), (3, 0.33)]


@pytest.mark.parametrize("between", ["", "== Status ==\nMemory usage on this node: 18.8/405.7 GB\n\n"])
def test_a_result_of_rllib_stands_at_the_iteration_that_ends_it(between: str) -> None:
    block = (
        "Result for PPO_CartPole-v0_0:\n  done: false\n  episode_len_mean: 2{0}.0\n  episode_reward_mean: {1}\n  info:\n    learner:\n"
        "      default_policy:\n        kl: 0.{0}\n    num_steps_sampled: {0}000\n  pid: 86\n  training_iteration: {0}\n  trial_id: abc\n\n"
    )
    found = curves(read("".join(block.format(n, ".nan" if n == 2 else f"{n}.5") + between for n in (1, 2, 3))))
    assert found["episode_len_mean"] == [(1, 21), (2, 22), (3, 23)]
    assert found["info/learner/default_policy/kl"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert [(step, str(value)) for step, value in found["episode_reward_mean"]] == [(1, "1.5"), (2, "nan"), (3, "3.5")]
    assert "pid" not in found


def test_a_result_of_rllib_that_was_cut_off_loses_nothing_after_it() -> None:
    found = curves(read("Result for PPO_CartPole-v0_0:\n  episode_reward_mean: 1.5\nstep 1 loss 2.5\nstep 2 loss 2.4\n"))
    assert found == {"loss": [(1, 2.5), (2, 2.4)]}


def test_the_losses_of_a_gan_may_have_one_letter() -> None:
    text = "".join(
        f"Size: 512; G: 1.{n}16; D: 1.{n}70; Grad: 0.060;   5%|▌         | {n}0/3000000 [55:52:4{n}<2025:07:15,  2.57s/it]\n"
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert found["G"] == [(10, 1.116), (20, 1.216), (30, 1.316)]
    assert found["D"] == [(10, 1.17), (20, 1.27), (30, 1.37)]
    assert curves(read("".join(f"step {n} g 5 d: 3 loss 0.{n}\n" for n in (1, 2, 3)))) == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)]}


def test_a_printed_dict_behind_the_prefix_of_a_logger_is_one_record() -> None:
    block = "{0}Step {1}00 per-step time 0.51{1}s\n{0}{{'Loss/a': 0.4{1},\n 'Loss/total_loss': 0.7{1},\n 'learning_rate': 0.03}}\n"
    found = curves(read("".join(block.format("I0101 12:00:00.123456 140123123 model_lib_v2.py:705] ", n) for n in (1, 2, 3))))
    assert found["Loss/a"] == [(100, 0.41), (200, 0.42), (300, 0.43)]
    assert found["Loss/total_loss"] == [(100, 0.71), (200, 0.72), (300, 0.73)]
    assert found["per-step time"] == [(100, 0.511), (200, 0.512), (300, 0.513)]


@pytest.mark.parametrize("heading", ["{}...", "--- {} ---", "{} phase:", "2019-05-01 10:00:00,123 - INFO - allennlp.training.trainer - {}"])
def test_a_heading_names_the_phase_of_the_lines_below_it(heading: str) -> None:
    train, evaluation = heading.format("Training"), heading.format("Validation")
    text = "".join(f"Epoch {n}/3\n{train}\nloss: 0.{n}1 acc: 0.{n}2\n{evaluation}\nloss: 0.{n}3 acc: 0.{n}4\n" for n in (1, 2, 3))
    assert curves(read(text)) == {
        "loss": [(1, 0.11), (2, 0.21), (3, 0.31)],
        "acc": [(1, 0.12), (2, 0.22), (3, 0.32)],
        "eval_loss": [(1, 0.13), (2, 0.23), (3, 0.33)],
        "val/acc": [(1, 0.14), (2, 0.24), (3, 0.34)],
    }


def test_a_heading_names_the_phase_of_the_bar_below_it() -> None:
    text = "".join(
        f"Epoch {n}/3\nTraining\nacc: 0.{n}2, loss: 0.{n}1 ||: 100%|##########| 1500/1500 [02:11<00:00, 11.40it/s]\n"
        f"Validating\nacc: 0.{n}5, loss: 0.{n}5 ||:  50%|#####     | 77/154 [00:02<00:02, 28.40it/s]\r"
        f"acc: 0.{n}4, loss: 0.{n}3 ||: 100%|##########| 154/154 [00:05<00:00, 28.40it/s]\n"
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert [value for _, value in found["loss"]] == [0.11, 0.21, 0.31]
    assert [value for _, value in found["eval_loss"]] == [0.13, 0.23, 0.33]
    assert [step for step, _ in found["loss"]] == [step for step, _ in found["eval_loss"]] == [1500, 3000, 4500]


def test_a_heading_of_an_evaluation_alone_leaves_the_lines_of_training_as_they_are() -> None:
    text = "".join(f"loss: 2.{n}\nEvaluating...\neval acc 0.{n}\nloss: 1.{n}\n" for n in (1, 2, 3))
    found = curves(read(text))
    assert [value for _, value in found["loss"]] == [2.1, 1.1, 2.2, 1.2, 2.3, 1.3]
    assert [value for _, value in found["eval acc"]] == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    "text",
    [
        "Epoch {0}\nloss: 2.{0}\nValidation\nloss: 3.{0}\n",
        "Epoch {0}\nRunning training...\nloss: 2.{0}\nRunning validation...\nloss: 3.{0}\n",
        "step {0} loss 2.{0}\nValidation:\nloss: 3.{0} acc: 0.{0}\n",
        "Epoch {0} loss 2.{0}\nEvaluating...\neval acc: 0.{0}\nloss: 3.{0}\n",
        "step {0} loss 2.{0}\n*** Eval results ***\nloss = 3.{0}\nacc = 0.{0}\n",
    ],
)
@pytest.mark.parametrize("start", ["", "Training\n"])
def test_a_heading_of_an_evaluation_is_believed_where_lines_with_a_place_end_it(start: str, text: str) -> None:
    found = curves(read(start + "".join(text.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 2.1), (2, 2.2), (3, 2.3)]
    assert found["eval_loss"] == [(1, 3.1), (2, 3.2), (3, 3.3)]


def test_a_line_with_the_epoch_below_the_lines_of_an_evaluation_is_of_the_training() -> None:
    found = curves(read("Training\n" + "".join(f"Validation:\nloss: 3.{n} acc: 0.{n}\nepoch {n} loss: 2.{n}\n" for n in (1, 2, 3))))
    assert found["loss"] == [(1, 2.1), (2, 2.2), (3, 2.3)]
    assert [value for _, value in found["eval_loss"]] == [3.1, 3.2, 3.3]


def test_headings_tell_bars_of_equal_length_apart() -> None:
    def bar(loss: str) -> str:
        return "".join(f"\r{n * 25}%|###| {n}/4 [00:0{n}<00:01, 2.00it/s, loss={loss}{n}]" for n in range(1, 5)) + "\n"

    frames = "".join(f"Epoch {n}/3\nTraining\n{bar(f'2.{n}')}Validation\n{bar(f'3.{n}')}" for n in (1, 2, 3))
    found = curves(read(frames))
    assert [step for step, _ in found["loss"]] == list(range(1, 13))
    assert found["eval_loss"] == [(4, 3.14), (8, 3.24), (12, 3.34)]
    ends = "".join(f"Epoch {n}/3\nTraining\n{bar(f'2.{n}')[-48:]}Validation\n{bar(f'3.{n}')[-48:]}" for n in (1, 2, 3))
    found = curves(read(ends))
    assert [value for _, value in found["loss"]] == [2.14, 2.24, 2.34]
    assert [value for _, value in found["eval_loss"]] == [3.14, 3.24, 3.34]
    without = "".join(f"{bar(f'2.{n}')}Evaluating...\nsaved\n" for n in (1, 2, 3))
    assert list(curves(read(without))) == ["loss"], "nothing tells where the evaluation ends"


def test_a_table_of_the_scores_of_the_classes_is_no_series() -> None:
    assert curves(read("precision recall f1\n0.5 0.6 0.7\n0.4 0.5 0.6\n0.3 0.4 0.5\n")) == {}


def test_a_list_of_whole_numbers_gives_no_value() -> None:
    assert curves(read("".join(f"step {n} gpus: 0,1,2 loss 1.{n}\n" for n in (1, 2, 3)))) == {"loss": [(1, 1.1), (2, 1.2), (3, 1.3)]}


def test_seconds_that_lead_a_line_are_no_step() -> None:
    found = curves(read("".join(f"170000000{n} loss 1.{n} acc 0.{n}\n" for n in (1, 2, 3))))
    assert found == {"loss": [(1, 1.1), (2, 1.2), (3, 1.3)], "acc": [(1, 0.1), (2, 0.2), (3, 0.3)]}


def test_a_line_behind_the_arrows_of_a_prompt_is_read_where_it_tells_its_place() -> None:
    assert curves(read("".join(f">>> step {n}0 loss 1.{n} acc 0.{n}\n" for n in (1, 2, 3))))["loss"] == [(10, 1.1), (20, 1.2), (30, 1.3)]
    assert curves(read("".join(f">>> fit(step={n}, loss=1.{n})\n>>> opt = Adam(step={n}, loss=1.{n})\n" for n in (1, 2, 3)))) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Epoch {0}\nTrain Loss: 0.{0}1 Acc: 0.{0}2\nTest\nLoss: 0.{0}3 Acc: 0.{0}4\n",
        "[Train]\nEpoch {0} loss 0.{0}1 acc 0.{0}2\n[Test]\nEpoch {0} loss 0.{0}3 acc 0.{0}4\n",
    ],
)
def test_a_heading_of_an_evaluation_holds_where_training_is_named_otherwise_or_the_epoch_comes_again(text: str) -> None:
    found = curves(read("".join(text.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 0.11), (2, 0.21), (3, 0.31)]
    assert found.get("test/loss", found.get("test/Loss")) == [(1, 0.13), (2, 0.23), (3, 0.33)]


@pytest.mark.parametrize(
    "prefix", ['[1] "', "[167253120{0}.123] ", "# ", "12{0}.5s\t1{0}\t", "trainer_1 | 2023-01-01 00:00:0{0} ", "0|train  | "]
)
def test_what_a_console_puts_before_a_line_is_no_place(prefix: str) -> None:
    text = "".join(f"{prefix.format(n)}Epoch {n}/10 - loss: 0.{n}5 - val_loss: 0.{n}7\n" for n in (1, 2, 3))
    assert curves(read(text)) == {"loss": [(1, 0.15), (2, 0.25), (3, 0.35)], "eval_loss": [(1, 0.17), (2, 0.27), (3, 0.37)]}


@pytest.mark.parametrize(
    "lines",
    [
        "train_epoch {0} loss 0.{0}1\nval_epoch {0} loss 0.{0}3\n",
        "Epoch {0} | loss(train): 0.{0}1 loss(val): 0.{0}3\n",
        "Epoch {0}: loss_train=0.{0}1 loss_val=0.{0}3\n",
    ],
)
def test_the_phase_may_stand_in_the_key_of_the_epoch_or_behind_the_loss(lines: str) -> None:
    found = curves(read("".join(lines.format(n) for n in (1, 2, 3))))
    assert found == {"loss": [(1, 0.11), (2, 0.21), (3, 0.31)], "eval_loss": [(1, 0.13), (2, 0.23), (3, 0.33)]}


def test_a_loss_may_be_said_with_a_colon() -> None:
    assert curves(read("".join(f"epoch: {n}, batch_id: 0, loss is: [2.{n}31658]\n" for n in (0, 1, 2))))["loss"] == [
        (0, 2.031658),
        (1, 2.131658),
        (2, 2.231658),
    ]
    found = curves(read("".join(f"Epoch {n}: Average loss is: 0.8{n}; Average accuracy is: 0.7{n}\n" for n in (1, 2, 3))))
    assert found == {"loss": [(1, 0.81), (2, 0.82), (3, 0.83)], "Average accuracy": [(1, 0.71), (2, 0.72), (3, 0.73)]}


def test_two_averages_of_a_line_each_keep_their_names() -> None:
    text = "".join(
        f"==>>> it: {n}, avg. loss: 6.{n}, running train acc: 0.{n}\n==>>> it: {n}, mem avg. loss: 2.{n}, running mem acc: 0.{n}\n"
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert [value for _, value in found["loss"]] == [6.1, 6.2, 6.3]
    assert [value for _, value in found["mem avg loss"]] == [2.1, 2.2, 2.3]


def test_a_line_per_epoch_with_the_same_step_each_time_goes_on_in_steps() -> None:
    found = curves(read("".join(f"epoch: {n} step: 1875, loss is 0.{n}\n" for n in (1, 2, 3))))
    assert found["loss"] == [(1875, 0.1), (3750, 0.2), (5625, 0.3)]
    text = "".join(f"Epoch {epoch}, step {step}, loss: 0.{step}\n" for epoch, step in ((1, 50), (1, 100), (2, 100), (2, 150)))
    assert [step for step, _ in curves(read(text))["loss"]] == [50, 100, 100, 150], "a counter that runs through may stand still once"


def test_the_parts_of_a_loss_in_brackets_are_of_its_phase() -> None:
    text = "".join(
        f"Epoch {n} Summary:\nTrain Loss: 1{n}.4680 (pos: {n}.18, neg: 5.28)\nVal Loss:   1{n}.3082 (pos: {n}.14, neg: 5.16)\n"
        for n in (7, 8, 9)
    )
    found = curves(read(text))
    assert found["loss"] == [(7, 17.468), (8, 18.468), (9, 19.468)]
    assert found["eval_loss"] == [(7, 17.3082), (8, 18.3082), (9, 19.3082)]
    assert found["pos"] == [(7, 7.18), (8, 8.18), (9, 9.18)]
    assert found["val/pos"] == [(7, 7.14), (8, 8.14), (9, 9.14)]


def test_a_score_behind_an_accuracy_is_of_its_phase() -> None:
    found = curves(read("".join(f"Epoch: {n}, Loss: 0.6, Val Acc: 0.7{n} F1: 0.7{n} | Test Acc: 0.6{n} F1: 0.6{n}\n" for n in (1, 2, 3))))
    assert found["val/F1"] == [(1, 0.71), (2, 0.72), (3, 0.73)]
    assert found["test/F1"] == [(1, 0.61), (2, 0.62), (3, 0.63)]


def test_a_line_that_waited_stands_at_the_step_where_it_was_printed() -> None:
    text = "".join(
        f"Epoch {n}, Step {100 * n + 25}, avg loss so far is 0.0{n}\nEpoch {n}, Step {100 * n + 50}, avg loss so far is 0.5{n}\n"
        f"Epoch {n}, val loss is 0.1{n}, val mse is 0.2{n}.\n"
        for n in (0, 1, 2)
    )
    assert curves(read(text))["eval_loss"] == [(50, 0.1), (150, 0.11), (250, 0.12)]


def test_the_host_and_the_rank_before_a_time_are_no_metric() -> None:
    line = "[gpu01:0/2] 2020-07-19 08:49:0{0},080 (trainer:464) INFO: step {0}0, loss=12{0}.9\n"
    assert curves(read("".join(line.format(n) for n in (1, 2, 3)))) == {"loss": [(10, 121.9), (20, 122.9), (30, 123.9)]}


def test_a_chinese_tutorial_counts_its_trainings() -> None:
    text = "".join(
        f"-------第 {n} 轮训练开始------\n训练次数：{n}00, Loss：1.{n}\n整体测试集上的Loss: 26{n}.6\n整体测试集上的正确率: 0.3{n}\n"
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert found["loss"] == [(100, 1.1), (200, 1.2), (300, 1.3)]
    assert found["整体测试集上的正确率"] == [(100, 0.31), (200, 0.32), (300, 0.33)]


def test_an_epoch_that_is_complete_places_what_follows() -> None:
    assert curves(read("".join(f"Epoch {n}: 100% complete\ncosine EER: {9 - n}.12%\n" for n in range(8))))["cosine EER"][0] == (0, 9.12)


@pytest.mark.parametrize(
    ("train", "evaluation"),
    [
        (
            "Epoch {0}/3: 100%|###| 184/184 [00:25<00:00,  7.33it/s, loss=1.{0}]",
            "Epoch {0}/3: 100%|###| 26/26 [00:03<00:00,  7.57it/s, val_loss=3.{0}]",
        ),
        (
            "Training: 100%|###| 184/184 [00:25<00:00,  7.33it/s, loss=1.{0}]",
            "Validation: 100%|###| 26/26 [00:03<00:00,  7.57it/s, loss=3.{0}]",
        ),
        (
            "Epoch {0} [train]: 100%|###| 184/184 [00:25<00:00,  7.33it/s, loss=1.{0}]",
            "Epoch {0} [val]: 100%|###| 26/26 [00:03<00:00,  7.57it/s, loss=3.{0}]",
        ),
    ],
)
def test_the_bar_of_an_evaluation_stands_where_the_training_stands(train: str, evaluation: str) -> None:
    found = curves(read("".join(f"{train.format(n)}\n{evaluation.format(n)}\n" for n in (1, 2, 3))))
    assert found["loss"] == [(184, 1.1), (368, 1.2), (552, 1.3)]
    assert found["eval_loss"] == [(184, 3.1), (368, 3.2), (552, 3.3)]


def test_a_running_mean_of_an_evaluation_is_no_point() -> None:
    text = "".join(
        "".join(f"\rTraining: {50 * k}%|#| {92 * k}/184 [00:25<00:00,  7.33it/s, loss=1.{n}{k}]" for k in (1, 2))
        + "".join(f"\rValidation: {50 * k}%|#| {13 * k}/26 [00:03<00:00,  7.57it/s, loss=3.{n}{k}]" for k in (1, 2))
        for n in (1, 2, 3)
    )
    found = curves(read(text))
    assert found["loss"] == [(92, 1.11), (184, 1.12), (276, 1.21), (368, 1.22), (460, 1.31), (552, 1.32)]
    assert found["eval_loss"] == [(184, 3.12), (368, 3.22), (552, 3.32)]


@pytest.mark.parametrize("gap", ["\t", "  ", " ", ","])
def test_a_table_without_a_step_is_read_in_its_order(gap: str) -> None:
    rows = [("train_loss", "train_error", "EPE"), *((f"{14 - n}.69", f"{27 - n}.55", f"{21 - n}.58") for n in range(3))]
    found = curves(read("".join(gap.join(row) + "\n" for row in rows)))
    assert found["train_error"] == [(1, 27.55), (2, 26.55), (3, 25.55)]
    assert found["EPE"] == [(1, 21.58), (2, 20.58), (3, 19.58)]
    assert curves(read("validation loss\n0.5 0.6\nThe loss and accuracy\n1 2 3 4\n")) == {}


def test_a_learning_rate_below_a_heading_of_an_evaluation_is_of_the_training() -> None:
    text = "".join(f"Epoch {n}\ntrain_loss: 0.{n}1\nValidation\nval_loss: 0.{n}3\nacc: 0.{n}4\nlr: 0.00{n}\n" for n in (1, 2, 3))
    found = curves(read(text))
    assert found["learning_rate"] == [(1, 0.001), (2, 0.002), (3, 0.003)]
    assert found["val/acc"] == [(1, 0.14), (2, 0.24), (3, 0.34)]
    assert found["eval_loss"] == [(1, 0.13), (2, 0.23), (3, 0.33)]


def test_a_full_bar_drawn_again_behind_a_text_is_no_other_epoch() -> None:
    log = ""
    for epoch in range(2):
        log += "".join(f"\r{n * 25}%|###| {n}/4 [00:0{n}<00:01, 2.00it/s, loss={2 - epoch / 10 - n / 100:.2f}]" for n in range(1, 5))
        log += f"evaluating\n\r100%|###| 4/4 [00:04<00:00, 2.00it/s, loss={1.9 - epoch / 10:.2f}]\n"
    assert [step for step, _ in curves(read(log))["loss"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_bar_of_an_evaluation_alone_keeps_its_own_count() -> None:
    log = "".join(f"\rEvaluating: {n * 20}%|###| {n}/5 [00:0{n}<00:01, 2.00it/s, loss=2.{n}]" for n in range(1, 6)) + "\n"
    assert [step for step, _ in curves(read(log))["eval_loss"]] == [1, 2, 3, 4, 5]


def test_the_bar_of_an_evaluation_that_is_wiped_before_it_is_full_gives_what_it_showed_last() -> None:
    log = ""
    for epoch in range(3):
        log += "".join(f"\rEpoch {epoch}: {n * 25}%|###| {n}/4 [00:0{n}<00:01, 2.00it/s, loss=1.{epoch}{n}]" for n in range(1, 5)) + "\n"
        log += "".join(f"\rValidation: {n * 14}%|###| {n}/7 [00:0{n}<00:01, 2.00it/s, loss=2.{epoch}{n}]" for n in (1, 3, 6))
        log += "\r" + " " * 60 + "\r"
    assert curves(read(log))["eval_loss"] == [(4, 2.06), (8, 2.16), (12, 2.26)]


def test_a_count_of_tokens_with_its_total_is_no_time() -> None:
    log = "".join(f"[{1_600_001_000 + n}/9000000000] loss: 1.{n}\n" for n in range(1, 4))
    assert [step for step, _ in curves(read(log))["loss"]] == [1_600_001_001, 1_600_001_002, 1_600_001_003]


def test_a_bar_without_drawing_and_percentage_is_a_bar() -> None:
    found = curves(read("".join(f"smoke: {n}00/1000 [00:0{n}<00:20, 0.02s/it, loss: 1.{n}e-01]\n" for n in (1, 2, 3))))
    assert found == {"loss": [(100, 0.11), (200, 0.12), (300, 0.13)]}


@pytest.mark.parametrize("rank", ["[rank {0}/2]", "[Rank {0}/5 | Node node{0} | Device cuda:0]"])
def test_a_rank_of_its_number_is_a_rank(rank: str) -> None:
    line = rank + " epoch {1} | step {1}00 | loss {0}.{1}\n"
    found = curves(read("".join(line.format(r, n) for n in (1, 2, 3) for r in (0, 1))))
    assert {name: points for name, points in found.items() if "loss" in name} == {
        "loss": [(100, 0.1), (200, 0.2), (300, 0.3)],
        "loss [rank 1]": [(100, 1.1), (200, 1.2), (300, 1.3)],
    }


def test_the_number_of_top_1_and_top_5_is_part_of_the_name_and_that_of_a_device_is_no_value() -> None:
    text = "".join(f"epoch {n}\nTop 1 Accuracy: 61{n}/1000 (61.{n}%)\nTop 5 Accuracy: 91{n}/1000 (91.{n}%)\n" for n in (1, 2, 3))
    found = curves(read(text))
    assert found["Top 1 Accuracy (%)"] == [(1, 61.1), (2, 61.2), (3, 61.3)]
    assert found["Top 5 Accuracy (%)"] == [(1, 91.1), (2, 91.2), (3, 91.3)]
    assert set(curves(read("".join(f"step {n} device cuda:0 loss 1.{n}\n" for n in (1, 2, 3))))) == {"loss"}


@pytest.mark.parametrize(
    "header", ["Epoch {0}/60 - Validation", "Validation epoch {0}", "Epoch {0} Test Results:", "Evaluating epoch {0}..."]
)
def test_a_header_may_name_the_evaluation_of_the_lines_below_it(header: str) -> None:
    text = f"Epoch {{0}}/60\nloss: 1.{{0}}\n{header}\n  mAP: 0.{{0}}\n  top-1: 0.5{{0}}\n"
    scope = "test" if "Test" in header else "eval" if "Eval" in header else "val"
    found = curves(read("".join(text.format(n) for n in (4, 5, 6))))
    assert found == {
        "loss": [(4, 1.4), (5, 1.5), (6, 1.6)],
        f"{scope}/mAP": [(4, 0.4), (5, 0.5), (6, 0.6)],
        f"{scope}/top-1": [(4, 0.54), (5, 0.55), (6, 0.56)],
    }


def test_a_line_of_the_epoch_stands_at_the_end_of_the_bar_below_the_header_of_that_epoch() -> None:
    line = "Epoch {0}/3\nLoss: 1.{0}: 100%|####| 40/40 [00:31<00:00, 12.48it/s]\n\nEpoch {0} completed. Average Loss: 2.{0}\n\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found == {"loss": [(40, 1.1), (80, 1.2), (120, 1.3)], "Average Loss": [(40, 2.1), (80, 2.2), (120, 2.3)]}


def test_a_bar_of_unknown_length_that_ended_goes_on_in_the_next_epoch_and_the_evaluation_stands_beside_it() -> None:
    line = (
        "Dice loss: 1.{0}: : 125it [00:30,  4.12it/s]\nEpoch {0} validation\nVal loss: 2.{0}: : 20it [00:04,  4.12it/s]\nSaving weights\n\n"
    )
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found == {"Dice loss": [(125, 1.0), (250, 1.1), (375, 1.2)], "eval_loss": [(125, 2.0), (250, 2.1), (375, 2.2)]}


def test_a_counter_that_is_called_the_status_of_the_batch_is_the_step() -> None:
    line = "Train Epoch: {0} | Batch Status: {1}/50000 ({2}%) | Loss: 1.{0}{2}\n"
    found = curves(read("".join(line.format(n, at, at // 500) for n in (1, 2) for at in (0, 640))))
    assert found == {"loss": [(0, 1.10), (640, 1.11), (50000, 1.20), (50640, 1.21)]}


def test_the_first_key_of_an_evaluation_names_the_phase_where_a_time_names_it_too() -> None:
    line = "global step {0}00, epoch: 0, batch: {0}99, loss: 2.{0}\neval loss: 1.{0}, acc: 0.{0}, eval done total : 25.{0} s\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["eval_loss"] == [(100, 1.1), (200, 1.2), (300, 1.3)]
    assert found["eval/acc"] == [(100, 0.1), (200, 0.2), (300, 0.3)]


def test_a_name_leaves_the_sign_and_the_backquote_before_it_behind() -> None:
    line = "epoch {0}: loss 1.{0}, work (data 0% / fwd 4{0}%)\n- CBL epoch {0} completed with `val_loss=0.{0}`\n"
    assert set(curves(read("".join(line.format(n) for n in (1, 2, 3))))) == {"loss", "data", "fwd", "eval_loss"}


def test_the_loss_of_the_current_batch_is_no_step() -> None:
    line = "Epoch {0}/9\nMini-batches done: 1 - Loss for the current mini-batch: 3.0{0}\nAverage Loss per Token: 1.{0}\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["Loss for the current mini-batch"] == [(1, 3.01), (2, 3.02), (3, 3.03)]
    assert found["Average Loss per Token"] == [(1, 1.1), (2, 1.2), (3, 1.3)]


def test_the_batch_that_a_bar_names_beside_its_own_counter_is_no_metric() -> None:
    line = "EPOCH: {0}\nLoss=0.{0} Batch_id=195 Accuracy=98.{0}: 100% 196/196 [00:19<00:00, 10.11it/s]\n\nTest set: Average loss: 1.{0}\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found == {
        "loss": [(196, 0.1), (392, 0.2), (588, 0.3)],
        "Accuracy": [(196, 98.1), (392, 98.2), (588, 98.3)],
        "test/Average loss": [(196, 1.1), (392, 1.2), (588, 1.3)],
    }


def test_a_training_round_is_a_place() -> None:
    found = curves(read("".join(f"Training round {n}/5\nFederated model: Average loss: 0.{n}, Accuracy: 2{n}.5\n" for n in (1, 2, 3))))
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_the_logger_of_swin_stands_before_the_message() -> None:
    line = (
        "[2021-04-12 10:0{0}:00 swin_tiny](main.py 180): INFO Train: [{1}/300][{2}/40]\teta 0:10:10 lr 0.00{0}\t"
        "time 0.4123 (0.5123)\tloss 6.{0} (6.9)\tgrad_norm 1.{0} (1.3)\tmem 11000MB\n"
    )
    found = curves(read("".join(line.format(n, *divmod(n * 20, 40)) for n in (0, 1, 2, 3))))
    assert found["loss"] == [(0, 6.0), (20, 6.1), (40, 6.2), (60, 6.3)]
    assert found["grad_norm"] == [(0, 1.0), (20, 1.1), (40, 1.2), (60, 1.3)]
    assert "Train" not in found


def test_a_count_between_the_name_of_a_loss_and_its_value_is_the_step() -> None:
    line = "Train loss {0} 1.{0}5 Grad Norm 3.{0}5 1.23s/it\nValidation loss {0}:  2.{0}5  \n"
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found["loss"] == [(0, 1.05), (1, 1.15), (2, 1.25)]
    assert found["grad_norm"] == [(0, 3.05), (1, 3.15), (2, 3.25)]
    assert found["eval_loss"] == [(0, 2.05), (1, 2.15), (2, 2.25)]


def test_a_duration_is_no_step() -> None:
    line = "Step: {0}00, loss: 1.{0}\nEvaluation result: bleu:  12.{0}, loss:   3.{0}, generation: {0}.0[sec], evaluation: 0.1[sec]\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["eval_loss"] == [(100, 3.1), (200, 3.2), (300, 3.3)]


def test_the_evaluation_of_an_epoch_does_not_tell_the_epoch_as_a_metric() -> None:
    line = "Epoch {0} | Training | Steps: 10 | Loss: 1.{0}\nEpoch {0} | Validation | Steps: 5 | Loss: 2.{0} | Dataset: dev.csv\n"
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found["eval_loss"] == [(10, 2.0), (20, 2.1), (30, 2.2)]
    assert set(found) == {"loss", "eval_loss", "epoch"}


def test_a_table_whose_columns_touch_is_read_and_its_updates_are_the_steps() -> None:
    block = (
        "10:00:{0}0 | time:{0}s total_exs:1280 total_steps:2{0} epochs:0.0{0}\n"
        "    clen  ctrunc  exps  gnorm  gpu_mem  llen  loss    lr  total_train_updates   ups\n"
        "   20.12       0 321.1  2.{0}45    .2345  12.1 3.{0}56 1e-06                  {0}0  10.1\n"
    )
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(10, 3.156), (20, 3.256), (30, 3.356)]
    assert found["grad_norm"] == [(10, 2.145), (20, 2.245), (30, 2.345)]


def test_the_ranks_of_a_retrieval_are_metrics() -> None:
    block = "Epoch[{0}] Iteration[100/185] Loss: 6.{0}\nValidation Results - Epoch: {0}\nmAP: 4{0}.1%\nCMC curve, Rank-1  :6{0}.1%\n"
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert [value for _, value in found["val/mAP"]] == [41.1, 42.1, 43.1]
    assert [value for _, value in found["val/Rank-1"]] == [61.1, 62.1, 63.1]


def test_the_mean_of_the_last_episodes_may_be_told_in_a_sentence() -> None:
    line = "Episode  {0}00/2000: mean reward over last 100 episodes was 1{0}.5. Currently exploring with epsilon 0.9{0}\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["mean reward over last 100 episodes"] == [(100, 11.5), (200, 12.5), (300, 13.5)]


@pytest.mark.parametrize("name", ["Avg reward (last 100)", "Average reward over last 100 episodes"])
def test_the_window_of_a_mean_is_part_of_its_name(name: str) -> None:
    found = curves(read("".join(f"Episode {n}0, {name}: 1{n}.5, loss: 0.{n}\n" for n in (1, 2, 3))))
    assert found == {name: [(10, 11.5), (20, 12.5), (30, 13.5)], "loss": [(10, 0.1), (20, 0.2), (30, 0.3)]}


@pytest.mark.parametrize("key", ["msg", "event", "type"])
def test_the_message_of_a_json_line_names_its_phase(key: str) -> None:
    line = '{{"{0}":"train","step":{1},"loss":1.{1}}}\n{{"{0}":"eval","step":{1},"loss":2.{1},"acc":0.{1}}}\n'
    found = curves(read("".join(line.format(key, n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert found["eval_loss"] == [(1, 2.1), (2, 2.2), (3, 2.3)]
    assert found["eval/acc"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_thousands_behind_a_rate_are_told_by_their_letter() -> None:
    found = curves(read("".join(f"step {n}00/1000 (10%) | loss 2.{n} | tok/s 12.{n}k | mem 12.3/80.0 GiB\n" for n in (1, 2, 3))))
    assert found["tok/s"] == [(100, 12100), (200, 12200), (300, 12300)]


def test_the_mean_of_the_training_that_a_line_tells_is_apart_from_the_loss_of_the_batches() -> None:
    block = (
        "Epoch {0}/9\nBatch 0, Loss: 1.{0}\nBatch 10, Loss: 1.{0}5\n  Train - Loss: 2.{0}, Acc: 0.{0}\n  Valid - Loss: 3.{0}, Acc: 0.{0}5\n"
    )
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(0, 1.1), (10, 1.15), (11, 1.2), (21, 1.25), (22, 1.3), (32, 1.35)]
    assert found["Loss"] == [(10, 2.1), (21, 2.2), (32, 2.3)]
    assert found["eval_loss"] == [(10, 3.1), (21, 3.2), (32, 3.3)]


def test_a_second_value_takes_no_name_from_the_number_after_it() -> None:
    line = "[{0}/50][1000] Loss_D: 0.{0} 0.9{0} Loss_G: 1.{0} 0.8{0} loss_cyc 0.6{0} 270.52{0}\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["Loss_G"] == [(1000, 1.1), (2000, 1.2), (3000, 1.3)]
    assert found["loss_cyc"] == [(1000, 0.61), (2000, 0.62), (3000, 0.63)]


def test_the_bar_of_pytorch_cifar_is_a_bar_and_the_shorter_one_after_it_an_evaluation() -> None:
    line = (
        "\nEpoch: {0}\n"
        " [=========================== 391/391 ============================>]  Step: 1s87ms | Tot: 36s626ms | Loss: 2.{0} | Acc: 2{0}.5% (14332/50000)\n"
        " [================================================================>]  Step: 43ms | Tot: 4s94ms | Loss: 1.{0} | Acc: 4{0}.5% (4012/10000)     100/100 \n"
        "Saving..\n"
    )
    assert curves(read("".join(line.format(n) for n in (0, 1, 2)))) == {
        "loss": [(391, 2.0), (782, 2.1), (1173, 2.2)],
        "Acc": [(391, 20.5), (782, 21.5), (1173, 22.5)],
        "eval_loss": [(391, 1.0), (782, 1.1), (1173, 1.2)],
        "val/Acc": [(391, 40.5), (782, 41.5), (1173, 42.5)],
    }


def test_the_starred_line_after_an_evaluation_is_of_the_evaluation() -> None:
    epoch = "Epoch: [{0}][ 10/391]\tTime  0.12 ( 0.52)\tLoss 6.{0}e+00 (6.9e+00)\tAcc@1   0.{0} (  0.20)\n"
    for star in (" *   Acc@1 18.{0} Acc@5 39.{0}\n", "* Acc@1 18.{0} Acc@5 39.{0} loss 5.{0}\n"):
        found = curves(read("".join((epoch + star).format(n) for n in (0, 1, 2))))
        assert found["Acc@1"] == [(10, 0.0), (401, 0.1), (792, 0.2)]
        assert found["val/Acc@1"] == [(10, 18.0), (401, 18.1), (792, 18.2)]
        assert found["val/Acc@5"] == [(10, 39.0), (401, 39.1), (792, 39.2)]
        assert found["loss"] == [(10, 6.0), (401, 6.1), (792, 6.2)]


def test_the_counter_inside_an_evaluation_is_no_metric() -> None:
    line = "Epoch: [{0}][399/400] Loss: 0.{0}(0.4) Grad: 1.0{0}\nEVAL: [99/100] Elapsed 0m 21s (remain 0m 0s) Loss: 1.{0}(0.3)\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["eval_loss"] == [(399, 1.1), (799, 1.2), (1199, 1.3)]
    assert "EVAL" not in found


def test_a_share_that_is_worked_out_is_what_it_comes_to() -> None:
    line = "validation loss: 5.{0}\nHellaSwag accuracy: 239{0}/10042=0.23{0}\nstep   {0}00 | loss: 4.{0}\n"
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found["HellaSwag accuracy"] == [(0, 0.23), (0, 0.231), (100, 0.232)]
    assert found["eval_loss"] == [(0, 5.0), (0, 5.1), (100, 5.2)]


def test_numbers_of_julia_and_words_of_japan_are_read() -> None:
    assert curves(read("".join(f"epoch = {n}, loss = 0.5{n}f0\n" for n in (1, 2, 3))))["loss"] == [(1, 0.51), (2, 0.52), (3, 0.53)]
    assert curves(read("".join(f"イテレーション {n}0 || Loss: 0.{n} || 10iter: 1.2 sec.\n" for n in (1, 2, 3))))["loss"] == [
        (10, 0.1),
        (20, 0.2),
        (30, 0.3),
    ]


@pytest.mark.parametrize("drawing", ["", " [==============================]"])
def test_a_counter_with_another_total_below_the_heading_of_an_evaluation_counts_inside_it(drawing: str) -> None:
    """As `Model.fit` of Paddle prints it."""
    line = (
        "Epoch {0}/5\nstep 25/51{1} - loss: 6.{0} - 1ms/step\nstep 51/51{1} - loss: 5.{0} - 1ms/step\n"
        "Eval begin...\nstep 13/13{1} - loss: 4.{0} - 853us/step\nEval samples: 102\n"
    )
    found = curves(read("".join(line.format(n, drawing) for n in (1, 2, 3))))
    assert found["loss"] == [(25, 6.1), (51, 5.1), (76, 6.2), (102, 5.2), (127, 6.3), (153, 5.3)]
    assert found["eval_loss"] == [(51, 4.1), (102, 4.2), (153, 4.3)]
    assert not any("samples" in name for name in found)


def test_a_dict_of_one_value_among_other_keys_makes_no_line_of_a_dict() -> None:
    line = (
        "pid=6794 : step={0} loss=11.{0} lr=4e-07 grad_norm={{'0_default': 6.{0}}} num_samples_in_batch=19 largest_length=2048 acc=0.{0}\n"
    )
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 11.1), (2, 11.2), (3, 11.3)]
    assert found["grad_norm"] == [(1, 6.1), (2, 6.2), (3, 6.3)]
    assert found["acc"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_a_row_with_blank_cells_is_read_by_the_columns_they_stand_in() -> None:
    found = curves(
        read(
            "    Iteration    Epoch    TimeElapsed    LearnRate    TrainingLoss    ValidationLoss\n"
            "    _________    _____    ___________    _________    ____________    ______________\n"
            "            0        0       00:00:02         0.01                          2.5131  \n"
            "            1        1       00:00:02         0.01          2.6131                  \n"
            "           50        2       00:00:04         0.01          0.6131          0.7131  \n"
        )
    )
    assert found["TrainingLoss"] == [(1, 2.6131), (50, 0.6131)]
    assert found["ValidationLoss"] == [(0, 2.5131), (50, 0.7131)]


def test_a_line_of_one_value_names_the_phase_of_the_line_below_it() -> None:
    line = "Epoch {0}\nVal loss:   75.{0}\nl1: 0.8{0} kl: 7.{0} loss: 75.{0} \nTrain loss: 60.{0}\nl1: 0.7{0} kl: 5.{0} loss: 60.{0} \n"
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found["loss"] == [(0, 60.0), (1, 60.1), (2, 60.2)]
    assert found["l1"] == [(0, 0.7), (1, 0.71), (2, 0.72)]
    assert found["val/l1"] == [(0, 0.8), (1, 0.81), (2, 0.82)]
    assert found["eval_loss"] == [(0, 75.0), (1, 75.1), (2, 75.2)]


@pytest.mark.parametrize("name", ["AverageReturn", "Eval_AverageReturn", "EvalReward"])
def test_a_metric_word_is_known_inside_a_name_of_several(name: str) -> None:
    assert curves(read("".join(f"Iteration {n}\n{name} : 2{n}.5\n" for n in (0, 1, 2))))[name] == [(0, 20.5), (1, 21.5), (2, 22.5)]


def test_a_name_and_its_value_in_a_bar_may_be_parted_by_a_dash() -> None:
    line = (
        "Epoch: {0}\ntrain: 100%|####| 46/46 [00:12<00:00,  3.12it/s, dice_loss - 0.6{0}, iou_score - 0.4{0}]\n"
        "valid: 100%|####| 101/101 [00:02<00:00, 41.12it/s, dice_loss - 0.5{0}, iou_score - 0.3{0}]\n"
    )
    found = curves(read("".join(line.format(n) for n in (0, 1, 2))))
    assert found["dice_loss"] == [(46, 0.6), (92, 0.61), (138, 0.62)]
    assert found["val/iou_score"] == [(46, 0.3), (92, 0.31), (138, 0.32)]


def test_vali_is_the_validation() -> None:
    line = "Epoch: {0}, Steps: 264 | Train Loss: 0.4{0} Vali Loss: 0.7{0} Test Loss: 0.6{0}\n"
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert [value for _, value in found["eval_loss"]] == [0.71, 0.72, 0.73]
    assert [value for _, value in found["Test Loss"]] == [0.61, 0.62, 0.63]


@pytest.mark.parametrize(
    ("line", "name", "steps"),
    [
        ("Train {0}0, loss: 2.{0}, train acc: 0.4{0}\n", "loss", [10, 20, 30]),
        ("Total T: {0}000 Episode Num: {0} Episode T: 1000 Reward: 2.{0}\n", "Reward", [1000, 2000, 3000]),
        ("Epoch {0}/300 3/24 loss: 2.{0} time 3.12s\n", "loss", [3, 27, 51]),
        ("-------------Round number: {0}0-------------\nAveraged Train Loss: 2.{0}\n", "Averaged Train Loss", [10, 20, 30]),
        ("################Communication round : {0}\nloss: 2.{0} acc: 0.{0}\n", "loss", [1, 2, 3]),
    ],
)
def test_a_place_is_known_by_the_words_of_many_trades(line: str, name: str, steps: list[int]) -> None:
    assert curves(read("".join(line.format(n) for n in (1, 2, 3))))[name] == list(zip(steps, (2.1, 2.2, 2.3), strict=True))


def test_the_length_of_an_episode_and_the_noise_of_the_actions_are_metrics() -> None:
    block = "      Learning iteration {0}/1500  \n  Value function loss: 0.{0}\n  Mean reward: -1.{0}\n  Mean episode length: 21.{0}\n  Mean action noise std: 1.0{0}\n"
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert found["Mean episode length"] == [(1, 21.1), (2, 21.2), (3, 21.3)]
    assert found["Mean action noise std"] == [(1, 1.01), (2, 1.02), (3, 1.03)]


def test_the_step_may_be_the_last_row_of_names_and_values_between_two_rulers() -> None:
    ruler = "---------------------------  ---------------\n"
    block = f"2019-05-10 12:0{{0}}:01.000000 UTC | [x] Epoch {{0}} finished\n{ruler}trainer/QF1 Loss             1.{{0}}\n"
    block += f"evaluation/Average Returns  2{{0}}.5\nEpoch                        {{0}}\n{ruler}"
    found = curves(read("".join(block.format(n) for n in (0, 1, 2))))
    assert found["trainer/QF1 Loss"] == [(0, 1.0), (1, 1.1), (2, 1.2)]
    assert found["evaluation/Average Returns"] == [(0, 20.5), (1, 21.5), (2, 22.5)]


def test_lines_below_a_ruler_that_are_no_such_table_are_read_as_ever() -> None:
    text = "name       value\n---------  -----\nlr         0.001\nstep 1 loss 0.1\nstep 2 loss 0.2\n---------  -----\nloss       0.3\n"
    assert curves(read(text))["loss"][:2] == [(1, 0.1), (2, 0.2)]
    assert curves(read("epoch  train_loss\n-----  ----------\n1      0.5\n2      0.4\n"))["loss"] == [(1, 0.5), (2, 0.4)]


@pytest.mark.parametrize("end", ["", "---------  -----\n", "step 3 loss 0.3\n"])
def test_every_line_below_such_a_ruler_is_accounted_for_once(end: str) -> None:
    text = f"start\n---------  -----\nlr         0.001\nmomentum   0.9\n{end}"
    account = read(text).account
    assert account.lines == text.count("\n") == sum(account.by_format.values()) + account.noise + account.unread


@pytest.mark.parametrize(
    "evaluation",
    [
        "Evaluating\nSaved predictions\n",
        "Validation\n100%|####| 10/10 [00:01<00:00,  9.8it/s]\n",
        "Validating epoch {0}\n",
        "Eval epoch {0}\nEM 0.2137\n",
    ],
)
def test_an_evaluation_that_tells_no_values_leaves_the_next_epoch_alone(evaluation: str) -> None:
    found = curves(read("".join(f"Epoch {{0}} loss 0.{{0}} acc 0.{{0}}5\n{evaluation}".format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found["acc"] == [(1, 0.15), (2, 0.25), (3, 0.35)]


@pytest.mark.parametrize("lone", ["val_acc: 0.4{0}", "val_loss: 0.4{0}", "Eval time: 1.{0}"])
@pytest.mark.parametrize("header", ["Epoch {0}/3\n", ""])
def test_a_lone_value_of_an_evaluation_says_nothing_of_the_next_training(lone: str, header: str) -> None:
    found = curves(read("".join(f"{header}loss: 0.{{0}} acc: 0.{{0}}5\n{lone}\n".format(n) for n in (1, 2, 3))))
    assert [value for _, value in found["loss"]] == [0.1, 0.2, 0.3]
    assert [value for _, value in found["acc"]] == [0.15, 0.25, 0.35]


def test_an_outer_bar_that_shows_the_evaluation_gives_all_its_values() -> None:
    log = ""
    for n in range(1, 5):
        log += "".join(f"\rTrain: {at * 25}%|###| {at}/4 [00:0{at}<00:01, 2.00it/s, loss=1.{n}{at}]" for at in range(1, 5))
        log += f"\rEpochs: {n * 25}%|##  | {n}/4 [00:0{n}<00:05,  1.5it/s, val_loss=2.{n}]"
    assert [value for _, value in curves(read(log + "\n"))["eval_loss"]] == [2.1, 2.2, 2.3, 2.4]


def test_steps_may_be_written_with_an_exponent() -> None:
    found = curves(read("".join(f"total_timesteps: {n}.5e+06, reward: {n}.5\n" for n in (1, 2, 3))))
    assert found == {"reward": [(1.5e6, 1.5), (2.5e6, 2.5), (3.5e6, 3.5)]}


def test_a_table_of_errors_without_a_place_is_read() -> None:
    assert curves(read("mse       mae       rmse\n2.5137    0.3137    0.3637\n1.6804    0.2137    0.2470\n"))["mae"] == [
        (1, 0.3137),
        (2, 0.2137),
    ]


def test_a_number_right_behind_a_word_that_counts_is_a_number_whatever_follows() -> None:
    found = curves(read("".join(f"Epoch: {n}_train loss: 1.{n}\nEpoch: {n}_val loss: 2.{n}\n" for n in (1, 2, 3))))
    assert found["loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert found["eval_loss"] == [(1, 2.1), (2, 2.2), (3, 2.3)]
    assert curves(read("".join(f"Epoch {n}th, loss: 0.{n}\n" for n in (4, 5, 6))))["loss"] == [(4, 0.4), (5, 0.5), (6, 0.6)]


def test_a_reward_of_an_episode_is_a_value() -> None:
    found = curves(read("".join(f"Episode {n}: total reward in episode: 20{n}, loss 0.{n}\n" for n in (1, 2, 3))))
    assert found["total reward in episode"] == [(1, 201), (2, 202), (3, 203)]


def test_keys_that_name_their_phase_keep_it_whatever_the_type_of_a_json_line() -> None:
    found = curves(read("".join(f'{{"type":"eval","epoch":{n},"loss":0.{n},"val_loss":1.{n}}}\n' for n in (1, 2, 3))))
    assert found["eval_loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


@pytest.mark.parametrize(
    "prefix",
    [
        "2024-05-01 12:00:01,123 [12345] INFO ",
        "[2024-05-01 12:00:01 +0000] [12345] [INFO] ",
        "2024-05-01 12:00:01 INFO [12345] ",
        "[12345] ",
    ],
)
def test_a_process_in_front_of_a_line_that_tells_its_place_is_no_step(prefix: str) -> None:
    assert curves(read("".join(f"{prefix}Epoch {n}: loss=0.{n}\n" for n in (1, 2, 3)))) == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)]}


@pytest.mark.parametrize(
    ("epoch", "train", "evaluation"),
    [
        ("Época", "Treino    |", "Validação |"),
        ("Epoch", "Entrenamiento -", "Validación    -"),
        ("Эпоха", "Обучение -", "Валидация -"),
        ("エポック", "訓練 -", "検証 -"),
        ("Epoch", "训练集 -", "验证集 -"),
        ("Epoche", "Training -", "Validierung -"),
    ],
)
def test_the_phases_have_names_in_many_languages(epoch: str, train: str, evaluation: str) -> None:
    block = f"{epoch} {{0}}/3\n  {train} Loss: 0.{{0}} | Acc: 6{{0}}.5%\n  {evaluation} Loss: 1.{{0}} | Acc: 7{{0}}.5%\n"
    found = curves(read("".join(block.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found["eval_loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert found["val/Acc"] == [(1, 71.5), (2, 72.5), (3, 73.5)]


def test_a_share_with_a_decimal_comma_keeps_its_decimals() -> None:
    found = curves(read("".join(f"Epoche {n}: Verlust 0,{n}234, Genauigkeit 9{n},5%\n" for n in (1, 2, 3))))
    assert found == {"Verlust": [(1, 0.1234), (2, 0.2234), (3, 0.3234)], "Genauigkeit": [(1, 91.5), (2, 92.5), (3, 93.5)]}


@pytest.mark.parametrize(
    ("line", "name", "steps"),
    [
        ("✅ Epoch {0} done! Train Loss: 2.{0} | Val Loss: 0.7\n", "loss", [1, 2, 3]),
        ("Step {0}1k: loss 2.{0}\n", "loss", [11000, 21000, 31000]),
        ("Loss after {0}000 steps: 2.{0}\n", "loss", [1000, 2000, 3000]),
        ("After {0}00 episodes, average reward: 2.{0}\n", "average reward", [100, 200, 300]),
    ],
)
def test_a_place_is_known_where_words_and_signs_stand_around_it(line: str, name: str, steps: list[int]) -> None:
    assert curves(read("".join(line.format(n) for n in (1, 2, 3))))[name] == list(zip(steps, (2.1, 2.2, 2.3), strict=True))


def test_cells_may_have_a_percent_sign_apart_or_a_deviation() -> None:
    table = "| Epoch | Loss | Val Acc |\n|---|---|---|\n" + "".join(f"| {n} | 0.{n} ± 0.02 | 7{n}.5 % |\n" for n in (1, 2, 3))
    assert curves(read(table)) == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)], "Val Acc": [(1, 71.5), (2, 72.5), (3, 73.5)]}


def test_two_things_that_a_line_is_of_have_curves_of_their_own() -> None:
    found = curves(read("".join(f"Epoch {n}\nGenerator: loss 0.{n}\nDiscriminator: loss 1.{n}\n" for n in (1, 2, 3))))
    assert found == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)], "Discriminator/loss": [(1, 1.1), (2, 1.2), (3, 1.3)]}


@pytest.mark.parametrize(
    "line",
    [
        "Epoch {0} loss: train=0.{0}, val=1.{0}; acc: train=6{0}.5, val=7{0}.5\n",
        "Epoch {0} loss train 0.{0} val 1.{0} | acc train 6{0}.5 val 7{0}.5\n",
        "Epoch {0}: loss=0.{0} (val 1.{0}), acc=6{0}.5 (val 7{0}.5)\n",
    ],
)
def test_phases_may_be_the_keys_of_a_metric(line: str) -> None:
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found["eval_loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert found["val/acc"] == [(1, 71.5), (2, 72.5), (3, 73.5)]


@pytest.mark.parametrize(
    "line", ["Client {0}: train loss {1}.{0}\n", "[Round {1}] Client {0} - Epoch 1/1 - loss: {1}.{0}\n", "client={0} loss={1}.{0}\n"]
)
def test_clients_of_a_federation_have_curves_of_their_own(line: str) -> None:
    found = curves(read("".join(f"Round {n}\n" + "".join(line.format(client, n) for client in (1, 3)) for n in (1, 2, 3))))
    assert found == {"loss [client 1]": [(1, 1.1), (2, 2.1), (3, 3.1)], "loss [client 3]": [(1, 1.3), (2, 2.3), (3, 3.3)]}


def test_a_local_epoch_is_no_place_beside_its_round() -> None:
    log = "".join(f"Round: {n}, Client: {c}, Local epoch: {e}, Loss: {n}.{c}{e}\n" for n in (1, 2) for c in (2, 5) for e in (1, 2))
    found = curves(read(log))
    assert found == {
        "loss [client 2]": [(1, 1.21), (1, 1.22), (2, 2.21), (2, 2.22)],
        "loss [client 5]": [(1, 1.51), (1, 1.52), (2, 2.51), (2, 2.52)],
    }


def test_the_number_of_an_agent_is_no_metric() -> None:
    found = curves(read("".join(f"Episode {n}0 | Agent 0 reward: -1{n}.5 | Agent 1 reward: -2{n}.5\n" for n in (1, 2, 3))))
    assert found == {"reward": [(10, -11.5), (20, -12.5), (30, -13.5)], "reward #2": [(10, -21.5), (20, -22.5), (30, -23.5)]}


def test_a_bar_that_counts_over_the_epochs_is_not_multiplied_by_the_epoch_before_it() -> None:
    bar = "Epoch {}/100, Steps:  20%|█▉    | {}/22900 [6:56:13<39:34:26,  7.82s/it, lr=1.5e-6, step_loss=0.{}]\n"
    found = curves(read("".join(bar.format(epoch, n, n) for epoch, n in ((11, 2300), (11, 2400), (12, 2540), (12, 2640)))))
    assert found["step_loss"] == [(2300, 0.23), (2400, 0.24), (2540, 0.254), (2640, 0.264)]


def test_a_bar_that_counts_epochs_names_its_epoch_before_it() -> None:
    bar = "Epoch {0}/400:   1%|▎    | {0}/400 [00:01<02:30, 2.6it/s, v_num=1, train_loss_epoch=51{0}]\n"
    assert curves(read("".join(bar.format(n) for n in (1, 2, 3))))["train_loss_epoch"] == [(1, 511), (2, 512), (3, 513)]


def test_a_bar_of_the_epoch_is_multiplied_also_where_it_is_drawn_seldom() -> None:
    bar = "Epoch {}/3:  20%|█▉    | {}/100 [00:01<00:05, 19it/s, loss=0.{}]\n"
    found = curves(read("".join(bar.format(epoch, n, f"{epoch}{n}") for epoch in (1, 2, 3) for n in (10, 60, 100))))
    assert [step for step, _ in found["loss"]] == [10, 60, 100, 110, 160, 200, 210, 260, 300]


def test_an_episode_before_a_bar_does_not_stand_for_its_count() -> None:
    bar = "Episode [{}/20]:  10%|█         | {}/10 [01:10<10:30, 70.0s/it, policy_loss=-0.{}]\n"
    found = curves(read("".join(bar.format(episode, n, f"{episode}{n}") for episode in (1, 2) for n in (1, 2, 10))))
    assert found["policy_loss"] == [(1, -0.11), (2, -0.12), (10, -0.11), (11, -0.21), (12, -0.22), (20, -0.21)]


def test_the_training_bar_after_an_evaluation_before_it_is_of_the_training() -> None:
    log = "Starting training\nEvaluating model\n"
    log += (
        "".join(f"\r{n}0%|{'█' * n}{' ' * (10 - n)}| {n}/10 [00:0{n}<00:05,  2.1s/it]" for n in (1, 5))
        + "\r100%|██████████| 10/10 [00:10<00:00,  2.1s/it]\n"
    )
    log += "  0%|          | 0/1000 [00:00<?, ?it/s]\n"
    log += "".join(f"  {n}%|          | {n}0/1000 [00:01<20:00,  1.2s/it, loss=0.3{n}]\n" for n in (1, 2, 3))
    assert curves(read(log)) == {"loss": [(10, 0.31), (20, 0.32), (30, 0.33)]}


@pytest.mark.parametrize("scores", ["perplexity: 2{0}.1 eval_loss: 3.{0}", "{{'perplexity': 2{0}.1, 'eval_loss': 3.{0}}}"])
def test_an_evaluation_of_epoch_0_stands_at_its_end(scores: str) -> None:
    line = "\r {1}%|███▎      | {2}/870 [01:40<03:20,  2.9it/s]05/01/2024 10:0{0}:00 - INFO - __main__ - epoch {0}: " + scores + "\n"
    log = "05/01/2024 10:00:00 - INFO - __main__ -   Num Epochs = 3\n05/01/2024 10:00:00 - INFO - __main__ -   Total optimization steps = 870\n"
    log += "".join(line.format(n, share, count) for n, (share, count) in enumerate([("33", 290), ("67", 580), ("100", 870)]))
    assert curves(read(log))["eval_loss"] == [(290, 3.0), (580, 3.1), (870, 3.2)]


@pytest.mark.parametrize("prefix", ["(head, rank={0}, pid=2386{0}) ", "(worker{0}, rank={0}, pid=2386{0}, ip=172.31.81.9{0}) "])
def test_workers_that_a_launcher_names_have_curves_of_their_own(prefix: str) -> None:
    found = curves(read("".join(f"{prefix.format(rank)}step {n}0 loss {n}.{rank}\n" for n in (1, 2, 3) for rank in (0, 1))))
    assert found == {"loss": [(10, 1.0), (20, 2.0), (30, 3.0)], "loss [rank 1]": [(10, 1.1), (20, 2.1), (30, 3.1)]}


def test_the_ranks_of_parallel_axes_before_a_message_are_no_metrics() -> None:
    line = "05/01/2024 10:00:{0}0 [INFO|DP=0|PP=0|TP=0|gpu-01]: iteration: {0} / 100 | consumed_tokens: 1.05M | lm_loss: 1{0}.9 | lr: 0.00015\n"
    assert set(curves(read("".join(line.format(n) for n in (1, 2, 3))))) == {"consumed_tokens", "loss", "learning_rate"}


def test_what_stands_below_each_header_is_believed_soon() -> None:
    block = "      Learning iteration {0}/1500\n   Mean reward: -0.{0}1\n  Mean episode rew_action_rate: -0.0{0}\n  Curriculum/terrain_levels: 3.{0}\n"
    log = read("".join(block.format(n) + f"  Mean action std: 0.9{n}\n" for n in (1, 2, 3)))
    found = curves(log)
    assert found["Mean episode rew_action_rate"] == [(1, -0.01), (2, -0.02), (3, -0.03)]
    assert found["Curriculum/terrain_levels"] == [(1, 3.1), (2, 3.2), (3, 3.3)]
    assert found["Mean action std"] == [(1, 0.91), (2, 0.92), (3, 0.93)]
    assert log.params == {}


@pytest.mark.parametrize("prefix", ["", "I20230420 12:00:{0}0 12345 dinov2 helpers.py:103] "])
def test_a_bracket_behind_training_is_the_counter(prefix: str) -> None:
    line = prefix + "Training  [    {0}0/125000]  eta: 2 days, 5:00:00  lr: 0.0001 (0.0001)  current_batch_size: 64.0000 (64.0000)  "
    line += "total_loss: 1{0}.1000 (14.6000)  time: 1.050000  data: 0.100000  max mem: 18000\n"
    assert curves(read("".join(line.format(n) for n in (1, 2, 3))))["loss"] == [(10, 11.1), (20, 12.1), (30, 13.1)]


def test_an_evaluation_below_a_decorated_heading_stands_where_the_training_is() -> None:
    log = "***** Evaluating perplexity, Epoch 0/2 *****\nppl: 4937.2, loss: 8.5\n"
    for epoch in (0, 1):
        log += f"Beginning of Epoch {epoch + 1}/2, Total Micro Batches 300\n"
        log += "".join(f"Epoch: {epoch}, Step: {step}, Rank: 0, loss = {2 - epoch}.{step}\n" for step in (0, 1, 2))
        log += f"***** Evaluating perplexity, Epoch {epoch + 1}/2 *****\nppl: {6 - epoch}.8, loss: 1.{9 - epoch}\n"
    found = curves(read(log))
    assert found["eval_loss"] == [(0, 8.5), (2, 1.9), (5, 1.8)]
    assert found["loss"] == [(0, 2.0), (1, 2.1), (2, 2.2), (3, 1.0), (4, 1.1), (5, 1.2)]


def test_a_heading_names_the_phase_of_what_stands_beside_a_value_that_names_it() -> None:
    log = "".join(f"Epoch {n}/3\ntrain_loss: 1.{n} acc: 0.{n}\nValidation:\nval_loss: 0.{n} acc: 0.9{n}\n" for n in (1, 2, 3))
    found = curves(read(log))
    assert found["val/acc"] == [(1, 0.91), (2, 0.92), (3, 0.93)]
    assert found["acc"] == [(1, 0.1), (2, 0.2), (3, 0.3)]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Step {0} | Loss: 0.{0} | Grad. Norm: 0.1{0} | Peak Mem.: 4{0}.1/79.1 GiB (5{0}.7%)\n", {"loss", "grad_norm", "Peak Mem"}),
        ("Steps : 10{0}, Gen Loss Total : 5{0}.1, Mel-Spec. Error : 0.{0}\n", {"Gen Loss Total", "Mel-Spec. Error"}),
        ("2024-05-01 10:00:0{0}:INFO:[{0}]#011train-error:0.0{0}#011validation-error:0.1{0}\n", {"train-error", "validation-error"}),
        (
            "| epoch   1 step      {0}00 |    {0}00 batches | lr 0.0{0}25 | loss  6.{0} | ppl  90{0}.1\n",
            {"loss", "ppl", "learning_rate", "epoch"},
        ),
        (
            "| Eval   {0} at step      {0}00 | time: 250{0}.12s | valid loss  5.{0} | valid ppl  33{0}.1\n",
            {"eval/time", "eval_loss", "valid ppl"},
        ),
    ],
)
def test_names_are_whole_and_counts_are_no_metrics(line: str, names: set[str]) -> None:
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert set(found) == names
    assert all(len(points) == 3 for points in found.values())


def test_an_evaluator_says_where_its_scores_stand() -> None:
    head = "2025-05-01 10:0{0}:20 - EmbeddingSimilarityEvaluator: Evaluating the model on the sts-dev dataset in epoch {0}.5 after {0}00 steps:\n"
    scores = "2025-05-01 10:0{0}:25 - {1} :\tPearson: 0.{2}{0}\tSpearman: 0.8{0}\n"
    log = "".join(head.format(n) + scores.format(n, "Cosine-Similarity", 8) + scores.format(n, "Manhattan-Distance", 7) for n in (1, 2, 3))
    found = curves(read(log))
    assert found["val/Pearson"] == [(100, 0.81), (200, 0.82), (300, 0.83)]
    assert found["val/Manhattan-Distance/Pearson"] == [(100, 0.71), (200, 0.72), (300, 0.73)]


def test_the_heads_of_a_model_have_curves_of_their_own() -> None:
    line = "INFO: Epoch {0}: head: {1}, loss={2}.{0}, RMSE_F=  2{2}.{0} meV / A\n"
    found = curves(read("".join(line.format(n, head, k) for n in (1, 2, 3) for k, head in enumerate(("pt_head", "Default")))))
    assert found["loss"] == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert found["Default/loss"] == [(1, 1.1), (2, 1.2), (3, 1.3)]


def test_the_number_of_a_model_and_the_line_of_a_logger_are_no_metrics() -> None:
    log = "".join(f"Epoch {n}\nValidation rmse = 1.{n}\n" for n in (0, 1, 2)) + "Model 0 best validation rmse = 1.0 on epoch 0\n"
    assert curves(read(log)) == {"Validation rmse": [(0, 1.0), (1, 1.1), (2, 1.2)]}
    line = "2017-03-28 10:00:0{0} INFO  DistriOptimizer$:370 - [Epoch 1 2816{0}/28857522][Iteration 5{0}] Train 512000 in 1.2seconds. Loss is 0.{0}.\n"
    assert curves(read("".join(line.format(n) for n in (1, 2, 3)))) == {"loss": [(51, 0.1), (52, 0.2), (53, 0.3)]}


@pytest.mark.parametrize(
    "line",
    [
        '{{"train/epoch": 0.{0}, "train/global_step": {0}0, "train/loss": 2.3{0}, "train/learning_rate": 0.001}}\n',
        "{{'trainer/global_step': {0}0, 'train/loss': 2.3{0}, 'epoch': 0}}\n",
        "INFO 2024-10-10 10:10:{0}0 - Metrics: {{'train/loss': 2.3{0}, 'train/step': {0}0}}\n",
        "train/loss=2.3{0} train/step={0}0 train/epoch=1\n",
    ],
)
def test_the_step_of_the_training_is_the_step(line: str) -> None:
    found = curves(read("".join(line.format(n) for n in (1, 2, 3))))
    assert found.pop("loss") == [(10, 2.31), (20, 2.32), (30, 2.33)]
    assert not {name for name in found if "step" in name}


def test_a_dict_that_tells_only_the_epoch_stands_where_its_batches_ended() -> None:
    log = ""
    for epoch in (0, 1, 2):
        log += "".join(f"Train Epoch: [{epoch}][{n}0/36] | Losses/train_loss: 2.{epoch}{n} (2.5)\n" for n in (0, 1))
        log += f"Losses and meters: {{'Losses/val_loss': 1.{epoch}, 'Trainer/where': 0.0{epoch + 1}, 'Trainer/epoch': {epoch}}}\n"
    found = curves(read(log))
    assert found["Losses/train_loss"] == [(0, 2.0), (10, 2.01), (36, 2.1), (46, 2.11), (72, 2.2), (82, 2.21)]
    assert found["Losses/val_loss"] == [(10, 1.0), (46, 1.1), (82, 1.2)]


def test_an_evaluation_of_fairseq_stands_at_its_number_of_updates() -> None:
    log = ""
    for epoch in (1, 2, 3):
        log += f'[2022-03-28 18:0{epoch}:00,000][train_inner][INFO] - {{"epoch": {epoch}, "update": 0.9, "loss": "6.{epoch}", "num_updates": "{epoch}600"}}\n'
        log += f'[2022-03-28 18:0{epoch}:30,000][valid][INFO] - {{"epoch": {epoch}, "valid_loss": "5.{epoch}", "valid_num_updates": "{epoch}695"}}\n'
    assert curves(read(log))["eval_loss"] == [(1695, 5.1), (2695, 5.2), (3695, 5.3)]


def test_a_bar_of_no_epochs_is_read() -> None:
    bar = "Epoch {0}/0:  20%|█▉    | {0}/100 [00:01<00:05, 19it/s, loss=0.{0}]\n"
    assert len(curves(read("".join(bar.format(n) for n in (1, 2, 3))))["loss"]) == 3
