"""What stands around a number of a line: its key, the number after its slash, and the brackets before it.

In: the number tokens of a line. Out: `Seen`, from which `parser.roles` tells what the number counts.
"""

import re
from dataclasses import dataclass

from parser.keys import Token, name_token
from parser.numbers import NUMBER_MARK

N = NUMBER_MARK
LETTERED = re.compile(r"(?:^|[\s\[(,;|:_-]|(?<![A-Za-z])/)([EeBbSsIi])$")  # not the s of words/s
_COUNTED = re.compile(  # After 3 epochs, …: so much is over; 第 3 轮: the third
    r"(?i)(?<![\w(])after {0,4}\x01 {0,4}(?:(?P<epoch>epochs?\b)|(?:training )?(?:steps|iterations|updates|batches|episodes)\b)"
    r"|(?P<lead>^[\s-]{0,12}\x01 ?epoch\s{0,4}[,:|])"  # 3 epoch, loss: 0.0148
    r"|第 {0,4}\x01 {0,4}个? ?(?P<nth>轮|epoch|周期)"
)
# between a count and what was measured then
COUNTED_UNIT = re.compile(r"(?:steps|iterations|updates|batches|epochs|episodes)(?:\s{0,4}[:=]| is| was)")


@dataclass(slots=True)
class Seen:
    """A number and what stands around it.

    lower     its key in small letters; `place` the text before it, with its brackets cut off
    fraction  the number after its slash, where there is one
    opened    True behind an opening bracket
    """

    index: int
    token: Token
    before: Token | None
    after: Token | None
    fraction: Token | None
    lower: str
    place: str
    opened: bool
    counted: re.Match[str] | None


def look(tokens: list[Token], index: int, *, has_epoch: bool) -> Seen | None:
    """The number at an index; None where it has a role already, is a time, or its key is a single letter."""
    token = tokens[index]
    if token.kind != N or token.role:
        return None
    before = tokens[index - 1] if index else None
    name_token(token, before)
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    fraction = after if after is not None and token.right.strip() in ("/", "of", "out of") and after.kind == N else None
    lower = token.key.lower()
    counted = _COUNTED.search(token.left[-12:] + N + token.right[:24]) if token.whole else None
    lettered = LETTERED.search(token.left) is not None
    if counted is None and not lettered and ((lower == "ep" and has_epoch) or (len(lower) == 1 and not token.strong)):
        return None
    left = token.left.strip(" ,:-|]")
    opened = left.endswith(("[", "(")) or token.left.strip() in ("][", "] [", ")(", "](")
    place = re.sub(r"[\[(]+$", "", token.left.rstrip()).rstrip(" :=#").lower()
    if fraction is not None and opened:  # Epoch is [1/600]
        lower, place = lower.removesuffix(" is"), place.removesuffix(" is")
    return Seen(index, token, before, after, fraction, lower, place, opened, counted)
