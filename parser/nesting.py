"""Which counter of a line counts inside which, where only all of them together tell.

In: the number tokens of a line with their roles, and the plan with the slots found so far. Out: the same plan, with step, epoch and
counter inside the epoch exchanged where they have to be. Refuses to look at other lines.
"""

import re

from parser.counters import BATCH_KEYS
from parser.keys import Token
from parser.plans import Plan

EPOCH_DIGITS = 3  # of the number of epochs, where nothing says that it is one


def settle_counters(tokens: list[Token], plan: Plan) -> None:
    """Exchanges the places of a plan where they were taken for each other, and makes the one member of several the rank."""
    members = [token for token in tokens if token.role == "member"]
    if len(members) == 1 and plan.rank < 0 and not plan.rank_text:
        plan.rank, plan.of_each = members[0].slot, re.split(r"[ _]", members[0].key.lower())[0]
    ranks = [token for token in tokens if token.role == "rank"]
    if plan.has_place and plan.rank < 0 and not plan.rank_text and len(ranks) == 1:
        plan.rank = ranks[0].slot
    key = next((token.key.lower() for token in tokens if token.slot == plan.step), "")
    if plan.epoch >= 0 and plan.batch < 0 and plan.total >= 0 and key in BATCH_KEYS:  # batch 144/152, epoch 14/15
        plan.batch, plan.batches, plan.step, plan.total = plan.step, plan.total, -1, -1
    elif plan.epoch < 0 and plan.batch == tokens[0].slot and key == "episode" and _counts_steps(tokens):
        plan.step, plan.total, plan.batch, plan.batches, plan.weak_step = plan.batch, plan.batches, -1, -1, False
    elif plan.epoch < 0 and plan.step < 0 and _counts_epochs(tokens, plan):
        plan.epoch, plan.epochs, plan.batch, plan.batches = plan.batch, plan.batches, -1, -1
    if plan.epoch >= 0 and key.endswith("round"):
        plan.epoch = plan.epochs = -1  # of the client, which begins again in each round


def _counts_steps(tokens: list[Token]) -> bool:
    """True where a line begins with a count and its large total: `39160/50000: episode: 569, reward: 13.0`."""
    return tokens[1].right.startswith(":") and len(tokens[1].text) > EPOCH_DIGITS


def _counts_epochs(tokens: list[Token], plan: Plan) -> bool:
    """True where the bracket `[3/100]` leads a line of both the training's and the validation's loss: that is told once an epoch."""
    text = " ".join(token.left.lower() for token in tokens[1:])
    few = len(tokens) > 1 and tokens[1].slot == plan.batches and len(tokens[1].text) <= EPOCH_DIGITS
    leads = few and tokens[0].slot == plan.batch and tokens[0].left.strip() == "["
    return leads and re.search(r"\btrain\w* loss\b", text) is not None and re.search(r"\bval\w* loss\b", text) is not None
