"""Reads a line that no format knows: which numbers are the step, the epoch and metrics, by the words and brackets around them.

In: one line cut into literals and number tokens. Out: a `Plan`, that is the meaning of every token and how often the shape of the line
must come back before it is believed. Pure: the same line always gives the same plan. What a number is worth is not looked at, because
the plan serves every later line of the shape.
"""

import re
from dataclasses import dataclass

from parser.names import can_be_metric, canonical, is_config_word, is_metric_word
from parser.numbers import NUMBER_MARK, kind_of, scale_of
from parser.params import is_setting
from parser.plans import AGAIN, NOW, OFTEN, Plan, Value
from parser.prefixes import peel

N = NUMBER_MARK
_UNMARKED = bytes.maketrans(b"\x01\x02\x03", b"   ")  # these bytes stand for numbers in a plan; in a log they mean nothing
STEP_KEYS = {
    "global_step": 9, "global step": 9, "globalstep": 9, "num_updates": 9, "current_steps": 9, "total_timesteps": 8, "total timesteps": 8,
    "num_timesteps": 8, "timesteps": 8, "completed step": 8, "step": 7, "steps": 7, "s": 3, "train step": 7, "train_step": 7,
    "_step": 7, "training step": 7, "updates": 6, "update": 6, "iteration": 6, "iterations": 6, "iter": 5, "iters": 5, "it": 5, "itr": 5,
    "training iteration": 6, "train iter": 5, "eval num_timesteps": 8,
    "n_iter": 5, "batch": 2, "batch_idx": 2, "batch_id": 2,
    "minibatch": 2, "batches": 2, "i": 2, "round": 5, "tree": 5, "episode": 4, "episodes": 1,
    "trial": 3, "generation": 4, "gen": 4, "rollout": 3, "t": 3, "frame": 3, "frames": 3, "étape": 7, "schritt": 7, "iteracion": 6,
    "步": 7, "步数": 7, "训练步数": 7, "迭代": 6, "迭代次数": 6, "ステップ": 7, "스텝": 7,
}  # fmt: skip
EPOCH_KEYS = {
    "epoch", "ep", "current_epoch", "train epoch", "training epoch", "epoch_num", "val epoch", "test epoch", "cur_epoch",
    "end of epoch", "train in epoch", "epch", "epoca", "époque", "epoche",
    "轮", "轮次", "轮数", "训练轮次", "训练轮数", "エポック", "에포크",
}  # fmt: skip
SCOPES = {
    "val": "val", "valid": "val", "validation": "val", "validating": "val", "dev": "val", "eval": "eval", "evaluation": "eval",
    "evaluating": "eval", "test": "test", "testing": "test", "inference": "test", "train": "train", "training": "train",
}  # fmt: skip
_DELIMITERS = re.compile(r"[,;|\t{}•·→▶➜，；、。｜]|\s{2,}|\s[-–—]+>?\s|(?<=[\])])\s*(?=[^\s)\]])|:\s|\.\s|\u2026|\s=>\s")
_WRAPPERS = re.compile(
    r"(?:\s|<tf\.Tensor: shape=\(\), dtype=\w{1,20}, numpy=|[\w.]{0,40}(?:[tT]ensor|float\d*|Array|array)\(|[\'\"\[(*$~≈]){1,80}$"
)
_SEPARATOR = re.compile(r"[\'\"*]{0,8}\s{0,64}(?:=>|->|[:=：])\s{0,64}$")
_SAID = re.compile(r"\s(?:is|was|are|equals)(?: now| at)?\s?:?\s{0,64}[\[(]?$")
_SAID_KEY = re.compile(r"(?i)^.*\b(?:the|an?|its|my|our|epochs?|steps?|iterations?|and) (?=\w)")
_COUNTED = re.compile(  # After 3 epochs, …: so much is over; 第 3 轮: the third
    r"(?i)(?<![\w(])after {0,4}\x01 {0,4}(?:(?P<epoch>epochs?\b)|(?:training )?(?:steps|iterations|updates|batches)\b)"
    r"|第 {0,4}\x01 {0,4}个? ?(?P<nth>轮|epoch|周期)"
)
_SETTINGS = re.compile(
    r"(?i)\b(?:config\w*|args|kwargs|arguments|hparams|hyper-?parameters|parameters|params|options|settings)\b\W{0,4}\{[^{}]{0,4000}"
)
_STATISTIC = re.compile(r"(?i)(?:^|[\s_])(?:mean|average|median|min|max|sum)$")
_RANKED = re.compile(r"\[(?:rank|default) ?(?:\d+|\x01)\]")
_REPR = re.compile(r"\b[A-Z]\w+\((?:[\w']+=|\()")
_GLUED = re.compile(
    r"^(?:[\[_]|[A-Za-z]+\d|\.\d|[-:/]\d|\w*://|(?!(?:%|[kKMGTP]i?[bB]?|[kKMGT]?b|ms|us|ns|secs?|seconds?|s|m|mins?|"
    r"min|h|hours?|hrs|x|dB|px|fps|"
    r"it|TFLOPS?|GFLOPS?|[TG]?FLOPs?|it/s|s/it|e|z|Hz|W|C)(?![A-Za-z]))[A-Za-z])"
)
_CLOSED = re.compile(r"^[\'\"]\s*:\s*[\'\"]?$")
_OPENED = re.compile(r"[{,]\s*[\'\"]([^\'\"]*)$")
_AT = re.compile(r"(?:\bthe )?(\w[\w ()]{0,60}?) (?:at|after) (?:the )?(?:mini-?)?(?:iteration|iter|step|epoch|batch)$")
_UNIT = re.compile(r"^(?:%|[kKMGT]i?[bB]|[kKMGTB](?=[\s,|)\]/]|$)|ms|us|secs?|seconds?|s|min|m|h|hours?|x|it/s|s/it)(?=[\s,;|)\]/(\"']|$)")
_LEFT_UNITS = re.compile(r"^(?:[KMB]|it/s|s/it|steps?/s|tok(?:en)?s?/s(?:ec)?|samples?/s(?:ec)?|ms|s|sec|secs|seconds|%|[MGk]i?B)\s+")
_OF_THE_WAY = re.compile(r"\s?%\s{0,4}(?:\(?\s?(?:completed?|done|finished|progress|through|of (?:the )?(?:epoch|training|data|total))\b)")
_GLUED_UNIT = re.compile(r"^(?:ms|us|ns|secs?|s|m|h|mins?|x|it/s|s/it)(?=[\s:,;|)\]]|$)")
_DURATION = re.compile(r"^\s?(?:ms|us|secs?\.?|seconds?|s|mins?|minutes?|hours?|h)(?=[\s,;|)\]]|$)")
_RATE = re.compile(r"^\s?[A-Za-z]{1,12}/s")
_SYMBOLS = re.compile(r"^[^\w\s\x00-\x7f∇∂Δ]{1,8}\s{1,4}|^(?:with|and) (?=\w)")
_EDGES = " \t.,;:!?#*~<>«»=\"'`-–—_…|/\\&()✓✔✗✅❌📉📈🔥⚡🚀🎉⭐💾🏆►"
_CODE = re.compile(
    r"^\s*(?:def |class |import |from \S+ import|if |elif |else:|for \w+ in |while |return |try:|except|with |raise |"
    r"assert |#[\s!]|//|/\*|\"\"\"|"
    r"@\w+|print\(|self\.|\+\s*\w+=|\$ |>>> |\w+ ?= ?\w+\(.*\)?$|File \"|model = |optimizer = |parser\.add)|\{\s*$|"
    r"\bself\.|\{\w+(?::\.?\w+)?\}|\w\s*==\s*\w|\w \+= \w|://"
)
_CODE_EDGE = re.compile(r"^\s*#|;\s*$")  # a comment or a statement, unless the line says where it stands
_PATHS = re.compile(r"(?:^|[\s'\"=(])(?:/[\w.\-]{1,120}){2,}|\b\w{1,120}\.(?:py|pt|pth|ckpt|json|yaml|txt|h5|bin|safetensors)\b")
_SUMMARY = re.compile(
    r"(?i)\bbest\b(?!\s*[:=]\s*\x01)|\bsummary\b|\bfinal\b|\baveraged stats\b|\bearly stopping\b|\bprevious\b|"
    r"\bprev\b|\bimproved\b|\bsaving\b|\bsaved\b|"
    r"\bloss for final step\b|\bcheckpoint\b|\bwandb:|\bresum|\bloaded?\b|\btotal time\b|\bdid not improve\b|\bstopp(?:ed|ing)\b"
)
_REPEATS = re.compile(r"(?i)best iteration(?: is)?\s*:\s*$")
_HEADER_WORDS = re.compile(
    r"(?i)\b(?:epoch|step|iter(?:ation)?|start(?:ing|ed)?|begin(?:ning)?|train(?:ing)?|global_step|global|batch|"
    r"update|of|in|rank|the|ba|ep|learning)\b"
)


@dataclass(slots=True)
class Token:
    """One number token of a line: the text before it (back to the token before), the text after it, and its role."""

    slot: int
    left: str
    right: str
    kind: str
    role: str = ""
    key: str = ""
    strong: bool = False
    quoted: bool = False
    whole: bool = False
    text: str = ""


def read(parts: list[bytes]) -> Plan:
    """The plan of a line, from the line alone."""
    literals = [part.translate(_UNMARKED).decode("utf-8", "replace") for part in parts[::2]]
    kinds = [kind_of(token) for token in parts[1::2]]
    text = "".join(literal + mark for literal, mark in zip(literals, [*kinds, ""], strict=True))
    prefix = peel(text)
    plan = Plan(format="generic", rank_text=prefix.rank, indented=text[:4].isspace())
    slots = {at: slot for slot, at in enumerate(at for at, char in enumerate(text) if char in "\x01\x02\x03")}
    plan.time = slots.get(prefix.stamp, -1)
    plan.rank = slots.get(prefix.rank_at, -1)
    first = sum(1 for at in slots if at < prefix.end)
    message = text[prefix.end :]
    tokens = [
        Token(
            slot,
            literals[slot] if slot > first else text[prefix.end : at],
            literals[slot + 1],
            kinds[slot],
            whole=b"." not in parts[2 * slot + 1],
            text=parts[2 * slot + 1].decode(),
        )
        for at, slot in slots.items()
        if slot >= first
    ]
    if not tokens:
        plan.kind = "skip" if _REPEATS.search(message) else "unread"
        return plan
    _settings(tokens, message)
    _roles(tokens, plan)
    plan.fractional_epoch = plan.epoch >= 0 and b"." in parts[2 * plan.epoch + 1]
    _values(tokens, plan, message)
    _judge(tokens, plan, message)
    return plan


def _settings(tokens: list[Token], message: str) -> None:
    """Numbers in a dict that is called config, args or the like are settings."""
    spans = [found.span() for found in _SETTINGS.finditer(message)] if "{" in message else []
    for at, token in zip((at for at, char in enumerate(message) if char in "\x01\x02\x03"), tokens, strict=True):
        if any(start < at < end for start, end in spans):
            token.role = "setting"


def read_bar(parts: list[bytes]) -> Plan:
    """The plan of a progress bar's description and postfix: every key with a value is a metric, the counter is not among them."""
    plan = read(parts)
    plan.kind = "record"
    plan.shows_epoch = False
    if plan.step >= 0 and plan.step_key:
        plan.values.append(Value(plan.step, plan.step_key))
        plan.step = -1
    return plan


def key_of(left: str) -> tuple[str, bool, bool]:
    """The key that stands before a number: its text, whether a separator (`=` or `:`) follows it, whether it is quoted."""
    bare = _WRAPPERS.sub("", left)
    cut = _SEPARATOR.search(bare)
    strong = cut is not None
    quoted = (cut is not None and cut.group().lstrip(" ")[:1] in ("'", '"')) or (
        strong and bare[: cut.start()].rstrip()[-1:] in ("'", '"') if cut else False
    )
    bare = bare[: cut.start()] if cut else bare.rstrip()
    if quoted:
        quote = max(bare.rfind("'"), bare.rfind('"'))
        apostrophe = re.search(r"[{,\[(]\s*([\'\"])(.*)$", bare)
        if apostrophe:
            start = max(
                bare.rfind(f"{{{apostrophe.group(1)}"), bare.rfind(f", {apostrophe.group(1)}"), bare.rfind(f",{apostrophe.group(1)}")
            )
            if start >= 0:
                return bare[start:].lstrip("{, ")[1:].strip("*'\" "), True, True
        return bare[quote + 1 :], True, True
    pieces = [piece for piece in _DELIMITERS.split(bare) if piece.strip(_EDGES)]
    key = pieces[-1] if pieces and (strong or bare[-1:] not in ",;|)]}") else ""
    if not strong and bare.rstrip()[-1:] in (",", ";", "|", "-", "/"):
        key = ""
    key = key.strip(_EDGES if not key.rstrip().endswith(")") or "(" not in key else _EDGES.replace(")", "").replace("(", ""))
    key = _SYMBOLS.sub("", _LEFT_UNITS.sub("", key))
    if key.count("(") > key.count(")"):  # step 4 completed (loss: 2.9
        key = key[key.rindex("(") + 1 :]
    return (key if "]" in key else key.lstrip("[")).strip(), strong, False


def _roles(tokens: list[Token], plan: Plan) -> None:
    """Finds step, epoch and the counter inside the epoch; what remains may be a value."""
    best = 0
    has_epoch = any(re.search(r"(?i)\bepo?ch\W*$", token.left) for token in tokens)
    for index, token in enumerate(tokens):
        if token.kind != N or token.role:
            continue
        before = tokens[index - 1] if index else None
        if before is not None and _CLOSED.match(token.left) and (opening := _OPENED.search(before.left)):
            before.role = "key"
            token.key, token.strong, token.quoted = f"{opening.group(1)} {before.text}", True, True
        else:
            left = token.left if before is None else _GLUED_UNIT.sub("", token.left)
            token.key, token.strong, token.quoted = key_of(left)
            if not token.strong and (said := _SAID.search(left)) is not None:
                key = _SAID_KEY.sub("", key_of(left[: said.start()])[0])
                if is_metric_word(key):
                    token.key, token.strong = key, True
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        fraction = after is not None and token.right.strip() in ("/", "of", "out of") and after.kind == N
        lower = token.key.lower()
        counted = _COUNTED.search(token.left[-12:] + N + token.right[:24]) if token.whole else None
        if counted is None and ((lower == "ep" and has_epoch) or (len(lower) == 1 and not token.strong)):
            continue
        opened = token.left.strip(" ,:-|]").endswith(("[", "(")) or token.left.strip() in ("][", "] [", ")(", "](")
        word = re.split(r"[\s.\[(]+", lower.strip("[("))[-1] if lower else ""
        place = re.sub(r"[\[(]+$", "", token.left.rstrip()).rstrip(" :=#").lower()
        if counted is not None and (counted["epoch"] or counted["nth"]):
            token.role = "again" if plan.epoch >= 0 else "epoch"
            plan.epoch = plan.epoch if plan.epoch >= 0 else token.slot
        elif counted is not None and plan.step < 0:
            token.role, plan.step, best = "step", token.slot, 6
        elif lower in EPOCH_KEYS or _ends_with_word(place, ("epoch", "epochs", "ep", "epoch(train)", "epoch(val)", "epoch(test)")):
            if plan.epoch < 0:
                token.role, plan.epoch = "epoch", token.slot
                plan.quoted_epoch = token.quoted
                if fraction and after is not None:
                    after.role, plan.epochs = "total", after.slot
            else:
                token.role = "again"
        elif (weight := _step_weight(lower, place, word)) and not re.match(r"^\s*(?:/s|s?/sec|per |it/s)", token.right):
            if lower in ("batch", "batches", "minibatch", "i", "batch_idx") and not fraction and plan.epoch < 0 and plan.step >= 0:
                continue
            if plan.epoch >= 0 and fraction and weight <= 7 and plan.batch < 0 and lower not in ("global_step", "global step"):
                token.role, plan.batch = "batch", token.slot
                if after is not None:
                    after.role, plan.batches = "total", after.slot
            elif weight > best and not (best and lower in ("steps", "iters", "iterations", "batches")):
                best = weight
                for other in tokens:
                    if other.slot == plan.step:
                        other.role = "again" if other.whole else ""
                token.role, plan.step = "step", token.slot
                plan.weak_step = weight <= 4
                plan.step_key = token.key if token.strong else ""
                plan.step_scale = scale_of(token.right[:1]) if re.match(r"[kKM](?=[\s,|]|$)", token.right) else 1.0
                if fraction and after is not None:
                    after.role, plan.total = "total", after.slot
            else:
                token.role = "again"
                if fraction and after is not None:
                    after.role = "total"
        elif (
            opened
            and not token.right.startswith("%")
            and before is not None
            and before.role in ("epoch", "total")
            and plan.batch < 0
            and plan.epoch >= 0
            and token.key == ""
        ):
            token.role, plan.batch = "batch", token.slot
            if fraction and after is not None:
                after.role, plan.batches = "total", after.slot
        elif index == 0 and fraction and after is not None and plan.step < 0 and _leads(token, after, tokens):
            if has_epoch:
                token.role, plan.step, best = "step", token.slot, 2
                after.role, plan.total = "total", after.slot
            else:  # of the run, or of the epoch that a header line above names
                token.role, plan.batch = "batch", token.slot
                after.role, plan.batches = "total", after.slot
        elif index == 0 and token.left.strip() == "" and token.whole and re.match(r"\s+[A-Za-z]", token.right) and _metric_follows(token):
            token.role, plan.step, plan.weak_step = "step", token.slot, True
            best = 1
        elif index == 0 and plan.step < 0 and token.key == "" and token.left.strip(" ") in ("", "["):
            closing = token.right[:2]
            if (
                token.left.strip() == "["
                and token.right.strip() == ","
                and len(tokens) > 2
                and tokens[1].kind == N
                and tokens[1].right.startswith("]")
            ):
                token.role, plan.epoch = "epoch", token.slot
                tokens[1].role, plan.batch = "batch", tokens[1].slot
            elif token.left.strip() == "[" and closing == "][" and len(tokens) > 2 and tokens[1].right.strip() == "/":
                token.role, plan.epoch = "epoch", token.slot
            elif (token.left.strip() == "[" and closing[:1] == "]") or (
                token.left.strip() == "" and re.match(r":(?:\t|\s+\S|$)|\s+\[[A-Za-z]", token.right)
            ):
                token.role, plan.step = "step", token.slot
                best = 2
            elif token.left.strip() == "[" and fraction and after is not None and tokens[1].right.lstrip().startswith("]"):
                if len(tokens) > 3 and re.fullmatch(r"\]\s*\[", tokens[1].right.strip()) and tokens[2].right.strip() == "/":
                    token.role, plan.epoch = "epoch", token.slot
                    after.role, plan.epochs = "total", after.slot
                else:
                    token.role, plan.step = "step", token.slot
                    after.role, plan.total = "total", after.slot
        elif fraction and lower in ("train", "training", "test", "val", "valid") and after is not None:
            continue
        if (
            token.role == ""
            and fraction
            and plan.epoch < 0
            and place in ("train", "training")
            and any(later.left.rstrip().endswith("[") and later.right.strip() == "/" for later in tokens[index + 2 : index + 5])
        ):
            token.role, plan.epoch = "epoch", token.slot
            tokens[index + 1].role, plan.epochs = "total", tokens[index + 1].slot
            for later in range(index + 2, min(index + 5, len(tokens) - 1)):
                if tokens[later].left.rstrip().endswith("["):
                    tokens[later].role, plan.batch = "batch", tokens[later].slot
                    tokens[later + 1].role, plan.batches = "total", tokens[later + 1].slot
                    break
                tokens[later].role = "again"
        if (
            token.role == ""
            and fraction
            and before is not None
            and before.role == "epoch"
            and token.left.strip() == ""
            and after is not None
        ):
            token.role, plan.batch = "batch", token.slot
            after.role, plan.batches = "total", after.slot
        if (
            token.role == ""
            and opened is False
            and place in ("train", "test", "val", "valid", "training")
            and re.match(r"\s*[\[(]\s*$", token.right)
            and after is not None
            and after.kind == N
        ):
            nxt = tokens[index + 2] if index + 2 < len(tokens) else None
            if plan.epoch < 0 and nxt is not None and after.right.strip() == "/":
                token.role, plan.epoch = "epoch", token.slot
                after.role, plan.batch = "batch", after.slot
                nxt.role, plan.batches = "total", nxt.slot
        if (
            token.role == ""
            and opened
            and lower in ("train", "test", "val", "valid", "training")
            and re.match(r"\]\s*\[\s*$", token.right)
            and after is not None
            and plan.epoch < 0
        ):
            token.role, plan.epoch = "epoch", token.slot
            after.role, plan.batch = "batch", after.slot
            if index + 2 < len(tokens) and after.right.strip() == "/":
                tokens[index + 2].role, plan.batches = "total", tokens[index + 2].slot


def _leads(token: Token, after: Token, tokens: list[Token]) -> bool:
    """True where a line begins with a step and its total, and metrics follow: `100/5000 (epoch 1), train_loss = 2.1`, `100/ 5000: 2.1`."""
    if token.left.strip() or not token.whole or not after.whole:
        return False
    bare = len(tokens) == 3 and after.right.strip() == ":" and tokens[2].right.strip() == ""
    return bare or any(is_metric_word(key_of(later.left)[0]) for later in tokens[2:])


def _metric_follows(token: Token) -> bool:
    """True where the words right behind a number name a metric: `100 train loss 2.1`."""
    return is_metric_word(key_of(token.right)[0])


def _step_weight(lower: str, place: str, word: str) -> int:
    if "/" in lower and "max_steps" not in place:
        return 0
    if lower in STEP_KEYS:
        return STEP_KEYS[lower]
    if (
        word in ("step", "iter", "iteration", "update", "batch", "it", "global_step", "steps")
        and len(lower) < 40
        and re.search(r"\b(?:at|in|after|train|training|global|step|iteration)\b|^\W*\w+$", lower)
    ):
        return STEP_KEYS[word]
    tail = re.split(r"[^\w]+", place)[-1] if place else ""
    if place.endswith(tail) and tail in ("step", "iter", "iteration", "batch", "update", "global_step", "it"):
        return STEP_KEYS[tail]
    if re.search(r"global_step/max_steps", place):
        return 9
    return 0


def _ends_with_word(place: str, words: tuple[str, ...]) -> bool:
    return any(
        place == word or (place.endswith(word) and not (place[-len(word) - 1].isalnum() or place[-len(word) - 1] in "_-"))
        for word in words
        if len(place) >= len(word)
    )


def _values(tokens: list[Token], plan: Plan, message: str) -> None:
    """Gives every remaining number its key, its scope and its magnitude."""
    line_scope = _line_scope(message)
    section = ""
    seen: dict[str, int] = {}
    last: Value | None = None
    for index, token in enumerate(tokens):
        lower = token.left.lower()
        if not token.quoted:
            for word in re.findall(r"[a-z]+", lower):
                if word in SCOPES:
                    section = SCOPES[word]
        if token.kind != N:
            last = None
            continue
        before = tokens[index - 1] if index else None
        if token.role:
            last = None
            continue
        gap = token.left.strip()
        before_whole = before is not None and before.whole
        if last is not None and token.left in (" (", "(", "% (", " ( ", "  (") and token.right.lstrip("%")[:1] == ")":
            if token.whole and not before_whole:
                last = None
                continue
            plan.values.append(Value(token.slot, last.key + " (avg)", last.scale))
            last = None
            continue
        if (
            gap == "/"
            and last is not None
            and not token.whole
            and not before_whole
            and before is not None
            and (before.strong or is_metric_word(last.key))
        ):
            plan.values.append(Value(token.slot, last.key + " #2", last.scale))
            last = None
            continue
        if gap.startswith("/") or (before is not None and before.role == "total" and gap == "("):
            continue
        if before is not None and token.key == "" and gap in (",", "") and last is not None and before.left.rstrip().endswith("["):
            continue
        if (
            before is not None
            and before.role in ("step", "epoch")
            and gap in ("is", "was", ":", "=")
            and (named := _AT.search(before.left))
        ):
            token.key, token.strong = re.sub("(?i)^the ", "", named.group(1)), True
        if token.key == "" and index == 2 and len(tokens) == 3 and gap == ":" and tokens[1].role == "total":
            token.key, token.strong = "value", True
        lasts = not token.strong and not is_metric_word(token.key) and re.search(r"(?i)time|took", token.key) is None
        lasts = lasts and token.key != "" and _DURATION.match(token.right) is not None
        if token.key == "" and plan.has_place and (gap == "" or gap[-1] in ",|;"):
            token.key = _name_after(token.right)
        if (
            not can_be_metric(token.key)
            or (token.key == "best" and not token.strong)
            or (token.key == "percentage" and "%" in token.right)
            or _OF_THE_WAY.match(token.right)
            or lasts
            or (token.key.lower() in SCOPES and _RATE.match(token.right))
            or (token.right.startswith("%") and token.whole and token.key.lower() in SCOPES and before is None)
            or _GLUED.match(token.right)
            or (token.right.startswith(("x", "-")) and len(token.right) > 1 and token.right[1:2].isalnum())
        ):
            last = None
            continue
        words = token.key.split()
        if not token.strong and (len(words) > 3 or len(token.key) > 40):
            last = None
            continue
        if token.strong and len(words) > 7:
            last = None
            continue
        if (
            not token.strong
            and not is_metric_word(token.key)
            and token.right.strip() != "."
            and token.right[:1] not in ("", " ", ",", "|", "\t", ";", ")", "]", "m", "s", "%", "G", "M")
        ):
            last = None
            continue
        if re.search(r"=\s*'", token.key):
            last = None
            continue
        key = token.key
        if key in seen and section and section != "train":
            key = f"{section}/{key}"
        elif key in seen and section == "train":
            key = f"train/{key}"
        if key in seen:
            seen[key] += 1
            key = f"{key} #{seen[key]}"
        seen[key] = 1
        unit = re.match(r"\s?([kKMBGT])(?=[\s,|;)\]]|$)", token.right)
        scale = scale_of(unit.group(1)) if unit and not re.search(r"(?i)mem", key) else 1.0
        last = Value(token.slot, key, scale)
        plan.values.append(last)
    line_scope = line_scope or _first_scope(message, plan)
    if line_scope and line_scope != "train" and not any(token.quoted for token in tokens):
        plan.scope = line_scope


def _name_after(right: str) -> str:
    """The name that follows its value (`4230.95 ms |`, `3.027629 avg loss,`): the words up to the next delimiter."""
    words = re.split(r"[,;|\t(]|\s{2,}", right, maxsplit=1)[0]
    if re.search(r"[:=\[\]{}]", words) or not 1 <= len(words.split()) <= 3 or (words == right and len(words) > 24):
        return ""
    name = re.sub(r"^[kKMGB%] ?(?=\w)", "", words.strip()).strip(_EDGES)
    return "" if name in ("s", "sec", "secs") else name


def _line_scope(message: str) -> str:
    """The phase a line speaks of, where it says so before its first number or in brackets: `Epoch(val)`, `Test:`, `[EVAL]`."""
    head = re.split(r"[\x01\x02\x03]", message, maxsplit=1)[0].lower()
    words = re.findall(r"[a-z]+", head)
    for word in words[:4]:
        if word in SCOPES and not re.search(rf"{word}[_ /-]?(?:loss|acc|ppl|err|score|bpb|reward|return|mean|auc|psnr|iou)", head):
            return SCOPES[word]
    return ""


def _first_scope(message: str, plan: Plan) -> str:
    """The phase that only the first key of a line names, where it holds for all of them: `val Loss: 2.99 Acc: 0.52`."""
    words = plan.values[0].key.lower().split() if len(plan.values) > 1 else []
    named = {SCOPES[word] for word in re.findall(r"[a-z]+", message.lower()) if word in SCOPES}
    alone = (
        len(words) > 1
        and words[0] in SCOPES
        and len(named) == 1
        and not any(SCOPES.keys() & set(re.findall(r"[a-z]+", value.key.lower())) for value in plan.values[1:])
    )
    return (
        SCOPES[words[0]]
        if alone and any(is_metric_word(value.key) and canonical(value.key) != "learning_rate" for value in plan.values[1:])
        else ""
    )


def _before_values(message: str, tokens: list[Token], plan: Plan) -> str:
    """The message up to its first value; all of it where that value is no metric word's."""
    index = next((number for number, token in enumerate(tokens) if plan.values and token.slot == plan.values[0].slot), 0)
    marks = [at for at, char in enumerate(message) if char in "\x01\x02\x03"]
    return message[: marks[index]] if plan.has_place and index < len(marks) else message


def _keeps_best(message: str, tokens: list[Token], plan: Plan) -> bool:
    """True for a record that tells the best so far beside the value now: `Generation 3: best fitness = 9.5, avg fitness = 3.2`."""
    head = _before_values(message, tokens, plan)
    bests = [value for value in plan.values if value.key.lower().startswith("best ")]
    others = [value for value in plan.values if value not in bests and is_metric_word(value.key)]
    return plan.step >= 0 and bool(bests and others) and _SUMMARY.search(re.sub(r"(?i)\bbest\b", "", head)) is None


def _sets(tokens: list[Token], plan: Plan, message: str) -> bool:
    """True for a line of settings: `Learning rate: 3e-4, batch size: 64, epochs: 5`."""
    keys = [token.key.lower() for token in tokens if token.key and token.kind == N and token.strong and not token.quoted]
    total = (
        plan.epoch >= 0
        and plan.epochs < 0
        and any(token.slot == plan.epoch and token.key.lower() in ("epochs", "num epochs") for token in tokens)
    )
    placed = plan.step >= 0 or plan.batch >= 0 or (plan.epoch >= 0 and not total)
    settings = [key for key in keys if is_setting(key.encode())]
    sure = any(canonical(key) != "learning_rate" for key in settings)
    return not placed and sure and len(settings) * 2 >= len(keys) and re.search(r"(?i)loss|acc|score|reward", message) is None


def _judge(tokens: list[Token], plan: Plan, message: str) -> None:
    """Decides whether the line is a record, a header or nothing, and how much evidence it needs."""
    edge = _CODE_EDGE.search(message) is not None and not (plan.has_place and any(is_metric_word(value.key) for value in plan.values))
    code = edge or _CODE.search(message) is not None or _RANKED.search(message) is not None or _REPR.search(message) is not None
    metric = [value for value in plan.values if is_metric_word(value.key)]
    strong = [value for value in plan.values if any(token.slot == value.slot and token.strong for token in tokens)]
    plan.dict_line = any(token.quoted for token in tokens)
    if _sets(tokens, plan, message):
        plan.kind, plan.epoch = "unread", -1
        return
    if plan.values and not code and not plan.has_place and all(is_config_word(value.key) for value in plan.values):
        plan.kind = "unread"
        return
    if plan.values and not code:
        plan.kind = "record"
        if not plan.has_place:
            plan.values = [value for value in plan.values if is_metric_word(value.key) or len(value.key.split()) <= 2]
        place = plan.epoch >= 0 and plan.batch < 0 and plan.epochs < 0
        repr_line = plan.dict_line and '"' not in message
        plan.shows_epoch = place and (plan.step >= 0 or (plan.dict_line and (plan.fractional_epoch or repr_line)))
        config = sum(1 for value in plan.values if is_config_word(value.key))
        words = len(re.findall(r"[A-Za-z]{2,}", message))
        sparse = words > 6 + 4 * len(tokens)
        if plan.scope in ("val", "eval", "test") and plan.batch >= 0 and plan.batches >= 0 and not metric:
            plan.kind = "noise"
        elif not plan.dict_line and _SUMMARY.search(_before_values(message, tokens, plan)) and not _keeps_best(message, tokens, plan):
            plan.kind = "summary"
        elif plan.dict_line and (config >= 2 or not plan.has_place):
            plan.need, plan.moving = (OFTEN if config >= 2 else AGAIN), not metric
        elif (
            (config >= 2 or sparse or _PATHS.search(message))
            and (plan.has_place or metric)
            and not (plan.has_place and metric and not plan.weak_step and config <= len(plan.values) / 3)
        ):
            plan.need = OFTEN if not (plan.has_place and metric) else AGAIN
        elif metric and (plan.has_place or plan.dict_line):
            plan.need = AGAIN if plan.weak_step and plan.epoch < 0 else NOW
        elif plan.has_place:
            plan.need = AGAIN
        elif metric:
            plan.need, plan.moving, plan.known = AGAIN, True, True
            plan.rich = len(strong) >= 3
        else:
            plan.need, plan.moving = 2 * OFTEN, True
            lasting = {token.slot for token in tokens if _DURATION.match(token.right)}
            plan.values = [
                value
                for value in plan.values
                if value in strong and len(value.key.split()) <= 2 and value.slot not in lasting and not _STATISTIC.search(value.key)
            ]
            if not plan.values:
                plan.kind = "unread"
        return
    if plan.has_place and not code:
        rest = _HEADER_WORDS.sub("", message)
        letters = sum(1 for char in rest if char.isalpha())
        if letters <= 6 and len(tokens) <= 6:
            plan.kind = "header"
            return
    plan.kind = "unread"
