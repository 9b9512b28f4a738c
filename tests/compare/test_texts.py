"""The text of two logs side by side."""

import numpy as np
import pytest

from webapp.compare.texts import Anchors, TextLine, align, only_in, shape_of


def text(*lines: str, start: int = 0) -> list[TextLine]:
    return [TextLine(start + 100 * number, line) for number, line in enumerate(lines)]


def anchors(*pairs: tuple[int, float]) -> Anchors:
    return Anchors(np.array([offset for offset, _ in pairs], np.int64), np.array([step for _, step in pairs], float))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{'loss': 2.31, 'epoch': 0.1}", "{'loss': 1e-05, 'epoch': 12}"),
        ("2026-01-28 10:00:07,123 saving", "2026-02-01 11:12:13,9 saving"),
        ("Saved to /runs/a/checkpoint-10", "Saved to /scratch/me/b/checkpoint-2000"),
        ("loss nan", "loss 2.5"),
        ("object at 0x7f12", "object at 0xdeadbeef"),
    ],
)
def test_lines_that_differ_in_values_only_are_alike(one, other):
    assert shape_of(one) == shape_of(other)


def test_lines_that_say_something_else_are_not_alike():
    assert shape_of("loss 2.5") != shape_of("eval_loss 2.5")


def test_what_only_one_log_prints_is_found_once_with_its_count_and_step():
    left = text("step 1 loss 3", "Warning: overflow at 17", "step 2 loss 2", "Warning: overflow at 18", " 10%|█   | 1/10")
    right = text("step 1 loss 4", "step 2 loss 3")
    found = only_in(left, right, anchors((0, 1), (200, 2)))
    assert [(only.line.offset, only.count, only.step) for only in found] == [(100, 2, 1.0)]
    assert only_in(right, left, anchors()) == ()


def test_steps_stand_beside_each_other_and_like_lines_in_one_row():
    left = text("start", "step 10 loss 3", "saved", "step 20 loss 2")
    right = text("start", "step 20 loss 5", "careful")
    rows = align(left, anchors((100, 10), (300, 20)), right, anchors((100, 20)))
    assert [(r.left and r.left.text, r.right and r.right.text, r.alike, r.step) for r in rows] == [
        ("start", "start", True, None),
        ("step 10 loss 3", None, False, 10),
        ("saved", None, False, None),
        ("step 20 loss 2", "step 20 loss 5", True, 20),
        (None, "careful", False, None),
    ]


def test_other_lines_of_one_step_share_a_row_and_are_marked():
    rows = align(text("loss 3", "saved"), anchors((0, 1)), text("reward 2", "saved"), anchors((0, 1)))
    assert [(r.left and r.left.text, r.right and r.right.text, r.alike) for r in rows] == [
        ("loss 3", "reward 2", False),
        ("saved", "saved", True),
    ]


def test_logs_without_steps_are_laid_side_by_side_by_their_lines():
    rows = align(text("a", "b"), anchors(), text("b"), anchors())
    assert [(r.left and r.left.text, r.right and r.right.text) for r in rows] == [("a", None), ("b", "b")]


def test_a_step_is_found_by_the_last_attempt_that_reaches_it():
    places = anchors((0, 1), (100, 2), (200, 3), (300, 2), (400, 3), (500, 4))
    assert [places.offset_of(step) for step in (1, 3, 4, 9)] == [0, 400, 500, 501]
    assert anchors().offset_of(5) == 0
