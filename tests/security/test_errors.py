"""T55: whose fault an error is: the visitor's where the request could not be read, else ours; a database that is away is neither."""

import asyncio
from typing import Annotated

import httpx
from litestar import Litestar, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException
from litestar.params import Body, JSONBody

from webapp.errors import UserError
from webapp.pages import errors
from webapp.store.faults import StorageError


@post("/json")
async def read_json(data: JSONBody[dict[str, str]]) -> str:
    return ",".join(data)


@post("/form")
async def read_form(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.MULTI_PART)]) -> str:
    return ",".join(data)


@get("/wrong")
async def go_wrong() -> str:
    return {}["nothing"]


@get("/answer")
async def answer_wrong() -> dict[str, object]:
    return {"what no JSON can say": object()}


@get("/away")
async def be_away() -> str:
    raise StorageError("The disk is full.", "SQLITE_FULL", "/secret/board.db", "Free some space.")


@get("/asked")
async def ask_wrong() -> str:
    raise UserError("There is no such thing.", "It was never made.")


APP = Litestar(
    [read_json, read_form, go_wrong, answer_wrong, be_away, ask_wrong],
    openapi_config=None,
    logging_config=None,
    exception_handlers={
        HTTPException: errors.show_http_error,
        UserError: errors.show_user_error,
        **dict.fromkeys(errors.UNREADABLE, errors.show_unreadable),
        Exception: errors.show_server_error,
    },
)


def call(method: str, path: str, **request: object) -> httpx.Response:
    async def inner() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=APP), base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **request)  # type: ignore[arg-type]

    return asyncio.run(inner())


def test_a_request_that_cannot_be_read_is_the_visitors_fault(caplog) -> None:
    part = b'--xx\r\nContent-Disposition: form-data; name="a"\r\n%s\r\n%s\r\n--xx--\r\n'
    for path, kind, body in (
        ("/json", b"application/json", b'{"a": "\xff"}'),
        ("/json", b"application/json", b"[" * 100_000),
        ("/form", b"multipart/form-data; boundary=xx", part % (b"", b"\xff\xfe")),
        ("/form", b"multipart/form-data; boundary=xx", part % (b"Content-Type: text/plain; charset=klingon\r\n", b"b")),
        ("/form", b"multipart/form-data; boundary=\xff", part % (b"", b"b")),
    ):
        assert call("POST", path, content=body, headers=[(b"content-type", kind)]).status_code == 400, (kind, body[:40])
    assert not caplog.records


def test_a_mistake_of_a_handler_is_ours_and_is_logged(caplog) -> None:
    for path in ("/wrong", "/answer"):
        answer = call("GET", path)
        assert answer.status_code == 500
        assert "nothing" not in answer.text
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_a_database_that_is_away_is_told_and_comes_back(caplog) -> None:
    answer = call("GET", "/away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "The disk is full. Free some space." in answer.text
    assert "/secret" not in answer.text
    asked = call("GET", "/asked")
    assert asked.status_code == 400
    assert "There is no such thing. It was never made." in asked.text
