"""The state of a table of runs in the query string: search, filters, order, columns, page; and the little language of its search field.

`qwen lr=1e-3 eval_loss<2.5 tag:best status:failed "two words"`: words are looked for in names, paths, notes and tags, a comparison is of
a parameter or of a metric's last value (`min:eval_loss<2`, `max:acc>0.9` of its lowest or highest). All parts have to hold.
"""

import difflib
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from webapp.store.lists import Condition, Order, RunFilter
from webapp.store.runs import LIVE, SORTS
from webapp.view import COLUMN, MAX_COLUMNS, TABLE, QueryValues

COMPARISON = re.compile(r"^(?:(last|min|max|first):)?([^\s<>=!:][^<>=!]{0,199}?)(<=|>=|!=|<|>|=)([^<>=]{1,200})$")
STATUSES = ("live", *LIVE, "finished", "failed", "missing")
COLUMNS = {
    "experiment": "Experiment",
    "status": "Status",
    "spark": "Curve",
    "loss": "Loss",
    "best": "Best",
    "step": "Step",
    "duration": "Duration",
    "updated": "Updated",
    "started": "Started",
    "created": "Found",
    "points": "Points",
}
DEFAULT = ("status", "spark", "loss", "best", "step", "duration", "updated")
SORTED = (*SORTS, "duration")
FALLING_FIRST = ("updated", "started", "created", "points", "step", "duration")  # what people want to see from the top first
MOST_PAGES = 10_000
DEFAULT_SORT = "-updated"


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What a table of runs shows. `columns` hold keys of COLUMNS, "param:NAME" and "metric:NAME"; empty = the default ones."""

    text: str = ""
    status: str = ""
    tag: str = ""
    archived: bool = False
    sort: str = DEFAULT_SORT
    columns: tuple[str, ...] = ()
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether it lists less than all runs that are not archived."""
        return bool(self.text or self.status or self.tag or self.archived)

    def pairs(self, **changes: Any) -> tuple[tuple[str, str], ...]:
        """As (name, value) pairs with `changes` applied, defaults left out. A change of anything but the page begins at page 1."""
        new = replace(self, **({"page": 1} | changes)) if changes else self
        values = {
            "q": (new.text,),
            "status": (new.status,),
            "tag": (new.tag,),
            "archived": ("1" if new.archived else "",),
            "sort": (new.sort if new.sort != DEFAULT_SORT else "",),
            COLUMN: new.columns,
            "page": (str(new.page) if new.page > 1 else "",),
        }
        return tuple((name, value) for name in TABLE for value in values[name] if value)

    def turned(self, column: str) -> str:
        """What sorting by `column` next means: the other way round where it is sorted by that already."""
        if self.sort.removeprefix("-") == column:
            return column if self.sort.startswith("-") else f"-{column}"
        return f"-{column}" if column in FALLING_FIRST else column

    @property
    def order(self) -> Order:
        return Order(self.sort.removeprefix("-"), self.sort.startswith("-"))

    def filter(self, experiment_id: int | None) -> tuple[RunFilter, tuple[str, ...]]:
        """Which runs are meant, and a sentence for every part of the search that means nothing."""
        words, statuses, tags, conditions, problems = [], [], [], [], []
        for part in split_search(self.text):
            name, colon, value = part.partition(":")
            comparison = COMPARISON.match(part)
            if colon and name == "tag":
                tags.append(value)
            elif colon and name == "status":
                if value in STATUSES:
                    statuses.append(value)
                else:
                    problems.append(f"status:{value[:40]} is not one of {', '.join(STATUSES)}; it is left out.")
            elif comparison and (comparison[3] in ("=", "!=") or is_number(comparison[4])):
                conditions.append(Condition(comparison[2].strip(), comparison[3], comparison[4].strip(), comparison[1] or "last"))  # type: ignore[arg-type]
            elif comparison:
                problems.append(f"“{part[:60]}” compares with no number; it is left out.")
            else:
                words.append(part)
        statuses += [self.status] if self.status else []
        tags += [self.tag] if self.tag else []
        wanted = RunFilter(experiment_id, tuple(words), tuple(statuses), tuple(tags), tuple(conditions), self.archived)
        return wanted, tuple(problems)


def read_table_query(pairs: Iterable[tuple[str, str]]) -> tuple[TableQuery, tuple[str, ...]]:
    """The table a query string asks for, and what of it cannot be used."""
    values = QueryValues(pairs)
    sort = values.last("sort")
    if not is_sort(sort):
        if sort:
            values.problems.append(f"sort={sort[:40]} is no column of the table; the newest runs come first.")
        sort = DEFAULT_SORT
    status = values.last("status")
    if status and status not in STATUSES:
        values.problems.append(f"status={status[:40]} is not one of {', '.join(STATUSES)}; runs of every status are listed.")
        status = ""
    asked = [column[:200] for column in values.every(COLUMN)[:MAX_COLUMNS] if column]
    columns = tuple(dict.fromkeys(filter(is_column, asked)))
    values.problems += [f"col={column[:40]} is no column of the table; it is left out." for column in asked if not is_column(column)]
    page = values.number("page", 1, MOST_PAGES)
    table = TableQuery(
        text=values.last("q")[:200],
        status=status,
        tag=values.last("tag")[:100],
        archived=values.last("archived") not in ("", "0"),
        sort=sort,
        columns=columns,
        page=int(page) if page else 1,
    )
    return table, tuple(values.problems)


def split_search(text: str) -> list[str]:
    """The parts of a search: words, or several in double quotes. A quote without its partner is a letter."""
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:
        return text.split()


def unknown_keys(conditions: Iterable[Condition], known: set[str]) -> tuple[str, ...]:
    """A sentence for every comparison of something that no run has, with the names that come near it."""
    out = []
    for condition in conditions:
        if not known.intersection(condition.keys):
            near = near_names(condition.key, known)
            hint = f" Near it: {', '.join(f'“{name[:60]}”' for name in near)}." if near else ""
            out.append(f"No run here has a parameter or a metric “{condition.key[:60]}”.{hint}")
    return tuple(out)


def near_names(name: str, known: set[str], most: int = 4) -> list[str]:
    """Names written almost like `name`, or that hold it, the nearest first."""
    lower = {other.lower(): other for other in sorted(known)}
    written = difflib.get_close_matches(name.lower(), lower, most, 0.7)
    holding = sorted((other for other in lower if name.lower() in other), key=len)
    return [lower[other] for other in dict.fromkeys([*written, *holding])][:most]


def is_sort(sort: str) -> bool:
    key = sort.removeprefix("-")
    return key in SORTED or is_other(key)


def is_column(column: str) -> bool:
    return column in COLUMNS or is_other(column)


def is_other(key: str) -> bool:
    """Whether the key names a parameter or a metric."""
    kind, _, name = key.partition(":")
    return kind in ("param", "metric") and 0 < len(name) <= 200


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def column_title(column: str) -> str:
    """What stands above a column."""
    return COLUMNS.get(column) or column.partition(":")[2]
