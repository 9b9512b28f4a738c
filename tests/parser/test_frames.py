"""Frames of bars that are drawn while they count: which of them show what an iteration gave."""

import pytest

from tests.parser.reading import curves


def iterated(losses: list[float], head: str = "") -> str:
    """A loop over a bar that sets its postfix, slower than the bar is drawn: each count is drawn with the old values and with the new."""
    total = len(losses)
    text = f"{head}  0%|          | 0/{total} [00:00<?, ?it/s]"
    for n, loss in enumerate(losses):
        text += f"\r{head} {n}%|#         | {n}/{total} [00:0{n}<00:09,  1.01s/it, loss={loss}]"
        text += f"\r{head} {n}%|#         | {n + 1}/{total} [00:0{n}<00:09,  1.01s/it, loss={loss}]"
    return text + "\n"


@pytest.mark.parametrize("heads", [("", ""), ("Epoch 1/2: ", "Epoch 2/2: ")])
def test_a_slow_loop_over_a_bar_has_a_point_for_each_of_its_counts_and_no_other(heads: tuple[str, str]) -> None:
    log = iterated([2.9, 2.8, 2.7], heads[0]) + iterated([2.6, 2.5, 2.4], heads[1])
    assert curves(log)["loss"] == [(1, 2.9), (2, 2.8), (3, 2.7), (4, 2.6), (5, 2.5), (6, 2.4)]


@pytest.mark.parametrize("preset", ["0", "nan"])
def test_values_that_were_set_before_the_first_iteration_tell_nothing_of_the_loop(preset: str) -> None:
    """A bar that is counted up and then given its values."""
    line = "\r {}%|#         | {}/3 [00:01<00:09,  1.01s/it, loss={}]"
    frames = [(0, preset), (1, preset), (1, 2.9), (2, 2.9), (2, 2.8), (3, 2.8), (3, 2.7)]
    found = curves("".join(line.format(n, n, loss) for n, loss in frames) + "\n")["loss"]
    assert found[-3:] == [(1, 2.9), (2, 2.8), (3, 2.7)]


def test_the_bar_of_the_epochs_shows_an_evaluation_once() -> None:
    def outer(n: int, value: float) -> str:
        return f"\rEpochs:  {33 * n}%|###       | {n}/3 [00:0{n}<00:02,  1.01s/it, val_loss={value}]"

    log = ""
    for epoch, value in enumerate([1.9, 1.8, 1.7]):
        log += iterated([3.1 - epoch, 3.0 - epoch], f"Epoch {epoch}: ") + outer(epoch, value) + outer(epoch + 1, value)
    assert curves(log + "\n")["eval_loss"] == [(2, 1.9), (4, 1.8), (6, 1.7)]


def test_a_bar_over_all_epochs_goes_on_where_the_epoch_beside_its_values_goes_up() -> None:
    """The first frame of each count still has the values, and the epoch, of the one before."""
    log, before = "  0%|          | 0/6 [00:00<?, ?it/s]", ""
    for n in range(1, 7):
        after = f", epoch={(n - 1) // 2}, loss=2.{9 - n}"
        for values in (before, after):
            log += f"\r {n}%|#         | {n}/6 [00:0{n}<00:09,  1.01s/it{values}]"
        before = after
    assert curves(log + "\n")["loss"] == [(1, 2.8), (2, 2.7), (3, 2.6), (4, 2.5), (5, 2.4), (6, 2.3)]


def test_a_count_in_the_text_of_a_bar_is_believed_from_nothing_on() -> None:
    frames = [(0, "Iteration 0 loss 2.9"), (1, "Iteration 0 loss 2.9"), (1, "Iteration 1 loss 2.8"), (2, "Iteration 1 loss 2.8")]
    log = "".join(f"\r{text}:  {n}%|#         | {n}/2 [00:0{n}<00:09,  1.01s/it]" for n, text in frames)
    assert curves(log + "\n")["loss"] == [(0, 2.9), (1, 2.8)]


def test_a_slow_loop_that_was_left_has_the_values_of_its_last_iteration() -> None:
    log = iterated([2.9, 2.8, 2.7]).rpartition("\r")[0] + "\nKilled\n"
    assert curves(log)["loss"] == [(1, 2.9), (2, 2.8), (3, 2.7)]


def test_single_frames_of_a_bar_stand_where_they_were_drawn() -> None:
    frames = [(0, 0, 2.04), (0, 1, 0.79), (7, 9, 0.01)]
    log = "".join(f"Step of epoch {epoch}: {n}%|#    | {n}/9 [00:0{n}<00:09, loss={loss}]\n" for epoch, n, loss in frames)
    assert [value for _, value in curves(log)["loss"]] == [2.04, 0.79, 0.01]
    assert curves(log)["loss"][-1][0] == 72


def test_the_bar_of_an_evaluation_that_says_so_in_its_text_stands_where_the_training_is() -> None:
    log = ""
    for epoch in (1, 2):
        for phase, total in (("train", 3), ("val", 2)):
            for n in range(1, total + 1):
                log += f"\rEpoch [{epoch}/5] {phase} loss: {epoch}.{n}:  {n}%|#         | {n}/{total} [00:0{n}<00:09,  1.01s/it]"
            log += "\n"
    found = curves(log)
    assert found["loss"] == [(1, 1.1), (2, 1.2), (3, 1.3), (4, 2.1), (5, 2.2), (6, 2.3)]
    assert found["eval_loss"] == [(3, 1.2), (6, 2.2)]


@pytest.mark.parametrize(("head", "unit"), [("", "epoch"), ("Epochs: ", "it")])
def test_what_a_bar_of_epochs_shows_stands_at_the_ends_of_the_bars_beneath_it(head: str, unit: str) -> None:
    outer = "\r{}{}%|#         | {}/2 [00:0{}<00:09,  1.01{}/s, loss={}, val_loss={}]"
    log = f"\r{head}  0%|          | 0/2 [00:00<?, ?{unit}/s]"
    for epoch, losses in ((1, [2.9, 2.8, 2.7, 2.6]), (2, [2.5, 2.4, 2.3, 2.2])):
        for n, loss in enumerate(losses, 1):
            log += f"\n\r {25 * n}%|##        | {n}/4 [00:0{n}<00:09,  1.01batch/s, loss={loss}]\x1b[A"
        log += outer.format(head, 50 * epoch, epoch, epoch, unit, 3 - epoch / 4, 3.5 - epoch / 4)
    found = curves(log + "\n")
    assert found["loss"] == [(1, 2.9), (2, 2.8), (3, 2.7), (4, 2.6), (5, 2.5), (6, 2.4), (7, 2.3), (8, 2.2)]
    assert found["loss (epoch)"] == [(4, 2.75), (8, 2.5)]
    assert found["eval_loss"] == [(4, 3.25), (8, 3.0)]


def test_a_bar_of_epochs_alone_counts_epochs() -> None:
    log = "".join(f"\r{50 * n}%|#   | {n}/2 [00:0{n}<00:09,  1.01epoch/s, loss=2.{9 - n}]" for n in (1, 2))
    assert curves(log + "\n") == {"loss": [(1, 2.8), (2, 2.7)]}


def test_a_bar_of_progressbar2_is_a_bar() -> None:
    line = "{:3}% ({} of 100) |{:5}| Elapsed Time: 0:00:02 ETA:   0:00:08 loss: {}"
    bars = ["\r".join(line.format(n, n, "#" * (n // 20), f"{epoch}.{9 - n // 20}") for n in (20, 60, 100)) for epoch in (2, 1)]
    empty = "\rN/A% (0 of 100) |     | Elapsed Time: 0:00:00 ETA:  --:--:-- loss: ------\r"
    found = curves("".join(f"Epoch {n}/2\n{empty}{bar}\n" for n, bar in enumerate(bars, 1)))
    assert found == {"loss": [(20, 2.8), (60, 2.6), (100, 2.4), (120, 1.8), (160, 1.6), (200, 1.4)]}
