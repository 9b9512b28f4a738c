"""Lines that are drawn over: `Epoch 1/3 [=====>    ] 50% loss: 0.4` and a carriage return, as hand-made bars do.

In: a record that a carriage return ended and that tells one count and no more, and the piece after it. Out: whether the piece draws the
same line anew; then the record was a running value, and what was drawn last counts. A record with a step, or with a counter inside its
epoch, is a point wherever it ends, and is not asked here.
"""

import re

from parser.numbers import cut
from parser.plans import Plan

_DRAWING = re.compile(rb"[\d\s.%=>#|\[\]_/*+~-]+|\xe2[\x94-\x97][\x80-\xbf]|\xe2\x8f[\x80-\xbf]")


def place_of(plan: Plan) -> int:
    """The token of the one count that places a line, so that the next drawing may replace it: its epoch, or `[1/3]`; else -1."""
    if plan.step >= 0 or plan.dict_line or (plan.epoch >= 0 and plan.batch >= 0):
        return -1
    return max(plan.epoch, plan.batch)


def draws_again(line: bytes, piece: bytes, place: int) -> bool:
    """True where a piece has the words of a line, and the same up to the number that places it; words may follow."""
    head, again = cut(line)[: 2 * place + 2], cut(piece)[: 2 * place + 2]
    return head == again and _DRAWING.sub(b"", piece).startswith(_DRAWING.sub(b"", line))
