"""What lies behind the curves of several runs: the spread around a mean as a shaded area, and the line of a level that is looked for."""

import numpy as np

from parser.points import Floats
from webapp import format as fmt
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import Area, ChartRequest
from webapp.charts.strokes import Plane


def widen(request: ChartRequest, low: float, high: float) -> tuple[float, float]:
    """The lowest and highest value of the lines, made to hold the areas and the level too; clipping leaves areas as they are."""
    values = [] if request.view.clip else [side for area in request.areas for side in _visible(request, area)]
    ends = [end for side in values if len(side) for end in (float(side.min()), float(side.max()))]
    if request.level is not None:
        ends.append(request.level)
    if "y" in request.view.log:
        ends = [end for end in ends if end > 0]
    return min([low, *ends]), max([high, *ends])


def draw_areas(request: ChartRequest, plane: Plane) -> str:
    """A closed path for every stretch of an area without a gap."""
    out = []
    for area in request.areas:
        low, high = area.low, area.high
        if plane.y.log:
            low = np.where(low > 0, low, np.where(high > 0, plane.y.lo, np.nan))
        placed = np.isfinite(low) & np.isfinite(high) & np.isfinite(area.x)
        if plane.x.log:
            placed &= area.x > 0
        kept = np.flatnonzero(placed)
        stretches = np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1)
        path = "".join(_outline(plane, area.x[part], low[part], high[part]) for part in stretches if len(part) > 1)
        if path:
            out.append(f'<path class="area c{area.color % 10}" d="{path}"/>')
    return "".join(out)


def draw_level(request: ChartRequest, plane: Plane, canvas: Canvas) -> str:
    """The line of the level with its value; "" without one, or where a log axis cannot show it."""
    level = request.level
    if level is None or (plane.y.log and level <= 0):
        return ""
    y = round((1 - plane.y.place_one(level)) * canvas.height, 1)
    words = f'<text x="{canvas.across(1)}" y="{y - 4:g}">{escape(fmt.exact(level))}</text>'
    return f'<g class="level"><line x2="{canvas.across(1)}" y1="{y:g}" y2="{y:g}"/>{words}</g>'


def _visible(request: ChartRequest, area: Area) -> tuple[Floats, Floats]:
    """The finite values of both sides within the window."""
    inside = np.isfinite(area.low) & np.isfinite(area.high)
    if request.view.lo is not None:
        inside &= area.x >= request.view.lo
    if request.view.hi is not None:
        inside &= area.x <= request.view.hi
    return area.low[inside], area.high[inside]


def _outline(plane: Plane, x: Floats, low: Floats, high: Floats) -> str:
    across = np.concatenate([plane.across(x), plane.across(x[::-1])])
    down = np.concatenate([plane.down(high), plane.down(low[::-1])])
    return "M" + "L".join(f"{a} {b}" for a, b in zip(across.tolist(), down.tolist(), strict=True)) + "z"
