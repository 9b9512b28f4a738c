"""Where the points of runs stand beside each other: tokens for every point, one value for every x of a run that was restarted."""

import numpy as np

from parser.points import Floats, Ints
from webapp.charts.curves import Curve
from webapp.store.rows import Series

TOKENS = ("num_input_tokens_seen", "num_tokens", "tokens_seen", "total_tokens", "consumed_tokens", "tokens")  # how trainers print them


def tokens_metric(names: frozenset[str]) -> str | None:
    """Which metric of a run counts the tokens seen so far; None if it prints none."""
    return next((name for name in TOKENS if name in names), None)


def place_tokens(series: Series, counted: Series) -> Floats:
    """Tokens seen at every point of `series`, (n,): as printed on its own line, else in between by the place in the log; nan outside."""
    known = np.isfinite(counted.value)
    if not known.any() or not len(series):
        return np.full(len(series), np.nan)
    return np.interp(series.offset, counted.offset[known], counted.value[known], left=np.nan, right=np.nan)


def settle(curve: Curve) -> Ints | slice:
    """Which of the curve's points have a finite value, x growing strictly: of several at one x the one printed last.

    The usual case, all of them as they are, comes back as a slice, which copies nothing.
    """
    if curve.faint is None and curve.drawn is None and len(curve.x) and bool((curve.x[1:] > curve.x[:-1]).all()):
        return slice(None)
    kept = np.isfinite(curve.shown)
    if curve.faint is not None:
        kept &= ~curve.faint
    numbers = np.flatnonzero(kept)
    x = curve.x[numbers]
    if len(x) > 1 and not bool((x[1:] > x[:-1]).all()):
        order = np.argsort(x, kind="stable")
        numbers, x = numbers[order], x[order]
        numbers = numbers[np.append(x[1:] > x[:-1], True)]
    return numbers
