"""What a log says besides its numbers: events, parameters, how it ended, and the account of every line."""

import math

import msgspec

from parser.places import PlacesState
from parser.points import Account, Outcome, Parsed, Points, Progress, SeriesInfo, TextEvent

EXAMPLES = 20
EXAMPLE_BYTES = 200


class NotesState(msgspec.Struct):
    lines: int = 0
    points: int = 0
    noise: int = 0
    unread: int = 0
    by_format: dict[str, int] = {}
    examples: list[tuple[int, str]] = []
    outcome: str = ""


class Notes:
    def __init__(self, state: NotesState) -> None:
        self.state = state
        self.bars = 0
        self._events: list[TextEvent] = []
        self._params: dict[str, str] = {}

    def count(self, format_name: str) -> None:
        self.state.by_format[format_name] = self.state.by_format.get(format_name, 0) + 1

    def unread(self, offset: int, line: bytes) -> None:
        self.state.unread += 1
        if len(self.state.examples) < EXAMPLES:
            self.state.examples.append((offset, line[:EXAMPLE_BYTES].decode("utf-8", "replace")))

    def parsed(self, points: dict[str, Points], series: dict[str, SeriesInfo], places: PlacesState) -> Parsed:
        events, self._events = tuple(self._events), []
        params, self._params = self._params, {}
        progress = Progress(places.step, places.total, places.epoch, places.epochs)
        outcome: Outcome = self.state.outcome  # type: ignore[assignment]
        return Parsed(points, series, events, params, progress, outcome)

    def account(self, dropped: dict[str, int], refused: int) -> Account:
        state = self.state
        lost = dict(dropped)
        if refused:
            lost["series beyond the limit"] = refused
        return Account(state.lines, state.points, state.noise, state.unread, dict(state.by_format), lost, tuple(state.examples))
