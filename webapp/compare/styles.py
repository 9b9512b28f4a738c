"""What tells the runs of a comparison apart: a colour, a dash and a short name for each, the same wherever a run appears.

A run keeps the colour of its own number where it can, so that it looks the same in every comparison and in the tables of runs. Not the
order on the page: leaving one run out would paint all the others anew.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.store.rows import RunRow

COLORS = 10
RUN_DASHES = (0, 4, 3)  # solid first; a colour that is used again comes in long dashes, then in dashes and dots
MEMBER_DASHES = (1, 2, 3, 4)  # evaluation and further series of a run: short dashes, dots, …


@dataclass(frozen=True, slots=True)
class Style:
    """Palette indices of a run: `color` 0–9, `dash` 0–4 of its main series."""

    color: int
    dash: int = 0

    def member(self, place: int) -> int:
        """The dash of a run's series number `place` on one chart: 0 is the main one, evaluation comes after it."""
        if place == 0:
            return self.dash
        others = [dash for dash in MEMBER_DASHES if dash != self.dash]
        return others[(place - 1) % len(others)]


def own_color(run_id: int) -> int:
    """The colour a run has when no other run of the page wants it."""
    return run_id % COLORS


def assign_styles(run_ids: Iterable[int]) -> dict[int, Style]:
    """A style for every run; the order of `run_ids` does not matter.

    Of runs that share a colour the one with the lowest number keeps it; the others take what is free, from the lowest colour up. Beyond ten
    runs each further ten take the next dash.
    """
    waiting = sorted(set(run_ids))
    styles: dict[int, Style] = {}
    for start in range(0, len(waiting), COLORS):
        dash = RUN_DASHES[(start // COLORS) % len(RUN_DASHES)]
        ten = waiting[start : start + COLORS]
        taken: dict[int, int] = {}
        for run_id in ten:
            taken.setdefault(own_color(run_id), run_id)
        free = iter(color for color in range(COLORS) if color not in taken)
        for run_id in ten:
            color = own_color(run_id)
            styles[run_id] = Style(color if taken[color] == run_id else next(free), dash)
    return styles


def name_runs(runs: Sequence[RunRow]) -> dict[int, str]:
    """A name for every run that no other of them has: its own, with its experiment, or with its number."""
    names = Counter(run.name for run in runs)
    wider = Counter((run.experiment, run.name) for run in runs)
    out = {}
    for run in runs:
        if names[run.name] == 1:
            out[run.id] = run.name
        elif wider[run.experiment, run.name] == 1:
            out[run.id] = f"{run.experiment}/{run.name}"
        else:
            out[run.id] = f"{run.name} #{run.id}"
    return out
