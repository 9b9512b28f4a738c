"""T55: requests that are broken on purpose, byte by byte over a socket: refused or cut off, never a fault of the board."""

import json
import zlib

import pytest

from tests.conftest import RunningBoard
from tests.security.asking import ask, send

HEAD = b"Host: {host}\r\nConnection: close\r\n"
DEEP = 100_000


def get(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HEAD + headers + b"\r\n"


def post(target: bytes, kind: bytes, body: bytes, headers: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST " + target + b" HTTP/1.1\r\n" + HEAD + b"Content-Type: " + kind + b"\r\n" + length + headers + b"\r\n" + body


def form(target: bytes, body: bytes, headers: bytes = b"") -> bytes:
    return post(target, b"application/x-www-form-urlencoded", body, headers)


def parts(target: bytes, *segments: bytes, boundary: bytes = b"xx") -> bytes:
    body = b"".join(b"--xx\r\n" + segment + b"\r\n" for segment in segments) + b"--xx--\r\n"
    return post(target, b"multipart/form-data; boundary=" + boundary, body)


def field(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    return b'Content-Disposition: form-data; name="' + name + b'"\r\n' + more + b"\r\n" + value


INT = b"9" * 400
REFUSED = {
    "bad UTF-8 in the path": get(b"/runs/%ff%fe"),
    "bad UTF-8 in a query value": get(b"/runs?q=%ff"),
    "bad UTF-8 in a query name": get(b"/runs?%ff=1"),
    "raw bytes in the path": get(b"/runs/\xff\xfe"),
    "overlong UTF-8 in the path": get(b"/%c0%ae%c0%ae/"),
    "a surrogate in the path": get(b"/runs/%ed%a0%80"),
    "NUL in the path": get(b"/runs/%00"),
    "NUL in the query": get(b"/runs?q=%00"),
    "NUL in a static name": get(b"/static/%00"),
    "a segment of 5,000 characters": get(b"/static/" + b"a" * 5000),
    "a segment of 300 characters": get(b"/runs/1/" + b"a" * 300),
    "a run of 400 digits": get(b"/runs/" + INT[:250]),
    "a run beyond 63 bits": get(b"/runs/9223372036854775808"),
    "a run that is negative": get(b"/runs/-1"),
    "a run far below zero": get(b"/runs/-" + INT[:30]),
    "an experiment far below zero": get(b"/experiments/-" + INT[:30] + b"/runs"),
    "a polled run beyond 63 bits": get(b"/runs/" + INT[:30] + b"/charts?seen=1"),
    "an upload far below zero": get(b"/uploads/-" + INT[:30]),
    "an API run far below zero": get(b"/api/v1/runs/-" + INT[:30] + b"/metrics"),
    "an experiment of 250 digits": get(b"/experiments/" + INT[:250]),
    "an upload of 250 digits": get(b"/uploads/" + INT[:250]),
    "an API run of 250 digits": get(b"/api/v1/runs/" + INT[:250]),
    "a limit of 400 digits": get(b"/api/v1/runs?limit=" + INT),
    "an offset of 400 digits": get(b"/api/v1/experiments?offset=" + INT),
    "an experiment filter of 400 digits": get(b"/api/v1/runs?experiment=" + INT),
    "a limit that is no number": get(b"/api/v1/runs?limit=ten"),
    "max_points of 400 digits": get(b"/api/v1/runs/1/metrics?max_points=" + INT + b"x"),
    "a range of NaN": get(b"/api/v1/runs/1/metrics?from=nan"),
    "a query of 20 KiB": get(b"/runs?q=" + b"a" * 20_000),
    "20,000 query parameters": get(b"/runs?" + b"a&" * 20_000),
    "a form of bad UTF-8": form(b"/login", b"token=%ff%fe"),
    "a form of raw bytes": form(b"/manage/tag", b"run=1&tags=\xff\xfe"),
    "a form with a name of bad UTF-8": form(b"/manage/tag", b"%ff=1"),
    "JSON of bad UTF-8": post(b"/login", b"application/json", b'{"token": "\xff"}'),
    "a form of an unknown charset": post(b"/login", b"application/x-www-form-urlencoded; charset=klingon", b"token=a"),
    "a multipart field of bad UTF-8": parts(b"/explain", field(b"text", b"\xff\xfe")),
    "a multipart field of an unknown charset": parts(b"/explain", field(b"text", b"a", b"Content-Type: text/plain; charset=klingon\r\n")),
    "a multipart boundary of bad UTF-8": parts(b"/explain", field(b"text", b"a"), boundary=b"\xff\xfe"),
    "a multipart form without a boundary": post(b"/explain", b"multipart/form-data", b"--xx\r\n"),
    "a multipart form that ends early": post(b"/explain", b"multipart/form-data; boundary=xx", b"--xx\r\nContent-Disp"),
    "2,000 multipart fields": parts(b"/explain", *[field(b"text%d" % i, b"a") for i in range(2000)]),
    "an upload with a boundary of bad UTF-8": parts(b"/uploads/new", field(b"log", b"a"), boundary=b"\xff\xfe"),
    "an upload without a boundary": post(b"/uploads/new", b"multipart/form-data", b"--xx\r\n"),
    "an upload that ends early": post(b"/uploads/new", b"multipart/form-data; boundary=xx", b"--xx\r\nContent-Disp"),
    "an upload in JSON": post(b"/uploads/new", b"application/json", b"{}"),
    "an upload of nothing": parts(b"/uploads/new"),
    "a gzipped form": form(b"/login", zlib.compress(b"token=a", wbits=31), b"Content-Encoding: gzip\r\n"),
    "a Content-Type of bad UTF-8": post(b"/login", b"\xff\xfe", b"token=a"),
    "a Content-Type of nothing": post(b"/login", b"", b"token=a"),
    "a Content-Length below 0": b"POST /login HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n",
    "two Content-Lengths": b"POST /login HTTP/1.1\r\n" + HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a Content-Length that is no number": b"POST /login HTTP/1.1\r\n" + HEAD + b"Content-Length: ten\r\n\r\n",
    "a Content-Length of 30 digits": b"POST /login HTTP/1.1\r\n" + HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "a bad chunk size": b"POST /login HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
    "an unknown transfer coding": b"POST /login HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: gzip\r\n\r\nab",
    "TRACE": b"TRACE / HTTP/1.1\r\n" + HEAD + b"\r\n",
    "CONNECT": b"CONNECT {host} HTTP/1.1\r\n" + HEAD + b"\r\n",
    "an unknown method": b"BREW / HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a method of bad bytes": b"\xff\xfe / HTTP/1.1\r\n" + HEAD + b"\r\n",
    "no method": b"\r\n\r\n / HTTP/1.1\r\n\r\n",
    "a header without a colon": get(b"/", b"nothing\r\n"),
    "a header name with a space": get(b"/", b"X A: b\r\n"),
    "NUL in a header": get(b"/", b"X-A: a\0b\r\n"),
    "headers of 100 KB": get(b"/", b"X-A: " + b"a" * 100_000 + b"\r\n"),
    "5,000 headers": get(b"/", b"X-A: b\r\n" * 5000),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
}
HARMLESS = {
    "a multipart part without a name": parts(b"/explain", b"Content-Disposition: form-data\r\n\r\na"),
    "HTTP/9.9": b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n",
    "a folded header": get(b"/", b"X-A: b\r\n c\r\n"),
    "a run of Arabic digits": get(b"/runs/%d9%a1"),
    "a cookie of bad UTF-8": get(b"/runs", b"Cookie: a=\xff\xfe; \xff=b\r\n"),
    "a cookie of nothing": get(b"/runs", b"Cookie: ;;;=;==\r\n"),
    "1,000 cookies": get(b"/runs", b"Cookie: " + b"; ".join(b"a%d=b" % i for i in range(1000)) + b"\r\n"),
    "a header of bad UTF-8": get(b"/runs", b"Accept-Language: \xff\xfe\r\nIf-None-Match: \xff\r\nHX-Request: \xff\r\n"),
    "an accepted type of bad UTF-8": get(b"/runs", b"Accept: \xff\xfe;q=x\r\n"),
    "an accepted coding of bad UTF-8": get(b"/runs", b"Accept-Encoding: \xff\xfe;q=x\r\n"),
    "an ETag of bad UTF-8": get(b"/runs/1/loss.svg", b"If-None-Match: \xff\xfe\r\n"),
    "a view of nonsense": get(b"/runs/1?x=%3Cscript%3E&smooth=nan&from=1e999&to=-inf&points=" + INT + b"&at=-1&hit=" + INT),
    "runs of nonsense": get(b"/compare?run=" + INT + b"&run=-1&run=%D9%A1&run=1&metric=" + b"a" * 3000),
    "a seen version of nonsense": get(b"/runs/1/charts?seen=" + INT),
    "a terminal of nonsense": get(b"/runs/1/terminal?after=" + INT + b"&shown=-1&before=x&seen=%E2%80%AE"),
    "a log from an offset of nonsense": get(b"/runs/1/log?offset=" + INT),
    "a search of nonsense": get(b"/runs?q=%27%22%5D%25_%5C&sort=%27%3B--&status=x&tag=%25&col=%27&page=" + INT),
    "a chart of nonsense": get(b"/runs/1/loss.svg?w=" + INT + b"&h=-1&theme=%3C"),
    "a page beyond the last": get(b"/runs?page=99999999"),
    "a negative page": get(b"/?page=-5"),
    "an explained run of nonsense": get(b"/explain?run=" + INT),
    "a lone surrogate in a form": form(b"/explain?run=1", b"text=a"),
    "deep JSON": post(b"/login", b"application/json", b"[" * DEEP + b"]" * DEEP),
    "a deep JSON log": parts(b"/explain", field(b"text", b"[" * DEEP + b"\n" + b'{"a":' * DEEP)),
    "a deep dict log": parts(b"/explain", field(b"text", b"{'loss': " + b"(" * DEEP)),
    "a log of a 400-digit step": parts(b"/explain", field(b"text", b"step " + INT + b" loss 1e" + INT)),
    "a format of nonsense": parts(
        b"/explain", field(b"text", b"loss 1"), field(b"format", b'name = "\xe2\x80\xae"\n[[line]]\nregex = "(("')
    ),
    "a format of deep TOML": parts(b"/explain", field(b"text", b"loss 1"), field(b"format", b"a = " + b"[" * DEEP)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_request_is_refused(opened: RunningBoard, name: str) -> None:
    answer = send(opened, REFUSED[name])
    assert answer.status == 0 or 300 <= answer.status < 500, answer


@pytest.mark.parametrize("name", HARMLESS)
def test_nonsense_is_no_fault_of_the_board(opened: RunningBoard, name: str) -> None:
    answer = send(opened, HARMLESS[name])
    assert 200 <= answer.status < 500, answer


NUL = {
    "the name of a run": form(b"/manage/edit", b"run=1&name=%00a"),
    "the notes of a run": form(b"/manage/edit", b"run=1&name=a&notes=b%00"),
    "one of many tags": form(b"/manage/tag", b"run=1&tags=a&tags=b%00c"),
    "the page to go back to": form(b"/manage/pin", b"run=1&back=/runs%00"),
    "the number of a run": form(b"/manage/pin", b"run=1%00"),
    "the name of an experiment": form(b"/experiments/1/manage/edit", b"name=%00a"),
    "a token": form(b"/login", b"token=a%00"),
    "a line to explain": parts(b"/explain", field(b"text", b"loss 1"), field(b"line", b"loss\0 1")),
    "a format to try": parts(b"/explain?run=1", field(b"format", b'name = "a\0"')),
    "the name of an upload": parts(
        b"/uploads/new", field(b"name", b"a\0"), b'Content-Disposition: form-data; name="log"; filename="a.log"\r\n\r\nstep 1 loss 2'
    ),
}


@pytest.mark.parametrize("name", NUL)
def test_a_field_with_a_nul_character_is_refused(opened: RunningBoard, name: str) -> None:
    """T53, T55"""
    answer = send(opened, NUL[name])
    assert answer.status == 400
    assert b"NUL character" in answer.body, answer.body


def test_a_pasted_log_may_hold_nul_characters(opened: RunningBoard) -> None:
    """T55: they are what a rotation leaves in a log."""
    answer = send(opened, parts(b"/explain", field(b"text", b"\0\0\0step 1 loss 2\nstep 2 loss 1\n")))
    assert answer.status in (200, 201), answer


def test_the_board_is_well_after_all_of_them(opened: RunningBoard) -> None:
    for request in (*REFUSED.values(), *HARMLESS.values()):
        send(opened, request)
    assert json.loads(ask(opened, "GET", "/healthz").body)["status"] == "ok"
    assert "Traceback" not in opened.output.read_text()
