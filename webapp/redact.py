"""Secrets that a training printed by mistake, shown as ***: keys and tokens known by their shape, and what stands behind a telling name.

For everything that is shown or exported; the log itself and its download stay as they are. A pattern finds what its maker wrote down, not
every secret: a login before the board is what keeps logs private. Bare hexadecimal keys are left alone unless their name stands before
them, because commit ids look the same.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from webapp.settings import environment_value

MASK = "***"
NAMES = (
    r"(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|(?:access|private|account|encryption)[_-]?key|passw(?:or)?d|passphrase"
    r"|(?:auth|access|api|bearer|refresh|secret|hub|hf|github|gitlab|slack|bot|session)[_-]token|client[_-]secret|credentials?)"
)
EMPTY = r"(?:none|null|true|false|nil|unset|\*+)\b"  # what a program prints of a secret it was not given
VALUE = rf"(?P<quote>\\?[\"'])(?!{EMPTY})(?P<quoted>[^\"'\n]{{1,400}})(?=\\?[\"'])|(?!{EMPTY})(?P<bare>[^\s\"',;)}}\]>&|]{{3,400}})"
SHAPES = (
    r"hf_[A-Za-z0-9]{16,}",
    r"sk-[A-Za-z0-9_-]{16,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"gh[pousr]_[A-Za-z0-9]{20,}",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_-]{16,}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"wandb_v1_[A-Za-z0-9_-]{16,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
    r"npm_[A-Za-z0-9]{30,}",
    r"MI[IG][A-Za-z0-9+/]{20,}={0,2}",  # how the base64 of a key in DER begins
)
# What a password stands behind besides the names above. A pass of a training is a number, a duration or a word, and PWD is a folder.
NO_PASSWORD = rf"(?!{EMPTY}|[-+]?[\d.][\d.,:/e+-]{{0,40}}[a-zµ%]{{0,3}}(?:/[a-z]{{1,10}})?(?![^\s,;)}}\]\"'])|\.?\.?/|~|[A-Za-z]:[\\/])"
OPAQUE = r"(?=[^\s\"']{0,80}[0-9])(?=[^\s\"']{0,80}[A-Za-z])(?!\d{4}-\d\d-\d\d)"  # a word of letters and digits
ACCOUNTS = (
    "db|database|sql|mysql|mariadb|pg|pgsql|postgres|postgresql|mongo|mongodb|redis|rabbitmq|amqp|smtp|mail|email|imap|ftp|sftp|ssh|ssl"
    "|http|https|proxy|user|usr|root|admin|login|account|wifi|vpn|ldap|key|keystore|cert|sudo|my"
)
SHAPE = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(SHAPES)})")
NAMED = re.compile(rf"(?<![a-z0-9]){NAMES}\\?[\"']?\]?\s{{0,8}}(?:[:=]|=>|:=)\s{{0,8}}(?:{VALUE})", re.I)
FLAG = re.compile(rf"--(?:[a-z0-9_-]{{1,60}}[_-])?{NAMES}\s{{1,8}}(?!-)(?:{VALUE})", re.I)
BEARER = re.compile(r"\b(?:bearer|wandb login(?: --relogin)?)\s{1,8}(?P<bare>[A-Za-z0-9._~+/-]{16,}=*)", re.I)
PASS = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?i:(?:{ACCOUNTS})[_-]?(?:pass|pwd))|[A-Z0-9_]{{1,60}}_(?:PASS|PWD)|PASS(?==)|(?:pwd|PWD)(?==))"
    rf"\\?[\"']?\]?\s{{0,8}}[:=]\s{{0,8}}(?:\\?[\"'])?{NO_PASSWORD}(?:(?<=[\"'])(?P<quoted>[^\"'\n]{{1,400}})|(?P<bare>[^\s\"',;)}}\]>&|]{{3,400}}))"
)
PLAIN_PASS = re.compile(rf"(?<![A-Za-z0-9_.-])pass\\?[\"']?=(?:\\?[\"'])?{NO_PASSWORD}(?P<bare>{OPAQUE}[^\s\"',;)}}\]>&|]{{6,400}})")
TOKEN = re.compile(
    rf"(?<![A-Za-z0-9_.-])(?:(?i:token)|[A-Z0-9_]{{1,60}}_TOKEN|_?authToken)\\?[\"']?\]?\s{{0,8}}[:=]\s{{0,8}}(?:\\?[\"'])?"
    rf"{NO_PASSWORD}(?P<bare>{OPAQUE}[A-Za-z0-9._~+/-]{{15,400}}[A-Za-z0-9_~+/-]=*)(?![^\s\"',;.)}}\]&|\\])"
)
AUTHORIZATION = re.compile(
    r"authorization\\?[\"']?\s{0,8}[:=]\s{0,8}(?:\\?[\"'])?(?:basic|token|digest|negotiate|apikey|key)\s{1,8}(?P<bare>[^\s\"',;]{6,400})",
    re.I,
)
WEBHOOK = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/)(?P<bare>[A-Za-z0-9/_-]{12,200})"
)
KEY_BEGIN, KEY_END = r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----", r"-----END "
KEY_HEAD = r"(?:Proc-Type|DEK-Info|Version|Comment): "  # of a key with a password, or of PGP
KEY = re.compile(
    rf"{KEY_BEGIN}(?P<bare>(?:\s|\\[nr]){{0,8}}(?:{KEY_HEAD}[^\n\\]{{0,200}}(?:\s|\\[nr]){{1,8}}){{0,4}}(?:[A-Za-z0-9+/=\s]|\\[nr]){{1,20000}})(?={KEY_END}|$)"
)
# A line of a key by itself, whose first line is not at hand: so many characters of base64, large, small and digits among them.
KEY_LINE = re.compile(
    r"^\s{0,40}(?P<bare>(?=[^a-z\s]{0,76}[a-z])(?=[^A-Z\s]{0,76}[A-Z])(?=[^0-9\s]{0,76}[0-9])[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}){0,2})\s{0,8}$",
    re.M,
)
IN_KEY = re.compile(rf"[A-Za-z0-9+/=]{{1,100}}|{KEY_HEAD}.{{0,200}}|")
# The last line of a key that began out of sight: base64 to its end, and no word.
LAST_LINE = re.compile(
    r"(?=.{0,75}(?:[=0-9+/]|[a-z][A-Z]))(?:[A-Za-z0-9+/]{4}){0,18}(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
)
KEY_BYTES = 16 * 1024  # of text to look back for the beginning of a key: one of 16,384 bits has 13 KB
IN_URL = re.compile(r"://[^\s/:@]{1,100}:(?P<bare>[^\s/@]{1,200})(?=@)")
# A line without any of these needs no pattern: looking for plain words takes a tenth of the time.
WORDS = ("key", "token", "secret", "pass", "pwd", "passwd", "password", "passphrase", "credential", "credentials")
ENDS = ("=", ":", "'", '"', " ", "\\", "]")
HINTS = (
    *("bearer ", "wandb login", "://", "hf_", "sk-", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *(
        "xox",
        "aiza",
        "wandb_v1_",
        "eyj",
        "k_live_",
        "k_test_",
        "npm_",
        "mii",
        "mig",
        "private key",
        "authorization",
        "authtoken",
        "webhooks/",
    ),
)
LONG_WORD = 64
LONG = re.compile(rf"(?:^|\n)\s{{0,40}}[a-z0-9+/]{{{LONG_WORD}}}")
COLOUR = re.compile(r"\x1b\[[0-9;:]{0,64}[@-~]")
NAME = re.compile(rf"(?:.*[_-])?{NAMES}", re.I)


@dataclass(frozen=True, slots=True)
class InKey:
    """Lines of a private key come next: all up to its end where its beginning was seen (`begun`), else the rest of it, one line at a time.

    prefix  what stood before the beginning, and may stand before every line of it; digits as 0, since times and numbers change
    """

    prefix: str = ""
    begun: bool = True


@cache
def own_pattern() -> re.Pattern[str] | None:
    """The pattern that the owner of the board added, None without one.

    `settings.redact` by itself: this runs below every message, also the one that says which setting is wrong. A pattern that is none stops
    every start before anything is shown, as any wrong setting does.
    """
    try:
        return re.compile(text) if (text := environment_value("redact")) else None
    except re.error:
        return None


def redact(text: str) -> str:
    """The text with every secret that is known as such replaced by ***. Colour codes inside it are kept and do not hide it."""
    if "\x1b" not in text:
        return cover(text, list(secrets_in(text)))
    codes = [(code.start(), code.end()) for code in COLOUR.finditer(text)]
    found = list(secrets_in(COLOUR.sub("", text)))
    if not found:
        return text
    return cover(text, [(moved(start, codes), moved(stop - 1, codes) + 1) for start, stop in found], codes)


def redact_line(text: str, in_key: InKey | None) -> tuple[str, InKey | None]:
    """The next line of a log, redacted, and whether the lines after it are those of a private key; `in_key` says it of this one."""
    plain = (COLOUR.sub("", text) if "\x1b" in text else text).lstrip()
    if in_key:
        before = len(in_key.prefix) if without_digits(plain[: len(in_key.prefix)]) == in_key.prefix else 0
        line = plain[before:].strip()
        if (IN_KEY if in_key.begun else LAST_LINE).fullmatch(line):
            return (plain[:before] + MASK if line else text), (in_key if in_key.begun else None)
    if "-----BEGIN " in plain and (begin := re.search(rf"{KEY_BEGIN}\s*$", plain)):
        return redact(text), InKey(without_digits(plain[: begin.start()]))
    return redact(text), InKey(begun=False) if len(plain) >= LONG_WORD and KEY_LINE.fullmatch(plain) else None


def without_digits(text: str) -> str:
    return re.sub("[0-9]", "0", text)


def key_before(text: str) -> InKey | None:
    """Whether lines of a private key come after this text of a log."""
    begin = text.rfind("-----BEGIN ")
    if begin < 0:
        return None
    in_key: InKey | None = None
    for line in text[text.rfind("\n", 0, begin) + 1 :].removesuffix("\n").split("\n"):
        _, in_key = redact_line(line, in_key)
    return in_key


def redact_params(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters with the values hidden whose name or shape says that they are secret."""
    return {name: redact_value(name, value) for name, value in params.items()}


def redact_value(name: str, value: str) -> str:
    """One parameter's value as it may be shown."""
    return MASK if NAME.fullmatch(name.rpartition(".")[2]) and filled(value) else redact(value)


def filled(value: str) -> bool:
    return bool(value.strip("\"' ")) and not re.fullmatch(EMPTY, value.strip("\"' "), re.I)


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the secrets of a text begin and end; they may overlap."""
    for pattern in patterns_for(text.lower()):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            yield match.span("quoted" if groups.get("quoted") else "bare" if groups.get("bare") else 0)
    own = own_pattern()
    if own:
        yield from (match.span() for match in own.finditer(text) if match.end() > match.start())


def patterns_for(lower: str) -> Iterator[re.Pattern[str]]:
    """The patterns that may find something in a text, by its words in lower case."""
    if any(word in lower and any(word + end in lower for end in ENDS) for word in WORDS):
        yield from (NAMED, FLAG, PASS, PLAIN_PASS, TOKEN)
    if any(hint in lower for hint in HINTS):
        yield from (SHAPE, BEARER, IN_URL, AUTHORIZATION, WEBHOOK, KEY)
    if len(lower) >= LONG_WORD and LONG.search(lower):
        yield KEY_LINE


def cover(text: str, spans: list[tuple[int, int]], codes: list[tuple[int, int]] | None = None) -> str:
    """The text with the spans replaced; of `codes`, those inside a span stay behind it."""
    out, place = [], 0
    for start, stop in sorted(spans):
        if stop <= place:
            continue
        if start >= place:
            out.append(text[place:start])
            out.append(MASK)
        out.extend(text[first:last] for first, last in codes or () if max(start, place) <= first and last <= stop)
        place = stop
    return "".join(out) + text[place:]


def moved(place: int, codes: list[tuple[int, int]]) -> int:
    """The place in the coloured text of a place in the text without its colour codes."""
    for start, stop in codes:
        if start > place:
            break
        place += stop - start
    return place
