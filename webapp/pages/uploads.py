"""A log that is dropped, chosen or pasted on the page becomes a run."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from webapp import urls
from webapp.board import Board, TheBoard
from webapp.pages.fields import check_fields
from webapp.pages.render import html
from webapp.store import lists
from webapp.store.experiments import folder_of
from webapp.store.sources import NewSource, get_source
from webapp.uploads import MIB, MOST_BYTES, Incoming, UploadError, label_of, uploads_folder

AnyRequest = Request[Any, Any, Any]
FIELDS = ("name", "experiment")
FIELD_BYTES = 1000
MOST_FILES = 100
SILENCE_S = 30.0  # without a byte the upload is given up
WHOLE_S = 3600.0  # a gigabyte at 300 kB/s
SHOWN_S = 3.0  # how long the answer waits for the run
DEFAULT_EXPERIMENT = "Uploads"


@dataclass(frozen=True, slots=True)
class UploadPage:
    """`/uploads`: the form, after an upload that was refused with the reason and what was filled in."""

    template: ClassVar[str] = "uploads.html"
    title: str
    experiments: tuple[str, ...]
    most: str
    fault: str
    refused: UploadError | None = None
    experiment: str = ""
    name: str = ""
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """`/uploads/{id}`: the log is here, its run not yet."""

    template: ClassVar[str] = "waiting.html"
    title: str
    name: str
    source_id: int
    fault: str
    refresh: bool = True


@dataclass(slots=True)
class Received:
    """What one request brought: the logs with their labels, and the fields of the form."""

    logs: list[tuple[Incoming, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def discard(self) -> None:
        for incoming, _ in self.logs:
            incoming.discard()


@get("/uploads", sync_to_thread=True)
def show_uploads(board: TheBoard) -> Response[Any]:
    return html(upload_page(board))


def upload_page(board: Board) -> UploadPage:
    names = tuple(lists.experiment_names(board.database))
    return UploadPage("Upload a log", names, f"{MOST_BYTES // MIB // 1024} GiB", board.ingest.fault)


@get("/uploads/{source_id:int}", sync_to_thread=True)
def show_upload(board: TheBoard, request: AnyRequest, source_id: FromPath[int]) -> Response[Any]:
    """Leads to the run as soon as there is one."""
    source = get_source(board.database, source_id) if 0 < source_id < 2**62 else None
    if source is None:
        raise NotFoundException(f"There is no upload {source_id}.")
    if source.run_id is None:
        return html(WaitingPage(f"Reading {source.run_name}", source.run_name, source_id, board.ingest.fault))
    if "hx-request" in request.headers:
        return Response(b"", headers={"HX-Redirect": urls.run(source.run_id)})
    return Redirect(urls.run(source.run_id), status_code=303)


@post("/uploads/new", request_max_body_size=None, status_code=303)
async def take_uploads(board: TheBoard, request: AnyRequest) -> Response[Any]:
    """Streams every log of the form to disk, hands them to the reader, and leads to the run; several lead to their experiment."""
    received = Received()
    try:
        async with asyncio.timeout(WHOLE_S):
            await receive(board, request, received)
        check_fields(received.fields.values())
        if not received.logs:
            raise UploadError(400, "Nothing was uploaded.", "The form held no file and no text.", "Choose a log, or paste its text.")
        for incoming, _ in received.logs:
            incoming.close()
    except (UploadError, TimeoutError) as error:
        received.discard()
        refused = (
            error
            if isinstance(error, UploadError)
            else UploadError(408, "The upload took too long.", f"It is given up after {WHOLE_S:g} s.")
        )
        page = await asyncio.to_thread(upload_page, board)
        filled = {name: received.fields.get(name, "")[:200] for name in FIELDS}
        return html(replace(page, refused=refused, **filled), status=refused.status)
    except BaseException:
        received.discard()
        raise
    return await make_runs(board, received)


async def receive(board: Board, request: AnyRequest, received: Received) -> None:
    """Reads the body of the form, in steps that let other requests in between."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise UploadError(415, "This is no form with a file.", hint="Send multipart/form-data, as `curl -F log=@train.log` does.")
    folder = uploads_folder(board.database.path)
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=MOST_FILES, max_segment_size=MOST_BYTES, strict=True) as parser:
            segment, text, incoming = None, b"", None
            async for chunk in chunks(request):
                for event in parser.parse(chunk):
                    if isinstance(event, MultipartSegment):
                        segment, text, incoming = event, b"", None
                    elif event is not None and segment is not None and segment.name in FIELDS:
                        text += event[: FIELD_BYTES - len(text)]
                    elif event is not None and segment is not None:
                        if incoming is None:
                            incoming = Incoming(folder)
                            received.logs.append((incoming, label_of(segment.filename or "")))
                        await asyncio.to_thread(incoming.write, bytes(event))
                    elif segment is not None and segment.name in FIELDS:
                        received.fields[segment.name] = text.decode("utf-8", "replace").strip()
    except (MultipartError, UnicodeError) as error:
        raise UploadError(400, "The upload is damaged.", f"{error}.", "Try it again.") from error


async def chunks(request: AnyRequest) -> AsyncIterator[bytes]:
    """The body as it comes. A body that says it is too long is refused before it is read, a client that falls silent is given up."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > MOST_BYTES:
        raise UploadError(413, "The upload is too large.", f"One request may bring {MOST_BYTES // MIB:,} MiB.", "Pack it with gzip.")
    total = 0
    stream = request.stream()
    while True:
        async with asyncio.timeout(SILENCE_S):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        total += len(chunk)
        if total > MOST_BYTES:
            raise UploadError(413, "The upload is too large.", f"One request may bring {MOST_BYTES // MIB:,} MiB.", "Pack it with gzip.")
        if chunk:
            yield chunk


async def make_runs(board: Board, received: Received) -> Response[Any]:
    experiment = received.fields.get("experiment", "")[:200] or DEFAULT_EXPERIMENT
    folder = await asyncio.to_thread(folder_of, board.database, experiment)
    folder = folder or bytes(uploads_folder(board.database.path) / experiment.replace("/", "_"))
    name = received.fields.get("name", "")[:200]
    sources = []
    for number, (incoming, label) in enumerate(received.logs):
        run_name = (name if len(received.logs) == 1 else f"{name} {number + 1}") if name else label
        new = NewSource(bytes(incoming.path), folder, experiment, run_name, incoming.written)
        sources.append(await board.ingest.adopt(new, incoming.part, SHOWN_S if number == len(received.logs) - 1 else 0.0))
    last = sources[-1]
    if last.run_id is None:
        return Redirect(urls.upload(last.id), status_code=303)
    if len(sources) == 1:
        return Redirect(urls.run(last.run_id), status_code=303)
    run = (await asyncio.to_thread(lists.read_runs, board.database, [last.run_id]))[0]
    return Redirect(urls.experiment(run.experiment_id), status_code=303)
