"""What was looked at lately is at hand, within bounds."""

import numpy as np

from webapp.pages.recent import Recent


def test_an_array_is_read_once_and_cannot_be_changed():
    recent, reads = Recent(), []
    for _ in range(3):
        values = recent.get("a", lambda: reads.append(1) or np.arange(4.0))
    assert len(reads) == 1
    assert not values.flags.writeable


def test_the_least_lately_used_ones_go_first():
    recent = Recent(most_bytes=3 * 80)
    for key in ("a", "b", "c", "a", "d"):
        recent.get(key, lambda: np.zeros(10))
    assert list(recent._kept) == ["c", "a", "d"]
    assert recent.size == 240


def test_an_array_larger_than_all_of_it_is_handed_out_and_not_kept():
    recent = Recent(most_bytes=10)
    assert len(recent.get("a", lambda: np.zeros(10))) == 10
    assert recent.size == 0


def test_what_nobody_asked_for_lately_is_given_back():
    recent = Recent(keep_s=0.0)
    recent.get("a", lambda: np.zeros(10))
    recent.sweep()
    assert recent.size == 0
    assert list(recent._kept) == []
