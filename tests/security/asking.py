"""Requests with exactly the bytes a test wants, over a real socket: no client library that repairs what is wrong."""

import http.client
import select
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.conftest import RunningBoard

ANSWER_S = 20
WAITS_S = 5  # without an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` are by lower-case name; status 0 means that the connection was closed without an answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(
    board: RunningBoard, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None, host: str | None = None
) -> Answer:
    """One request with exactly these headers; `body` adds its length."""
    address = urlsplit(board.url).netloc
    connection = http.client.HTTPConnection(address, timeout=ANSWER_S)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host if host is not None else address)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def send(board: RunningBoard, request: bytes) -> Answer:
    """These bytes, `{host}` being the board's own address; the stream is ended only where the board waits for more.

    Not ended at once: the board takes a stream that ends for a visitor who left, and drops the request.
    """
    address = urlsplit(board.url)
    request = request.replace(b"{host}", address.netloc.encode())
    with socket.create_connection((address.hostname, address.port), timeout=ANSWER_S) as connection:
        data = bytearray()
        try:
            connection.sendall(request)
            if not select.select([connection], [], [], WAITS_S)[0]:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                data += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass  # what was answered before counts
    return read_answer(bytes(data))


def read_answer(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    if not head:
        return Answer(0)
    first, *lines = head.split(b"\r\n")
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return Answer(int(first.split(b" ", 2)[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}, body)
