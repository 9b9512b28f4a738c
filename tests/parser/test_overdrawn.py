"""Lines that a carriage return draws over, as hand-made bars do."""

from tests.parser.reading import curves


def test_of_a_line_that_is_drawn_over_within_an_epoch_the_last_drawing_counts() -> None:
    frames = "\r".join(f"Epoch 1/2 [{'=' * n:<5}] {20 * n}% loss: 0.{9 - n}" for n in range(1, 6))
    log = frames + " val_loss: 0.45\n" + frames.replace("Epoch 1", "Epoch 2") + " val_loss: 0.35\nEpoch 2/2 test loss: 0.3\n"
    assert curves(log) == {"loss": [(1, 0.4), (2, 0.4)], "eval_loss": [(1, 0.45), (2, 0.35)], "test loss": [(2, 0.3)]}


def test_lines_of_one_epoch_that_end_in_a_carriage_return_and_say_something_else_are_all_read() -> None:
    log = "Epoch 1 train loss 0.9\rEpoch 1 val acc 0.5\rEpoch 2 train loss 0.8\rEpoch 2 val acc 0.6\r"
    assert curves(log) == {"loss": [(1, 0.9), (2, 0.8)], "val acc": [(1, 0.5), (2, 0.6)]}
    log = "".join(f"\r[{n}/3] |{'█' * n}| loss: 0.{9 - n}" for n in (1, 2, 3))
    assert curves(log) == {"loss": [(1, 0.8), (2, 0.7), (3, 0.6)]}


def test_below_the_header_of_an_epoch_a_bar_that_counts_nothing_gives_what_it_drew_last() -> None:
    bar = "\r".join(f"{20 * n:3}%|{'#' * n:<5}|Time: 0:00:0{n}|Loss: {{}}.{9 - n}|Acc: 5{n}.5" for n in range(1, 6))
    log = "".join(f"Epoch {epoch}/3\n{bar.format(*[4 - epoch] * 5)}\n" for epoch in (1, 2, 3))
    assert curves(log) == {"loss": [(1, 3.4), (2, 2.4), (3, 1.4)], "Acc": [(1, 55.5), (2, 55.5), (3, 55.5)]}
