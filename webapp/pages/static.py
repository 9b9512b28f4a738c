"""Static files and the health answer: the two things that need no login."""

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp import __version__
from webapp.assets import load_assets
from webapp.board import TheBoard
from webapp.health import read_health

FOREVER = "public, max-age=31536000, immutable"  # the URL carries the content's hash


@get("/static/{name:str}", sync_to_thread=False, include_in_schema=False)
def show_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    asset = load_assets().get(name)
    if asset is None:
        raise NotFoundException("There is no such file.")
    etag = f'"{asset.digest}"'
    cache = FOREVER if request.query_params.get("v") == asset.digest else "no-cache"
    headers = {"ETag": etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, media_type=asset.content_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.content_type, headers=headers)


@get("/healthz", sync_to_thread=True)
def show_health(board: TheBoard) -> dict[str, str]:
    """Alive, and how ingest, database and disk do, in words without a name or a path: nobody has logged in.

    Always 200: a board with a full disk or a locked database still shows what it has and goes on by itself, which a restart would only
    delay. What has to raise an alarm reads `status`.
    """
    health = read_health(board)
    return {"status": health.status, "version": __version__, "ingest": health.ingest, "database": health.database, "disk": health.disk}
