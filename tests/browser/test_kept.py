"""What a reader has typed, opened, scrolled and focused stays as it is while the page of a live run renews itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Boards


@pytest.fixture
def many(log: Path) -> Path:
    """The folder of the live log with so many runs beside it that their table scrolls and can be searched."""
    for number in range(12):
        (log.parent / f"other{number}.log").write_text("".join(f"step {i}: loss {4 - i / 50:.4f}\n" for i in range(1, 30)))
    return log.parent


def open_page(start_board: Boards, page: Page, folder: Path, path: str, wanted: str = "<svg[^>]*data-chart") -> None:
    """Opens the page once its charts are there and all runs of the folder are known."""
    board = start_board(folder)
    board.wait_for("/api/v1/runs", rf'("points":[1-9].*){{{len(list(folder.iterdir()))}}}')
    board.wait_for(path, wanted)
    page.goto(board.url + path)


@pytest.mark.parametrize("path", ["/runs", "/experiments/1"])
def test_search_columns_and_scroll_of_a_table_stay_while_its_rows_renew_themselves(start_board, page, many, writer, path):
    page.set_viewport_size({"width": 1280, "height": 400})
    open_page(start_board, page, many, path, 'data-poll[^>]*hx-trigger="every 3s"')
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
