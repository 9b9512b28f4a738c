"""A real browser looks at a log while another process writes it."""

import re
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect


def open_experiment(start_board, page: Page, folder: Path) -> None:
    board = start_board(folder)
    board.wait_for("/", "/experiments/1")
    board.wait_for("/experiments/1", "<svg[^>]*data-chart")
    page.goto(board.url + "/experiments/1")


def test_a_new_line_reaches_the_curve_and_the_terminal_within_five_seconds(start_board, page, log, writer):
    open_experiment(start_board, page, log.parent)
    expect(page.locator("#terminal")).to_contain_text("step 40: loss 2.2000")
    loaded = page.evaluate("performance.timeOrigin")
    began = time.monotonic()
    writer.write(41, 1.2345)
    expect(page.locator("#terminal")).to_contain_text("step 41: loss 1.2345", timeout=5000)
    expect(page.locator("#status")).to_contain_text("1.234", timeout=5000)
    expect(page.locator("#charts .legend").first).to_contain_text("1.234", timeout=5000)
    assert time.monotonic() - began < 5
    assert page.evaluate("performance.timeOrigin") == loaded, "the page was loaded again"


def test_while_nothing_is_new_the_page_asks_one_question_and_then_fetches_every_block_once(start_board, page, log, writer):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition("?")[0].rpartition("/")[2]))
    open_experiment(start_board, page, log.parent)
    for _ in range(3):
        with page.expect_response(lambda answer: "/status?" in answer.url):
            pass
    assert set(asked) & {"charts", "terminal"} == set()
    writer.write(41, 1.2345)
    expect(page.locator("#charts .legend").first).to_contain_text("1.234", timeout=5000)
    expect(page.locator("#terminal")).to_contain_text("step 41: loss 1.2345", timeout=5000)
    assert (asked.count("charts"), asked.count("terminal")) == (1, 1)


@pytest.mark.parametrize("path", ["/runs/1", "/experiments/1?run=1&sort=name"])
def test_the_controls_of_a_run_come_with_its_first_metric_and_work(start_board, page, log, writer, path):
    log.write_text("Loading the data set, which takes a while.\n")
    board = start_board(log.parent)
    board.wait_for("/", "/experiments/1")
    page.goto(board.url + path)
    expect(page.locator("#charts")).to_contain_text("No metric found in this log")
    expect(page.get_by_label("smoothing")).to_have_count(0)
    loaded = page.evaluate("performance.timeOrigin")
    for step in range(1, 9):
        writer.write(step, 3 - step / 50)
    expect(page.get_by_label("smoothing")).to_be_visible(timeout=8000)
    for name in ("loss", "learning_rate", "grad_norm"):
        expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    page.get_by_label("smoothing").fill("0.5")
    page.wait_for_url("**smooth=0.5**")
    expect(page.locator("#charts figcaption").first).to_contain_text("EMA 0.5")
    page.get_by_role("checkbox", name="learning_rate").uncheck()
    page.wait_for_url("**metric=**")
    expect(page.locator("#charts figure")).to_have_count(2)
    assert page.url.startswith(board.url + path.partition("?")[0])
    assert "sort=name" in page.url or "sort" not in path
    assert page.evaluate("performance.timeOrigin") == loaded, "the page was loaded again"


def test_a_terminal_that_has_become_too_long_starts_afresh_in_the_view_of_now(start_board, page, log, writer):
    open_experiment(start_board, page, log.parent)
    page.get_by_label("smoothing").fill("0.5")
    page.wait_for_url("**smooth=0.5**")
    with page.expect_request(lambda request: "/terminal?" in request.url) as asked:
        writer.write(41, 1.2345)
    afresh = page.request.get(re.sub(r"shown=\d+", "shown=3000", asked.value.url))
    assert afresh.headers["hx-retarget"] == "#terminal"
    assert 'name="smooth" value="0.5"' in afresh.text()


def test_a_terminal_that_follows_shows_the_end_of_a_burst_and_goes_on(start_board, page, log, writer):
    open_experiment(start_board, page, log.parent)
    expect(page.locator("#terminal")).to_contain_text("step 40: loss 2.2000")
    with log.open("a") as more:
        more.write("".join(f"a line {n} that says nothing of the training\n" for n in range(10_000)))
    writer.write(41, 1.2345)
    expect(page.locator("#terminal")).to_contain_text("step 41: loss 1.2345", timeout=8000)
    assert page.locator("#terminal .tl").count() < 1000
    writer.write(42, 1.1234)
    expect(page.locator("#terminal")).to_contain_text("step 42: loss 1.1234", timeout=8000)


def test_a_restart_and_a_new_metric_bring_their_fields_to_an_open_page(start_board, page, log, writer):
    open_experiment(start_board, page, log.parent)
    page.get_by_label("smoothing").focus()
    expect(page.get_by_label("restarts")).to_have_count(0)
    for step in range(31, 45):
        writer.write(step, 0.5)
    expect(page.get_by_label("restarts")).to_be_visible(timeout=8000)
    expect(page.get_by_label("smoothing")).to_be_focused()
    with log.open("a") as more:
        more.write("".join(f"step {step}: loss 0.4, tokens_seen {step * 1000}\n" for step in range(45, 49)))
    expect(page.get_by_role("checkbox", name="tokens_seen")).to_be_attached(timeout=8000)
    expect(page.get_by_label("x axis").get_by_role("option", name="tokens")).to_be_attached()


def test_a_board_that_is_away_is_told_on_the_page_and_its_return_is_seen_without_a_reload(start_board, page, log, writer):
    """T49: the board is killed while its page is open, and started again on the same address."""
    board = start_board(log.parent)
    board.wait_for("/experiments/1", "<svg[^>]*data-chart")
    page.goto(board.url + "/experiments/1")
    expect(page.locator("#terminal")).to_contain_text("step 40: loss 2.2000")
    loaded = page.evaluate("performance.timeOrigin")
    expect(page.locator("#silent")).to_be_hidden()
    board.stop(signal.SIGKILL)
    expect(page.locator("#silent")).to_be_visible(timeout=5000)
    expect(page.locator("#silent")).to_contain_text(re.compile(r"has not answered since \d"))
    writer.write(41, 1.2345)
    again = start_board.again(board)
    expect(page.locator("#terminal")).to_contain_text("step 41: loss 1.2345", timeout=15000)
    expect(page.locator("#silent")).to_be_hidden()
    assert page.evaluate("performance.timeOrigin") == loaded, "the page was loaded again"
    again.stop()


def test_pointing_at_the_newest_point_shows_its_value(start_board, page, log, writer):
    open_experiment(start_board, page, log.parent)
    chart = page.locator("#charts svg[data-chart]").first
    last = chart.locator("a.b").last
    expect(last.locator("text")).to_be_hidden()
    last.locator("rect").first.hover()
    expect(last.locator("text")).to_be_visible()
    expect(last.locator("text")).to_contain_text("step 40")
    expect(last.locator("text")).to_contain_text("2.2")


def test_the_page_without_javascript_shows_the_same_and_asks_to_be_reloaded(start_board, tabs, log, writer):
    page = tabs.open(java_script_enabled=False).page
    open_experiment(start_board, page, log.parent)
    expect(page.locator("#terminal")).to_contain_text("step 40: loss 2.2000")
    expect(page.locator("#charts svg[data-chart]").first).to_be_visible()
    assert page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]").count() == 1
    writer.write(41, 0.5)
    expect(page.locator("#terminal")).to_contain_text("step 41: loss 0.5", timeout=15000)


def test_a_file_that_is_no_training_log_gets_an_honest_empty_page(start_board, page, tmp_path):
    notes = tmp_path / "notes.log"
    notes.write_text("Dear diary,\n\ntoday nothing was trained.\nIt rained.\n")
    board = start_board(notes)
    board.wait_for("/", "/experiments/1")
    page.goto(board.url + "/experiments/1")
    expect(page.locator("#charts")).to_contain_text("No metric found in this log")
    expect(page.locator("#charts")).to_contain_text("lossboard explain")
    expect(page.locator("#terminal")).to_contain_text("today nothing was trained")


def test_a_log_that_was_deleted_keeps_its_curves(start_board, page, log):
    open_experiment(start_board, page, log.parent)
    log.unlink()
    expect(page.locator("#status")).to_contain_text("missing", timeout=20000)
    page.reload()
    expect(page.locator("#terminal")).to_contain_text("cannot be read")
    expect(page.locator("#charts svg[data-chart]").first).to_be_visible()
