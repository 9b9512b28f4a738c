"""Progress bars: tqdm, rich and Keras redraws taken apart.

In: one piece of a log (what stands between two redraws). Out: a `Bar` with its description, counter, total and postfix, and the text
glued behind it. Whether a frame's values are fresh or stale is decided by `parser.frames`.
"""

import math
import re
from dataclasses import dataclass

from parser.phases import SCOPES

_TQDM = re.compile(  # in Colab the drawing is left out: 100% 8/8 [00:03<00:00
    rb"\d{1,3}%(?:\|[^|\r\n]{0,400}\||(?= [^|\[]{0,40}\[\d+:\d\d<)) *([\d.]+[kMGT]?)/([\d.?]+[kMGT]?) *\["
)
_BARE = re.compile(  # neither drawing nor percentage
    rb"(?<![\w./])(\d[\d.]{0,12}[kMGT]?)/(\d[\d.]{0,12}[kMGT]?) *\[(?=\d+:\d\d(?::\d\d)?<)"
)
_CIFAR = re.compile(  # of pytorch-cifar; its count stands in the middle of the drawing, or at the end where backspaces had moved it there
    rb"^ *\[[=>.]{0,200} ?(?:(\d+)/(\d+) )?[=>.]{0,200}\] +Step: \S{1,20} \| Tot: \S{1,20}(?: \| (.{0,400}?))?(?: +(\d+)/(\d+))? *$"
)
_OF = re.compile(  # of progressbar2: 20% (20 of 100) |####   | Elapsed Time: 0:00:02 ETA:   0:00:08 loss: 0.4
    rb"(?:N/A|\d{1,3})% +\( *(\d[\d.]{0,12}) of +(\d[\d.]{0,12})\) *[|\[][^|\]\r\n]{0,400}[|\]]"
)
_OPEN = re.compile(rb"(?<![\w.])([\d.]+[kMGT]?)it \[(?=\d+:\d\d)|: ([\d.]+)it \[")
_RATE = re.compile(
    rb"\d[\d:]{0,20}<[^,\]\[]{0,40}(?:, *[\d.?]+ ?\S{0,40}?/[^\s,\]]{1,24})?(?:<?\.\.)?|\d[\d:]{0,20}, *[\d.?]+ ?\S{0,40}?/[^\s,\]]{1,24}"
)
_OF_EPOCHS = re.compile(rb"(?i)[\d?] ?ep(?:och)?s?/s|s/ep(?:och)?s?\b")  # the unit of the rate
_EPOCHS = re.compile(rb"(?i)\W{0,20}(?:training )?epochs?(?: progress)?\W{0,20}")  # the description, without a number
_BLOCKS = rb"(?:\xe2\x94[\x80-\xbf]|\xe2\x95[\x80-\xbf]|\xe2\x96[\x80-\xbf]|[-#=]){3,300}"
_RICH = re.compile(
    rb"^(?P<desc>[^\r\n\xe2]{0,200}?) *" + _BLOCKS + rb"(?: " + _BLOCKS + rb")? *(?P<n>\d+)/(?P<total>\d+|--) +"
    rb"(?:\d+:\d\d:\d\d|-:--:--) \xe2\x80\xa2 *(?:\d+:\d\d:\d\d|-:--:--) *(?:[\d.]+it/s)? *(?P<postfix>.*)$",
    re.DOTALL,
)
_LLAMA = re.compile(  # of llama.cpp, with the error of the mean behind each value: loss=2.73782±0.04000
    rb"^(\w{1,20}): +\[[=>. ]{0,200}\] data=(\d{1,12})/(\d{1,12}) ((?:\w{1,20}=\S{1,40} ){1,8}?)t=\d"
)
_ERROR = re.compile(rb"(?:\xc2\xb1|\+/-)[\d.naife+-]{1,20}")
_LOGGABLE = re.compile(  # of tqdm-loggable, a line each
    rb"Progress on:(.{0,80}?) ?(\d[\d.]{0,12}[kMGT]?)it/(\d[\d.]{0,12}[kMGT]?|\?)it rate:\S{1,30} remaining:.{1,40}? elapsed:\S{1,20}"
    rb"(?: postfix:(.*))?$"
)
_KERAS = re.compile(
    rb"^ *(?P<n>\d+)/(?P<total>\d+|Unknown) *(?:\[[=>.]+\]|" + _BLOCKS + rb"(?: *" + _BLOCKS + rb")?)? *"
    rb"(?:- ETA: [\d:]+[hms]?|- [\d.:]+[a-z]*(?:/epoch)?|[\d:.]+[a-z]*)?(?: *(?:- )?[\d.]+[mun]?s/(?:step|epoch|"
    rb"sample))?(?P<rest> - .*|\s*)$",
    re.DOTALL,
)
_FRACTION = re.compile(rb" - \d+/\d+\b")  # 1/30 - 50/200 - loss: 0.5: epoch and batch, no bar
_ULTRA = re.compile(
    rb"^(?P<desc>.{0,300}?) *(?P<pct>\d{1,3})% " + _BLOCKS + rb"(?: *" + _BLOCKS + rb")? *(?P<n>\d+)/(?P<total>\d+)(?P<rest> .{0,60})?$",
    re.DOTALL,
)
_FASTAI = re.compile(rb"^Epoch \d+/\d+ : \|")


@dataclass(slots=True)
class Bar:
    """One frame of a progress bar.

    cut     the terminal's width cut the postfix
    told    its text tells the count
    epochs  what it counts are epochs
    """

    kind: str
    desc: bytes
    n: float
    total: float
    postfix: bytes
    rest: bytes = b""
    cut: bool = False
    running: bool = False
    told: bool = False
    epochs: bool = False


def read_bar(piece: bytes) -> Bar | None:
    """The bar in a piece, or None. `rest` is text glued behind the bar, a piece of its own."""
    if (found := _TQDM.search(piece)) is not None or (b"<" in piece and (found := _BARE.search(piece)) is not None):
        return _tqdm(piece, piece[: found.start()], found.end(), _count(found.group(1)), _count(found.group(2)))
    if b"it [" in piece and (found := _OPEN.search(piece)) is not None:
        return _tqdm(piece, piece[: found.start()], found.end(), _count(found.group(1) or found.group(2)), float("nan"))
    if b" of " in piece and b"% (" in piece and (found := _OF.search(piece)) is not None:
        return Bar("tqdm", piece[: found.start()], _count(found[1]), _count(found[2]), piece[found.end() :].strip())
    if b"  Step: " in piece and (found := _CIFAR.match(piece)) is not None and (found[1] or found[4]):
        return Bar("tqdm", b"", float(found[1] or found[4]), float(found[2] or found[5]), found[3] or b"")
    if b"] data=" in piece and (found := _LLAMA.match(piece)) is not None:
        values = b", ".join(_ERROR.sub(b"", found[4]).split())
        return Bar("tqdm", found[1], float(found[2]), float(found[3]), values)
    if b"Progress on:" in piece and (found := _LOGGABLE.search(piece)) is not None:
        training = SCOPES.get(found[1].decode("utf-8", "replace").lower(), "train") == "train"  # each of its lines is exact
        return Bar("tqdm", found[1], _count(found[2]), math.nan if training else _count(found[3]), found[4] or b"")
    if b"/" in piece and (found := _KERAS.match(piece)) is not None and (b"\xe2" in piece or b"[" in piece or b" - " in piece):
        if b"[" not in piece[:40] and b"\xe2" not in piece and b"s" not in piece[:60]:
            return None
        total = found.group("total")
        running = b"ETA:" in piece
        postfix = found.group("rest") or b""
        if (b"/step" not in piece and b"ETA" not in piece and not postfix) or _FRACTION.match(postfix):
            return None
        return Bar("keras", b"", float(found.group("n")), float("nan") if total == b"Unknown" else float(total), postfix, running=running)
    if b"\xe2\x80\xa2" in piece and (found := _RICH.match(piece)) is not None:
        total = found.group("total")
        return Bar(
            "rich", found.group("desc"), float(found.group("n")), float("nan") if total == b"--" else float(total), found.group("postfix")
        )
    if b"% \xe2\x94" in piece and (found := _ULTRA.match(piece)) is not None:
        return Bar("tqdm", found.group("desc"), float(found.group("n")), float(found.group("total")), b"")
    if _FASTAI.match(piece):
        return Bar("fastai", b"", float("nan"), float("nan"), b"")
    return None


def _tqdm(piece: bytes, desc: bytes, at: int, n: float, total: float) -> Bar:
    rate = _RATE.match(piece, at)
    epochs = _EPOCHS.fullmatch(desc) is not None
    if rate is not None:
        epochs = epochs or (b"ep" in rate[0].lower() and _OF_EPOCHS.search(rate[0]) is not None)
        at = rate.end()
    broken = piece[at : at + 1] not in (b",", b"]") and b"=" not in piece[at:]
    depth, end = 1, -1
    for index in range(at, len(piece)):
        char = piece[index]
        if char == 91:
            depth += 1
        elif char == 93:
            depth -= 1
            if depth == 0:
                end = index
                break
    inside = piece[at : end if end >= 0 else len(piece)].lstrip(b", ")
    if broken or (inside[:1].isdigit() and b"=" not in inside):
        inside = b""
    if end < 0:
        inside = inside[: inside.rfind(b",") + 1] if b"," in inside else b""
    return Bar("tqdm", desc, n, total, inside, piece[end + 1 :] if end >= 0 else b"", end < 0, epochs=epochs)


def _count(token: bytes) -> float:
    scale = {b"k": 1e3, b"M": 1e6, b"G": 1e9, b"T": 1e12}.get(token[-1:], 1.0)
    try:
        return float(token.rstrip(b"kMGT")) * scale
    except ValueError:
        return float("nan")
