"""What drawing a chart costs: CPU time beside reading and downsampling alone and beside stock pygal, and the bytes that travel.

Medians of CPU time, so that other work on the machine changes little. Series are noisy losses; "drawn" is the whole inline SVG with hover.
"""

import gzip
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pygal
from playwright.sync_api import sync_playwright
from tsdownsample import LTTBDownsampler

from parser.points import Points, Progress
from tests.charts.server import serving
from tests.conftest import CHROMIUM_FLAGS, find_chromium
from tests.figures import Figure
from tests.store.made import Log, parsed
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import Chart, draw_chart
from webapp.pages.drawn import draw_charts
from webapp.pages.groups import group_metrics
from webapp.pages.recent import RECENT
from webapp.store.database import Database, open_database
from webapp.store.rows import Series
from webapp.store.runs import get_run
from webapp.store.series import list_metrics, read_overview, read_series
from webapp.view import ViewQuery

ROUNDS = 7
SLICE = 50_000  # points written at once
GOALS_MS = {(1, 10**3): 10, (1, 10**5): 12, (1, 10**6): 12, (10, 10**3): 30, (10, 10**5): 40, (10, 10**6): 90}  # data in memory
KB = {1: 14, 10: 70}  # gzipped, level 4 as the board sends
LINK = "/runs/1?metric=loss&at="
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WATCHED = """() => { window.painted = new Promise(done => document.addEventListener('htmx:beforeSwap', () => {
  const start = performance.now(), paint = () => done(performance.now() - start);
  document.addEventListener('htmx:afterSettle', () => requestAnimationFrame(() => requestAnimationFrame(paint)), {once: true});
}, {once: true})) }"""


def figures() -> Iterator[Figure]:
    series = {points: [loss(points, n) for n in range(10)] for points in (10**3, 10**5, 10**6)}
    for (count, points), goal in GOALS_MS.items():
        request = request_of(series[points][:count])
        yield Figure(f"chart of {count} × {points:,} points drawn", cpu_ms(lambda r=request: draw_chart(r)), "ms CPU", goal)
    for smooth in (0.0, 0.6):
        for count, goal in KB.items():
            size = max(zipped(request_of(series[points][:count], smooth)) for points in series)
            note = "the largest of 1e3, 1e5, 1e6 points" + (f", smoothed {smooth:g}" if smooth else "")
            yield Figure(f"chart of {count} × 1,000 points, gzipped", size / 1024, "KiB", goal, note=note)
    smoothed = request_of(series[10**6][:1], 0.6)
    yield Figure("chart of 1 × 1,000,000 points smoothed", cpu_ms(lambda: draw_chart(smoothed)), "ms CPU", 20)
    ours = cpu_ms(lambda: draw_chart(request_of(series[10**3])))
    stock = cpu_ms(lambda: stock_chart(series[10**3]), rounds=3)
    yield Figure("stock pygal with dots / ours, 10 × 1,000", stock / ours, "×", 30, more=True, note=f"{stock:.0f} ms / {ours:.1f} ms")
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        yield from from_store(Path(temporary))
        yield from one_new_point(Path(temporary))
    yield from in_browser(series[10**3])


def from_store(place: Path) -> Iterator[Figure]:
    """Cold: a series read out of a database and drawn, beside the same reading and one LTTB; any zoom; ten times as long a series."""
    with closing(open_database(place / "charts.db")) as database:
        log = {points: written(database, points) for points in (10**6, 10**7)}
        million = log[10**6]

        def drawn(run_id: int, lo: float | None = None, hi: float | None = None, count: int = 1) -> object:
            read = read_overview if lo is None else read_series
            series = [read(database, run_id, "loss", *([] if lo is None else [lo, hi])) for _ in range(count)]
            return draw_chart(request_of(series, lo=lo, hi=hi))

        def plain() -> object:
            series = read_series(database, million, "loss")
            return LTTBDownsampler().downsample(series.step, series.value, n_out=1000)  # type: ignore[no-untyped-call]

        alone = cpu_ms(plain, 3)
        whole = cpu_ms(lambda: draw_chart(request_of([read_series(database, million, "loss")])), 3)
        yield Figure(
            "1 × 1,000,000 out of the store, every point read", whole, "ms CPU", 2.5 * alone + 15, note=f"reading and LTTB: {alone:.0f} ms"
        )
        overview = cpu_ms(lambda: drawn(million))
        yield Figure("1 × 1,000,000 out of the store, overview", overview, "ms CPU", 20)
        yield Figure("10 × 1,000,000 out of the store, overview", cpu_ms(lambda: drawn(million, count=10)), "ms CPU", 40)
        zoom = cpu_ms(lambda: drawn(million, 4e5, 4.1e5))
        yield Figure("zoom to 10,000 of 1,000,000", zoom, "ms CPU", 20)
        yield Figure("10,000,000 in one run, overview, against 1,000,000", cpu_ms(lambda: drawn(log[10**7])) / overview, "×", 4)
        yield Figure("10,000,000 in one run, zoom, against 1,000,000", cpu_ms(lambda: drawn(log[10**7], 4e6, 4.01e6)) / zoom, "×", 4)


def one_new_point(place: Path) -> Iterator[Figure]:
    """What a poll of a live run of twelve charts costs when one of them got a point, beside drawing all of them and that one alone."""
    with closing(open_database(place / "live.db")) as database:
        log, names = Log(database), [f"layer/{n}" for n in range(12)]
        known = points_of(loss(1000, 0))
        log.write(parsed(dict.fromkeys(names, known)), status="running")
        run = get_run(database, log.run_id)
        assert run is not None

        def look(chosen: Sequence[str] = names) -> object:
            return draw_charts(database, run, ViewQuery(), group_metrics(chosen), list_metrics(database, run.id))

        def spent(work: Callable[[], object]) -> float:
            before = time.process_time()
            work()
            return (time.process_time() - before) * 1000

        every, alone, some = [], [], []
        for n in range(ROUNDS):
            look()
            step = 1001.0 + n / 8  # within the room that the axis of a live run has, and a logging interval of an evaluation
            log.write(parsed({names[0]: points_of(replace(loss(1, n), step=np.array([step])))}))
            some.append(spent(look))
            RECENT.clear()
            alone.append(spent(lambda: look(names[:1])))
            RECENT.clear()
            every.append(spent(look))
        one, note = statistics.median(alone), f"all twelve drawn: {statistics.median(every):.0f} ms"
        yield Figure("one new point in one of 12 charts / that chart alone", statistics.median(some) / one, "×", 1.5, note=note)


def in_browser(series: Sequence[Series]) -> Iterator[Figure]:
    """What the reader's machine does with 10 × 1,000 points: the main thread's time per pointer move; from a zoom's answer to its paint."""

    def draw(view: View, _: dict[str, str]) -> list[Chart]:
        return [draw_chart(replace(request_of(series), view=view))]

    with serving(draw) as pages, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.goto(pages.url)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")

        def busy_ms() -> float:
            metrics = devtools.send("Performance.getMetrics")["metrics"]
            return next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration") * 1000

        moves = []
        for n in range(60):
            before = busy_ms()
            page.mouse.move(100 + n * 18, 60 + n * 3)
            page.evaluate(PAINTED)
            moves.append(busy_ms() - before)
        yield Figure("hover over 10 × 1,000 points: main thread, move to frame", statistics.median(moves), "ms", 16)
        paints = []
        for _ in range(5):
            page.locator("svg[data-chart]").focus()
            page.evaluate(WATCHED)
            page.keyboard.press("+")
            paints.append(float(page.evaluate("window.painted")))
        yield Figure("zoom of 10 × 1,000 points: answer to paint", statistics.median(paints), "ms", 150)
        chromium.close()


def written(database: Database, points: int) -> int:
    """The id of a run that holds one loss of so many points."""
    log = Log(database)
    series = loss(points, 0)
    for first in range(0, points, SLICE):
        part = points_of(series.take(np.arange(first, first + SLICE)))
        log.write(parsed({"loss": part}, progress=Progress(float(first + SLICE))))
    return log.run_id


def points_of(series: Series) -> Points:
    return Points(series.step, series.epoch, series.value, series.time, series.offset)


def loss(points: int, seed: int) -> Series:
    number = np.arange(points, dtype=float)
    values = 2.5 * np.exp(-number / points * 4) + 1 + np.random.default_rng(seed).normal(size=points) * 0.1
    return Series(
        run_id=seed + 1,
        metric="loss",
        step=number + 1,
        epoch=number / points * 3,
        value=np.round(values, 4),
        time=1.77e9 + number * 1.7,
        offset=np.arange(points, dtype=np.int64) * 93,
        total=points,
        source="line",
    )


def request_of(series: Sequence[Series], smooth: float = 0.0, lo: float | None = None, hi: float | None = None) -> ChartRequest:
    lines = [Line(f"run-{one.run_id} lr 3e-4" if len(series) > 1 else "loss", one, n) for n, one in enumerate(series)]
    return ChartRequest("loss", "loss", lines, View(smooth=smooth, lo=lo, hi=hi), link=LINK)


def stock_chart(series: Sequence[Series]) -> bytes:
    chart = pygal.XY(dots_size=2)
    for one in series:
        chart.add(f"run-{one.run_id}", list(zip(one.step.tolist(), one.value.tolist(), strict=True)))
    return bytes(chart.render())


def zipped(request: ChartRequest) -> int:
    return len(gzip.compress(str(draw_chart(request).svg).encode(), 4))


def cpu_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    work()
    spent = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        spent.append((time.process_time() - before) * 1000)
    return statistics.median(spent)
