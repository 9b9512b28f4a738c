"""T58: the JSON API and the pages against the board's own OpenAPI file: no made-up request is a fault of the board."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.conftest import RunningBoard

ANSWER_S = 10


@pytest.mark.faults
def test_no_request_made_from_the_schema_is_a_fault(open_board: RunningBoard) -> None:
    import schemathesis  # here, because it comes with the extra `fuzz` and takes a second to load

    schema = schemathesis.openapi.from_url(open_board.url + "/schema/openapi.json")
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.method.upper() == "GET":

            @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None)
            @given(operation.as_strategy())
            def run(case) -> None:
                answer = case.call(timeout=ANSWER_S)
                assert answer.status_code < 500, (case.method, case.path, case.query)

            run()
            tried.append(operation.path)
    assert len(tried) > 10
