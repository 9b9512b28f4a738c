"""Runs the board under uvicorn: its socket, its limits, its way down. The only module that knows the server.

The socket, that of an address or a Unix one, is opened before the application is imported, so that a port in use is told at once, and
port 0 becomes the real one before the guard learns its host names. h11 parses the requests: it caps headers, which httptools does not.
One process: there is one writer.
"""

import asyncio
import errno
import gc
import ipaddress
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from webapp.errors import UserError
from webapp.memory import keep_little
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.board import Board

HEADER_BYTES = 32 * 1024  # more in one request's head ends the connection
BACKLOG = 128
KEEP_ALIVE_S = 5
SHUTDOWN_S = 10  # answers under way get this long after Ctrl-C

Announce = Callable[["Board"], Awaitable[None]]


def run_board(settings: Settings, announce: Announce, *, any_port: bool = False) -> None:
    """Serves until SIGINT, SIGTERM or the end of its terminal, then leaves with SystemExit(0).

    `announce` runs beside the server as soon as it answers. With `any_port` a free port is taken where the one of the settings is in use.
    Raises UserError where address, database or settings cannot be used.
    """
    check_access(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # set aside by nohup
        signal.signal(signal.SIGHUP, hang_up)
    if settings.uds:
        with unix_socket(Path(settings.uds)) as listener:
            serve(settings, listener, announce)
        return
    try:
        listener = open_socket(settings.host, settings.port)
    except UserError:
        if not any_port:
            raise
        listener = open_socket(settings.host, 0)
    with listener:
        serve(replace(settings, port=listener.getsockname()[1]), listener, announce)


def serve(settings: Settings, listener: socket.socket, announce: Announce) -> None:
    keep_little()
    gc.disable()  # until the application stands: what importing makes stays, and looking through it costs a tenth of a start
    import uvicorn  # here, so that a wrong setting or a port in use is told without it

    from webapp.app import create_app
    from webapp.connections import Connection
    from webapp.logs import set_up

    set_up(settings.log_format)

    class BoardServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.announcing = asyncio.ensure_future(announce(app.board))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self.announcing.cancel()
            await super().shutdown(sockets)

    app = create_app(settings)
    gc.freeze()  # kept for good, so no later collection looks through it, and no answer waits for that
    gc.enable()
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=HEADER_BYTES,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
    )
    BoardServer(config).run(sockets=[listener])


def leave(number: int, frame: FrameType | None) -> NoReturn:
    """What a signal does before uvicorn listens to signals, and again after its shutdown: a clean end."""
    raise SystemExit(0)


def hang_up(number: int, frame: FrameType | None) -> None:
    """The terminal has gone: an end as by SIGTERM, to which uvicorn listens once it runs."""
    signal.raise_signal(signal.SIGTERM)


def open_socket(host: str, port: int) -> socket.socket:
    """A bound socket. Raises UserError where the address is not ours or not free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        raise UserError(f"The address {host} is unknown.", error.strerror, hint="Give --host an address of this machine.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise unusable_address(host, port, error) from error
    return listener


@contextmanager
def unix_socket(path: Path) -> Iterator[socket.socket]:
    """A socket at `path` that only this user may connect to, taken away at the end. Raises UserError where there can be none."""
    listener = socket.socket(socket.AF_UNIX)
    with listener:
        try:
            if path.is_socket() and not answers(path):
                path.unlink()  # of a board that was killed
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(BACKLOG)  # not before: until then nobody connects
        except OSError as error:
            hint = "Is a board running already? Choose another path, of at most 100 bytes, in a folder that is yours."
            raise UserError("The board cannot listen on this socket.", f"{error.strerror or error}.", str(path), hint) from error
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def answers(path: Path) -> bool:
    """Whether a program listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as visitor:
        try:
            visitor.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True


def unusable_address(host: str, port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        hint = "Is a board running already? Open it, or choose another port: --port 0 takes a free one."
        return UserError(f"Port {port} is in use.", "Another program listens there.", f"{host}:{port}", hint)
    if error.errno == errno.EACCES:
        return UserError(f"Port {port} may not be used.", "Ports below 1024 belong to root.", f"{host}:{port}", "Choose a higher --port.")
    hint = "Give --host an address of this machine."
    return UserError(f"The board cannot listen on {host}.", error.strerror or str(error), f"{host}:{port}", hint)


def check_access(settings: Settings) -> None:
    """Refuses a board without login on an address that other machines reach."""
    if not settings.token_required and not settings.uds and not is_loopback(settings.host):
        raise UserError(
            "A board that other machines reach has to ask for a login.",
            f"{settings.host} is not a loopback address.",
            hint="Leave --no-token out, or listen on 127.0.0.1.",
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def board_url(settings: Settings) -> str:
    """The address to open on this machine; of a Unix socket that of the port which is forwarded to it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}/" if ":" in host and not host.startswith("[") else f"http://{host}:{settings.port}/"
