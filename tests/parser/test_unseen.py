"""Logs in styles that no format file knows: what must come out of a few lines of each."""

import json
from datetime import UTC, datetime

import pytest

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import steps_of


def read(text: str) -> ParsedLog:
    parser = LogParser()
    return joined([parser.feed(text.encode()), parser.finish()], parser)


def values(log: ParsedLog) -> dict[str, list[float]]:
    return {name: points.value.tolist() for name, points in log.points.items()}


def steps(log: ParsedLog, name: str) -> list[float]:
    return steps_of(log.points[name], log.series[name].rule).tolist()


def test_the_accuracy_behind_a_loss_of_validation_is_of_validation_too() -> None:
    log = read(
        "Epoch 1/2\n----------\ntrain Loss: 2.9 Acc: 0.53\nval Loss: 3.0 Acc: 0.52\n\n"
        "Epoch 2/2\n----------\ntrain Loss: 2.7 Acc: 0.56\nval Loss: 2.8 Acc: 0.55\n"
    )
    assert values(log) == {"loss": [2.9, 2.7], "Acc": [0.53, 0.56], "eval_loss": [3.0, 2.8], "val/Acc": [0.52, 0.55]}
    assert steps(log, "val/Acc") == [1, 2]


def test_a_tensor_gives_its_number_and_no_device() -> None:
    line = "step={}, loss=tensor({}, device='cuda:0', grad_fn=<NllLossBackward0>), acc=tensor(0.1, device='cuda:0')\n"
    assert values(read(line.format(0, 3.1) + line.format(10, 1.9))) == {"loss": [3.1, 1.9], "acc": [0.1, 0.1]}
    line = "Epoch {}: loss=tf.Tensor({}, shape=(), dtype=float32), acc=<tf.Tensor: shape=(), dtype=float32, numpy=0.9>\n"
    assert values(read(line.format(1, 3.1) + line.format(2, 1.9))) == {"loss": [3.1, 1.9], "acc": [0.9, 0.9]}


def test_a_tensor_of_hasktorch_is_a_value() -> None:
    log = read(
        "".join(
            f"Iteration: {n}00 | Loss_valid: Tensor Float []  5.{n}e-2   | Loss_train: Tensor Float []  6.{n}235   \n" for n in (1, 2, 3)
        )
    )
    assert log.points["eval_loss"].value.tolist() == [0.051, 0.052, 0.053]
    assert log.points["loss"].value.tolist() == [6.1235, 6.2235, 6.3235]
    assert log.points["loss"].step.tolist() == [100, 200, 300]


def test_two_fractions_in_brackets_are_epoch_and_batch_and_a_key_may_have_two_values() -> None:
    line = "[{}/2][{}/100]\tLoss_D: {}\tD(G(z)): 0.31 / 0.25\n"
    log = read("".join(line.format(e, b, v) for e, b, v in [(0, 0, 3.0), (0, 50, 2.9), (1, 0, 2.7)]))
    assert values(log) == {"Loss_D": [3.0, 2.9, 2.7], "D(G(z))": [0.31] * 3, "D(G(z)) #2": [0.25] * 3}
    assert steps(log, "Loss_D") == [0, 50, 100]


@pytest.mark.parametrize(
    "place",
    [
        *("({}/30) [{}/200]", "[{}/30] ({}/200)", "{}/30 [{}/200]", "[{}/30] {}/200", "({}/30)({}/200)", "<{}/30> <{}/200>"),
        *("{}/30, {}/200,", "{}/30 {}/200", "{}/30 - {}/200 -", "{}/30 | {}/200 |", "[{}/30, {}/200]", "[{}/30|{}/200]", "{}/30: {}/200:"),
        *("Training: {}/30 [{}/200]", "2021-03-04 10:00:00 INFO ({}/30) [{}/200]"),
    ],
)
def test_two_fractions_that_lead_a_line_are_epoch_and_batch(place: str) -> None:
    log = read("".join(f"{place.format(e, b)} loss: {1 / (200 * e + b):.6f}\n" for e in (1, 2) for b in (50, 100, 150)))
    assert list(log.points) == ["loss"]
    assert steps(log, "loss") == [50, 100, 150, 250, 300, 350]


def test_values_in_brackets_of_their_own_are_read() -> None:
    log = read(
        "[Epoch 0/2] [Batch 3/9] [D loss: 0.68, acc: 50%] [G loss: 0.9]\n[Epoch 1/2] [Batch 0/9] [D loss: 0.58, acc: 60%] [G loss: 0.8]\n"
    )
    assert values(log) == {"D loss": [0.68, 0.58], "acc": [50, 60], "G loss": [0.9, 0.8]}
    assert steps(log, "D loss") == [3, 9]


def test_a_duration_in_letters_is_one_time_whatever_its_digits() -> None:
    line = "\rProgress: {:5.1f}% words/sec/thread: 1200 lr: 0.0{} avg.loss: 2.{} ETA:   0h {}m{}s"
    log = read("".join(line.format(n * 10, 9 - n, 9 - n, 9 - n, n) for n in range(8)))
    assert values(log)["avg.loss"] == [2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3, 2.2]
    assert set(log.points) == {"words/sec/thread", "learning_rate", "avg.loss"}


def test_a_percentage_of_the_way_is_no_metric() -> None:
    log = read("".join(f"Training: {n * 5}% complete, loss=2.{9 - n}, elapsed 00:00:1{n}\n" for n in range(5)))
    assert values(log) == {"loss": [2.9, 2.8, 2.7, 2.6, 2.5]}


def test_an_epoch_and_a_batch_in_one_bracket_are_no_rank() -> None:
    log = read("[1,  2000] loss: 2.2\n[1,  4000] loss: 1.9\n[2,  2000] loss: 1.7\n")
    assert values(log) == {"loss": [2.2, 1.9, 1.7]}
    assert steps(log, "loss") == [2000, 4000, 6000]


def test_the_step_may_stand_in_the_name_of_the_value() -> None:
    log = read("Training loss (for one batch) at step 0: 2.5\nTraining loss (for one batch) at step 200: 2.1\n")
    assert values(log) == {"Training loss (for one batch)": [2.5, 2.1]}
    log = read("Loss after mini-batch   500: 2.5\nLoss after mini-batch  1000: 2.1\n")
    assert steps(log, "loss") == [500, 1000]


def test_the_length_of_an_episode_is_not_its_number() -> None:
    log = read("".join(f"Episode: {n}, total reward: {n}.5, epsilon: 0.9{n}, steps: 20{n}\n" for n in range(5)))
    assert steps(log, "total reward") == [0, 1, 2, 3, 4]


def test_objects_inside_a_printed_record_keep_their_names() -> None:
    one = '{{\n  "epoch": {},\n  "train": {{\n    "loss": {}\n  }},\n  "val": {{\n    "loss": {}\n  }}\n}}\n'
    log = read(one.format(1, 2.5, 2.7) + one.format(2, 2.1, 2.3))
    assert sorted(values(log).values()) == [[2.5, 2.1], [2.7, 2.3]]
    assert steps(log, "loss") == [1, 2]


def test_a_line_of_settings_becomes_parameters_and_no_point() -> None:
    log = read(
        "Learning rate: 3e-4, batch size: 64, epochs: 5\nTotal steps: 100\n"
        + "".join(f"step {n} | loss 2.{9 - n} | lr 3e-4\n" for n in range(4))
    )
    assert log.params == {"Learning rate": "3e-4", "batch size": "64", "epochs": "5", "Total steps": "100"}
    assert set(log.points) == {"loss", "learning_rate"}
    assert (log.progress.step, log.progress.total_steps, log.progress.total_epochs) == (3, 100, 5)


def test_a_dump_of_settings_is_read_whole() -> None:
    log = read("config:\n  model: gpt2\n  fused: True\n  batch_size: 32\n  betas: [0.9, 0.95]\nstarting\n")
    assert log.params == {"model": "gpt2", "fused": "True", "batch_size": "32", "betas": "[0.9, 0.95]"}


def test_two_spellings_of_the_learning_rate_are_one_series_except_on_one_line() -> None:
    log = read("step 1 loss 2.5 lr 0.1\nstep 2 loss 2.4 learning_rate 0.2\n")
    assert values(log)["learning_rate"] == [0.1, 0.2]
    log = read("step 1 loss 2.5 lr 0.1 learning_rate 0.3\nstep 2 loss 2.4 lr 0.1 learning_rate 0.2\n")
    assert sorted(values(log).values()) == [[0.1, 0.1], [0.3, 0.2], [2.5, 2.4]]


def test_the_total_of_a_run_is_told_by_its_bar() -> None:
    bar = "\r 50%|█████     | 40/80 [00:01<00:01, 30.00it/s]"
    log = read(bar + "\n{'loss': 2.5, 'learning_rate': 0.1, 'epoch': 1.0}\n" + bar)
    assert (log.progress.step, log.progress.total_steps) == (40, 80)


def test_an_epoch_without_a_step_does_not_take_a_run_back_to_its_begin() -> None:
    begin = "\r  0%|          | 0/100 [00:00<?, ?it/s]"
    bar = "".join(f"\r {n}%|####      | {n}/100 [00:0{n % 10}<01:00, 10.0it/s, loss={2 - n / 100:.3f}]" for n in range(1, 101))
    log = read(begin + bar + "\nepoch 0 mean loss 2.5\n")
    assert (log.progress.step, log.progress.total_steps, log.progress.epoch) == (100, 100, 0)


def test_logs_of_other_programs_give_nothing() -> None:
    lines = (
        "[2024-05-01 10:00:{0:02d} +0000] [{1}] [INFO] Booting worker with pid: {1}",
        '10.0.0.{0} - - [01/May/2024:10:00:{0:02d} +0000] "GET /a{0}.js HTTP/1.1" 200 {1} "-" "Mozilla/5.0"',
        "[{0:3d}%] Building CXX object src/CMakeFiles/a.dir/f{0}.cpp.o",
        "64 bytes from 1.1.1.1: icmp_seq={0} ttl=57 time=1{0}.5 ms",
        "2024-05-01 10:00:{0:02d}.123 UTC [{1}] LOG:  checkpoint complete: wrote {1} buffers (0.{0}%); write=0.{0} s, sync=0.1 s",
        "added {1} packages, and audited {1} packages in {0}s",
        'time="2024-05-01T10:00:{0:02d}Z" level=info msg="request" status=200 duration={0}.5ms bytes={1}',
        "Step {0}/12 : RUN apt-get install -y lib{0}",
    )
    for line in lines:
        assert values(read("".join(line.format(n, 100 + n * 7) + "\n" for n in range(1, 20)))) == {}, line


def test_a_counter_that_falls_back_with_each_header_of_an_epoch_goes_on_in_steps() -> None:
    log = read("".join(f"Epoch {e}\n" + "".join(f"  batch {b}/125 | loss={3 - e - b / 200}\n" for b in (0, 60, 120)) for e in (1, 2, 3)))
    assert steps(log, "loss") == [0, 60, 120, 125, 185, 245, 250, 310, 370]
    log = read("EPOCH 1:\n  batch 1000 loss: 1.63\n  batch 2000 loss: 1.31\nEPOCH 2:\n  batch 1000 loss: 1.1\n  batch 2000 loss: 1.0\n")
    assert steps(log, "loss") == [1000, 2000, 3000, 4000]


def test_a_counter_that_runs_through_the_headers_of_the_epochs_is_left_as_it_is() -> None:
    log = read(
        "Epoch 1\nstep 50: loss 2.5\nstep 100: loss 2.4\nEpoch 2\nstep 150: loss 2.3\nEpoch 2\nstep 100: loss 2.2\nstep 150: loss 2.1\n"
    )
    assert steps(log, "loss") == [50, 100, 150, 100, 150]


def test_lines_under_one_header_are_read_although_the_place_stands_still() -> None:
    log = read("Epoch 1\n" + "".join(f"loss: {3 - n / 10:.1f}\n" for n in range(20)))
    assert values(log) == {"loss": [round(3 - n / 10, 1) for n in range(20)]}


def test_the_bracket_behind_a_loss_counts_inside_the_epoch_of_the_header() -> None:
    log = read(
        "".join(f"Epoch {e}\n-----\n" + "".join(f"loss: {3 - e / 3 - b / 1e5:.6f}  [{b:>5d}/60000]\n" for b in (64, 6464)) for e in (1, 2))
    )
    assert steps(log, "loss") == [64, 6464, 60064, 66464]


def test_counters_glued_to_their_word_are_read() -> None:
    log = read("".join(f"  Ep{e} B{b}/125 | loss={3 - e - b / 200} | {b}s elapsed | lr=1e-4\n" for e in (0, 1) for b in (0, 50, 100)))
    assert steps(log, "loss") == [0, 50, 100, 125, 175, 225]
    assert set(log.points) == {"loss", "learning_rate"}
    assert steps(read("".join(f"it{n} loss={2 - n / 100}\n" for n in (0, 50, 100))), "loss") == [0, 50, 100]
    log = read("".join(f"Epoch{e:03d}-batch{b:05d}: loss {2 - e - b / 900}\n" for e in (0, 1) for b in (10, 60)))
    assert steps(log, "loss") == [10, 60, 70, 120]
    assert steps(read("".join(f"Ep{e} B{b} loss={2 - e - b / 900}\n" for e in (0, 1) for b in (10, 60))), "loss") == [10, 60, 70, 120]


def test_digits_in_words_stay_in_their_word() -> None:
    log = read("".join(f"step {n}: top5_acc 0.{n} loss 1.{n}, layer_3, efficientnet_b0, model_epoch3.pt\n" for n in (1, 2, 3)))
    assert values(log) == {"top5_acc": [0.1, 0.2, 0.3], "loss": [1.1, 1.2, 1.3]}


def test_a_phase_in_brackets_may_stand_before_the_counter_of_a_line() -> None:
    log = read("".join(f"[Train] {n}/1250 loss: {2 - n / 900:.3f} acc: 0.{n}\n" for n in (10, 20, 30)))
    assert steps(log, "acc") == [10, 20, 30]


def test_a_level_may_stand_before_the_time() -> None:
    log = read("".join(f"INFO 2026-01-28 12:00:0{n} step {n} loss {2 - n / 10}\n" for n in (1, 2, 3)))
    assert (log.points["loss"].time - log.points["loss"].time[0]).tolist() == [0, 1, 2]
    assert steps(log, "loss") == [1, 2, 3]


def test_no_line_of_a_json_log_with_hundreds_of_keys_is_lost() -> None:
    rows = [{"step": n, **{f"layers/{k}/hidden_norm": n + k / 1000 for k in range(150)}} for n in range(1, 20)]
    log = read("".join(f"{json.dumps(row)}\n" for row in rows))
    assert {name: len(points) for name, points in log.points.items()} == {f"layers/{k}/hidden_norm": 19 for k in range(150)}
    assert log.params == {}


def test_a_thousands_comma_before_a_comma_is_part_of_the_number() -> None:
    line = "<epoch: 86, iter: {}, lr:2.500e-05> l_g_pix: {}\n"
    log = read("".join(line.format(at, value) for at, value in [("900", 0.5), ("1,200", 0.4), ("107,400", 0.3)]))
    assert steps(log, "l_g_pix") == [900, 1200, 107400]
    log = read("epoch,step,loss\n1,100,0.5\n1,200,0.4\n2,300,0.3\n")
    assert (steps(log, "loss"), values(log)["loss"]) == ([100, 200, 300], [0.5, 0.4, 0.3])


def test_a_number_before_a_bar_leads_its_line() -> None:
    line = "{} | loss {} | lr 5.0e-05 | mfu 0.19%\n"
    log = read("step 40: train loss 9.1, val loss 9.2\n" + "".join(line.format(at, 9 - at / 100) for at in (40, 50, 60)))
    assert steps(log, "learning_rate") == [40, 50, 60]


def test_a_duration_in_brackets_behind_an_epoch_is_no_counter() -> None:
    log = read("Epoch 0 [60.2s]: loss=2.9\nEpoch 1 [60.9s + 8.1s]: loss=1.9\nEpoch 2 [61.3s]: loss=1.2\n")
    assert steps(log, "loss") == [0, 1, 2]


def test_an_epoch_and_an_iteration_with_one_name_place_the_line() -> None:
    line = "eta: 1:14:16  epoch/iter: {}/{}  total_loss: {}\n"
    log = read(line.format(9, 2579, 36.7) + line.format(10, 2599, 36.4) + line.format(10, 2799, 36.2))
    assert steps(log, "loss") == [2579, 2599, 2799]
    line = "epoch/batch: {}/{} loss: {}\n"
    log = read("".join(line.format(epoch, batch, 3.5 - epoch) for epoch, batch in [(1, 100), (1, 200), (2, 100), (2, 200)]))
    assert steps(log, "loss") == [100, 200, 300, 400]


def test_the_phase_between_the_place_and_the_first_name_holds_for_the_line() -> None:
    line = "[ITER {}] Evaluating {}: L1 {} PSNR {} [01/11 02:25:45]\n"
    log = read("".join(line.format(at, phase, at / 1e5, 20.5) for at in (6000, 7000) for phase in ("test", "train")))
    assert values(log) == {"test/L1": [0.06, 0.07], "test/PSNR": [20.5, 20.5], "L1": [0.06, 0.07], "PSNR": [20.5, 20.5]}
    log = read("".join(f"Epoch {n} | {phase} | loss {n}.5 | acc 0.5\n" for n in (1, 2) for phase in ("train", "validation")))
    assert values(log) == {"loss": [1.5, 2.5], "acc": [0.5, 0.5], "eval_loss": [1.5, 2.5], "val/acc": [0.5, 0.5]}


def test_a_table_may_have_a_long_column_name() -> None:
    name = "rewards / check_grounding_references_from_response"
    log = read(f"Step | Training Loss | reward | {name}\n-- | -- | -- | --\n1 | 0.01 | -17.25 | 1.5\n2 | 0.02 | -16.25 | 1.4\n")
    assert values(log) == {"loss": [0.01, 0.02], "reward": [-17.25, -16.25], name: [1.5, 1.4]}


@pytest.mark.parametrize(
    "stamp",
    [
        *("Sat 23 Apr 2022 00:39:03 INFO ", "[Sat Apr 23 00:39:03 2022]", "Sat Apr 23 00:39:03 UTC 2022:", "[Sat, 23 Apr 2022 00:39:03]"),
        *("23-Apr-22 00:39:03 -", "April 23, 2022 00:39:03", "[23/Apr/2022 00:39:03]", "23 Apr 2022 00:39"),
    ],
)
def test_a_date_with_the_name_of_the_month_is_a_time_and_no_metric(stamp: str) -> None:
    log = read("".join(f"{stamp} epoch {n} training loss: 2.{n}\n" for n in (1, 2, 3)))
    assert values(log) == {"loss": [2.1, 2.2, 2.3]}
    assert log.points["loss"].time.tolist()[0] // 60 == datetime(2022, 4, 23, 0, 39, tzinfo=UTC).timestamp() // 60


@pytest.mark.parametrize("stamp", ["22 Feb 12:04    INFO ", "Feb 22 12:04:05", "Feb 22 12:04:05 gpu01 train.sh[1234]:"])
def test_a_date_without_a_year_is_no_metric(stamp: str) -> None:
    assert values(read("".join(f"{stamp} epoch {n} training loss: 2.{n}\n" for n in (1, 2, 3)))) == {"loss": [2.1, 2.2, 2.3]}


def test_a_name_of_four_words_on_a_line_of_its_own_is_read_once_it_kept_changing() -> None:
    lines = ["Learning iteration {}/1500", "Mean action noise std: {:.3f}", "Mean reward: {:.1f}", "Total number of files: 12"]
    log = read("".join(lines[0].format(n) + f"\n{lines[1].format(1 - n / 100)}\n{lines[2].format(n)}\n{lines[3]}\n\n" for n in range(12)))
    assert values(log) == {
        "Mean action noise std": [round(1 - n / 100, 3) for n in range(12)],
        "Mean reward": [float(n) for n in range(12)],
    }
    assert steps(log, "Mean action noise std") == list(range(12))


def test_a_throughput_and_a_number_in_brackets_are_no_counters_of_an_epoch() -> None:
    line = "epoch {} | loss 2.{} | tok/s 50{}0\n"
    log = read("".join(line.format(n, n, n) for n in (1, 2, 3)))
    assert (steps(log, "loss"), values(log)) == ([1, 2, 3], {"loss": [2.1, 2.2, 2.3], "tok/s": [5010, 5020, 5030]})
    assert steps(read("".join(f"Epoch {n} (121 samples): loss 2.{n}\n" for n in (1, 2, 3))), "loss") == [1, 2, 3]
    assert steps(read("".join(f"Epoch {n} (100/1000): loss 2.{n}\n" for n in (1, 2, 3))), "loss") == [100, 1100, 2100]


def test_a_number_sign_may_stand_before_a_counter() -> None:
    assert steps(read("".join(f"Epoch #{n} loss: 2.{n}\n" for n in (3, 4, 5))), "loss") == [3, 4, 5]
    assert steps(read("".join(f"Iteration #{n}00: loss = 2.{n}\n" for n in (3, 4, 5))), "loss") == [300, 400, 500]


def test_a_value_of_validation_may_stand_behind_a_slash() -> None:
    log = read("".join(f"Epoch {n} | Train 2.{n} / Val 3.{n} | Acc 0.{n}\n" for n in (1, 2, 3)))
    assert values(log) == {"Train": [2.1, 2.2, 2.3], "Val": [3.1, 3.2, 3.3], "Acc": [0.1, 0.2, 0.3]}


def test_lines_that_differ_in_the_number_of_a_class_make_no_zigzag() -> None:
    lines = "Epoch {} loss 2.5\n" + "".join(f"Class {n} Accuracy: 8{n}.5%\n" for n in range(3))
    assert values(read("".join(lines.format(n) for n in (1, 2, 3)))) == {"loss": [2.5, 2.5, 2.5]}


def test_an_object_of_a_phase_names_the_phase_of_its_values() -> None:
    line = '{{"epoch": {0}, "val": {{"loss": 3.{0}}}, "train": {{"loss": 2.{0}, "acc": 0.{0}}}, "lr": 0.1}}\n'
    log = read("".join(line.format(n) for n in (1, 2, 3)))
    assert {name: log.points[name].value.tolist() for name in ("eval_loss", "loss", "acc", "learning_rate")} == {
        "eval_loss": [3.1, 3.2, 3.3],
        "loss": [2.1, 2.2, 2.3],
        "acc": [0.1, 0.2, 0.3],
        "learning_rate": [0.1, 0.1, 0.1],
    }


@pytest.mark.parametrize(
    "line",
    [
        '{{"split": "{phase}", "step": {n}, "loss": {value}}}\n',
        "step={n} phase={phase} loss={value}\n",
        "mode: {phase}, step: {n}, loss: {value}\n",
    ],
)
def test_a_field_that_names_the_phase_keeps_training_and_validation_apart(line: str) -> None:
    rows = [(n, phase, n + behind) for n in (1, 2, 3) for phase, behind in (("train", 0.1), ("val", 0.5))]
    log = read("".join(line.format(n=n, phase=phase, value=value) for n, phase, value in rows))
    assert values(log) == {"loss": [1.1, 2.1, 3.1], "eval_loss": [1.5, 2.5, 3.5]}
    assert steps(log, "eval_loss") == [1, 2, 3]


def test_a_line_per_metric_with_its_name_as_text_gives_a_series_per_name() -> None:
    line = '{{"step": {0}, "name": "{1}", "value": {2}}}\n'
    log = read("".join(line.format(n, name, n / 10) for n in (1, 2, 3) for name in ("loss", "acc")))
    assert values(log) == {"loss": [0.1, 0.2, 0.3], "acc": [0.1, 0.2, 0.3]}


def test_the_length_of_a_step_is_no_place() -> None:
    log = read("".join(f"iter={n} obj=-12{n}.5 step=0.5\n" for n in (1, 2, 3)))
    assert steps(log, "obj") == [1, 2, 3]
    assert steps(read("".join(f'{{"step": {n}00.0, "loss": 2.{n}}}\n' for n in (1, 2, 3))), "loss") == [100, 200, 300]


def test_a_trial_is_no_step_where_an_epoch_is_told() -> None:
    assert steps(read("".join(f"Trial 3, Epoch {n}: val_loss 2.{n}\n" for n in (1, 2, 3))), "eval_loss") == [1, 2, 3]


def test_workers_that_write_into_one_log_have_a_curve_each() -> None:
    log = read("".join(f"Worker {k}: epoch {n} loss {k}.{n}\n" for n in (1, 2, 3) for k in (0, 1)))
    assert values(log) == {"loss": [0.1, 0.2, 0.3], "loss [rank 1]": [1.1, 1.2, 1.3]}


def test_the_summary_of_each_epoch_is_read() -> None:
    assert values(read("".join(f"Epoch {n} summary: loss 2.{n}, acc 0.{n}\n" for n in (1, 2)))) == {"loss": [2.1, 2.2], "acc": [0.1, 0.2]}


def test_prose_may_say_a_loss_of_so_much() -> None:
    log = read("".join(f"Using dynamic loss scale of {n}024\nEpoch {n} of 5: loss of 2.{n} and accuracy of 0.{n}\n" for n in (1, 2, 3)))
    assert values(log) == {"loss": [2.1, 2.2, 2.3], "accuracy": [0.1, 0.2, 0.3]}


def test_an_object_of_a_mean_and_a_deviation_gives_the_mean_its_name() -> None:
    line = '{{"step": {0}, "loss": {{"mean": 2.{0}, "std": 0.1}}, "reward": {{"mean": 3.{0}, "std": 0.2}}}}\n'
    log = read("".join(line.format(n) for n in (1, 2)))
    assert values(log) == {"loss": [2.1, 2.2], "loss/std": [0.1, 0.1], "reward": [3.1, 3.2], "reward/std": [0.2, 0.2]}
    line = '{{"Loss/loss": {{"num": 64, "mean": 0.{0}, "std": 0.3}}, "Progress/tick": {{"num": 1, "mean": {0}.0, "std": 0.0}}}}\n'
    assert values(read("".join(line.format(n) for n in (1, 2)))) == {"Loss/loss": [0.1, 0.2], "Progress/tick": [1, 2]}


def test_a_line_that_waited_until_it_was_believed_is_no_example_of_what_was_not_understood() -> None:
    account = read("the weather is fine\n" + "".join(f"reward {n}.5 entropy 0.{n}\n" for n in (1, 2, 3))).account
    assert (account.unread, [text for _, text in account.examples]) == (1, ["the weather is fine"])


def test_capital_letters_with_fractions_are_metrics() -> None:
    """Precision, recall and F of taggers; the return of an episode in PFRL and ChainerRL, at the step of its line."""
    log = read("".join(f"Epoch {e} dev P: 0.8{e} R: 0.7{e} F: 0.7{e}5\n" for e in (1, 2, 3)))
    assert values(log) == {"dev P": [0.81, 0.82, 0.83], "val/R": [0.71, 0.72, 0.73], "val/F": [0.715, 0.725, 0.735]}
    text = "outdir:results step:{0}000 episode:{0} R:{0}0.0\nstatistics:[('average_q', 0.{0}), ('average_entropy', 1.{0})]\n"
    log = read("".join(text.format(n) for n in (1, 2, 3)))
    assert values(log) == {"R": [10, 20, 30], "average_q": [0.1, 0.2, 0.3], "average_entropy": [1.1, 1.2, 1.3]}
    assert steps(log, "average_q") == steps(log, "R") == [1000, 2000, 3000]
    assert values(read("step 1: loss 0.5, K: 3\nstep 2: loss 0.4, K: 4\nstep 3: loss 0.3, R: 7\n")) == {"loss": [0.5, 0.4, 0.3]}


@pytest.mark.parametrize(
    "line",
    [
        *("loss after {n} iterations is {v}", "loss on epoch {n} = {v}", "Loss (epoch {n}): {v}", "loss over epoch {n}: {v}"),
        *("Loss in epoch {n} is {v}", "Epoch {n} finished with loss {v}", "({n}) loss {v}", "{n} -> loss {v}", "{n}) loss={v}"),
        *("Epoch {n}: loss ↓ {v}", "Train Loss (epoch {n}) = {v}"),
    ],
)
def test_a_loss_and_where_it_stands_may_be_told_in_any_order(line: str) -> None:
    log = read("".join(line.format(n=n, v=1 / n) + "\n" for n in (2, 4, 8)))
    assert values(log) == {"loss": [0.5, 0.25, 0.125]}
    assert steps(log, "loss") == [2, 4, 8]


def test_numbers_in_brackets_that_count_the_values_of_a_line_are_no_step() -> None:
    log = read("".join(f"(1) loss {1 / n} (2) acc 0.{n}\n" for n in (2, 4, 8)))
    assert steps(log, "loss") == [1, 2, 3]


def test_a_unit_that_is_glued_to_a_number_is_no_part_of_the_next_name() -> None:
    log = read("".join(f"Epoch {n}: psnr=2{n}.5dB ssim=0.8{n} EPE=1.{n}px lpips=0.{n}\n" for n in (1, 2)))
    assert values(log) == {"psnr": [21.5, 22.5], "ssim": [0.81, 0.82], "EPE": [1.1, 1.2], "lpips": [0.1, 0.2]}


def test_two_values_behind_a_pair_of_phases_are_of_training_and_validation() -> None:
    for line in ("epoch {n} train/val loss: {v}/{w}", "epoch {n} loss train/val: {v}/{w}"):
        log = read("".join(line.format(n=n, v=1 / n, w=2 / n) + "\n" for n in (2, 4, 8)))
        assert values(log) == {"loss": [0.5, 0.25, 0.125], "eval_loss": [1.0, 0.5, 0.25]}


def test_a_number_with_a_magnitude_is_as_exact_as_it_was_printed() -> None:
    log = read("".join(f"step {n}: loss 0.{n % 10} | tokens: {n}.05M | size 1.1K\n" for n in range(1, 40)))
    assert values(log)["tokens"] == [n * 1_000_000 + 50_000 for n in range(1, 40)]
