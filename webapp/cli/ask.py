"""Asks the board that runs to do what a command may not: it has the database for itself."""

import http.client
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from webapp.errors import UserError
from webapp.server import board_url
from webapp.settings import Settings

PATIENCE_S = 30.0


def ask_board(settings: Settings, action: str, runs: Sequence[int], form: Mapping[str, str], token_file: Path | None) -> None:
    """Posts the form of the board's page for changes. Raises UserError where no board answers there, or it refuses."""
    address = board_url(settings)
    host = address.removeprefix("http://").rstrip("/")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if token_file is not None:
        headers["Authorization"] = f"Bearer {token_file.read_text().split()[0] if token_file.stat().st_size else ''}"
    body = urlencode([*(("run", str(run)) for run in runs), *form.items()])
    connection = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    try:
        connection.request("POST", f"/manage/{action}", body, headers)
        answer = connection.getresponse()
        words = answer.read(500).decode("utf-8", "replace")
    except OSError as error:
        hint = "Name its address with --host and --port, or stop it."
        raise UserError(
            "Another Lossboard has the database open, and does not answer here.", f"{error.strerror or error}.", address, hint
        ) from error
    finally:
        connection.close()
    if answer.status in (401, 403):
        hint = "Give an admin token with --token-file; `lossboard token create NAME --scope admin` makes one. Or use the page itself."
        raise UserError("The board did not make the change.", words.strip() or "It asks for a login.", address, hint)
    if answer.status != 303:
        raise UserError("The board did not make the change.", f"It answered {answer.status}.", address)
