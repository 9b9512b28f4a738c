"""Parameters that a log prints: banners, argparse and config dumps, one setting a line, command lines.

In: one line that no metric was read from. Out: the pairs of name and value it sets. A pair counts where its name is a setting (batch
size, seed, learning rate, …); a line of a dump with a name that says nothing counts where its neighbours do, which `Dump` remembers.
Refuses values that are no literals after an equals sign with blanks: that is source code.
"""

import re

import msgspec

from parser.names import is_config_word

LINE_BYTES = 8000
DUMP_LINES = 3  # so many pairs in a row, one of them a setting, are a dump
DUMP_KEPT = 60

Pair = tuple[bytes, bytes]

_SCALAR = rb"(?:[-+]?[\d.,]*\d(?:e[-+]?\d+)?[%a-zA-Z]{0,3}|'[^']{0,160}'|\"[^\"]{0,160}\"|[Tt]rue|[Ff]alse|[Nn]one|null|\[[^\]]{0,160}\])"
_LITERAL = rb"(?:" + _SCALAR + rb"|\([^)]{0,160}\)|\{[^}]{0,160}\})"
_WORD = rb"(?:[^\s,;|=(){}\[\]'\"]{1,160})"
_PREFIX = re.compile(
    rb"^\W{0,3}\d[\d\-/ T:.,]{7,30}+\W{0,6}+(?:[\w.]{1,60}+[\s\-:|\]]{1,6}+){0,3}?(?:INFO|DEBUG|info|debug)\b[\s\-:|\]>]{0,6}+"
    rb"(?:[\w.]{1,80}:\d{1,6}[\s\-:|\]]{1,6})?|^(?:INFO|DEBUG)\W{1,4}(?:[\w.]{1,80}:)?\s?"
)  # possessive: a ruler of dashes behind a time stamp must not be tried in every way
_NAME = rb"[\'\"]?(?:--)?(?P<name>[A-Za-z][\w.\-/]{0,80}(?: [A-Za-z]\w{0,20}){0,4})[\'\"]?"
_ONE = re.compile(
    rb"^\s*(?:[-+*]\s+)?"
    + _NAME
    + rb"(?P<sep>\s*:=?\s*|\s?\.{3,}\s?| *= *)(?P<value>"
    + _LITERAL
    + rb"|"
    + _WORD
    + rb")(?P<rest>\.{3,}\w+|\s*#.*|,?)\s*$"
)
_CELLS = re.compile(
    rb"^\s*[|\xe2]\W{0,6}([A-Za-z][\w.\- ]{0,60}?)\s*[|\xe2][^\w\-+'\"/\[]{0,4}\s*("
    + _LITERAL
    + rb"|"
    + _WORD
    + rb")\s*(?:\||\xe2\x94\x82)\s*$"
)
_SECTION = re.compile(rb"^\s*[\'\"]?[\w.\-]{1,60}[\'\"]?\s*:\s*[{\[]?$|^\s*[}\])],?$")
_SPLIT = re.compile(rb"[,;|]\s+|\s{2,}|\t")
_BANNER = re.compile(
    rb"((?:Num|Total|Gradient|Instantaneous|Trainable|Batch|Number|Data)[A-Za-z ,.&()/]{2,70}?)"
    rb"\s*[=:]\s*([\d,.]+(?: of [\d,.]+)?)(?=\s|$|\|)"
)
_NAMESPACE = re.compile(rb"(?:Namespace|[Cc]onfig|Arguments|Args|args|[Hh]yper[pP]arameters?)\((.*)\)\s*$", re.DOTALL)
_KEYWORD = re.compile(rb"\b([A-Za-z_]\w{0,80})=((?:'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\([^)]*\)|[^,()\[\]])+)")
_QUOTED = re.compile(rb"['\"]([A-Za-z_][\w.\-/ ]{0,80})['\"]\s*:\s*(" + _SCALAR + rb")")
_NAMED = re.compile(rb"['\"](?:config|args|hparams|hyper_?parameters|params|settings)['\"]\s*:\s*\{")
_COMMAND = re.compile(rb"^\s*(?:\+ |\$ )?(?:[\w./\-]*(?:python3?|torchrun|accelerate|deepspeed|srun|mpirun)[\w.]*)\s.*")
_OPTION = re.compile(rb"--([A-Za-z][\w.\-]*)(?:[= ]([^\s\-][^\s]*))?")
_COUNT = re.compile(
    rb"(?i)\b(?:has|with|total|trainable|params?:|parameters:|parameters =|params =)\W{0,3}(?:trainable |total )?"
    rb"(\d[\d,.]* ?[KMB]?)\b"
)
_RESULT = re.compile(rb"(?i)loss|accuracy|\bacc\b|\bscore\b")
_CODE = re.compile(  # an annotation, a comprehension
    rb"^['\"]?(?:float|int|str|bool|bytes|list|dict|tuple|object|(?:\w{1,40}\.){0,3}(?:Tensor|Module|Array|ndarray|Optional|Callable))['\"]?\b(?![/-])|\bfor\b.{1,80}\bin\b"
)
_SETTINGS = re.compile(
    r"^(?:\w*_)?(?:lr|learning_rate)(?:_\w+)?$|^(?:model|arch|architecture|backbone|dataset|device|precision|amp|fp16|bf16|loss_fn|criterion|total_(?:steps|epochs)|"
    r"(?:max|num|total)?_?(?:epochs|iterations|steps))(?:_name|_type)?$"
)


class DumpState(msgspec.Struct):
    """The pairs in a row that wait for a setting among them, their number, and whether there was one."""

    waiting: list[tuple[bytes, bytes]] = []
    count: int = 0
    settings: bool = False


def is_setting(name: bytes, value: bytes = b"") -> bool:
    """True for the name of a setting, in any spelling (`Batch size`, `batch-size`, `train.batch_size`). A precision of 0.63 is a score."""
    word = re.sub(r"[\s\-]+", "_", name.decode("utf-8", "replace").strip().lower()).rsplit(".", 1)[-1]
    return (is_config_word(word) or _SETTINGS.match(word) is not None) and not (word == "precision" and b"." in value)


def read_params(line: bytes, dump: DumpState) -> list[Pair]:
    """The parameters that a line sets, and those of the lines before it that it proves to be a dump."""
    if len(line) > LINE_BYTES:
        return []
    line = _PREFIX.sub(b"", line)
    if found := _NAMESPACE.search(line):
        return _KEYWORD.findall(found.group(1))
    if b" = " in line and (pairs := _BANNER.findall(line)):
        return list(pairs)
    if b"--" in line and _COMMAND.match(line):
        return [(name, value or b"true") for name, value in _OPTION.findall(line)]
    if b"{" in line and b":" in line:
        quoted: list[Pair] = _QUOTED.findall(line)
        return quoted if sum(is_setting(name) for name, _ in quoted) >= 2 or _NAMED.search(line) else []
    if (
        (b"param" in line or b"Param" in line)
        and not line.lstrip(b" |").startswith(b"Non-trainable")
        and (count := _COUNT.search(line))
        and len(line) < 120
    ):
        return [(b"parameters", count.group(1))]
    one = _one(line)
    if one is not None:
        return _dumped(one, dump)
    if _SECTION.match(line):
        return []
    dump.waiting, dump.count, dump.settings = [], 0, False
    return _several(line)


def _one(line: bytes) -> Pair | None:
    """The one pair of a line; None where the line is anything else."""
    if cells := _CELLS.match(line):
        return cells.group(1), cells.group(2)
    found = _ONE.match(line)
    if found is None or (found.group("sep") == b" = " and re.fullmatch(_LITERAL, found.group("value")) is None):
        return None
    name, value = found.group("name"), found.group("value")
    return None if value == name or _CODE.search(value) or (name == b"Model" and value == b'"sequential"') else (name, value)


def _dumped(one: Pair, dump: DumpState) -> list[Pair]:
    setting = is_setting(*one) and _RESULT.search(one[0]) is None
    dump.count += 1
    dump.settings = dump.settings or setting
    if dump.settings and dump.count >= DUMP_LINES:
        pairs, dump.waiting = [*dump.waiting, one], []
        return pairs
    if setting:
        return [one]
    if len(dump.waiting) < DUMP_KEPT:
        dump.waiting.append(one)
    return []


def _several(line: bytes) -> list[Pair]:
    """All pairs of a line like `Learning rate: 3e-4, batch size: 64`, where most of its parts are settings."""
    pairs = [_one(part) for part in _SPLIT.split(line.strip())]
    known = [pair for pair in pairs if pair is not None]
    settings = sum(is_setting(*pair) for pair in known)
    return known if len(known) >= 2 and len(known) == len(pairs) and settings * 2 >= len(known) and _RESULT.search(line) is None else []
