"""Lines of several ranks whose rank stands among the other fields: each rank has curves of its own."""

import pytest

from tests.parser.reading import curves


@pytest.mark.parametrize(
    "line",
    [
        "Epoch {n} | Rank {rank} | loss {value}",
        "epoch={n} rank={rank} loss={value}",
        "Rank {rank}, Epoch {n}, Loss {value}",
        "Epoch {n}, Rank {rank}, Loss: {value}",
        "Epoch {n} [rank {rank}] loss={value}",
        "Epoch {n} (rank {rank}): loss {value}",
        "local_rank: {rank}, epoch: {n}, loss: {value}",
        '{{"rank": {rank}, "epoch": {n}, "loss": {value}}}',
        "rank[{rank}] epoch {n} loss {value}",
        "[Epoch {n}][GPU {rank}] loss {value}",
        "GPU: {rank} | Epoch {n} | loss {value}",
        "Device {rank} - epoch {n} - loss {value}",
        "process {rank} epoch {n} loss {value}",
        "Epoch {n} - worker {rank} - loss {value}",
    ],
)
def test_a_rank_among_the_fields_of_a_line_has_its_own_curve(line: str) -> None:
    log = "".join(line.format(n=n, rank=rank, value=f"{4 - n}.{rank}5") + "\n" for n in (1, 2, 3) for rank in (0, 1))
    found = curves(log)
    assert found["loss"] == [(1, 3.05), (2, 2.05), (3, 1.05)]
    assert found["loss [rank 1]"] == [(1, 3.15), (2, 2.15), (3, 1.15)]
    assert {name for name in found if "epoch" not in name} == {"loss", "loss [rank 1]"}


def test_a_rank_behind_the_counters_of_a_gan_has_its_own_curve() -> None:
    line = "[epoch: {e}/3][iteration: {b}0/20][rank: {rank}] Loss_D: 0.{e}{b}{rank}, D(x): 0.{rank}9\n"
    found = curves("".join(line.format(e=e, b=b, rank=rank) for e in (0, 1) for b in (1, 2) for rank in (0, 1)))
    assert found["Loss_D"] == [(10, 0.01), (20, 0.02), (30, 0.11), (40, 0.12)]
    assert found["Loss_D [rank 1]"] == [(10, 0.011), (20, 0.021), (30, 0.111), (40, 0.121)]


@pytest.mark.parametrize("line", ["Epoch {n} | Rank 1: 0.8{n} | Rank 5: 0.9{n} | mAP: 0.7{n}", "Epoch {n}, Rank-1: 0.8{n}, mAP: 0.7{n}"])
def test_the_rank_of_a_retrieval_is_no_rank_of_a_training(line: str) -> None:
    assert curves("".join(line.format(n=n) + "\n" for n in (1, 2, 3)))["mAP"] == [(1, 0.71), (2, 0.72), (3, 0.73)]
