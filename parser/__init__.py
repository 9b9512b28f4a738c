"""Reads the text of training runs: bytes in, points by metric out. Knows nothing of files watched, stores or pages.

    from parser import LogParser, parse_file

The way of a line, and where to read on: `log` is the loop that hands every piece to its reader; `lines` cuts the bytes, `labels` knows
those of srun, `bare` gives the message behind what launchers and loggers put before a line. A bar is taken
apart by `bars`, `frames` says which of its drawings are points, `redraws` makes them so; `beside` gives a dict line the step of its bar.
`blocks` and `boxes` join records of several lines, `tables` reads rows of `cells`. For a line of its own `shapes` knows the `plans`: from
`formats/*.toml`, else from `generic` (`prefixes`, `keys`, `roles`, `values` and `phases`, with the words of `names` and `counters` and the
forms of `numbers`). `places` and `headings` say where a record stands and of which phase it is, `records` turns a plan and its numbers into
rows, `runs` many lines at once; `series` collects them as `points` with their step rules (`epochs`, `steps`). `notes` and `params` keep
what is no metric, `progress` says how far the run is, `propose` writes a format from a line.

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
