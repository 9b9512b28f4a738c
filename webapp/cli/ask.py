"""Asks the board that runs to do what a command may not: it has the database for itself."""

import http.client
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from webapp.errors import UserError
from webapp.server import board_url
from webapp.settings import Settings

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A run as the board tells it."""

    id: int
    name: str
    notes: str
    tags: tuple[str, ...]


def ask_run(settings: Settings, ident: int, token_file: Path | None) -> AskedRun | None:
    """The run as the board tells it; None where there is none. Raises UserError where no board answers there, or it refuses."""
    status, text = _ask(settings, "GET", f"/api/v1/runs/{ident}", None, token_file)
    if status == 404:
        return None
    if status != 200:
        raise UserError("The board does not tell of its runs.", f"It answered {status}.", board_url(settings))
    run = json.loads(text)
    return AskedRun(ident, run["name"], run["notes"], tuple(run["tags"]))


def ask_board(settings: Settings, action: str, runs: Sequence[int], form: Mapping[str, str], token_file: Path | None) -> None:
    """Posts the form of the board's page for changes. Raises UserError where no board answers there, or it refuses."""
    body = urlencode([*(("run", str(run)) for run in runs), *form.items()])
    status, _ = _ask(settings, "POST", f"/manage/{action}", body, token_file)
    if status != 303:
        raise UserError("The board did not make the change.", f"It answered {status}.", board_url(settings))


def _ask(settings: Settings, method: str, path: str, body: str | None, token_file: Path | None) -> tuple[int, str]:
    """Status and text of the board's answer."""
    address = board_url(settings)
    host = address.removeprefix("http://").rstrip("/")
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    if token_file is not None:
        headers["Authorization"] = f"Bearer {token_file.read_text().split()[0] if token_file.stat().st_size else ''}"
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    try:
        if settings.uds:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(settings.uds)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except OSError as error:
        hint = "Name its address with --host and --port, or --uds, or stop it."
        raise UserError(
            "Another Lossboard has the database open, and does not answer here.", f"{error.strerror or error}.", address, hint
        ) from error
    finally:
        connection.close()
    if answer.status in (401, 403):
        hint = "Give an admin token with --token-file; `lossboard token create NAME --scope admin` makes one. Or use the page itself."
        raise UserError("The board did not make the change.", text[:500].strip() or "It asks for a login.", address, hint)
    return answer.status, text
