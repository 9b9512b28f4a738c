"""Findings: each rule speaks where it should, with its evidence and place, and is silent on a healthy run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from parser import parse_file
from parser.steps import steps_of
from webapp.findings import find_all, main_series
from webapp.store.rows import Series

LOGS = Path(__file__).parent / "logs" / "findings"


def series(metric: str, values, step=None) -> Series:
    value = np.asarray(values, float)
    n = len(value)
    steps = np.arange(1, n + 1, dtype=float) if step is None else np.asarray(step, float)
    return Series(1, metric, steps, np.full(n, np.nan), value, np.full(n, np.nan), np.arange(n) * 40, n, "line")


def healthy(n: int = 400, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 1.5 + 2.5 * np.exp(-np.arange(n) / (n / 3)) + rng.normal(0, 0.03, n)


def rules(found) -> list[str]:
    return [one.rule for one in found]


def test_a_healthy_run_has_no_finding():
    for seed in range(20):
        norm = 1 + 0.3 * np.random.default_rng(seed).random(400)
        assert find_all({"loss": series("loss", healthy(seed=seed)), "grad_norm": series("grad_norm", norm)}) == []


def test_the_first_value_that_is_not_finite_is_named_with_its_line():
    values = healthy(100)
    values[60:] = np.nan
    (found,) = [one for one in find_all({"loss": series("loss", values)}) if one.rule == "non-finite value"]
    assert (found.step, found.offset) == (61.0, 60 * 40)
    assert "40 of 100" in found.evidence


def test_loss_zero_with_a_nan_gradient_is_recognised():
    loss, norm = healthy(100), np.ones(100)
    loss[80:], norm[80:] = 0.0, np.nan
    assert "loss 0.0 with NaN gradient" in rules(find_all({"loss": series("loss", loss), "grad_norm": series("grad_norm", norm)}))


def test_a_loss_that_goes_up_for_good_has_diverged_since_its_best_step():
    values = np.concatenate([healthy(200), 1.8 + np.linspace(0, 4, 100)])
    (found,) = [one for one in find_all({"loss": series("loss", values)}) if one.rule == "divergence"]
    assert 180 <= found.step <= 215


def test_trainings_one_after_the_other_in_a_log_are_not_judged_as_one():
    values = np.concatenate([healthy(300, seed) for seed in range(3)])
    steps = np.tile(np.arange(1.0, 301), 3)
    assert find_all({"loss": series("loss", values, steps), "grad_norm": series("grad_norm", 9 * values, steps)}) == []
    values[-80:] += np.linspace(0, 4, 80)
    (found,) = find_all({"loss": series("loss", values, steps)})
    assert (found.rule, 200 <= found.step <= 230, found.offset >= 800 * 40) == ("divergence", True, True)


def test_a_run_that_went_on_from_a_checkpoint_is_judged_by_what_counts_now():
    """The first attempt had a spike at step 301; the second one began at step 201 again and had none."""
    whole = healthy(400)
    first = whole[:350].copy()
    first[300] += 6
    steps = np.concatenate([np.arange(1.0, 351), np.arange(201.0, 401)])
    assert rules(find_all({"loss": series("loss", first, steps[:350])})) == ["spike"]
    assert find_all({"loss": series("loss", np.concatenate([first, whole[200:]]), steps)}) == []


def test_a_single_outlier_is_a_spike_and_no_divergence():
    values = healthy(300)
    values[250] = 9.3
    (found,) = find_all({"loss": series("loss", values)})
    assert (found.rule, found.step) == ("spike", 251.0)
    assert "9.3" in found.evidence


def test_a_plateau_of_a_run_that_counts_epochs_lasts_epochs():
    flat = series("loss", np.concatenate([healthy(100), np.full(300, 1.5) + np.random.default_rng(1).normal(0, 0.03, 300)]))
    (found,) = find_all({"loss": replace(flat, source="epoch")})
    assert found.evidence.endswith("epochs without progress.")


def test_a_curve_that_went_flat_is_a_plateau_and_one_that_still_falls_is_none():
    rng = np.random.default_rng(1)
    flat = np.concatenate([np.linspace(4, 2, 200), np.full(300, 2.0)]) + rng.normal(0, 0.02, 500)
    assert rules(find_all({"loss": series("loss", flat)})) == ["plateau"]
    falling = np.linspace(4, 2, 500) + rng.normal(0, 0.02, 500)
    assert find_all({"loss": series("loss", falling)}) == []


def test_evaluation_that_rises_while_training_falls_is_overfitting_and_names_the_best_step():
    loss = np.linspace(3, 0.5, 300)
    evals = [2.5, 2.0, 1.8, 1.9, 2.05, 2.2]
    (found,) = find_all({"loss": series("loss", loss), "eval_loss": series("eval_loss", evals, [50, 100, 150, 200, 250, 300])})
    assert (found.rule, found.metric, found.step) == ("overfitting", "eval_loss", 150.0)
    assert "1.8" in found.evidence


def test_a_gradient_many_times_the_usual_one_is_an_explosion():
    norm = np.ones(200)
    norm[150] = 400
    (found,) = find_all({"grad_norm": series("grad_norm", norm)})
    assert (found.rule, found.step) == ("gradient explosion", 151.0)


def test_the_loss_and_the_gradient_of_the_one_rank_that_prints_them_are_judged():
    loss = healthy()
    loss[250:] += 3
    names = ("loss [rank 7]", "eval_loss [rank 7]", "grad_norm [rank 7]", "accuracy [rank 7]")
    assert sorted(main_series(names)) == sorted(names[:3])
    assert "divergence" in rules(find_all({names[0]: series(names[0], loss)}))


def test_of_several_ranks_one_is_judged():
    assert main_series(["loss [rank 1]", "loss", "eval_loss [rank 2]", "eval_loss [rank 1]"]) == ["loss", "eval_loss [rank 1]"]


def test_a_gradient_that_rises_for_good_is_an_explosion_where_it_began():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.uniform(0.6, 1.0, 60), rng.uniform(9, 15, 70)])
    (found,) = find_all({"grad_norm": series("grad_norm", values)})
    assert found.rule == "gradient explosion"
    assert 58 <= found.step <= 66
    assert "stays" in found.evidence


def test_a_gradient_norm_that_grows_a_few_times_over_a_training_is_no_explosion():
    values = np.linspace(0.5, 3, 400) + np.random.default_rng(1).uniform(0, 0.4, 400)
    assert find_all({"grad_norm": series("grad_norm", values)}) == []


def test_after_a_divergence_began_nothing_more_is_a_spike():
    values = np.concatenate([healthy(200), 1.8 + np.linspace(0, 6, 40), np.full(40, 8.0)])
    values[230] = 30.0
    assert rules(find_all({"loss": series("loss", values)})) == ["divergence"]


@pytest.mark.parametrize("values", [[], [1.0], [np.nan], [np.nan] * 100, [2.0] * 100, [np.inf, -np.inf] * 50])
def test_too_little_or_odd_data_raises_nothing(values):
    for name in ("loss", "eval_loss", "grad_norm"):
        find_all({name: series(name, values), "loss": series("loss", values)})


def test_the_nan_that_a_real_trainer_printed_is_noticed():
    parsed = parse_file(LOGS / "nan.log")
    run = {}
    for name, points in parsed.points.items():
        steps = steps_of(points, parsed.series[name].rule)
        run[name] = Series(1, name, steps, points.epoch, points.value, points.time, points.offset, len(points), "line")
    assert "non-finite value" in rules(find_all(run))
