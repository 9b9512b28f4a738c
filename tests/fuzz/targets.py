"""What is fuzzed: each target takes any bytes and raises where a promise does not hold. Driven by Hypothesis and by Atheris alike."""

import gzip
import html
import os
import re
import tempfile
from pathlib import Path

import numpy as np

from parser.formats import load_formats
from parser.log import LogParser, joined
from parser.propose import propose_format
from webapp.binary import SNIFF, is_binary
from webapp.explain import read_proposal
from webapp.guard import Headers, check_cross_site, check_path
from webapp.redact import redact
from webapp.settings import Settings
from webapp.terminal.ansi import line_html, plain_text
from webapp.uploads import GZIP, Incoming, UploadError

FORMATS = load_formats()
TAG = re.compile(r"<[^>]*>")
OUR_TAGS = re.compile(r'</?span(?: class="[a-z0-9 _-]*")?>')
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
QUERY_BYTES = Settings().query_bytes


def read_log(data: bytes) -> None:
    """The parser takes anything, and a cut and a restart in the middle change nothing."""
    whole = LogParser(FORMATS)
    first = joined([whole.feed(data), whole.finish()], whole)
    split, half = LogParser(FORMATS), len(data) // 2
    parts = [split.feed(data[:half])]
    split = LogParser.from_state(split.state(), FORMATS)
    parts += [split.feed(data[half:]), split.finish()]
    second = joined(parts, split)
    assert first.points.keys() == second.points.keys()
    for name, points in first.points.items():
        for column in ("step", "epoch", "value", "time", "offset"):
            assert np.array_equal(getattr(points, column), getattr(second.points[name], column), equal_nan=True), (name, column)
        assert np.all(np.diff(points.offset) >= 0), name
        assert points.offset[0] >= 0, name
        assert points.offset[-1] <= len(data), name
    assert repr(first.account) == repr(second.account)
    assert repr(first.events) == repr(second.events)


def propose_line(data: bytes) -> None:
    """A format proposed from any line passes its own check."""
    text = propose_format(data.decode("utf-8", "replace"))
    if text:
        read_proposal(text)


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


def unpack_upload(data: bytes) -> None:
    """An upload is stored as it is or as it was before it was packed, or refused with nothing left behind."""
    cut = data[0] if data else 1
    packed = gzip.compress(data)
    for sent, wanted in (
        (data, None),
        (packed, data),
        (packed * 2, data * 2),
        (GZIP + data, None),
        (packed[: len(packed) - 1 - cut % 8], None),
    ):
        with tempfile.TemporaryDirectory() as folder:
            incoming = Incoming(Path(folder))
            try:
                for start in range(0, len(sent), cut + 1):
                    incoming.write(sent[start : start + cut + 1])
                incoming.close()
            except UploadError:
                assert wanted is None or is_binary(data[:SNIFF])
                incoming.discard()
                assert os.listdir(folder) == []  # noqa: PTH208
            else:
                assert wanted is None or incoming.part.read_bytes() == wanted


TARGETS = {target.__name__: target for target in (read_log, propose_line, show_line, read_request, unpack_upload)}
