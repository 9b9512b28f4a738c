"""What who runs a board sees of it: lines on standard error, /healthz, /metrics and the status page; none of them tells a secret."""

import json
import logging
import os
import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Boards, RunningBoard
from tests.security.asking import ask
from tests.security.conftest import LOG, TOKENS, logs_in, prepare_tokens, wait_for_run
from webapp.logs import FIELDS, JsonLines, LogfmtLines

READ = {"Authorization": f"Bearer {TOKENS['read']}"}
FORMS = ("logfmt", "json")


@pytest.fixture(scope="module", params=FORMS)
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("operable")
    prepare_tokens(folder / "board.db")
    logs = logs_in(folder)
    (logs / "model.log").write_bytes(b"\x7fELF\0\0\0\0" * 100)
    boards = Boards(folder)
    board = boards(logs, options=(), LOSSBOARD_LOG_FORMAT=request.param, LOSSBOARD_LOG_REQUESTS="yes", LOSSBOARD_RESCAN_S="0.1")
    wait_for_run(board, READ)
    yield board
    boards.stop()


def lines_of(board: RunningBoard) -> list[dict[str, str]]:
    """The lines of the board's log as fields; its greeting is not among them."""
    lines = [line for line in board.output.read_text().splitlines() if line.startswith(("{", "time="))]
    if lines and lines[0].startswith("{"):
        return [json.loads(line) for line in lines]
    return [dict(part.partition("=")[::2] for part in shlex.split(line)) for line in lines]


def wait_for_request(board: RunningBoard, method: str) -> list[tuple[str, str, int]]:
    """Method, route and status of every request once one of `method` is among them: a line is written after its answer."""
    deadline = time.monotonic() + 20
    while True:
        found = [(line["method"], line["route"], int(line["status"])) for line in lines_of(board) if line["event"] == "request"]
        if method in {request[0] for request in found}:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_every_request_is_one_line_with_its_route_and_nothing_of_its_visitor(board: RunningBoard) -> None:
    """T51"""
    ask(
        board,
        "GET",
        "/runs/1?find=what-was-searched",
        {**READ, "Cookie": "lossboard=what-was-a-cookie", "Referer": "http://what.was/there"},
    )
    ask(board, "GET", "/login?once=what-was-a-code")
    ask(board, "GET", "/what/was/no/page", READ)
    ask(board, "WHATWAS", "/", READ)
    seen = wait_for_request(board, "other")
    assert ("GET", "/runs/{run_id}", 200) in seen
    assert ("GET", "/login", 403) in seen
    assert ("GET", "none", 404) in seen
    assert ("other", "none", 403) in seen
    assert all(float(line["ms"]) >= 0 for line in lines_of(board) if line["event"] == "request")
    said = board.output.read_text().lower()
    assert "what-was" not in said
    assert "what.was" not in said
    assert not [secret for secret in TOKENS.values() if secret in said]


def test_health_says_how_the_parts_do_and_names_nothing(board: RunningBoard) -> None:
    answer = ask(board, "GET", "/healthz")
    found = json.loads(answer.body)
    assert answer.status == 200
    assert found.keys() == {"status", "version", "ingest", "database", "disk"}
    assert (found["status"], found["database"], found["disk"]) == ("ok", "ok", "ok")


def test_metrics_are_what_prometheus_reads(board: RunningBoard) -> None:
    assert ask(board, "GET", "/metrics").status == 401
    answer = ask(board, "GET", "/metrics", READ)
    assert answer.headers["content-type"].startswith("text/plain")
    found = {family.name: family for family in text_string_to_metric_families(answer.body.decode())}
    single = {name: family.samples[0].value for name, family in found.items() if len(family.samples) == 1}
    assert single["lossboard_log_bytes"] == LOG.stat().st_size
    assert single["lossboard_points"] > 0
    assert single["lossboard_kept_bytes"] >= 0
    assert single["lossboard_logs_cut"] == 0
    assert single["lossboard_ingest_lag_bytes"] == 0
    assert {sample.labels["part"]: sample.value for sample in found["lossboard_fault"].samples} == {"ingest": 0, "database": 0, "disk": 0}
    routes = {sample.labels["route"] for sample in found["lossboard_request_seconds"].samples}
    assert "/api/v1/runs" in routes
    assert all(route == "none" or route.startswith("/") for route in routes)
    assert "process_resident_memory_bytes" in found


def test_the_status_page_names_each_source_and_each_file_that_is_not_read(board: RunningBoard) -> None:
    page = ask(board, "GET", "/status", READ).body.decode()
    row = re.search(r'<th scope="row"><a href="/runs/1">([^<]+)</a></th>\s*<td>(\w+)</td>', page)
    assert row is not None
    assert (Path(row[1]).name, row[2]) == ("train.log", "read")
    assert "model.log" in page
    assert str(board.database.parent / "logs") in page


def test_a_log_that_goes_away_is_named_with_the_reason(start_board: Callable[..., RunningBoard], tmp_path: Path) -> None:
    logs = logs_in(tmp_path)
    board = start_board(logs, LOSSBOARD_RESCAN_S="0.1", LOSSBOARD_POLL_S="0.1")
    board.wait_for("/status", r"<td>read</td>")
    (logs / "train.log").unlink()
    assert "train.log" in board.wait_for("/status", r"<td>missing</td>")


def test_a_database_that_cannot_be_read_is_told_and_the_board_stays_up(start_board: Callable[..., RunningBoard], tmp_path: Path) -> None:
    board = start_board(logs_in(tmp_path))
    board.wait_for("/api/v1/runs", '"id":1')
    os.truncate(board.database, 5000)
    Path(f"{board.database}-wal").write_bytes(b"")
    found = json.loads(board.wait_for("/healthz", "degraded"))
    assert found["status"] == "degraded"
    assert board.get("/status")[0] in (200, 503)


@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_text_is_one_line_without_control_characters_and_secrets(form: str) -> None:
    """T47"""
    lines = {"logfmt": LogfmtLines(), "json": JsonLines()}[form]
    text = 'a"b\\c=d\n\r\x1b]0;title\x07\u202e\x9b31m \udcff api_key=hidden'
    try:
        raise ValueError(text)
    except ValueError as error:
        record = logging.LogRecord("lossboard.x", logging.ERROR, __file__, 1, "read %s", (text,), (type(error), error, error.__traceback__))
    setattr(record, FIELDS, {"path": text, "ms": 1.5})
    line = lines.format(record)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)
    assert "hidden" not in line
    line.encode()
    if form == "json":
        assert json.loads(line)["ms"] == 1.5
