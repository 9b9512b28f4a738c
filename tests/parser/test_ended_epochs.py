"""Lines that tell the end of an epoch, before or behind what is printed of it."""

import pytest

from tests.parser.reading import Curves, curves, read

ENDS = [
    "Epoch {n} finished in 12.{n}s",
    "===== End of epoch {n} =====",
    "epoch {n} done",
    "Epoch {n}/9 completed",
    "*** Epoch={n} end ***",
    "Time for epoch {n}: 12.{n}s",
]


def timeless(text: str) -> Curves:
    return {name: curve for name, curve in curves(text).items() if name != "Time"}


@pytest.mark.parametrize("end", ENDS)
def test_what_stands_above_the_end_of_its_epoch_is_of_that_epoch(end: str) -> None:
    found = timeless("".join(f"Train loss: {n}.25\nVal loss: {n}.75\n{end.format(n=n)}\n" for n in range(1, 6)))
    assert found == {"loss": [(n, n + 0.25) for n in range(1, 6)], "eval_loss": [(n, n + 0.75) for n in range(1, 6)]}


@pytest.mark.parametrize("end", ENDS)
def test_what_stands_below_the_end_of_its_epoch_is_of_that_epoch(end: str) -> None:
    found = timeless("Start training\n" + "".join(f"{end.format(n=n)}\nTrain loss: {n}.25\nVal loss: {n}.75\n" for n in range(1, 6)))
    assert found == {"loss": [(n, n + 0.25) for n in range(1, 6)], "eval_loss": [(n, n + 0.75) for n in range(1, 6)]}


@pytest.mark.parametrize("end", ENDS)
def test_an_epoch_whose_begin_and_end_are_told_goes_on_to_the_next_begin(end: str) -> None:
    log = "".join(f"Epoch {n} started\nTrain loss: {n}.25\n{end.format(n=n)}\nVal loss: {n}.75\n" for n in range(1, 6))
    assert timeless(log) == {"loss": [(n, n + 0.25) for n in range(1, 6)], "eval_loss": [(n, n + 0.75) for n in range(1, 6)]}


def test_what_stands_above_the_end_of_its_epoch_counts_from_0() -> None:
    assert curves("".join(f"Train loss: {n}.25\nEpoch {n} finished\n" for n in range(4)))["loss"] == [(n, n + 0.25) for n in range(4)]


@pytest.mark.parametrize("end", ENDS)
def test_an_evaluation_below_the_end_is_of_the_epoch_that_ended(end: str) -> None:
    found = timeless("".join(f"Train loss: {n}.25\n{end.format(n=n)}\nTest loss: {n}.75\n" for n in range(1, 6)))
    assert found == {"loss": [(n, n + 0.25) for n in range(1, 6)], "eval_loss": [(n, n + 0.75) for n in range(1, 6)]}


@pytest.mark.parametrize("end", ENDS)
def test_only_the_first_begin_is_told(end: str) -> None:
    """As FuxiCTR does."""
    block = "[Metrics] logloss: 0.4{n}1 - AUC: 0.8{n}9\nTrain loss: 0.4{n}\n"
    found = timeless("*** Epoch=1 start ***\n" + "".join(f"{block.format(n=n)}{end.format(n=n)}\n" for n in range(1, 6)))
    assert [step for step, _ in found["loss"]] == [step for step, _ in found["AUC"]] == [1, 2, 3, 4, 5]


def test_the_last_epoch_is_not_followed_by_one_where_the_log_tells_their_number() -> None:
    log = "".join(f"Val loss: {n}.75\nEpoch {n}/3 finished\n" for n in range(1, 4))
    assert curves(f"{log}Val loss: 0.5\n")["eval_loss"] == [(1, 1.75), (2, 2.75), (3, 3.75), (3, 0.5)]


def test_batches_above_the_end_of_their_epoch_count_on() -> None:
    log = read("".join(f"batch 1/20, loss: 0.{n}1\nbatch 11/20, loss: 0.{n}2\nEpoch {n} finished in 3.{n}s\n" for n in (1, 2, 3)))
    assert log.points["loss"].step.tolist() == [1, 11, 21, 31, 41, 51]
    assert log.points["loss"].epoch.tolist()[2:] == [2, 2, 3, 3]
    assert log.points["loss"].value.tolist() == [0.11, 0.12, 0.21, 0.22, 0.31, 0.32]


def test_batches_above_the_results_of_their_epoch_count_on() -> None:
    log = read("".join(f"batch 100 loss: 0.{n}1\nbatch 200 loss: 0.{n}2\nEpoch {n}: train loss 0.{n}, val loss 1.{n}\n" for n in (1, 2, 3)))
    assert log.points["loss"].step.tolist() == [100, 200, 300, 400, 500, 600]
    log = read(
        "".join(f"batch {n}00 loss: 0.{n}1\nbatch {n}50 loss: 0.{n}2\nEpoch {n}: train loss 0.{n}, val loss 1.{n}\n" for n in (1, 2, 3))
    )
    assert log.points["loss"].step.tolist() == [100, 150, 200, 250, 300, 350]


def test_an_evaluation_before_the_first_epoch_stands_before_it() -> None:
    log = "Val loss: 9.5\n" + "".join(f"Epoch {n}\nTrain loss: {n}.25\nVal loss: {n}.75\n" for n in (7, 8, 9))
    assert curves(log)["eval_loss"] == [(6, 9.5), (7, 7.75), (8, 8.75), (9, 9.75)]


def test_the_time_of_an_epoch_ends_it_for_the_batches_above() -> None:
    """As PaddleRec prints it."""
    block = "batch: 10, AUC: [0.{n}1], BATCH_AUC: [0.8]\nbatch: 20, AUC: [0.{n}2], BATCH_AUC: [0.9]\nepoch {n} done, use time: 4.{n}\n"
    found = curves("".join(block.format(n=n) for n in (1, 2, 3)))
    assert [step for step, _ in found["AUC"]] == [10, 20, 30, 40, 50, 60]
    assert found["use time"] == [(20, 4.1), (40, 4.2), (60, 4.3)]


def test_the_time_of_an_epoch_leads_its_results() -> None:
    """As LightGCN prints them."""
    line = "The time for epoch {n}5 is: train time = 00: 00: 5{n}, test time = 00: 00: 2{n}\nLoss = 67{n}.5, Recall: 0.05{n}\n"
    found = curves("".join(line.format(n=n) for n in (1, 2, 3)))
    assert found["loss"] == [(15, 671.5), (25, 672.5), (35, 673.5)]


def test_the_end_of_the_training_of_an_epoch_leaves_its_evaluation_to_it() -> None:
    block = (
        "Train Performance:\n Accuracy: 75.{n}%,Avg loss: 0.37{n}\n\nsrc.models.train - INFO - Training Epoch {n} took 5.0 minutes.\n"
        "Test Performance:\n Accuracy: 76.{n}%,Avg loss: 0.38{n}\n\nsrc.models.train - INFO - Evaluating Epoch {n} took 1.0 minutes.\n"
    )
    found = curves("".join(block.format(n=n) for n in (1, 2, 3)))
    assert found["loss"] == [(1, 0.371), (2, 0.372), (3, 0.373)]
    assert found["test/Accuracy"] == [(1, 76.1), (2, 76.2), (3, 76.3)]


def test_a_sentence_ends_behind_a_value() -> None:
    found = curves("".join(f"Epoch {n} complete.  Train Cost 1.85{n}.  Eval Cost 1.95{n}\n" for n in (1, 2, 3)))
    assert found == {"Train Cost": [(n, float(f"1.85{n}")) for n in (1, 2, 3)], "Eval Cost": [(n, float(f"1.95{n}")) for n in (1, 2, 3)]}


def test_a_line_that_tells_the_time_again_and_again_ends_no_epoch() -> None:
    """Of the first two the second is told too late; from then on it is known."""
    log = "".join(f"loss: 0.{n}{k}\nEpoch {n} time: {n}{k}.5s\n" for n in (1, 2, 3) for k in range(4))
    assert [epoch for epoch, _ in curves(log)["loss"]][2:] == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]


def test_the_heading_of_an_evaluation_begins_no_epoch() -> None:
    block = "Train loss: {n}.25\nEpoch {n} - Validation\nVal loss: {n}.75\nEpoch {n} finished\n"
    found = curves("".join(block.format(n=n) for n in range(1, 6)))
    assert found == {"loss": [(n, n + 0.25) for n in range(1, 6)], "eval_loss": [(n, n + 0.75) for n in range(1, 6)]}
