"""The query string of a comparison: the view every chart page has, and what only a comparison can ask for."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode

from webapp.charts.options import View
from webapp.view import QueryValues, ViewQuery, number_text, view_query

Band = Literal["minmax", "sd", "ci", "none"]
BANDS = ("minmax", "sd", "ci", "none")
SORTS = ("name", "first", "last", "min", "max", "mean", "count")
MAX_EXPERIMENTS = 100
MAX_NAME = 200  # characters of a parameter's name


@dataclass(frozen=True, slots=True)
class CompareQuery:
    """A comparison as its query string says it.

    page         view, metrics and runs, as on every chart page
    experiments  experiments whose runs are all compared
    group        parameter that makes groups: runs of one value become one mean curve; "" = every run for itself
    band         what is shaded around a mean
    base         run that every other is drawn as the difference to; None = no difference
    level        value whose first crossing is looked for; None = none
    sort         column of the summary, "-" before it turns the order round; "" = order of the runs
    all_params   parameters that are equal in all runs are listed too
    show_all     every run is shown, not only the first ten
    """

    page: ViewQuery = field(default_factory=ViewQuery)
    experiments: tuple[int, ...] = ()
    group: str = ""
    band: Band = "minmax"
    base: int | None = None
    level: float | None = None
    sort: str = ""
    all_params: bool = False
    show_all: bool = False
    problems: tuple[str, ...] = ()

    @property
    def view(self) -> View:
        return self.page.view

    @property
    def runs(self) -> tuple[int, ...]:
        return self.page.runs

    def pairs(self) -> list[tuple[str, str]]:
        """The query as (name, value) pairs in a fixed order, defaults left out."""
        out = [("experiment", str(ident)) for ident in self.experiments] + self.page.pairs()
        if self.group:
            out.append(("group", self.group))
        if self.band != "minmax":
            out.append(("band", self.band))
        if self.base is not None:
            out.append(("base", str(self.base)))
        if self.level is not None:
            out.append(("level", number_text(self.level)))
        if self.sort:
            out.append(("sort", self.sort))
        if self.all_params:
            out.append(("params", "all"))
        if self.show_all:
            out.append(("show", "all"))
        return out

    def query(self, **changes: Any) -> str:
        """The query string with `changes` applied to this object, to its page or to its view."""
        own = {k: v for k, v in changes.items() if k in CompareQuery.__slots__}
        page = {k: v for k, v in changes.items() if k in ViewQuery.__slots__ and k not in own}
        view = {k: v for k, v in changes.items() if k in View.__slots__}
        changed = replace(self, page=replace(self.page, view=replace(self.view, **view), **page), **own)
        pairs = changed.pairs()
        return "?" + urlencode(pairs) if pairs else ""


def bare(query: CompareQuery) -> str:
    """The same runs in the view a comparison begins with."""
    return CompareQuery(page=ViewQuery(runs=query.runs), experiments=query.experiments, show_all=query.show_all).query()


def read_compare_query(pairs: Iterable[tuple[str, str]]) -> CompareQuery:
    """The comparison that a query string asks for; never fails, what cannot be used is named in `problems`."""
    values = QueryValues(pairs)
    experiments = values.idents("experiment", MAX_EXPERIMENTS, "an experiment")
    bases = values.idents("base", 1, "a run")
    level = values.number("level", -1e300, 1e300)
    sort = values.last("sort")
    if sort.removeprefix("-") not in SORTS:
        if sort:
            values.problems.append(f"sort={sort[:40]} is no column of the summary; the runs stand in their own order.")
        sort = ""
    band = values.choice("band", BANDS, "minmax")
    page = view_query(values)
    return CompareQuery(
        page=replace(page, table=(), at=None, problems=()),
        experiments=experiments,
        group=values.last("group")[:MAX_NAME],
        band=band,  # type: ignore[arg-type]
        base=bases[0] if bases else None,
        level=level,
        sort=sort,
        all_params=values.last("params") == "all",
        show_all=values.last("show") == "all",
        problems=tuple(values.problems),
    )
