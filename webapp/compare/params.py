"""The parameters of several runs side by side: which differ, which tell the runs apart best, which say how a run was started."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.redact import redact_value
from webapp.store.rows import RunRow

TELLING = 4  # parameters named beside a run
LONG = 24  # characters of a value that is too long to stand beside a name
STARTED = re.compile(
    r"^(command|command_line|cmd|argv|cwd|host|hostname|user|python|python_version|platform|cuda|cuda_version|gpu|gpus|torch|torch_version|"
    r"transformers_version|git|commit|branch|slurm_job_id)$|^(git|env|environment|host|torch|cuda|gpu)[._ ]",
    re.IGNORECASE,
)
FIRST = re.compile(
    r"(^|[._ ])(learning_rate|lr|seed|beta|batch_size|per_device_train_batch_size|model(_name)?(_or_path)?|optim(izer)?)$", re.I
)
LABELS = re.compile(r"(^|[._ ])(name|run|run_name|exp(eriment)?(_name)?|(output|log|logging|save|work)_?dir|id|uuid)$", re.IGNORECASE)
PLACES = re.compile(r"(dir|path|folder|file|name|id|time|date|port)s?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParamRow:
    """One parameter: its value in every run, in their order; None where a run does not have it."""

    name: str
    values: tuple[str | None, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters side by side. `equal` counts those that are the same everywhere; they are in `rows` only if they were asked for."""

    rows: tuple[ParamRow, ...]
    started: tuple[ParamRow, ...]
    equal: int


def same_value(one: str | None, other: str | None) -> bool:
    """Whether two printed values mean the same: 1e-4 and 0.0001, True and true."""
    if one is None or other is None:
        return one is other
    return _meaning(one) == _meaning(other)


def _meaning(text: str) -> str | float:
    text = text.strip().strip("'\"")
    try:
        value = float(text)
    except ValueError:
        return text.lower() if text.lower() in ("true", "false", "none", "null") else text
    return value if math.isfinite(value) else text.lower()


def compare_params(runs: Sequence[RunRow], everything: bool) -> Params:
    """The parameters of `runs` by name; only those that differ unless `everything`."""
    names = sorted({name for run in runs for name in run.params}, key=lambda name: (name.lower(), name))
    rows = [ParamRow(name, values, _differ(values)) for name in names for values in [tuple(_shown(run, name) for run in runs)]]
    started = tuple(row for row in rows if STARTED.search(row.name))
    rest = [row for row in rows if not STARTED.search(row.name)]
    shown = tuple(row for row in rest if row.differs or everything or len(runs) == 1)
    return Params(shown, started, sum(not row.differs for row in rest))


def _shown(run: RunRow, name: str) -> str | None:
    value = run.params.get(name)
    return None if value is None else redact_value(name, value)


def telling_params(params: Params, most: int = TELLING) -> tuple[ParamRow, ...]:
    """The few differing parameters that tell the runs apart best, to stand beside their names; one that only repeats a name does not."""

    def repeats(row: ParamRow) -> bool:
        return bool(LABELS.search(row.name)) and len(set(row.values)) == len(row.values)

    def rank(row: ParamRow) -> tuple[bool, bool, bool, bool, str]:
        long = any(value is not None and len(value) > LONG for value in row.values)
        return (long, None in row.values, bool(PLACES.search(row.name)), not FIRST.search(row.name), row.name.lower())

    return tuple(sorted((row for row in params.rows if row.differs and not repeats(row)), key=rank)[:most])


def _differ(values: Sequence[str | None]) -> bool:
    return any(not same_value(values[0], value) for value in values[1:])


def group_names(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Parameters worth grouping by: those with more than one value of which at least one is shared; the others make groups of one run."""
    out = []
    for name in sorted({name for run in runs for name in run.params}, key=str.lower):
        kinds = {None if value is None else _meaning(value) for value in (run.params.get(name) for run in runs)}
        if 1 <= len(kinds) < len(runs) and not STARTED.search(name):
            out.append((len(kinds) == 1, not FIRST.search(name), name))
    return tuple(name for alone, _, name in sorted(out) if not alone)


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs that share a value of the parameter; `label` is "lr=0.001"."""

    label: str
    runs: tuple[RunRow, ...]


def group_runs(runs: Sequence[RunRow], name: str) -> tuple[RunGroup, ...]:
    """The runs by their value of parameter `name`, by number or else by text; those without it last."""
    groups: dict[str | float | None, list[RunRow]] = {}
    for run in runs:
        value = run.params.get(name)
        groups.setdefault(None if value is None else _meaning(value), []).append(run)

    def order(item: tuple[str | float | None, list[RunRow]]) -> tuple[int, float, str]:
        value = item[0]
        if value is None:
            return (2, 0.0, "")
        return (0, value, "") if isinstance(value, float) else (1, 0.0, value)

    found = sorted(groups.items(), key=order)
    return tuple(RunGroup(f"{name} not told" if key is None else f"{name}={_shown(rows[0], name)}", tuple(rows)) for key, rows in found)
