"""The reading process: takes jobs on standard input, answers with slices on standard output, ends when its input ends.

Started as `python -P -m webapp.ingest.worker`, so that it holds the parser and numpy and nothing of the web server. It keeps the parsers of
the logs it read last; a kept parser is used only for the very source and offset at which it was left, and otherwise made anew from its
state, which the streaming law makes the same.
"""

import os
import select
import signal
import traceback
from collections import OrderedDict
from typing import BinaryIO

import msgspec

from parser.log import LogParser
from webapp.ingest.messages import LENGTH, Answer, Failure, Job, Slice, encode_arrays
from webapp.ingest.slices import read_slice, with_formats
from webapp.memory import give_back, keep_little

KEPT = 256  # parsers, each some ten KB
REST_S = 5.0  # without a job; then what a large log took is handed back


def main() -> None:
    """Serves jobs until the server goes away."""
    keep_little()
    # Ctrl-C, systemd and the end of a terminal reach the whole group; the server ends us by closing our input
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    jobs = os.fdopen(0, "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # nothing that prints may get between the messages
    serve(jobs, answers)


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    decoder = msgspec.msgpack.Decoder(Job)
    encoder = msgspec.msgpack.Encoder(enc_hook=encode_arrays)
    parsers: OrderedDict[tuple[int, int], LogParser] = OrderedDict()
    while head := _next(jobs):
        job = decoder.decode(_read(jobs, int.from_bytes(head, "big")))
        answer: Answer | Failure
        try:
            answer = Answer(answer_job(job, parsers))
        except Exception:
            answer = Failure(traceback.format_exc())
        message = encoder.encode(answer)
        _write(answers, len(message).to_bytes(LENGTH, "big") + message)


def answer_job(job: Job, parsers: "OrderedDict[tuple[int, int], LogParser]") -> Slice:
    """The slice of a job, with the parser left there by the job before where there is one."""
    kept = parsers.pop((job.source, job.mark.offset), None)
    result, parser = read_slice(job, kept)
    if parser is not None:
        parsers[job.source, result.mark.offset] = parser
        while len(parsers) > KEPT:
            parsers.popitem(last=False)
    elif kept is not None and result.parsed is None:
        parsers[job.source, job.mark.offset] = kept
    return with_formats(result, job.formats)


def _next(jobs: BinaryIO) -> bytes:
    """The head of the next job; b"" at the end of the input."""
    if not select.select([jobs], [], [], REST_S)[0]:
        give_back()
    return _read(jobs, LENGTH)


def _read(file: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes; b"" at the end of the input."""
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts) if not size else b""


def _write(file: BinaryIO, message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[file.write(view) :]


if __name__ == "__main__":
    main()
