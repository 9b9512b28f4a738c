"""Which series share a chart, in which order the charts stand, and which are shown before anybody chose."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parser.points import RANK
from webapp.store.rows import MetricRow

FIRST = ("loss", "learning_rate", "grad_norm")
FLAT_FROM = 10  # points from which on a value that never changed is taken to be one that will not
SHOWN = 12  # charts on a page by default; the rest is one click away
SPLIT = re.compile(r"^(train|training|eval|evaluation|val|valid|validation|test)[_/. ](?=.)", re.IGNORECASE)
DULL = re.compile(
    r"^train_loss$|^(epoch|step|global_step|iter(ation)?|num_tokens|total_flos|num_input_tokens_seen|time|data_time|eta|wall)$"
    r"|(^|[_/ ])(runtime|elapsed|samples_per_second|steps_per_second|tokens_per_second)$|_per_sec(ond)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """One chart: its name in the query string (`metric=`), and the series drawn on it, the training one first.

    flat  a line that never moved
    """

    name: str
    members: tuple[str, ...]
    flat: bool = False

    @property
    def prefix(self) -> str:
        """What groups the chips: `rewards` of `rewards/chosen`; "" without one."""
        return self.name.rpartition("/")[0]

    @property
    def dull(self) -> bool:
        """Bookkeeping rather than learning: not shown until asked for."""
        return all(DULL.search(RANK.sub("", member)) for member in self.members)


def base_name(name: str, names: frozenset[str]) -> str:
    """The name of the chart that `name` belongs to: eval_loss goes with loss, val/acc with train/acc, a rank with its metric."""
    plain = RANK.sub("", name)
    match = SPLIT.match(plain)
    if not match:
        return plain
    rest = plain[match.end() :]
    if rest in names:
        return rest
    others = {other for other in names if other != plain and (found := SPLIT.match(other)) and other[found.end() :] == rest}
    return rest if others else plain


def group_rows(rows: Iterable[MetricRow]) -> list[MetricGroup]:
    """The charts there could be of a run, or of several runs whose series these are."""
    by_name: dict[str, list[MetricRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    single = frozenset(name for name, found in by_name.items() if all(row.count == 1 for row in found))
    flat = frozenset(name for name, found in by_name.items() if all(row.count >= FLAT_FROM and row.min == row.max for row in found))
    return group_metrics(list(by_name), single, flat)


def group_metrics(names: Sequence[str], single: frozenset[str] = frozenset(), flat: frozenset[str] = frozenset()) -> list[MetricGroup]:
    """All series of a run as charts: loss, learning rate, gradient norm, other losses, what has no prefix, what has one, and at the end
    lines that never moved and bookkeeping; among equals by name.

    A `train_…` series of a `single` point is the average that a trainer prints at its end; it gets no place on the curve of the metric.
    """
    known = frozenset(names)
    groups: dict[str, list[str]] = {}
    for name in names:
        summary = name in single and name.startswith("train_") and name.removeprefix("train_") in known
        groups.setdefault(name if summary else base_name(name, known), []).append(name)
    made = [
        MetricGroup(
            name=base,
            members=tuple(sorted(members, key=lambda m: (bool(SPLIT.match(m)), m))),
            flat=base not in FIRST and all(member in flat for member in members),
        )
        for base, members in groups.items()
    ]

    def place(group: MetricGroup) -> tuple[int, list[tuple[int, str]]]:
        rank = FIRST.index(group.name) if group.name in FIRST else len(FIRST)
        if group.name not in FIRST and "loss" not in group.name.lower():
            rank += 2 if group.prefix else 1
        return 99 if group.dull else 98 if group.flat else rank, natural(group.name)

    return sorted(made, key=place)


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts layer2 before layer10."""
    return [(int(piece) if piece.isdigit() and piece.isascii() else -1, piece) for piece in re.split(r"(\d{1,15})", name)]


def choose_groups(groups: Sequence[MetricGroup], wanted: Sequence[str]) -> tuple[list[MetricGroup], list[str]]:
    """The charts to show and the names nothing was found for. Nothing wanted: the first charts that tell something.

    A name may be a chart's, one series' (then only that is drawn), or `prefix/*` for all charts of a prefix.
    """
    if not wanted:
        shown = [group for group in groups if not group.dull and not group.flat][:SHOWN]
        return shown or list(groups[:SHOWN]), []
    chosen: list[MetricGroup] = []
    missing: list[str] = []
    for name in wanted:
        found = [group for group in groups if group.name == name or (name.endswith("/*") and group.prefix == name[:-2])]
        found = found or [MetricGroup(name, (name,)) for group in groups if name in group.members]
        chosen += [group for group in found if group not in chosen]
        missing += [] if found else [name]
    return chosen, missing
