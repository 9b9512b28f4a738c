"""The one wiring place: settings in, the guarded application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin

from webapp import __version__
from webapp.api import runs as api
from webapp.auth import Access
from webapp.board import Board
from webapp.errors import UserError
from webapp.explainer import Explainer
from webapp.guard import Guard
from webapp.ingest.task import Ingest
from webapp.pages import (
    compare,
    compare_logs,
    errors,
    experiments,
    explain,
    files,
    findings,
    login,
    manage,
    report,
    runs,
    static,
    status,
    telemetry,
    uploads,
)
from webapp.private import make_folder
from webapp.settings import Settings
from webapp.store.database import open_database
from webapp.traffic import Traffic
from webapp.uploads import open_uploads

HANDLERS = (
    *(experiments.show_home, experiments.show_experiment, experiments.show_experiment_runs),
    *(experiments.show_all_runs, experiments.show_all_runs_table),
    *(manage.show_manage, manage.manage_runs, manage.show_manage_experiment, manage.manage_experiment),
    *(uploads.show_uploads, uploads.show_upload, uploads.take_uploads),
    *(compare.show_comparison, compare.show_compared_charts, compare.show_compared_file, compare_logs.show_compared_logs),
    *(report.show_run_report, report.show_compare_report),
    *(runs.show_run, runs.show_charts, runs.show_status, runs.show_details, runs.show_terminal, runs.download_log),
    *(files.show_file, findings.show_findings),
    *(explain.show_explain, explain.explain_text),
    *(api.list_experiments, api.list_runs, api.show_run, api.run_metrics),
    *(login.show_login, login.log_in, login.log_out),
    *(static.show_asset, static.show_health, status.show_board_status, telemetry.show_metrics),
)


class BoardLitestar(Litestar):
    """Litestar without its plugins for pydantic, which load two versions of that library for models that no handler takes: 3 MB, 50 ms."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


class BoardApp(Guard):
    """The board as an ASGI application, with what the command line wants to reach."""

    board: Board


def create_app(settings: Settings) -> BoardApp:
    """The board on `settings.database`. Raises UserError if the database cannot be used."""
    database = open_database(settings.database, settings.journal)
    watched = (*settings.paths, open_uploads(database), *open_spools(settings))
    ingest, access = Ingest(database, watched, settings), Access(settings, database)
    board = Board(settings, database, ingest, access, Traffic(lines=settings.log_requests), Explainer())

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await board.ingest.start()
        try:
            yield
        finally:
            await board.ingest.stop()
            board.access.close()
            database.close()

    app = BoardLitestar(
        route_handlers=list(HANDLERS),
        dependencies={"board": Provide(lambda: board, sync_to_thread=False)},
        lifespan=[lifespan],
        debug=False,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Lossboard", version=__version__, path="/schema", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=4, minimum_size=600, exclude=["^/static/"]),
        request_max_body_size=settings.body_bytes,
        multipart_form_part_limit=20,
        exception_handlers={
            HTTPException: errors.show_http_error,
            UserError: errors.show_user_error,
            **dict.fromkeys(errors.UNREADABLE, errors.show_unreadable),
            Exception: errors.show_server_error,
        },
    )
    guarded = BoardApp(
        app,
        board.access,
        board.traffic,
        allowed_hosts(settings),
        any_port=bool(settings.uds),
        query_bytes=settings.query_bytes,
        most=settings.connections,
    )
    guarded.board = board
    return guarded


def open_spools(settings: Settings) -> tuple[Path, ...]:
    """The folder in which `lossboard run` and `pipe` record, made where missing."""
    try:
        make_folder(settings.spool_dir)
    except OSError as error:
        raise UserError("The folder of recorded runs cannot be made.", f"{error.strerror}.", str(settings.spool_dir)) from error
    return (settings.spool_dir,)


def allowed_hosts(settings: Settings) -> set[str]:
    """The Host values the board answers to: loopback names and the listening address with its port, and those allowed by hand.

    Of a Unix socket the loopback names alone.
    """
    names = {"localhost", "127.0.0.1", "[::1]"}
    if settings.uds:
        return names | {host.lower() for host in settings.allowed_hosts}
    if settings.host not in ("0.0.0.0", "::", ""):
        names.add(f"[{settings.host}]" if ":" in settings.host else settings.host.lower())
    hosts = {f"{name}:{settings.port}" for name in names} | {host.lower() for host in settings.allowed_hosts}
    return hosts | (names if settings.port == 80 else set())
