"""Logs in styles that no format file knows: what must come out of a few lines of each."""

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


def test_two_fractions_in_brackets_are_epoch_and_batch_and_a_key_may_have_two_values() -> None:
    line = "[{}/2][{}/100]\tLoss_D: {}\tD(G(z)): 0.31 / 0.25\n"
    log = read("".join(line.format(e, b, v) for e, b, v in [(0, 0, 3.0), (0, 50, 2.9), (1, 0, 2.7)]))
    assert values(log) == {"Loss_D": [3.0, 2.9, 2.7], "D(G(z))": [0.31] * 3, "D(G(z)) #2": [0.25] * 3}
    assert steps(log, "Loss_D") == [0, 50, 100]


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
