"""Bytes out of a pipe or a terminal into the log and on to the reader, where the command does not write the log itself.

The log comes first and never stops the flow: what cannot be written is left out, at line ends, and said once. What the reader does not take
is dropped for a terminal that stands still (the log has it all), and waited for in a pipe, as the command itself would wait.

A log of limited size goes on in a new file, from a line's end, when it is half as long as it may be; the file before it is kept. It is
never emptied, so a board that reads it loses nothing unless it is that far behind.
"""

import contextlib
import os
import select
import stat
from collections.abc import Callable

from webapp.wrapper.spool import Spool, part_path

READ_BYTES = 64 * 1024
WRITE_BYTES = 4096  # PIPE_BUF: a pipe that is writable takes so much at once
BACKLOG_BYTES = 1024 * 1024  # what a terminal that stands still may be behind before output is dropped


class Outlet:
    """Where output goes on to: a terminal or a pipe of somebody else's, never made non-blocking, never waited for.

    lossy   drop what is more than BACKLOG_BYTES behind, instead of being `full`
    broken  the reader has gone
    """

    def __init__(self, fd: int, *, lossy: bool) -> None:
        self.fd = fd
        self.lossy = lossy
        self.broken = False
        self.backlog = bytearray()
        self._writable = select.poll()
        self._writable.register(fd, select.POLLOUT)
        self._at_once = READ_BYTES if stat.S_ISREG(os.fstat(fd).st_mode) else WRITE_BYTES

    @property
    def full(self) -> bool:
        return bool(self.backlog) and not self.lossy

    def add(self, data: bytes) -> None:
        if not self.broken and not (self.lossy and len(self.backlog) + len(data) > BACKLOG_BYTES):
            self.backlog += data
            self.write()

    def write(self) -> None:
        """Writes what is taken without waiting."""
        taken = 0
        while taken < len(self.backlog):
            try:
                if not self._writable.poll(0):
                    break
                taken += os.write(self.fd, self.backlog[taken : taken + self._at_once])
            except BlockingIOError:
                break
            except OSError:
                self.close()
                return
        del self.backlog[:taken]

    def close(self) -> None:
        """Gives up: nothing more goes there."""
        self.broken = True
        self.backlog.clear()


class LogWriter:
    """Appends to a log whose disk may be full. Lines that do not fit are left out whole: half a number would be a wrong one.

    `trouble` is told the first fault. Nobody else may write to the log.
    """

    def __init__(self, spool: Spool, trouble: Callable[[OSError], None]) -> None:
        self.spool = spool
        self.fd = spool.fd
        self._part = spool.limit // 2  # size from which the log goes on in a new file
        self._size = os.fstat(self.fd).st_size
        self._whole = self._size  # the log is good up to here: a line or a redraw ended
        self._torn = False  # what is behind that has to go before anything else is written
        self._skip = False  # the line that is coming has lost its beginning
        self._trouble: Callable[[OSError], None] | None = trouble

    def write(self, data: bytes) -> None:
        end = data.find(b"\n") + 1 if self._part and self._size >= self._part else 0
        if end:
            self._append(data[:end])
            if not self._torn:
                self._begin_part()
        if end < len(data):
            self._append(data[end:])

    def _append(self, data: bytes) -> None:
        if self._skip:
            end = data.find(b"\n") + 1
            if not end:
                return
            data, self._skip = data[end:], False
        written = 0
        try:
            self._cut()
            while written < len(data):
                written += os.write(self.fd, data[written:] if written else data)
        except OSError as error:
            self._torn, self._skip = True, not data.endswith(b"\n")
            self._complain(error)
        end = max(data.rfind(b"\n", 0, written), data.rfind(b"\r", 0, written)) + 1
        self._whole = self._size + end if end else self._whole
        self._size += written
        with contextlib.suppress(OSError):  # tried again before anything else is written
            self._cut()

    def _begin_part(self) -> None:
        """The log gets another name, an empty one its own. Where that cannot be done, it grows on."""
        log = self.spool.log
        fresh = log.with_name(f".{log.name}.{os.getpid()}")
        try:
            fd = os.open(fresh, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                log.replace(part_path(log))
                fresh.replace(log)
                os.dup2(fd, self.fd, inheritable=False)
            finally:
                os.close(fd)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            self._complain(error)
            return
        self._size = self._whole = 0

    def _complain(self, error: OSError) -> None:
        if self._trouble:
            self._trouble(error)
            self._trouble = None

    def _cut(self) -> None:
        """Takes a torn line off the end."""
        if self._torn:
            os.ftruncate(self.fd, self._whole)
            self._size, self._torn = self._whole, False


class Newlines:
    """Undoes what a terminal does to a newline: it is written as \\r\\n, and the log gets it back as \\n."""

    def __init__(self) -> None:
        self.held = b""
        self._shown = False  # the reader has the return that is held

    def restore(self, data: bytes, *, raw: bool) -> tuple[bytes, bytes]:
        """What the log gets of `data`, and what the reader's terminal gets, which adds returns of its own unless it is in raw mode.

        The log is without the returns that the command's terminal put in; one at the very end of `data` waits for what follows, b"" is the
        end.
        """
        before, joined = self.held, self.held + data
        self.held = b"\r" if data and joined.endswith(b"\r") else b""
        text = joined[: len(joined) - len(self.held)].replace(b"\r\n", b"\n")
        screen = before + data if raw else text
        if self._shown:
            screen = screen.removeprefix(before)
        self._shown = raw and bool(self.held)
        return text, screen
