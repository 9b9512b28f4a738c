"""Which series share a chart, and which charts a page shows before anybody chose."""

from webapp.pages.groups import choose_groups, group_metrics
from webapp.pages.panel import chip_groups

TRAINER = ["loss", "grad_norm", "learning_rate", "epoch", "eval_loss", "eval_runtime", "eval_samples_per_second", "train_runtime"]


def names(groups) -> list[str]:
    return [group.name for group in groups]


def test_training_and_evaluation_of_one_metric_share_a_chart():
    groups = {group.name: group.members for group in group_metrics(TRAINER)}
    assert groups["loss"] == ("loss", "eval_loss")


def test_both_spellings_of_a_split_meet():
    groups = {group.name: group.members for group in group_metrics(["train/acc", "val/acc", "train_bleu", "test_bleu", "val_only"])}
    assert {name: set(members) for name, members in groups.items()} == {
        "acc": {"train/acc", "val/acc"},
        "bleu": {"train_bleu", "test_bleu"},
        "val_only": {"val_only"},
    }


def test_many_charts_whose_prefixes_have_one_each_are_switched_by_the_first_part_of_their_names():
    groups = group_metrics([f"layer{layer}/h{head}/std" for layer in range(20) for head in range(10)])
    chips = chip_groups(groups, groups[:12])
    assert [group.prefix for group in chips] == [f"layer{layer}" for layer in range(20)]
    assert [chip.label for chip in chips[3].chips] == [f"h{head}/std" for head in range(10)]
    assert chips[3].chips[2].name == "layer3/h2/std"


def test_charts_are_switched_by_the_whole_of_their_prefixes():
    groups = group_metrics(["loss", *(f"a/b/{name}" for name in range(20)), *(f"a/c/{name}" for name in range(20)), "d/e/f"])
    assert [group.prefix for group in chip_groups(groups, groups)] == ["", "a/b", "a/c", "d/e"]


def test_the_ranks_of_a_metric_share_its_chart():
    assert group_metrics(["loss", "loss [rank 1]", "loss [rank 2]"])[0].members == ("loss", "loss [rank 1]", "loss [rank 2]")


def test_loss_learning_rate_and_gradient_norm_come_first_and_bookkeeping_last():
    assert names(group_metrics(TRAINER))[:3] == ["loss", "learning_rate", "grad_norm"]
    shown, missing = choose_groups(group_metrics(TRAINER), [])
    assert names(shown) == ["loss", "learning_rate", "grad_norm"]
    assert missing == []


def test_a_page_of_two_hundred_metrics_shows_twelve_charts_until_more_are_asked_for():
    groups = group_metrics(["loss", *(f"rewards/fn{i}" for i in range(100)), *(f"logps/part{i}" for i in range(99))])
    assert len(choose_groups(groups, [])[0]) == 12
    assert len(choose_groups(groups, ["rewards/*"])[0]) == 100


def test_one_series_may_be_asked_for_alone_and_a_wrong_name_is_told():
    shown, missing = choose_groups(group_metrics(TRAINER), ["eval_loss", "lss"])
    assert [group.members for group in shown] == [("eval_loss",)]
    assert missing == ["lss"]


def test_a_log_with_only_bookkeeping_still_shows_it():
    assert names(choose_groups(group_metrics(["epoch", "time"]), [])[0]) == ["epoch", "time"]


def test_a_line_that_never_moved_waits_until_it_is_asked_for():
    made = group_metrics(
        ["clip/high", "kl", "lr_scale", "learning_rate", "rewards/len"], flat=frozenset({"clip/high", "lr_scale", "learning_rate"})
    )
    assert names(made) == ["learning_rate", "kl", "rewards/len", "clip/high", "lr_scale"]
    assert names(choose_groups(made, [])[0]) == ["learning_rate", "kl", "rewards/len"]
    assert names(choose_groups(made, ["clip/high"])[0]) == ["clip/high"]


def test_what_has_no_prefix_stands_before_what_has_one():
    assert names(group_metrics(["completions/length", "reward", "kl", "rewards/len", "aux_loss"])) == [
        *("aux_loss", "kl", "reward", "completions/length", "rewards/len"),
    ]


def test_numbers_in_names_are_sorted_as_numbers():
    groups = group_metrics([f"layer{i}" for i in (10, 2, 1)])
    assert names(groups) == ["layer1", "layer2", "layer10"]
