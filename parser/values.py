"""The metrics of a line: every number that has a name and is neither a place, nor a unit, nor a count of something else.

In: the number tokens of a line with their roles. Out: the plan's values with their keys, the phase (scope) the line speaks of, the
magnitude of suffixes. Refuses to say whether the line as a whole is to be believed.
"""

import re

from parser.keys import Token, name_after
from parser.names import can_be_metric, canonical, is_metric_word
from parser.numbers import NUMBER_MARK, scale_of
from parser.plans import Plan, Value
from parser.seen import COUNTED_UNIT

N = NUMBER_MARK
SCOPES = {
    "val": "val", "vali": "val", "valid": "val", "validation": "val", "validating": "val", "dev": "val", "eval": "eval",
    "evaluation": "eval", "evaluating": "eval", "test": "test", "testing": "test", "inference": "test", "train": "train",
    "training": "train",
    "validação": "val", "validación": "val", "validazione": "val", "walidacja": "val", "validierung": "val", "валидация": "val",
    "验证": "val", "验证集": "val", "検証": "val", "검증": "val", "测试": "test", "测试集": "test",
    "treino": "train", "entrenamiento": "train", "addestramento": "train", "trening": "train", "обучение": "train",
    "训练": "train", "训练集": "train", "訓練": "train", "학습": "train",
}  # fmt: skip
_GLUED = re.compile(
    r"^(?:[\[_]|[A-Za-z]+\d|\.\d|[-:/]\d|\w*://|(?!(?:%|[kKMGTP]i?[bB]?|[kKMGT]?b|ms|us|ns|secs?|seconds?|s|m|mins?|"
    r"min|h|hours?|hrs|x|dB|px|fps|"
    r"it|TFLOPS?|GFLOPS?|[TG]?FLOPs?|it/s|s/it|e|z|Hz|W|C)(?![A-Za-z]))[A-Za-z])"
)
_AT = re.compile(r"(?:\bthe )?(\w[\w ()]{0,60}?) (?:at|after) (?:the )?(?:mini-?)?(?:iteration|iter|step|epoch|batch)$")
_AFTER = re.compile(r"(?:\bthe )?(\w[\w ()]{0,60}?) after$")  # Loss after 1000 steps: 0.82
_OF_THE_WAY = re.compile(r"\s?%\s{0,4}(?:\(?\s?(?:completed?|done|finished|progress|through|of (?:the )?(?:epoch|training|data|total))\b)")
DURATION = re.compile(r"^\s?(?:ms|us|secs?\.?|seconds?|s|mins?|minutes?|hours?|h)(?=[\s,;|)\]]|$)")
_WORD = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")
_SLASH_NAME = re.compile(r"/ +[A-Za-z]")  # Train 2.1 / Val 3.1
STATISTICS = ("num", "mean", "std", "min", "max")
_OBJECT = re.compile(r"[\"']([\w/. -]{1,80})[\"']\s*:\s*\{[^{}]*$")  # "val": {"loss":
_SINGLE = re.compile(r"(?:^|[\s,])([A-Za-z]\w{0,40})=\{[\"'][^\"'\x01]{1,40}[\"']\s?:\s?$")  # grad_norm={'0_default':
_TOLD_NAME = re.compile(r"[\"'](?:name|key|metric|tag)[\"']\s*:\s*[\"']([^\"'\x01-\x03]{1,80})[\"']")  # {"name": "loss", "value":
_PHASE = "train|training|val|valid|validation|dev|eval|evaluation|test|testing"
_GROUP = re.compile(r"(?:^|[\s,;])([A-Za-z]\w{0,40})\[[\w ]{1,40}=\s*$")  # tot_loss[loss=
_SPLIT = re.compile(  # "split": "val", phase=train
    r"(?i)(?:^|[\s,;|{\[(\"'])(?:split|phase|mode|stage|subset|name|dataset used)[\"']?\s*[:=]\s*[\"']?"
    r"(" + _PHASE + r")(?=[\"'\s,;|)\]}]|$)"
    r"|\|\s{0,20}(" + _PHASE + r")\s{0,20}\||\x01 ?\((" + _PHASE + r")\)\s?[:|]"  # | Validation |, Epoch 3 (valid):
)
_MESSAGE = re.compile(r"(?i)[{,]\s*[\"'](?:msg|message|event|type|kind)[\"']\s*:\s*[\"'](" + _PHASE + r")[\"']")  # "msg": "eval"
_BRACKET = re.compile(r"^[^\x01]{1,40}\x01 ?\([A-Za-z]")  # Val Loss: 12.3 (pos: 7.1, neg: 5.2)
_DEVICE = re.compile(r"(?i)(?<![a-z])(?:cuda|npu|xpu|hpu|tpu|mps):$")
_STARRED = re.compile(r"\s*\* +(?:Acc|Prec)@1\b")  # ends the evaluation in the ImageNet example, and in what came of it
_PARTED = re.compile(r"(?:^|[\s,;|(])([A-Za-z][\w-]{1,30})\s{0,4}(?:[:(-]|\s)\s{0,4}\(?[A-Za-z]{1,12}\s{0,4}[=:]?\s{0,4}$")  # loss: train=
_IN_BRACKETS = re.compile(r"\s{0,4}\(\s{0,4}[A-Za-z]{1,12}\s{0,4}[=:]?\s{0,4}$")
_LABELLED = re.compile(r"\W{0,8}([A-Za-z][A-Za-z_-]{1,30}(?: [A-Za-z_-]{1,20})?): {1,4}[A-Za-z][^\x01]{0,60}\x01")
UNLABELLED = {  # words before a colon that name no data set or part of the model
    *("info", "debug", "warning", "error", "loss", "losses", "metrics", "results", "result", "stats", "epoch", "step", "iteration"),
    *("best", "model"),
}
_LETTERS = re.compile(r"[^\W\d_]+")
_ONE_WORD = re.compile(r" [A-Za-z][\w./-]{0,40} ?")
_RATE = re.compile(r"^\s?[A-Za-z]{1,12}/s")


def find_values(tokens: list[Token], plan: Plan, message: str) -> None:
    """Gives every remaining number its key, its scope and its magnitude."""
    line_scope = _line_scope(message)
    section = holder = grouped = parted = ""
    counted = False  # the object is {"num": …, "mean": …, "std": …}, as StyleGAN writes them
    seen: dict[str, int] = {}
    firsts: dict[str, tuple[Value, str]] = {}  # the first value of a key, and the phase whose words stood before it
    last: Value | None = None
    for index, token in enumerate(tokens):
        lower = token.left.lower()
        if not token.quoted:
            for word in _LETTERS.findall(lower):
                if word in SCOPES:
                    section = SCOPES[word]
        elif opened := _OBJECT.search(token.left):
            section, holder, counted = SCOPES.get(opened[1].lower(), ""), opened[1], token.key == "num"
        elif "}" in token.left:
            section = holder = ""
        if group := _GROUP.search(token.left):
            grouped = group[1]
        elif "]" in token.left:
            grouped = ""
        if token.quoted and holder and token.key in STATISTICS and not section:
            if token.key == "num" or (counted and token.key == "std"):
                last = None
                continue
            token.key = holder if token.key == "mean" else f"{holder}/{token.key}"
        if token.quoted and token.right[:1] == "}" and (single := _SINGLE.search(token.left)) is not None:
            token.key = single[1]
        if token.quoted and token.key == "value" and (told := _TOLD_NAME.search(message)) is not None:
            token.key = told[1]
        if token.kind != N:
            last = None
            continue
        before = tokens[index - 1] if index else None
        if token.role:
            last = None
            continue
        parted = parted_of(token, parted, last)
        gap = token.left.strip()
        before_whole = before is not None and before.whole
        if last is not None and token.left in (" (", "(", "% (", " ( ", "  (") and token.right.lstrip("%")[:1] == ")":
            if token.whole and not before_whole:
                last = None
                continue
            share = token.right.startswith("%") and not token.left.startswith("%")  # Accuracy: 9747/10000 (97%)
            plan.values.append(Value(token.slot, last.key + (" (%)" if share else " (avg)"), last.scale))
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
        if gap == "=" and before is not None and last is not None and before.left.strip() == "/" and not token.whole:
            last.slot = token.slot  # accuracy: 2391/10042=0.2381
            last = None
            continue
        if (gap.startswith("/") and not _SLASH_NAME.match(gap)) or (before is not None and before.role == "total" and gap == "("):
            continue
        if before is not None and token.key == "" and gap in (",", "") and last is not None and before.left.rstrip().endswith("["):
            continue
        if (
            before is not None
            and before.role in ("step", "epoch")
            and (named := (_AFTER if COUNTED_UNIT.fullmatch(gap) else _AT).search(before.left))
            and (gap in ("is", "was", ":", "=") or COUNTED_UNIT.fullmatch(gap))
        ):
            token.key, token.strong = re.sub("(?i)^the ", "", named.group(1)), True
        elif before is not None and before.role == "step" and gap in ("", ":") and "loss" in before.key.lower():
            token.key, token.strong = before.key, True  # Train loss 100 0.534
        if token.key == "" and index == 2 and len(tokens) == 3 and gap == ":" and tokens[1].role == "total":
            token.key, token.strong = "value", True
        lasts = not token.strong and not is_metric_word(token.key) and re.search(r"(?i)time|took", token.key) is None
        lasts = lasts and token.key != "" and DURATION.match(token.right) is not None
        listed = token.left == "," and token.whole  # gpus: 0,1,2 loss 1.9
        if index + 1 < len(tokens) and _ONE_WORD.fullmatch(token.right) and any(earlier.strong for earlier in tokens[:index]):
            listed = True  # Loss_G: 1.0 0.9 loss_cyc 0.6: the name is of the number after it
        if token.key == "" and plan.has_place and (gap == "" or gap[-1] in ",|;") and not listed:
            token.key = name_after(token.right)
        if (
            not can_be_metric(token.key)
            or (len(token.key) == 1 and (not token.strong or token.whole))  # G: 1.216; D: 1.170
            or (token.whole and _DEVICE.search(token.left))
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
            and token.right[:1] not in ("", " ", ",", "|", "\t", ";", ")", "]", "m", "s", "%", "k", "G", "M")
        ):
            last = None
            continue
        if re.search(r"=\s*'", token.key):
            last = None
            continue
        key = token.key
        if section and section != "train" and (token.quoted or key in seen):
            first, phase = firsts.get(key, (None, ""))
            if first is not None and first.key == key and phase not in ("", "train", section) and not phases_of(key):
                first.key = f"{phase}/{key}"  # Val Acc: 0.78 F1: 0.79 | Test Acc: 0.76 F1: 0.74
            key = f"{section}/{key}"
        elif key in seen and grouped:
            key = f"{grouped}/{key}"
        elif key in seen and section == "train":
            key = f"train/{key}"
        if key in seen:
            seen[key] += 1
            key = f"{key} #{seen[key]}"
        seen[key] = 1
        unit = re.match(r"(?:|\s(?!\w\s+[A-Za-z]))([kKMBGT])(?=[\s,|;)\]]|$)", token.right)
        scale = scale_of(unit.group(1)) if unit and not re.search(r"(?i)mem", key) else 1.0
        last = Value(token.slot, key, scale)
        plan.values.append(last)
        firsts.setdefault(key, (last, section))
    plan.trains = any("train" in phases_of(value.key) for value in plan.values)
    plan.label = _label(message, plan)
    if phases := ["".join(groups).lower() for groups in _SPLIT.findall(message)]:  # the last: Phase: Training, Dataset used: Validation
        plan.scope = "" if SCOPES[phases[-1]] == "train" else SCOPES[phases[-1]]
        return
    plan.training = line_scope == "train" and not plan.has_place
    plan.trains = plan.trains or plan.training
    if (told := _MESSAGE.search(message)) is not None and not any(phases_of(value.key) for value in plan.values):
        plan.scope = "" if SCOPES[told[1].lower()] == "train" else SCOPES[told[1].lower()]
        return
    line_scope = line_scope or _first_scope(message, plan) or _told_scope(tokens, plan, message)
    if line_scope and line_scope != "train" and not any(token.quoted for token in tokens):
        plan.scope = line_scope


def _label(message: str, plan: Plan) -> str:
    """What a line without a place is called before its first key: `Generator: loss 0.8`, `Discriminator: loss 0.7`; mostly nothing."""
    found = _LABELLED.match(message) if plan.values and not plan.has_place else None
    words = set(_LETTERS.findall(found[1].lower())) if found is not None else set()
    return found[1] if found is not None and not words & (SCOPES.keys() | UNLABELLED) else ""


def parted_of(token: Token, parted: str, last: Value | None) -> str:
    """The metric whose phases are the keys here; the token gets its name with the phase. "" for none.

    `loss: train=0.8, val=0.7`, `Loss train 0.8 val 0.7`, `loss=0.8 (val 0.7)`.
    """
    words = token.key.split()
    if len(words) == 2 and SCOPES.get(words[1].lower()) == "train" and is_metric_word(words[0]):
        return words[0]
    phase = SCOPES.get(token.key.lower())
    if phase is None or token.quoted:
        return ""
    if (named := _PARTED.search(token.left)) is not None and is_metric_word(named[1]) and named[1].lower() not in SCOPES:
        parted = named[1]
    elif not parted and last is not None and _IN_BRACKETS.match(token.left):
        parted = last.key
    if parted:
        token.key, token.strong = parted if phase == "train" else f"{phase}/{parted}", True
    return parted


def phases_of(key: str) -> set[str]:
    """The phases that a key names itself, mostly one or none: `val_loss`, `eval/accuracy`, `test acc`."""
    return {SCOPES[word] for word in _LETTERS.findall(key.lower()) if word in SCOPES}


def takes_phase(values: list[Value]) -> bool:
    """True for values of which the heading above says the phase: none names its own, and one is measured (a rate or a time is not)."""
    measured = any(is_metric_word(value.key) and canonical(value.key) not in ("learning_rate", "grad_norm") for value in values)
    return measured and not any(phases_of(value.key) for value in values)


def _line_scope(message: str) -> str:
    """The phase a line speaks of, where it says so before its first number or in brackets: `Epoch(val)`, `Test:`, `[EVAL]`."""
    if _STARRED.match(message):
        return "val"
    head = re.split(r"[\x01\x02\x03]", message, maxsplit=1)[0].lower()
    words = re.findall(r"(?<![^\W\d_])(?<![a-z\x01][_-])[^\W\d_]+", head)  # not of gpu_test: the name of a run
    for word, after in zip(words[:4], [*words[1:4], ""], strict=False):
        if SCOPES.get(word) == "eval" and SCOPES.get(after, "train") != "train":
            return SCOPES[after]  # eval test: perplexity
        if word in SCOPES and not re.search(rf"{word}[_ /-]?(?:loss|acc|ppl|err|score|bpb|reward|return|mean|auc|psnr|iou)", head):
            return SCOPES[word]
    return ""


def _first_scope(message: str, plan: Plan) -> str:
    """The phase that only the first key of a line names, where it holds for all of them: `val Loss: 2.99 Acc: 0.52`."""
    words = plan.values[0].key.lower().split() if len(plan.values) > 1 else []
    named = {SCOPES[word] for word in _LETTERS.findall(message.lower()) if word in SCOPES}
    alone = (
        len(words) > 1
        and words[0] in SCOPES
        and len(named) == 1
        and not any(phases_of(value.key) and is_metric_word(value.key) for value in plan.values[1:])
    )
    return (
        SCOPES[words[0]]
        if alone
        and (
            _BRACKET.search(message)
            or any(is_metric_word(value.key) and canonical(value.key) != "learning_rate" for value in plan.values[1:])
        )
        else ""
    )


def _told_scope(tokens: list[Token], plan: Plan, message: str) -> str:
    """The phase that stands between the place and the first key, where it is the only one: `[ITER 7000] Evaluating test: L1 0.03`."""
    index = next((number for number, token in enumerate(tokens) if plan.values and token.slot == plan.values[0].slot), 0)
    token = tokens[index]
    if not index or not tokens[index - 1].role or not token.key:
        return ""
    between = token.left.rpartition(token.key)[0].rstrip()
    phases = [SCOPES[word] for word in _WORD.findall(between.lower()) if word in SCOPES]
    named = {SCOPES[word] for word in _WORD.findall(message.lower()) if word in SCOPES}
    return phases[-1] if phases and between[-1] in ":|])," and named <= {phases[-1], "eval"} else ""
