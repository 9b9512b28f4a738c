"""What is fuzzed: each target takes any bytes and raises where a promise does not hold. Driven by Hypothesis and by Atheris alike."""

import html
import re

from parser.log import LogParser
from webapp.guard import Headers, check_cross_site, check_path
from webapp.redact import redact
from webapp.settings import Settings
from webapp.terminal.ansi import line_html, plain_text

TAG = re.compile(r"<[^>]*>")
OUR_TAGS = re.compile(r'</?span(?: class="[a-z0-9 _-]*")?>')
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
QUERY_BYTES = Settings().query_bytes


def read_log(data: bytes) -> None:
    """The line parser takes anything, and a cut in the middle changes nothing."""
    whole = LogParser()
    first = [whole.feed(data), whole.finish()]
    split, half = LogParser(), len(data) // 2
    parts = [split.feed(data[:half]), split.feed(data[half:]), split.finish()]
    assert sum(part.points[name].value.size for part in first for name in part.points) == sum(
        part.points[name].value.size for part in parts for name in part.points
    )


def show_line(data: bytes) -> None:
    """A log line becomes text in our own spans, whatever it holds."""
    text = data.decode("utf-8", "replace").replace("\n", " ")
    shown = str(line_html(text))
    assert not [tag for tag in TAG.findall(shown) if not OUR_TAGS.fullmatch(tag)], shown
    assert "<" not in TAG.sub("", shown)
    assert not CONTROLS.search(html.unescape(shown).replace("\t", "")), shown
    plain_text(text)
    redact(text)


def read_request(data: bytes) -> None:
    """The guard decides about any target, headers and method without an error."""
    target, _, rest = data.partition(b"\n")
    path, _, query = target.partition(b"?")
    headers = Headers((name, value) for name, _, value in (line.partition(b":") for line in rest.split(b"\n")))
    scope = {"raw_path": path, "query_string": query, "method": "POST", "scheme": "http", "path": "/", "headers": headers.raw}
    refusal = check_path(scope, QUERY_BYTES)
    if refusal is None:
        assert b".." not in path.split(b"/")
        assert b"\0" not in path
    check_cross_site(scope, headers)
    headers.cookies()
    headers.one(b"authorization")


TARGETS = {target.__name__: target for target in (read_log, show_line, read_request)}
