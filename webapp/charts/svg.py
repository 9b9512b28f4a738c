"""A chart request becomes inline SVG and the words around it: `draw_chart`. The only importer of pygal.

pygal draws frame, axes and grid through a subclass that is handed nothing but the extents of the plot and the ticks; curves, marks and hover
are ours. pygal's tree is not printed as it is: what is taken over is rebuilt from an allow-list, so no script, style, id, date or link of it
can reach a page. The SVG has no fixed width. Its root spans the plot, labels stand in the padding that chart.css gives it, x places are
percentages and the curves stretch, so that text keeps its size on a phone and on a wall.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pygal
from markupsafe import Markup

from webapp.charts import marks, ticks
from webapp.charts.caption import SummaryRow, axis_name, summarize, write_caption
from webapp.charts.curves import Curve, shown_axis, trace_curve
from webapp.charts.hover import draw_bands
from webapp.charts.labels import clean_text, format_exact
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.scales import LIMIT, Scale, x_scale, y_scale
from webapp.charts.strokes import Plane, Strokes, draw_strokes
from webapp.charts.ticks import Tick

TOP, RIGHT, BOTTOM, LEFT = 10, 14, 22, 54  # px of padding around the plot; chart.css says the same
NOTHING = (1.0, 10.0)  # extents of a chart without points; fit for a log axis too
CLIP_LOW, CLIP_HIGH = 0.05, 0.95  # percentiles kept by clipping


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend; `swatch` is a small drawing of the stroke, `last` the newest value."""

    label: str
    color: int
    dash: int
    swatch: Markup
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart.

    svg       inline SVG, to be placed in an element of class "chart-box"
    x0, x1    the x window shown; full0, full1 all of it, without zoom
    axis      what x is: step, epoch, point, UTC, elapsed
    caption   what was done to the points, one sentence
    legend    an entry per line
    table     the numbers behind the chart, a row per line
    empty     why there is nothing to see, "" where there is something
    """

    svg: Markup
    ident: str
    title: str
    axis: str
    caption: str
    x0: float
    x1: float
    full0: float
    full1: float
    zoomed: bool
    legend: tuple[LegendEntry, ...]
    table: tuple[SummaryRow, ...]
    empty: str


class Frame(pygal.XY):  # type: ignore[misc]
    """pygal's XY chart without its series: it places axes and grid for ticks given as fractions of the plot."""

    def __init__(self, x_ticks: Sequence[Tick], y_ticks: Sequence[Tick], width: int, height: int) -> None:
        super().__init__(width=width, height=height, margin=0, show_legend=False, js=(), title=None)
        self.ticks = x_ticks, y_ticks

    def _compute(self) -> None:
        self._box.margin = 0

    def _compute_x_labels(self) -> None:
        self._x_labels = [(tick.label, tick.at) for tick in self.ticks[0]]

    def _compute_y_labels(self) -> None:
        self._y_labels = [(tick.label, tick.at) for tick in self.ticks[1]]

    def _compute_x_labels_major(self) -> None:
        self._x_labels_major = [tick.label for tick in self.ticks[0] if not tick.spare]

    def _compute_y_labels_major(self) -> None:
        self._y_labels_major = [tick.at for tick in self.ticks[1] if tick.label]

    def _compute_margin(self) -> None:
        self._title = self._x_title = self._y_title = None
        self._x_labels_height = self._legend_at_left_width = 0

    def _draw(self) -> None:
        # the stylesheet, the script and the words for "no data" are ours
        self.svg.add_styles = self.svg.add_scripts = self.svg.draw_no_data = lambda: None
        super()._draw()


def draw_chart(request: ChartRequest) -> Chart:
    """The chart as inline SVG. No request raises: what cannot be drawn is said in `empty` or in the caption."""
    canvas = Canvas(request.height - TOP - BOTTOM)
    scene = set_scene(request, canvas)
    body = scene.body if scene.empty else scene.body + f'<g class="bands" aria-hidden="true">{scene.bands()}</g>'
    title, x, full = clean_text(request.title), scene.plane.x, scene.full
    svg = (
        f'<svg class="chart" id="chart-{escape(request.ident)}" xmlns="http://www.w3.org/2000/svg" width="100%" height="{request.height}" '
        f'role="group" aria-label="{escape(title)}" tabindex="0" data-chart="" data-x0="{x.lo!r}" data-x1="{x.hi!r}" '
        f'data-full0="{full[0]!r}" data-full1="{full[1]!r}" data-xscale="{"log" if x.log else "linear"}">{body}</svg>'
    )
    return Chart(
        svg=Markup(svg),
        ident=request.ident,
        title=title,
        axis=axis_name(request.lines, request.view),
        caption=scene.caption,
        x0=x.lo,
        x1=x.hi,
        full0=full[0],
        full1=full[1],
        zoomed=request.view.lo is not None or request.view.hi is not None,
        legend=tuple(_legend(curve) for curve in scene.curves),
        table=scene.table,
        empty=scene.empty,
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything of a chart but the element around it."""

    request: ChartRequest
    canvas: Canvas
    plane: Plane
    curves: tuple[Curve, ...]
    strokes: tuple[Strokes, ...]
    full: tuple[float, float]
    body: str
    caption: str
    table: tuple[SummaryRow, ...]
    empty: str

    def bands(self) -> str:
        return draw_bands(self.request, self.curves, self.strokes, self.plane, self.canvas) if self.request.hover else ""


def set_scene(request: ChartRequest, canvas: Canvas) -> Scene:
    """Traces the curves, chooses the scales and draws everything but the hover."""
    view = request.view
    curves = tuple(trace_curve(line, view) for line in request.lines)
    full = request.full or _extent(curves)
    log_x = "x" in view.log and shown_axis(view) != "time"
    across = x_scale(full[0], full[1], fixed_lo=view.lo, fixed_hi=view.hi, log=log_x)
    low, high = _levels(curves, view.clip)
    plane = Plane(across, y_scale(low, high, log="y" in view.log), *canvas.units)
    strokes = tuple(draw_strokes(curve, plane, view.points) for curve in curves)
    drawn = sum(s.count for s in strokes)
    empty = "" if any(c.count for c in curves) else _why_empty(request, curves)
    table = summarize(curves, request.link)
    caption = write_caption(curves, view, drawn, _outside(curves, plane.y) if view.clip else 0)
    title = clean_text(request.title)
    parts = [
        f'<g role="img"><title>{escape(title)}</title><desc>{escape(_describe(title, table, caption, empty))}</desc>',
        _frame(tuple(_x_ticks(request, plane.x)), tuple(ticks.value_ticks(plane.y, 5)), request.width, canvas),
        f'<text class="xname" x="-8" y="{canvas.height + 16}">{axis_name(request.lines, view)}</text>',
    ]
    if empty:
        parts.append(f'<text class="empty" x="{canvas.across(0.5)}" y="{canvas.height // 2}">{escape(empty)}</text></g>')
    else:
        parts.append(_draw_curves(request, curves, strokes, plane, canvas) + "</g>")
        if request.events:
            parts.append(marks.mark_events(request, plane, canvas))
        parts += [marks.mark_bad(c, across, canvas, clean_text(c.line.label)) for c in curves]
        parts.append(marks.label_first_bad(curves, across, canvas))
    return Scene(request, canvas, plane, curves, strokes, full, "".join(parts), caption, table, empty)


def _draw_curves(request: ChartRequest, curves: Sequence[Curve], strokes: Sequence[Strokes], plane: Plane, canvas: Canvas) -> str:
    """The curves in a viewport of their own, which cuts off what lies outside the window."""
    size = "" if canvas.width is None else f' width="{canvas.width}"'
    out = [f'<svg class="curves" viewBox="0 0 {plane.width} {plane.height}"{size} height="{canvas.height}" preserveAspectRatio="none">']
    for curve, stroke in zip(curves, strokes, strict=True):
        color, dash = curve.line.color % 10, curve.line.dash % 5
        out += [f'<path class="w c{color}" d="{d}"/>' for d in (stroke.faint, stroke.raw) if d]
        out += [f'<path class="c{color} d{dash}" d="{stroke.line}"/>'] if stroke.line else []
        out += [f'<path class="dot c{color}" d="{stroke.dots}"/>'] if stroke.dots else []
    out += [marks.mark_last(curve, plane, canvas) for curve in curves]
    if request.at is not None:
        out.append(marks.mark_line(curves, plane, request.at))
    return "".join(out) + "</svg>"


@lru_cache(maxsize=256)
def _frame(x_ticks: tuple[Tick, ...], y_ticks: tuple[Tick, ...], width: int, canvas: Canvas) -> str:
    """Grid and tick labels as pygal places them, rebuilt from its tree: lines and texts, nothing else."""
    chart = Frame(x_ticks, y_ticks, canvas.width or width, canvas.height)
    chart.setup()
    spare = {tick.label for tick in x_ticks if tick.spare}
    out = []
    for axis in chart.nodes["plot"]:
        vertical = "axis x" in axis.get("class", "")
        for guide in axis.iter("g") if axis.tag == "g" else ():
            out += _guide(guide, vertical, chart.view, spare, canvas)
    chart.teardown()
    base = f'<line class="base" x2="{canvas.across(1)}" y1="{canvas.height}" y2="{canvas.height}"/>'
    return f'<g class="grid">{"".join(out)}{base}</g>'


def _guide(guide: Any, vertical: bool, view: Any, spare: set[str], canvas: Canvas) -> list[str]:
    """One tick: its line, and its label where it has one."""
    path, text = guide.find("path"), guide.find("text")
    if path is None or text is None:
        return []
    x, y = (float(v) for v in path.get("d")[1:].split(" ")[:2])
    label = escape(text.text or "")
    if vertical:
        at = canvas.across(x / view.width)
        kind = ' class="s"' if text.text in spare else ""
        words = f'<text class="x{" s" if kind else ""}" x="{at}" y="{canvas.height + 16}">{label}</text>' if label else ""
        return [f'<line{kind} x1="{at}" x2="{at}" y2="{canvas.height}"/>{words}']
    words = f'<text class="y" x="-8" y="{y + 4:.1f}">{label}</text>' if label else ""
    kind = "" if label else ' class="i"'
    return [f'<line{kind} x2="{canvas.across(1)}" y1="{y:.1f}" y2="{y:.1f}"/>{words}']


def _x_ticks(request: ChartRequest, scale: Scale) -> list[Tick]:
    count = max(3, min(12, request.width // 90))
    axis = shown_axis(request.view)
    make = ticks.clock_ticks if axis == "time" else ticks.duration_ticks if axis == "relative" else ticks.step_ticks
    return [tick for tick in make(scale, count) if tick.label]


def _extent(curves: Sequence[Curve]) -> tuple[float, float]:
    ends = [(float(c.x.min()), float(c.x.max())) for c in curves if len(c.x)]
    if not ends:
        return NOTHING
    return max(-LIMIT, min(e[0] for e in ends)), min(LIMIT, max(e[1] for e in ends))


def _levels(curves: Sequence[Curve], clip: bool) -> tuple[float, float]:
    """Lowest and highest value shown, or with `clip` the 5th and 95th percentile, by TensorBoard's rule on indices."""
    lows, highs, everything = [], [], []
    for curve in curves:
        values = curve.raw if curve.drawn is None else curve.raw[curve.drawn]
        if curve.inside is not None:
            values = values[curve.inside if curve.drawn is None else curve.inside[curve.drawn]]
        if len(values):
            lows.append(float(values.min()))
            highs.append(float(values.max()))
            everything.append(values)
    if not lows:
        return NOTHING
    if clip:
        values = np.concatenate(everything)
        if len(values) > 2:
            low, high = math.ceil(CLIP_LOW * (len(values) - 1)), math.floor(CLIP_HIGH * (len(values) - 1))
            part = np.partition(values, sorted({low, high}))
            return float(part[low]), float(part[high])
    return min(lows), max(highs)


def _outside(curves: Sequence[Curve], scale: Scale) -> int:
    total = 0
    for curve in curves:
        values = curve.raw if curve.inside is None else curve.raw[curve.inside]
        values = values[np.isfinite(values)]
        total += int(np.count_nonzero((values < scale.lo) | (values > scale.hi)))
    return total


def _why_empty(request: ChartRequest, curves: Sequence[Curve]) -> str:
    if not any(len(line.series) for line in request.lines):
        return "No points yet"
    if sum(c.unplaced for c in curves) == sum(len(c.line.series) for c in curves):
        what = {"epoch": "an epoch", "time": "a time", "relative": "a time"}.get(shown_axis(request.view), "a step above 0")
        return f"None of these points has {what}"
    return "No points between these limits"


def _describe(title: str, table: Sequence[SummaryRow], caption: str, empty: str) -> str:
    """The chart in words, for those who do not see it."""
    if empty:
        return f"{title}: {empty}."
    rows = []
    for row in table[:10]:
        if row.first and row.last and row.min and row.max:
            rows.append(
                f"{row.label}: from {row.first.value} at step {row.first.step} to {row.last.value} at step {row.last.step}, "
                f"lowest {row.min.value} at step {row.min.step}, highest {row.max.value} at step {row.max.step}"
            )
        else:
            rows.append(f"{row.label}: no finite value")
    return ". ".join(rows) + f". {caption}."


def _legend(curve: Curve) -> LegendEntry:
    color, dash = curve.line.color % 10, curve.line.dash % 5
    finite = np.flatnonzero(np.isfinite(curve.raw))
    swatch = f'<svg class="swatch" width="22" height="10" aria-hidden="true"><path class="c{color} d{dash}" d="M1 5h20"/></svg>'
    last = format_exact(float(curve.raw[finite[-1]])) if len(finite) else ""
    return LegendEntry(clean_text(curve.line.label), color, dash, Markup(swatch), last)
