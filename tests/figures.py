"""One measured figure beside its goal, and the table of them that `make bench` ends with."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`measured` and `goal` in the same unit; reached if measured <= goal, or >= goal where `more` is better. No goal: only told."""

    name: str
    measured: float
    unit: str
    goal: float | None = None
    more: bool = False
    note: str = ""

    @property
    def reached(self) -> bool:
        return self.goal is None or (self.measured >= self.goal if self.more else self.measured <= self.goal)


def table(figures: Iterable[Figure]) -> str:
    """The figures in columns: name, goal, measured, ok or MISSED."""
    rows = [("figure", "goal", "measured", "")]
    for figure in figures:
        goal = "" if figure.goal is None else f"{'≥' if figure.more else '≤'} {number(figure.goal)} {figure.unit}"
        ok = "" if figure.goal is None else "ok" if figure.reached else "MISSED"
        rows.append((figure.name, goal, f"{number(figure.measured)} {figure.unit}", f"{ok}  {figure.note}".strip()))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
