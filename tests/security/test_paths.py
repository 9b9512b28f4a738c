"""T54: addresses that lead elsewhere, on every route, as bytes on the wire: a client library would clean them up."""

import pytest

from tests.security.asking import send
from tests.security.conftest import Guarded
from tests.security.routes import ROUTES

UP = ("..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "..;", "%c0%ae%c0%ae", "%uff0e%uff0e", "..%20", "%2e%2e%20", "...", "..%01")
SLASH = ("/", "%2f", "%5c", "\\", "%252f", "%c0%af", "//")
TARGETS = [up + slash + up + slash + "etc" + slash + "passwd" for up in UP for slash in SLASH]
TARGETS += ["/etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", "C:\\windows", "%00", "a%00.svg", "~root", "$HOME", "a" * 5000]
PLACES = sorted({route.example.partition("?")[0].rstrip("/") for route in ROUTES if route.method == "GET"})


def check(guarded: Guarded, place: str, targets: list[str]) -> None:
    before = {path for path in guarded.folder.rglob("*") if not path.name.startswith("board")}
    token = guarded.headers("admin")["Authorization"]
    for target in targets:
        request = f"GET {place}/{target} HTTP/1.1\r\nHost: {{host}}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
        answer = send(guarded.board, request.encode())
        assert answer.status in (0, 400, 404, 405, 414), (place, target, answer.status)
        assert b"root:" not in answer.body
    assert {path for path in guarded.folder.rglob("*") if not path.name.startswith("board")} == before


@pytest.mark.parametrize("place", PLACES)
def test_no_address_below_a_route_leads_to_a_file(guarded: Guarded, place: str) -> None:
    shift = PLACES.index(place) % 9
    check(guarded, place, TARGETS[shift::9])


@pytest.mark.faults
@pytest.mark.parametrize("place", PLACES)
def test_no_address_of_all_below_a_route_leads_to_a_file(guarded: Guarded, place: str) -> None:
    check(guarded, place, TARGETS)
