"""Parameters side by side."""

import pytest

from tests.compare.made import run
from webapp.compare.params import compare_params, group_names, group_runs, same_value, telling_params

RUNS = [
    run(1, learning_rate="1e-4", seed="1", output_dir="out/a", batch_size="8", git_commit="abc", extra="x"),
    run(2, learning_rate="0.0001", seed="2", output_dir="out/b", batch_size="8", git_commit="abc"),
    run(3, learning_rate="0.001", seed="1", output_dir="out/c", batch_size="8", git_commit="def"),
]


@pytest.mark.parametrize(("one", "other"), [("1e-4", "0.0001"), ("True", "true"), ("'adamw'", "adamw"), (" 8", "8.0"), (None, None)])
def test_values_that_mean_the_same_do_not_differ(one, other):
    assert same_value(one, other)


@pytest.mark.parametrize(("one", "other"), [("1e-4", "1e-5"), ("AdamW", "adamw"), ("8", None), ("nan", "1")])
def test_values_that_mean_something_else_differ(one, other):
    assert not same_value(one, other)


def test_only_differences_are_listed_until_all_are_asked_for():
    params = compare_params(RUNS, everything=False)
    assert [row.name for row in params.rows] == ["extra", "learning_rate", "output_dir", "seed"]
    assert params.equal == 1
    assert [row.name for row in compare_params(RUNS, everything=True).rows] == [
        "batch_size",
        "extra",
        "learning_rate",
        "output_dir",
        "seed",
    ]


def test_how_the_runs_were_started_stands_apart():
    assert [(row.name, row.differs) for row in compare_params(RUNS, everything=False).started] == [("git_commit", True)]


def test_learning_rate_and_seed_tell_runs_apart_and_a_folder_of_its_own_for_each_does_not():
    assert [row.name for row in telling_params(compare_params(RUNS, False))] == ["learning_rate", "seed", "extra"]


def test_one_run_alone_shows_all_it_has():
    assert len(compare_params(RUNS[:1], everything=False).rows) == 5


def test_runs_are_grouped_by_the_meaning_of_the_value_in_its_order():
    groups = group_runs([*RUNS, run(4)], "learning_rate")
    assert [(g.label, [r.id for r in g.runs]) for g in groups] == [
        ("learning_rate=1e-4", [1, 2]),
        ("learning_rate=0.001", [3]),
        ("learning_rate not told", [4]),
    ]


def test_parameters_that_make_groups_are_offered_the_usual_ones_first():
    assert group_names(RUNS) == ("learning_rate", "seed", "extra")
