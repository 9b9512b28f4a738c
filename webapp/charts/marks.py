"""Marks on a chart: values that are no numbers, events of the log text, the last value, and the log line somebody pointed at."""

from collections.abc import Iterator, Sequence

import numpy as np

from webapp import format as fmt
from webapp.charts.curves import Curve, axis_values, find_first_bad, shown_axis
from webapp.charts.markup import Canvas, escape
from webapp.charts.options import Bad, ChartRequest
from webapp.charts.scales import Scale
from webapp.charts.strokes import Plane
from webapp.store.rows import EventRow

NEAR = 1 / 80  # shares of the plot: bad values as near as this are one mark
MOST_EVENTS = 60  # event marks per chart
MOST_RESTARTS = 50  # restarts of the first line that are marked
TITLED = 4  # events that the title of a mark names
GRAVE = {"traceback": " t", "out of memory": " t", "resumed": " r"}  # events whose mark is a line through the plot


def mark_bad(curve: Curve, scale: Scale, canvas: Canvas) -> str:
    """A triangle, and a bar where they go on, on the edge of the plot: below for nan and -inf, above for inf; with a title."""
    bad = curve.not_finite
    if not len(bad.x):
        return ""
    shares = scale.place(bad.x)
    above = np.isposinf(bad.value)
    out = []
    for side in (False, True):
        chosen = np.flatnonzero(above == side)
        if len(chosen):
            cuts = np.flatnonzero(np.abs(np.diff(shares[chosen])) > NEAR) + 1
            out += [_bad_mark(curve, bad.take(g), shares[g[0]], shares[g[-1]], canvas, side) for g in np.split(chosen, cuts)]
    return "".join(out)


def _bad_mark(curve: Curve, group: Bad, first: float, last: float, canvas: Canvas, above: bool) -> str:
    nan = int(np.count_nonzero(np.isnan(group.value)))
    kinds = [f"{fmt.count(n)} × {name}" for n, name in ((nan, "NaN"), (len(group.x) - nan, "inf" if above else "-inf")) if n]
    steps = group.step[[0, -1]].tolist()
    where = f"{fmt.step_word(curve.line.series.source)} {fmt.step(steps[0])}" + (
        f" to {fmt.step(steps[1])}" if steps[1] != steps[0] else ""
    )
    words = f"{fmt.name(curve.line.label)}: {', '.join(kinds)}, {where}"
    title = f"<title>{escape(words)}</title>"
    shape, y = ("M-4 0h8L0 7z", 0) if above else ("M-4 0h8L0-7z", canvas.height)
    bar = ""
    if last > first:
        ends = f'x1="{canvas.across(first)}" x2="{canvas.across(last)}" y1="{y}" y2="{y}"'
        bar = f'<line class="bad" {ends}>{title}</line>'
    return f'{bar}<svg x="{canvas.across(first)}" y="{y}" overflow="visible">{title}<path class="bad" d="{shape}"/></svg>'


def label_first_bad(curves: Sequence[Curve], scale: Scale, canvas: Canvas) -> str:
    """Words beside the mark of the first value that is no number, where the scene left room for them; the caption says whose it is."""
    first = find_first_bad(curves)
    if first is None:
        return ""
    curve, bad = first
    value = float(bad.value[0])
    text = f"{fmt.not_finite(value)} at {fmt.step_word(curve.line.series.source)} {fmt.step(float(bad.step[0]))}"
    share = scale.place_one(float(bad.x[0]))
    y = 19 if value > 0 else canvas.height - 10
    return f'<text class="warn{" e" if share > 0.6 else ""}" x="{canvas.across(share)}" y="{y}">{escape(text)}</text>'


def mark_events(request: ChartRequest, curves: Sequence[Curve], plane: Plane, canvas: Canvas) -> str:
    """Ticks along the upper edge for events of the log and for restarts; grave events are lines through the plot.

    Near ones share a mark and its title.
    """
    groups: dict[tuple[int, str], list[tuple[float, EventRow]]] = {}
    for at, event in [*_place_events(request), *_restarts(curves[0])]:
        if np.isfinite(at) and not (plane.x.log and at <= 0):
            share = plane.x.place_one(at)
            if 0 <= share <= 1:
                groups.setdefault((int(share * MOST_EVENTS), GRAVE.get(event.kind, "")), []).append((share, event))
    return "".join(_event_mark(grave, groups[cell, grave], canvas) for cell, grave in sorted(groups))


def _place_events(request: ChartRequest) -> Iterator[tuple[float, EventRow]]:
    """Every event with its x: its own step or time where it has one, else the x of the first point printed after it."""
    line, axis = request.lines[0], shown_axis(request.view)
    x = axis_values(line, axis)
    for event in request.events:
        if axis == "step" and event.step is not None:
            yield event.step, event
        elif axis == "time" and event.time is not None:
            yield event.time.timestamp(), event
        elif len(x):
            yield float(x[min(int(np.searchsorted(line.series.offset, event.offset)), len(x) - 1)]), event


def _restarts(curve: Curve) -> Iterator[tuple[float, EventRow]]:
    """Where the steps of the run went back, told by the steps and not by words of the log."""
    series = curve.line.series
    for number in curve.starts[1 : MOST_RESTARTS + 1].tolist():
        place = curve.place(number)
        if place and series.step[place] < series.step[place - 1]:
            before = fmt.step(float(series.step[place - 1]))
            yield (
                float(curve.x[number]),
                EventRow(
                    "restart", f"after {fmt.step_word(series.source)} {before}", int(series.offset[place]), float(series.step[place]), None
                ),
            )


def _event_mark(grave: str, members: Sequence[tuple[float, EventRow]], canvas: Canvas) -> str:
    words = [
        f"{fmt.name(e.kind)}: {fmt.name(fmt.visible(e.text))}" + (f" (step {fmt.step(e.step)})" if e.step is not None else "")
        for _, e in members
    ]
    more = [f"and {len(words) - TITLED} more"] if len(words) > TITLED else []
    rule = f'<path class="rule" d="M0 0v{canvas.height}"/>' if grave else ""
    title = escape("\n".join(words[:TITLED] + more))
    x = canvas.across(members[0][0])
    return f'<svg class="ev{grave}" x="{x}" overflow="visible"><title>{title}</title>{rule}<path d="M-3.5-6h7L0 0z"/></svg>'


def mark_last(curve: Curve, plane: Plane) -> str:
    """A dot on the newest drawable point within the window."""
    newest = len(curve.x) - 1 if curve.spots is None else int(curve.spots[-1]) if len(curve.spots) else -1
    return _dot(curve, newest, plane, f"last c{curve.line.color % 10}") if newest >= 0 else ""


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
    on_plot = 0 <= x <= plane.width and 0 <= y <= plane.height
    return f'<path class="{classes}" d="M{x} {y}h0"/>' if on_plot else ""
