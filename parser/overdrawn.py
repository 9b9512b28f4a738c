"""Lines that are drawn over: `Epoch 1/3 [=====>    ] 50% loss: 0.4` and a carriage return, as hand-made bars do.

In: a record that a carriage return ended and that tells one count and no more, or none below the header of an epoch, and the piece after
it. Out: whether the piece draws the same line anew; then the record was a running value, and what was drawn last counts. A record with a
step, or with a counter inside its epoch, is a point wherever it ends, and is not asked here.
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


def may_be_drawn_over(plan: Plan, headed: bool) -> bool:
    """True for a record that the next drawing may replace; `headed` where header lines tell the epoch, so that it needs no count."""
    return place_of(plan) >= 0 or (headed and not plan.has_place and not plan.dict_line)


def draws_again(line: bytes, piece: bytes, place: int) -> bool:
    """True where a piece has the words of a line, and the same up to the number that places it (-1 for none); words may follow."""
    head, again = cut(line)[: 2 * place + 2], cut(piece)[: 2 * place + 2]
    return head == again and _DRAWING.sub(b"", piece).startswith(_DRAWING.sub(b"", line))
