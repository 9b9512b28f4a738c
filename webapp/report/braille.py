"""A chart for the terminal: curves in braille dots, eight to a character, with axes, legend and caption in words.

Every column of dots shows the whole range the curve passes through there, so no spike is lost between two columns. plotext was the
alternative: it downsamples by itself and knows neither gaps nor restarts. What comes out is text with marks for colour, no escape code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from parser.points import Floats, Ints
from webapp import format as fmt
from webapp.charts.curves import Curve
from webapp.charts.markup import Canvas
from webapp.charts.options import ChartRequest
from webapp.charts.scales import clamp
from webapp.charts.scene import Scene, set_scene
from webapp.charts.ticks import Tick

DOTS_X, DOTS_Y = 2, 4  # of one braille character
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of the dot in row, column (Unicode 2800)
DRAWN = re.compile("LTTB [0-9,]+|(all|[0-9,]+) drawn")  # what a page's caption says of its points
BLANK, MUTED, BAD = -1, -2, -3  # inks besides the palette's 0 to 9
LEAST = (24, 4)  # characters of the plot, across and down
DOT_PX = 4  # what a dot counts as where charts count in pixels, so that ticks stand as far apart as on a page


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one ink: a palette index, or BLANK, MUTED or BAD."""

    text: str
    ink: int = BLANK


TextLine = tuple[Span, ...]


def draw_text_chart(request: ChartRequest, columns: int, rows: int) -> list[TextLine]:
    """The chart in at most `columns` characters across and `rows` down (more where the legend is long); never raises for odd values."""
    gutter = 9
    across, down = max(LEAST[0], columns - gutter - 1), max(LEAST[1], rows - 5)
    width, height = across * DOTS_X, down * DOTS_Y
    scene = set_scene(replace(request, width=width * DOT_PX), Canvas(height * DOT_PX * 2, width * DOT_PX))
    cells, inks = np.zeros((down, across), np.int64), np.full((down, across), BLANK)
    for number, curve in reversed(list(enumerate(scene.curves))):  # the first one is drawn last, on top
        dots = draw_dots(curve, scene, width, height)
        marks = (dots.reshape(down, DOTS_Y, across, DOTS_X) * BITS[None, :, None, :]).sum(axis=(1, 3))
        inks[marks > 0] = number % 10  # there are no dashes here: a colour of its own for every line
        cells |= marks
    labels = {round((1 - tick.at) * (down - 1)): tick.label for tick in scene.y_ticks if 0 <= tick.at <= 1 and tick.label}
    lines = [(Span(fmt.name(scene.title, columns)),)]
    lines += [
        (
            Span(f"{labels.get(row, '')[: gutter - 2]:>{gutter - 2}} {'┤' if row in labels else '│'}", MUTED),
            *ink_cells(cells[row], inks[row]),
        )
        for row in range(down)
    ]
    lines += [axis_line(scene, across, gutter), label_line(scene.x_ticks, scene.corner, across, gutter)]
    lines += legend_lines(scene, columns)
    lines.append((Span(scene.empty or DRAWN.sub(f"lowest to highest in {width} columns", scene.caption), MUTED),))
    return lines


def draw_dots(curve: Curve, scene: Scene, width: int, height: int) -> NDArray[np.bool_]:
    """Which of (height, width) dots the curve passes."""
    dots = np.zeros((height, width), bool)
    for numbers in pieces(curve):
        x = scene.plane.x.place(curve.x[numbers]) * (width - 1)
        y = (1 - scene.plane.y.place(clamp(curve.shown[numbers]))) * (height - 1)
        order = np.argsort(x, kind="stable")
        fill_columns(dots, x[order], y[order])
    return dots


def pieces(curve: Curve) -> Iterator[Ints]:
    """Numbers of the points of each unbroken piece: a restart or a value that cannot be drawn ends one."""
    drawable = np.isfinite(curve.shown)
    if curve.drawn is not None:
        kept = np.zeros(len(drawable), bool)
        kept[curve.drawn] = True
        drawable &= kept
    if curve.faint is not None:
        drawable &= ~curve.faint
    breaks = np.zeros(len(drawable), bool)
    breaks[curve.starts] = True
    breaks[1:] |= drawable[1:] != drawable[:-1]
    for numbers in np.split(np.arange(len(drawable)), np.flatnonzero(breaks)):
        if len(numbers) and drawable[numbers[0]]:
            yield numbers


def fill_columns(dots: NDArray[np.bool_], x: Floats, y: Floats) -> None:
    """Draws a line through (x, y), in dots, x growing: each column gets the span between the lowest and highest y in it."""
    height, width = dots.shape
    first, last = max(0, round(float(x[0]))), min(width - 1, round(float(x[-1])))
    if last < first:
        return
    edges = np.arange(first, last + 2) - 0.5
    at_edges = np.interp(np.clip(edges, x[0], x[-1]), x, y)
    low, high = np.minimum(at_edges[:-1], at_edges[1:]), np.maximum(at_edges[:-1], at_edges[1:])
    inside = (x >= first - 0.5) & (x < last + 0.5)
    column = np.clip(np.rint(x[inside]).astype(np.int64) - first, 0, last - first)
    np.minimum.at(low, column, y[inside])
    np.maximum.at(high, column, y[inside])
    top, bottom = np.rint(low).astype(np.int64), np.rint(high).astype(np.int64)
    rows = np.arange(height)[:, None]
    dots[:, first : last + 1] |= (rows >= top) & (rows <= bottom)


def ink_cells(cells: Ints, inks: Ints) -> Iterator[Span]:
    """One row of characters, those of one ink together."""
    text = "".join(chr(0x2800 + cell) if cell else " " for cell in cells.tolist())
    cuts = [0, *(np.flatnonzero(np.diff(inks)) + 1).tolist(), len(text)]
    for start, end in pairwise(cuts):
        yield Span(text[start:end], int(inks[start]))


def axis_line(scene: Scene, across: int, gutter: int) -> TextLine:
    """The x axis, with a cross where a value is NaN or infinite."""
    places = np.concatenate([scene.plane.x.place(curve.not_finite.x) for curve in scene.curves]) if scene.curves else np.zeros(0)
    marked = {round(place * (across - 1)) for place in places.tolist() if 0 <= place <= 1}
    ticked = {round(tick.at * (across - 1)) for tick in scene.x_ticks}
    spans = [Span(" " * (gutter - 1) + "└", MUTED)]
    for place in range(across):
        spans.append(Span("×", BAD) if place in marked else Span("┬" if place in ticked else "─", MUTED))
    return tuple(spans)


def label_line(ticks: Sequence[Tick], corner: str, across: int, gutter: int) -> TextLine:
    """Labels under their ticks, those left out that would run into the one before."""
    text = [" "] * (gutter + across)
    text[: len(corner)] = corner[: gutter - 2]
    free = gutter - 1
    for tick in ticks:
        start = min(max(0, gutter + round(tick.at * (across - 1)) - len(tick.label) // 2), gutter + across - len(tick.label))
        if start >= free:
            text[start : start + len(tick.label)] = tick.label
            free = start + len(tick.label) + 1
    return (Span("".join(text).rstrip(), MUTED),)


def legend_lines(scene: Scene, columns: int) -> Iterator[TextLine]:
    """Name and newest value of every line, as many in a row as fit."""
    row: list[Span] = []
    used = 0
    for number, curve in enumerate(scene.curves):
        finite = np.flatnonzero(np.isfinite(curve.raw))
        value = fmt.exact(float(curve.raw[finite[-1]])) if len(finite) else "no finite value"
        label = fmt.name(curve.line.label, 40)
        size = len(label) + len(value) + 6
        if row and used + size > columns:
            yield tuple(row)
            row, used = [], 0
        row += [Span("━━ ", number % 10), Span(f"{label} {value}   ")]
        used += size
    if row:
        yield tuple(row)
