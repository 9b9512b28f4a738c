"""What was looked at lately is at hand, within bounds."""

import numpy as np

from webapp.pages.recent import Recent


def nbytes(values: np.ndarray) -> int:
    return values.nbytes


def test_what_is_at_hand_is_not_made_again():
    recent, reads = Recent(), []
    for _ in range(3):
        values = recent.get("a", lambda: reads.append(1) or np.arange(4.0), nbytes)
    assert len(reads) == 1
    assert values.tolist() == [0, 1, 2, 3]


def test_the_least_lately_used_ones_go_first():
    recent = Recent(most_bytes=3 * 80)
    for key in ("a", "b", "c", "a", "d"):
        recent.get(key, lambda: np.zeros(10), nbytes)
    assert list(recent._kept) == ["c", "a", "d"]
    assert recent.size == 240


def test_an_array_larger_than_all_of_it_is_handed_out_and_not_kept():
    recent = Recent(most_bytes=10)
    assert len(recent.get("a", lambda: np.zeros(10), nbytes)) == 10
    assert recent.size == 0


def test_what_nobody_asked_for_lately_is_given_back():
    recent = Recent(keep_s=0.0)
    recent.get("a", lambda: np.zeros(10), nbytes)
    recent.sweep()
    assert recent.size == 0
    assert list(recent._kept) == []


def test_a_new_version_takes_the_place_of_the_one_before():
    recent = Recent()
    for version in range(500):
        recent.get(("chart", version), lambda: np.zeros(10), nbytes, of="chart 1")
    recent.get(("chart", "other"), lambda: np.zeros(10), nbytes, of="chart 2")
    assert list(recent._kept) == [("chart", 499), ("chart", "other")]
    assert recent.size == 160
    assert len(recent._versions) == 2
