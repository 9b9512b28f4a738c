"""How people print: a few lines in each of many hands, and every point that must come out of them."""

import pytest

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import steps_of


def read(text: str) -> ParsedLog:
    parser = LogParser()
    return joined([parser.feed(text.encode()), parser.finish()], parser)


def points(log: ParsedLog) -> dict[str, list[tuple[float, float]]]:
    """Steps and values by metric."""
    return {
        name: list(zip(steps_of(some, log.series[name].rule).tolist(), some.value.tolist(), strict=True))
        for name, some in log.points.items()
    }


LOSSES = [2.91, 2.54, 2.33, 2.17]

# a line with {n} from 1 and its {loss}; what the points are at n
LINES = {
    "Epoch [1/3], Step [{n}00/600], Loss: {loss}": {"loss": lambda n, loss: (100 * n, loss)},
    "After {n} epochs the training loss is {loss}": {"loss": lambda n, loss: (n, loss)},
    "The average loss after epoch {n} was {loss} and validation accuracy 7{n}.5%": {
        "loss": lambda n, loss: (n, loss),
        "validation accuracy": lambda n, _: (n, 70.5 + n),
    },
    "Loss after epoch {n}: {loss}": {"loss": lambda n, loss: (n, loss)},
    "After {n}00 steps, loss = {loss}": {"loss": lambda n, loss: (100 * n, loss)},
    "epoch: 1 step: {n}00, loss is {loss}": {"loss": lambda n, loss: (100 * n, loss), "epoch": lambda n, _: (100 * n, 1)},
    " {n}0000/ 200000: {loss}": {"value": lambda n, loss: (10000 * n, loss)},
    "{n}/21150 (epoch 0.00{n}), train_loss = {loss}, time/batch = 0.5": {
        "loss": lambda n, loss: (n, loss),
        "time/batch": lambda n, _: (n, 0.5),
        "epoch": lambda n, _: (n, n / 1000),
    },
    "   {n} train loss {loss} test acc: 8{n}.5%": {"loss": lambda n, loss: (n, loss), "test acc": lambda n, _: (n, 80.5 + n)},
    "第 {n} 轮, 损失: {loss}, 准确率: 0.{n}5": {
        "loss": lambda n, loss: (n, loss),
        "准确率": lambda n, _: (n, pytest.approx(n / 10 + 0.05)),
    },
    "[2025-01-01 10:00:0{n}] 训练轮次 {n}/10 训练损失 {loss} 验证损失 3.5": {
        "loss": lambda n, loss: (n, loss),
        "eval_loss": lambda n, _: (n, 3.5),
    },
    "epoch：{n}，loss：{loss}，acc：0.{n}5": {
        "loss": lambda n, loss: (n, loss),
        "acc": lambda n, _: (n, pytest.approx(n / 10 + 0.05)),
    },
    "🚀 Epoch {n}/5 | 📉 Loss: {loss} | ⏱️ {n}.2s": {"loss": lambda n, loss: (n, loss)},
    "2025-01-01 10:00:0{n}.123 | INFO     | train:fit:88 - Epoch {n}: train_loss={loss}": {"loss": lambda n, loss: (n, loss)},
    "[2025-01-01 10:00:0{n},000 INFO] Step {n}0/100; acc:  2{n}.5; xent: {loss}; 12/11 tok/s;   {n} sec;": {
        "acc": lambda n, _: (10 * n, 20.5 + n),
        "xent": lambda n, loss: (10 * n, loss),
    },
    "Iteration {n}, inertia {loss}.": {"inertia": lambda n, loss: (n, loss)},
    "Generation {n}: best fitness = {loss}, avg fitness = {n}.5": {
        "best fitness": lambda n, loss: (n, loss),
        "avg fitness": lambda n, _: (n, n + 0.5),
    },
    "#Iter=  {n}\tTrain={loss}\tTest=3.5": {"Train": lambda n, loss: (n, loss), "Test": lambda n, _: (n, 3.5)},
    "Last test reward: {n}.00. Training step: {n}00/1000. Loss: {loss}": {
        "Last test reward": lambda n, _: (100 * n, n),
        "loss": lambda n, loss: (100 * n, loss),
    },
    "Run: 01, Epoch: {n:02d}, Loss: {loss}, Train: 1{n}.5%": {"loss": lambda n, loss: (n, loss), "Train": lambda n, _: (n, 10.5 + n)},
    "Epoch {n} loss {loss} | train 2.2s | Acc 13.5% | infer 4.5s": {
        "loss": lambda n, loss: (n, loss),
        "train": lambda n, _: (n, 2.2),
        "Acc": lambda n, _: (n, 13.5),
    },
    "[I 2025-01-01 10:00:0{n}] Trial {n} done, score: {loss} with parameters: {{'lr': 0.00{n}, 'n_layers': {n}}}": {
        "score": lambda n, loss: (n, loss)
    },
    "I0201 10:00:0{n}.123456 1403 train.py:213] eval epoch: {n}, loss: {loss}, accuracy: 9{n}.5": {
        "eval_loss": lambda n, loss: (n, loss),
        "eval/accuracy": lambda n, _: (n, 90.5 + n),
    },
    "[ Info: Epoch {n}: loss = {loss}, acc = 0.5": {"loss": lambda n, loss: (n, loss), "acc": lambda n, _: (n, 0.5)},
    "1m {n}2s (- 8m 22s) ({n}000 {n}%) {loss}": {"loss": lambda n, loss: (1000 * n, loss)},
    "[{n}.31s] step={n}0 train_loss={loss}": {"loss": lambda n, loss: (10 * n, loss)},
    "trainer-1  | step {n}0 loss {loss}": {"loss": lambda n, loss: (10 * n, loss)},
    '{{"log":"step {n}0: loss={loss}\\n","stream":"stdout","time":"2025-01-01T10:00:0{n}.123Z"}}': {"loss": lambda n, loss: (10 * n, loss)},
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_that_people_print_gives_exactly_its_points(line: str) -> None:
    log = read("".join(line.format(n=n, loss=loss) + "\n" for n, loss in enumerate(LOSSES, 1)))
    assert points(log) == {name: [at(n, loss) for n, loss in enumerate(LOSSES, 1)] for name, at in LINES[line].items()}


def test_the_loss_in_the_description_of_a_bar_has_its_step() -> None:
    bar = "\rTraining Epoch: 1/3, step {0}/100 completed (loss: {1}):   {0}%|▏ | {0}/100 [00:04<01:04, 1.0it/s]"
    log = read("".join(bar.format(n, loss) for n, loss in enumerate(LOSSES, 1)))
    assert points(log) == {"loss": list(enumerate(LOSSES, 1))}


def test_the_header_of_a_block_in_a_frame_of_signs_places_its_lines() -> None:
    block = "#####\n        Learning iteration {n}/1500      \n\n      Value function loss: {loss}\n          Mean reward: {n}.5\n-----\n"
    log = read("".join(block.format(n=n, loss=loss) for n, loss in enumerate(LOSSES)))
    assert points(log) == {"Value function loss": list(enumerate(LOSSES)), "Mean reward": [(n, n + 0.5) for n in range(4)]}


def test_a_counter_under_the_header_of_an_epoch_counts_on_over_the_epochs() -> None:
    block = "epoch {n}/3\n1/2, train_loss: {loss}\n2/2, train_loss: {loss}\n"
    log = read("".join(block.format(n=n, loss=loss) for n, loss in enumerate(LOSSES[:3], 1)))
    assert points(log) == {"loss": [(1, 2.91), (2, 2.91), (3, 2.54), (4, 2.54), (5, 2.33), (6, 2.33)]}


def test_a_step_of_minus_one_stands_for_none() -> None:
    log = read("epoch,steps,cosine_pearson,loss\n" + "".join(f"{n},-1,0.5,{loss}\n" for n, loss in enumerate(LOSSES)))
    assert points(log)["loss"] == list(enumerate(LOSSES))


def test_a_table_of_generations_is_read_and_time_left_is_no_metric() -> None:
    log = read("gen\tnevals\tavg\tmax\n" + "".join(f"{n}\t300\t{loss}\t6{n}\n" for n, loss in enumerate(LOSSES)))
    assert points(log)["avg"] == list(enumerate(LOSSES))
    table = "      Iter       Train Loss   Remaining Time \n"
    log = read(table + "".join(f"         {n}           {loss:.4f}            {9 - n}.12s\n" for n, loss in enumerate(LOSSES, 1)))
    assert points(log) == {"loss": list(enumerate(LOSSES, 1))}


def test_what_programs_print_beside_a_training_gives_nothing() -> None:
    lines = (
        '127.0.0.1 - - [01/Jan/2025:10:00:0{n} +0000] "GET /loss?lr=0.{n} HTTP/1.1" 200 {n}23',
        "INFO 01-01 10:00:0{n} metrics.py:335] Avg prompt throughput: 12{n}.1 tokens/s, Running: {n} reqs, Pending: 0 reqs",
        "root {n}00 0.{n} 1.{n} 12345 678{n} ? Ss 10:0{n} 0:0{n} python train.py --lr 0.1",
        "timer: {n}3.8 sec.",
        "Latent mean: -0.00{n}, std: 0.89",
        "tests/test_{n}.py ............ [ {n}0%]",
        "0.{n}3s call     tests/test_{n}.py::test_loss",
        "Get:{n} http://deb.debian.org/debian bookworm/main amd64 lib{n} amd64 1.{n}-2 [1{n}.2 kB]",
        "\rMap (num_proc=4): {n}0%|█ | {n}00/1000 [00:0{n}<00:12, 10{n} examples/s]",
        "BM_loss/{n}            1{n}.2 ns         1{n}.1 ns     {n}8000000",
        "optimizer config: {{'name': 'adam', 'lr': 0.00{n}}}",
        "#lr=0.{n} loss weight=0.5",
        "2025-01-01 10:00:0{n} UTC [{n}] LOG: duration: {n}.123 ms  statement: SELECT {n}",
        "epoch {n}: train (loss, acc) = (2.{n}, 0.5)",
    )
    for line in lines:
        assert points(read("".join(line.format(n=n) + "\n" for n in range(1, 9)))) == {}, line


def test_a_sentence_that_comes_once_is_no_point() -> None:
    assert (
        points(read("We train for 10 epochs.\nThe loss is 0.25 after 10 epochs, see table 3.\nAccuracy improves from 0.81 to 0.85.\n"))
        == {}
    )
