"""What the board says of itself on standard error: one line an event, as logfmt or as JSON, for people and for collectors of logs.

A line holds a time, a level, the part that speaks, the event and its fields; a stack is one field of its line. No query string, no cookie,
no token ever gets into a field, and what came from a log or a file name has its control characters marked and its secrets hidden.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Literal, TextIO

from webapp.format import visible

Form = Literal["logfmt", "json"]
BARE = re.compile(r"[^\s\"=\\]+")
FIELDS = "fields"  # the attribute of a log record that holds the event's own fields


def set_up(form: str, stream: TextIO | None = None) -> None:
    """Sends every log record of this process to `stream` (standard error), one line each; of libraries only warnings and worse."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else LogfmtLines())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("lossboard").setLevel(logging.INFO)


class LogfmtLines(logging.Formatter):
    """`time=… level=… part=… event="…" name=value …`"""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{name}={quoted(value)}" for name, value in fields_of(record).items())


class JsonLines(logging.Formatter):
    """The same fields as one JSON object; numbers stay numbers."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), ensure_ascii=False)


def fields_of(record: logging.LogRecord) -> dict[str, str | int | float]:
    """The fields of a line in their order; every text is safe for a terminal and for one line."""
    found: dict[str, str | int | float] = {
        "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "level": record.levelname.lower(),
        "part": record.name,
        "event": clean(record.getMessage()),
    }
    for name, value in getattr(record, FIELDS, {}).items():
        found[name] = value if isinstance(value, int | float) else clean(str(value))
    if record.exc_info and record.exc_info[1]:
        found["stack"] = clean("".join(traceback.format_exception(record.exc_info[1])).strip())
    return found


def clean(text: str) -> str:
    """Text on one line, without lone surrogates, control characters and secrets."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return visible(text.replace("\n", "\\n").replace("\t", " "))


def quoted(value: str | int | float) -> str:
    """A value as logfmt writes it: bare where nothing in it asks for quotes."""
    text = str(value)
    return text if BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
