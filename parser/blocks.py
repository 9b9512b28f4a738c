"""Records that run over several lines: pretty-printed JSON objects, dicts broken by a pretty printer or by the terminal's width, and the
results of RLlib, which are YAML under `Result for …:` and complete with their iteration.

In: lines. Out: the record as one line, with the offset of its first, or nothing while it is open. An object inside a record is part
of it where the record began with a pair of its own; a list of records in a bigger object gives its records. A record longer than
`BLOCK_BYTES` is let go; a configuration comes out as such, without its levels. The scores of COCO, which differ in numbers alone and
stand below the line that says of what they are, get their names here, unless the log gives them again by itself; so do the columns of
AllenNLP, which stand below `Training |  Validation`.
"""

import re

import msgspec

from parser.params import is_setting
from parser.phases import SCOPES

BLOCK_BYTES = 16 << 10
BLOCK_LINES = 400
_OPEN = re.compile(rb"^\s*(?:[\"'][^\"']{1,80}[\"']\s*:\s*)?\{\s*$")
_CLOSE = re.compile(rb"^\s*\}\s*\]?,?\s*$")
_RESULT = re.compile(rb"^Result for [^\s:]{1,120}:$")
_LOGGED = re.compile(rb"(?:INFO:\w{1,40}:|I\d{4} [^{\]]{1,80}\] ?)\{['\"]")  # a dict behind the prefix of TensorFlow or glog
_NUMBER = re.compile(r"( {0,40})([\w./-]{1,80}): \.?([-+\d.eE]+|nan|-?inf)")
_PARENT = re.compile(r"( {0,40})([\w./-]{1,80}):")
_PAIR = re.compile(rb"^\s*[\"'][^\"']{1,120}[\"']\s*:\s*[^{\[]*,?\s*$")
_KEY = re.compile(rb"[\"']([^\"']{1,80})[\"']\s*:\s*(.*)")
_COUNTS = re.compile(rb"(?:\w{1,60}_)?(?:steps|epochs|iterations|iters)")  # how many there will be, or were
_COUNTED = re.compile(rb"(?:global_|current_)?(?:step|epoch|iteration|iter)")
_RATES = (b"lr", b"learning_rate", b"LR")
_NO_BRACES = bytes.maketrans(b"{}", b"()")
CONFIG_BYTES = 3900  # as much of a configuration as is seen to be one
_COCO = re.compile(
    rb"^\s*Average (?:Precision|Recall) {1,9}\((A[PR])\) @\[ IoU=([\d.:]{3,9}) {0,9}\| area= {0,9}(\w{1,9}) \| maxDets= {0,9}(\d{1,6}) \]"
    rb" = (-?[\d.]{1,20})$"
)
_COCO_OF = re.compile(rb"(?:IoU metric: |Evaluate annotation type \*)(\w{1,40})")
_NAMED_AT = frozenset((b" ", b"A", b"I", b"E", b":"))  # first bytes of these lines, and of OLMo-core's
_OPENMM = re.compile(rb" - mm\w{2,20} - ")  # OpenMMLab and MLPerf print the scores again on a line of their own
_MLPERF = b":::MLL"
_DIGITS = re.compile(rb"\d+")
_COLUMNS = re.compile(rb"\s{0,99}Training\s{1,9}\|\s{1,9}Validation")
_ROW = re.compile(rb"([A-Za-z][\w./@-]{0,80})\s{0,80}\|\s{1,20}(\S{1,20})\s{1,20}\|\s{1,20}(\S{1,20})")


class BlocksState(msgspec.Struct):
    """The open record: its lines so far, its offset, its kind ("object", "dict" or "result"; "" while none is open)."""

    kind: str = ""
    lines: list[bytes] = []
    offset: int = 0
    size: int = 0
    name: str = ""  # of the object, where it is a part of another
    depth: int = 0  # objects open inside the record: {"epoch": 1, "train": {"loss": …}}
    coco_of: str = ""  # what the scores of COCO below are of: bbox, segm, keypoints
    columns: bool = False  # the lines below `Training |  Validation` go on
    coco_again: bool = False  # the log tells them on other lines, too
    by: bytes = b""  # the prefix of the open record, without its digits
    said: tuple[bytes, bytes] = (b"", b"")  # of the last dict that went over several lines: its prefix and itself


class Blocks:
    def __init__(self, state: BlocksState) -> None:
        self.state = state

    def heed(self, line: bytes) -> None:
        """Sees by a line as it was printed whether the log tells the scores of COCO on other lines, too."""
        if not self.state.coco_again and b" - mm" in line:
            self.state.coco_again = _OPENMM.search(line) is not None

    def see(self, line: bytes, offset: int, prefix: bytes = b"") -> tuple[bytes, int] | str | None:
        """A whole record and its offset, "part" for a line inside one, None for any other line. `prefix` is what stood before the line."""
        state = self.state
        if state.kind:
            return self._more(line, offset)
        if line[:1] in _NAMED_AT and (named := self._named(line)):
            return named, offset
        if state.columns or line[-10:] == b"Validation":
            columns, state.columns = state.columns, _COLUMNS.fullmatch(line) is not None
            if columns and (row := _ROW.fullmatch(line.strip())) is not None:
                state.columns = True
                pairs = [b"%s_%s=%s" % (of, row[1], row[n]) for n, of in ((2, b"train"), (3, b"val")) if row[n] != b"N/A"]
                return prefix + b", ".join(pairs), offset
        if line[-1:] == b"{" and _OPEN.match(line):
            self._begin_object(line, offset)
            return "part"
        if line[:11] == b"Result for " and _RESULT.match(line):
            self._begin("result", b"", offset)
            return "part"
        if (line[:2] in (b"{'", b'{"') or _LOGGED.match(line)) and b"}" not in line and b":" in line:
            self._begin("dict", line, offset)
            state.by = _DIGITS.sub(b"", prefix)
            return "part"
        return None

    def _named(self, line: bytes) -> bytes:
        """A line whose name differs from others in a number alone, with that number in the name; nothing for any other line.

        `COCO segm/AP@0.50:0.95 all@100 = 0.112`, unless the log tells it again, or it is -1, which stands for no score: nothing of that
        size is there. `optim/LR (group_0)=4.00E-07` of OLMo-core.
        """
        state = self.state
        if line[:20] == b"    optim/LR (group ":
            return line[:19] + b"_" + line[20:]
        if line[:6] == _MLPERF:
            state.coco_again = True
            return b""
        if line[:3] in (b"IoU", b"Eva"):
            told = _COCO_OF.match(line)
            state.coco_of = told[1].decode() if told is not None else state.coco_of
            return b""
        found = _COCO.match(line) if b"Average " in line[:16] else None
        if found is None or found[5][:1] == b"-" or state.coco_again:
            return b""
        of = "" if state.coco_of in ("", "bbox") else f"{state.coco_of}/"
        return b"COCO %s%s@%s %s@%s = %s" % (of.encode(), *found.groups())

    def _begin(self, kind: str, line: bytes, offset: int) -> None:
        state = self.state
        state.kind, state.offset, state.size = kind, offset, len(line)
        state.lines = [line] if line else []

    def _begin_object(self, line: bytes, offset: int) -> None:
        self._begin("object", b"", offset)
        name = _KEY.match(line.strip())
        self.state.name = name[1].decode("utf-8", "replace") if name is not None else ""

    def _more(self, line: bytes, offset: int) -> tuple[bytes, int] | str | None:
        state = self.state
        state.size += len(line)
        if state.size > BLOCK_BYTES or len(state.lines) > BLOCK_LINES:
            self._end()
            return None
        if state.kind == "result":
            if line[:1] != b" ":
                self._end()
                return self.see(line, offset)
            state.lines.append(line)
            return (_flat(self._end()), state.offset) if line.lstrip().startswith(b"training_iteration:") else "part"
        if state.kind == "object":
            inner = bool(state.lines) and line.lstrip()[:1] in b"\"'" and line[-1:] == b"{" and _OPEN.match(line) is not None
            if _PAIR.match(line) or inner or (state.depth and _CLOSE.match(line)):
                state.depth += inner - (_CLOSE.match(line) is not None)
                state.lines.append(line.strip())
                return "part"
            lines = self._end()
            if _CLOSE.match(line) and lines:
                return _config(lines, state.name) or b"{" + b" ".join(lines).replace(b"{ ", b"{") + b"}", state.offset
            if line[-1:] == b"{" and _OPEN.match(line):
                self._begin_object(line, offset)
                return "part"
            return "part" if _CLOSE.match(line) else None
        if line[:2] in (b"{'", b'{"'):
            self._end()
            return self.see(line, offset)
        state.lines.append(line)
        if b"}" in line:
            lines = self._end()
            broken = any(not one.endswith((b",", b" ")) for one in lines[:-1])
            whole = (b"" if broken else b" ").join(one if broken else one.strip() for one in lines)
            said, state.said = state.said, (state.by, whole)
            if whole == said[1] and state.by != said[0]:  # TensorFlow's handler prints it, and absl's again
                state.said = (b"", b"")
                return "part"
            return whole, state.offset
        return "part"

    def _end(self) -> list[bytes]:
        state = self.state
        lines, state.lines, state.kind, state.depth = state.lines, [], "", 0
        return lines


def _flat(lines: list[bytes]) -> bytes:
    """The numbers of a YAML block as one JSON object, with the names of the levels above them before their own."""
    pairs: list[str] = []
    path: list[tuple[int, str]] = []
    for line in lines:
        text = line.decode("utf-8", "replace")
        found = _NUMBER.fullmatch(text) or _PARENT.fullmatch(text)
        if found is None:
            continue
        path = [(depth, name) for depth, name in path if depth < len(found[1])]
        if found.re is _PARENT:
            path.append((len(found[1]), found[2]))
        else:
            pairs.append(f'"{"/".join([*(name for _, name in path), found[2]])}": {found[3]}')
    return ("{" + ", ".join(pairs) + "}").encode()


def _config(lines: list[bytes], name: str) -> bytes:
    """An object that is a configuration, as `config {…}` on one line; nothing where it is a record.

    It tells how many steps there will be (`steps`, not `step`), and has another setting beside it or is a part of a bigger one.
    """
    pairs = [found.groups() for line in lines if (found := _KEY.match(line)) is not None]
    keys = [key for key, _ in pairs]
    if not any(_COUNTS.fullmatch(key) for key in keys) or any(_COUNTED.fullmatch(key) for key in keys):
        return b""
    parts = [name, *(key.decode("utf-8", "replace") for key, value in pairs if value == b"{")]
    other = any(is_setting(key) for key in keys if key not in _RATES and not _COUNTS.fullmatch(key))
    if not other and not any(part and part.lower() not in SCOPES for part in parts):
        return b""
    flat = b", ".join(b'"%s": %s' % (key, value.rstrip(b",").translate(_NO_BRACES)) for key, value in pairs if value != b"{")
    return b"config {" + (flat if len(flat) <= CONFIG_BYTES else flat[:CONFIG_BYTES].rpartition(b", ")[0]) + b"}"
