"""Reads a line that no format knows: which numbers are the step, the epoch and metrics, by the words and brackets around them.

In: one line cut into literals and number tokens. Out: a `Plan`, that is the meaning of every token (`parser.roles`, `parser.values`) and,
decided here, whether the line is a record and how often its shape must come back before it is believed. Pure: the same line always gives
the same plan. Of a number only its form is looked at (whole or not), never its worth: the plan serves every later line of the shape.
"""

import re

from parser.counters import BATCH_KEYS
from parser.keys import Token, find_indexes, number_names
from parser.names import canonical, is_config_word, is_metric_word
from parser.numbers import NUMBER_MARK, is_whole, marked
from parser.params import is_setting
from parser.phases import EVALUATIONS, SCOPES
from parser.plans import AGAIN, NOW, OFTEN, Plan, Value
from parser.prefixes import peel
from parser.roles import find_roles
from parser.values import DURATION, TIME_WORD, find_values

N = NUMBER_MARK
BLOCK_WORDS = 4  # of a name that has its line to itself: `Mean episode length: 30.4`
HEADER_NUMBERS, HEADER_LETTERS = 6, 6  # the most that a header has, of letters beside the words of places and phases
RICH = 3  # keys with separators
SPARSE_WORDS, SPARSE_WORDS_PER_NUMBER = 6, 4  # more words than that are prose
LABELS = ("class", "label", "category", "bucket")
_SETTINGS = re.compile(
    r"(?i)\b(?:config\w*|args|kwargs|arguments|hparams|hyper-?parameters|parameters|params|options|settings)\b\W{0,4}\{[^{}]{0,4000}"
)
_STATISTIC = re.compile(r"(?i)(?:^|[\s_])(?:mean|average|median|min|max|sum)$")
_RANKED = re.compile(r"\[(?:rank|default) ?(?:\d+|\x01)\]")
_REPR = re.compile(r"\b[A-Z]\w+\((?:[\w']+=|\()")
_CODE = re.compile(
    r"^\s*(?:def |class |import |from \S+ import|if |elif |else:|for \w+ in |while |return |try:|except|with |raise |"
    r"assert |#!|//|/\*|\"\"\"|"
    r"@\w+|print\(|self\.|\+\s*\w+=|\$ |"
    r">>> (?:from |import |[\w.]{1,80}\(|[\w.]{1,80} ?= ?[A-Za-z\[({])|"
    r"\w+ ?= ?\w+\(.*\)?$|File \"|model = |optimizer = |parser\.add)|\{\s*$|"
    r"\bself\.|\{\w+(?::\.?\w+)?\}|\w\s*==\s*\w|\w \+= \w|://"
)
_CODE_EDGE = re.compile(r"^\s*#(?!###)|;\s*$|^\s*>>> (?!\w+: ?\x01\s*$)")  # a comment or a statement, unless the line says where it stands
_PATHS = re.compile(r"(?:^|[\s'\"=(])(?:/[\w.\-]{1,120}){2,}|\b\w{1,120}\.(?:py|pt|pth|ckpt|json|yaml|txt|h5|bin|safetensors)\b")
_SUMMARY = re.compile(
    r"(?i)\bbest\b(?! fitness| internal)(?!\s*[:=]\s*\x01)|最佳|最优|"
    r"(?<!\x01 )\bsummary\b(?! epoch)|\bfinal\b|\baveraged stats\b|\bearly stopping\b|\bprevious\b|"
    r"\bprev\b|\bimproved\b|\bsaving\b|\bsaved\b|"
    r"\bloss for final step\b|\bcheckpoint\b|\bwandb:|\bresum|\bloaded?\b|\bdid not improve\b|\bstopp(?:ed|ing)\b"
)
_GIVEN = re.compile(r"(?i)weight|coef|beta|margin|thre?sh|(?:^|[\W_])lr(?:$|[\W_])")  # of the settings
_LEADS = re.compile(r"(?i)\W{0,8}(?:epoch|step|iter|iteration|update|batch(?: i)?)\W{0,4}\x01")
_STARRED = re.compile(r"^\s*\* (?:[A-Za-z][\w@.-]{0,30}(?: \([a-z]{1,20}\))? ?[:=]? {0,8}\x01%?[,;|]?\s{0,8}){1,12}")
_SLASHED = re.compile(r"[A-Za-z][\w/.-]{0,80}:? ?\x01(?: / [A-Za-z][\w/.-]{0,80}:? ?\x01){1,99}")  # run/score 3.5 / train/loss 0.4
_BEST_FIELD = re.compile(r"(?i)[,;|]\s*best [\w ]{1,30}[:=]?\s*\x01")  # among other values: it takes nothing but itself out
_REPEATS = re.compile(r"(?i)best iteration(?: is)?\s*:\s*$")
_RESULTS = r"(?:results?|metrics|stats|statistics|summary|scores?|losses|performance|report)"
_PHASE = re.compile(  # a line of its own: Training, --- Validation ---, Test phase:, Running evaluation
    r"(?i)[\W_]{0,40}(?:(?:running|starting|start|beginning|begin) )?"
    r"(train|training|val|valid|validation|validating|eval|evaluation|evaluating|dev|test|testing)"
    r"(?:(?: (?:phase|stage|set|split|data|loop|begins?|started|(?:the )?model|(?:(?:set|epoch) )?" + _RESULTS + r"))?[\W_]{0,40}"
    r"| (?!param|arg|conf|option|setting|hyper|file|sample|image|example|case|shape|size|dir|path|fold|command|script)[a-z]{3,20}: ?)"
)
_PHASE_OF = re.compile(  # >>> model: Evaluating on the valid set, evaluate:dev, testing in eval mode
    r"(?i)[\W_]{0,40}(?:[\w .-]{1,40}: )?(?:now |start |starting )?"
    r"(evaluat(?:e|ing|ion)|validat(?:e|ing|ion)|test(?:ing)?|infer(?:ring|ence)|train(?:ing)?)"
    r"(?: ?: ?|(?: (?:the )?model)? (?:on|over|with|using|in) (?:the )?(?:[a-z0-9]{1,20}-)?)"
    r"(train(?:ing)?|val|valid|validation|dev|eval|evaluation|test|testing)"
    r"(?: ?-?(?:set|split|data|dataset|mode))?[\W_]{0,40}"
)
_PHASE_ON = re.compile(  # On training set:, Results for validation:
    r"(?i)[\W_]{0,40}(?:" + _RESULTS + r" )?(?:on|for|of) (?:the )?"
    r"(train(?:ing)?|val|valid|validation|dev|eval|evaluation|test|testing)(?: ?-?(?:set|split|data|dataset))?[\W_]{0,40}"
)
_PROCESS = re.compile(r"0\d{3,7}")  # [07494], which no step looks like
_GOES_ON = re.compile(r"(?i)[\W_]{0,40}(?:now )?(?:continue|continuing|resume|resuming|back to) (?:the )?training[\W_]{0,40}")
_HEADER_WORDS = re.compile(
    r"(?i)\b(?:epoch|step|iter(?:ation)?|start(?:ing|ed)?|begin(?:ning)?|train(?:ing)?|global_step|global|batch|"
    r"update|of|in|rank|the|ba|ep|phase|round|number|communication|episode|(?:running )?generation|learning|summary|results?|report|"
    r"complete[d]?|finished|took|min(?:ute)?s?|sec(?:ond)?s?|hours?)\b"
)
_OVER = re.compile(r"(?i)\b(?:finished|completed?|done|end(?:ed)?|over|took)\b")
_WORDS = re.compile(r"[^\W\d_]+")
_BEGINS = re.compile(  # Running evals for checkpoint step 400: it places the lines below it, but nothing tells where the evaluation ends
    r"(?i)\W{0,8}(?:running|starting|beginning|performing) (?:[a-z]{1,20} ){0,2}(?:evals?|evaluations?|validation|tests?|testing)"
    r" (?:[a-z]{1,20} ){0,3}(?:step|epoch|iteration|iter) ?\x01\W{0,8}"
)
_PHASE_WORDS = re.compile(r"(?i)\b(?:val|valid|validation|validating|eval|evaluation|evaluating|dev|test|testing)\b")  # in a header


def read(parts: list[bytes]) -> Plan:
    """The plan of a line, from the line alone."""
    literals, kinds, text = marked(parts)
    prefix = peel(text)
    plan = Plan(format="generic", rank_text=prefix.rank)
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
            whole=is_whole(parts[2 * slot + 1]),
            text=parts[2 * slot + 1].decode(),
        )
        for at, slot in slots.items()
        if slot >= first
    ]
    if not tokens:
        plan.scope = _heading(message)
        plan.kind = "skip" if _REPEATS.search(message) else "phase" if plan.scope else "unread"
        return plan
    if _PROCESS.fullmatch(tokens[0].text) and tokens[0].left.strip() == "[" and tokens[0].right[:1] == "]":
        tokens[0].role = "process"
    _settings(tokens, message)
    number_names(tokens)
    find_indexes(tokens)
    find_roles(tokens, plan)
    plan.fractional_epoch = plan.epoch >= 0 and b"." in parts[2 * plan.epoch + 1]
    find_values(tokens, plan, message)
    plan.label = plan.label or prefix.host
    _judge(tokens, plan, message)
    return plan


def _heading(message: str) -> str:
    """The phase of a line that says nothing but the phase of the lines below it; "" for none."""
    if (heading := _PHASE.fullmatch(message)) is not None:
        return SCOPES[heading[1].lower()]
    if (heading := _PHASE_OF.fullmatch(message)) is not None:
        return SCOPES[heading[2].lower()]
    if (heading := _PHASE_ON.fullmatch(message)) is not None:
        return SCOPES[heading[1].lower()]
    return "train" if _GOES_ON.fullmatch(message) is not None else ""


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
    if plan.weak_step and not plan.step_key:
        plan.step = -1  # Episode [1/20]: what is drawn again and again, while the bar counts itself
    if plan.step >= 0 and plan.step_key:
        if plan.step_key.lower() not in BATCH_KEYS:  # what the bar counts itself
            plan.values.append(Value(plan.step, plan.step_key))
        plan.step = -1
    return plan


def _judge(tokens: list[Token], plan: Plan, message: str) -> None:
    """Decides whether the line is a record, a header or nothing, and how much evidence it needs."""
    metric = [value for value in plan.values if is_metric_word(value.key)]
    named = [token for token in tokens if token.kind == N and token.key]
    plan.dict_line = 2 * sum(token.quoted for token in named) >= max(len(named), 1)  # not grad_norm={'0_default': 66.5} among other keys
    starred = _STARRED.fullmatch(message) is not None  # * ADE 1.207 FDE 2.238: of the evaluation above
    if starred:
        metric, plan.starred = plan.values, True
    if _sets(tokens, plan, message):
        plan.epoch = -1
    elif any(token.key.lower() in LABELS and token.whole and not token.strong and not token.role for token in tokens) and metric:
        plan.kind = "noise"  # `Class 3 Accuracy: 80.9%`: the classes differ in a number alone, so their values would run into one series
    elif _is_code(tokens, plan, message, metric):
        return
    elif not plan.values:
        _judge_header(tokens, plan, message)
    elif plan.has_place or not all(is_config_word(value.key) for value in plan.values):
        _judge_record(tokens, plan, message, metric)


def _is_code(tokens: list[Token], plan: Plan, message: str, metric: list[Value]) -> bool:
    """True for a piece of a program, and for what a program prints of an object of its own."""
    ranked = _RANKED.search(message)  # of another line in this one, but for Epoch 1 [rank 0] loss=0.5
    if _CODE.search(message) or _REPR.search(message):
        return True
    if ranked is not None and not (plan.rank >= 0 and tokens[0].slot < plan.rank and message[ranked.start() - 1].isspace()):
        return True
    return _CODE_EDGE.search(message) is not None and not (plan.has_place and metric)


def _judge_header(tokens: list[Token], plan: Plan, message: str) -> None:
    """A place with hardly a word beside it is a header: `Epoch 3/10`, `Epoch 35 - Validation`."""
    words = (word for word in _WORDS.findall(_PHASE_WORDS.sub("", _HEADER_WORDS.sub("", message))) if not is_metric_word(word))
    phases = [SCOPES[word.lower()] for word in _PHASE_WORDS.findall(message)]
    begins = len(tokens) == 1 and _BEGINS.fullmatch(message) is not None
    told = len(phases) > 0 and message.rstrip().endswith(":") and all(token.role for token in tokens)  # Evaluating … after epoch 3:
    most = 2 * HEADER_LETTERS if plan.epochs >= 0 and len(tokens) == 2 else HEADER_LETTERS  # Normalized Epoch 19/20
    if plan.has_place and len(tokens) <= HEADER_NUMBERS and (told or begins or sum(map(len, words)) <= most):
        plan.over = _OVER.search(message) is not None
        plan.kind, plan.scope = "header", phases[-1] if phases and not begins else ""


def _judge_record(tokens: list[Token], plan: Plan, message: str, metric: list[Value]) -> None:
    most = BLOCK_WORDS if len(tokens) == 1 and not tokens[0].right.strip() else 2
    slots = {token.slot for token in tokens if token.strong}
    strong = [value for value in plan.values if value.slot in slots]
    if not plan.has_place:
        plan.values = [value for value in plan.values if is_metric_word(value.key) or len(value.key.split()) <= most]
    plan.shows_epoch = _shows_epoch(plan, message)
    plan.known, plan.heads = bool(metric), _LEADS.match(message) is not None
    plan.measured = any(canonical(value.key) != "learning_rate" and _GIVEN.search(value.key) is None for value in metric)
    config = sum(1 for value in plan.values if is_config_word(value.key))
    doubtful = config >= 2 and not (plan.has_place and any(value.key == "loss" for value in plan.values))  # completions/max_length
    lasting = {token.slot for token in tokens if DURATION.match(token.right)}
    plan.over = plan.epoch >= 0 and all(
        value.slot in lasting or TIME_WORD.search(value.key) for value in plan.values
    )  # Time for epoch 3: 12.2s
    plan.kind = "record"
    if plan.scope in EVALUATIONS and plan.batch >= 0 and plan.batches >= 0 and not metric:
        plan.kind = "noise"
    elif not plan.dict_line and _SUMMARY.search(_before_values(message, tokens, plan)) and not _keeps_best(message, tokens, plan):
        plan.kind = "summary"
    elif plan.dict_line and (doubtful or not plan.has_place):
        plan.need, plan.moving = (OFTEN if doubtful else AGAIN), not metric
    elif (plan.has_place or metric) and _is_doubtful(tokens, plan, message, metric, config):
        plan.need = OFTEN if not (plan.has_place and metric) else AGAIN
    elif metric and (plan.has_place or plan.dict_line):
        said = any(token.said for token in tokens)
        plan.need = AGAIN if said or (plan.weak_step and plan.epoch < 0) else NOW
    elif any(token.slot == plan.step and not token.key for token in tokens):
        plan.kind = "unread"  # a number leads the line, and nothing says of what
    elif plan.has_place:
        plan.need = AGAIN
    elif metric:
        plan.need, plan.moving = AGAIN, True
        plan.rich = len(strong) >= RICH or _SLASHED.fullmatch(message) is not None
    else:
        plan.need, plan.moving = 2 * OFTEN, True
        plan.values = [
            value for value in strong if len(value.key.split()) <= most and value.slot not in lasting and not _STATISTIC.search(value.key)
        ]
        plan.kind = "record" if plan.values else "unread"


def _shows_epoch(plan: Plan, message: str) -> bool:
    """True where the epoch of a record is a value beside its step, and may be fractional: `'epoch': 0.35`."""
    if plan.epoch < 0 or plan.batch >= 0 or plan.epochs >= 0:
        return False
    if not plan.dict_line:
        return plan.step >= 0 and plan.scope not in EVALUATIONS
    return plan.step >= 0 or plan.fractional_epoch or '"' not in message


def _is_doubtful(tokens: list[Token], plan: Plan, message: str, metric: list[Value], config: int) -> bool:
    """True for a line of settings, paths or prose with a number here and there, unless a place and a metric outweigh them."""
    words = len(re.findall(r"[A-Za-z]{2,}", message))
    sparse = words > SPARSE_WORDS + SPARSE_WORDS_PER_NUMBER * len(tokens)
    if not (config >= 2 or sparse or _PATHS.search(message)):
        return False
    return not (plan.has_place and metric and not plan.weak_step and config <= len(plan.values) / 3)


def _before_values(message: str, tokens: list[Token], plan: Plan) -> str:
    """The message up to its first value; all of it where that value is no metric word's."""
    index = next((number for number, token in enumerate(tokens) if plan.values and token.slot == plan.values[0].slot), 0)
    marks = [at for at, char in enumerate(message) if char in "\x01\x02\x03"]
    if not plan.has_place or index >= len(marks):
        return _BEST_FIELD.sub("", message)
    head = message[: marks[index]]
    return head[: head.lower().rfind("final")] if plan.values[0].key.lower().startswith("final ") else head


def _keeps_best(message: str, tokens: list[Token], plan: Plan) -> bool:
    """True for a record that tells the best so far beside the value now: `Generation 3: best fitness = 9.5, avg fitness = 3.2`."""
    head = _before_values(message, tokens, plan)
    bests = [value for value in plan.values if value.key.lower().startswith("best ")]
    others = [value for value in plan.values if value not in bests and is_metric_word(value.key)]
    return plan.step >= 0 and bool(bests and others) and _SUMMARY.search(re.sub(r"(?i)\bbest\b", "", head)) is None


def _sets(tokens: list[Token], plan: Plan, message: str) -> bool:
    """True for a line of settings: `Learning rate: 3e-4, batch size: 64, epochs: 5`."""
    keyed = [(token.key.lower(), token.text) for token in tokens if token.key and token.kind == N and token.strong and not token.quoted]
    total = (
        plan.epoch >= 0
        and plan.epochs < 0
        and any(token.slot == plan.epoch and token.key.lower() in ("epochs", "num epochs") for token in tokens)
    )
    placed = plan.step >= 0 or plan.batch >= 0 or (plan.epoch >= 0 and not total)
    settings = [key for key, text in keyed if is_setting(key.encode(), text.encode())]
    sure = any(canonical(key) != "learning_rate" for key in settings)  # nnU-Net prints its `Current learning rate` every epoch
    return not placed and sure and len(settings) * 2 >= len(keyed) and re.search(r"(?i)loss|acc|score|reward", message) is None
