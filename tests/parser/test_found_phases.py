"""Phases and places found wrong in logs that people have: of which part of the training a value is, and where it stands."""

import pytest

from tests.parser.reading import curves, read


def test_a_starred_line_after_lines_of_an_evaluation_is_of_it_whatever_its_name() -> None:
    train = "Epoch: [{}][0/12]\tTime 0.7 (0.7)\tData 0.2 (0.2)\tLoss {} (0.9)\tMAE {} (9.0)\n"
    test = "Test: [0/4]\tTime 0.2 (0.2)\tLoss {} (0.6)\tMAE 7.3 (7.3)\n * MAE {}\n"
    log = curves("".join(train.format(e, 0.9 - e / 10, 9 - e) + test.format(0.6 - e / 10, 6.5 - e) for e in range(3)))
    assert log["val/MAE"] == [(0, 6.5), (12, 5.5), (24, 4.5)]
    assert log["MAE"] == [(0, 9), (12, 8), (24, 7)]


def test_a_phase_on_its_line_holds_for_every_key_of_its_block() -> None:
    block = (
        "epoch: \t{0}\n\ttrain\n\ttime: \t14{0}.5\n\tcross ent: \t3.{0}\n\taccu: \t2{0}.3%\n"
        "\ttest\n\ttime: \t1{0}.5\n\tcross ent: \t3.{0}7\n\taccu: \t1{0}.4%\n"
    )
    log = curves("".join(block.format(e) for e in range(1, 9)))
    assert log["cross ent"] == [(e, float(f"3.{e}")) for e in range(1, 9)]
    assert log["test/cross ent"] == [(e, float(f"3.{e}7")) for e in range(1, 9)]
    assert log["time"][0] == (1, 141.5)
    assert log["test/time"][0] == (1, 11.5)
    assert log["test/accu"][0] == (1, 11.4)


def test_a_phase_one_noun_and_a_colon_are_a_heading() -> None:
    block = (
        "Epoch {0}\n  Learning rate is 0.000{0}\n  Training measures:\n    loss = 5.{0}1, accuracy = 0.9{0}\n"
        "  Validation measures:\n    accuracy = 0.8{0}, AUC = 0.7{0}\n"
    )
    log = curves("".join(block.format(e) for e in (5, 6, 7)))
    assert log["loss"] == [(5, 5.51), (6, 5.61), (7, 5.71)]
    assert log["accuracy"] == [(5, 0.95), (6, 0.96), (7, 0.97)]
    assert log["val/accuracy"] == [(5, 0.85), (6, 0.86), (7, 0.87)]
    assert log["val/AUC"] == [(5, 0.75), (6, 0.76), (7, 0.77)]


def test_a_heading_of_settings_or_files_names_no_phase() -> None:
    log = curves(
        "Epoch 1/2\nstep 10 loss 2.5\nTest settings:\nAccuracy: 0.5\nValidation parameters:\nloss: 2.4\n"
        "Epoch 2/2\nstep 20 loss 2.3\nTest settings:\nAccuracy: 0.6\nValidation parameters:\nloss: 2.2\n"
    )
    assert set(log) == {"loss", "Accuracy"}


def test_a_line_that_says_validate_is_of_validation() -> None:
    line = "epoch: 2/9, batch: {}/600, avg loss: 1.{}\n"
    for said in ("Validate completed, avg loss: 3.4{}.\n", "Validation finished. loss 3.4{}\n"):
        log = curves("".join(line.format(100 * n, n) + said.format(n) for n in (1, 2, 3)))
        assert log["loss"] == [(700, 1.1), (800, 1.2), (900, 1.3)]
        assert next(log[name] for name in log if name != "loss") == [(700, 3.41), (800, 3.42), (900, 3.43)]
    line = "Done with Epoch[ {0} of 9]: [Training] CE = 0.5{0} * 800\nDone with Epoch[ {0} of 9]: [Validate] CE = 0.6{0} * 90\n"
    log = curves("".join(line.format(n) for n in (1, 2, 3)))
    assert log == {"CE": [(1, 0.51), (2, 0.52), (3, 0.53)], "val/CE": [(1, 0.61), (2, 0.62), (3, 0.63)]}


def test_of_a_first_line_that_waited_only_what_has_gone_on_meanwhile_is_left_out() -> None:
    line = "step {0}0 loss 2.{0} kappa 0.{0}\nkappa = 0.1{0}, auc = 0.7{0}\n"
    log = curves("".join(line.format(n) for n in (1, 2, 3)))
    assert log["auc"] == [(10, 0.71), (20, 0.72), (30, 0.73)]
    assert log["kappa"] == [(10, 0.1), (20, 0.2), (20, 0.12), (30, 0.3), (30, 0.13)]


def test_an_epoch_with_its_learning_rate_behind_it_places_the_lines_below_it() -> None:
    block = "Epoch {0}/3 (lr=0.0{0})\n  Batch 0/40, Loss: 0.{0}1\n  Batch 20/40, Loss: 0.{0}2\n  Val Loss: 0.{0}5\n\n"
    log = curves("".join(block.format(e) for e in (1, 2, 3)))
    assert log["loss"] == [(0, 0.11), (20, 0.12), (40, 0.21), (60, 0.22), (80, 0.31), (100, 0.32)]
    assert log["eval_loss"] == [(20, 0.15), (60, 0.25), (100, 0.35)]


def test_a_line_that_names_its_epoch_takes_no_step_of_a_counter_of_batches_that_carried_no_value() -> None:
    block = (
        "Epoch {0}/20\nTraining\nBatch: 0  over  90\nBatch: 50  over  90\nValidation\nBatch: 0  over  30\nBatch: 20  over  30\n"
        "Epoch {0}/20: train loss 0.3{0}, val loss 0.4{0}\n"
    )
    log = curves("".join(block.format(e) for e in (3, 4, 5)))
    assert log == {"loss": [(3, 0.33), (4, 0.34), (5, 0.35)], "eval_loss": [(3, 0.43), (4, 0.44), (5, 0.45)]}


def test_a_batch_on_a_line_of_its_own_below_an_epoch_counts_over_all_epochs() -> None:
    block = "Epoch {0}/9\n  Batch 1/80\n    Loss: 0.{0}1\n    Grad norm: 2.{0}1\n  Batch 41/80\n    Loss: 0.{0}2\n    Grad norm: 2.{0}2\n"
    block += "Epoch {0} - Train Loss: 0.{0}3, Val Loss: 0.{0}4\n"
    log = curves("".join(block.format(e) for e in (1, 2, 3)))
    assert log["loss"] == [(1, 0.11), (41, 0.12), (81, 0.21), (121, 0.22), (161, 0.31), (201, 0.32)]
    assert log["grad_norm"] == [(1, 2.11), (41, 2.12), (81, 2.21), (121, 2.22), (161, 2.31), (201, 2.32)]
    assert log["eval_loss"] == [(41, 0.14), (121, 0.24), (201, 0.34)]


def test_a_counter_in_round_brackets_leads_a_line_under_its_epoch() -> None:
    line = "({}/40) LR: 0.00{} | Batch: 1.5s | Loss: 0.{} | IoU: 0.9{}\n"
    log = curves("".join(f"Epoch: [{e} | 30]\n" + line.format(1, e, e, e) + line.format(21, e, e, e) for e in (1, 2, 3)))
    assert log["loss"] == [(1, 0.1), (21, 0.1), (41, 0.2), (61, 0.2), (81, 0.3), (101, 0.3)]
    ranks = curves("".join(f"({rank}/4) Epoch 1, batch {b}, loss: 0.{b}\n" for b in (50, 60) for rank in (0, 1)))
    assert {step for points in ranks.values() for step, _ in points} == {50, 60}


def test_a_verb_may_stand_before_the_bracket_of_a_place() -> None:
    line = "Epoch is [{}/60], mini-batch is [{}/16], time consumption is 0.83, batch_loss is 3.{}\n"
    log = curves("".join(line.format(e, b, b) for e, b in [(1, 2), (1, 9), (2, 3), (2, 8)]))
    assert log["batch_loss"] == [(2, 3.2), (9, 3.9), (19, 3.3), (24, 3.8)]


def test_places_by_other_names_head_the_lines_below_them() -> None:
    for head, place in (("iteration times: {}00", 100), (" -- {}00 / 2500 --", 100), ("Epoch number  {}", 1)):
        log = curves("".join(f"{head.format(n)}\nmean loss: 1.{n}\nsegmentation accuracy: 0.{n}\n" for n in (1, 2, 3)))
        assert log["mean loss"] == [(place, 1.1), (2 * place, 1.2), (3 * place, 1.3)], head


def test_the_end_of_an_epoch_places_what_is_summed_up_below_it() -> None:
    block = "[INFO ] - Epoch {0} finished.\n[INFO ] - Train: Accuracy: 0.7{0}, CrossEntropy: 0.5{0}\n"
    block += "[INFO ] - Validate: Accuracy: 0.6{0}, CrossEntropy: 0.4{0}\n"
    log = read("".join(block.format(e) for e in (3, 4, 5)))
    assert log.points["val/Accuracy"].epoch.tolist() == log.points["Accuracy"].epoch.tolist() == [3, 4, 5]
    assert log.points["val/Accuracy"].value.tolist() == [0.63, 0.64, 0.65]


def test_the_name_of_the_data_tells_the_phase() -> None:
    line = "Evaluator: Evaluating the model on the nli-{} dataset{}:\nSimilarity :\tPearson: 0.7{}\tSpearman: 0.8{}\n"
    log = curves("".join(line.format("dev", f" after epoch {n}", n, n) for n in (0, 1)) + line.format("test", "", 5, 5))
    assert [value for _, value in log["val/Pearson"]] == [0.70, 0.71]
    assert [value for _, value in log["test/Pearson"]] == [0.75]


def test_evals_that_are_run_for_a_step_stand_at_it() -> None:
    log = curves(
        "Running evals for checkpoint step 0\nEvaluated maths in 8.1s (Avg@4=0.11, Pass@1: 0.21)\n"
        "Step 0 | Reward: 0.2\nStep 1 | Reward: 0.3\n"
        "Running evals for checkpoint step 2\nEvaluated maths in 8.2s (Avg@4=0.12, Pass@1: 0.22)\nStep 2 | Reward: 0.4\n"
    )
    assert log["Avg@4"] == [(0, 0.11), (2, 0.12)]
    assert log["Reward"] == [(0, 0.2), (1, 0.3), (2, 0.4)]


def test_the_end_of_an_epoch_is_no_metric() -> None:
    line = "epoch={0} step={0}00 train_loss=0.5{0} val_loss=0.6{0}\nepoch_end={0} train_loss=0.3{0} val_loss=0.4{0}\n"
    log = read("".join(line.format(n) for n in (1, 2)))
    assert set(log.points) == {"loss", "eval_loss", "epoch", "train_loss", "val_loss"}
    assert log.points["val_loss"].epoch.tolist() == [1, 2]
    assert log.points["val_loss"].value.tolist() == [0.41, 0.42]


def test_batches_of_another_total_below_the_means_of_the_training_are_of_validation() -> None:
    batch = "[Epoch: {:02}] [Batch: {:04}/{:04}] Avg L: 0.{}  mIoU: 30.{}\n"
    block = "".join(
        batch.format(e, b, 90, e * 10, b)
        + batch.format(e, b + 40, 90, e * 10 + 1, b)
        + f"*** Training [@Epoch {e:02}] Avg L: 0.{e}5 mIoU: 31.{e} ***\n\n"
        + batch.format(e, b, 30, e * 10 + 2, b)
        + f"*** Validation [@Epoch {e:02}] Avg L: 0.{e}6 mIoU: 21.{e} ***\n\n"
        for e, b in ((1, 1), (2, 1), (3, 1))
    )
    log = curves(block)
    assert log["Avg L"] == [(1, 0.1), (41, 0.11), (91, 0.2), (131, 0.21), (181, 0.3), (221, 0.31)]
    assert log["val/Avg L"] == [(41, 0.12), (131, 0.22), (221, 0.32)]
    assert [value for _, value in log["val/Avg L (epoch)"]] == [0.16, 0.26, 0.36]


def test_a_number_with_a_fraction_is_no_step() -> None:
    line = "Lr: 4.1e-06 | Update: 2.{}58e-0{} mean,4.1e-01 std | Epoch: [0][{}/90] | Loss 4.{} (4.1)\n"
    log = curves("".join(line.format(n, n, n * 10, n) for n in (1, 2, 3)))
    assert log["loss"] == [(10, 4.1), (20, 4.2), (30, 4.3)]


def test_what_is_of_the_whole_epoch_stands_in_no_phase() -> None:
    block = "Epoch {0}/9\nTraining\nloss: 0.5{0}\nValidation\nloss: 0.6{0}\nEpoch time: 12.{0}\nLearning rate: 0.00{0}\n"
    log = curves("".join(block.format(e) for e in range(1, 10)))
    assert log["loss"] == [(e, float(f"0.5{e}")) for e in range(1, 10)]
    assert log["eval_loss"] == [(e, float(f"0.6{e}")) for e in range(1, 10)]
    assert log["learning_rate"] == [(e, float(f"0.00{e}")) for e in range(1, 10)]
    assert [name for name in log if "time" in name] == ["Epoch time"]


def test_the_words_before_a_dict_tell_its_phase() -> None:
    line = "Epoch {n} train: {{'loss': 0.{n}, 'acc': 0.6}}\nEpoch {n} val: {{'loss': 1.{n}, 'acc': 0.5}}\n"
    found = curves("".join(line.format(n=n) for n in (1, 2)))
    assert found["loss"] == [(1, 0.1), (2, 0.2)]
    assert found["acc"] == [(1, 0.6), (2, 0.6)]
    assert found["eval_loss"] == [(1, 1.1), (2, 1.2)]
    assert found["val/acc"] == [(1, 0.5), (2, 0.5)]
    found = curves("".join(f"step {n}0 loss 0.{n}\neval results {{'loss': 1.{n}, 'acc': 0.5}}\n" for n in (1, 2, 3)))
    assert found["loss"] == [(10, 0.1), (20, 0.2), (30, 0.3)]
    assert found["eval_loss"] == [(10, 1.1), (20, 1.2), (30, 1.3)]
    found = curves("".join(f"Step {n} | train: {{'loss': 0.{n}}} | val: {{'loss': 1.{n}}}\n" for n in (1, 2)))
    assert found == {"loss": [(1, 0.1), (2, 0.2)], "eval_loss": [(1, 1.1), (2, 1.2)]}


def test_the_bar_of_an_evaluation_with_a_dict_in_it_is_of_the_evaluation() -> None:
    bar = "\r{}: 100%|####| {n}/{n} [00:01<00:00, 81.2it/s, loss={}, metrics={{'acc': 0.8}}]\n"
    found = curves("".join(bar.format(f"epoch {n}", f"0.{n}", n=100) + bar.format("valid", f"1.{n}", n=20) for n in (1, 2)))
    assert found["loss"] == [(100, 0.1), (200, 0.2)]
    assert found["eval_loss"] == [(100, 1.1), (200, 1.2)]
    assert found["acc"] == [(100, 0.8), (200, 0.8)]


def test_the_lines_of_catalyst_begin_with_the_epoch() -> None:
    line = "{n}/3 * Epoch (train): accuracy01: 0.{n} | loss: 0.{n}5\n{n}/3 * Epoch (valid): accuracy01: 0.{n}1 | loss: 1.{n}\n"
    found = curves("".join(line.format(n=n) for n in (2, 3)))
    assert found["loss"] == [(2, 0.25), (3, 0.35)]
    assert found["eval_loss"] == [(2, 1.2), (3, 1.3)]


def test_what_stands_below_the_first_line_of_an_episode_stands_at_it() -> None:
    """One such line proves too little, and is read when the second comes."""
    log = "".join(
        f"INFO:root:Episode #{n} finished. Return: {n}.5\nINFO:root:Average return over the last 9 episodes: {n}.1\n" for n in (4, 5, 6)
    )
    assert curves(log) == {
        "Return": [(4, 4.5), (5, 5.5), (6, 6.5)],
        "Average return over the last 9 episodes": [(4, 4.1), (5, 5.1), (6, 6.1)],
    }


def test_the_counter_of_a_test_places_nothing_below_it() -> None:
    log = "".join(f"Iter: {n}000/9000 loss: 0.{n}\nTest iter: [0/20]\nMetric psnr: 2{n}.5\n" for n in (2, 3, 4))
    assert curves(log) == {
        "loss": [(2000, 0.2), (3000, 0.3), (4000, 0.4)],
        "Metric psnr": [(2000, 22.5), (3000, 23.5), (4000, 24.5)],
    }


def test_a_key_that_names_its_phase_in_a_dict_of_an_evaluation_keeps_its_name() -> None:
    line = '2026-01-28 10:00:0{n} | INFO | valid | {{"epoch": {n}, "valid_loss": "7.{n}", "valid_ppl": "9.{n}", '
    line += '"valid_num_updates": "{n}0"}}\n'
    found = curves("".join(line.format(n=n) for n in (1, 2)))
    assert found == {"eval_loss": [(10, 7.1), (20, 7.2)], "valid_ppl": [(10, 9.1), (20, 9.2)], "epoch": [(10, 1), (20, 2)]}


@pytest.mark.parametrize("head", ["Epoch {n} ({n}0%) [{phase}]", "Epoch {n} done {phase}", "[E{n:02}] {phase}:", "Epoch {n} | {phase}"])
def test_a_phase_behind_the_epoch_is_that_of_the_line_whatever_stands_between(head: str) -> None:
    log = ""
    for n in (1, 2, 3):
        log += f"{head.format(n=n, phase='train')} loss = 0.{n} acc = 0.5{n}\n{head.format(n=n, phase='val')} loss = 1.{n} acc = 0.4{n}\n"
    found = curves(log)
    assert [found["loss"], found["eval_loss"]] == [[(1, 0.1), (2, 0.2), (3, 0.3)], [(1, 1.1), (2, 1.2), (3, 1.3)]]
    assert [found["acc"], found["val/acc"]] == [[(1, 0.51), (2, 0.52), (3, 0.53)], [(1, 0.41), (2, 0.42), (3, 0.43)]]


@pytest.mark.parametrize("gap", [": ", "\t", "  "])
def test_an_abbreviated_validation_is_part_of_its_name_wherever_it_stands(gap: str) -> None:
    found = curves("".join(f"Step {n}{gap}Loss = 0.{n}\nStep {n}{gap}Val. Loss = 1.{n}\n" for n in (1, 2, 3)))
    assert found == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)], "eval_loss": [(1, 1.1), (2, 1.2), (3, 1.3)]}


def test_two_validation_sets_have_curves_of_their_own_apart_from_the_training() -> None:
    line = "Epoch {n} | train | loss 0.{n}\nEpoch {n} | val_seen | loss 1.{n} sr 0.5\nEpoch {n} | val_unseen | loss 2.{n} sr 0.4\n"
    found = curves("".join(line.format(n=n) for n in (1, 2)))
    assert found == {
        "loss": [(1, 0.1), (2, 0.2)],
        "eval_loss": [(1, 1.1), (2, 1.2)],
        "val/sr": [(1, 0.5), (2, 0.5)],
        "val_unseen/loss": [(1, 2.1), (2, 2.2)],
        "val_unseen/sr": [(1, 0.4), (2, 0.4)],
    }


def test_what_is_tested_stands_in_brackets_behind_the_test() -> None:
    found = curves("".join(f"Epoch {n} Test: acc 0.5{n}\nEpoch {n} Test (EMA): acc 0.6{n}\n" for n in (1, 2)))
    assert found == {"test/acc": [(1, 0.51), (2, 0.52)], "test/EMA/acc": [(1, 0.61), (2, 0.62)]}


@pytest.mark.parametrize("head", ["[{}] ", "{}: "])
def test_the_data_set_that_a_line_is_of_parts_its_curves(head: str) -> None:
    sets = ("cifar10", "svhn")
    lines = (
        f"Epoch {n} loss 0.{n}\n" + "".join(f"  {head.format(name)}acc: {digit}1.{n}\n" for digit, name in enumerate(sets, 7))
        for n in (1, 2)
    )
    assert curves("".join(lines)) == {
        "loss": [(1, 0.1), (2, 0.2)],
        "acc": [(1, 71.1), (2, 71.2)],
        "svhn/acc": [(1, 81.1), (2, 81.2)],
    }


def test_a_word_in_brackets_that_says_how_it_went_parts_nothing() -> None:
    log = "".join(f"Epoch {n}/9 | {note}loss 0.{n}\n" for n, note in enumerate(("", "[lr drop] ", "", "[warmup] ", ""), 1))
    assert curves(log) == {"loss": [(n, n / 10) for n in range(1, 6)]}


@pytest.mark.parametrize(
    ("train", "valid"),
    [
        ("--- Train Statistics ---", "--- Val Statistics ---"),
        ("[Train stats]", "[Valid stats]"),
        ("** Training summary **", "** Validation summary **"),
        ("Training epoch metrics:", "Validation epoch metrics:"),
        ("On training set:", "On validation set:"),
        ("Performance on the training set", "Performance on the validation set"),
        ("Results for training:", "Results for validation:"),
    ],
)
def test_a_heading_names_the_phase_of_the_lines_below_it(train: str, valid: str) -> None:
    log = "".join(f"=== Epoch {n} ===\n{train}\nloss: 0.{n}4\nacc: 0.7{n}\n{valid}\nloss: 0.{n}5\nacc: 0.6{n}\n" for n in (1, 2, 3))
    assert curves(log) == {
        "loss": [(1, 0.14), (2, 0.24), (3, 0.34)],
        "acc": [(1, 0.71), (2, 0.72), (3, 0.73)],
        "eval_loss": [(1, 0.15), (2, 0.25), (3, 0.35)],
        "val/acc": [(1, 0.61), (2, 0.62), (3, 0.63)],
    }


@pytest.mark.parametrize("head", ["0:00:1{n}.349051 |  {n}00 |", "00:1{n}:05 | {n}00 |", "2026-01-28 00:1{n}:05 | {n}00 |", "| {n}00 |"])
def test_a_number_between_the_time_and_the_metrics_is_the_step(head: str) -> None:
    log = "".join(f"{head.format(n=n)} Train Loss:  1.{n} - Accuracy: 49.{n}% | Eval Loss:  2.{n}\n" for n in (1, 2, 3))
    found = curves(log)
    assert found["loss"] == [(100, 1.1), (200, 1.2), (300, 1.3)]
    assert found["eval_loss"] == [(100, 2.1), (200, 2.2), (300, 2.3)]


@pytest.mark.parametrize("head", ["Epoch: {e} | Batch: {b}", "Epoch: {e}, Batch: {b},", "[Epoch {e}, Batch {b}]"])
def test_a_batch_in_the_header_of_its_epoch_counts_on(head: str) -> None:
    block = "{head}\n        Focal Loss 0.{e}{b}\n        Class Balanced Focal Loss 1.{e}{b}\n"
    log = "".join(block.format(head=head.format(e=e, b=b), e=e, b=b) for e in (1, 2, 3) for b in (50, 90))
    steps = [50, 90, 140, 180, 230, 270]
    found = curves(log)
    assert [step for step, _ in found["Focal Loss"]] == steps
    assert [step for step, _ in found["Class Balanced Focal Loss"]] == steps
