"""Static files and the health answer: the two things that need no login."""

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from webapp import __version__
from webapp.assets import load_assets
from webapp.board import Board

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


@get("/healthz", sync_to_thread=False)
def show_health(board: Board) -> dict[str, str]:
    """Alive, and whether ingest has trouble; says nothing of the runs, since nobody has logged in."""
    return {"status": "degraded" if board.ingest.fault else "ok", "version": __version__}
