"""Which runs a comparison shows: those named in the URL, those of the experiments named there, ten of them until all are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.compare.query import CompareQuery
from webapp.store.rows import RunRow

MOST_DRAWN = 200  # runs drawn on one page; more are listed by the experiment's table
FIRST_RUNS = 10  # more curves than this are seldom told apart; the rest is one click away


@dataclass(frozen=True, slots=True)
class ChosenRuns:
    """`shown` are drawn; `hidden` wait for "show all", or are too many; `problems` name what the URL asked for and does not exist."""

    shown: tuple[RunRow, ...]
    hidden: int
    problems: tuple[str, ...]


def choose_runs(query: CompareQuery, named: Sequence[RunRow], members: Sequence[RunRow], known_experiments: Sequence[int]) -> ChosenRuns:
    """The runs to show.

    named    rows found for `query.runs`, in any order
    members  rows of the experiments asked for, those first that are shown where there are too many
    """
    by_id = {run.id: run for run in named}
    missing = [str(ident) for ident in query.runs if ident not in by_id]
    problems = []
    if missing:
        problems.append(f"There is no run {sentence(missing)}." if len(missing) == 1 else f"There are no runs {sentence(missing)}.")
    gone = [str(ident) for ident in query.experiments if ident not in known_experiments]
    if gone:
        problems.append(f"There is no experiment {sentence(gone)}." if len(gone) == 1 else f"There are no experiments {sentence(gone)}.")
    wanted = {ident: by_id[ident] for ident in query.runs if ident in by_id}
    wanted |= {run.id: run for run in members if run.id not in wanted}
    runs = tuple(wanted.values())
    if query.base is not None and query.base not in wanted:
        problems.append(f"Run {query.base} is not among the runs compared, so it cannot be the baseline; the values themselves are shown.")
    shown = runs[: MOST_DRAWN if query.show_all else FIRST_RUNS]
    base = wanted.get(query.base) if query.base is not None else None
    if base is not None and base not in shown:
        shown = (*shown, base)
    return ChosenRuns(shown, len(runs) - len(shown), tuple(problems))


def sentence(words: Sequence[str], most: int = 8) -> str:
    """ "1, 2 and 3", cut after `most`."""
    words = list(words)
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
