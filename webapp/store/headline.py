"""The few numbers of a run that lists show, from the totals of its series: where it is, its last and its best loss."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from parser.points import Points, Progress, StepRule
from parser.steps import steps_of

LAST = ("loss", "train_loss", "eval_loss")  # the first of these that a run has is its loss
BEST = ("eval_loss", "loss", "train_loss")


def headline(series: Iterable[Mapping[Any, Any]], told: Progress) -> dict[str, Any]:
    """Columns of `RunProgress`, from the rows of all series of a run.

    `told` is what the text says of steps and epochs, and goes before what the series show.
    """
    rows = {row["metric"]: row for row in series}
    main = main_series(rows.values())
    best = next((rows[name] for name in BEST if name in rows and rows[name]["min"] is not None), None)
    loss = main if main and "loss" in main["metric"] else None
    step, epoch = told.step, told.epoch
    if math.isnan(step) and main:
        step = mark_step(main, "last")
    return {
        "last_step": _known(step),
        "total_steps": _known(told.total_steps),
        "last_epoch": _known(epoch),
        "total_epochs": _known(told.total_epochs),
        "last_loss": loss["last"] if loss else None,
        "loss_nan": loss is not None and loss["points"] > 0 and loss["last"] is None,
        "best_loss": best["min"] if best else None,
        "best_step": _known(mark_step(best, "min")) if best else None,
        "best_metric": best["metric"] if best else "",
    }


def main_series(rows: Iterable[Mapping[Any, Any]]) -> Mapping[Any, Any] | None:
    """The series that stands for the run: its loss under the usual names, else the first called some loss, else the first of all."""
    by_name = {row["metric"]: row for row in rows}
    name = next((name for name in LAST if name in by_name), None) or next((name for name in by_name if "loss" in name), None)
    return by_name[name] if name else next(iter(by_name.values()), None)


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
