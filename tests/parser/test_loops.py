"""Logs of training loops written by hand, as they are found in public repositories: what must come out, at which step or epoch."""

import math

import pytest

from tests.parser.reading import curves, read


def epochs_of(text: str, name: str) -> list[tuple[float, float]]:
    """Epoch and value of every point of a curve."""
    points = read(text).points[name]
    return list(zip(points.epoch.tolist(), points.value.tolist(), strict=True))


def test_numbers_of_any_width_in_padded_columns_are_of_one_record() -> None:
    scores = (5, 15, 5, 115, 15)
    found = curves("".join(f"Episode: {7 + n:<5}Score: {score:<6}Epsilon: 0.0{5 - n}\n" for n, score in enumerate(scores)))
    assert found["Score"] == [(7 + n, score) for n, score in enumerate(scores)]
    assert found["Epsilon"] == [(7 + n, (5 - n) / 100) for n in range(5)]


@pytest.mark.parametrize("mark", [" ✅", " *", " ← new record", " <- best", "  🎯🎯", " ← counter: 1/3"])
def test_a_mark_behind_a_value_makes_it_no_other_record(mark: str) -> None:
    marks = {2: mark}
    found = curves("".join(f"Epoch {n}\n  Val Acc: 0.8{n}{marks.get(n, '')}\n" for n in range(1, 5)))
    assert [value for _, value in found.pop("Val Acc")] == [0.81, 0.82, 0.83, 0.84]
    assert not found


def test_a_metric_that_stands_still_is_shown() -> None:
    text = "".join(f"Epoch {n}/3\nTrain loss: {3 / n:.2f}\nValid Loss: 2.303 Valid Acc: 0.100\n" for n in (1, 2, 3))
    assert epochs_of(text, "eval_loss") == [(1, 2.303), (2, 2.303), (3, 2.303)]
    assert epochs_of(text, "Valid Acc") == [(1, 0.1), (2, 0.1), (3, 0.1)]
    text = "".join(f"Episode {n}    Reward: 0    Epsilon: 0.03\n" for n in (7, 8, 9))
    assert curves(text)["Reward"] == [(7, 0), (8, 0), (9, 0)]


def test_a_metric_that_is_nan_from_the_beginning_is_shown() -> None:
    text = "".join(f"Epoch {n}/3\nTrain loss: nan, Validation loss: nan\n" for n in (1, 2, 3))
    for name in ("loss", "eval_loss"):
        assert [epoch for epoch, value in epochs_of(text, name) if math.isnan(value)] == [1, 2, 3]


def test_a_setting_that_is_said_again_with_every_start_is_no_metric() -> None:
    start = "learning_rate: 0.01\nloss_weight: 1.0\nweight_decay: 0.1\nbeta: 0.9\n"
    found = curves("".join(start + f"step {n}00: loss {3 / n:.3f}\n" for n in (1, 2, 3, 4)))
    assert found == {"loss": [(100, 3), (200, 1.5), (300, 1), (400, 0.75)]}
    assert "Data" not in curves("".join(f"epoch {n}\nData: 4076\nloss: 0.{n}\n" for n in range(1, 9)))


def test_a_learning_rate_that_stands_still_is_shown_once_it_has_stood_long_enough() -> None:
    text = "".join(f"Epoch {n}\nlearning rate = 0.0001000\n" for n in range(1, 12))
    assert epochs_of(text, "learning_rate") == [(n, 0.0001) for n in range(1, 12)]


def test_a_range_of_overlaps_is_part_of_the_name() -> None:
    text = "".join(
        f"SUMMARY OF EPOCH {n}\n├── Train\n│   └── Loss = {3 - n}.5\n"
        f"└── Validation\n    ├── Map@0.50 = 0.3{n}\n    └── Map@0.50:0.95 = 0.1{n}\n"
        for n in range(3)
    )
    found = curves(text)
    assert [value for _, value in found["val/Map@0.50:0.95"]] == [0.1, 0.11, 0.12]
    assert [value for _, value in found["val/Map@0.50"]] == [0.3, 0.31, 0.32]
