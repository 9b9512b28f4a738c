"""Numbers as training programs print them: where they stand in a line, and what they are worth.

In: the bytes of one line. Out: the line cut into literals and number tokens (`cut`), and floats (`to_float`, `to_floats`). A token is a
number, a clock time or a time stamp; the three differ, so that 10:15:01 never becomes ten. Digits inside words (`top5`, `layer_3`,
`mAP50-95`, `Acc@1`) are part of the word. Nothing here knows what a number means.
"""

import re
from collections.abc import Sequence

MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
WORDED = (  # Sat 23 Apr 2022 00:39:03, Sat Apr 23 00:39:03 2022, Apr 23 00:39:03, 23-Apr-22 00:39:03, 22 Feb 12:04
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2})?"
    rb"(?:\d\d?[ /-]" + MONTH + rb"(?:,?[ /-]\d{4}|-\d\d)?|" + MONTH + rb" {1,2}\d\d?(?:,? \d{4})?)"
    rb",?[ :T]{1,2}\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: (?:[A-Z]{3,4} )?(?:19|20)\d\d(?![\d.]))?"
)
STAMP = (
    rb"\d{4}[-/.]\d\d?[-/.]\d\d?[T _,:-]{1,2}\d\d?[:-]\d\d[:-]\d\d(?:[.,]\d+)?(?: ?[+-]\d\d:?\d\d|Z)?"  # 2026-01-28T10:00:00.123Z
    rb"|\d{4}\xe5\xb9\xb4\d\d?\xe6\x9c\x88\d\d?\xe6\x97\xa5 ?\d\d?:\d\d:\d\d(?:[.,]\d+)?"  # the same with the words for year, month and day
    rb"|\d\d[-.]\d\d[-.]\d{4}[T _,-]{1,2}\d\d:\d\d:\d\d(?:[.,]\d+)?"  # 28.01.2026 10:00:00
    rb"|\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?"  # 01-28 10:00:00
    rb"|\d\d?/\d\d?(?:/\d{2,4})?[ -]\d\d:\d\d:\d\d(?:\.\d+)?(?: [AP]M\b)?"  # 01/28/2026 10:00:00, 01/28 10:00:00, 01/28-10:00:00.1
    rb"|\d\d/\d\d/(?:19|20)\d\d(?:[ -]{1,2}\d\d:\d\d(?::\d\d)?)?(?![\d/])"  # a date, and maybe its time: 01/28/2026--10:00
    rb"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+"  # glog: month and day, no year
    rb"|[IWEF]?(?:19|20)\d{6}[ -]\d\d:\d\d:\d\d(?:\.\d+)?"  # I20230420 12:00:20
    rb"|" + WORDED
)
CLOCK = (
    rb"(?:(?:\d{1,6} days?, )?\d{1,6}:\d\d(?::\d\d)?(?:[.,]\d+)?(?: [AP]M\b)?(?![\d:])"
    rb"|\d{1,6}[dhm] ?\d{1,6}(?:\.\d{1,6})?[hms](?: ?\d{1,6}[ms]){0,2}(?!\w))"  # 1h 2m3s, 3h 20m
)
_COUNTED = rb"(?:poch|step|Step|iter|Iter|tion|atch|sode|ound)[ :=]"
COMMA = (  # 0,488235, 2,31 and 91,5 %: a decimal comma, no thousands, no list (0,1,2), no two counters (epoch 3,12)
    rb"[-+]?(?:\d{1,3},(?<!" + _COUNTED + rb"\d,)(?<!" + _COUNTED + rb"\d\d,)(?<!" + _COUNTED + rb"\d\d\d,)\d{1,2}(?=\s?%|\s|[;|)]|,\s|$)"
    rb"|(?:0,\d{3,20}|\d{1,3},\d{4,20})(?:[eE][-+]?\d+)?(?!\d|[.,]\d))"
)
JULIA = rb"[-+]?\d+\.\d+f[-+]?\d{1,2}(?![\w.])"  # 0.51f0
EXPONENT = rb"(?:[eE][-+]?\d+|D[-+]\d\d+)?"  # 2.1e-05, Fortran's 2.10259D+00
PLAIN = rb"(?<=[ :=\t])" + COMMA + rb"|" + JULIA + rb"|[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d|,\d)|\d+(?:\.\d*)?|\.\d+)" + EXPONENT
NON_FINITE = (
    rb"[-+]?(?:nan|NaN|NAN|inf|Inf|INF|infinity|Infinity)(?:(?=ms\b)|(?![\w.]))"
    rb"(?! +(?:iter|value|loss|grad\w* found|or |in |is |was |and |detect|check|\())"
)
NOT_IN_WORD = (  # top5, Acc@1, mAP@.5:.95, Top 5 accuracy, 0_default, 2nd_scale, 10th percentile, 3d_loss:
    rb"(?<![A-Za-z0-9_.@#$^~])(?<![A-Za-z0-9_][-+])(?<!@\.\d:)(?<!@\d\.\d:)(?<!@\d\.\d\d:)(?<![Tt]op (?=\d{1,3} [A-Za-z]))"
    rb"(?!\d{1,9}(?:(?:st|nd|rd|th)(?:_[A-Za-z]| perc| quant)|_[A-Za-z]\w{0,40}['\"=]|[a-z]{1,8}_\w{1,40} ?[:=]))"
)
COUNTING = rb"[Ee]p", rb"EP", rb"[Ee]poch", rb"EPOCH", rb"[Ii]t", rb"[Ii]ter", rb"[Ss]tep", rb"[Bb]atch"
GLUED = b"|".join(  # digits right behind a word that counts: Ep3, it250, step_10, Epoch000-batch00010
    rb"(?<=" + before + word + joint + rb")"
    for word in COUNTING
    for before in (rb"^", rb"[\s\[(,;|:/]", rb"\d[-_]")
    for joint in (b"", b"[-_]")
)
NUMBERED = b"|".join(  # Epoch #3
    rb"(?<=" + word + joint + rb")"
    for word in (
        rb"[Ee]poch",
        rb"EPOCH",
        rb"[Ss]tep",
        rb"[Ii]ter",
        rb"[Ii]teration",
        rb"[Bb]atch",
        rb"[Ee]pisode",
        rb"[Rr]ound",
        rb"[Uu]pdate",
    )
    for joint in (rb" #", rb" # ", rb"#")
)
LETTERED = rb"(?<=^[EeBb])|(?<=[\s\[(,;|][EeBb])"  # E3/10, B10/125
LETTERS_OF_TWO = rb"(?:(?<=^E)|(?<=[\s\[(,;|]E))(?=\d{1,5}(?:\]|[ ,-]{1,2}[BbSsIi]\d))"  # [E03], E3 B10
BEHIND = rb"(?<=\d[ ,-][BbSsIi])"  # Ep3 B10
WHOLE = rb"(?=\d{1,9}(?![\w.]))"
RANGE_END = rb"(?<=\d-)(?=\d{1,9}batch:)"  # 51-100batch:
COUNTER = (
    rb"(?=\d)(?:(?:"
    + GLUED
    + rb"|"
    + NUMBERED
    + rb"|"
    + BEHIND
    + rb")"
    + WHOLE
    + rb"|"
    + RANGE_END
    + rb"|"
    + LETTERS_OF_TWO
    + rb"|(?:"
    + LETTERED
    + rb")(?=\d{1,6}/\d{1,7}(?![\w./])))"
)

IN_PATH = rb"(?<=[A-Za-z_]/)\d{1,9}/[A-Za-z_]"  # layers/0/norm

TOKEN = re.compile(
    rb" {0,64}(?:" + NOT_IN_WORD + rb"(?!" + IN_PATH + rb")|" + COUNTER + rb")"  # where one may begin
    rb"(" + b"|".join((STAMP, CLOCK, PLAIN, NON_FINITE)) + rb")"
)
_STAMP = re.compile(STAMP)
_CLOCK = re.compile(CLOCK)
_COMMA = re.compile(COMMA)

NUMBER_MARK, CLOCK_MARK, STAMP_MARK = MARKS = "\x01\x02\x03"
_UNMARKED = bytes.maketrans(MARKS.encode(), b"   ")  # in a log these bytes mean nothing


def cut(line: bytes) -> list[bytes]:
    """The line as literal, token, literal, …, literal (odd length); blanks before a token are dropped, so padding does not matter."""
    return TOKEN.split(line)


def kind_of(token: bytes) -> str:
    """The mark of a token: number, clock time or time stamp."""
    if _STAMP.fullmatch(token):
        return STAMP_MARK
    return CLOCK_MARK if _CLOCK.fullmatch(token) else NUMBER_MARK


def is_whole(token: bytes) -> bool:
    """True for a number without decimals."""
    return b"." not in token and (b"," not in token or _COMMA.fullmatch(token) is None)


def marked(parts: list[bytes]) -> tuple[list[str], list[str], str]:
    """The literals of a line that was cut, the marks of its tokens, and the line as text in which each token is its mark."""
    literals = [part.translate(_UNMARKED).decode("utf-8", "replace") for part in parts[::2]]
    kinds = [kind_of(token) for token in parts[1::2]]
    return literals, kinds, "".join(literal + mark for literal, mark in zip(literals, [*kinds, ""], strict=True))


def to_float(token: bytes) -> float:
    """The value of a number token. Raises ValueError for a clock time or a time stamp."""
    try:
        return float(token)
    except ValueError:
        return float(token.replace(b",", b"." if _COMMA.fullmatch(token) else b"").replace(b"f", b"e").replace(b"D", b"e"))


def to_floats(tokens: Sequence[bytes]) -> list[float]:
    """`to_float` of a whole column, fast where no token has a thousands separator."""
    try:
        return list(map(float, tokens))
    except ValueError:
        return [to_float(token) for token in tokens]


SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}


def scale_of(unit: str) -> float:
    """The factor of a bare magnitude suffix (2.62M, 17K); 1.0 for everything else, sizes of memory among them."""
    return SCALES.get(unit, 1.0)


def scaled(value: float, scale: float) -> float:
    """A number with its magnitude, to the digits that a float keeps: 2.05 million is 2,050,000 and not 2,049,999.9999999998."""
    return value if scale == 1.0 else float(f"{value * scale:.15g}")
