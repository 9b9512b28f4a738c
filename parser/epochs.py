"""Steps per epoch, found out from what the log tells: bars beside epochs, the banner, or the last epoch of a finished run.

In: pairs of a bar's count and an epoch, totals, settings. Out: bounds, and what the registry of series makes its rules from. A bar and an
epoch that contradict all pairs before are not believed: in a redirected log the bar runs ahead of the line.
"""

import math
from collections.abc import Callable

from parser.series import Registry

Bounds = tuple[float, float]  # least and most steps per epoch that fit all pairs so far
ANY: Bounds = (0.0, math.inf)


def agreed(bounds: Bounds, count: float, epoch: float, half: float) -> tuple[Bounds, bool]:
    """The bounds with one more pair, and whether that pair fits the pairs before it.

    count  of the bar
    epoch  as printed, exact to `half`
    """
    if epoch <= 0 or count <= 0:
        return bounds, epoch <= half
    low, high = bounds
    least, most = (count - 0.5) / (epoch + half), (count + 0.5) / max(epoch - half, 1e-9)
    if max(low, least) <= min(high, most):
        return (max(low, least), min(high, most)), True
    if most < low * 0.5 or least > high * 2:
        return bounds, False
    return (least, most), True


def learn(series: Registry, number: Callable[..., float], bounds: Bounds, total: float, last_epoch: float) -> None:
    """Tells the series how many steps an epoch has, as far as known.

    number      the first of some parameters that is a number, else nan
    total       of the main bar, else nan
    last_epoch  of the summary that ends a run, else nan
    """
    if series.unplaced == 0:
        return
    interval = number("logging_steps")
    low, high = bounds
    if low > 0 and not math.isinf(high):
        least, most = math.ceil(low), math.floor(high)
        series.rebase(float(least) if least == most else (low + high) / 2, 0.0, interval)
        return
    if math.isnan(total):
        total = number("Total optimization steps", "Total steps", "max_steps", "max_iters")
    epochs = last_epoch if not math.isnan(last_epoch) else number("Num Epochs", "Num epochs", "num_train_epochs")
    if total > 0 and epochs > 0:
        series.rebase(total / epochs, 0.0 if epochs.is_integer() else 0.005 / epochs, interval)
    else:
        series.rebase(series.per_epoch_by(interval), 0.0, interval)
