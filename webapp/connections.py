"""How long the board waits for a visitor, connection by connection: the rest of a head, of a body, the taking of an answer.

uvicorn waits for ever in all three, and a connection that says nothing takes a descriptor, so some thousand silent ones would keep
everybody else out. Here they have a limit, and the longest silent leaves; requests being answered are counted by the guard.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # from the first moment to the end of a request's head
BODY_S = 30.0  # between two pieces of a body
TAKE_S = 60.0  # for a visitor to take what fills the buffers
MOST_SILENT = 400  # connections on which no request is being answered


class Connection(H11Protocol):
    """One visitor's connection, which is given up when its visitor stands still."""

    silent: dict["Connection", None] = {}  # noqa: RUF012 of the process, like the set of uvicorn; the longest silent first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._note()
        if len(self.silent) > MOST_SILENT:
            next(iter(self.silent)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.silent.pop(self, None)
        for timer in (self._patience, self._taking):
            if timer:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(TAKE_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking:
            self._taking.cancel()
            self._taking = None

    def _note(self) -> None:
        """Counts the connection among the silent or the answered, and sets how long it may take over what is to come."""
        if self.transport.is_closing():
            return
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self.silent.pop(self, None)
        else:
            self.silent[self] = None
        coming: Any = self.conn.their_state
        if coming is h11.SEND_BODY:
            self._wait(BODY_S)
        elif coming is not h11.IDLE:
            self._wait(None)
        elif self._patience is None:
            self._wait(HEAD_S)

    def _wait(self, seconds: float | None) -> None:
        if self._patience:
            self._patience.cancel()
        self._patience = None if seconds is None else self.loop.call_later(seconds, self._lose_patience)

    def _lose_patience(self) -> None:
        """Nothing came in time, or we did not read it."""
        self._patience = None
        if self.transport.is_reading():
            self.transport.abort()
        else:
            self._wait(BODY_S)
