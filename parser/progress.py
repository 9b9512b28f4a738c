"""How far a run is: step and epoch now, and how many there will be, from wherever the log says so.

In: the last place, the main progress bar, and the numbers of the parameters. Out: `Progress`. Best evidence first: a total beside the
step (`100/500`), batches × epochs, the bar, the banner or the configuration. What nothing tells stays nan.
"""

import math
from collections.abc import Callable

from parser.places import PlacesState
from parser.points import Progress

STEPS = (
    "Total optimization steps",
    "Total steps",
    "max_steps",
    "max_iters",
    "total_steps",
    "max_iter",
    "train_iters",
    "train_steps",
    "num_steps",
    "num_iterations",
    "num_train_steps",
)
EPOCHS = (
    "Num Epochs",
    "Num epochs",
    "num_train_epochs",
    "num_epochs",
    "epochs",
    "max_epochs",
    "n_epochs",
    "total_epochs",
    "max_epoch",
    "nepochs",
)


def progress_of(places: PlacesState, bar: tuple[float, float] | None, number: Callable[..., float], per_epoch: float) -> Progress:
    """The progress now.

    bar        count and total of the main bar, where there is one without values
    number     the first of some parameters that is a number, else nan
    per_epoch  optimizer steps per epoch, where known
    """
    step, total = places.left if math.isnan(places.step) else places.step, places.total
    epochs = places.epochs if not math.isnan(places.epochs) else number(*EPOCHS)
    if math.isnan(total) and not math.isnan(places.batches):
        total = places.batches * epochs if not places.runs_through else places.batches
    if bar is not None:
        if math.isnan(total):
            total = bar[1]
        if bar[1] == total and not step > bar[0]:
            step = bar[0]
    if math.isnan(total):
        total = number(*STEPS)
    if math.isnan(total):
        total = epochs * per_epoch
    if math.isnan(epochs) and per_epoch > 0 and not math.isnan(total):
        epochs = round(total / per_epoch, 2)
    if total < step:  # the total of something else
        total = math.nan
    return Progress(step, total, places.epoch, epochs if not epochs < places.epoch else math.nan)
