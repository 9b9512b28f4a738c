"""What a reader has typed, opened, scrolled and focused stays as it is while the page of a live run renews itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Boards

Open = Callable[[str], None]


@pytest.fixture
def folder(log: Path) -> Path:
    """The folder of the live log with so many runs beside it that their table scrolls and can be searched."""
    for number in range(12):
        (log.parent / f"early{number}.log").write_text("".join(f"step {i}: loss {4 - i / 50:.4f}\n" for i in range(1, 30)))
    log.touch()  # the last to change, so that the first page lists it
    return log.parent


@pytest.fixture
def open_page(start_board: Boards, page: Page, folder: Path) -> Open:
    """Opens a page of the board, `{live}` and `{other}` being numbers of runs, once all runs of the folder are known."""

    def open_page(path: str) -> None:
        board = start_board(folder)
        board.wait_for("/api/v1/runs", rf'("points":[1-9].*){{{len(list(folder.iterdir()))}}}')
        runs = {run["name"]: run["id"] for run in json.loads(board.get("/api/v1/runs")[1])}
        page.goto(board.url + path.format(live=runs["live"], other=runs["early1"]))
        expect(page.locator("[data-poll]").first).to_be_attached()

    return open_page


@pytest.mark.parametrize("path", ["/runs", "/experiments/1"])
def test_search_columns_and_scroll_of_a_table_stay_while_its_rows_renew_themselves(open_page, page, writer, path):
    page.set_viewport_size({"width": 1280, "height": 400})
    open_page(path)
    page.locator("details.columns summary").click()
    page.locator(".columns [value=status]").uncheck()
    search = page.get_by_role("searchbox", name="Search runs")
    search.focus()
    page.keyboard.type("lr=")
    table = page.get_by_role("region", name="Table of runs")
    table.evaluate("region => region.scrollTop = 90")
    scrolled = table.evaluate("region => region.scrollTop")
    writer.write(41, 0.4321)
    expect(page.locator("#runs")).to_contain_text("0.4321", timeout=8000)
    expect(search).to_be_focused()
    expect(search).to_have_value("lr=")
    expect(page.locator("details.columns")).to_have_attribute("open", "")
    expect(page.locator(".columns [value=status]")).not_to_be_checked()
    assert table.evaluate("region => region.scrollTop") == scrolled


@pytest.mark.parametrize("path", ["/runs/{live}", "/compare?run={live}&run={other}"])
def test_the_numbers_of_a_chart_stay_open_at_new_points(open_page, page, writer, path):
    open_page(path)
    numbers = page.locator("details.chart-table").nth(1)
    numbers.locator("summary").click()
    writer.write(41, 0.4321)
    expect(page.locator("#charts")).to_contain_text("0.4321", timeout=8000)
    expect(numbers).to_have_attribute("open", "")
    expect(page.locator("details.chart-table[open]")).to_have_count(1)


@pytest.mark.parametrize(
    ("path", "elements"),
    [
        ("/", [("link", "live")]),
        ("/runs", [("link", "live"), ("checkbox", "Tick live")]),
        ("/runs/{live}", [("link", "edit"), ("link", "Zoom in")]),
        ("/compare?run={live}&run={other}", [("link", "Leave out live"), ("region", "Table of the runs compared")]),
    ],
)
def test_the_focus_stays_where_it_is_at_new_points(open_page, page, writer, path, elements):
    open_page(path)
    for step, (role, name) in enumerate(elements, 41):
        focused = page.get_by_role(role, name=name).first
        focused.focus()
        writer.write(step, 0.4321 + step)
        expect(page.get_by_text(f"{0.4321 + step:.2f}").last).to_be_attached(timeout=8000)
        expect(page.locator(".htmx-swapping, .htmx-settling")).to_have_count(0)
        expect(focused).to_be_focused()


def test_numbers_events_and_bytes_below_the_charts_go_on_with_a_live_run(open_page, page, log, writer):
    open_page("/runs/{live}")
    page.locator("summary", has_text="Metrics in numbers").click()
    writer.write(41, 0.4321)
    with log.open("a") as more:
        more.write("Traceback (most recent call last):\nCheckpoint saved to out/checkpoint-41\n" + "no numbers here\n" * 400)
    writer.write(42, 0.5432)
    numbers = page.locator("#details table.numbers")
    expect(numbers).to_be_hidden()
    expect(numbers).to_contain_text("0.5432", timeout=8000)
    expect(numbers).to_contain_text("42")
    expect(page.locator("#details .events")).to_contain_text("checkpoint-41")
    expect(page.locator("#details .files")).to_contain_text(" KiB read")
