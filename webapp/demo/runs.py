"""Which runs the demo shows, and where: FOLDER/logs/<experiment>/<run>.log, as a training script would leave them.

The finished runs are trained one after another in a few seconds, and dated back so that the board shows them as the past they play; their
numbers are their own. The live run takes as long as it says.
"""

import io
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from webapp.demo.model import Model
from webapp.demo.training import Plan, train

SFT = (
    Plan("sft-lr3e-3", "sft", 3e-3, seed=1),
    Plan("sft-lr1e-2", "sft", 1e-2, seed=1),
    Plan("sft-lr3e-3-seed2", "sft", 3e-3, seed=2),
    Plan("sft-lr1e-3", "sft", 1e-3, seed=1),
    Plan("sft-lr1.5-diverges", "sft", 1.5, seed=1, log_every=5),
)
DPO = (
    Plan("dpo-beta0.1", "dpo", 1e-4, seed=1, steps=240),
    Plan("dpo-beta0.5", "dpo", 1e-4, seed=1, steps=240, beta=0.5),
    Plan("dpo-lr0.2-stopped", "dpo", 0.2, seed=1, steps=240, log_every=5, stop_on_nan=True),
)
LIVE = Plan("sft-live", "sft", 2e-3, seed=3, steps=1200, log_every=5, evaluate_every=60, pace=5.0)
HOURS_AGO = {plan.name: 3.0 + 2.5 * place for place, plan in enumerate((*SFT, *DPO)[::-1])}


def log_folder(folder: Path) -> Path:
    return folder / "logs"


def log_path(folder: Path, plan: Plan) -> Path:
    return log_folder(folder) / f"sentences-{plan.objective}" / f"{plan.name}.log"


def train_finished(folder: Path) -> None:
    """Trains every finished run; each log appears whole, when its run is over."""
    taught: Model | None = None
    for plan in (*SFT, *DPO):
        out = io.StringIO()
        try:
            with np.errstate(all="ignore"):  # numpy's warnings; the log shows NaN where it comes
                model = train(plan, out, folder / "checkpoints", start=taught if plan.objective == "dpo" else None)
            taught = taught or model
        except FloatingPointError:
            out.write(traceback.format_exc())
        place_log(out.getvalue(), log_path(folder, plan), folder / "unfinished.log", HOURS_AGO[plan.name])


def place_log(text: str, path: Path, unfinished: Path, hours_ago: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text(text, encoding="utf-8")
    then = time.time() - hours_ago * 3600
    os.utime(unfinished, (then, then))
    unfinished.rename(path)


def train_live(folder: Path, alive: Callable[[], bool]) -> None:
    """Trains the live run at its pace, line by line into its log, until it is over or nobody is there to watch."""
    path = log_path(folder, LIVE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as out, np.errstate(all="ignore"):
        train(LIVE, out, folder / "checkpoints", alive=alive)
