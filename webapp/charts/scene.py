"""A chart before it becomes markup: curves at full resolution, the two scales, the points chosen to be drawn, ticks, words and numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from webapp import format as fmt
from webapp.charts import ticks
from webapp.charts.areas import widen
from webapp.charts.caption import SummaryRow, axis_name, summarize, write_caption
from webapp.charts.curves import Curve, find_first_bad, shown_axis, smoothing_of, trace_curve
from webapp.charts.markup import Canvas
from webapp.charts.options import ChartRequest
from webapp.charts.ranks import Tails, find_tails
from webapp.charts.scales import LIMIT, Scale, leave_room, x_scale, y_scale
from webapp.charts.strokes import Plane, Strokes, draw_strokes
from webapp.charts.ticks import Tick

X_TICK, CLOCK_TICK, Y_TICK = 90, 110, 44  # px from one tick to the next, about; moments are longer words than numbers
CORNER = 0.03  # share of the x axis where the words in the corner leave no room for a label
NOTHING = (1.0, 10.0)  # extents of a chart without points; fit for a log axis too
NEEDED = {"step": "a step above 0", "epoch": "an epoch", "time": "a time", "relative": "a time", "tokens": "a count of tokens"}
MISSING = {"epoch": "an epoch", "time": "a time", "relative": "a time", "tokens": "a count of tokens"}  # why an axis shows nothing
NOTE = 400  # characters of a note
WORDS = 22  # px that a line of words in the plot takes
CLIP_LOW, CLIP_HIGH = 0.05, 0.95  # percentiles kept by clipping


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to draw.

    full     x extent without zoom
    corner   words where the axes meet: what is on the x axis, or the date its times begin with
    empty    why there is nothing to see, "" where there is something
    """

    request: ChartRequest
    canvas: Canvas
    title: str
    curves: tuple[Curve, ...]
    plane: Plane
    strokes: tuple[Strokes, ...]
    full: tuple[float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    corner: str
    caption: str
    table: tuple[SummaryRow, ...]
    empty: str


def set_scene(request: ChartRequest, canvas: Canvas) -> Scene:
    """Traces the lines, chooses the scales, picks the points. No request raises: what cannot be shown is said in `empty` or `caption`."""
    view, lines = request.view, request.lines
    curves = tuple(trace_curve(line, view, smoothing_of(line, lines, view)) for line in lines)
    axis = shown_axis(view)
    full = request.full or _extent(curves)
    across = x_scale(*full, fixed_lo=view.lo, fixed_hi=view.hi, log="x" in view.log and axis != "time")
    tails = (request.tails or clip_tails(curves, "y" in view.log)) if view.clip else None
    low, high = widen(request, *((tails.low, tails.high) if tails else _levels(curves)))
    up = leave_room(y_scale(low, high, log="y" in view.log), *(words / canvas.height for words in _words_of_bad(curves)))
    plane = Plane(across, up, *canvas.units)
    strokes = tuple(draw_strokes(curve, plane, view.points) for curve in curves)
    empty = "" if any(curve.count > curve.hidden for curve in curves) else _why_empty(request, curves)
    levels = any(curve.low >= 0 for curve in curves) or request.areas or request.level is not None
    outside = tails.outside(plane.y.lo, plane.y.hi) if tails else 0
    caption = write_caption(curves, view, sum(stroke.count for stroke in strokes), outside)
    return Scene(
        request=request,
        canvas=canvas,
        title=fmt.name(request.title),
        curves=curves,
        plane=plane,
        strokes=strokes,
        full=full,
        x_ticks=() if empty else tuple(_x_ticks(request, across)),
        y_ticks=() if empty or not levels else tuple(ticks.value_ticks(plane.y, canvas.height / Y_TICK)),
        corner=fmt.clock(across.lo, "%b %d") if axis == "time" and not empty else axis_name(lines, view),
        caption="; ".join(part for part in (fmt.name(request.note, NOTE), caption) if part),
        table=summarize(curves, request.link),
        empty=empty,
    )


def describe(scene: Scene) -> str:
    """The chart in words, for those who do not see it."""
    if scene.empty:
        return f"{scene.title}: {scene.empty}."
    rows = []
    for curve, row in list(zip(scene.curves, scene.table, strict=True))[:10]:
        at = f"at {fmt.step_word(curve.line.series.source)}"
        if row.first and row.last and row.min and row.max:
            rows.append(
                f"{row.label}: from {row.first.value} {at} {row.first.step} to {row.last.value} {at} {row.last.step}, "
                f"lowest {row.min.value} {at} {row.min.step}, highest {row.max.value} {at} {row.max.step}."
            )
        else:
            rows.append(f"{row.label}: no finite value.")
    return " ".join([*rows, f"{scene.caption}."])


def _x_ticks(request: ChartRequest, scale: Scale) -> list[Tick]:
    axis = shown_axis(request.view)
    if axis not in ("time", "relative"):
        return [tick for tick in ticks.step_ticks(scale, max(3, min(12, request.width // X_TICK))) if tick.label]
    count = max(3, min(10, request.width // CLOCK_TICK))
    made = ticks.clock_ticks(scale, count) if axis == "time" else ticks.duration_ticks(scale, count)
    return [tick for tick in made if tick.at > CORNER]


def _extent(curves: Sequence[Curve]) -> tuple[float, float]:
    ends = [curve.ends for curve in curves if curve.ends[0] == curve.ends[0]]
    if not ends:
        return NOTHING
    return max(-LIMIT, min(low for low, _ in ends)), min(LIMIT, max(high for _, high in ends))


def clip_tails(curves: Sequence[Curve], log: bool) -> Tails | None:
    """The 5th and the 95th percentile with what lies beyond them, by TensorBoard's rule on indices; None where there is no value."""
    values = [curve.everything(log) for curve in curves if curve.low >= 0]
    last = sum(map(len, values)) - 1
    if last < 0:
        return None
    return find_tails(values, *((math.ceil(CLIP_LOW * last), math.floor(CLIP_HIGH * last)) if last > 1 else (0, last)))


def _words_of_bad(curves: Sequence[Curve]) -> tuple[int, int]:
    """Pixels that the words about the first value that is no number need beneath all curves, or above them."""
    first = find_first_bad(curves)
    if first is None:
        return 0, 0
    return (0, WORDS) if first[1].value[0] > 0 else (WORDS, 0)


def _levels(curves: Sequence[Curve]) -> tuple[float, float]:
    """Lowest and highest value shown."""
    some = [curve for curve in curves if curve.low >= 0]
    return (min(float(c.raw[c.low]) for c in some), max(float(c.raw[c.high]) for c in some)) if some else NOTHING


def _why_empty(request: ChartRequest, curves: Sequence[Curve]) -> str:
    if not any(len(line.series) for line in request.lines):
        return "No points yet"
    if sum(c.unplaced for c in curves) == sum(len(c.line.series) for c in curves):
        return f"None of these points has {NEEDED[shown_axis(request.view)]}"
    return "None of these values is above 0" if any(c.hidden for c in curves) else "No points between these limits"
