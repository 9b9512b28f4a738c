"""A run that failed says of what, and leads to the line of its log; a secret in it is hidden there, in charts and in files (S33)."""

from pathlib import Path

from tests.conftest import Boards

TRACE = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    main()\n'


def test_the_page_of_a_failed_run_names_its_error(tmp_path: Path, start_board: Boards) -> None:
    log = tmp_path / "runs" / "a.log"
    log.parent.mkdir()
    text = "step 1 loss 0.5\nstep 2 loss 0.4\n" + TRACE
    error = "ValueError: <b>no shape</b> for api_key=sk-abcdefghijklmnopqrstuvwx"
    log.write_text(f"{text}{error}\n")
    board = start_board(log.parent)
    board.wait_for("/api/v1/runs/1", '"status":"failed"')
    page = board.get("/runs/1")[1].decode()
    head = page[page.index('id="status"') : page.index('class="facts"')]
    assert f'at={len(text)}#terminal">ValueError: &lt;b&gt;no shape&lt;/b&gt; for api_key=***' in head
    chart = board.get("/runs/1/loss.svg")[1].decode()
    assert "api_key=***" in page.partition('id="charts"')[2]
    assert "api_key=***" in chart
    assert "sk-abcdef" not in page + chart
