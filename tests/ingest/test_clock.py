"""T14: a board whose clock jumps reads on, and answers whoever is logged in."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import RunningBoard, free_port, wait_until_up
from tests.ingest.stepping import append, lines, write
from tests.security.asking import ask
from tests.security.conftest import TOKENS, prepare_tokens

# The board, with the hands of its wall clock in a file: seconds that it goes ahead, or "at" and the second where it stands still. The
# monotonic clock is left alone, as a system leaves it.
BOARD = """
import datetime, sys, time
from pathlib import Path
import webapp.app, webapp.server
from webapp.cli.main import main
hands, real = Path(sys.argv.pop(1)), time.time

def shown():
    text = hands.read_text()
    return float(text[2:]) if text.startswith("at") else real() + float(text)

class Moved(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.datetime.fromtimestamp(time.time(), zone)

time.time = shown
for name, module in list(sys.modules.items()):
    if name.startswith("webapp.") and getattr(module, "datetime", None) is datetime.datetime:
        module.datetime = Moved
main()
"""
YEAR_S = 365.25 * 86400
READ = {"Authorization": f"Bearer {TOKENS['read']}"}


@pytest.mark.parametrize(
    "turns",
    [(f"{YEAR_S}", "0", f"{YEAR_S / 2}"), (f"{-YEAR_S}", "0", f"{-YEAR_S / 2}"), (f"at{time.time()}", "0", f"at{time.time() - 3600}")],
    ids=["a year ahead", "a year back", "stands still"],
)
def test_a_clock_that_jumps_loses_no_line_and_no_answer(tmp_path: Path, turns: tuple[str, ...]) -> None:
    hands, log, database = tmp_path / "hands", tmp_path / "runs" / "train.log", tmp_path / "board.db"
    hands.write_text("0")
    write(log, lines(1, 100))
    prepare_tokens(database)
    port = free_port()
    output = tmp_path / "output.txt"
    options = ["--port", str(port), "--database", str(database)]
    with output.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-c", BOARD, hands, "serve", log.parent, *options], stdout=sink, stderr=sink)
    board = RunningBoard(process, f"http://127.0.0.1:{port}", database, output)
    try:
        wait_until_up(board)
        session = ask(board, "GET", login_link(board)).headers["set-cookie"].split(";")[0]
        wait_for_points(board, 100)
        for turn, moved in enumerate(turns, 1):
            hands.write_text(moved)
            append(log, lines(100 * turn + 1, 100 * turn + 100))
            wait_for_points(board, 100 * turn + 100)
            for path in ("/", "/runs/1", "/status", "/healthz"):
                assert ask(board, "GET", path, {"Cookie": session}).status in (200, 401), path
                assert ask(board, "GET", path, READ).status == 200, path
        found = ask(board, "GET", "/api/v1/runs/1/metrics?metric=loss&max_points=1000", READ).body.decode()
        assert re.findall(r'"step":(\d+)', found) == [str(n) for n in range(1, 401)]
    finally:
        board.stop()
    assert "Traceback" not in output.read_text()


def login_link(board: RunningBoard) -> str:
    deadline = time.monotonic() + 20
    while not (found := re.search(r"/login\?once=\S+", board.output.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found[0]


def wait_for_points(board: RunningBoard, count: int) -> None:
    deadline = time.monotonic() + 30
    while f'"points":{count}' not in (said := ask(board, "GET", "/api/v1/runs", READ).body.decode()):
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
