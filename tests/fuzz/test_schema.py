"""T58: the JSON API and the pages against the board's own OpenAPI file: no made-up request is a fault of the board."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.conftest import Boards
from tests.security.conftest import Guarded, logs_in, prepare_tokens, wait_for_run

ANSWER_S = 30
FOR_NOBODY = ("/login", "/static/", "/healthz")


@pytest.fixture
def guarded(start_board: Boards, tmp_path: Path) -> Guarded:
    prepare_tokens(tmp_path / "board.db")
    found = Guarded(start_board(logs_in(tmp_path), options=()), tmp_path)
    wait_for_run(found.board, found.headers("read"))
    return found


@pytest.mark.parametrize("examples", [3, pytest.param(200, marks=pytest.mark.faults)])
def test_no_request_made_from_the_schema_is_a_fault(guarded: Guarded, examples: int, record_property) -> None:
    """Every operation by every method, as its owner and as nobody; what the API answers is of the form it promises."""
    board, owner = guarded.board, guarded.headers("admin")
    schema = schemathesis.openapi.from_url(board.url + "/schema/openapi.json", headers=owner)
    promised = [schemathesis.checks.CHECKS.get_one(name) for name in ("not_a_server_error", "response_schema_conformance")]
    tried, asked = set(), 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy())
        def run(case) -> None:
            nonlocal asked
            asked += 1
            if not case.path.startswith(FOR_NOBODY):
                assert case.call(timeout=ANSWER_S, allow_redirects=False).status_code in (400, 401, 403), (case.method, case.path)
            answer = case.call(headers=owner, timeout=ANSWER_S, allow_redirects=False)
            assert answer.status_code < 500, (case.method, case.path, case.query)
            if case.path.startswith("/api/") and answer.status_code == 200:
                case.validate_response(answer, checks=promised)

        run()
        tried.add((operation.method.upper(), operation.path))
    record_property("reached", f"{asked:,} requests to {len(tried)} operations, no answer of 500")
    assert {method for method, _ in tried} == {"GET", "POST"}
    assert len(tried) > 30
    assert "Traceback" not in board.output.read_text()
