"""Formats: what is known of each tool's printing, as TOML data with samples. See `CONTRIBUTING` for how to add one.

A format is one file. `name`, `title`, `about` and `url` say what it is; each `[[line]]` is a pattern for one kind of line:

    when      regular expression, searched in the line as printed (terminal escapes are gone). Named groups give numbers their role:
              step, total, epoch, epochs, batch, batches, time, rank; at and end: the line counts only where the two numbers are
              the same, as the last of an evaluation's batches; `value` is a metric whose name is the text of the group `name`,
              and behind # that of the group `nth`; any other group is a metric of that name
    contains  a text that every such line holds; looked for first, because it is much cheaper
    kind      record (the default) | header (says where the lines below stand) | summary (repeats numbers) | noise | skip (the next record
              repeats an earlier one) | bar (the description and the postfix of a progress bar, joined by " | ") | table (a header row: its
              rows are this tool's)
    pairs     true: the line's other numbers are read as key and value, as the generic reader does
    keys      only these keys are taken, of the pairs
    skip      keys that are left out, of the pairs
    names     other names for groups, where a name is no Python identifier: {loss_avg = "loss (avg)"}
    scope     "val", "test", "train": put before the names of the line's metrics
    base      number of the first epoch (0 or 1), where the tool has one
    averages  false: numbers in brackets behind a value are not taken
    event     kind of text event the line is

and each `[[sample]]` a text with what must come out of it: `step`, `epoch`, and `values` by printed name, of its last record, or
`nothing = true`. Every pattern must be used by a sample. The same check runs for a user's own formats when they are loaded.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from parser.bars import read_bar
from parser.formats.endless import why_endless
from parser.formats.patience import Patience
from parser.generic import read
from parser.generic import read_bar as read_bar_plan
from parser.numbers import TOKEN, cut
from parser.plans import NOW, SLOTS, Plan, Value

FOLDER = Path(__file__).parent
KINDS = ("record", "header", "summary", "noise", "skip", "bar", "table")
LINE_KEYS = {"when", "contains", "kind", "pairs", "keys", "skip", "names", "scope", "base", "event", "averages"}
SAMPLE_KEYS = {"text", "step", "epoch", "values", "nothing"}


class FormatError(Exception):
    """A format file that cannot be used; the text says which and why."""


@dataclass(slots=True)
class LinePattern:
    """One kind of line of a format; the regular expression is compiled when it is first needed."""

    when: str
    contains: bytes = b""
    kind: str = "record"
    pairs: bool = False
    keys: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    scope: str = ""
    base: int = -1
    event: str = ""
    averages: bool = True
    patience: Patience | None = None  # None for those that come with the parser, whose time is held to by a test
    _compiled: re.Pattern[bytes] | None = None

    def match(self, line: bytes) -> re.Match[bytes] | None:
        if self.contains and self.contains not in line:
            return None
        if self._compiled is None:
            self._compiled = re.compile(self.when.encode())
        return self._compiled.search(line) if self.patience is None else self.patience.search(self._compiled, line)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and what must come out of its last record; `values` by printed name."""

    text: str
    values: dict[str, float]
    step: float | None = None
    epoch: float | None = None


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    title: str
    about: str
    url: str
    lines: tuple[LinePattern, ...]
    samples: tuple[Sample, ...]
    path: Path


@dataclass(frozen=True)
class FormatSet:
    """The formats a parser uses, in the order they are asked, and the files that were refused with the reason.

    An empty set leaves everything to the generic reader.
    """

    formats: tuple[Format, ...] = ()
    problems: tuple[tuple[Path, str], ...] = ()

    def plan(self, line: bytes, parts: list[bytes], where: str = "line") -> Plan | None:
        """The plan of the first format that claims the line; `where` is line, bar or table, and only patterns for that are asked."""
        return self._plan(self.asked[where], line, parts)

    def plan_behind(self, message: bytes, parts: list[bytes]) -> Plan | None:
        """The plan of the first format that claims what stands behind a prefix, where none has claimed the whole line.

        Only patterns for the begin of a line are asked.
        """
        return self._plan(self.asked["begin"], message, parts)

    @property
    def slow(self) -> tuple[tuple[Path, str], ...]:
        """The users' patterns that took too long on a line and are not asked any more, with the reason."""
        return tuple((one.path, reason) for one in self.formats for reason in slow_patterns(one))

    @cached_property
    def asked(self) -> dict[str, list[tuple[Format, LinePattern]]]:
        """The patterns to ask of a line, a bar and a table, and those of a line that are for its begin."""
        asked: dict[str, list[tuple[Format, LinePattern]]] = {"line": [], "bar": [], "table": [], "begin": []}
        for one in self.formats:
            for pattern in one.lines:
                where = pattern.kind if pattern.kind in ("bar", "table") else "line"
                asked[where].append((one, pattern))
                if where == "line" and pattern.when.startswith("^"):
                    asked["begin"].append((one, pattern))
        return asked

    def _plan(self, asked: list[tuple[Format, LinePattern]], line: bytes, parts: list[bytes]) -> Plan | None:
        for one, pattern in asked:
            if (found := pattern.match(line)) is not None:
                return plan_of(one, pattern, found, line, parts)
        return None


def plan_of(one: Format, pattern: LinePattern, found: re.Match[bytes], line: bytes, parts: list[bytes]) -> Plan:
    """What a claimed line means: the roles of its named groups, and its pairs where the pattern asks for them."""
    plan = read_bar_plan(parts) if pattern.kind == "bar" else read(parts)
    if not pattern.pairs:
        plan = Plan(time=plan.time, rank=plan.rank, rank_text=plan.rank_text, label=plan.label)
    plan.format, plan.kind, plan.need, plan.moving = one.name, "record" if pattern.kind == "bar" else pattern.kind, NOW, False
    plan.scope = pattern.scope or (plan.scope if pattern.pairs else "")
    plan.base, plan.event = pattern.base, pattern.event
    plan.last = pattern.event == "finished" and pattern.kind == "record"
    spans = [token.span(1) for token in TOKEN.finditer(line)]
    claimed = set()
    for group, number in found.re.groupindex.items():
        if found.start(number) < 0 or group in ("name", "nth"):
            continue
        slot = next((index for index, (start, end) in enumerate(spans) if start < found.end(number) and end > found.start(number)), -1)
        if slot < 0:
            continue
        claimed.add(slot)
        if group in SLOTS:
            setattr(plan, group, slot)
        else:
            plan.values = [value for value in plan.values if value.slot != slot]
            plan.values.append(Value(slot, _told_name(found) if group == "value" else pattern.names.get(group, group)))
    for role in SLOTS:
        if role not in found.re.groupindex and getattr(plan, role) in claimed:
            setattr(plan, role, -1)  # the generic reader took the number for something else
    roles = {getattr(plan, role) for role in SLOTS} & claimed
    plan.values = [
        value
        for value in plan.values
        if value.slot not in roles
        and (pattern.averages or not value.key.endswith((" (avg)", " (%)")))
        and value.key not in pattern.skip
        and (not pattern.keys or value.key in pattern.keys)
    ]
    if "epoch" in pattern.skip or plan.batch >= 0:
        plan.shows_epoch = False
    plan.values.sort(key=lambda value: value.slot)
    if plan.kind == "record" and not plan.values and not plan.shows_epoch:
        plan.kind = "header" if plan.has_place else "noise"
    return plan


def _told_name(found: re.Match[bytes]) -> str:
    """The name that the line itself gives the group `value`."""
    groups = {group: text.decode("utf-8", "replace") for group, text in found.groupdict(b"").items()}
    return groups.get("name", "value") + (f"#{groups['nth']}" if groups.get("nth") else "")


def load_formats(folder: Path | None = None) -> FormatSet:
    """The formats that come with the parser, and those of a folder before them. A broken file is named in `problems`; the rest works."""
    found: list[Format] = []
    problems: list[tuple[Path, str]] = []
    if folder is not None:
        for path in sorted(folder.glob("*.toml")):
            try:
                one = read_format(path)
                check_samples(one)
                found.append(one)
            except FormatError as problem:
                problems.append((path, str(problem)))
    return FormatSet((*found, *built_in().formats), tuple(problems))


_BUILT_IN: list[FormatSet] = []


def built_in() -> FormatSet:
    """The formats that come with the parser; read once."""
    if not _BUILT_IN:
        _BUILT_IN.append(FormatSet(tuple(read_format(path) for path in sorted(FOLDER.glob("*.toml")))))
    return _BUILT_IN[0]


def read_format(path: Path) -> Format:
    """One format file. Raises FormatError with what is wrong and where."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise FormatError(f"{path.name} is no TOML file: {problem}") from problem
    return format_of(text, path)


def format_of(text: str, path: Path) -> Format:
    """A format out of its text; `path` is what errors call it. Raises FormatError with what is wrong and where."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise FormatError(f"{path.name} is no TOML file: {problem}") from problem
    except RecursionError as problem:
        raise FormatError(f"{path.name} is nested too deeply") from problem
    for key in ("name", "title", "about"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise FormatError(f"{path.name} has no {key}")
    lines, samples = data.get("line", []), data.get("sample", [])
    if not lines or not samples:
        raise FormatError(f"{path.name} needs at least one [[line]] and one [[sample]]")
    return Format(
        data["name"],
        data["title"],
        data["about"],
        data.get("url", ""),
        tuple(_line(path, number, line) for number, line in enumerate(lines, 1)),
        tuple(_sample(path, number, sample) for number, sample in enumerate(samples, 1)),
        path,
    )


def _line(path: Path, number: int, data: dict[str, object]) -> LinePattern:
    where = f"{path.name}, line pattern {number}"
    if unknown := set(data) - LINE_KEYS:
        raise FormatError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(LINE_KEYS))}")
    when, kind = data.get("when", ""), data.get("kind", "record")
    if not isinstance(when, str) or not when:
        raise FormatError(f"{where}: `when` is missing")
    if kind not in KINDS:
        raise FormatError(f"{where}: kind is {kind!r}; expected one of {', '.join(KINDS)}")
    names = data.get("names", {})
    if not isinstance(names, dict):
        raise FormatError(f"{where}: `names` is no table")
    try:
        if path.parent != FOLDER:
            re.compile(when.encode())
            if why := why_endless(when.encode()):
                raise FormatError(f"{where}: `when` may take for ever: {why}")
    except (re.error, RecursionError) as problem:
        raise FormatError(f"{where}: `when` is no regular expression: {problem}") from problem
    return LinePattern(
        when,
        str(data.get("contains", "")).encode(),
        str(kind),
        bool(data.get("pairs", False)),
        _texts(data.get("keys", [])),
        _texts(data.get("skip", [])),
        {str(key): str(value) for key, value in names.items()},
        str(data.get("scope", "")),
        int(str(data.get("base", -1))),
        str(data.get("event", "")),
        bool(data.get("averages", True)),
        Patience() if path.parent != FOLDER else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _sample(path: Path, number: int, data: dict[str, object]) -> Sample:
    where = f"{path.name}, sample {number}"
    if unknown := set(data) - SAMPLE_KEYS:
        raise FormatError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(SAMPLE_KEYS))}")
    text, values = data.get("text"), data.get("values", {})
    if not isinstance(text, str) or not text.strip():
        raise FormatError(f"{where}: `text` is missing")
    if not isinstance(values, dict) or not (values or data.get("nothing")):
        raise FormatError(f"{where}: give `values`, or `nothing = true`")
    step, epoch = data.get("step"), data.get("epoch")
    return Sample(
        text,
        {str(key): float(str(value)) for key, value in values.items()},
        float(str(step)) if step is not None else None,
        float(str(epoch)) if epoch is not None else None,
    )


def check_samples(one: Format) -> None:
    """Reads every sample with this format alone. Raises FormatError at the first that does not give what it says."""
    from parser.formats.check import difference, unused  # the check needs the parser, which needs the formats

    for number, sample in enumerate(one.samples, 1):
        wrong = difference(one, sample)
        if slow := slow_patterns(one):
            raise FormatError(f"{one.path.name}: {slow[0]} (sample {number})")
        if wrong:
            raise FormatError(f"{one.path.name}, sample {number}: {wrong}")
    if silent := unused(one):
        raise FormatError(f"{one.path.name}: line pattern {silent} is used by no sample")


def slow_patterns(one: Format) -> list[str]:
    """The patterns of a format that are not asked any more, each with the reason."""
    return [
        f"line pattern {number} {pattern.patience.over}"
        for number, pattern in enumerate(one.lines, 1)
        if pattern.patience and pattern.patience.over
    ]


def claims(one: Format, text: str) -> set[int]:
    """Numbers (from 1) of the patterns that claim a line of the text."""
    found = set()
    for line in text.encode().splitlines():
        for where in ("line", "bar", "table"):
            for number, pattern in enumerate(one.lines, 1):
                if (pattern.kind if pattern.kind in ("bar", "table") else "line") == where and pattern.match(_shown(line, where)):
                    found.add(number)
                    break
    return found


def _shown(line: bytes, where: str) -> bytes:
    """The line as the patterns of a kind see it: for a bar its description and postfix, and what is glued behind a bar after a bracket."""
    bar = read_bar(line)
    if bar is None:
        return line
    if where == "line":
        return b"]" + bar.rest.strip() if bar.rest.strip() else line
    desc = bar.desc.strip(b" :\r")
    return desc + b" | " + bar.postfix if bar.postfix else desc


__all__ = ["Format", "FormatError", "FormatSet", "LinePattern", "Sample", "built_in", "claims", "cut", "load_formats"]
