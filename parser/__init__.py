"""Reads the text of training runs: bytes in, points by metric out. Knows nothing of files watched, stores or pages.

    from parser import LogParser, parse_file

The reader itself is loaded when it is asked for: the board needs only the records of `parser.points`, and keeps parsing to another process.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parser.log import LogParser, parse_file

__all__ = ["LogParser", "parse_file"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from parser import log

    return getattr(log, name)
