"""Series made of formulas, a parser that knows what may stand in a chart, and pages of two charts."""

import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree

import numpy as np
from markupsafe import Markup

from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import Chart, draw_chart
from webapp.store.rows import Series

START = 1_769_594_400.0  # 2026-01-28 10:00:00 UTC
ELEMENTS = {"svg", "g", "defs", "use", "a", "path", "line", "rect", "text", "tspan", "title", "desc"}
ATTRIBUTES = {
    *("aria-hidden", "aria-label", "class", "d", "height", "href", "id", "overflow", "preserveAspectRatio", "role", "tabindex"),
    *("transform", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2"),
    *("data-chart", "data-full0", "data-full1", "data-x0", "data-x1", "data-xscale"),
}


def made_series(
    values: Sequence[float] | np.ndarray,
    *,
    step: Sequence[float] | np.ndarray | None = None,
    metric: str = "loss",
    run: int = 1,
    epoch: Sequence[float] | np.ndarray | None = None,
    time: Sequence[float] | np.ndarray | None = None,
    total: int | None = None,
    source: str = "line",
) -> Series:
    """A series with these values; steps 1, 2, …, two seconds and 100 bytes of log from point to point, unless told otherwise."""
    value = np.asarray(values, float)
    number = np.arange(len(value), dtype=float)
    return Series(
        run_id=run,
        metric=metric,
        step=number + 1 if step is None else np.asarray(step, float),
        epoch=np.full(len(value), np.nan) if epoch is None else np.asarray(epoch, float),
        value=value,
        time=START + number * 2 if time is None else np.asarray(time, float),
        offset=np.arange(len(value), dtype=np.int64) * 100,
        total=len(value) if total is None else total,
        source=source,
    )


def curve_of(points: int, seed: int = 0, noise: float = 0.1) -> np.ndarray:
    """A falling loss with noise, four decimals as loggers print."""
    falling = 2.5 * np.exp(-np.arange(points) / max(1, points / 4)) + 1
    return np.round(falling + np.random.default_rng(seed).normal(size=points) * noise, 4)


def request_of(*lines: Line, **options: object) -> ChartRequest:
    view = options.pop("view", View())
    assert isinstance(view, View)
    return ChartRequest("loss", "loss", lines, view, **options)  # type: ignore[arg-type]


def parse_chart(chart: Chart | Markup | str) -> ElementTree.Element:
    """The SVG as a tree; fails on what is not well formed and on every element and attribute that does not belong into a chart."""
    text = str(chart.svg) if isinstance(chart, Chart) else str(chart)
    root = ElementTree.fromstring(text)
    for node in root.iter():
        tag = node.tag.removeprefix("{http://www.w3.org/2000/svg}")
        assert tag in ELEMENTS, tag
        assert set(node.attrib) <= ATTRIBUTES, (tag, set(node.attrib) - ATTRIBUTES)
        node.tag = tag
    numbers = re.compile(r"\b(nan|inf|NaN|Infinity)\b")
    for node in root.iter():
        assert not any(numbers.search(node.get(name, "")) for name in ("d", "x", "y", "x1", "x2", "width", "height", "viewBox"))
    return root


def paths(root: ElementTree.Element, kind: str = "") -> list[str]:
    """Path data of the curves: "" all, else those of a class."""
    curves = [svg for svg in root.iter("svg") if "curves" in svg.get("class", "").split()]
    assert curves
    return [node.get("d", "") for svg in curves for node in svg.iter("path") if not kind or kind in node.get("class", "").split()]


def charts_of(points: int = 400) -> Callable[[View, dict[str, str]], Sequence[Chart]]:
    """Two charts of one run: the loss with its evaluation, and a learning rate."""

    def draw(view: View, query: dict[str, str]) -> Sequence[Chart]:
        loss = Line("loss", made_series(curve_of(points), epoch=np.arange(points) / points))
        evaluation = made_series(curve_of(points // 50, 1, 0.01) + 0.2, step=np.arange(50, points + 1, 50), metric="eval_loss")
        rate = Line("learning_rate", made_series(np.linspace(5e-5, 1e-6, points), metric="learning_rate"), 2)
        return [
            draw_chart(ChartRequest("loss", "loss", [loss, Line("eval_loss", evaluation, 1, 1)], view, link="/?at=")),
            draw_chart(ChartRequest("rate", "learning_rate", [rate], view, link="/?at=", height=180)),
        ]

    return draw
