"""The x axis: steps of stored points by their rule, the bounds of a stored block, and where a series starts again.

Pure functions of arrays. A point keeps the step that was printed at it; the rule only places the points that have none, so a rule
learnt late (the steps per epoch, the logging interval) changes no stored point.
"""

import math

import numpy as np

from parser.points import Floats, Ints, Points, StepRule


def steps_of(points: Points, rule: StepRule, ordinal: int | Ints = 0) -> Floats:
    """Steps of the points, (n,); nan nowhere unless the rule itself is nan.

    points   a stretch of one series
    rule     the rule of the series
    ordinal  how many points of the series come before this stretch; for points picked out of the series the ordinal of each
    """
    own = points.step
    missing = np.isnan(own)
    if not missing.any():
        return own
    ordinals = ordinal if isinstance(ordinal, np.ndarray) else ordinal + np.arange(len(own))
    order = rule.first + ordinals * rule.scale
    if rule.source == "order":
        derived = order
    elif rule.source == "epoch":
        derived = np.where(np.isnan(points.epoch), rule.first, points.epoch)
    else:
        derived = rule.first + points.epoch * rule.scale
        if rule.grid > 0:
            derived = np.round(derived / rule.grid) * rule.grid
        derived = np.where(np.isnan(derived), order, derived)
    return np.where(missing, derived, own)


def step_range(
    rule: StepRule, step_min: float, step_max: float, epoch_min: float, epoch_max: float, first_ordinal: int, count: int
) -> tuple[float, float]:
    """Bounds of the steps of a stored block, never too narrow: the block may be skipped where they miss the wanted range.

    step_min, step_max    of the printed steps in the block; nan where it has none
    epoch_min, epoch_max  of its epochs; nan where it has none
    first_ordinal, count  which points of the series it holds
    """
    bounds = [value for value in (step_min, step_max) if not math.isnan(value)]
    if rule.source != "order" and not math.isnan(epoch_min):
        for epoch in (epoch_min, epoch_max):
            derived = epoch if rule.source == "epoch" else rule.first + epoch * rule.scale
            bounds.extend((derived - rule.grid, derived + rule.grid))
    if rule.source == "epoch":
        bounds.append(rule.first)
    if len(bounds) < 2 or rule.source not in ("line", "bar", "context", "epoch and batch"):  # a point without an epoch stands by its order
        bounds.extend((rule.first + first_ordinal * rule.scale, rule.first + (first_ordinal + max(count, 1) - 1) * rule.scale))
    return min(bounds), max(bounds)


def segments(steps: Floats) -> Ints:
    """Indices at which a segment begins (0 among them): wherever the step goes back. A nan breaks nothing."""
    if len(steps) == 0:
        return np.zeros(0, dtype=np.int64)
    known = np.where(np.isnan(steps), -np.inf, steps)
    highest = np.maximum.accumulate(np.where(np.isneginf(known), known[0], known))
    known = np.where(np.isneginf(known), highest, known)
    back = np.flatnonzero(known[1:] < known[:-1]) + 1
    return np.concatenate((np.zeros(1, dtype=np.int64), back)).astype(np.int64)
