"""`/metrics`: figures for Prometheus. Needs a token that reads, unless the board is open: names of routes and sizes are nobody else's."""

from typing import Any

from litestar import Response, get

from webapp import __version__
from webapp.board import Board, TheBoard
from webapp.health import read_health, read_lag
from webapp.pages.recent import RECENT
from webapp.store.sources import count_cut
from webapp.traffic import CONTENT_TYPE, Gauge

LIVE = ("running", "waiting", "stalled")


@get("/metrics", sync_to_thread=True, include_in_schema=False)
def show_metrics(board: TheBoard) -> Response[Any]:
    return Response(board.traffic.text(gauges(board)), media_type=CONTENT_TYPE)


def gauges(board: Board) -> list[Gauge]:
    """The figures of now; those of the database are left out while it cannot be read."""
    health, lag = read_health(board), read_lag(board)
    found = [
        Gauge("lossboard_build_info", "The version that runs.", {__version__: 1}, "version"),
        Gauge(
            "lossboard_fault",
            "1 where a part has a fault.",
            {"ingest": float(health.ingest == "fault"), "database": float(health.database != "ok"), "disk": float(health.disk != "ok")},
            "part",
        ),
        Gauge("lossboard_ingest_lag_seconds", "Age of the oldest change of a log that has not been read.", {"": lag.seconds}),
        Gauge("lossboard_ingest_lag_bytes", "Bytes of logs that have not been read.", {"": lag.bytes}),
        Gauge("lossboard_ingest_lag_logs", "Logs with bytes that have not been read.", {"": lag.logs}),
        Gauge("lossboard_logs_watched", "Logs that the board knows on its paths.", {"": len(board.ingest.logs)}),
        Gauge("lossboard_logs_skipped", "Files that look like logs and are not read.", {"": len(board.ingest.skipped)}),
        Gauge("lossboard_commits", "Changes committed since the start.", {"": board.database.changes}),
        Gauge("lossboard_kept_bytes", "Bytes of values and charts kept for a minute after the last look.", {"": RECENT.size}),
        Gauge("lossboard_disk_free_bytes", "Bytes left on the disk of the database.", {"": health.disk_free}),
    ]
    if health.totals:
        totals = health.totals
        found += [
            Gauge("lossboard_runs", "Runs by status.", {name: float(count) for name, count in totals.runs.items()}, "status"),
            Gauge("lossboard_live_runs", "Runs that are not over.", {"": sum(totals.runs.get(name, 0) for name in LIVE)}),
            Gauge("lossboard_points", "Points of all runs.", {"": totals.points}),
            Gauge(
                "lossboard_logs_cut",
                "Logs written anew or gone, whose last lines may not have been read.",
                {"": count_cut(board.database)},
            ),
            Gauge("lossboard_log_bytes", "Bytes of logs that have been read, of all runs.", {"": totals.bytes_read}),
        ]
    return found
