"""The server's end of the reading process: starts it with a job, sends one at a time, starts it anew if it died, ends it when logs rest.

A pool of `concurrent.futures` was the alternative; it re-imports the server's main module in the child and starts two more processes,
15 MB together.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import msgspec

from webapp.ingest.messages import LENGTH, Answer, Failure, Job, Slice, decode_arrays
from webapp.memory import give_back

COMMAND = (sys.executable, "-P", "-m", "webapp.ingest.worker")
STREAM_LIMIT = 1 << 20
TRIES = 2
SLICE_S = 60.0  # for one slice, which takes 0.2 s; patterns of users' formats have a limit of their own (`parser.formats.patience`)
REST_S = 60.0  # without a job; then the process ends, and with it 25 MB. Starting it again takes 0.2 s


class ReadingFailedError(Exception):
    """The reading process failed on a log, twice if it died: a mistake of ours, or too little memory."""


class ReadingTooLongError(ReadingFailedError):
    """One slice took so long that the process was ended, so that other logs have their turn."""


class Reader:
    """Reads slices in a process of its own."""

    def __init__(self, rest_s: float = REST_S, slice_s: float = SLICE_S) -> None:
        self.rest_s = rest_s
        self.slice_s = slice_s
        self._process: Process | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._spoiled = False
        self._turn = asyncio.Lock()
        self._decoder = msgspec.msgpack.Decoder(Answer | Failure, dec_hook=decode_arrays)

    @property
    def pid(self) -> int | None:
        """The reading process, if it runs."""
        return self._process.pid if self._process else None

    async def read(self, job: Job) -> Slice:
        """The slice of a job. Raises ReadingFailedError."""
        message = msgspec.msgpack.encode(job)
        async with self._turn:
            if self._resting:
                self._resting.cancel()
            if self._spoiled or (self._process and self._process.returncode is not None):
                await self._end()
            for _ in range(TRIES):
                process = self._process or await self._start()
                try:
                    async with asyncio.timeout(self.slice_s):
                        answer = await self._ask(process, message)
                except TimeoutError:
                    process.kill()
                    await self._end()
                    raise ReadingTooLongError(f"Reading the next part of it took longer than {self.slice_s:g} s.") from None
                except (asyncio.IncompleteReadError, OSError, RuntimeError):  # uvloop's answer to a closed pipe is a RuntimeError
                    await self._end()
                    continue
                except asyncio.CancelledError:
                    self._spoiled = True  # its answer would be taken for that of the next job
                    process.kill()
                    raise
                if isinstance(answer, Failure):
                    raise ReadingFailedError(answer.text)
                self._resting = asyncio.get_running_loop().call_later(self.rest_s, self._rest)
                return answer.slice
        raise ReadingFailedError("The reading process died twice while it read this log.")

    def _rest(self) -> None:
        self._ending = asyncio.create_task(self.close())
        give_back()

    async def close(self) -> None:
        """Ends the process; the next job starts another."""
        async with self._turn:
            if self._resting:
                self._resting.cancel()
            await self._end()

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, limit=STREAM_LIMIT)
        return self._process

    async def _ask(self, process: Process, message: bytes) -> Answer | Failure:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(len(message).to_bytes(LENGTH, "big") + message)
        await process.stdin.drain()
        size = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
        answer: Answer | Failure = self._decoder.decode(await process.stdout.readexactly(size))
        return answer

    async def _end(self) -> None:
        process, self._process, self._spoiled = self._process, None, False
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 2)
        except TimeoutError:
            process.kill()
            await process.wait()
