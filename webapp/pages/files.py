"""A chart as a file: `/runs/{id}/{metric}.svg` for pages, papers and mails, `.csv` and `.json` for its numbers.

The view parameters are those of the page. `.svg` takes `w`, `h` and `theme` (light, dark, auto, print) besides. The numbers are all
points of the range asked for; with `points=` they are those that the chart draws.
"""

import csv
import io
import math
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp import __version__
from webapp.board import Board, TheBoard
from webapp.charts.downsample import pick_points
from webapp.charts.files import draw_chart_file
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.smooth import smooth_values
from webapp.compare.place import place_tokens, tokens_metric
from webapp.format import file_name, visible
from webapp.metrics_json import number_json, step_json, time_json
from webapp.pages.groups import choose_groups, group_rows
from webapp.pages.runs import find_run, number_of, query_of
from webapp.store import runs as run_store
from webapp.store.rows import RunRow, Series
from webapp.store.series import list_metrics, read_series
from webapp.view import ViewQuery

AnyRequest = Request[Any, Any, Any]
THEMES = ("light", "dark", "auto", "print")
WIDTH, HEIGHT = 760, 360
PICTURE_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
COLUMNS = ("metric", "step", "epoch", "value", "smoothed", "timestamp", "offset")


@get("/runs/{run_id:int}/{name:path}", sync_to_thread=True, include_in_schema=False)
def show_file(board: TheBoard, request: AnyRequest, run_id: FromPath[int], name: FromPath[str]) -> Response[Any]:
    run = find_run(board, run_id)
    metric, _, kind = name.removeprefix("/").rpartition(".")
    if kind not in ("svg", "csv", "json"):
        raise NotFoundException("A run has no such page.")
    query = query_of(request)
    tag = etag(run.version, str(request.url.query), kind)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    lines = read_lines(board, run, metric, query.view)
    if kind == "svg":
        chart = ChartRequest("c", visible(metric), lines, query.view, run_store.list_events(board.database, run_id))
        return picture(chart, request, headers)
    rows = [row for line in lines for row in table(line.series, query, drawn="points" in request.query_params)]
    headers |= {"Content-Disposition": f'attachment; filename="{file_name(run.name, metric)}.{kind}"'}
    if kind == "json":
        body = msgspec.json.encode([dict(zip(COLUMNS, row, strict=True)) for row in rows])
        return Response(body, media_type="application/json", headers=headers)
    return Response(csv_text(rows), media_type="text/csv", headers=headers)


def picture(chart: ChartRequest, request: AnyRequest, headers: dict[str, str]) -> Response[Any]:
    """The chart as an SVG file in the size and theme that the query string asks for."""
    theme = request.query_params.get("theme", "light")
    width, height = number_of(request, "w") or WIDTH, number_of(request, "h") or HEIGHT
    body = draw_chart_file(chart, width=width, height=height, theme=theme if theme in THEMES else "light")  # type: ignore[arg-type]
    return Response(body, media_type="image/svg+xml", headers=headers | {"Content-Security-Policy": PICTURE_CSP})


def etag(version: int, query: str, kind: str) -> str:
    """Changes with the run's data, with what was asked for, and with the program that draws it."""
    return f'"{blake2b(f"{__version__} {version} {kind} {query}".encode(), digest_size=12).hexdigest()}"'


def read_lines(board: Board, run: RunRow, metric: str, view: View) -> list[Line]:
    """The lines of the chart of that name, or of one series; 404 if the run has neither."""
    rows = list_metrics(board.database, run.id)
    groups, missing = choose_groups(group_rows(rows), [metric])
    if missing or not groups:
        raise NotFoundException(f"Run {run.id} has no metric {visible(metric)!r}.")
    counted = tokens_metric(frozenset(row.name for row in rows)) if view.x == "tokens" else None
    tokens = read_series(board.database, run.id, counted) if counted else None
    started = run.started_at.timestamp() if run.started_at else math.nan
    lines = []
    for place, name in enumerate(groups[0].members):
        series = read_series(board.database, run.id, name)
        placed = None if tokens is None else place_tokens(series, tokens)
        lines.append(Line(visible(name), series, color=place % 10, dash=place % 10, started=started, tokens=placed))
    return lines


def table(series: Series, query: ViewQuery, *, drawn: bool) -> list[Sequence[object]]:
    """The rows of one series, smoothed over all its points, within the range; only those a chart draws where `drawn`."""
    view = query.view
    smoothed = smooth_values(series.value, view.smooth) if view.smooth else series.value
    low, high = -np.inf if view.lo is None else view.lo, np.inf if view.hi is None else view.hi
    inside = np.flatnonzero(~((series.step < low) | (series.step > high)))
    finite = inside[np.isfinite(series.value[inside]) & np.isfinite(series.step[inside])]
    if drawn and len(finite) > view.points:
        picked = finite[pick_points(np.arange(len(finite), dtype=np.float64), smoothed[finite], n_out=view.points)]
        inside = np.union1d(picked, np.setdiff1d(inside, finite))
    return [
        (
            series.metric,
            step_json(float(series.step[i])),
            step_json(float(series.epoch[i])),
            number_json(float(series.value[i])),
            number_json(float(smoothed[i])) if view.smooth else None,
            time_json(float(series.time[i])),
            int(series.offset[i]),
        )
        for i in inside.tolist()
    ]


def csv_text(rows: Sequence[Sequence[object]]) -> str:
    """Comma-separated, a header, one row a point; a metric name that a spreadsheet would take for a formula is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for metric, *rest in rows:
        name = str(metric)
        writer.writerow(["'" + name if name[:1] in "=+-@\t\r" else name, *rest])
    return out.getvalue()
