"""The phase of a line: whether its values are of training, of validation, of a test.

In: a line with its number tokens, and the values found in it. Out: the phase (scope) that holds for all of them. Refuses to know what
stood on other lines: a heading's phase is `parser.places`'.
"""

import re

from parser.keys import Token
from parser.names import canonical, is_metric_word
from parser.numbers import NUMBER_MARK
from parser.plans import Plan, Value

N = NUMBER_MARK
SCOPES = {
    "val": "val", "vali": "val", "valid": "val", "validation": "val", "validating": "val", "validate": "val", "dev": "val", "eval": "eval",
    "evaluation": "eval", "evaluating": "eval", "evaluate": "eval", "evaluator": "eval",
    "test": "test", "testing": "test", "inference": "test", "train": "train",
    "training": "train",
    "validação": "val", "validación": "val", "validazione": "val", "walidacja": "val", "validierung": "val", "валидация": "val",
    "验证": "val", "验证集": "val", "検証": "val", "검증": "val", "测试": "test", "测试集": "test",
    "treino": "train", "entrenamiento": "train", "addestramento": "train", "trening": "train", "обучение": "train",
    "训练": "train", "训练集": "train", "訓練": "train", "학습": "train",
}  # fmt: skip
EVALUATIONS = frozenset(("val", "eval", "test"))
LETTERS = re.compile(r"[^\W\d_]+")
_PHASE = "train|training|val|valid|validation|dev|eval|evaluation|test|testing"
_SPLIT = re.compile(  # "split": "val", phase=train
    r"(?i)(?:^|[\s,;|{\[(\"'])(?:split|phase|mode|stage|subset|name|dataset used)[\"']?\s*[:=]\s*[\"']?"
    r"(" + _PHASE + r")(?=[\"'\s,;|)\]}]|$)"
    r"|\|\s{0,20}(" + _PHASE + r")\s{0,20}\||\x01 ?\((" + _PHASE + r")\)\s?[:|]"  # | Validation |, Epoch 3 (valid):
)
_MESSAGE = re.compile(r"(?i)[{,]\s*[\"'](?:msg|message|event|type|kind)[\"']\s*:\s*[\"'](" + _PHASE + r")[\"']")  # "msg": "eval"
_BRACKET = re.compile(r"^[^\x01]{1,40}\x01 ?\([A-Za-z]")  # Val Loss: 12.3 (pos: 7.1, neg: 5.2)
_VAL = re.compile(r"\b[Vv]al\. ")
_STARRED = re.compile(r"^\s*\* +(?:Acc|Prec)@1\b")  # ends the evaluation in the ImageNet example, and in what came of it
_SET = re.compile(r"\W{0,8}(?:[A-Za-z-]{1,20} ){1,3}set: ")  # Labeled Target set: Average loss: 2.6
_OF_RUN = re.compile(r"(?i)epoch|\b(?:elapsed|remaining|eta|total[ _]time|gpu|mem|memory)\b")  # in no phase: Epoch time
_HEAD_WORD = re.compile(r"(?<![^\W\d_])(?<![a-z\x01][_-])[^\W\d_]+")  # not of gpu_test: the name of a run
_WHICH = re.compile(  # Epoch 1 | val_seen | loss, test-other: wer, Test (EMA): acc
    r"(?i)(?:^|[\s|\[(:,;-])(?:(?P<named>(?:val|valid|validation|test|dev|eval)[_-][a-z]\w{1,30})|"
    r"(?P<phase>val|valid|validation|test|testing|eval|evaluation) \((?P<bracketed>[a-z][\w-]{1,20})\))"
    r"\s{0,4}[\])]?\s{0,4}(?:[|:,=>-]{1,3}\s{0,4})?$"
)
_ALONE = re.compile(rf"(?i)[\s\])|:,;-]{{0,8}}(?:{_PHASE})")
_WORD = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")


def phases_of(key: str) -> set[str]:
    """The phases that a key names itself, mostly one or none: `val_loss`, `eval/accuracy`, `test acc`."""
    return {SCOPES[word] for word in LETTERS.findall(key.lower()) if word in SCOPES}


def takes_phase(values: list[Value], phase: str = "") -> bool:
    """True for values of which the heading above says the phase: none names another, and some are not of the run as a whole."""
    of_phase = any(canonical(value.key) not in ("learning_rate", "grad_norm") and not _OF_RUN.search(value.key) for value in values)
    return of_phase and all(phases_of(value.key) <= {phase} for value in values)


def find_phase(tokens: list[Token], plan: Plan, message: str) -> None:
    """Sets what a plan with its values says of the phase, and of which of several evaluations it is."""
    _find_phase(tokens, plan, message)
    if not plan.label and (told := _WHICH.search(_before_values(tokens, plan, message))) is not None:
        named, bracketed = told["named"] or "", told["bracketed"] or ""
        plan.scope = plan.scope or SCOPES[(told["phase"] or named.partition("-" if "-" in named else "_")[0]).lower()]
        plan.label = named or bracketed


def _before_values(tokens: list[Token], plan: Plan, message: str) -> str:
    """The message up to the key of its first value."""
    index = next((number for number, token in enumerate(tokens) if plan.values and token.slot == plan.values[0].slot), -1)
    if index < 0 or not tokens[index].key or tokens[index].quoted:
        return ""
    return N.join([*(token.left for token in tokens[:index]), tokens[index].left.rpartition(tokens[index].key)[0]])


def _find_phase(tokens: list[Token], plan: Plan, message: str) -> None:
    plan.trains = any("train" in phases_of(value.key) for value in plan.values)
    if phases := ["".join(groups).lower() for groups in _SPLIT.findall(message)]:  # the last: Phase: Training, Dataset used: Validation
        plan.scope = _evaluated(SCOPES[phases[-1]])
        return
    at_head = _at_head(message)
    plan.training = at_head == "train" and not plan.has_place
    plan.trains = plan.trains or plan.training
    plan.sums = at_head == "train" and plan.epoch >= 0 and plan.step < 0 and plan.batch < 0
    if (told := _MESSAGE.search(message)) is not None and not any(phases_of(value.key) for value in plan.values):
        plan.scope = _evaluated(SCOPES[told[1].lower()])
        return
    phase = at_head or _of_first_key(message, plan) or _before_first_key(tokens, plan, message)
    named = [token for token in tokens if token.key]
    if 2 * sum(token.quoted for token in named) >= max(len(named), 1):  # a dict: its keys tell their phase, or the words before it do
        phase = _at_head(message.partition("{")[0])
    if phase:
        plan.scope = _evaluated(phase)


def _evaluated(phase: str) -> str:
    """The scope of a phase; training has none."""
    return "" if phase == "train" else phase


def _at_head(message: str) -> str:
    """The phase a line names before its first number or in brackets: `Epoch(val)`, `Test:`, `[EVAL]`."""
    if _STARRED.match(message):
        return "val"
    if _SET.match(message) and not phases_of(message.split(":")[0]):
        return "eval"
    head = re.split(r"[\x01\x02\x03]", message, maxsplit=1)[0].lower()
    words = _HEAD_WORD.findall(head)
    for word, after in zip(words[:4], [*words[1:4], ""], strict=False):
        if SCOPES.get(word) == "eval" and SCOPES.get(after, "train") != "train":
            return SCOPES[after]  # eval test: perplexity
        if word in SCOPES and not re.search(rf"{word}[_ /-]?(?:loss|acc|ppl|err|score|bpb|reward|return|mean|auc|psnr|iou)", head):
            return SCOPES[word]
    return ""


def _of_first_key(message: str, plan: Plan) -> str:
    """The phase that only the first key of a line names, where it holds for all of them: `val Loss: 2.99 Acc: 0.52`."""
    words = plan.values[0].key.lower().split() if len(plan.values) > 1 else []
    if words and words[0].startswith("val/") and _VAL.search(message):
        words = words[0].split("/")  # Val. Loss: 2.99, Acc: 0.52
    if len(words) < 2 or words[0] not in SCOPES or len(phases_of(message)) != 1:
        return ""
    others = [value.key for value in plan.values[1:] if is_metric_word(value.key) or len(value.key) == 1]
    if any(phases_of(key) for key in others):
        return ""
    holds = _BRACKET.search(message) is not None or any(canonical(key) != "learning_rate" for key in others)
    return SCOPES[words[0]] if holds else ""


def _before_first_key(tokens: list[Token], plan: Plan, message: str) -> str:
    """The phase that stands between the place and the first key, where it is the only one: `[ITER 7000] Evaluating test: L1 0.03`."""
    index = next((number for number, token in enumerate(tokens) if plan.values and token.slot == plan.values[0].slot), 0)
    token = tokens[index]
    if not any(before.role for before in tokens[:index]) or not token.key:
        return ""
    between = token.left.rpartition(token.key)[0].rstrip()
    phases = [SCOPES[word] for word in _WORD.findall(between.lower()) if word in SCOPES]
    named = {SCOPES[word] for word in _WORD.findall(message.lower()) if word in SCOPES}
    ends = between[-1:] in tuple(":|]),.;>=-–—") or _ALONE.fullmatch(between) is not None  # [Epoch 1/5] VAL   acc/loss: 0.539/1.310
    return phases[-1] if phases and ends and named <= {phases[-1], "eval"} else ""
