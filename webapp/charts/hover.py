"""Hover without script: transparent bands side by side, each with the tooltip of one x, shown by CSS while the pointer is over the band.

A band belongs to the x of a real drawn point; for every line it knows the point of the full series nearest to that x. The number of bands
is bounded, so the size of a page is. `tooltip` writes the words; `chart.js` adds the highlight of the nearest line and the crosshair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats, Ints
from webapp.charts.curves import Curve, side_by_side
from webapp.charts.downsample import pick_points
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.strokes import Y_UNITS, Plane, Strokes
from webapp.charts.tooltip import Near, Tooltip

MOST_BANDS = 180  # per chart; with more a page would carry mostly tooltips
BAND = 5  # pixels of a band at least, at the width the page expects
FEWEST_BANDS = 40  # per chart
MOST_ROWS = 1000  # rows of all tooltips of a chart together
SHOWN_LINES = 20  # lines a tooltip lists
BAD_BANDS = 20  # bands per line for values that are no numbers


@dataclass(frozen=True, slots=True)
class Spot:
    """What the bands need of one curve: the points that hover can find, x growing. `order` gives their numbers in the curve."""

    curve: Curve
    x: Floats
    order: Ints | None

    def numbers(self, positions: Ints) -> Ints:
        return positions if self.order is None else self.order[positions]


def draw_bands(request: ChartRequest, curves: Sequence[Curve], strokes: Sequence[Strokes], plane: Plane, canvas: Canvas) -> str:
    """The bands with their tooltips, from left to right; "" without points."""
    spots = [spot for spot in map(_spot, curves) if len(spot.x)]
    shown = spots[:SHOWN_LINES]
    if not shown:
        return ""
    most = min(MOST_BANDS, request.width // BAND, max(FEWEST_BANDS, MOST_ROWS // len(shown)))
    anchors = _anchors(curves, strokes, plane, most)
    if not len(anchors):
        return ""
    shares = plane.x.place(anchors)
    edges = np.concatenate([[0.0], np.round((shares[1:] + shares[:-1]) / 2, 3), [1.0]])
    reach = np.maximum(np.diff(edges), 1 / most)
    near = [_near(spot, anchors, shares, reach, plane) for spot in shown]
    tooltip = Tooltip(request, [spot.curve for spot in shown], near, len(spots) - len(shown), canvas)
    places = enumerate(zip(shares.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    bands = [_band(request, tooltip, n, share, left, right, canvas) for n, (share, left, right) in places]
    return f'{tooltip.draw_shared()}<g class="bands" aria-hidden="true">{"".join(bands)}</g>'


def _spot(curve: Curve) -> Spot:
    order = None if curve.faint is None else np.flatnonzero(~curve.faint)
    if curve.inside is not None:
        order = np.flatnonzero(curve.inside) if order is None else order[curve.inside[order]]
    x = curve.x if order is None else curve.x[side_by_side(order)]
    if not curve.ordered and bool((x[1:] < x[:-1]).any()):
        rank = np.argsort(x, kind="stable")
        order = rank if order is None else order[rank]
        x = x[rank]
    return Spot(curve, x, order)


def _anchors(curves: Sequence[Curve], strokes: Sequence[Strokes], plane: Plane, most: int) -> Floats:
    """The x of the bands: first of all each line's first bad value, ends and extremes, then what LTTB keeps of the drawn lines."""
    share = max(4, most // max(1, len(curves)))
    wanted, others = [], []
    for curve, stroke in zip(curves, strokes, strict=True):
        if len(curve.bad):
            wanted.append(curve.x[curve.bad[:1]])
            others.append(curve.x[curve.bad[np.linspace(0, len(curve.bad) - 1, min(len(curve.bad), BAD_BANDS)).astype(np.int64)]])
        picked = stroke.picked if curve.inside is None else stroke.picked[curve.inside[stroke.picked]]
        if len(picked):
            x, y = curve.x[picked], curve.shown[picked]
            wanted.append(np.append(x[[-1, 0]], curve.x[[curve.high, curve.low]]))
            others.append(x[pick_points(plane.x.place(x), plane.y.place(y), n_out=2 * share)])
    if not wanted:
        return np.zeros(0)
    # one band per cell, so that none becomes too narrow to be hit; those wanted first come first, and may stand closer
    first = _one_per_cell(np.concatenate(wanted), plane, 3 * most)
    rest = _one_per_cell(np.unique(np.concatenate(others)), plane, most)
    free = ~np.isin(np.floor(plane.x.place(rest) * most), np.floor(plane.x.place(first) * most))
    return np.unique(np.concatenate([first, rest[free]]))


def _one_per_cell(x: Floats, plane: Plane, cells: int) -> Floats:
    """The x within the window, the first of each of so many cells."""
    places = plane.x.place(x)
    shown = np.abs(places - 0.5) <= 0.5 + 1e-9
    return x[shown][np.unique(np.floor(places[shown] * cells), return_index=True)[1]]


def _near(spot: Spot, anchors: Floats, shares: Floats, reach: Floats, plane: Plane) -> Near:
    """For each band the point of this line nearest to the band's x; of equally near ones the last, which is what the line shows."""
    x = spot.x
    right = np.clip(np.searchsorted(x, anchors, side="right"), 1, len(x)) - 1
    after = np.minimum(right + 1, len(x) - 1)
    numbers = spot.numbers(np.where(np.abs(x[after] - anchors) < np.abs(x[right] - anchors), after, right))
    curve = spot.curve
    away = np.abs(plane.x.place(curve.x[numbers]) - shares)
    shown = curve.shown[numbers]
    finite = np.isfinite(shown)
    heights = np.where(finite, plane.down(np.where(finite, shown, plane.y.lo)) / Y_UNITS, -1.0)
    return Near(numbers.tolist(), (away <= reach).tolist(), away.tolist(), heights.tolist())


def _band(request: ChartRequest, tooltip: Tooltip, n: int, share: float, left: float, right: float, canvas: Canvas) -> str:
    """One band: what the pointer hits, and what is shown then; a link to the log line where points are links."""
    side = "" if share < 0.5 else " z"
    curve, number = tooltip.owner(n)
    link = curve.line.link or request.link
    opening, closing = f'<g class="b{side}">', "</g>"
    if link:
        target = escape(f"{link}{int(curve.line.series.offset[curve.place(number)])}#terminal")
        opening, closing = f'<a class="b{side}" href="{target}" tabindex="-1">', "</a>"
    rule = f'<path class="h" d="M0 0v{canvas.height}"/>'
    return (
        f'{opening}<rect x="{canvas.across(left)}" width="{canvas.across(right - left)}" height="{canvas.height}"/>'
        f'<svg x="{canvas.across(share)}" overflow="visible">{rule}{tooltip.draw(n, share)}</svg>{closing}'
    )
