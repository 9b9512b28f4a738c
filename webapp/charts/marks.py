"""Marks on a chart: values that are no numbers, events of the log text, the last value, and the log line somebody pointed at."""

from collections.abc import Sequence

import numpy as np

from parser.points import Ints
from webapp.charts.curves import Curve, axis_values
from webapp.charts.labels import clean_text, format_count, format_step
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import ChartRequest
from webapp.charts.scales import Scale
from webapp.charts.strokes import Plane
from webapp.store.rows import EventRow

MOST_BAD = 40  # marks of values that are no numbers per line; what lies nearer together is one mark
MOST_EVENTS = 60  # event marks per chart
GRAVE = {"traceback": "t", "out of memory": "t", "resumed": "r"}  # events whose mark is a line through the plot


def mark_bad(curve: Curve, scale: Scale, canvas: Canvas, label: str) -> str:
    """Triangles on the edge of the plot where values are nan (below), -inf (below) or inf (above), with what and where as their title."""
    if not len(curve.bad):
        return ""
    shares = scale.place(curve.x[curve.bad])
    cells = np.floor(shares * MOST_BAD).astype(np.int64)
    above = np.isposinf(curve.raw[curve.bad])
    out = []
    for side in (False, True):
        chosen = np.flatnonzero(above == side)
        if not len(chosen):
            continue
        cuts = np.flatnonzero(np.diff(cells[chosen])) + 1
        for group in np.split(chosen, cuts):
            out.append(_bad_mark(curve, curve.bad[group], float(shares[group[0]]), canvas, side, label))
    return "".join(out)


def _bad_mark(curve: Curve, group: Ints, share: float, canvas: Canvas, above: bool, label: str) -> str:
    values = curve.raw[group]
    nan = int(np.count_nonzero(np.isnan(values)))
    kinds = [f"{format_count(n)} × {name}" for n, name in ((nan, "NaN"), (len(group) - nan, "inf" if above else "-inf")) if n]
    first, last = curve.line.series.step[[curve.place(int(group[0])), curve.place(int(group[-1]))]].tolist()
    where = f"step {format_step(first)}" + (f" to {format_step(last)}" if last != first else "")
    shape, y = ("M-4 0h8L0 7z", 0) if above else ("M-4 0h8L0-7z", canvas.height)
    title = escape(f"{label}: {', '.join(kinds)}, {where}")
    color = curve.line.color % 10
    return (
        f'<svg x="{canvas.across(share)}" y="{y}" overflow="visible"><title>{title}</title><path class="bad f{color}" d="{shape}"/></svg>'
    )


def label_first_bad(curves: Sequence[Curve], scale: Scale, canvas: Canvas) -> str:
    """Words beside the first value that is no number, counted by x."""
    found = [(float(c.x[c.bad[0]]), n) for n, c in enumerate(curves) if len(c.bad)]
    if not found:
        return ""
    x, number = min(found)
    curve = curves[number]
    place = int(curve.bad[0])
    value = curve.raw[place]
    what = "NaN" if np.isnan(value) else "inf" if value > 0 else "-inf"
    name = f"{clean_text(curve.line.label, 24)}: " if len(curves) > 1 else ""
    text = f"{name}{what} at step {format_step(float(curve.line.series.step[curve.place(place)]))}"
    share = scale.place_one(x)
    side = ' class="warn e"' if share > 0.6 else ' class="warn"'
    return f'<text{side} x="{canvas.across(share)}" y="{canvas.height - 12}">{escape(text)}</text>'


def mark_events(request: ChartRequest, plane: Plane, canvas: Canvas) -> str:
    """Ticks along the upper edge for events of the log; grave ones are lines through the plot. Near ones share a mark and its title."""
    line = request.lines[0]
    x = axis_values(line, request.view.x if request.view.attempts != "clock" else "time")
    groups: dict[tuple[int, str], list[tuple[float, EventRow]]] = {}
    for event in request.events:
        place = int(np.searchsorted(line.series.offset, event.offset))
        at = float(x[min(place, len(x) - 1)]) if len(x) else float("nan")
        if request.view.x == "step" and request.view.attempts != "clock" and event.step is not None:
            at = event.step
        elif request.view.x == "time" and event.time is not None:
            at = event.time.timestamp()
        if not np.isfinite(at) or (plane.x.log and at <= 0):
            continue
        share = plane.x.place_one(at)
        if 0 <= share <= 1:
            groups.setdefault((int(share * MOST_EVENTS), GRAVE.get(event.kind, "")), []).append((share, event))
    out = []
    for (_, grave), members in sorted(groups.items(), key=lambda item: item[0]):
        words = [f"{e.kind}: {clean_text(e.text, 160)}" + (f" (step {format_step(e.step)})" if e.step is not None else "") for _, e in members]
        title = escape("\n".join(words[:4]) + (f"\nand {len(words) - 4} more" if len(words) > 4 else ""))
        line_mark = f'<path class="rule" d="M0 0v{canvas.height}"/>' if grave else ""
        place = canvas.across(members[0][0])
        kind = f"ev {grave}".rstrip()
        out.append(f'<svg class="{kind}" x="{place}" overflow="visible"><title>{title}</title>{line_mark}<path d="M-3.5-6h7L0 0z"/></svg>')
    return "".join(out)


def mark_last(curve: Curve, plane: Plane, canvas: Canvas) -> str:
    """A dot on the newest drawable point within the window."""
    drawn = np.arange(len(curve.x)) if curve.drawn is None else curve.drawn
    if curve.inside is not None:
        drawn = drawn[curve.inside[drawn]]
    if not len(drawn):
        return ""
    return _dot(curve, int(drawn[-1]), plane, f"last c{curve.line.color % 10}")


def mark_line(curves: Sequence[Curve], plane: Plane, offset: int) -> str:
    """Rings around the points that the log line at byte `offset` gave."""
    out = []
    for curve in curves:
        for place in np.flatnonzero(curve.line.series.offset == offset).tolist():
            number = place if curve.index is None else int(np.searchsorted(curve.index, place))
            known = number < len(curve.x) and curve.place(number) == place
            if known and np.isfinite(curve.raw[number]):
                out.append(_dot(curve, number, plane, "here"))
    return "".join(out)


def _dot(curve: Curve, number: int, plane: Plane, classes: str) -> str:
    x, y = plane.across(curve.x[number : number + 1])[0], plane.down(curve.shown[number : number + 1])[0]
    return f'<path class="{classes}" d="M{x} {y}h0"/>'
