"""T30: whatever the parser hands over, the database gives back: odd numbers as they are, odd texts as marks."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parser.points import TextEvent
from tests.store.made import Log, parsed, points
from webapp.store.database import Database
from webapp.store.runs import get_run
from webapp.store.series import list_metrics, read_series
from webapp.store.text import storable

ODD = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1e308, -1e308, 2.0**63, 2.0**63 - 1024, -(2.0**63), 0.1, 1e-7]
NUMBERS = st.sampled_from(ODD) | st.floats() | st.integers(-(2**64), 2**64).map(float)
STEPS = st.sampled_from([0.0, -5.0, 2.0**53, 2.0**63, 1e30]) | st.integers(-10, 10**7).map(float)
PIECES = st.sampled_from(
    ["\0", "😀", "\ud800", "\udcff", "\u202e", "a\nb", "loss", "'; DROP TABLE series; --", '"', "%_\\", "é", "x" * 300]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), min_size=1, max_size=4).map("".join)
Batch = dict[str, list[tuple[float, float]]]  # step and value, by metric
BATCHES = st.lists(st.dictionaries(TEXTS, st.lists(st.tuples(STEPS, NUMBERS), min_size=1, max_size=30), max_size=4), min_size=1, max_size=4)


@pytest.mark.parametrize("examples", [40, pytest.param(5000, marks=pytest.mark.faults)])
def test_odd_values_and_texts_come_back(database: Database, examples: int) -> None:
    numbers = iter(range(1_000_000))

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(BATCHES, TEXTS)
    def run(batches: list[Batch], words: str) -> None:
        check_round_trip(database, b"/logs/%d.log" % next(numbers), batches, words)

    run()


def check_round_trip(database: Database, path: bytes, batches: list[Batch], words: str) -> None:
    wanted: Batch = {}
    log = Log(database, path)
    for batch in batches:
        shown_as = {storable(name): (name, pairs) for name, pairs in batch.items()}  # two names may be stored as one
        metrics = {name: points([step for step, _ in pairs], [value for _, value in pairs]) for name, pairs in shown_as.values()}
        log.write(parsed(metrics, events=(TextEvent("warning", words, 0, math.nan, math.nan),), params={words: words}), show=True)
        for shown, (_, pairs) in shown_as.items():
            wanted.setdefault(shown, []).extend(pairs)
    assert {row.name for row in list_metrics(database, log.run_id)} == set(wanted)
    for name, pairs in wanted.items():
        found = read_series(database, log.run_id, name)
        np.testing.assert_array_equal(found.step, [step for step, _ in pairs])
        np.testing.assert_array_equal(found.value, [value for _, value in pairs])
        np.testing.assert_array_equal(np.signbit(found.value), np.signbit([value for _, value in pairs]))
    run = get_run(database, log.run_id)
    assert run is not None
    assert run.params == {storable(words, 200): storable(words, 2000)}


@pytest.mark.filterwarnings("error")
def test_a_mean_that_no_float_holds_stays_unknown(database: Database) -> None:
    log = Log(database, b"/logs/large.log")
    for values in ([1e308, 1e308, 1e308], [-1e308, -1e308, -1e308], [2.0, 4.0]):  # the sums are inf, -inf and 6
        log.write(parsed({"loss": points([1] * len(values), values)}), show=True)
    (metric,) = list_metrics(database, log.run_id)
    assert math.isnan(metric.mean)
    assert (metric.min, metric.max) == (-1e308, 1e308)
