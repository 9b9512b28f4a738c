"""The metrics of a line: every number that has a name and is neither a place, nor a unit, nor a count of something else.

In: the number tokens of a line with their roles. Out: the plan's values with their keys and the magnitude of suffixes, and what the line
is called. Refuses to say whether the line as a whole is to be believed.
"""

import re
from itertools import takewhile

from parser.counters import EPISODE, SINCE_1970
from parser.keys import Token, name_after
from parser.names import can_be_metric, canonical, is_metric_word
from parser.numbers import NUMBER_MARK, scale_of
from parser.phases import EVALUATIONS, LETTERS, SCOPES, find_phase, phases_of
from parser.plans import Plan, Value
from parser.seen import COUNTED_UNIT

N = NUMBER_MARK
STATISTICS = ("num", "mean", "std", "min", "max")
UNLABELLED = {  # words before a colon that name no data set or part of the model
    *("info", "debug", "warning", "error", "loss", "losses", "metrics", "results", "result", "stats", "epoch", "step", "iteration"),
    *("best", "model", "warn", "critical", "fatal", "trace", "success", "notice", "final", "summary", "warmup"),
}
_SAID_AGAIN = "copypaste"  # bbox_mAP_copypaste: the scores before it once more, for a sheet
LIST_LEAST, LIST_MOST = 3, 32  # numbers of a list without brackets; of any list
STRONG_WORDS, WEAK_WORDS, WEAK_CHARACTERS = 7, 3, 40  # of a key with and without a separator behind it; longer ones are prose
_GLUED = re.compile(
    r"^(?:[\[_]|[A-Za-z]+\d|\.\d|[-:/]\d|\w*://|(?!(?:%|[kKMGTP]i?[bB]?|[kKMGT]?b|ms|us|ns|secs?|seconds?|s|m|mins?|"
    r"min|h|hours?|hrs|x|dB|px|fps|"
    r"it|TFLOPS?|GFLOPS?|[TG]?FLOPs?|it/s|s/it|e|z|Hz|W|C)(?![A-Za-z]))[A-Za-z])|^[x-][^\W_]"
)
_AT = re.compile(
    r"(?i)(?:\bthe )?(\w[\w ()]{0,60}?) (?:(?:at|after|for|on|in|of|over) (?:the )?|[(\[])(?:mini-?)?(?:iteration|iter|step|epoch|batch)$"
)
_AFTER = re.compile(r"(?:\bthe )?(\w[\w ()]{0,60}?) after$")  # Loss after 1000 steps: 0.82
_OF_THE_WAY = re.compile(r"\s?%\s{0,4}(?:\(?\s?(?:completed?|done|finished|progress|through|of (?:the )?(?:epoch|training|data|total))\b)")
DURATION = re.compile(r"^\s?(?:ms|us|secs?\.?|seconds?|s|mins?|minutes?|hours?|h)(?=[\s,;|)\]]|$)")
_SLASH_NAME = re.compile(r"/ +[A-Za-z]")  # Train 2.1 / Val 3.1
_OBJECT = re.compile(r"[\"']([\w/. -]{1,80})[\"']\s*:\s*\{[^{}]*$")  # "val": {"loss":
_DICT = re.compile(  # Epoch 1 val: {'loss':, | test metrics = {"acc":
    r"(?<![\w-])([^\W\d_]{1,20})(?: (?:metrics?|results?|scores?|stats?|logs?|loss(?:es)?|set|summary|performance))?"
    r"[^\w{}]{0,8}\{\s{0,4}[\"'][^{}]*$"
)
_SINGLE = re.compile(r"(?:^|[\s,])([A-Za-z]\w{0,40})=\{[\"'][^\"'\x01]{1,40}[\"']\s?:\s?$")  # grad_norm={'0_default':
_TOLD_NAME = re.compile(r"[\"'](?:name|key|metric|tag)[\"']\s*:\s*[\"']([^\"'\x01-\x03]{1,80})[\"']")  # {"name": "loss", "value":
_GROUP = re.compile(r"(?:^|[\s,;])([A-Za-z]\w{0,40})\[[\w ]{1,40}=\s*$")  # tot_loss[loss=
_SECTION = re.compile(  # | teacher: acc=, | model B [loss:
    r"(?:^|[\s|,;])([A-Za-z][\w-]{0,30}) ?:\s{1,4}[A-Za-z][\w ]{0,30}=\s?$"
    r"|(?:^|[|,;\]])\s{0,4}((?:[A-Za-z][\w-]{0,20} ){0,2}[A-Za-z][\w-]{0,20}) ?\[[A-Za-z][\w ]{0,30}[:=]\s?$"
)
_DEVICE = re.compile(r"(?i)(?<![a-z])(?:cuda|npu|xpu|hpu|tpu|mps|xla):$")
_PARTED = re.compile(r"(?:^|[\s,;|(])([A-Za-z][\w-]{1,30})\s{0,4}(?:[:(-]|\s)\s{0,4}\(?[A-Za-z]{1,12}\s{0,4}[=:]?\s{0,4}$")  # loss: train=
_IN_BRACKETS = re.compile(r"\s{0,4}\(\s{0,4}[A-Za-z]{1,12}\s{0,4}[=:]?\s{0,4}$")
_LABELLED = re.compile(  # Generator: loss 0.8, [cifar10] acc: 81.2
    r"(?:\W{0,40}([A-Za-z][\w-]{1,30}(?: [A-Za-z_-]{1,20})?) ?:[ \t]{1,4}|\s{0,20}\[([A-Za-z][\w-]{1,30})\]:?[ \t]{1,4})"
    r"[A-Za-z][^\x01]{0,60}\x01"
)
_HEAD = re.compile(r"\bhead: ([A-Za-z]\w{0,40})")  # Epoch 0: head: pt_head, loss=0.4
_ONE_WORD = re.compile(r" [A-Za-z][\w./-]{0,40} ?")
_BRACKETED = re.compile(r"((?:[\w-]{1,30} ){0,3})([\w-]{1,30}) \(([A-Za-z]\w{0,30})\)")  # Accuracy (Loss): 0.5 (1.3)
_RATE = re.compile(r"^\s?[A-Za-z]{1,12}/s")
_SENTENCE = re.compile(r"\.(?:\s*$|\s+[A-Z])")  # Train Cost 1.85.  Eval Cost 1.95
TIME_WORD = re.compile(r"(?i)time|took|^ts$")
_PAIR_BEHIND = re.compile(r"^(\w{1,30}) \((train|training)/(val|valid|validation|test)\)$", re.IGNORECASE)
_PAIR = re.compile(r"((?:\w{1,30} )?)([A-Za-z]\w{0,20})/([A-Za-z]\w{0,20})((?: \w{1,30})?)")
_ONE_NAME = r"[A-Za-z][\w.@-]{0,40}(?: [A-Za-z][\w.@-]{0,40}){0,2}"
_NAMES = re.compile(rf"[\s\])|:;,>(-]{{0,20}}({_ONE_NAME}(?: ?, ?{_ONE_NAME}){{1,8}})\)?\s{{0,4}}[:=]?\s{{0,4}}[\[(]?")
_ENDED = re.compile(r"\s?[A-Za-z%]{1,12}(?:/s)?(?=[\s,;|)\]]|$)(?! ?[=:])")  # a unit of time or of size
_ASSIGNED_TEXT = re.compile(r"=\s*'")
_ENDS = ("", " ", ",", "|", "\t", ";", ")", "]", "m", "s", "%", "k", "G", "M")  # what may follow a number whose name is no metric word
_MAGNITUDE = re.compile(r"(?:|\s(?!\w\s+[A-Za-z]))([kKMBGT])(?=[\s,|;)\]]|$)")
_MEMORY = re.compile(r"(?i)mem")


def find_values(tokens: list[Token], plan: Plan, message: str) -> None:
    """Gives every remaining number its key and its magnitude, and the line its phase."""
    _name_list(tokens)
    walk = _Walk(tokens, plan, message)
    for index in range(len(tokens)):
        walk.last = walk.read(index)
    plan.label = _label(message, plan)
    find_phase(tokens, plan, message)


class _Walk:
    """Goes through the numbers of a line from left to right.

    last     the value that stands directly before the number looked at, or None
    section  the phase named last: `"val": {"loss":`, `Train 2.1 / Val 3.1`
    holder   the key of the object that the number is in, and `counted` where it is `{"num": …, "mean": …, "std": …}`, as of StyleGAN
    grouped  the name before the brackets that the number is in: `tot_loss[loss=`
    parted   the metric of which the keys are the phases: `loss: train=0.8, val=0.7`
    listed   the key of the list that the number is in, and how many came: `Pseudo dice [0.18, 0.27]`
    keys     how often each key came
    firsts   the first value of each key, and the section it came in
    """

    def __init__(self, tokens: list[Token], plan: Plan, message: str) -> None:
        self.tokens, self.plan, self.message = tokens, plan, message
        self.last: Value | None = None
        self.section = self.holder = self.grouped = self.parted = ""
        self.counted = False
        self.listed: tuple[str, int] = ("", 0)
        self.of_episode = plan.has_place and EPISODE.search(message) is not None
        self.keys: dict[str, int] = {}
        self.firsts: dict[str, tuple[Value, str]] = {}

    def read(self, index: int) -> Value | None:
        """Looks at one token, which may become a value. Returns what is then the value before the next."""
        token, before = self.tokens[index], self.tokens[index - 1] if index else None
        self._enter(token)
        if not self._has_own_name(token) or token.kind != N or token.role:
            return None
        self.parted = parted_of(token, self.parted, self.last)
        if self.last is not None and before is not None and self._belongs(token, before, self.last):
            return self.last if token.left.strip() == "/" else None
        if before is not None and (self._reads_list(index) or self._is_more_of(token, before)):
            return self.last
        self._name(index, token, before)
        if not _is_metric(token, before, self.of_episode) or self._is_row(index):
            return None
        self.listed = (token.key, 1) if self._opens_list(index) else ("", 0)
        return self._add(token)

    def _enter(self, token: Token) -> None:
        """Follows what opens and closes in the text before the number."""
        if not token.quoted:
            phases = [SCOPES[word] for word in LETTERS.findall(token.left.lower()) if word in SCOPES]
            self.section = phases[-1] if phases else self.section
        elif opened := _OBJECT.search(token.left):
            self.section, self.holder, self.counted = SCOPES.get(opened[1].lower(), ""), opened[1], token.key == "num"
        elif (named := _DICT.search(token.left)) and named[1].lower() in SCOPES:
            self.section, self.holder = SCOPES[named[1].lower()], ""
        elif "}" in token.left:
            self.section = self.holder = ""
        if group := _GROUP.search(token.left):
            self.grouped = group[1]
        elif (part := _SECTION.search(token.left)) and not {*LETTERS.findall((part[1] or part[2]).lower())} & (SCOPES.keys() | UNLABELLED):
            self.grouped = part[1] or part[2]
        elif "]" in token.left:
            self.grouped = ""

    def _has_own_name(self, token: Token) -> bool:
        """Names a number whose key only says what kind of number it is, by what it is of. False for a count or a spread beside a mean."""
        if token.quoted and self.holder and token.key in STATISTICS and not self.section:
            if token.key == "num" or (self.counted and token.key == "std"):
                return False
            token.key = self.holder if token.key == "mean" else f"{self.holder}/{token.key}"
        single = _SINGLE.search(token.left) if token.quoted and token.right[:1] == "}" else None
        if single is not None and (is_metric_word(single[1]) or not is_metric_word(token.key)):  # not of metrics={'acc': 0.8}
            token.key = single[1]
        if token.quoted and token.key == "value" and (told := _TOLD_NAME.search(self.message)) is not None:
            token.key = told[1]
        return True

    def _belongs(self, token: Token, before: Token, last: Value) -> bool:
        """True for a number without a name that says more of the value before it: its average, its share, the second of a pair."""
        gap = token.left.strip()
        if token.left in (" (", "(", "% (", " ( ", "  (") and token.right.lstrip("%")[:1] == ")":
            changed = token.text[:1] == "+" or (token.text[:1] == "-" and before.text[:1] != "-")  # acc 90.1% (+0.5)
            if not changed and (not token.whole or before.whole):
                if (named := _BRACKETED.fullmatch(last.key)) is not None and is_metric_word(named[3]):
                    last.key = f"{named[1]}{named[2]}"
                    self.plan.values.append(Value(token.slot, f"{named[1]}{named[3]}", last.scale))
                    return True
                share = token.right.startswith("%") and not token.left.startswith("%")  # Accuracy: 9747/10000 (97%)
                self.plan.values.append(Value(token.slot, last.key + (" (%)" if share else " (avg)"), last.scale))
            return True
        more = before.left.strip() == "/" and any(value.key == f"{last.key} #2" for value in self.plan.values)
        if gap == "/" and not token.whole and not before.whole and (more or before.strong or is_metric_word(last.key)):
            if _MEMORY.search(last.key):  # Peak Mem: 40.1/79.1 GiB
                return True
            key = f"{last.key} #{2 + sum(value.key.startswith(f'{last.key} #') for value in self.plan.values)}"
            last.key = _PAIR_BEHIND.sub(r"\2/\3 \1", last.key)  # loss (train/val)
            pair = _PAIR.fullmatch(last.key)
            if pair is not None and len({pair[2].lower(), pair[3].lower()} & SCOPES.keys()) in (0, 2):  # not train/loss
                start, first, second, end = pair.groups()  # acc/loss: 0.56/1.37, mean/median reward 415.6/414.7
                last.key, key = f"{start}{first}{end}", f"{start}{second}{end}"
            self.plan.values.append(Value(token.slot, key, last.scale))
            return True
        if gap == "=" and before.left.strip() == "/" and not token.whole:
            last.slot = token.slot  # accuracy: 2391/10042=0.2381
            return True
        return False

    def _reads_list(self, index: int) -> bool:
        """True for a number of a list behind one name, a value of its own: `Pseudo dice [0.18, 0.0]`, `loss: 0.36 0.32 2.84`."""
        token, (key, count) = self.tokens[index], self.listed
        if token.left.strip() not in (",", "") or token.key or not key:
            self.listed = ("", 0)
        elif count < LIST_MOST:
            self.listed = (key, count + 1)
            self.plan.values.append(Value(token.slot, f"{key} #{count + 1}"))
        return self.listed != ("", 0)

    def _opens_list(self, index: int) -> bool:
        """True where the numbers behind this value are of the same list: in brackets, or three and more with a decimal point."""
        token = self.tokens[index]
        if token.whole or not is_metric_word(token.key) or canonical(token.key) == "learning_rate" or _SAID_AGAIN in token.key:
            return False
        if token.left.rstrip().endswith("["):
            return True
        run = 1 + sum(1 for _ in takewhile(lambda later: later.left == "" and not (later.whole or later.key), self.tokens[index + 1 :]))
        return token.strong and run >= LIST_LEAST and _ENDED.match(self.tokens[index + run - 1].right) is None

    def _is_more_of(self, token: Token, before: Token) -> bool:
        """True for a number that is only the rest of what stands before it: of how many, or the next in a list."""
        gap = token.left.strip()
        if (gap.startswith("/") and not _SLASH_NAME.match(gap)) or (before.role == "total" and gap == "("):
            return True
        return token.key == "" and gap in (",", "") and self.last is not None and before.left.rstrip().endswith("[")

    def _is_row(self, index: int) -> bool:
        """True for the first of the bare numbers of a row that is no list: `loss:    10 5878 7.906751 24056.0`, `Prec@1   0 83.3`."""
        later = self.tokens[index + 1 : index + 3]
        token, bare = self.tokens[index], [not (other.left or other.key or other.role) for other in later]
        counts = token.whole and not token.right.strip()
        return counts and (bare == [True, True] or (bare[:1] == [True] and not token.strong and not later[0].whole))

    def _name(self, index: int, token: Token, before: Token | None) -> None:
        """Names a number whose name does not stand directly before it."""
        gap = token.left.strip()
        if before is not None and before.role in ("step", "epoch"):
            unit = COUNTED_UNIT.fullmatch(gap) is not None
            named = (_AFTER if unit else _AT).search(before.left)
            if named is not None and (unit or gap.lstrip(")] ") in ("is", "was", ":", "=")):
                token.key, token.strong = re.sub("(?i)^the ", "", named.group(1)), True
            elif before.role == "step" and gap in ("", ":") and "loss" in before.key.lower():
                token.key, token.strong = before.key, True  # Train loss 100 0.534
        if token.key == "" and index == 2 and len(self.tokens) == 3 and gap == ":" and self.tokens[1].role == "total":
            token.key, token.strong = "value", True
        opens = gap == "" or gap[-1] in ",|;" or (gap == ":" and before is not None and before.kind != N)  # @ 11:29 PM : 0.97 C.E. Loss
        if token.key == "" and self.plan.has_place and opens and not self._is_named_before(index, token):
            token.key = name_after(token.right)

    def _is_named_before(self, index: int, token: Token) -> bool:
        """True where the words behind a number are not its name: it is one of a list, or the line has its names before the numbers."""
        in_list = token.left == "," and token.whole  # gpus: 0,1,2 loss 1.9
        of_next = index + 1 < len(self.tokens) and _ONE_WORD.fullmatch(token.right) is not None  # Loss_G: 1.0 0.9 loss_cyc 0.6
        return in_list or (of_next and any(earlier.strong for earlier in self.tokens[:index]))

    def _add(self, token: Token) -> Value:
        """The value of a number with a name; where the name came before, what it is of tells the two apart."""
        key, section = token.key, self.section
        unnamed = token.quoted and not phases_of(key) & EVALUATIONS
        if section and section != "train" and (unnamed or key in self.keys):
            first, phase = self.firsts.get(key, (None, ""))
            if first is not None and first.key == key and phase not in ("", "train", section) and not phases_of(key):
                first.key = f"{phase}/{key}"  # Val Acc: 0.78 F1: 0.79 | Test Acc: 0.76 F1: 0.74
            key = f"{section}/{key}"
        elif key in self.keys and self.grouped:
            key = f"{self.grouped}/{key}"
        elif key in self.keys and section == "train":
            key = f"train/{key}"
        if key in self.keys:
            self.keys[key] += 1
            key = f"{key} #{self.keys[key]}"
        self.keys[key] = 1
        unit = _MAGNITUDE.match(token.right)
        value = Value(token.slot, key, scale_of(unit[1]) if unit is not None and _MEMORY.search(key) is None else 1.0)
        self.plan.values.append(value)
        self.firsts.setdefault(key, (value, section))
        return value


def _name_list(tokens: list[Token]) -> None:
    """Names numbers whose names are a list before the first of them: `train loss, val loss: 7.18 5.51`."""
    for index, token in enumerate(tokens):
        names = _NAMES.fullmatch(token.left) if "," in token.left else None
        keys = [name.strip() for name in names[1].split(",")] if names is not None else []
        behind = tokens[index + 1 : index + len(keys) + 1]
        if not any(is_metric_word(key) for key in keys) or any(later.role for later in behind) or token.role:
            continue
        more = [later.left.strip() in ("", ",") for later in behind]
        if more[: len(keys) - 1] == [True] * (len(keys) - 1) and not any(more[len(keys) - 1 :]):
            for named, key in zip(tokens[index : index + len(keys)], keys, strict=True):
                named.key, named.strong = key, True


def _is_metric(token: Token, before: Token | None, of_episode: bool) -> bool:
    """True for a number whose name and unit may be those of a metric; `of_episode` where the line tells what an episode brought."""
    key, right, words = token.key, token.right, len(token.key.split())
    if (
        not (can_be_metric(key) or (of_episode and key.lower() == "length"))
        or _ASSIGNED_TEXT.search(key)
        or _GLUED.match(right)
        or _OF_THE_WAY.match(right)
    ):
        return False
    if token.strong:
        fits = words <= STRONG_WORDS and not (len(key) == 1 and token.whole)  # G: 1.216; D: 1.170
    else:
        known = is_metric_word(key)
        lasts = not known and DURATION.match(right) is not None and TIME_WORD.search(key) is None
        ends = known or _SENTENCE.match(right) is not None or right[:1] in _ENDS
        alone = known and before is None and right.strip() == ""
        fits = words <= WEAK_WORDS + alone and 1 < len(key) <= WEAK_CHARACTERS and key != "best" and ends and not lasts
    if token.whole and token.left.rstrip().endswith("[["):  # cm=[[2, 1], [0, 3]]
        return False
    if SINCE_1970.fullmatch(token.text) and TIME_WORD.search(key):
        return False
    share = right.startswith("%") and before is None  # val 45%
    counts = key.lower() in SCOPES and ((token.whole and (share or not token.strong)) or _RATE.match(right) is not None)  # Eval 1 at step
    of_device = token.whole and _DEVICE.search(token.left) is not None
    return fits and not counts and not of_device and not (key == "percentage" and "%" in right)


def _label(message: str, plan: Plan) -> str:
    """What a line without a place is called before its first key: `Generator: loss 0.8`, `Discriminator: loss 0.7`; mostly nothing."""
    if plan.values and (head := _HEAD.search(message)) is not None:
        return head[1]
    found = _LABELLED.match(message) if plan.values and not plan.has_place else None
    label = (found[1] or found[2]) if found is not None else ""
    return label if not set(LETTERS.findall(label.lower())) & (SCOPES.keys() | UNLABELLED) else ""


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
