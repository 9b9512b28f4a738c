"""The name of a number: the words that stand before it, or right behind it, without units, signs and prose.

In: the text between two numbers of a line. Out: the key, whether a separator (`=` or `:`) follows it, whether it is quoted. Refuses to know
what a name means.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from parser.names import is_metric_word

LONG = 36  # of a name, which then says its data set without the model: Accuracy of the model on the test images
_DELIMITERS = re.compile(
    r"[,;|\t{}•·→▶➜，；、。｜]|[!！](?=\s)|\s{2,}|\s[-–—]+>?\s|(?<=[\])])\s*(?=[^\s)\]])|:\s|(?<=\w)>\s|"
    r"(?<![Aa]vg)(?<![Gg]rad)(?<![Ss]pec)(?<!\b[Vv]al)\.\s|\u2026|\s=>\s"
)
_WRAPPERS = re.compile(
    r"(?:\s|<tf\.Tensor: shape=\(\), dtype=\w{1,20}, numpy=|Tensor [A-Z]\w{2,9} \[\]|"
    r"[\w.]{0,40}(?:[tT]ensor|u?int\d+|float\d*|bool_|Array|array)\(|[\'\"\[(*$~≈]){1,80}$"
)
_SEPARATOR = re.compile(r"[\'\"*]{0,8}\s{0,64}(?:=>|->|[:=：])\s{0,64}$")
_NAMES = re.compile(r",[^()]{0,200}\)\s{0,8}[=:]\s{0,8}[\[(]\s{0,8}$")  # (loss, acc) = (2.3, …
_SAID = re.compile(
    r"(?:\s(?:is|was|are|equals)(?: now| at)?|(?:(?<=loss)|(?<=accuracy)|(?<=error)|(?<=score)|(?<=reward)|(?<=perplexity)) of)"
    r"\s?:?\s{0,64}[\[(]?$"
)
_CALL = re.compile(r"(?:^|\s)([A-Za-z_][\w.]{0,40})\([^()=:]{0,80},[^()=:]{0,80}\)$")  # loss(x, y) = 2.3
_BARRED = re.compile(r":\s+((?:train|eval|val|valid|test)\s+[A-Za-z]\w{1,40})\s+\|\s*$")  # Step 10: eval  Accuracy | 0.1
_OF_PHASE = re.compile(r"(?i)\w ?[(\[](?:train|training|val|valid|validation|test|eval|dev)[)\]]$")  # Loss (train) 2.5
_VAL = re.compile(r"^[Vv]al\. ")
_INDEXED = re.compile(r"\[\($")  # [(0, '0.8')]
_SAID_KEY = re.compile(r"(?i)^.*\b(?:the|an?|its|my|our|epochs?|steps?|iterations?|and) (?=\w)")
_TUPLE = re.compile(  # OrderedDict([('loss', 0.4), ('acc', 0.9)]), not workflow: [('train', 1), ('val', 1)]
    r"\([\'\"](?!(?:train|val|valid|eval|test)[\'\"])([^\'\"(),]{1,60})[\'\"],\s?[\'\"]?$"
)
_IN_TEXT = re.compile(r"[\'\"] ?: ?[\'\"]")  # "caller":"train/main.go:42": the number is a piece of a text
_BETWEEN_BARS = re.compile(r"\|[A-Za-z]{1,12}\|\s{0,4}$")  # |g| 3.2
_CLOSED = re.compile(r"^[\'\"]\s*:\s*[\'\"]?$")
_OPENED = re.compile(r"[{,]\s*[\'\"]([^\'\"]*)$")
_LEFT_UNITS = re.compile(r"^(?:[kKMB]|it/s|s/it|steps?/s|tok(?:en)?s?/s(?:ec)?|samples?/s(?:ec)?|ms|s|sec|secs|seconds|%|[MGk]i?B)\s+")
_GLUED_UNIT = re.compile(r"^(?:ms|us|ns|secs?|s|m|h|mins?|x|it/s|s/it|dB|px)(?=[\s:,;|)\]]|$)")
_LAST_N = re.compile(r"(?i)\b(?:last|past|previous|over)$")  # Avg reward (last 100): 12.3
_OF_LAST = re.compile(
    r"(?: (?:eps|episodes?|steps|games|epochs|batches|iterations|runs|iters))?(?:\)?\s{0,4}[:=]|\)| (?:was|is):?)\s{0,64}$"
)
_WAS = re.compile(r" (?:was|is):?$")
_WINDOW = re.compile(r"[A-Za-z] ?[(\[]$")  # Avg reward (100): 12.3, reward[100] = 12.3
_AVERAGE = re.compile(r"(?i)(?:avg|average|mean)\b")
_OF_WINDOW = re.compile(r"(?: (?:eps|episodes?|games|steps|iters|epochs|batches|runs))?[)\]]\s{0,4}[:=]?\s{0,64}$")
_OF_DATA = re.compile(r"(?i)^(.*\S) (?:on|over|for)(?: all)?(?: the)? *$")  # Accuracy of the network on the 10000 test images: 53 %
_DATA = re.compile(
    r"(?i)^ ((?:[a-z-]{2,20} ){0,2}(?:images|pictures|samples|examples|instances|inputs|items|data(?: points)?|sentences|texts|documents|"
    r"reviews|pairs|digits|videos|clips|utterances|files|cases|queries|questions))(?:\s?[:=]\s{0,64}| (?:is|was)\s?:?\s{0,64})$"
)
_SET = re.compile(r"(?i)^(.*\S) on (?:the )?((?:[a-z-]{2,20} ){0,2}(?:images|samples|examples|data|dataset|set))$")
_OF_MODEL = re.compile(r"(?i) (?:of|for) (?:the |our |my )?[a-z-]{2,20}$")
_VERB = re.compile(r"\s(?:is|was|are)$")  # loss is: 2.3
_RATE_UNIT = re.compile(r"(?i) ?\w{1,20}/s(?:ec|econd)? ?")
_SYMBOLS = re.compile(r"^[^\w\s\x00-\x7f∇∂Δ]{1,8}\s{1,4}|^(?:(?:with|and|done|finished|completed?|summary|results?) )+(?=\w)")
_TEXTS = re.compile(r"^(?:\w{1,40}=[\w.-]{1,40}\s+)+(?=\S)")  # phase=val loss=
_EDGES = " \t.,;:!?#*~<>«»=\"'`-–—_…|/\\&()✓✔✗✅❌📉📈🔥⚡🚀🎉⭐💾🏆►↓↑↗↘"


@dataclass(slots=True)
class Token:
    """One number token of a line.

    left, right  the text before it (back to the token before) and after it
    role         what place it tells ("step", "total", …); "" where it may be a value
    strong       a separator stands between key and number; `quoted` where the key is in quotes
    whole        it has no decimal point
    said         a verb stands between key and number (`the loss is 2.3`): prose may say so once
    """

    slot: int
    left: str
    right: str
    kind: str
    role: str = ""
    key: str = ""
    strong: bool = False
    quoted: bool = False
    whole: bool = False
    said: bool = False
    text: str = ""


def number_names(tokens: list[Token]) -> None:
    """Makes the numbers of names that differ in them alone a part of the names: `Stage 0 = 32.8  Stage 1 = 19.9`."""
    numbered: dict[str, list[Token]] = {}
    for token, after in pairwise(tokens):
        if token.whole and not token.role and after.left.strip() in ("=", ":") and (words := key_of(token.left)[0].split()):
            numbered.setdefault(words[-1], []).append(token)
    for some in numbered.values():
        if len({token.text for token in some}) == len(some) > 1:
            for token in some:
                token.role = "key"


def find_indexes(tokens: list[Token]) -> None:
    """Marks the numbers of a list of pairs that say of which each value is: `reward: [(0, '0.8'), (1, '0.7')]`; the first has the name."""
    for token, after in pairwise(tokens):
        if not token.whole or _INDEXED.search(token.left) is None:
            continue
        if after.left in (", '", ", "):
            token.role = "index"
        elif after.left == "," and after.right.startswith((")]", "), (")):  # [(1, 0.5), (2, 0.6)]: what it was, round by round
            token.role = after.role = "index"


def name_token(token: Token, before: Token | None) -> None:
    """Sets the key of a number; `before` is the number before it, which may be part of the key (`{'top 5': 0.9}`)."""
    if before is not None and _CLOSED.match(token.left) and (opening := _OPENED.search(before.left)):
        before.role = "key"
        token.key, token.strong, token.quoted = f"{opening.group(1)} {before.text}", True, True
        return
    if before is not None and before.whole and not before.role and (found := _windowed(before, token)) is not None:
        before.role = "key"
        token.key, token.strong, token.quoted = found
        return
    if (
        before is not None
        and before.whole
        and not before.role
        and (data := _DATA.match(token.left))
        and (head := _OF_DATA.match(before.left))
    ):
        key = _OF_MODEL.sub("", key_of(head[1])[0])
        if is_metric_word(key):
            before.role = "key"
            token.key, token.strong = f"{key} on {data[1]}", True
            return
    if before is not None and before.role == "index":
        token.key, token.strong, token.quoted = key_of(_INDEXED.sub("", before.left))
        return
    if before is not None and before.role == "key" and token.left.strip() in ("=", ":"):
        token.key, token.strong = f"{key_of(before.left)[0]} {before.text}", True
        return
    left = token.left if before is None else _GLUED_UNIT.sub("", token.left)
    if before is not None and _RATE_UNIT.fullmatch(left):
        left = ""  # of the number before: 23123.12 tokens/sec 2.12
    token.key, token.strong, token.quoted = key_of(left)
    if len(token.key) > LONG and (told := _SET.match(token.key)) is not None:
        token.key = f"{_OF_MODEL.sub('', told[1])} on {told[2]}"
    if not token.strong and (said := _SAID.search(left)) is not None:
        key = _SAID_KEY.sub("", key_of(left[: said.start()])[0])
        if is_metric_word(key):
            token.key, token.strong, token.said = key, True, True


def _windowed(before: Token, token: Token) -> tuple[str, bool, bool] | None:
    """The key of a number whose name holds the number before it, which says of how many it is the mean; None for any other."""
    last = _LAST_N.search(before.left) is not None and _OF_LAST.match(token.left) is not None
    if not last and not (_WINDOW.search(before.left) and _OF_WINDOW.match(token.left)):
        return None
    text = f"{before.left}{' ' if last else ''}{before.text}{token.left}"
    text = _WAS.sub("", text.rstrip())
    found = key_of(text if text[-1:] in (":", "=") else f"{text}:")  # its bracket parts it from the number
    return found if last or is_metric_word(found[0]) or _AVERAGE.match(found[0]) is not None else None


def key_of(left: str) -> tuple[str, bool, bool]:
    """The key that stands before a number: its text, whether a separator (`=` or `:`) follows it, whether it is quoted."""
    if _NAMES.search(left) is not None:
        return "", False, False
    if (pair := _TUPLE.search(left)) is not None:
        return pair[1].strip(), True, True
    if (barred := _BARRED.search(left)) is not None:
        return " ".join(barred[1].split()), True, False
    if (normed := _BETWEEN_BARS.search(left)) is not None:
        return normed[0].strip(), True, False
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
    if strong and (call := _CALL.search(bare)) is not None:
        return call[1], True, False
    pieces = [piece for piece in _DELIMITERS.split(bare) if piece.strip(_EDGES)]
    named = strong or bare[-1:] not in ",;|)]}" or (_OF_PHASE.search(bare) is not None and bool(pieces) and is_metric_word(pieces[-1]))
    key = pieces[-1] if pieces and named and _IN_TEXT.search(pieces[-1]) is None else ""
    if not strong and bare.rstrip()[-1:] in (",", ";", "|", "-", "/"):
        key = ""
    key = key.replace("avg. ", "avg ").strip(
        _EDGES if not key.rstrip().endswith(")") or "(" not in key else _EDGES.replace(")", "").replace("(", "")
    )
    key = _TEXTS.sub("", _SYMBOLS.sub("", _LEFT_UNITS.sub("", key))).rpartition("`")[2].lstrip("+/& ")
    if key.count("(") > key.count(")"):  # step 4 completed (loss: 2.9
        key = key[key.rindex("(") + 1 :]
    if strong:
        key = _VERB.sub("", key)
    if (strong or " [" in key) and "]" not in key and "[" in key[1:]:  # tot_loss[loss=, train [loss 0.5
        key = key[key.rindex("[") + 1 :]
    key = _VAL.sub("val/", key)
    return (key if "]" in key else key.lstrip("[")).strip(), strong, False


def name_after(right: str) -> str:
    """The name that follows its value (`4230.95 ms |`, `3.027629 avg loss,`): the words up to the next delimiter."""
    words = re.split(r"[,;|\t(]|\s{2,}", right, maxsplit=1)[0]
    if re.search(r"[:=\[\]{}]", words) or not 1 <= len(words.split()) <= 3 or (words == right and len(words) > 24):
        return ""
    name = re.sub(r"^(?:(?:[kKMGB] +|% ?)(?=\w)|(?:ms|s|secs?|mins?|m|h) +(?=\w))", "", words.strip()).strip(_EDGES)
    return "" if name in ("s", "sec", "secs", "batches", "samples", "examples", "sequences") else name
