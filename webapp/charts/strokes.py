"""From a curve to path data: the drawn points by `downsample`, cut where the line is broken, as integers small enough to travel.

Coordinates are whole numbers of path units, relative to the point before, with the sign as the only separator: 1,000 points take 5 KB,
1.6 KB gzipped.
"""

from dataclasses import dataclass

import numpy as np

from parser.points import Floats, Ints
from webapp.charts.curves import Curve
from webapp.charts.downsample import pick_points
from webapp.charts.scales import Scale, clamp

DOTTED = 60  # with fewer points than this every point is a dot, as in MLflow
X_UNITS = 4000  # a stretched plot is this many units wide: a third of a pixel where it is 1,300 wide
Y_UNITS = 4  # units per pixel of height


@dataclass(frozen=True, slots=True)
class Strokes:
    """Path data of one curve, "" where there is nothing to draw.

    line   the curve, smoothed where the view smooths
    raw    the raw values behind a smoothed curve
    faint  the part that later attempts repeat
    dots   every point, where there are few; points with a gap on both sides always
    count  points drawn in `line` and `faint`
    picked indices into the curve of the points of `line`, in its order
    """

    line: str
    raw: str
    faint: str
    dots: str
    count: int
    picked: Ints


@dataclass(frozen=True, slots=True)
class Plane:
    """Both scales and the size of the plot in path units."""

    x: Scale
    y: Scale
    width: int
    height: int

    def across(self, values: Floats) -> Ints:
        return np.rint(self.x.place(values) * self.width).astype(np.int64)

    def down(self, values: Floats) -> Ints:
        return np.rint((1 - self.y.place(clamp(values))) * self.height).astype(np.int64)


def draw_strokes(curve: Curve, plane: Plane, n_out: int) -> Strokes:
    """The curve as paths of about `n_out` points each."""
    members = curve.drawn
    faint, repeated = "", 0
    if curve.faint is not None:
        flags = curve.faint if members is None else curve.faint[members]
        every = np.arange(len(curve.x)) if members is None else members
        # the point before a superseded stretch belongs to both, so that the stretch begins at the line
        joined = flags.copy()
        joined[:-1] |= flags[1:] & ~np.isin(every[1:], curve.starts)
        faint, behind = _draw(curve, curve.raw, every[joined], plane, max(n_out // 2, 3))
        repeated = int(np.count_nonzero(curve.faint[behind]))
        members = every[~flags]
    line, picked = _draw(curve, curve.shown, members, plane, n_out)
    raw = "" if curve.shown is curve.raw else _draw(curve, curve.raw, members, plane, n_out)[0]
    single = picked if len(picked) < DOTTED else _alone(curve, members, picked)
    return Strokes(line, raw, faint, _dots(curve, single, plane), len(picked) + repeated, picked)


def _draw(curve: Curve, values: Floats, members: Ints | None, plane: Plane, n_out: int) -> tuple[str, Ints]:
    """Path data of the points `members` (None = all), and the indices of those chosen."""
    x = curve.x if members is None else curve.x[members]
    y = values if members is None else values[members]
    if not len(x):
        return "", np.zeros(0, np.int64)
    begins = _begins(curve.starts, members)
    known = (curve.low, curve.high) if members is None and values is curve.raw and curve.spots is None else None
    chosen = pick_points(_scaled(x, plane.x.log), _scaled(y, plane.y.log), n_out=n_out, starts=begins, log_x=plane.x.log, extremes=known)
    stroke = np.searchsorted(begins, chosen, side="right")
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(stroke)) + 1])
    path = _path(plane.across(x[chosen]), plane.down(y[chosen]), cuts)
    return path, chosen if members is None else members[chosen]


def _begins(starts: Ints, members: Ints | None) -> Ints:
    """Positions among `members` where a new stroke begins: at a restart, and after a point that is not drawn."""
    if members is None:
        return starts
    gaps = np.flatnonzero(np.diff(members) > 1) + 1
    places = np.searchsorted(members, starts)
    return np.unique(np.concatenate([[0], gaps, places[places < len(members)]]))


def _alone(curve: Curve, members: Ints | None, picked: Ints) -> Ints:
    """Picked points that are strokes of their own."""
    count = len(curve.x) if members is None else len(members)
    begins = _begins(curve.starts, members)
    single = begins[np.diff(np.append(begins, count)) == 1]
    single = single if members is None else members[single]
    return np.intersect1d(single, picked)


def _scaled(values: Floats, log: bool) -> Floats:
    return np.log10(np.maximum(values, 1e-320)) if log else values


def _path(x: Ints, y: Ints, cuts: Ints) -> str:
    """Path data of the strokes that begin at the positions `cuts`; a stroke of one point is a line of no length, which round caps show."""
    out = []
    for begin, end in zip(cuts.tolist(), [*cuts[1:].tolist(), len(x)], strict=True):
        moves = np.stack([np.diff(x[begin:end]), np.diff(y[begin:end])], axis=1)
        moves = moves[moves.any(axis=1)]
        head = f"M{x[begin]} {y[begin]}"
        out.append(head + "l" + "%+d%+d" * len(moves) % tuple(moves.ravel().tolist()) if len(moves) else head + "h0")
    return "".join(out)


def _dots(curve: Curve, numbers: Ints, plane: Plane) -> str:
    """Path data of the points that lie on the plot."""
    x, y = plane.across(curve.x[numbers]), plane.down(curve.shown[numbers])
    shown = (x >= 0) & (x <= plane.width) & (y >= 0) & (y <= plane.height)
    return "".join(f"M{a} {b}h0" for a, b in zip(x[shown].tolist(), y[shown].tolist(), strict=True))
