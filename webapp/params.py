"""Parameters of a run from the files beside its log: what trainers and launchers leave there as text.

In: the path of a log. Out: parameters by dotted name, as text. Two kinds of files count: those named after the log (`run1.json`,
`run1.args.yaml` beside `run1.log`), and, where the log is alone in its folder, those of usual names (`config.json`, `args.json`,
`training_args.json`, `trainer_state.json`, any `*.yaml`, `.hydra/config.yaml`). Pickled files are never opened: loading one runs code.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webapp.files import read_file as read_regular

FILE_BYTES = 512 * 1024  # a longer file is no list of parameters
YAML_BYTES = 64 * 1024  # half a second of reading; the loader written in C is faster, but ten thousand brackets make it end the process
MOST_FILES = 20
MOST_PARAMS = 2000
NAME, VALUE = 200, 2000  # characters
DEEPEST = 12
USUAL = ("config.json", "args.json", "training_args.json", "hparams.json", "params.json", "trainer_state.json", "adapter_config.json")
HYDRA = (".hydra/config.yaml", ".hydra/overrides.yaml")
STATE = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")  # of trainer_state.json
LOGS = (".log", ".out", ".err", ".txt")
ASSIGNED = re.compile(r"^\s*([A-Za-z_][\w.\-]{0,80})\s*[=:]\s*(\S.{0,400}?)\s*,?\s*$")


def read_beside(log: Path) -> dict[str, str]:
    """The parameters found, the files named after the log going before those of the folder; {} where there are none.

    A file that cannot be read or makes no sense adds nothing.
    """
    found: dict[str, str] = {}
    for path in list(parameter_files(log))[:MOST_FILES]:
        for name, value in read_file(path).items():
            if len(found) < MOST_PARAMS:
                found.setdefault(name, value)
    return found


def parameter_files(log: Path) -> Iterator[Path]:
    """Files that may hold the parameters of this log, the surest first."""
    try:
        names = sorted(path.name for path in log.parent.iterdir())
    except OSError:
        return
    stem = log.name.removesuffix(log.suffix)
    own = [name for name in names if name != log.name and name.startswith(f"{stem}.") and is_text(name)]
    yield from (log.parent / name for name in own)
    logs = [name for name in names if name.lower().endswith(LOGS) and not is_named_parameters(name)]
    if [name for name in logs if name != log.name]:
        return  # whose parameters they are cannot be told
    yield from (log.parent / name for name in HYDRA)
    yield from (log.parent / name for name in USUAL if name in names)
    yield from (log.parent / name for name in names if name.endswith((".yaml", ".yml")) and name not in own)
    yield from (log.parent / name for name in names if is_named_parameters(name))


def is_text(name: str) -> bool:
    return name.lower().endswith((".json", ".yaml", ".yml", ".args", ".params"))


def is_named_parameters(name: str) -> bool:
    """Whether a text file says by its name that it holds arguments."""
    return name.lower() in ("training_args.txt", "args.txt", "config.txt", "hparams.txt")


def read_file(path: Path) -> dict[str, str]:
    """The parameters in one file; {} for one that is too long, cannot be read, or holds something else."""
    text = read_text(path)
    if text is None:
        return {}
    name = path.name.lower()
    try:
        if name.endswith(".json"):
            found = json.loads(text)
        elif name.endswith((".yaml", ".yml")):
            found = read_yaml(text)
        else:
            found = read_assignments(text)
        if name == "overrides.yaml" and isinstance(found, list):
            found = read_assignments("\n".join(str(line).lstrip("+~") for line in found))
        if name == "trainer_state.json" and isinstance(found, dict):
            found = {key: found[key] for key in STATE if key in found}
        return flatten(found) if isinstance(found, dict) else {}
    except (ValueError, RecursionError):  # a number too long to be written out is a ValueError
        return {}


def read_yaml(text: str) -> Any:
    """What a YAML text says; None for one that is too long or is none."""
    import yaml  # here, since few logs have such a file beside them, and it would be a fiftieth of every start

    try:
        return yaml.safe_load(text) if len(text) <= YAML_BYTES else None
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, OverflowError):  # the last four: a value that its tag does not fit
        return None


def read_text(path: Path) -> str | None:
    """The text of a regular file of at most FILE_BYTES; None for anything else. Links are not followed, nothing blocks."""
    try:
        return read_regular(path, FILE_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def read_assignments(text: str) -> dict[str, str]:
    """`name = value` or `name: value`, a line each."""
    return {match[1]: match[2] for line in text.splitlines() if (match := ASSIGNED.match(line))}


def flatten(found: dict[Any, Any]) -> dict[str, str]:
    """Nested values under dotted names, lists of plain values in one; stops at MOST_PARAMS, whatever refers to whatever."""
    out: dict[str, str] = {}
    waiting: list[tuple[str, Any, int]] = [("", found, 0)]
    steps = 0
    while waiting and len(out) < MOST_PARAMS and steps < 10 * MOST_PARAMS:
        steps += 1
        name, value, depth = waiting.pop()
        if isinstance(value, dict) and depth < DEEPEST:
            inner = [(f"{name}.{key}" if name else str(key), one, depth + 1) for key, one in list(value.items())[:MOST_PARAMS]]
            waiting += reversed(inner)
        elif not isinstance(value, dict) and name:
            out[name[:NAME]] = write_value(value)
    return out


def write_value(value: Any) -> str:
    """A value as a log would print it."""
    if value is None or isinstance(value, bool | int | float | str):
        return str(value)[:VALUE]
    if isinstance(value, list) and all(one is None or isinstance(one, bool | int | float | str) for one in value[:100]):
        return ("[" + ", ".join(str(one) for one in value[:100]) + (", …" if len(value) > 100 else "") + "]")[:VALUE]
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, list | dict) else str(value)[:VALUE]
