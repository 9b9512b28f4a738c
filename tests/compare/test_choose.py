"""Which runs a comparison shows, and what it says of those it cannot show."""

from dataclasses import replace

from tests.compare.made import run
from webapp.compare.choose import MOST_DRAWN, choose_runs, sentence
from webapp.compare.query import CompareQuery, read_compare_query
from webapp.view import ViewQuery


def asking(*run_ids: int, **more) -> CompareQuery:
    return replace(CompareQuery(page=ViewQuery(runs=run_ids)), **more)


def test_runs_stand_in_the_order_of_the_url():
    chosen = choose_runs(asking(3, 1, 2), [run(1), run(2), run(3)], [], [])
    assert [r.id for r in chosen.shown] == [3, 1, 2]
    assert chosen.problems == ()


def test_unknown_runs_and_experiments_are_named_and_the_others_shown():
    chosen = choose_runs(asking(1, 99, 98, experiments=(7,)), [run(1)], [], [])
    assert [r.id for r in chosen.shown] == [1]
    assert chosen.problems == ("There are no runs 99 and 98.", "There is no experiment 7.")


def test_an_experiment_adds_its_runs_once():
    chosen = choose_runs(asking(2, experiments=(1,)), [run(2)], [run(3), run(2), run(1)], [1])
    assert [r.id for r in chosen.shown] == [2, 3, 1]


def test_ten_runs_are_shown_until_all_are_asked_for():
    runs = [run(i) for i in range(1, 26)]
    few = choose_runs(asking(experiments=(1,)), [], runs, [1])
    assert (len(few.shown), few.hidden) == (10, 15)
    everything = choose_runs(asking(experiments=(1,), show_all=True), [], runs, [1])
    assert (len(everything.shown), everything.hidden) == (25, 0)


def test_no_more_runs_are_drawn_than_a_page_can_show():
    many = choose_runs(asking(experiments=(1,), show_all=True), [], [run(i) for i in range(1, MOST_DRAWN + 21)], [1])
    assert (len(many.shown), many.hidden) == (MOST_DRAWN, 20)


def test_the_baseline_is_shown_even_behind_the_first_ten():
    chosen = choose_runs(asking(experiments=(1,), base=20), [], [run(i) for i in range(1, 26)], [1])
    assert [r.id for r in chosen.shown] == [*range(1, 11), 20]
    assert chosen.hidden == 14


def test_a_baseline_that_is_not_compared_is_told():
    chosen = choose_runs(asking(1, base=5), [run(1)], [], [])
    assert "Run 5 is not among the runs compared" in chosen.problems[0]


def test_a_long_list_of_unknown_runs_is_cut():
    assert sentence([str(i) for i in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more"


def test_a_query_string_is_read_and_written_back():
    text = "experiment=4&run=3&run=1&metric=loss&x=tokens&smooth=0.6&group=lr&band=ci&base=3&level=2.5&sort=-min&params=all&show=all"
    from urllib.parse import parse_qsl

    query = read_compare_query(parse_qsl(text))
    assert query.query() == "?" + text
    assert (query.base, query.level, query.band, query.view.x) == (3, 2.5, "ci", "tokens")


def test_what_cannot_be_used_is_named_and_left_out():
    query = read_compare_query(
        [("run", "x"), ("base", "-1"), ("level", "nan"), ("band", "wide"), ("sort", "colour"), ("smooth", "3"), ("run", "2")]
    )
    assert query.query() == "?run=2"
    assert len(query.problems) == 6
