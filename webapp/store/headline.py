"""The few numbers of a run that lists show, from the totals of its series: where it is, its last and its best loss."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from parser.points import Points, Progress, StepRule, of_one_rank
from parser.steps import steps_of

LAST = ("loss", "train_loss", "eval_loss")  # the first of these that a run has is its loss
BEST = ("eval_loss", "loss", "train_loss")


def headline(series: Iterable[Mapping[Any, Any]], told: Progress) -> dict[str, Any]:
    """Columns of `RunProgress`, from the rows of all series of a run.

    `told` is what the text says of steps and epochs, and goes before what the series show.
    """
    rows = {row["metric"]: row for row in series}
    main = rows.get(main_metric(rows))
    best = first_of(BEST, [name for name, row in rows.items() if row["min"] is not None])
    loss = main if main and is_loss(main["metric"]) else None
    step, total = told.step, told.total_steps
    if main and by_epochs(main["step_source"], (mark_step(main, mark) for mark in ("first", "last")), told):
        step = total = math.nan
    if math.isnan(step) and main:
        step = mark_step(main, "last")
    return {
        "last_step": _known(step),
        "total_steps": _known(total),
        "last_epoch": _known(told.epoch),
        "total_epochs": _known(told.total_epochs),
        "last_loss": loss["last"] if loss else None,
        "loss_nan": loss is not None and loss["points"] > 0 and loss["last"] is None,
        "best_loss": rows[best]["min"] if best else None,
        "best_step": _known(mark_step(rows[best], "min")) if best else None,
        "best_metric": best,
    }


def main_metric(names: Iterable[str]) -> str:
    """The series that stands for a run: its loss under the usual names, else the first by name called some loss, else the first of all.

    `LOSS_METRIC` of `webapp/store/runs.py` names the same loss. "" without names.
    """
    known = list(names)
    return first_of(LAST, known) or min(filter(is_loss, known), default="") or next(iter(known), "")


def first_of(wanted: Iterable[str], names: Iterable[str]) -> str:
    """The series of the first of the `wanted` metrics that one of `names` is of; "" without any."""
    series = of_one_rank(names)
    return next((series[name] for name in wanted if name in series), "")


def is_loss(metric: str) -> bool:
    return "loss" in metric.lower()


def by_epochs(source: str, ends: Iterable[float], told: Progress) -> bool:
    """Whether epochs tell how far a run is: its main series, with first and last x `ends`, stands at whole epochs.

    Then the only step there is is that of a bar, which begins anew in every epoch.
    """
    return source == "epoch" and all(end.is_integer() for end in ends) and not math.isnan(told.epoch + told.total_epochs)


def rule_of(row: Mapping[Any, Any]) -> StepRule:
    return StepRule(source=row["step_source"], scale=row["scale"], first=row["origin"], grid=row["grid"])


def mark_step(row: Mapping[Any, Any], mark: str) -> float:
    """The x position of the first, last, min, max or bad point of a series; nan if it has none."""
    place = row["marks"].get(mark)
    if place is None:
        return math.nan
    ordinal, step, epoch = place
    one = Points(_column(step), _column(epoch), np.zeros(1), np.full(1, np.nan), np.zeros(1, np.int64))
    return float(steps_of(one, rule_of(row), ordinal)[0])


def _column(value: float | None) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.array([math.nan if value is None else value])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
