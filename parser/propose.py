"""A format file proposed from one line that nobody understood: the start for a person who knows what the numbers mean.

Every number of the line becomes a named group: the word before it is its name, the first one called step or iteration is the step. All
other text is kept as it stands, spaces may vary. The proposal reads its own line, which is also its sample, and nothing it could not show.
"""

import math
import re
from pathlib import Path

from parser.formats import FormatError, check_samples, format_of

NUMBER = re.compile(
    r"[-+]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:nan|inf(?:inity)?)\b", re.IGNORECASE
)
WORD = re.compile(r"[A-Za-z][\w/@.\-]*")
VALUE = r"[-+.,\deEnaifNI]+"  # short, for people to read; what it matches is read by the parser's own rules
STEPS = {"step", "iter", "iteration", "it", "global_step", "update", "updates", "batch_idx"}
EPOCHS = {"epoch", "ep"}
LONGEST = 2000  # characters of a line that are looked at
MOST = 40  # numbers that become groups


def propose_format(line: str, name: str = "my-format") -> str:
    """The text of a format file that reads this line; "" where no number has a word before it, or a pattern cannot tell them apart."""
    line = "".join(char if char.isprintable() else " " for char in line.strip("\r\n")[:LONGEST])
    pattern: list[str] = []
    names: dict[str, str] = {}
    values: dict[str, str] = {}
    roles: dict[str, str] = {}
    place = 0
    for found in NUMBER.finditer(line):
        if found.start() and (line[found.start() - 1].isalnum() or line[found.start() - 1] == "_"):
            continue
        between = line[place : found.start()]
        label = last_word(between) if len(values) < MOST else ""
        pattern.append(literal(between))
        place = found.end()
        group = group_name(label, roles, values)
        if not group:
            pattern.append(VALUE)
            continue
        pattern.append(f"(?P<{group}>{VALUE})")
        if group in ("step", "epoch"):
            roles[group] = found[0].replace(",", "")
        else:
            values[label] = toml_number(found[0])
            if group != label:
                names[group] = label
    if not values:
        return ""
    pattern.append(literal(line[place:].rstrip()[:40]) if len(line[place:].strip()) <= 40 else "")
    first = next(index for index, piece in enumerate(pattern) if piece.startswith("(?P<"))
    pattern = pattern[first - 1 :]  # what stands before the first name, such as a time, may be anything
    rows = [f'name = "{name}"', f'title = "{name}"', 'about = "Made from one line of a log."', "", "[[line]]"]
    rows.append(f"when = '''{''.join(pattern)}'''")
    if names:
        rows.append("names = { " + ", ".join(f"{group} = {quoted(label)}" for group, label in names.items()) + " }")
    rows += ["", "[[sample]]", f"text = {quoted(line)}", *(f"{role} = {toml_number(value)}" for role, value in roles.items())]
    rows.append("values = { " + ", ".join(f"{quoted(label)} = {value}" for label, value in values.items()) + " }")
    text = "\n".join(rows) + "\n"
    try:
        check_samples(format_of(text, Path("proposal.toml")))
    except FormatError:
        return ""
    return text


def last_word(text: str) -> str:
    """The name that stands before a number: the words since the last separator, at most three."""
    piece = re.split(r"[|,;()\[\]{}]|\s-\s|\s{2,}", text)[-1]
    words = WORD.findall(re.split(r"\S*\d\S*", piece)[-1])
    return " ".join(words[-3:]).strip("-./")


def group_name(label: str, roles: dict[str, str], values: dict[str, str]) -> str:
    """The group that stands for a number: step or epoch for the first of these, an identifier for a name, "" for what gets none."""
    plain = label.lower().rpartition(" ")[2]
    if plain in STEPS and "step" not in roles:
        return "step"
    if plain in EPOCHS and "epoch" not in roles:
        return "epoch"
    if not label or label in values:
        return ""
    return (
        label
        if re.fullmatch(r"[A-Za-z]\w*", label) and label not in ("total", "epochs", "batch", "batches", "time", "rank")
        else f"v{len(values)}"
    )


def literal(text: str) -> str:
    """Text as a pattern: spaces may vary in number, digits of words and times may change."""
    pieces = re.split(r"(\s+|[0-9]+)", text)
    return "".join(
        r"\s+" if piece.isspace() else r"\d+" if piece.isascii() and piece.isdigit() else re.escape(piece).replace("'", r"\x27")
        for piece in pieces
        if piece
    )


def toml_number(text: str) -> str:
    lower = text.lower().replace(",", "").replace("infinity", "inf").lstrip("+")
    if lower.lstrip("-") in ("nan", "inf"):
        return lower
    value = float(lower)
    if math.isinf(value):
        return str(value)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() or char == " " else f"\\u{ord(char):04x}" for char in escaped) + '"'
