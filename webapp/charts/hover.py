"""Hover without script: transparent bands side by side, each with the tooltip of one x, shown by CSS while the pointer is over the band.

A band belongs to the x of a real drawn point; its tooltip gives, for every line, the point of the full series nearest to that x. The number of
bands is bounded, so the size of a page is. `chart.js` adds the highlight of the nearest line and the crosshair of the other charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parser.points import Floats, Ints
from webapp.charts.curves import Curve, shown_axis, start_time
from webapp.charts.downsample import pick_points
from webapp.charts.labels import clean_text, format_clock, format_duration, format_exact, format_step, format_value
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.strokes import Y_UNITS, Plane, Strokes

MOST_BANDS = 200  # per chart
MOST_ROWS = 1600  # rows of all tooltips of a chart together
SHOWN_LINES = 20  # lines a tooltip lists
FEWEST_BANDS = 40
NAME = 22  # characters of a line's name in a tooltip
LETTER, DIGIT = 6.6, 7.3  # pixels a character of a name and of a number takes at most, on average, at 12 px
ROW = 17  # pixels from one line of a tooltip to the next


@dataclass(frozen=True, slots=True)
class Spot:
    """What the bands need of one curve: the points that hover can find, x growing. `order` gives their numbers in the curve."""

    curve: Curve
    x: Floats
    order: Ints | None

    def number(self, position: int) -> int:
        return position if self.order is None else int(self.order[position])


def draw_bands(request: ChartRequest, curves: Sequence[Curve], strokes: Sequence[Strokes], plane: Plane, canvas: Canvas) -> str:
    """The bands with their tooltips, from left to right."""
    spots = [_spot(curve) for curve in curves]
    shown = [s for s in spots if len(s.x)][:SHOWN_LINES]
    if not shown:
        return ""
    most = min(MOST_BANDS, max(FEWEST_BANDS, MOST_ROWS // len(shown)))
    anchors = _anchors(curves, strokes, plane, most)
    if not len(anchors):
        return ""
    shares = plane.x.place(anchors)
    edges = np.concatenate([[0.0], (shares[1:] + shares[:-1]) / 2, [1.0]])
    places = np.stack([_nearest(spot.x, anchors) for spot in shown], axis=1)
    offsets = np.stack([plane.x.place(spot.x[places[:, k]]) for k, spot in enumerate(shown)], axis=1) - shares[:, None]
    width = np.diff(edges)
    own = np.abs(offsets) <= np.maximum(width, 1 / most)[:, None]
    layout = _layout(request, shown, len(spots))
    levels = [_levels(s, places[:, k], plane) for k, s in enumerate(shown)]
    out = []
    for n, share in enumerate(shares.tolist()):
        rows = [(spot, int(places[n, k]), bool(own[n, k]), float(levels[k][n])) for k, spot in enumerate(shown)]
        first = min(range(len(rows)), key=lambda k: (abs(offsets[n, k]), k))
        out.append(_band(request, rows, first, layout, canvas, share, float(edges[n]), float(width[n])))
    return "".join(out)


def _spot(curve: Curve) -> Spot:
    order = None if curve.faint is None else np.flatnonzero(~curve.faint)
    if curve.inside is not None:
        kept = np.flatnonzero(curve.inside)
        order = kept if order is None else np.intersect1d(order, kept)
    x = curve.x if order is None else curve.x[order]
    if len(x) > 1 and bool((x[1:] < x[:-1]).any()):
        rank = np.argsort(x, kind="stable")
        order = rank if order is None else order[rank]
        x = x[rank]
    return Spot(curve, x, order)


def _levels(spot: Spot, positions: Ints, plane: Plane) -> Floats:
    """How far below the upper edge the points stand, in pixels; nan where a value is no number."""
    values = spot.curve.shown[positions if spot.order is None else spot.order[positions]]
    finite = np.isfinite(values)
    return np.where(finite, plane.down(np.where(finite, values, plane.y.lo)) / Y_UNITS, np.nan)


def _anchors(curves: Sequence[Curve], strokes: Sequence[Strokes], plane: Plane, most: int) -> Floats:
    """The x of the bands: what LTTB keeps of each drawn line, and first of all its last point, its extremes and its first bad value."""
    share = max(4, most // max(1, len(curves)))
    wanted, others = [], []
    for curve, stroke in zip(curves, strokes, strict=True):
        picked = stroke.picked if curve.inside is None else stroke.picked[curve.inside[stroke.picked]]
        if len(picked):
            x, y = curve.x[picked], curve.shown[picked]
            wanted += [float(x[-1]), float(x[int(y.argmax())]), float(x[int(y.argmin())]), float(x[0])]
            others.append(x[pick_points(plane.x.place(x), plane.y.place(y), n_out=share)])
        if len(curve.bad):
            wanted.append(float(curve.x[curve.bad[0]]))
            others.append(curve.x[curve.bad[np.linspace(0, len(curve.bad) - 1, min(len(curve.bad), 20)).astype(np.int64)]])
    if not wanted:
        return np.zeros(0)
    candidates = np.concatenate([np.array(wanted), np.unique(np.concatenate(others))])
    places = plane.x.place(candidates)
    apart = 0.6 / most
    taken = np.zeros(int(1 / apart) + 3, bool)
    kept = []
    for x, place in zip(candidates.tolist(), places.tolist(), strict=True):
        cell = int(place / apart) if 0 <= place <= 1 else -1
        if cell >= 0 and not taken[cell]:
            taken[cell] = True
            kept.append(x)
    return np.unique(np.array(kept))


def _nearest(x: Floats, targets: Floats) -> Ints:
    """Position in ascending `x` of the value nearest to each target; of equal ones the last, which is what the line shows."""
    right = np.clip(np.searchsorted(x, targets, side="right"), 1, len(x)) - 1
    after = np.minimum(right + 1, len(x) - 1)
    return np.where(np.abs(x[after] - targets) < np.abs(x[right] - targets), after, right)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of the tooltip in pixels, and the parts that are the same in every band."""

    names: tuple[str, ...]
    swatches: tuple[str, ...]
    value: int
    smooth: int
    width: int
    box: str
    more: str


def _layout(request: ChartRequest, shown: Sequence[Spot], total: int) -> _Layout:
    names = [clean_text(s.curve.line.label, NAME) for s in shown]
    value = 26 + round(max(len(n) for n in names) * LETTER) + 10 + round(9 * DIGIT)
    smooth = value + (round(8 * DIGIT) if request.view.smooth else 0)
    one_run = len({s.curve.line.series.run_id for s in shown}) == 1
    width = max(smooth + 10, 178 if one_run else 0)
    more = f"{total - len(shown)} more lines" if total > len(shown) else ""
    rows = len(shown) + 1 + one_run + bool(more)
    lines = [s.curve.line for s in shown]
    return _Layout(
        names=tuple(escape(n) for n in names),
        swatches=tuple(f"c{line.color % 10} d{line.dash % 5}" for line in lines),
        value=value,
        smooth=smooth,
        width=width,
        box=f'<rect class="k" width="{width}" height="{rows * ROW + 10}"/>',
        more=more,
    )


def _band(
    request: ChartRequest,
    rows: list[tuple[Spot, int, bool, float]],
    first: int,
    layout: _Layout,
    canvas: Canvas,
    share: float,
    edge: float,
    width: float,
) -> str:
    """One band: what the pointer hits, a line at x, a dot on every curve, and the box of words."""
    spot, position, _, _ = rows[first]
    number = spot.number(position)
    dots, words = [], _head(request, spot, number, len({row[0].curve.line.series.run_id for row in rows}) == 1)
    y = 17 + ROW * (len(words) - 1)
    text = [f'<text y="17"><tspan x="9" class="q">{words[0]}</tspan>']
    text += [f'<tspan x="9" y="{17 + ROW * n}" class="p">{line}</tspan>' for n, line in enumerate(words[1:], 1)]
    marks = []
    for k, (row, at, own, level) in enumerate(rows):
        y += ROW
        n = row.number(at)
        raw, shown = float(row.curve.raw[n]), float(row.curve.shown[n])
        drawn = 0 <= level <= canvas.height
        dots.append(f'<path class="o f{row.curve.line.color % 10}" d="M0 {level:g}h0"/>' if drawn and own else '<path class="o"/>')
        marks.append(f'<path class="{layout.swatches[k]}" d="M9 {y - 4}h11"/>')
        late = "" if own else f' <tspan class="p">@{format_step(float(row.curve.x[n]))}</tspan>' if shown_axis(request.view) == "step" else ""
        cells = f'<tspan x="26" y="{y}">{layout.names[k]}{late}</tspan><tspan x="{layout.value}" class="v">{format_exact(raw)}</tspan>'
        if request.view.smooth:
            cells += f'<tspan x="{layout.smooth}" class="v p">{format_value(shown)}</tspan>'
        text.append(f'<tspan class="r">{cells}</tspan>')
    if layout.more:
        text.append(f'<tspan x="26" y="{y + ROW}" class="p">{layout.more}</tspan>')
    side = "" if share < 1 / 3 else " m" if share < 0.5 else " n" if share <= 2 / 3 else " z"
    link = spot.curve.line.link or request.link
    opening, closing = '<g class="b{}">', "</g>"
    if link:
        target = escape(f"{link}{int(spot.curve.line.series.offset[spot.curve.place(number)])}#terminal")
        opening, closing = f'<a class="b{{}}" href="{target}" tabindex="-1">', "</a>"
    return (
        f'{opening.format(side)}<rect x="{canvas.across(edge)}" width="{canvas.across(width)}" height="{canvas.height}"/>'
        f'<svg x="{canvas.across(share)}" overflow="visible"><path class="h" d="M0 0v{canvas.height}"/>{"".join(dots)}'
        f"<g>{layout.box}{''.join(marks)}{''.join(text)}</text></g></svg>{closing}"
    )


def _head(request: ChartRequest, spot: Spot, number: int, one_run: bool) -> list[str]:
    """The first lines of a tooltip: step and epoch; where all lines are of one run also the moment and the time since the start."""
    series, place = spot.curve.line.series, spot.curve.place(number)
    epoch, time = float(series.epoch[place]), float(series.time[place])
    head = f"step {format_step(float(series.step[place]))}" + (f" · epoch {format_step(epoch)}" if np.isfinite(epoch) else "")
    if not one_run:
        axis = shown_axis(request.view)
        if axis in ("time", "relative"):
            x = float(spot.curve.x[number])
            return [format_clock(x) if axis == "time" else f"{format_duration(x)} since the start"]
        return [head]
    if not np.isfinite(time):
        return [head, "time not known"]
    return [head, f"{format_clock(time)} · +{format_duration(time - start_time(spot.curve.line))}"]
