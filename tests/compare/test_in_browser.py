"""The comparison, the tables and the forms in a real Chromium: by click, without script, accessible, on every width and on paper."""

import re
import shutil
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.compare.conftest import SEEDS, Compared
from tests.tabs import Tabs, check_accessible

Look = Callable[..., tuple[Page, list[str]]]

LOW, MIDDLE, HIGH = "sft-lr0.001-seed1", "sft-lr0.003-seed1", "sft-lr0.01-seed1"


@pytest.fixture
def look(tabs: Tabs, compared: Compared) -> Look:
    """Opens pages; with each comes the list of what its console says."""

    def open_page(path: str, **options) -> tuple[Page, list[str]]:
        tab = tabs.open(**options)
        tab.page.goto(compared.board.url + path)
        return tab.page, tab.said

    return open_page


def pages(compared: Compared) -> dict[str, str]:
    seeds = compared.experiments["seeds"]
    two = f"run={compared.runs[LOW]}&run={compared.runs[HIGH]}"
    return {
        "comparison": f"/compare?experiment={seeds}&level=1.5&smooth=0.3",
        "groups": f"/compare?experiment={seeds}&group=learning_rate&band=ci",
        "difference": f"/compare?{two}&base={compared.runs[LOW]}&params=all",
        "problems": "/compare?run=99999&x=banana",
        "texts": f"/compare/logs?{two}",
        "table": f"/experiments/{seeds}?sort=-metric:eval_loss&col=status&col=param:learning_rate&col=metric:eval_loss&q=lr",
        "all runs": "/runs?q=sft",
        "no run": "/runs?q=nothing-like-it",
        "edit": f"/manage?{two}",
        "edit one": f"/manage?run={compared.runs[LOW]}",
        "edit experiment": f"/experiments/{seeds}/manage",
        "upload": "/uploads",
    }


def test_tables_of_numbers_stand_side_by_side_only_where_both_are_whole(look, compared):
    page, _ = look("/compare?" + "&".join(f"run={number}" for number in compared.runs.values()))
    for width in range(1240, 2001, 40):
        page.set_viewport_size({"width": width, "height": 900})
        tables = page.locator("#summary .scroll-x").evaluate_all(
            "regions => regions.map(r => [r.scrollWidth - r.clientWidth, r.getBoundingClientRect().left])"
        )
        assert {too_wide for too_wide, _ in tables} == {0}, width
    assert len({left for _, left in tables}) > 1


NAMES = (
    "comparison",
    "groups",
    "difference",
    "problems",
    "texts",
    "table",
    "all runs",
    "no run",
    "edit",
    "edit one",
    "edit experiment",
    "upload",
)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_accessible_in_light_and_dark_and_fits_every_window(look, compared, name):
    page, said = look(pages(compared)[name])
    check_accessible(page)
    for width in (360, 768, 1600, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_without_javascript_has_the_same_words(look, compared, name):
    words = "h1, h2, h3, th, caption, .note, .pair-step"
    with_script, _ = look(pages(compared)[name])
    without, _ = look(pages(compared)[name], java_script_enabled=False)
    assert without.locator(words).all_inner_texts() == with_script.locator(words).all_inner_texts()
    assert without.locator("svg[data-chart]").count() == with_script.locator("svg[data-chart]").count()


@pytest.mark.parametrize("script", [True, False])
def test_ticked_runs_are_compared(look, compared, script):
    page, _ = look(f"/experiments/{compared.experiments['seeds']}", java_script_enabled=script)
    for name in (LOW, HIGH):
        page.locator(f"#tick-{compared.runs[name]}").check()
    page.get_by_role("button", name="Compare ticked").click()
    expect(page.locator("h1")).to_have_text(re.compile("^Compare sft-lr0.*and sft-lr0"))
    assert page.locator("table.compared tbody tr").count() == 2


@pytest.mark.parametrize("script", [True, False])
def test_a_control_changes_the_charts_and_the_address(look, compared, script):
    page, said = look(compared.compare(LOW, HIGH, MIDDLE, metric="loss"), java_script_enabled=script)
    page.locator("[name=base]").select_option(str(compared.runs[LOW]))
    if not script:
        page.get_by_role("button", name="Apply").click()
    expect(page.locator("#charts h3").first).to_have_text(f"loss − {LOW}")
    expect(page).to_have_url(re.compile(f"base={compared.runs[LOW]}"))
    expect(page.locator("table.compared tr.selected")).to_have_count(1)
    assert said == []


@pytest.mark.parametrize("script", [True, False])
def test_a_run_is_left_out_by_a_link_and_the_others_keep_their_colours(look, compared, script):
    page, _ = look(compared.compare(LOW, HIGH, MIDDLE), java_script_enabled=script)
    row = page.locator("table.compared tbody tr", has_text=HIGH)
    color = row.locator(".swatch path").get_attribute("class")
    page.get_by_role("link", name=f"Leave out {LOW}").click()
    expect(page.locator("table.compared tbody tr")).to_have_count(2)
    assert page.locator("table.compared tbody tr", has_text=HIGH).locator(".swatch path").get_attribute("class") == color


def test_pointing_at_a_chart_tells_the_value_of_every_run_there(look, compared):
    page, _ = look(compared.compare(LOW, HIGH, MIDDLE, metric="loss"))
    box = page.locator("svg[data-chart]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    tip = page.locator(".bands .b.on, .bands .b:hover").first
    expect(tip).to_contain_text("step 150")
    for name in (LOW, MIDDLE, HIGH):
        expect(page.locator("svg[data-chart]").first).to_contain_text(name)
        points = compared.page(f"/api/v1/runs/{compared.runs[name]}/metrics?metric=loss&from=149&to=151")
        expect(tip).to_contain_text(re.search(r'"value":([\d.]+)', points)[1])


def test_a_ticked_box_stays_ticked_while_the_table_renews_itself(tabs, start_board, tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    for log in sorted(SEEDS.glob("*seed1.log")):
        shutil.copyfile(log, folder / log.name)
    growing = folder / "growing.log"
    growing.write_text("".join(f"step {i}: loss {3 - i / 50:.4f}\n" for i in range(1, 41)))
    board = start_board(folder)
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){4}')
    board.wait_for("/experiments/1", r'id="rows"[^>]*data-poll')
    page = tabs.open().page
    page.goto(board.url + "/experiments/1")
    page.locator(".tick input").nth(1).check()
    with growing.open("a") as log:
        log.write("step 41: loss 0.4321\n")
    expect(page.locator("#runs")).to_contain_text("0.4321", timeout=15000)
    assert page.locator(".tick input").nth(1).is_checked()


def test_a_live_run_moves_in_the_comparison(tabs, start_board, tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    shutil.copyfile(SEEDS / f"{LOW}.log", folder / f"{LOW}.log")
    growing = folder / "growing.log"
    growing.write_text("".join(f"step {i}: loss {3 - i / 50:.4f}\n" for i in range(1, 41)))
    board = start_board(folder)
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){2}')
    board.wait_for("/compare?experiment=1&metric=loss", r'id="charts"[^>]*data-poll')
    page = tabs.open().page
    page.goto(board.url + "/compare?experiment=1&metric=loss")
    with growing.open("a") as log:
        log.write("step 41: loss 0.4321\n")
    expect(page.locator("#charts")).to_contain_text("0.4321", timeout=15000)
    expect(page.locator("#compared")).to_contain_text("0.4321")


def test_the_tables_of_a_printed_comparison_are_whole(look, compared):
    seeds = compared.experiments["seeds"]
    page, _ = look(f"/compare?experiment={seeds}&show=all&params=all&metric=loss&metric=grad_norm&metric=learning_rate")
    headings = [" ".join(text.split()) for text in page.locator("#summary h3").all_inner_texts()]
    pdf = pypdfium2.PdfDocument(page.pdf(format="A4"))
    sheets = [pdf[number].get_textpage() for number in range(len(pdf))]
    texts = [" ".join(sheet.get_text_range().split()) for sheet in sheets]
    assert len(headings) == 4
    for heading in headings:
        (sheet,) = (text for text in texts if heading in text)
        rows = sheet[sheet.index(heading) :]
        assert all(name in rows.replace(" ", "") for name in compared.runs if name.startswith("sft-lr")), heading
    for number, sheet in enumerate(sheets):
        width = pdf[number].get_width()
        assert all(sheet.get_rect(place)[2] <= width for place in range(sheet.count_rects()))


def test_a_printed_comparison_has_no_controls_and_a_dash_for_every_run(look, compared):
    page, _ = look(compared.compare(LOW, HIGH, MIDDLE, metric="learning_rate"), color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator(".controls").is_visible()
    assert not page.locator(".acts").first.is_visible()
    dashes = page.locator("table.compared .swatch path").evaluate_all("paths => paths.map(path => getComputedStyle(path).strokeDasharray)")
    assert len(set(dashes)) == 3


def test_a_file_is_uploaded_by_the_form(tabs, start_board):
    board = start_board()
    for script in (True, False):
        page = tabs.open(java_script_enabled=script).page
        page.goto(board.url + "/uploads")
        page.locator("[name=log]").set_input_files(SEEDS / f"{HIGH}.log")
        page.get_by_role("button", name="Make a run of it").click()
        expect(page.locator("#run-name")).to_have_text(HIGH if script else re.compile(HIGH))
        expect(page.locator("svg[data-chart]").first).to_be_visible()
