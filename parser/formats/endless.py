"""Patterns of users' formats that may take for ever on some line: told before they are used. `parser.formats.patience` stops the others.

In: the text of a regular expression. Out: why it may, or nothing. Most others end soon on a line, which has 8 KiB at most: two repeats of
any character take each place for each place of the other.
"""

import re._constants as ops  # type: ignore[import-not-found]
import re._parser as patterns  # type: ignore[import-not-found]
from collections.abc import Iterator
from typing import Any

ANY_MOST = 2  # repeats of any character without an end
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT)


def why_endless(when: bytes) -> str:
    """Why the pattern may take for ever, with what to write instead; "" where it does not. Raises re.error for what is no pattern."""
    loose = 0
    for op, argument, inside in _walk(patterns.parse(when), False):
        if inside and op is ops.BRANCH:
            return "alternatives inside a repeat without an end; write {0,20} instead of * or +"
        if op in _REPEATS and argument[1] is ops.MAXREPEAT:
            if inside:
                return "a repeat without an end inside another; write {1,80} instead of the inner + or *"
            loose += _is_any(argument[2])
    return f"{loose} repeats of any character without an end; write .{{0,80}} instead of .*" if loose > ANY_MOST else ""


def _walk(pattern: Any, inside: bool) -> Iterator[tuple[Any, Any, bool]]:
    """Every part of a pattern, and whether it stands inside a repeat without an end."""
    for op, argument in pattern:
        yield op, argument, inside
        endless = inside or (op in _REPEATS and argument[1] is ops.MAXREPEAT)
        if op in _REPEATS or op is ops.POSSESSIVE_REPEAT:
            yield from _walk(argument[2], endless and op is not ops.POSSESSIVE_REPEAT)
        elif op is ops.BRANCH:
            for part in argument[1]:
                yield from _walk(part, inside)
        elif op is ops.SUBPATTERN:
            yield from _walk(argument[3], inside)
        elif op in (ops.ASSERT, ops.ASSERT_NOT):
            yield from _walk(argument[1], inside)
        elif op is ops.GROUPREF_EXISTS:
            for part in argument[1:]:
                yield from _walk(part or (), inside)


def _is_any(pattern: Any) -> bool:
    """True for any one character: a dot."""
    if len(pattern) != 1:
        return False
    op, argument = pattern[0]
    return op is ops.ANY or (op is ops.SUBPATTERN and _is_any(argument[3]))
