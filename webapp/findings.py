"""What is worth noticing in the curves of a run: rules over arrays, each finding with its evidence, its step and its log line.

Every rule works on robust figures (medians, median absolute deviations), so that one outlier neither makes nor hides a finding, and stays
silent below a number of points at which it could not know. Nothing here is a verdict on a run: a finding says what was seen, and where.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats, Ints, of_one_rank
from webapp.charts.curves import superseded
from webapp.charts.smooth import smooth_values
from webapp.format import count, counted, number, step, step_word
from webapp.store.rows import FindingRow, Series

MAD = 1.4826  # median absolute deviation → standard deviation of a normal distribution
FEW = 20  # points below which no trend is judged
SPIKE = 8.0  # deviations above the median of the points before
SPIKE_WINDOW = 50  # points before a point that it is compared with
PLATEAU_SHARE = 0.4  # of the newest points, which have to bring nothing
PLATEAU_POINTS = 60
EXPLOSION = 20.0  # times the median gradient norm
RISE = 8.0  # times the median gradient norm of the first quarter, in the last
OVERFIT_EVALS = 2  # evaluations above the best one, in a row, at the end
OVERFIT_RISE = 0.01  # of the best evaluation loss
SMOOTH = 0.9


@dataclass(frozen=True, slots=True)
class Curve:
    """Finite points of one series in the order of the log; `unit` is what its steps count."""

    metric: str
    step: Floats
    value: Floats
    offset: Ints
    unit: str = "step"


def find_all(series: Mapping[str, Series]) -> list[FindingRow]:
    """Every finding in the series of one run, by metric name; the gravest rules first."""
    found: list[FindingRow] = []
    for name, one in series.items():
        found += find_nonfinite(name, one)
    of_rank = of_one_rank(series)
    loss, evals, norm = (series.get(of_rank.get(name, "")) for name in ("loss", "eval_loss", "grad_norm"))
    if loss is not None:
        if norm is not None:
            found += find_overflow(loss, norm)
        curve = finite_curve(loss)
        diverged = find_divergence(curve)
        found += diverged + [spike for spike in find_spikes(curve) if not diverged or spike.offset < diverged[0].offset]
        if not diverged:
            found += find_plateau(curve)
        if evals is not None:
            found += find_overfitting(finite_curve(evals), curve)
    if norm is not None:
        found += find_explosion(finite_curve(norm))
    return found


def finite_curve(series: Series) -> Curve:
    """What counts now: of a run that was started again, or of several trainings in one log, nothing that a later attempt repeats."""
    repeated = superseded(series.step, series.segments())
    kept = np.flatnonzero(np.isfinite(series.value) if repeated is None else np.isfinite(series.value) & ~repeated)
    return Curve(series.metric, series.step[kept], series.value[kept], series.offset[kept], step_word(series.source))


def at(curve: Curve | Series, index: int) -> tuple[float | None, int]:
    place = float(curve.step[index])
    return (place if np.isfinite(place) else None), int(curve.offset[index])


def finding(rule: str, curve: Curve | Series, index: int, evidence: str) -> FindingRow:
    place, offset = at(curve, index)
    return FindingRow(rule, curve.metric, evidence, place, offset)


def find_nonfinite(name: str, series: Series) -> list[FindingRow]:
    """A loss, gradient norm or learning rate that is NaN or infinite; other metrics may be so by right."""
    if not any(word in name.lower() for word in ("loss", "grad_norm", "learning_rate")):
        return []
    bad = np.flatnonzero(~np.isfinite(series.value))
    if not len(bad):
        return []
    first = int(bad[0])
    words = f"{name} is {number(float(series.value[first]))} for the first time here; "
    words += f"{count(len(bad))} of {counted(len(series), 'point')} {'is' if len(bad) == 1 else 'are'} not finite."
    return [finding("non-finite value", series, first, words)]


def find_overflow(loss: Series, norm: Series) -> list[FindingRow]:
    """A loss of exactly 0 on a line whose gradient norm is NaN: how an overflow in half precision looks in a Trainer's log."""
    broken = norm.offset[np.isnan(norm.value)]
    hits = np.flatnonzero((loss.value == 0.0) & np.isin(loss.offset, broken))
    if not len(hits):
        return []
    lines = counted(len(hits), "line")
    words = f"The loss is 0.0 while the gradient norm is NaN, on {lines}: the numbers overflowed, the model no longer learns."
    return [finding("loss 0.0 with NaN gradient", loss, int(hits[0]), words)]


def find_divergence(curve: Curve) -> list[FindingRow]:
    """The smoothed loss ends far above its best, and has been going up since."""
    n = len(curve.value)
    if n < FEW:
        return []
    smooth = smooth_values(curve.value, SMOOTH)
    warm = FEW // 2
    best = warm + int(np.argmin(smooth[warm:]))
    noise = MAD * float(np.median(np.abs(np.diff(curve.value)))) + 1e-12
    rise = float(smooth[-1] - smooth[best])
    fall = max(float(smooth[warm] - smooth[best]), 0.0)
    if n - best < 10 or rise < 6 * noise or rise < 0.5 * fall or rise < 0.1 * abs(float(smooth[best])):
        return []
    words = f"Smoothed, the loss was lowest here ({number(float(smooth[best]))}) and has gone up to {number(float(smooth[-1]))} since."
    return [finding("divergence", curve, best, words)]


def find_spikes(curve: Curve) -> list[FindingRow]:
    """Single points far above the points before them; told once, at the highest."""
    value = curve.value
    if len(value) < SPIKE_WINDOW + 1:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(value, SPIKE_WINDOW)[:-1]
    if len(windows) > 20_000:  # of a very long series the newest points
        windows, value = windows[-20_000:], value[-20_000 - SPIKE_WINDOW :]
    middle = np.median(windows, axis=1)
    spread = MAD * np.median(np.abs(windows - middle[:, None]), axis=1)
    height = value[SPIKE_WINDOW:] - middle
    hits = np.flatnonzero((height > SPIKE * spread) & (height > 0.2 * np.abs(middle)))
    if not len(hits):
        return []
    top = int(hits[np.argmax(height[hits])])
    groups = 1 + int(np.count_nonzero(np.diff(hits) > 5))
    index = len(curve.value) - len(value) + SPIKE_WINDOW + top
    words = f"{number(float(value[SPIKE_WINDOW + top]))} where the points before stood at {number(float(middle[top]))}"
    words += f"; {count(groups)} such spikes in all." if groups > 1 else "."
    return [finding("spike", curve, index, words)]


def find_plateau(curve: Curve) -> list[FindingRow]:
    """The newest points bring no progress that stands out of their own noise, after earlier ones did."""
    n = len(curve.value)
    start = int(n * (1 - PLATEAU_SHARE))
    if n - start < PLATEAU_POINTS:
        return []
    third = (n - start) // 3
    early, late = np.median(curve.value[start : start + third]), np.median(curve.value[-third:])
    noise = MAD * float(np.median(np.abs(curve.value[start:] - np.median(curve.value[start:])))) / np.sqrt(third)
    before = float(np.median(curve.value[: max(third, 1)]) - early)
    if before <= 0 or early - late > max(2 * noise, 0.01 * before):
        return []
    steps = step(float(curve.step[-1] - curve.step[start]))
    words = f"Since here the loss stays at about {number(float(late))}: {steps} {curve.unit}s without progress."
    return [finding("plateau", curve, start, words)]


def find_overfitting(evals: Curve, loss: Curve) -> list[FindingRow]:
    """Evaluation gets worse after its best while the training loss still falls."""
    if len(evals.value) < OVERFIT_EVALS + 1 or len(loss.value) < 2:
        return []
    best = int(np.argmin(evals.value))
    later = evals.value[best + 1 :]
    limit = float(evals.value[best]) + OVERFIT_RISE * abs(float(evals.value[best]))
    if len(later) < OVERFIT_EVALS or not bool((later[-OVERFIT_EVALS:] > limit).all()):
        return []
    place = evals.step[best]
    before, after = loss.value[loss.step <= place], loss.value[loss.step > place]
    if not len(before) or not len(after) or np.median(after[-10:]) >= np.median(before[-10:]):
        return []
    words = (
        f"Best checkpoint: {evals.metric} was lowest here ({number(float(evals.value[best]))}) and is {number(float(later[-1]))} now, "
        f"while the training loss went on falling to {number(float(np.median(after[-10:])))}."
    )
    return [finding("overfitting", evals, best, words)]


def find_explosion(curve: Curve) -> list[FindingRow]:
    """Gradient norms many times the usual one, for a moment or for good."""
    if len(curve.value) < FEW:
        return []
    first, late = (float(np.median(part)) for part in np.array_split(curve.value[FEW // 2 :], 4)[::3])
    if first > 0 and late > RISE * first:
        low = np.flatnonzero(smooth_values(curve.value, SMOOTH) <= RISE / 2 * first)
        start = int(low[-1]) if len(low) else 0
        return [
            finding(
                "gradient explosion", curve, start, f"From about {number(first)} it rises here to about {number(late)}, and stays there."
            )
        ]
    usual = float(np.median(curve.value))
    hits = np.flatnonzero(curve.value > EXPLOSION * usual) if usual > 0 else np.zeros(0, np.int64)
    hits = hits[hits >= FEW // 2]  # the first steps of a training are large by nature
    if not len(hits):
        return []
    top = int(hits[np.argmax(curve.value[hits])])
    words = f"{number(float(curve.value[top]))}, {number(float(curve.value[top] / usual))} times the median of {number(usual)}; "
    words += f"{counted(len(hits), 'point')} above {EXPLOSION:g} times."
    return [finding("gradient explosion", curve, top, words)]


def main_series(names: Iterable[str]) -> Sequence[str]:
    """Which series of a run the rules look at; not the average that a trainer prints at its end beside the losses it is made of."""
    known = list(names)
    of_rank = of_one_rank(known)
    usual = {"loss", "eval_loss", "grad_norm", "learning_rate", *(name for name in of_rank if name.endswith("_loss"))}
    judged = {of_rank[name] for name in usual & of_rank.keys() if name != "train_loss" or "loss" not in of_rank}
    return [name for name in known if name in judged][:20]
