"""`/runs/{id}/report` and `/compare/report`: what the run page or the comparison shows, as a document to print or to save.

With `?save=1` the same document comes as one file that needs no board any more.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from webapp import urls
from webapp.assets import asset_url
from webapp.board import Board, TheBoard
from webapp.compare.query import CompareQuery
from webapp.format import file_name
from webapp.pages.compare import build_comparison
from webapp.pages.compare import query_of as compare_query_of
from webapp.pages.runs import find_run, query_of
from webapp.report.build import LevelTable, Report, ReportChart, build_report, outline
from webapp.report.render import SHEETS, render_file, render_page
from webapp.report.stored import stored_content
from webapp.store.runs import get_run

AnyRequest = Request[Any, Any, Any]
FILE_CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@get("/runs/{run_id:int}/report", sync_to_thread=True)
def show_run_report(board: TheBoard, request: AnyRequest, run_id: FromPath[int]) -> Response[Any]:
    run, query = find_run(board, run_id), query_of(request)
    report = build_report([stored_content(board.database, run)], query.view, query.metrics)
    report = replace(report, problems=(*query.problems, *report.problems))
    view = replace(query, at=None, find="", hit=0, runs=(), table=()).query()
    return answer(report, request, urls.run(run_id, view), urls.run_report(run_id, view), file_name(run.name))


@get("/compare/report", sync_to_thread=True)
def show_compare_report(board: TheBoard, request: AnyRequest) -> Response[Any]:
    query = compare_query_of(request)
    report, runs = compare_report(board, query)
    return answer(
        report, request, urls.compare(query.query()), urls.compare_report(query.query()), "-".join(["runs", *map(str, runs[:20])])
    )


def compare_report(board: Board, query: CompareQuery) -> tuple[Report, Sequence[int]]:
    """The report of a comparison, with the charts and levels that its page shows, and the numbers of its runs."""
    found = build_comparison(board, query)
    runs = [run for item in found.runs if (run := get_run(board.database, item.row.id)) is not None]
    if not runs:
        return replace(outline((), (), "No runs to compare"), problems=found.problems), ()
    names = {item.row.id: item.name for item in found.runs}
    levels = tuple(
        LevelTable(
            f"{table.metric} {'down' if table.falling else 'up'} to {table.level:g}",
            table.counts,
            tuple((names[row.run_id], row.reached) for row in table.rows if row.run_id in names),
        )
        for overlay in found.overlays
        for table in overlay.levels
    )
    shown = [metric for overlay in found.overlays for metric in overlay.group.members]
    made = outline([stored_content(board.database, run) for run in runs], shown)
    charts = tuple(ReportChart(overlay.chart) for overlay in found.overlays)
    if found.hidden:
        total = f"{len(runs) + found.hidden:,} runs"
        everything = () if query.show_all else ((f"All {total}", urls.compare_report(query.query(show_all=True))),)
        made = replace(made, title=f"{len(runs)} of {total} compared", links=everything)
    return replace(made, charts=charts, levels=levels, problems=found.problems), [run.id for run in runs]


def answer(report: Report, request: AnyRequest, back: str, here: str, name: str) -> Response[Any]:
    """The report as a page of the board, or as a file to keep."""
    address = f"{str(request.base_url).rstrip('/')}{here}"
    report = replace(report, address=address)
    if request.query_params.get("save"):
        headers = {"Content-Disposition": f'attachment; filename="{name}-report.html"', "Content-Security-Policy": FILE_CSP}
        return Response(render_file(report), media_type="text/html", headers=headers)
    saved = urls.join_query(here, {"save": 1}) if "?" in here else f"{here}?save=1"
    links = (("Back to the board", back), ("Save as one file", saved), *report.links)
    return Response(
        render_page(replace(report, sheets=tuple(map(asset_url, SHEETS)), icon=asset_url("icon.svg"), links=links)), media_type="text/html"
    )
