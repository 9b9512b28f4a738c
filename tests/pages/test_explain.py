"""The page that explains a log: pasted text, a run's log, and a format made from a line that was not understood."""

import asyncio
import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from html import unescape

import psutil
import pytest

from tests.conftest import Boards, RunningBoard
from webapp.explainer import Explainer, Wanted

LOG = "".join(f"step {i}: loss {3 - i / 10:.2f}\n[phase] turn >> perplexity~ {20 - i}.5 at tick {i * 10}\n" for i in range(1, 12))
FORMAT = """name = "my-tool"
title = "my-tool"
about = "Perplexity at a tick."

[[line]]
when = '''perplexity~ (?P<perplexity>[\\d.]+) at tick (?P<step>\\d+)'''

[[sample]]
text = "[phase] turn >> perplexity~ 19.5 at tick 10"
step = 10
values = { perplexity = 19.5 }
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("explain")
    log = folder / "run.log"
    log.write_text(LOG)
    boards = Boards(folder)
    started = boards(log, LOSSBOARD_FORMATS_DIR=str(folder / "formats"))
    started.wait_for("/api/v1/runs", '"name":"run"')
    yield started
    boards.stop()


def post(board: RunningBoard, path: str, **fields: str) -> str:
    """The text of the page that a multipart form gets."""
    edge = "form-edge"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = ("".join(parts) + f"--{edge}--\r\n").encode()
    request = urllib.request.Request(board.url + path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.read().decode())))


def test_a_pasted_log_is_explained_and_kept_nowhere(board):
    runs = json.loads(board.get("/api/v1/runs")[1])
    text = post(board, "/explain", text=LOG)
    assert "22 lines" in text
    assert "step 1: loss 2.90" in text
    assert json.loads(board.get("/api/v1/runs")[1]) == runs


def test_a_form_without_a_log_is_answered_in_words(board):
    assert "There is nothing to explain: paste a log or choose a file." in post(board, "/explain", text="")
    assert "nothing to explain" not in board.get("/explain")[1].decode()


def test_a_runs_log_is_explained(board):
    text = board.get("/explain?run=1")[1].decode()
    assert "loss" in text
    assert "Printed as" in text


def test_a_format_is_proposed_tried_on_the_whole_log_and_saved(board):
    proposed = post(board, "/explain", text=LOG, line="[phase] turn >> perplexity~ 19.5 at tick 10")
    assert "Proposed format" in proposed
    assert 'perplexity" = 19.5' in proposed
    tried = post(board, "/explain", text=LOG, line="x", format=FORMAT)
    assert re.search(r"perplexity perplexity my-tool 11 ", tried)
    saved = post(board, "/explain?run=1", format=FORMAT, save="1")
    assert "Saved as" in saved
    assert (board.database.parent / "formats" / "my-tool.toml").read_text() == FORMAT
    assert "is there already" in post(board, "/explain?run=1", format=FORMAT, save="1")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name = ", "no TOML file"),
        (FORMAT.replace("perplexity~ ", "(?:(?:a+)+)b"), "may take for ever: a repeat without an end inside another"),
        (FORMAT.replace("19.5 }", "7 }"), "perplexity is 19.5, expected 7"),
        (FORMAT.replace("(?P<step>", "("), "step"),
    ],
)
def test_a_format_that_does_not_read_its_sample_is_refused_with_the_reason(board, text, wrong):
    assert wrong in post(board, "/explain?run=1", format=text)


def test_no_log_and_no_line_are_told_kindly(board):
    assert "has no number with a name" in post(board, "/explain", text=LOG, line="nothing")
    assert board.get("/explain?run=77")[0] == 404


ENDLESS = FORMAT.replace("perplexity~ (?P<perplexity>[\\d.]+)", "^(?:a|aa){1,70}b loss (?P<loss>[\\d.]+)").replace(
    "[phase] turn >> perplexity~ 19.5 at tick 10", "ab loss 19.5 at tick 10"
)
NASTY = "a" * 70 + "c loss 1\n"


def test_a_format_that_goes_on_for_ever_holds_up_nobody_and_is_not_saved(board):
    """T11: its pattern is named; pages are answered meanwhile."""
    done = threading.Event()
    slowest = [0.0]

    def ask_on() -> None:
        while not done.is_set():
            began = time.monotonic()
            assert board.get("/healthz")[0] == 200
            slowest[0] = max(slowest[0], time.monotonic() - began)

    asking = threading.Thread(target=ask_on)
    asking.start()
    try:
        for text in (LOG + NASTY * 50, NASTY):
            page = post(board, "/explain", text=text, line="x", format=ENDLESS.replace("perplexity =", "loss ="), save="1")
            assert "line pattern 1 took longer than 50 ms on one line of this log; write {0,80}" in page
    finally:
        done.set()
        asking.join()
    assert slowest[0] < 2
    assert "Saved as" not in page
    assert "With this format" not in page


def test_an_explanation_that_takes_too_long_is_given_up_and_the_next_one_is_given(tmp_path):
    """T11"""

    async def explain() -> None:
        explainer = Explainer(limit_s=0.0)
        wanted = Wanted(LOG.encode(), str(tmp_path))
        told = await asyncio.gather(*(explainer.explain(wanted) for _ in range(4)))
        assert {one.problem for one in told} == {"It took longer than 0 s and was given up. `lossboard explain` has no limit."}
        explainer.limit_s = 60
        assert (await explainer.explain(wanted)).account.lines == 22

    asyncio.run(explain())
    assert not [child for child in psutil.Process().children() if "webapp.explain" in " ".join(child.cmdline())]
