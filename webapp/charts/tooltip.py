"""The words of a tooltip: step, epoch, time and time since the start, and beneath them each line's value, raw and smoothed."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.charts.curves import Curve, shown_axis
from webapp.charts.labels import clean_text, format_clock, format_duration, format_exact, format_step, format_value
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
    """Writes the tooltips of one chart; what is the same in all of them is made once."""

    def __init__(self, request: ChartRequest, curves: Sequence[Curve], near: Sequence[Near], more: int, canvas: Canvas) -> None:
        self.curves, self.near, self.canvas = curves, near, canvas
        self.axis = shown_axis(request.view)
        self.smooth = any(curve.smooth for curve in curves)
        self.one_run = len({curve.line.series.run_id for curve in curves}) == 1
        self.names = [escape(clean_text(curve.line.label, NAME)) for curve in curves]
        self.swatches = [f"c{curve.line.color % 10} d{curve.line.dash % 5}" for curve in curves]
        longest = max(len(clean_text(curve.line.label, NAME)) for curve in curves)
        late = not all(all(line.own) for line in near)
        widest = (
            max((len(self._where(curve, line.numbers[-1])) for curve, line in zip(curves, near, strict=True)), default=0) if late else 0
        )
        self.value_at = round(TEXT + longest * LETTER + (widest + 1) * DIGIT * late + 10 + 8 * DIGIT)
        self.smooth_at = self.value_at + (round(8 * DIGIT) if self.smooth else 0)
        heads = [len(word) * LETTER + 2 * LEFT for n in (0, len(near[0].numbers) - 1) for word in self._head(n)]
        self.width = round(max(self.smooth_at + LEFT, *heads))
        self.columns = f"EMA {request.view.smooth:g}"
        self.more = f"{more} more lines" if more else ""
        self.height = (len(self._head(0)) + len(curves) + self.smooth + bool(more)) * ROW + 10
        self.box = f'<rect class="k" width="{self.width}" height="{self.height}"/>'

    def owner(self, n: int) -> tuple[Curve, int]:
        """The line whose point gave band `n` its x, and the number of that point."""
        line = min(range(len(self.near)), key=lambda k: (self.near[k].away[n], k))
        return self.curves[line], self.near[line].numbers[n]

    def draw(self, n: int, share: float) -> str:
        """Dots on the curves, and the box: rows in the order of the lines, dots in the same order.

        The box is placed for a narrow plot, within it and away from the curves; chart.css puts it beside the pointer where there is room.
        """
        dots, marks = [], []
        words = self._head(n)
        text = [f'<text y="17"><tspan x="{LEFT}" class="q">{words[0]}</tspan>']
        y = 17
        for word in words[1:]:
            y += ROW
            text.append(f'<tspan x="{LEFT}" y="{y}" class="p">{word}</tspan>')
        if self.smooth:
            y += ROW
            text.append(f'<tspan x="{self.value_at}" y="{y}" class="v p">value</tspan>')
            text.append(f'<tspan x="{self.smooth_at}" class="v p">{self.columns}</tspan>')
        for k, (curve, near) in enumerate(zip(self.curves, self.near, strict=True)):
            y += ROW
            number, own, height = near.numbers[n], near.own[n], near.heights[n]
            on_plot = own and 0 <= height <= self.canvas.height
            dots.append(f'<path class="o f{curve.line.color % 10}" d="M0 {height:.0f}h0"/>' if on_plot else '<path class="o"/>')
            marks.append(f'<path class="{self.swatches[k]}" d="M{LEFT} {y - 4}h11"/>')
            late = "" if own else f' <tspan class="p">@{self._where(curve, number)}</tspan>'
            value = format_exact(float(curve.raw[number]))
            smooth = f'<tspan x="{self.smooth_at}" class="v p">{format_value(float(curve.shown[number]))}</tspan>' if curve.smooth else ""
            text.append(
                f'<tspan class="r"><tspan x="{TEXT}" y="{y}">{self.names[k]}{late}</tspan>'
                f'<tspan x="{self.value_at}" class="v{" w" if height < 0 else ""}">{value}</tspan>{smooth}</tspan>'
            )
        if self.more:
            text.append(f'<tspan x="{TEXT}" y="{y + ROW}" class="p">{self.more}</tspan>')
        known = [near.heights[n] for near in self.near if near.heights[n] >= 0]
        low = sum(known) < len(known) * self.canvas.height / 2 and self.height < self.canvas.height
        left = round((-LEFT - share * (self.width - LEFT)) / 10) * 10  # few different places are fewer bytes
        place = f"{left} {self.canvas.height - self.height - 4 if low else 4}"
        return f'{"".join(dots)}<g transform="translate({place})">{self.box}{"".join(marks)}{"".join(text)}</text></g>'

    def _head(self, n: int) -> list[str]:
        """Step and epoch; where all lines are of one run, the moment and the time since the start in a second row."""
        curve, number = self.owner(n)
        series, place = curve.line.series, curve.place(number)
        epoch, time = float(series.epoch[place]), float(series.time[place])
        if self.axis in ("time", "relative") and not self.one_run:
            x = float(curve.x[number])
            return [format_clock(x) if self.axis == "time" else f"{format_duration(x)} since the start"]
        head = f"step {format_step(float(series.step[place]))}" + (f" · epoch {format_step(epoch)}" if epoch == epoch else "")
        if not self.one_run:
            return [head]
        return [head, f"{format_clock(time)} · +{format_duration(time - curve.started)}" if time == time else "time not known"]

    def _where(self, curve: Curve, number: int) -> str:
        """x of a point that does not lie in the band."""
        x = float(curve.x[number])
        if self.axis == "time":
            return format_clock(x, "%H:%M:%S")
        return format_duration(x) if self.axis == "relative" else format_step(x)
