"""Which frames of a progress bar carry a point, and at which step.

tqdm draws most counts twice: after `update` with the values of the count before, then with the new ones, so the *last* frame of a count
is exact. A bar that iterates (`for x in tqdm(…)`) advances its count only when it redraws by time: several different values appear at
one count, and the *first* frame of the next count is exact. The second kind is recognised by two changes of the values at one count, or,
where it is slow, by the values of the count of nothing, with which the next count is drawn first; what a slow one showed last, when it was
left, is of the count to come.
Lightning keeps showing the validation values of the epoch before: a key that was not in the bar's first frame is taken only when it
changes or when the bar is full. Keras frames are running means: only the full bar of an epoch with a header counts.
"""

import math

import msgspec

from parser.bars import Bar
from parser.names import canonical
from parser.numbers import to_float

NAN = math.nan
BARS_LIMIT = 64  # bars open at once; the oldest is forgotten


class Frame(msgspec.Struct, array_like=True):
    """One frame kept: its text as a line, its offset, its values by key, and the phase that a heading above it named.

    beside  step and epoch of the training, for a bar of an evaluation, which stands there
    part    True for a frame of such a bar that is not full: a running mean, and no point
    each    total of the bars drawn beneath a bar that counts epochs, one for each epoch
    """

    line: bytes
    offset: int
    values: dict[str, bytes]
    phase: str = ""
    beside: tuple[float, float] | None = None
    part: bool = False
    each: float = NAN


class BarState(msgspec.Struct, array_like=True):
    """One bar by its description: the count shown now, the frames of it, and what is known of its habits."""

    n: float = NAN
    total: float = NAN
    epoch: float = NAN
    before: float = 0.0
    first: Frame | None = None
    last: Frame | None = None
    changes: int = 0
    iterating: bool = False
    early: set[str] = set()
    shown: dict[str, bytes] = {}
    done: bool = False
    stale: bool = False
    told: set[str] = set()
    cycles: int = 0
    closed: int = -1  # lines of text before the newline behind the full bar; -1 before it
    through: bool = False  # it goes on where the epoch that it names goes up
    rose: bool = False  # drawn between nothing and full: then a full bar drawn again is no other epoch


class FramesState(msgspec.Struct):
    """The bars that are open, and the full Keras bar that waits for a fuller one."""

    bars: dict[bytes, BarState] = {}
    keras: Frame | None = None
    told: dict[str, bytes] = {}  # values of the last full Keras bar
    origin: float = 1.0
    closings: int = 0  # bars that got full and a newline
    latest: dict[int, int] = {}  # offset of the last point of each series of bars: two bars may feed one


class Found(msgspec.Struct, array_like=True):
    """A frame that is a point: which of its keys are fresh, and where it stands."""

    frame: Frame
    keys: set[str]
    step: float
    epoch: float
    total: float = NAN
    through: bool = False


class Frames:
    def __init__(self, state: FramesState) -> None:
        self.state = state

    def see(self, key: bytes, bar: Bar, frame: Frame, of: tuple[float, float], ended: bool, texts: int) -> list[Found]:
        """Takes the next frame of a bar with values; returns the points that are now certain.

        of     the epoch that its description names, and how many there will be; nan where it names none
        texts  lines of text in the log so far
        """
        bars = self.state.bars
        found: list[Found] = []
        now = bars.get(key)
        if now is None:
            if len(bars) >= BARS_LIMIT:
                del bars[next(iter(bars))]
            now = bars[key] = BarState()
        epoch = of[0]
        now.through = goes_on(now, bar, *of)
        begun = next_epoch(now, frame.values, texts + self.state.closings)
        again = now.last is not None and bar.n == now.n and (same(epoch, now.epoch) or now.through) and not begun
        if again and now.last is not None:
            now.epoch = epoch
            now.stale = now.stale and (bar.n == 0 or bar.n == bar.total)
            if any(token != now.last.values.get(name) for name, token in frame.values.items() if name in now.early):
                now.changes += 1
                if now.changes >= 2 and not math.isnan(bar.total):
                    now.iterating = True
                now.last, now.stale = frame, False
            elif frame.values != now.last.values:
                now.last = frame
        else:
            now.rose = now.rose or 0 < bar.n < bar.total or (math.isnan(bar.total) and bar.n > now.n)
            restart = now.last is not None and (bar.n <= now.n or not (same(epoch, now.epoch) or now.through))
            previous = now.last
            now.iterating = now.iterating or (not restart and begins(now, bar, frame.values))
            found += self._flush(now, restart)
            if restart:
                now.told = set()
                now.cycles += 1
                if math.isnan(epoch) and math.isnan(now.total) and now.closed >= 0:
                    now.before += now.n  # of unknown length: what it counted up to
                elif math.isnan(epoch) and not math.isnan(now.total) and now.n >= 0.9 * now.total:
                    now.before += now.total
                elif math.isnan(epoch):
                    now.before = 0.0
            now.n, now.total, now.epoch = bar.n, bar.total, epoch
            now.first = now.last = frame
            now.done, now.closed = False, -1
            fresh = previous is None or any(token != previous.values.get(name) for name, token in frame.values.items() if name in now.early)
            now.changes = 1 if fresh and (previous is not None or bar.n == 0) else 0
            now.stale = restart and not fresh
            if epoch == 0:
                self.state.origin = 0.0
        if not now.early:
            now.early = set(frame.values)
        if ended and (bar.n == bar.total or math.isnan(bar.total)):
            self.state.closings += 1
            now.closed = texts + self.state.closings
            found += self._flush(now, False)
        return found

    def beneath(self, epochs: bytes) -> float:
        """Total of the bar with values that is drawn anew for each epoch beneath a bar of epochs; `epochs` marks the keys of those."""
        for key, now in self.state.bars.items():
            last = now.last
            if last is not None and not (key.endswith(epochs) or last.phase or last.beside is not None or math.isnan(now.total)):
                return now.total
        return NAN

    def flush_full(self) -> list[Found]:
        """The last frames of the bars that are full, before an evaluation is placed beside them."""
        return [found for now in self.state.bars.values() if now.n == now.total for found in self._flush(now, False)]

    def flush(self) -> list[Found]:
        """The last frames of all bars, at the end of the log."""
        found: list[Found] = []
        for now in self.state.bars.values():
            found += self._flush(now, True)
        return found

    def _flush(self, now: BarState, closing: bool) -> list[Found]:
        """The point of the count shown now, if its frames are not repeats; `closing` where the bar starts again or the log ends."""
        last = now.last
        wiped = closing and last is not None and (last.part or (last.beside is not None and now.n == 0))
        chosen = now.first if now.iterating and not wiped else last
        if chosen is None or now.stale:
            return []
        if now.iterating and now.n == 0 and not wiped:
            now.first = None
            return []
        full = now.n == now.total
        if closing:  # what the bar of an evaluation showed last, where it was wiped before it was full
            chosen.part = False
        fresh: set[str] = set()
        earlier: set[str] = set()
        for name, token in chosen.values.items():
            if name in now.early:
                if not now.done:
                    fresh.add(name)
            elif token != now.shown.get(name):
                if full or math.isnan(now.epoch) or now.cycles == 0:
                    fresh.add(name)
                    now.told.add(name)
                else:
                    earlier.add(name)
                now.shown[name] = token
            elif closing and full and name not in now.told:
                fresh.add(name)
                now.told.add(name)
        now.done = True
        step, epoch = self._place(now, now.n)
        found = [Found(chosen, earlier, self._place(now, 0.0)[0], epoch, now.total, now.through)] if earlier else []
        if fresh:
            found.append(Found(chosen, fresh, step, epoch, now.total, now.through))
        if closing and not full and last is not None and self._goes_beyond(now, chosen, last):
            found.append(Found(last, now.early & last.values.keys(), self._place(now, now.n + 1)[0], epoch, now.total, now.through))
        return found

    def _goes_beyond(self, now: BarState, first: Frame, last: Frame) -> bool:
        """True where a slow loop that was left had values of one more iteration than it counted."""
        more = any(token != first.values.get(name) for name, token in last.values.items() if name in now.early)
        return now.iterating and now.changes == 1 and more and last.beside is None

    def _place(self, now: BarState, n: float) -> tuple[float, float]:
        if math.isnan(now.epoch):
            return now.before + n, NAN
        if now.through:
            return n, now.epoch
        if math.isnan(now.total):
            return NAN, now.epoch
        return (now.epoch - self.state.origin) * now.total + n, now.epoch


def begins(now: BarState, bar: Bar, values: dict[str, bytes]) -> bool:
    """True for the first frame of a count that shows the values of the count of nothing: those were of the first iteration, a slow one."""
    if now.n != 0 or now.last is None or now.stale or bar.kind != "tqdm" or bar.told or math.isnan(bar.total):
        return False
    return measured(now.last.values) and all(values.get(name) == token for name, token in now.last.values.items() if name in now.early)


def measured(values: dict[str, bytes]) -> bool:
    """True for values that an iteration gave, which `loss=0` and `loss=nan`, set before the first, are not."""
    numbers = (to_float(token) for name, token in values.items() if canonical(name) != "learning_rate")
    return any(number != 0 and math.isfinite(number) for number in numbers)


def goes_on(now: BarState, bar: Bar, epoch: float, epochs: float) -> bool:
    """True for a bar that counts over all epochs, though it names one: it is as far as the epoch is, and does not fall back with the next.

    One that starts in a later epoch, of a log that was cut or of a training that was resumed, shows it by where it stands.
    """
    if math.isnan(epoch) or not 0 < bar.n <= bar.total:
        return now.through
    done = bar.n * epochs  # in bars of one epoch each; nan where the number of epochs is not told
    far = (epoch - 1) * bar.total <= 1.05 * done <= 1.05 * (epoch + 1) * bar.total
    if now.last is None:
        return far and epoch > 2
    if epoch > now.epoch and same(bar.total, now.total):
        on = math.isnan(epochs) and epoch == now.epoch + 1 and now.n < now.total and bar.n - now.n in (0, 1)  # no other bar has begun
        return on or (far and bar.n > now.n)
    return now.through


def next_epoch(now: BarState, values: dict[str, bytes], texts: int) -> bool:
    """True for a full bar that comes again with other values after lines of text or other bars: only the ends of the epochs are there."""
    if now.last is None or now.rose or not math.isnan(now.epoch) or not 0 <= now.closed < texts:
        return False
    return any(token != now.last.values.get(name) for name, token in values.items() if name in now.early)


def same(left: float, right: float) -> bool:
    """True for equal counts, and for two that are unknown."""
    return left == right or (math.isnan(left) and math.isnan(right))
