"""The fragments of a run's page: they lead to the page that asks for them, in the view it has."""

import re
from collections.abc import Iterator

import pytest

from tests.conftest import Boards, RunningBoard


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("fragments")
    log = folder / "train.log"
    log.write_text("".join(f"step {i}: loss {'nan' if i == 20 else 3 - i / 50:.4}\n" for i in range(1, 41)))
    boards = Boards(folder)
    started = boards(log)
    started.wait_for("/runs/1", "log line", seconds=40)
    yield started
    boards.stop()


def shown(board: RunningBoard, path: str) -> str:
    status, body = board.get(path)
    assert status == 200
    return body.decode()


def polled(page: str, part: str) -> str:
    """The address at which a page asks for a fragment, as a browser that has seen nothing of the run yet."""
    (found,) = re.findall(rf'hx-get="(/runs/1/{part}[^"]*)"', page)
    return found.replace("&amp;", "&").replace("seen=", "before=")


@pytest.mark.parametrize(("page", "kept"), [("/runs/1", ""), ("/experiments/1", "run=1&amp;"), ("/experiments/1", "")])
def test_the_links_of_a_fragment_lead_to_the_page_that_polls_it_in_its_view(board, page, kept):
    whole = shown(board, f"{page}?{kept.replace('&amp;', '&')}smooth=0.5&from=5&to=30")
    query = re.escape(f"?{kept}smooth=0.5&amp;from=")
    for part, link in (("charts", "Zoom in"), ("status", "log line")):
        block = shown(board, polled(whole, part))
        assert link in block
        assert re.search(rf'href="{page}{query}', block), block


def test_the_numbers_of_a_run_are_a_fragment_of_their_own(board):
    whole = shown(board, "/runs/1?smooth=0.5")
    block = shown(board, polled(whole, "details"))
    assert block.startswith('<div id="details"')
    assert "Metrics in numbers" in block
    assert "/runs/1/report?smooth=0.5" in block
    version = re.search(r"/runs/1/details[^\"]*seen=(\d+)", whole)
    assert version
    assert board.get(f"/runs/1/details?seen={version[1]}") == (204, b"")
