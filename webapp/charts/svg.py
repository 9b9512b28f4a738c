"""A chart request becomes inline SVG and the words around it: `draw_chart`. The only importer of pygal.

pygal draws axes and grid through a subclass that is handed nothing but the ticks; curves, marks and hover are ours. pygal's tree is not
printed as it is: what is taken over is rebuilt from an allow-list, so no script, style, id, date or link of it reaches a page. The SVG has
no fixed width. Its root spans the plot, labels stand in the padding that chart.css gives it, x places are percentages and the curves
stretch, so that text keeps its size on a phone and on a wall.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pygal  # type: ignore[import-untyped]
from markupsafe import Markup

from webapp import format as fmt
from webapp.charts import marks
from webapp.charts.areas import draw_areas, draw_level
from webapp.charts.caption import SummaryRow, axis_name
from webapp.charts.curves import Curve
from webapp.charts.hover import draw_bands
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.scene import Scene, describe, set_scene
from webapp.charts.ticks import Tick

TOP, RIGHT, BOTTOM, LEFT = 10, 14, 22, 54  # px of padding around the plot; chart.css says the same
CROWD = 4  # with more lines than this, raw values are drawn still fainter


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend; `swatch` is a small drawing of the stroke, `last` the newest value, and for a mean
    in how many of its runs something is no number."""

    label: str
    color: int
    dash: int
    swatch: Markup
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart.

    svg       inline SVG, to be placed in an element of class "chart-box"
    axis      what x is: step, epoch, point, time, elapsed
    caption   what was done to the points, one sentence
    x0, x1    the x window shown; full0, full1 all of it, without zoom
    y1        upper end of the y axis
    ranges    lowest and highest value of every line within the window, nan where it has none
    zoomed    whether the view asks for less than all
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
    y1: float
    ranges: tuple[tuple[float, float], ...]
    zoomed: bool
    legend: tuple[LegendEntry, ...]
    table: tuple[SummaryRow, ...]
    empty: str


def draw_chart(request: ChartRequest) -> Chart:
    """The chart as inline SVG; the same request gives the same bytes."""
    scene = set_scene(request, Canvas(request.height - TOP - BOTTOM))
    x, full = scene.plane.x, scene.full
    bands = draw_bands(request, scene.curves, scene.strokes, scene.plane, scene.canvas) if request.hover and not scene.empty else ""
    svg = (
        f'<svg class="chart" id="chart-{escape(request.ident)}" xmlns="http://www.w3.org/2000/svg" width="100%" height="{request.height}" '
        f'role="group" aria-label="{escape(scene.title)}" tabindex="0" data-chart="" data-x0="{x.lo!r}" data-x1="{x.hi!r}" '
        f'data-full0="{full[0]!r}" data-full1="{full[1]!r}" data-xscale="{"log" if x.log else "linear"}">'
        f"{draw_plot(scene)}{bands}</svg>"
    )
    return Chart(
        svg=Markup(svg),
        ident=request.ident,
        title=scene.title,
        axis=axis_name(request.lines, request.view),
        caption=scene.caption,
        x0=x.lo,
        x1=x.hi,
        full0=full[0],
        full1=full[1],
        y1=scene.plane.y.hi,
        ranges=tuple((float(c.raw[c.low]), float(c.raw[c.high])) if c.low >= 0 else (math.nan, math.nan) for c in scene.curves),
        zoomed=request.view.lo is not None or request.view.hi is not None,
        legend=tuple(legend_of(curve) for curve in scene.curves),
        table=scene.table,
        empty=scene.empty,
    )


class Frame(pygal.XY):  # type: ignore[misc]
    """pygal's XY chart without its series: it places axes and grid for ticks given as fractions of the plot."""

    def __init__(self, x_ticks: tuple[Tick, ...], y_ticks: tuple[Tick, ...], width: int, height: int) -> None:
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


@lru_cache(maxsize=256)
def draw_frame(x_ticks: tuple[Tick, ...], y_ticks: tuple[Tick, ...], width: int, canvas: Canvas) -> str:
    """Grid and tick labels as pygal places them, rebuilt from its tree: lines and texts, nothing else."""
    chart = Frame(x_ticks, y_ticks, canvas.width or width, canvas.height)
    chart.setup()
    out = []
    for axis in chart.nodes["plot"]:
        vertical = "axis x" in axis.get("class", "")
        for guide in axis.iter("g"):
            out.append(_guide(guide, vertical, chart.view, canvas))
    chart.teardown()
    base = f'<line class="base" x2="{canvas.across(1)}" y1="{canvas.height}" y2="{canvas.height}"/>'
    return f'<g class="grid">{"".join(out)}{base}</g>'


def _guide(guide: Any, vertical: bool, view: Any, canvas: Canvas) -> str:
    """One tick: its line, and its label where it has one; those that are not major are of class s (x) or i (y, without words)."""
    path, text = guide.find("path"), guide.find("text")
    if path is None or text is None:
        return ""
    x, y = (float(v) for v in path.get("d")[1:].split(" ")[:2])
    label, major = escape(text.text or ""), "major" in path.get("class", "")
    if vertical:
        at = canvas.across(x / view.width)
        kind, words = ("", "x") if major else (' class="s"', "x s")
        return (
            f'<line{kind} x1="{at}" x2="{at}" y2="{canvas.height}"/><text class="{words}" x="{at}" y="{canvas.height + 16}">{label}</text>'
        )
    kind = "" if major else ' class="i"'
    line = f'<line{kind} x2="{canvas.across(1)}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + (f'<text class="y" x="-8" y="{y + 4:.1f}">{label}</text>' if label else "")


def draw_plot(scene: Scene) -> str:
    """Frame, curves and marks: all of a chart but its hover."""
    request, canvas, across = scene.request, scene.canvas, scene.plane.x
    parts = [
        f'<g role="img"><title>{escape(scene.title)}</title><desc>{escape(describe(scene))}</desc>',
        draw_frame(scene.x_ticks, scene.y_ticks, request.width, canvas),
        f'<text class="xname" x="{-LEFT}" y="{canvas.height + 16}">{scene.corner}</text>',
    ]
    if scene.empty:
        return "".join(parts) + f'<text class="empty" x="{canvas.across(0.5)}" y="{canvas.height // 2}">{escape(scene.empty)}</text></g>'
    parts.append(_draw_curves(scene) + draw_level(request, scene.plane, canvas) + "</g>")
    parts.append(marks.mark_events(request, scene.curves, scene.plane, canvas))
    parts += [marks.mark_bad(curve, across, canvas) for curve in scene.curves]
    parts.append(marks.label_first_bad(scene.curves, across, canvas))
    return "".join(parts)


def _draw_curves(scene: Scene) -> str:
    """The curves in a viewport of their own, which cuts off what lies outside the window."""
    canvas, plane = scene.canvas, scene.plane
    kind = "curves crowd" if len(scene.curves) > CROWD else "curves"
    size = "" if canvas.width is None else f' width="{canvas.width}"'
    viewport = f'viewBox="0 0 {plane.width} {plane.height}"{size} height="{canvas.height}" preserveAspectRatio="none"'
    out, dots = [f'<svg class="{kind}" {viewport}>'], []
    out.append(draw_areas(scene.request, plane))
    for curve, stroke in zip(scene.curves, scene.strokes, strict=True):
        color, dash = curve.line.color % 10, curve.line.dash % 5
        out += [f'<path class="w c{color}" d="{path}"/>' for path in (stroke.faint, stroke.raw) if path]
        out += [f'<path class="c{color} d{dash}" d="{stroke.line}"/>'] if stroke.line else []
        dots += [f'<path class="dot c{color}" d="{stroke.dots}"/>'] if stroke.dots else []
    dots += [marks.mark_last(curve, plane) for curve in scene.curves]
    if scene.request.at is not None:
        dots.append(marks.mark_line(scene.curves, plane, scene.request.at))
    # dots on the edge of the plot stay whole: a second viewport of the same size, which cuts nothing off
    return f'{"".join(out)}</svg><svg class="curves" {viewport} overflow="visible">{"".join(dots)}</svg>'


def legend_of(curve: Curve) -> LegendEntry:
    color, dash = curve.line.color % 10, curve.line.dash % 5
    swatch = f'<svg class="swatch" width="22" height="10" aria-hidden="true"><path class="c{color} d{dash}" d="M1 5h20"/></svg>'
    values = curve.line.series.value
    last = [fmt.exact(float(values[-1]))] if len(values) else []
    lost = curve.line.lost
    if lost is not None and lost.runs:
        last.append(f"{'NaN' if np.isnan(lost.value).any() else 'inf'} in {fmt.counted(lost.runs, 'run')}")
    return LegendEntry(fmt.name(curve.line.label), color, dash, Markup(swatch), ", ".join(last))
