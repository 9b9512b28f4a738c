"""Frames of bars that are drawn while they count: which of them show what an iteration gave."""

from tests.parser.reading import curves


def test_a_bar_over_all_epochs_goes_on_where_the_epoch_beside_its_values_goes_up() -> None:
    """The first frame of each count still has the values, and the epoch, of the one before."""
    log, before = "  0%|          | 0/6 [00:00<?, ?it/s]", ""
    for n in range(1, 7):
        after = f", epoch={(n - 1) // 2}, loss=2.{9 - n}"
        for values in (before, after):
            log += f"\r {n}%|#         | {n}/6 [00:0{n}<00:09,  1.01s/it{values}]"
        before = after
    assert curves(log + "\n")["loss"] == [(1, 2.8), (2, 2.7), (3, 2.6), (4, 2.5), (5, 2.4), (6, 2.3)]


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
