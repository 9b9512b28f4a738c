"""Logs that arrive over HTTP become runs; what is too much, broken or no log is refused and leaves nothing behind."""

import gzip
import http.client
import json
import random
import re
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import LOGS, Boards, RunningBoard
from webapp.uploads import Incoming, UploadError

LOG = (LOGS / "trl" / "trl-sft-redir.log").read_bytes()
NOISE = random.Random(1).randbytes(100_000)
EDGE = "----edge"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    boards = Boards(tmp_path_factory.mktemp("uploads"))
    yield boards()
    boards.stop()


def part(name: str, value: bytes, filename: str | None = None) -> bytes:
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    return head.encode() + b"\r\n\r\n" + value + b"\r\n"


def send(board: RunningBoard, body: bytes, headers: dict[str, str] | None = None, to: str = "/uploads/new") -> tuple[int, str, str]:
    """Status, Location and body of a form that is sent; the body is sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=30)
    sent = {"Content-Type": f"multipart/form-data; boundary={EDGE}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"} | (
        headers or {}
    )
    connection.request("POST", to, body, sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers.get("location", ""), text


def upload(board: RunningBoard, *parts: bytes) -> tuple[int, str, str]:
    """Status, Location and body, once what was uploaded has been read: a slow machine leads to a page that waits for that."""
    status, location, text = send(board, b"".join(parts) + f"--{EDGE}--\r\n".encode())
    deadline = time.monotonic() + 60
    while location.startswith("/uploads/"):
        assert time.monotonic() < deadline, location
        connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=30)
        connection.request("GET", location)
        location = connection.getresponse().headers.get("location", location)
        connection.close()
        time.sleep(0.05)
    return status, location, text


def folder(board: RunningBoard):
    return board.database.parent / "uploads"


def left_over(board: RunningBoard) -> list[str]:
    return [path.name for path in folder(board).iterdir() if path.name.startswith(".")]


def losses(board: RunningBoard, page: str) -> list[float]:
    run = re.fullmatch(r"/runs/(\d+)", page)
    assert run, page
    return [point["value"] for point in json.loads(board.get(f"/api/v1/runs/{run[1]}/metrics?metric=loss")[1])["metrics"]["loss"]]


def test_a_log_becomes_a_run_in_the_experiment_that_was_named(board):
    status, location, _ = upload(board, part("experiment", b"my tests"), part("log", LOG, "../../etc/train <1>.log"))
    assert status == 303
    assert len(losses(board, location)) == 12
    page = board.get(location)[1].decode()
    assert "train &lt;1&gt;" in page
    assert "my tests" in page
    assert "finished" in page


def test_the_clients_name_is_never_a_path(board):
    upload(board, part("log", LOG, "..\\..\\x/../../y.log"))
    names = [path.name for path in folder(board).iterdir()]
    assert names
    assert all(re.fullmatch(r"[0-9a-f]{32}\.log", name) for name in names)
    assert folder(board).stat().st_mode & 0o777 == 0o700


def test_pasted_text_becomes_a_run(board):
    status, location, _ = upload(
        board, part("name", b"pasted"), part("log", b"", ""), part("text", b"step 1: loss 2.5\r\nstep 2: loss 2.25\r\n")
    )
    assert status == 303
    assert losses(board, location) == [2.5, 2.25]


def test_the_last_line_of_an_upload_counts_without_its_line_end(board):
    text = b"{'loss': 2.31, 'learning_rate': 5e-05, 'epoch': 0.1}\n{'loss': 2.1, 'learning_rate': 4e-05, 'epoch': 0.2}"
    status, page, _ = upload(board, part("text", text))
    assert status == 303
    board.wait_for(f"/api/v1{page}", '"points":6')
    assert losses(board, page) == [2.31, 2.1]


def test_a_gzipped_log_is_unpacked_also_in_several_members(board):
    half = LOG.index(b"\n", len(LOG) // 2) + 1
    _, location, _ = upload(board, part("log", gzip.compress(LOG[:half]) + gzip.compress(LOG[half:]), "train.log.gz"))
    assert len(losses(board, location)) == 12
    assert "train</a>" in board.get(location)[1].decode()


def test_several_logs_lead_to_their_experiment(board):
    status, location, _ = upload(board, part("experiment", b"pair"), part("log", LOG, "one.log"), part("log", LOG, "two.log"))
    assert status == 303
    assert location.startswith("/experiments/")
    board.wait_for(location, "two")
    assert "one" in board.get(location)[1].decode()


def test_a_text_without_metrics_still_becomes_a_page_that_says_so(board):
    _, location, _ = upload(board, part("text", b"Dear diary,\nnothing was trained.\n"))
    assert "No metric found" in board.wait_for(location, "No metric found")


def test_a_second_log_of_one_name_gets_a_number(board):
    for _ in range(2):
        location = upload(board, part("experiment", b"twins"), part("log", LOG, "train.log"))[1]
    assert "train (2)</a>" in board.get(location)[1].decode()


def test_an_upload_can_be_added_to_an_experiment_that_exists(board):
    for name in ("first", "second"):
        upload(board, part("experiment", b"grows"), part("name", name.encode()), part("log", LOG, "x.log"))
    experiments = [e for e in json.loads(board.get("/api/v1/experiments")[1]) if e["name"] == "grows"]
    assert [e["runs"] for e in experiments] == [2]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (part("log", b"\x7fELF" + bytes(100), "a.out"), 415, "holds binary data"),
        (part("log", NOISE, "weights.log"), 415, "holds binary data"),
        (part("log", NOISE[:50], "short.log"), 415, "holds binary data"),
        (part("log", gzip.compress(NOISE), "weights.gz"), 415, "holds binary data"),
        (part("log", gzip.compress(LOG)[:-20], "a.gz"), 400, "cut off"),
        (part("log", gzip.compress(LOG)[:200] + b"\xff" * 200, "a.gz"), 400, "damaged"),
        (part("log", zlib.compress(b"")[:0], "empty.log"), 400, "Nothing was uploaded"),
        (b"", 400, "Nothing was uploaded"),
    ],
)
def test_what_is_no_log_is_refused_and_leaves_nothing(board, body, status, words):
    before = sorted(path.name for path in folder(board).iterdir())
    answer = upload(board, body)
    assert answer[0] == status
    assert words in answer[2]
    assert sorted(path.name for path in folder(board).iterdir()) == before


def test_a_form_without_a_log_comes_back_as_it_was_filled_in_with_what_is_missing(board):
    fields = part("experiment", b"mine <b>"), part("name", b"try 7"), part("log", b"", ""), part("text", b"")
    status, _, text = upload(board, *fields)
    assert status == 400
    (alert,) = re.findall(r'role="alert">(.*?)</div>', text)
    assert alert == "<b>Nothing was uploaded.</b> The form held no file and no text. Choose a log, or paste its text."
    assert 'action="/uploads/new"' in text
    assert 'value="mine &lt;b&gt;"' in text
    assert 'value="try 7"' in text
    assert "Nothing was uploaded" not in board.get("/uploads")[1].decode()


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "latin-1"])
def test_text_of_any_coding_is_taken(board, coding):
    status, location, _ = upload(board, part("log", ("Verlust é\n" + LOG.decode()).encode(coding, "replace"), f"{coding}.log"))
    assert status == 303, location


def test_a_gzip_bomb_is_stopped(board):
    bomb = gzip.compress(bytes(256 * 1024 * 1024), 6)
    assert len(bomb) < 1024 * 1024
    status, _, text = upload(board, part("log", bomb, "bomb.gz"))
    assert status == 413
    assert "unpacks to too much" in text
    assert left_over(board) == []


def test_an_upload_for_which_there_is_no_room_leaves_no_file_and_no_descriptor(tmp_path, monkeypatch):
    """T21"""
    monkeypatch.setattr("webapp.uploads.KEEP_FREE", (2**62, 1.0))
    before = list(Path("/dev/fd").iterdir())
    with pytest.raises(UploadError, match="nearly full"):
        Incoming(tmp_path)
    with pytest.raises(UploadError, match="could not be stored"):
        Incoming(tmp_path / "gone")
    assert (len(list(Path("/dev/fd").iterdir())), list(tmp_path.iterdir())) == (len(before), [])


def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read(board):
    status, _, text = send(board, b"x", {"Content-Length": str(2 * 1024**3)})
    assert status == 413
    assert "too large" in text


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"loss=1\n", {"Content-Type": "text/plain"}),
        (b"x=1", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"", {"Content-Type": "multipart/form-data"}),
        (b"no edge at all", {}),
        (part("log", LOG, "x.log")[:300], {}),
        (f"--{EDGE}\r\n".encode() + b"A" * 10_000, {}),
        (b"x", {"Content-Type": "multipart/form-data; boundary=" + "y" * 5000}),
        (b"x", {"Content-Type": "multipart/form-data; boundary=\xe9"}),
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(board, body, headers):
    assert 400 <= send(board, body, headers)[0] < 500
    assert left_over(board) == []


def test_a_client_that_goes_away_leaves_nothing(board):
    connection = http.client.HTTPConnection(urlsplit(board.url).netloc, timeout=10)
    connection.putrequest("POST", "/uploads/new")
    for name, value in {
        "Content-Type": f"multipart/form-data; boundary={EDGE}",
        "Content-Length": "1000000",
        "Sec-Fetch-Site": "same-origin",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(part("log", LOG, "x.log"))
    connection.close()
    board.wait_for("/healthz", "ok")
    for _ in range(100):
        if not left_over(board):
            break
        board.get("/healthz")
    assert left_over(board) == []


def test_another_site_cannot_upload(board):
    assert send(board, b"x", {"Sec-Fetch-Site": "cross-site"})[0] == 403


def test_an_upload_survives_a_restart_of_the_board(tmp_path):
    boards = Boards(tmp_path)
    first = boards()
    location = upload(first, part("experiment", b"kept"), part("log", LOG, "x.log"))[1]
    first.stop()
    second = boards(database=first.database)
    assert len(losses(second, location)) == 12
    assert "kept" in second.get(location)[1].decode()
    assert len(json.loads(second.get("/api/v1/runs")[1])) == 1
    boards.stop()


def test_an_unknown_upload_is_not_found(board):
    assert board.get("/uploads/99999")[0] == 404
    assert "Drop logs here" in board.get("/uploads")[1].decode()


@pytest.mark.parametrize("what", ["run", "experiment"])
def test_the_copy_of_an_uploaded_log_goes_with_its_run(board, what):
    before = set(folder(board).iterdir())
    location = upload(board, part("experiment", f"deleted {what}".encode()), part("log", LOG, "gone.log"))[1]
    run = json.loads(board.get(f"/api/v1{location}")[1])
    assert len(set(folder(board).iterdir()) - before) == 1
    target = "/manage/delete" if what == "run" else f"/experiments/{run['experiment_id']}/manage/delete"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    assert send(board, f"run={run['id']}&sure=yes".encode(), form, to=target)[0] == 303
    assert set(folder(board).iterdir()) == before
    assert "missing" not in board.get("/status")[1].decode()
