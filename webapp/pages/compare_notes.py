"""What a comparison says about itself: what its address asks for and its runs cannot give, and runs that its x axis does not compare."""

from collections.abc import Sequence

from webapp.compare.place import tokens_metric
from webapp.compare.query import CompareQuery
from webapp.format import visible
from webapp.pages.drawn import kind_of
from webapp.pages.groups import MetricGroup
from webapp.pages.members import Compared
from webapp.store.rows import RunRow

MOST_NAMED = 5  # runs that a notice names
COUNTED = {"step": "the steps", "epoch": "the epochs", "order": "the points"}  # what an x axis counts, by `kind_of`


def view_problems(query: CompareQuery, compared: Compared) -> list[str]:
    """What the view asks for and these runs cannot give."""
    out = []
    if query.group and compared.runs and not compared.groups:
        out.append(f"None of these runs has a parameter “{visible(query.group)}”; every run is drawn for itself.")
    if query.view.x == "time" and (compared.base or compared.groups):
        out.append("Runs share no clock: a mean or a difference is drawn over the time since the start of each.")
    if query.view.x == "tokens" and compared.runs:
        without = [run for run in compared.runs if not tokens_metric(frozenset(compared.metrics[run.id]))]
        if without:
            out.append(f"No count of tokens is printed by {some_names(compared, without)}.")
    return out


def axis_problems(query: CompareQuery, compared: Compared, charts: Sequence[MetricGroup]) -> list[str]:
    """Says of runs that share a chart whose steps count different things, and which axis would do; nothing on another axis than step."""
    if query.view.x != "step" or query.view.attempts == "clock":
        return []
    for group in charts:
        counting: dict[str, list[RunRow]] = {}
        for run in compared.runs:
            rows = (compared.metrics[run.id].get(name) for name in group.members)
            for kind in dict.fromkeys(kind_of(row.step_source) for row in rows if row and row.count):
                counting.setdefault(kind, []).append(run)
        if len(counting) > 1:
            told = " and ".join(f"{COUNTED[kind]} of {some_names(compared, runs)}" for kind, runs in counting.items())
            drawn = [run for runs in counting.values() for run in runs]
            axes = ["epoch"] if all(run.last_epoch is not None for run in drawn) else []
            axes += ["time since start"] if all(run.duration_s for run in drawn) else []
            way = (
                f"Choose {' or '.join(f'“{axis}”' for axis in axes)} as the x axis."
                if axes
                else "Their logs tell no other axis they share."
            )
            return [f"The x axis counts {told}, which cannot be compared on it. {way}"]
    return []


def some_names(compared: Compared, runs: Sequence[RunRow]) -> str:
    names = [f"“{visible(compared.names[run.id])}”" for run in runs]
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
