"""Which frames of a progress bar carry a point. (Rules below.)"""

from collections.abc import Iterator

import msgspec

from parser.bars import Bar


class FramesState(msgspec.Struct):
    """The bars that are open."""

    bars: dict[str, int] = {}


class Frames:
    def __init__(self, state: FramesState) -> None:
        self.state = state

    def see(self, bar: Bar, offset: int, ended: bool) -> Iterator[object]:
        yield from ()

    def flush(self) -> Iterator[object]:
        yield from ()
