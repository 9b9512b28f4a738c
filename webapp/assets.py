"""The static files: read once at start from the package, served from memory under `/static/`.

A table of known names instead of a folder on disk: no path ever comes from a URL, no link is followed. URLs carry a hash of the content,
so that browsers may keep a file for good and still see the next version at once.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from webapp.paths import HTMX, STATIC

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes plain and gzipped, its content type, and the first 12 hex digits of its sha256."""

    body: bytes
    zipped: bytes
    content_type: str
    digest: str


@cache
def load_assets() -> dict[str, Asset]:
    """Every static file by name; htmx comes from its own package."""
    files = {path.name: path for path in Path(STATIC).iterdir() if path.suffix in TYPES} | {"htmx.min.js": Path(HTMX)}
    return {name: read_asset(path) for name, path in sorted(files.items())}


def read_asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, 9, mtime=0), TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])


def asset_url(name: str) -> str:
    """The file's URL with its content's hash; KeyError for a name that is none of ours."""
    return f"/static/{name}?v={load_assets()[name].digest}"
