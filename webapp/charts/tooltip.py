"""The words of a tooltip: step, epoch, time and time since the start, and beneath them each line's value, raw and smoothed.

What all tooltips of a chart share (the box, swatches, names, heads of columns) stands in it once and is used by reference: a page with ten
lines has thousands of elements less for it, which every swap of a live chart has to build and to throw away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp import format as fmt
from webapp.charts.curves import Curve, shown_axis
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest

NAME = 24  # characters of a line's name
LETTER, DIGIT = 6.9, 7.4  # pixels that a character of text and of a number takes on average at 12 px, in the widest of usual fonts
ROW = 17  # pixels from one row to the next
LEFT, TEXT = 9, 27  # pixels where swatches and words begin


@dataclass(frozen=True, slots=True)
class Near:
    """The points of one line that the bands show, an entry per band.

    numbers  number of the point in the curve
    own      whether it lies in the band; else it is the nearest one there is
    away     how far it is from the band's x, as a share of the plot
    heights  pixels below the upper edge; negative where the value is no number
    """

    numbers: list[int]
    own: list[bool]
    away: list[float]
    heights: list[float]


class Tooltip:
    """Writes the tooltips of one chart."""

    def __init__(self, request: ChartRequest, curves: Sequence[Curve], near: Sequence[Near], more: int, canvas: Canvas) -> None:
        self.curves, self.near, self.canvas = curves, near, canvas
        self.axis = shown_axis(request.view)
        self.ident = escape(f"tip-{request.ident}")
        self.smooth = any(curve.smooth for curve in curves)
        self.one_run = len({curve.line.series.run_id for curve in curves}) == 1
        self.names = [fmt.name(curve.line.label, NAME) for curve in curves]
        places = [self._where(c, line.numbers[-1]) for c, line in zip(curves, near, strict=True) if not all(line.own)]
        self.place_at = round(TEXT + max(map(len, self.names)) * LETTER + max((len(p) + 2 for p in places), default=0) * DIGIT)
        self.value_at = self.place_at + 10 + round(8 * DIGIT)
        self.smooth_at = self.value_at + (round(8 * DIGIT) if self.smooth else 0)
        heads = [len(word) * LETTER + 2 * LEFT for n in (0, len(near[0].numbers) - 1) for word in self._head(n)]
        self.width = round(max(self.smooth_at + LEFT, *heads))
        self.first_row = 17 + ROW * (len(self._head(0)) + self.smooth)
        self.more = f"{more} more lines" if more else ""
        self.height = self.first_row + ROW * (len(curves) - 1 + bool(more)) + 10
        self.columns = f"EMA {request.view.smooth:g}"

    def owner(self, n: int) -> tuple[Curve, int]:
        """The line whose point gave band `n` its x, and the number of that point."""
        line = min(range(len(self.near)), key=lambda k: (self.near[k].away[n], k))
        return self.curves[line], self.near[line].numbers[n]

    def draw_shared(self) -> str:
        """What is the same in all tooltips."""
        marks, words = [], []
        for k, (curve, name) in enumerate(zip(self.curves, self.names, strict=True)):
            y = self.first_row + ROW * k
            marks.append(f'<path class="c{curve.line.color % 10} d{curve.line.dash % 5}" d="M{LEFT} {y - 4}h11"/>')
            words.append(f'<tspan x="{TEXT}" y="{y}">{escape(name)}</tspan>')
        if self.more:
            words.append(f'<tspan x="{TEXT}" y="{self.first_row + ROW * len(self.curves)}" class="p">{self.more}</tspan>')
        if self.smooth:
            y = self.first_row - ROW
            words.append(f'<tspan x="{self.value_at}" y="{y}" class="v p">value</tspan>')
            words.append(f'<tspan x="{self.smooth_at}" y="{y}" class="v p">{self.columns}</tspan>')
        box = f'<rect class="k" width="{self.width}" height="{self.height}"/>'
        return f'<defs><g class="tip" id="{self.ident}">{box}{"".join(marks)}<text>{"".join(words)}</text></g></defs>'

    def draw(self, n: int, share: float) -> str:
        """Dots on the curves, as one path with a subpath per row ("m0 0" where there is no dot), and the words of band `n`.

        The box is placed for a narrow plot, within it and away from the curves; chart.css puts it beside the pointer where there is room.
        """
        dots, text = [], []
        for k, word in enumerate(self._head(n)):
            text.append(f'<tspan x="{LEFT}" y="{17 + ROW * k}" class="{"p" if k else "q"}">{word}</tspan>')
        for k, (curve, near) in enumerate(zip(self.curves, self.near, strict=True)):
            y = self.first_row + ROW * k
            number, own, height = near.numbers[n], near.own[n], near.heights[n]
            dots.append(f"M0 {height:.0f}h0" if own and 0 <= height <= self.canvas.height else "m0 0")
            if not own:
                text.append(f'<tspan x="{self.place_at}" y="{y}" class="v p">@{self._where(curve, number)}</tspan>')
            value = fmt.exact(float(curve.raw[number]))
            text.append(f'<tspan x="{self.value_at}" y="{y}" class="v r{" w" if height < 0 else ""}">{value}</tspan>')
            if curve.smooth:
                text.append(f'<tspan x="{self.smooth_at}" y="{y}" class="v p">{fmt.number(float(curve.shown[number]))}</tspan>')
        known = [near.heights[n] for near in self.near if near.heights[n] >= 0]
        low = sum(known) < len(known) * self.canvas.height / 2 and self.height < self.canvas.height
        left = round((-LEFT - share * (self.width - LEFT)) / 10) * 10  # few different places are fewer bytes
        place = f"{left} {self.canvas.height - self.height - 4 if low else 4}"
        words = f'<use href="#{self.ident}"/><text>{"".join(text)}</text>'
        return f'<path class="o" d="M0 0{"".join(dots)}"/><g transform="translate({place})">{words}</g>'

    def _head(self, n: int) -> list[str]:
        """Step and epoch; where all lines are of one run, the moment and the time since the start in a second row."""
        curve, number = self.owner(n)
        series, place = curve.line.series, curve.place(number)
        epoch, time = float(series.epoch[place]), float(series.time[place])
        if self.axis in ("time", "relative") and not self.one_run:
            x = float(curve.x[number])
            return [fmt.clock(x) if self.axis == "time" else f"{fmt.duration(x, signed=True)} since the start"]
        word = fmt.step_word(series.source)
        head = f"{word} {fmt.step(float(series.step[place]))}" + (
            f" · epoch {fmt.step(epoch)}" if epoch == epoch and word != "epoch" else ""
        )
        if not self.one_run:
            return [head]
        return [head, f"{fmt.clock(time)} · +{fmt.duration(time - curve.started, signed=True)}" if time == time else "time not known"]

    def _where(self, curve: Curve, number: int) -> str:
        """x of a point that does not lie in the band."""
        x = float(curve.x[number])
        if self.axis == "time":
            return fmt.clock(x, "%H:%M:%S")
        return fmt.duration(x, signed=True) if self.axis == "relative" else fmt.step(x)
