"""One line of log text as HTML: colours as CSS classes, everything else of a terminal's language taken out, all text escaped.

ansi2html does the colours. It would also build links from OSC 8 and put 256 and true colours into style rules that our CSP refuses, so
only plain colour codes reach it: others are mapped to the nearest of the sixteen that the style sheet knows.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from webapp.format import visible

if TYPE_CHECKING:
    from ansi2html import Ansi2HTMLConverter

OSC = re.compile(r"\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?")
CSI = re.compile(r"\x1b\[([0-9;:]{0,64})([@-~])")
OTHER = re.compile(r"\x1b(?![\[])[ -/]{0,4}[0-~]?")
PALETTE = (
    (0, 0, 0), (205, 49, 49), (13, 188, 121), (229, 229, 16), (36, 114, 200), (188, 63, 188), (17, 168, 205), (229, 229, 229),
    (102, 102, 102), (241, 76, 76), (35, 209, 139), (245, 245, 67), (59, 142, 234), (214, 112, 214), (41, 184, 219), (255, 255, 255),
)  # fmt: skip


def line_html(text: str) -> Markup:
    """A line of a log as safe markup: spans with classes, no attribute from the log."""
    if "\x08" in text:
        text = apply_backspaces(text)
    if "\x1b" not in text:
        return escape(visible(text))
    plain = OTHER.sub("", CSI.sub(keep_colours, OSC.sub("", text)))
    parts = re.split(r"(\x1b\[[0-9;]*m)", plain)  # every second one is a colour code; a code that is cut off is not
    body = "".join(part if place % 2 else visible(part) for place, part in enumerate(parts))
    return Markup(converter().convert(body, full=False))  # ansi2html escapes; tested with hostile text


def plain_text(text: str) -> str:
    """The line without any of a terminal's language."""
    text = apply_backspaces(text) if "\x08" in text else text
    return OTHER.sub("", CSI.sub("", OSC.sub("", text))) if "\x1b" in text else text


@cache
def converter() -> "Ansi2HTMLConverter":
    from ansi2html import Ansi2HTMLConverter  # here: `lossboard parse` colours nothing, and it is a tenth of its start

    return Ansi2HTMLConverter(inline=False, scheme="xterm", escaped=True, linkify=False)


def apply_backspaces(text: str) -> str:
    """Old Keras bars: a backspace takes the character before it."""
    out: list[str] = []
    for char in text:
        if char != "\b":
            out.append(char)
        elif out:
            out.pop()
    return "".join(out)


def keep_colours(match: re.Match[str]) -> str:
    """The replacement of one control sequence: a colour code of the sixteen, or nothing."""
    if match[2] != "m":
        return ""
    codes = [int(code) if code.isdigit() else 0 for code in match[1].replace(":", ";").split(";")]
    kept: list[int] = []
    while codes:
        code = codes.pop(0)
        if code in (38, 48) and codes:
            kind = codes.pop(0)
            red_green_blue = palette_colour(codes.pop(0)) if kind == 5 and codes else None
            if kind == 2 and len(codes) >= 3:
                red_green_blue = (codes.pop(0), codes.pop(0), codes.pop(0))
            if red_green_blue is not None:
                kept.append(sgr(nearest(red_green_blue), background=code == 48))
        elif code in (0, 1, 3, 4, 22, 23, 24, 39, 49) or 30 <= code <= 37 or 40 <= code <= 47 or 90 <= code <= 97 or 100 <= code <= 107:
            kept.append(code)
    return f"\x1b[{';'.join(map(str, kept))}m" if kept else ""


def sgr(index: int, *, background: bool) -> int:
    return (30 + index if index < 8 else 82 + index) + (10 if background else 0)


def palette_colour(index: int) -> tuple[int, int, int]:
    """Red, green, blue of one of xterm's 256 colours."""
    if index < 16:
        return PALETTE[max(index, 0)]
    if index < 232:
        levels = (0, 95, 135, 175, 215, 255)
        return levels[(index - 16) // 36], levels[(index - 16) // 6 % 6], levels[(index - 16) % 6]
    grey = 8 + 10 * (min(index, 255) - 232)
    return grey, grey, grey


def nearest(colour: tuple[int, int, int]) -> int:
    return min(range(16), key=lambda i: sum((a - b) ** 2 for a, b in zip(colour, PALETTE[i], strict=True)))
