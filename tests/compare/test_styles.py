"""One colour, one dash and one name for every run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compare.made import run
from webapp.compare.styles import Style, assign_styles, name_runs

idents = st.lists(st.integers(1, 10**6), unique=True, max_size=40)


def test_a_run_has_the_colour_of_its_number():
    assert {ident: style.color for ident, style in assign_styles([7, 12, 31]).items()} == {7: 7, 12: 2, 31: 1}


def test_of_two_runs_that_want_a_colour_the_older_one_keeps_it():
    styles = assign_styles([13, 3, 4])
    assert styles[3] == Style(3)
    assert styles[4] == Style(4)
    assert styles[13].color not in (3, 4)


@given(idents, st.randoms())
def test_the_order_of_the_url_changes_no_style(run_ids, random):
    shuffled = random.sample(run_ids, len(run_ids))
    assert assign_styles(shuffled) == assign_styles(run_ids)


@given(st.lists(st.integers(1, 10**6), unique=True, max_size=30))
def test_thirty_runs_are_told_apart(run_ids):
    assert len(set(assign_styles(run_ids).values())) == len(run_ids)


@pytest.mark.parametrize("style", [Style(0), Style(1, 4), Style(2, 3)])
def test_evaluation_has_another_dash_than_training_and_further_series_yet_another(style):
    dashes = [style.member(place) for place in range(4)]
    assert dashes[0] == style.dash
    assert len(set(dashes)) == 4


def test_runs_of_one_name_are_named_by_their_experiment_or_else_by_number():
    runs = [run(1, "a"), run(2, "b", "x"), run(3, "b", "y"), run(4, "c", "z"), run(5, "c", "z")]
    assert name_runs(runs) == {1: "a", 2: "x/b", 3: "y/b", 4: "c #4", 5: "c #5"}
