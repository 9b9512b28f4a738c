"""Which numbers of a line say where it stands: the step, the epoch, the counter inside the epoch, and their totals.

In: the number tokens of a line, in order. Out: their roles, and the plan's slots for them. Best evidence wins: a key that names a step,
then fractions and brackets whose place in the line says what they count. What gets no role may be a value.
"""

import re

from parser.counters import (
    BATCH_KEYS,
    EPISODE,
    EPOCH_SLASH,
    EPOCH_WORDS,
    MEMBERS,
    OUTER,
    RANKS,
    SINCE_1970,
    STATES,
    STEP_KEYS,
    ends_with_word,
    is_epoch,
    step_weight,
)
from parser.keys import Token, key_of
from parser.names import is_metric_word
from parser.nesting import settle_counters
from parser.numbers import NUMBER_MARK, scale_of
from parser.plans import Plan
from parser.seen import COUNTED_UNIT, LETTERED, Seen, look

N = NUMBER_MARK
PHASES = ("train", "training", "test", "val", "valid")
_APART = re.compile(r"[\])>]?\s{0,4}(?:(?:[|,:;]|-|(?<=[ \])>]))\s{0,4})?[\[(<]?")  # between two counters that place a line
_TAGGED = re.compile(r"\s*(?:\(|\[(?i:train|training|val|valid|test|eval)(?:\][ :]*|: ?))?")
_RULED = re.compile(r"\s{0,20}([-=*#])\1{1,40} ?/ ?\1{2,40}\s{0,20}")
_COMMA_NAME = re.compile(r",( [A-Za-z][\w ]{0,40}[:=]) ?$")
_PARTIAL = re.compile(r"\d{1,20}\.0{0,20}[1-9]\d{0,20}|\d{1,20}\.?\d{0,20}[eE]-\d{1,3}")
_LASTS = re.compile(r"(?:ms|us|s)(?![A-Za-z_])")
_SET_APART = re.compile(r"\s{0,4}(?:[\])|,;]|-\s)")
_DEVICE = re.compile(r"(?i)(?:[\[(|,;]|\s-)\s{0,4}(?:gpu|device|worker|process|proc)[ :#=]{0,2}$")  # [GPU 0]
_EVALUATED = re.compile(r"(?:eval|evaluation|validation|val|valid|test)(?: (?:iter|iteration|step|batch))?")


def find_roles(tokens: list[Token], plan: Plan) -> None:
    """Gives every number its key, and those that place the line their role."""
    roles = Roles(tokens, plan)
    for index in range(len(tokens)):
        if (seen := look(tokens, index, has_epoch=roles.has_epoch)) is not None:
            claimed = (
                roles.member(seen)
                or roles.counted(seen)
                or roles.lettered(seen)
                or roles.epoch(seen)
                or roles.evaluated(seen)
                or roles.step(seen)
                or roles.counter(seen)
                or roles.phased(seen)
                or roles.counted_loss(seen)
                or roles.leading(seen)
                or roles.closing(seen)
            )
            if claimed or not (seen.fraction is not None and seen.lower in PHASES):
                roles.phase(seen)
    settle_counters(tokens, plan)


class Roles:
    """The roles found so far. Each method is one way in which a place is printed; it is True where the number was of that kind."""

    def __init__(self, tokens: list[Token], plan: Plan) -> None:
        self.tokens = tokens
        self.plan = plan
        self.best = 0  # how much the step found so far proves
        self.of_episode = any(EPISODE.search(token.left) is not None for token in tokens)
        self.has_epoch = any(re.search(r"(?i)\bepo?ch\W*$", token.left) for token in tokens)

    def member(self, seen: Seen) -> bool:
        """`Client 3: loss 0.8`, `Epoch 1 | Rank 0 | loss 0.8`, `[GPU 0]`: the number tells which of several the line is of."""
        token = seen.token
        if token.whole and seen.lower in MEMBERS:
            token.role = "member"
            return True
        apart = token.strong or token.quoted or _SET_APART.match(token.right) is not None
        ranked = seen.lower in RANKS and apart and seen.fraction is None
        if token.whole and (ranked or (_DEVICE.search(token.left) is not None and _SET_APART.match(token.right) is not None)):
            token.role = "rank"
        return token.role != ""

    def counted(self, seen: Seen) -> bool:
        """`After 3 epochs`, `After 100 steps`, `第 3 轮`."""
        if seen.counted is None:
            return False
        if seen.counted["lead"] and seen.index:
            return False
        if seen.counted["epoch"] or seen.counted["nth"] or seen.counted["lead"]:
            if self.plan.epoch < 0:
                self._epoch(seen.token, None)
            else:
                _again(seen.token)
            return True
        if self.plan.step >= 0:
            return False
        self._step(seen.token, None, 6)
        return True

    def lettered(self, seen: Seen) -> bool:
        """`E3/10`, `B10/125`, `Ep3 B10`: a letter right before a counter, with its total or behind the epoch."""
        plan, token = self.plan, seen.token
        found = LETTERED.search(token.left)
        if found is None or not token.whole:
            return False
        alone = found[1] == "E" and (token.right.startswith("]") or (seen.after is not None and LETTERED.search(seen.after.left)))  # E3 B10
        if found[1] in "Ee" and (seen.fraction is not None or alone) and plan.epoch < 0:
            self._epoch(token, seen.fraction)
        elif found[1] in "BbSsIi" and plan.batch < 0 and (seen.fraction is not None or plan.epoch >= 0):
            self._batch(token, seen.fraction)
        else:
            return False
        return True

    def epoch(self, seen: Seen) -> bool:
        """`Epoch 3`, `epoch=3/10`, `Epoch [3]`, `epoch/iter: 3/2579`."""
        if seen.lower in EPOCH_SLASH and seen.fraction is not None and self.plan.epoch < 0:
            self._epoch(seen.token, None)
            if EPOCH_SLASH[seen.lower] == "step":
                self._step(seen.fraction, None, STEP_KEYS["iter"])
            else:
                self._batch(seen.fraction, None)
            return True
        if not is_epoch(seen.lower) and not ends_with_word(seen.place, EPOCH_WORDS):
            return False
        if self.plan.epoch >= 0:
            _again(seen.token)
        else:
            self._epoch(seen.token, seen.fraction)
            self.plan.quoted_epoch = seen.token.quoted
        return True

    def step(self, seen: Seen) -> bool:
        """`step 100`, `iter=100/500`; under an epoch of the same line the counter inside it. The key that proves most is the step."""
        plan, token = self.plan, seen.token
        if seen.before is not None and seen.before.role in ("step", "epoch") and COUNTED_UNIT.fullmatch(token.left.strip()):
            return False
        word = re.split(r"[\s.\[(]+", seen.lower.strip("[("))[-1] if seen.lower else ""
        if (seen.fraction is not None and word in STATES) or (word == "number" and seen.lower.split()[0] in STEP_KEYS):
            word = seen.lower = seen.place = seen.lower.split()[0]  # Batch Status: 640/50000, Round number: 10
        weight = step_weight(seen.lower, seen.place, word)
        if _LASTS.match(token.right):  # Step: 43ms
            return False
        length = (weight < 7 and _PARTIAL.fullmatch(token.text) is not None) or token.right.startswith("[s")
        if not token.whole and scale_of(token.right[:1]) == 1.0 and (length or is_metric_word(seen.lower)):
            return False  # generation: 2.1[sec], Loss for the current mini-batch: 3.0322
        weak = weight <= 4
        if not token.whole and scale_of(token.right[:1]) == 1.0:
            weight = min(weight, 1)  # the length of a step, where something else counts
        if not weight or (seen.lower == "trial" and self.has_epoch) or re.match(r"^\s*(?:/s|s?/sec|per |it/s)", token.right):
            return False
        if seen.lower in BATCH_KEYS and seen.fraction is None and plan.epoch < 0 and plan.step >= 0:
            return True
        if seen.lower == "steps" and plan.epoch >= 0 and self.of_episode:  # Ep 7 | Reward: 12.3 | Steps: 113
            return False
        if seen.fraction is not None and plan.epoch < 0 and word == "step" and plan.step_key.lower() in OUTER and plan.total < 0:
            outer = next(other for other in self.tokens if other.slot == plan.step)
            self.best, plan.step, plan.step_key, plan.weak_step = 0, -1, "", False
            self._epoch(outer, None)  # iteration:6 step:644/652
        inside = plan.epoch >= 0 and plan.batch < 0 and weight <= 7 and seen.lower not in ("global_step", "global step")
        if inside and seen.fraction is not None:
            self._batch(token, seen.fraction)
        elif weight > self.best and not (self.best and seen.lower in ("steps", "iters", "iterations", "batches")):
            for other in self.tokens:
                if other.slot == plan.step:
                    other.role = "again" if other.whole else ""
            until = seen.after  # Minibatch[ 101- 200]: the last of them
            ranged = seen.opened and token.right.strip() == "-" and until is not None and until.whole and until.right.startswith("]")
            if ranged and until is not None:
                _again(token)
                token = until
            self._step(token, seen.fraction, weight)
            plan.weak_step = weak
            plan.step_key = token.key if token.strong else ""
            plan.step_scale = scale_of(token.right[:1]) if re.match(r"[kKM](?=[\s,|:/\])]|$)", token.right) else 1.0
        else:
            _again(token)
            if seen.fraction is not None:
                seen.fraction.role = "total"
        return True

    def evaluated(self, seen: Seen) -> bool:
        """`EVAL: [99/100]`, `Test iter: [0/20]`: the counter inside an evaluation."""
        if not seen.opened or seen.fraction is None or self.plan.epoch >= 0 or not seen.fraction.right.lstrip().startswith("]"):
            return False
        if _EVALUATED.fullmatch(seen.place.strip(" :")) is None:
            return False
        _again(seen.token)
        _again(seen.fraction)
        return True

    def counter(self, seen: Seen) -> bool:
        """`Epoch: [2][50/7330]`: the bracket behind an epoch holds the counter inside it."""
        closed = seen.fraction is not None or re.match(r"\s*[\]),|:]", seen.token.right) is not None  # not [60.2s], (121 samples)
        nameless = seen.opened and seen.token.whole and closed and seen.token.key == ""
        nameless = nameless or self._follows_epoch(seen)
        behind = seen.before is not None and seen.before.role in ("epoch", "total")
        if not (nameless and behind and self.plan.batch < 0 and self.plan.epoch >= 0):
            return False
        self._batch(seen.token, seen.fraction)
        return True

    def phased(self, seen: Seen) -> bool:
        """`Train: [3/10][50/7330]`: epoch and counter in brackets behind the phase; `Training [50/125000]`: the counter alone."""
        if not seen.opened or seen.fraction is None or self.plan.epoch >= 0:
            return False
        later, place = self.tokens[seen.index + 2 : seen.index + 4], seen.place.strip()
        if place in PHASES and len(later) == 2 and later[0].left.strip() in ("][", "] [") and later[0].right.strip() == "/":
            self._epoch(seen.token, seen.fraction)
            self._batch(later[0], later[1])
            return True
        if place in ("train", "training") and seen.token.whole and re.match(r"\s*\](?!\s*\[)", seen.fraction.right):
            self._batch(seen.token, seen.fraction)  # of the run, or of the epoch that a header line above names
            return True
        return False

    def counted_loss(self, seen: Seen) -> bool:
        """`Train loss 100 0.534 Grad Norm 0.4`, `Validation loss 100:  0.523`: the count stands between the name and its value."""
        token, after = seen.token, seen.after
        named = token.whole and not token.strong and "loss" in seen.lower and after is not None and after.kind == N
        if not named or after is None or after.whole or token.right.strip() not in ("", ":") or self.plan.has_place:
            return False
        self._step(token, None, 4)
        return True

    def leading(self, seen: Seen) -> bool:
        """The number that leads a line.

        `100/5000 (epoch 1), train_loss`, `100 train loss`, `100 | loss`, `[100]`, `[3/10][50/100]`, `3/10 (50/100)`, `100:`.
        """
        token, plan = seen.token, self.plan
        if any(before.kind == N for before in self.tokens[: seen.index]):
            return False
        if not self.has_epoch and self._two_fractions():
            self._epoch(token, seen.fraction)
            self._batch(self.tokens[2], self.tokens[3])
            return True
        named = _COMMA_NAME.match(token.right) if seen.lower in PHASES and not token.strong and token.whole else None
        if named is not None and is_metric_word(key_of(named[1])[0]):  # Train 10, loss: 2.12
            self._epoch(token, None)
            return True
        if seen.fraction is not None and plan.step < 0 and self._leads(token, seen.fraction):
            if seen.fraction.right.startswith(" * Epoch ("):  # of Catalyst: 1/3 * Epoch (train):
                self._epoch(token, seen.fraction)
            elif self.has_epoch:
                self._step(token, seen.fraction, 2)
            else:  # of the run, or of the epoch that a header line above names
                self._batch(token, seen.fraction)
            return True
        if (
            token.left.strip(" >-(|") == ""
            and token.whole
            and not ("(" in token.left and any(later.whole and later.left.endswith("(") for later in self.tokens[1:]))  # (1) loss, (2) acc
            and not SINCE_1970.fullmatch(token.text)
            and (
                (re.match(r"(?:\s*(?:[|,;]{1,2}|[):]|[-=]>)|\s+-)?\s+[A-Za-z]", token.right) and is_metric_word(key_of(token.right)[0]))
                or re.match(r"\s+\{[\"']\w", token.right)  # 983040 {'eval/episode_reward': 12.3
            )
        ):
            self._step(token, None, 1)
            plan.weak_step = True
            return True
        if seen.fraction is not None and len(self.tokens) == 2 and _RULED.fullmatch(f"{token.left}/{seen.fraction.right}"):
            self._step(token, seen.fraction, 2)  # -- 650 / 2297 --, alone
            plan.weak_step = True
            return True
        if plan.step >= 0 or token.key or token.left.strip(" ") not in ("", "["):
            return False
        self._bracket(seen)
        return True

    def closing(self, seen: Seen) -> bool:
        """`loss: 2.303494  [   64/60000]`: the bracket that ends a line of metrics holds a counter and its total."""
        plan, token, total = self.plan, seen.token, seen.fraction
        last = seen.index == len(self.tokens) - 2 and total is not None and total.right.strip() == "]"
        if not last or total is None or plan.has_place or token.left.strip(" \t,;|") != "[" or not (token.whole and total.whole):
            return False
        if seen.before is None or not is_metric_word(seen.before.key):
            return False
        self._batch(token, total)
        return True

    def phase(self, seen: Seen) -> None:
        """Places named by the phase alone: `Train: 3 [50/7330 …]`, `[Train][3][50/7330]`, `[train: 3, 50 / 7330]`,
        `Training 3/10 … [50/7330]`."""
        token, plan, after = seen.token, self.plan, seen.after
        third = self.tokens[seen.index + 2] if seen.index + 2 < len(self.tokens) else None
        if token.role == "" and seen.fraction is not None and plan.epoch < 0 and seen.place in ("train", "training"):
            self._epoch_before_bracket(seen)
        if (
            token.role == ""
            and seen.fraction is not None
            and seen.before is not None
            and seen.before.role == "epoch"
            and not token.left.strip()
        ):
            self._batch(token, seen.fraction)
        if token.role or after is None or plan.epoch >= 0:
            return
        if seen.lower in PHASES and token.left.strip().startswith("[") and token.right.strip() == "," and self._closes(seen.index + 2):
            self._epoch(token, None)
            self._batch(after, third)
        slash = after.right.strip() == "/"
        if not seen.opened and seen.place in PHASES and re.match(r"\s*[\[(]\s*$", token.right) and after.kind == N:
            if third is not None and slash:
                self._epoch(token, None)
                self._batch(after, third)
        elif seen.opened and seen.lower in PHASES and re.match(r"\]\s*\[\s*$", token.right):
            self._epoch(token, None)
            self._batch(after, third if slash else None)

    def _two_fractions(self) -> bool:
        """True where two counters with their totals lead a line, and metrics follow: `(1/30) [50/200] loss`, `train: 1/30, 50/200`."""
        tokens = self.tokens
        if len(tokens) < 5 or not all(token.whole and token.kind == N for token in tokens[:4]):
            return False
        head = tokens[0].left.strip(" [(<:|-").lower()
        slashed = tokens[0].right == tokens[2].right == "/"
        apart = _APART.fullmatch(tokens[1].right) is not None and tokens[3].right[:1] in tuple(" ])>|,:;")
        metrics = any(is_metric_word(key_of(later.left)[0]) for later in tokens[4:])
        return slashed and apart and metrics and (head == "" or head in PHASES)

    def _leads(self, token: Token, total: Token) -> bool:
        """True where a line begins with a counter and its total, and metrics follow, or one number and nothing else."""
        tokens = self.tokens
        if not _TAGGED.fullmatch(token.left) or not token.whole or not total.whole:
            return False
        if token.left.strip() == "(" and not (total.right.startswith(") ") and is_metric_word(key_of(total.right)[0])):
            return False  # (1/8) Epoch 3, …: a rank
        bare = len(tokens) == 3 and total.right.strip() == ":" and tokens[2].right.strip() == ""
        return bare or any(is_metric_word(key_of(later.left)[0]) for later in tokens[2:])

    def _follows_epoch(self, seen: Seen) -> bool:
        """`| epoch 1 |  500/ 1782 batches | accuracy`, `Epoch 0/300 0/24 loss`: a counter and its total between the epoch and metrics."""
        if seen.fraction is None or not seen.token.whole or not seen.fraction.whole or seen.token.left.strip() not in (",", ";", "|", ""):
            return False
        return any(is_metric_word(key_of(later.left)[0]) for later in self.tokens[seen.index + 2 :])

    def _bracket(self, seen: Seen) -> None:
        """A line that begins with a number or a bracket and has no word for it."""
        token, tokens = seen.token, self.tokens
        left, right = token.left.strip(), token.right.strip()
        second = tokens[1].right if len(tokens) > 2 else ""
        if seen.fraction is None and SINCE_1970.fullmatch(token.text):
            _again(token)
        elif left == "[" and right == "," and len(tokens) > 2 and tokens[1].kind == N and second.startswith("]"):
            self._epoch(token, None)
            self._batch(tokens[1], None)
        elif left == "[" and right == "," and self._closes(2):  # [1, 25/2562]
            self._epoch(token, None)
            self._batch(tokens[1], tokens[2])
        elif left == "[" and seen.fraction is not None and second.strip() == "," and self._closes(3):  # [1/10, 25/2562]
            self._epoch(token, seen.fraction)
            self._batch(tokens[2], tokens[3])
        elif left == "[" and token.right[:2] == "][" and second.strip() == "/":
            self._epoch(token, None)
        elif (left == "[" and token.right[:1] == "]") or (left == "" and re.match(r":(?:\t|\s+\S|$)|\s+\[[A-Za-z]", token.right)):
            self._step(token, None, 2)
        elif left == "[" and right == "|" and token.whole and second.startswith("]"):  # [step | seconds]
            self._step(token, None, 2)
            _again(tokens[1])
        elif left == "[" and seen.fraction is not None and tokens[1].right.lstrip().startswith("]"):
            behind = len(tokens) > 3 and re.fullmatch(r"\]\s*\[", tokens[1].right.strip()) is not None
            if behind and tokens[2].right.strip() == "/":
                self._epoch(token, seen.fraction)
            elif behind and tokens[2].whole and tokens[2].right.startswith("]"):
                self._epoch(token, seen.fraction)
                self._batch(tokens[2], None)
            elif self.has_epoch:
                self._step(token, seen.fraction, self.best)
            else:  # of the run, or of the epoch that a line above names
                self._batch(token, seen.fraction)

    def _closes(self, index: int) -> bool:
        """True where this number is the total of the counter before it, and the bracket ends behind it."""
        tokens = self.tokens
        if index >= len(tokens) - 1 or not (tokens[index - 1].whole and tokens[index].whole):
            return False
        return tokens[index - 1].right.strip() == "/" and tokens[index].right.lstrip().startswith("]")

    def _epoch_before_bracket(self, seen: Seen) -> None:
        tokens, index = self.tokens, seen.index
        if not any(later.left.rstrip().endswith("[") and later.right.strip() == "/" for later in tokens[index + 2 : index + 5]):
            return
        self._epoch(seen.token, seen.fraction)
        for later in range(index + 2, min(index + 5, len(tokens) - 1)):
            if tokens[later].left.rstrip().endswith("["):
                self._batch(tokens[later], tokens[later + 1])
                break
            _again(tokens[later])

    def _step(self, token: Token, total: Token | None, weight: int) -> None:
        token.role, self.plan.step, self.best = "step", token.slot, weight
        if total is not None:
            total.role, self.plan.total = "total", total.slot

    def _epoch(self, token: Token, total: Token | None) -> None:
        token.role, self.plan.epoch = "epoch", token.slot
        if total is not None:
            total.role, self.plan.epochs = "total", total.slot

    def _batch(self, token: Token, total: Token | None) -> None:
        token.role, self.plan.batch = "batch", token.slot
        if total is not None:
            total.role, self.plan.batches = "total", total.slot


def _again(token: Token) -> None:
    """A place that the line has told already."""
    token.role = "again"
