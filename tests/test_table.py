"""The query string of a table of runs, and the language of its search field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.store.lists import Condition, Order, RunFilter
from webapp.table import TableQuery, column_title, read_table_query, split_search, unknown_keys


def wanted(text: str) -> RunFilter:
    return TableQuery(text=text).filter(None)[0]


def test_words_tags_status_and_comparisons_are_told_apart():
    assert wanted('qwen lr=1e-3 eval_loss<2.5 tag:best status:failed "two words"') == RunFilter(
        words=("qwen", "two words"),
        statuses=("failed",),
        tags=("best",),
        conditions=(Condition("lr", "=", "1e-3"), Condition("eval_loss", "<", "2.5")),
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("min:eval_loss<=2", Condition("eval_loss", "<=", "2", "min")),
        ("max:rewards/acc>0.9", Condition("rewards/acc", ">", "0.9", "max")),
        ("optim!=adamw", Condition("optim", "!=", "adamw")),
        ("model.name=Qwen/Qwen3-0.6B", Condition("model.name", "=", "Qwen/Qwen3-0.6B")),
    ],
)
def test_a_comparison_may_be_of_the_lowest_or_highest_value(text, condition):
    assert wanted(text).conditions == (condition,)


def test_what_means_nothing_is_told_and_left_out():
    found, problems = TableQuery(text="loss<low status:tired run1").filter(3)
    assert found == RunFilter(experiment_id=3, words=("run1",))
    assert len(problems) == 2


def test_a_comparison_of_what_no_run_has_is_told_with_names_that_come_near():
    known = {"learning_rate", "optimizer.lr_scheduler", "eval_loss", "Seed"}
    conditions = wanted("lr=1e-3 learning_rte<1 scheduler=cosine seeds=3 flavour=5").conditions
    assert unknown_keys(conditions, known) == (
        "No run here has a parameter or a metric “learning_rte”. Near it: “learning_rate”.",
        "No run here has a parameter or a metric “scheduler”. Near it: “optimizer.lr_scheduler”.",
        "No run here has a parameter or a metric “seeds”. Near it: “Seed”.",
        "No run here has a parameter or a metric “flavour”.",
    )


def test_a_quote_without_its_partner_is_a_letter():
    assert split_search('say "hi') == ["say", '"hi']
    assert split_search("don't 'x y'") == ["don't", "'x", "y'"]


@given(st.text(max_size=60))
def test_no_search_fails(text):
    TableQuery(text=text).filter(None)


def test_the_state_of_a_table_reads_back():
    table = TableQuery("a b", "failed", "x", True, "-loss", ("loss", "param:lr", "metric:acc"), 3)
    assert read_table_query(table.pairs()) == (table, ())


def test_the_default_table_has_no_query_string():
    assert TableQuery().pairs() == ()


def test_a_new_order_begins_on_the_first_page():
    assert ("page", "3") not in TableQuery(page=3).pairs(sort="loss")


def test_a_second_click_on_a_column_turns_it_round():
    table = TableQuery(sort="loss")
    assert (table.turned("loss"), table.turned("best"), table.turned("updated")) == ("-loss", "best", "-updated")
    assert TableQuery(sort="-loss").order == Order("loss", True)


def test_unknown_columns_and_orders_are_told_or_left_out():
    asked = [("sort", "; drop"), ("status", "odd"), ("col", "loss"), ("col", "colour"), ("col", ""), ("page", "0")]
    table, problems = read_table_query(asked)
    assert table == TableQuery(columns=("loss",))
    assert len(problems) == 4
    assert "col=colour is no column of the table; it is left out." in problems


def test_a_column_is_titled_by_its_parameter_or_metric():
    assert [column_title(c) for c in ("best", "param:lr", "metric:acc")] == ["Best", "lr", "acc"]
