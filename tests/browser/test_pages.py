"""Every page in a real browser: accessible, inside its window, quiet, in light and dark, wide and narrow."""

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import LOGS, Boards, RunningBoard
from tests.tabs import Tabs, check_accessible

Look = Callable[..., tuple[Page, list[str]]]

# {name} stands for the number of the run of that name, {experiment} for that of their experiment
PAGES = (
    "/",
    "/experiments/{experiment}?run={hf-v4-steps10-pty}",
    "/experiments/{experiment}?run={trl-dpo-redir}&smooth=0.6&log=y&x=epoch",
    "/runs/{hf-v4-resume-redir}?from=5&to=30",
    "/runs/{nan}?find=loss",
    "/runs/{hf-v4-steps10-pty}?metric=nonsense&x=banana",
    "/runs/{notes}",
    "/runs",
    "/runs/9999",
    "/experiments/{experiment}/findings",
    "/explain?run={hf-v4-steps10-pty}",
    "/status",
    "/login",
)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board with runs of several programs, one of them live, one without any metric."""
    folder = tmp_path_factory.mktemp("pages")
    runs = folder / "runs"
    runs.mkdir()
    for log in ("transformers/hf-v4-steps10-pty.log", "transformers/hf-v4-resume-redir.log", "trl/trl-dpo-redir.log", "findings/nan.log"):
        shutil.copyfile(LOGS / log, runs / Path(log).name)
    (runs / "<b onclick=alert(1)>.log").write_text(
        "".join(f"step {i}: loss {9 - i / 9:.3f} <img src=x onerror=alert(1)>\n" for i in range(50))
    )
    (runs / f"{'long' * 50}.log").write_text("".join(f"step {i}: loss {9 - i / 9:.3f}\n" for i in range(50)))
    notes = folder / "notes.txt"
    notes.write_text("Nothing was trained today.\n")
    (folder / "many").mkdir()
    metrics = {f"layer{number}/std": 0.1 for number in range(60)}
    (folder / "many" / "many.jsonl").write_text(
        "".join(json.dumps({"step": step, "loss": 1 / step} | metrics) + "\n" for step in (1, 2, 3))
    )
    boards = Boards(folder)
    started = boards(runs, notes, folder / "many")
    started.wait_for("/", "notes")
    started.wait_for("/api/v1/runs", r'("id".*){8}')
    started.wait_for("/", 'class="noticed"', seconds=40)
    yield started
    boards.stop()


@pytest.fixture(scope="module")
def run_ids(board: RunningBoard) -> dict[str, int]:
    runs = json.loads(board.get("/api/v1/runs")[1])
    return {run["name"]: run["id"] for run in runs} | {"experiment": next(run["experiment_id"] for run in runs if run["name"] == "nan")}


@pytest.fixture
def look(tabs: Tabs, board: RunningBoard, run_ids: dict[str, int]) -> Look:
    """Opens pages; with each comes the list of what its console says, dialogs included."""

    def open_page(path: str, **options) -> tuple[Page, list[str]]:
        tab = tabs.open(**options)
        tab.page.goto(board.url + path.format(**run_ids))
        return tab.page, tab.said

    return open_page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_light_and_dark_and_fits_every_window(look, path):
    page, said = look(path)
    check_accessible(page)
    for width in (360, 768, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [text for text in said if "404" not in text] == []


@pytest.mark.parametrize("path", PAGES[1:5])
def test_a_page_without_javascript_has_the_same_words(look, path):
    with_script, _ = look(path)
    without, _ = look(path, java_script_enabled=False)
    assert headings(without) == headings(with_script)
    assert without.locator("svg[data-chart]").count() == with_script.locator("svg[data-chart]").count()
    assert without.locator(".tl").count() == with_script.locator(".tl").count()


def headings(page: Page) -> list[str]:
    return page.locator("h1, h2, h3, summary, th").all_inner_texts()


@pytest.mark.parametrize("width", [380, 800, 1280])
def test_a_long_file_name_pushes_nothing_off_the_status_page(look, width):
    page, _ = look("/status")
    page.set_viewport_size({"width": width, "height": 900})
    assert page.locator(".sources tbody tr").count() >= 7
    rights = page.locator(".sources td, .sources tbody th").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().right)")
    assert max(rights) <= width


@pytest.mark.parametrize("sort", ["loss", "-status", "step", "updated"])
@pytest.mark.parametrize("path", ["/runs?sort=", "/experiments/{experiment}?sort="])
def test_on_a_phone_the_column_that_runs_are_sorted_by_is_in_sight(look, path, sort):
    page, _ = look(path + sort)
    page.set_viewport_size({"width": 380, "height": 900})
    place = page.locator(".run-table thead th").evaluate_all("heads => heads.findIndex(head => head.ariaSort)") + 1
    column = page.locator(f".run-table tr > :nth-child({place})").evaluate_all(
        "cells => cells.map(c => c.getBoundingClientRect()).map(r => [r.left, r.right])"
    )
    assert min(left for left, _ in column) >= 150
    assert max(right for _, right in column) <= 380


@pytest.mark.parametrize(
    "path",
    [f"{page}?sort={sort}" for page in ("/runs", "/experiments/{experiment}") for sort in ("loss", "-status", "best", "updated", "name")]
    + ["/runs?sort=metric:loss&col=status&col=metric:loss&col=metric:layer7/std&col=param:max_steps&col=spark&col=experiment"],
)
def test_on_a_phone_every_value_of_a_run_is_in_sight_and_covers_no_other(look, path):
    page, _ = look(path)
    page.set_viewport_size({"width": 360, "height": 900})
    table = page.get_by_role("region", name="Table of runs")
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth")
    cells = page.locator(".run-table :is(td, th)").evaluate_all("cells => cells.map(cell => cell.scrollWidth - cell.clientWidth)")
    assert max(cells) <= 0
    rows = page.locator(".run-table tr").evaluate_all(
        """rows => rows.map(row => [...row.children].map(cell => cell.getBoundingClientRect()).filter(box => box.width)
            .map(box => [box.left, box.top, box.right, box.bottom]))"""
    )
    assert len(rows) >= 5
    for row in rows:
        assert all(left >= 0 and right <= 360 for left, _, right, _ in row)
        for one, other in combinations(row, 2):
            assert one[2] <= other[0] + 1 or other[2] <= one[0] + 1 or one[3] <= other[1] + 1 or other[3] <= one[1] + 1


def test_on_a_phone_the_path_of_the_log_can_be_read_above_its_text(look):
    page, _ = look("/runs/{notes}")
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.locator(".term-path").bounding_box()["width"] >= 200


@pytest.mark.parametrize(
    "path", ["/experiments/{experiment}/findings", "/explain?run={hf-v4-steps10-pty}", "/compare?run={hf-v4-steps10-pty}&run={nan}"]
)
def test_on_a_phone_a_table_of_long_texts_is_whole(look, path):
    page, _ = look(path)
    page.set_viewport_size({"width": 360, "height": 900})
    table = page.locator("table.blocks")
    assert table.locator("tbody tr").count() >= 2
    assert page.locator(".scroll-x:has(.blocks)").evaluate("box => box.scrollWidth <= box.clientWidth")
    rights = table.locator("tbody :is(th, td)").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().right)")
    assert 100 < max(rights) <= 350


def test_on_a_phone_the_switches_of_the_charts_are_all_in_sight(look):
    page, _ = look("/runs/{trl-dpo-redir}")
    page.set_viewport_size({"width": 360, "height": 900})
    chips = page.locator("#chips")
    assert chips.locator(".chip").count() >= 12
    assert chips.evaluate("box => box.scrollHeight <= box.clientHeight")


@pytest.mark.parametrize("path", ["/runs/{hf-v4-steps10-pty}", "/compare?run={hf-v4-steps10-pty}&run={nan}"])
def test_the_switches_stay_in_sight_above_the_charts_where_there_is_room(look, path):
    page, _ = look(path)
    page.set_viewport_size({"width": 1280, "height": 800})
    switches, first, last = page.locator("#controls"), page.locator(".chart-figure").first, page.locator(".chart-figure").last
    last.evaluate("figure => window.scrollTo(0, figure.getBoundingClientRect().bottom + window.scrollY - 600)")
    assert 0 <= switches.bounding_box()["y"] < 10
    page.evaluate("location.hash = 'charts'")
    page.wait_for_function("document.querySelector('#charts').getBoundingClientRect().top < 200")
    bar = switches.bounding_box()
    assert bar["y"] + bar["height"] <= first.bounding_box()["y"]
    page.set_viewport_size({"width": 360, "height": 800})
    last.scroll_into_view_if_needed()
    assert switches.bounding_box()["y"] < 0


@pytest.mark.parametrize("path", ["/", "/runs"])
def test_the_fields_of_a_search_stand_level(look, path):
    page, _ = look(path + "?archived=1")
    boxes = page.locator(".search [name=archived], .search button").evaluate_all(
        "fields => fields.map(field => field.getBoundingClientRect()).map(box => box.top + box.height / 2)"
    )
    assert max(boxes) - min(boxes) <= 3


@pytest.mark.parametrize("script", [True, False])
def test_the_selected_run_is_in_sight_wherever_it_stands_in_the_table(look, run_ids, script):
    page, _ = look("/experiments/{experiment}?sort=name", java_script_enabled=script)
    addresses = page.locator(".run-table tbody th a").evaluate_all("links => links.map(link => link.href)")
    page.set_viewport_size({"width": 500, "height": 600})
    for address in (addresses[0], addresses[len(addresses) // 2], addresses[-1]):
        page.goto(address)
        page.locator(".scroll-y").evaluate("node => node.style.maxHeight = '110px'")
        table, selected = (page.locator(selector).bounding_box() for selector in (".scroll-y", "tr.selected th"))
        assert table["y"] + 20 <= selected["y"]
        assert selected["y"] + selected["height"] <= table["y"] + table["height"] + 1


def test_a_long_tag_does_not_widen_its_choice(look, board, run_ids):
    page, _ = look("/manage?run={nan}")
    page.get_by_label("Tags").fill("t" * 100)
    page.get_by_role("button", name="Save").click()
    page.goto(board.url + "/runs")
    for width in (380, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("select[name=tag]").bounding_box()["width"] <= 260
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("script", [True, False])
def test_many_columns_are_offered_by_a_field_that_completes_their_names(look, script):
    page, _ = look("/runs", java_script_enabled=script)
    page.locator(".columns summary").click()
    assert page.locator(".columns [name=col][type=checkbox]").count() < 20
    assert page.locator(".columns option[value='metric:layer7/std']").count() == 1
    for name in ("metric:layer7/std", "metric:layer9/std"):
        page.get_by_label("one more").fill(name)
        page.get_by_role("button", name="Show these").click()
        expect(page.locator(".run-table thead th").last).to_have_text(name.removeprefix("metric:"))
        page.locator(".columns summary").click()
    expect(page.get_by_role("checkbox", name="layer7/std metric")).to_be_checked()
    page.get_by_label("one more").fill("layer8")
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("alert").first).to_have_text("col=layer8 is no column of the table; it is left out.")


def test_the_first_page_names_the_gravest_finding_of_a_run(look):
    page, _ = look("/")
    assert "non-finite value" in page.locator(".mini-run", has_text="nan").locator(".noticed").inner_text()
    assert page.locator(".mini-run").count() > page.locator(".noticed").count()


def test_a_hostile_file_name_and_log_are_shown_as_text(look):
    page, said = look("/experiments/{experiment}?run={hf-v4-steps10-pty}")
    page.get_by_role("link", name="<b onclick=alert(1)>").first.click()
    expect(page.locator("#terminal")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#run-name")).to_have_text("<b onclick=alert(1)>")
    assert page.locator("main b, main img").count() == page.locator(".legend b").count()
    assert said == []


def test_a_printed_page_is_black_on_white_and_has_no_controls(look):
    page, _ = look("/runs/{hf-v4-steps10-pty}", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate(
        "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
    ) in (
        "rgba(0, 0, 0, 0)rgb(255, 255, 255)",
        "rgb(255, 255, 255)rgb(255, 255, 255)",
    )
    assert not page.locator(".controls").is_visible()
    assert page.locator("svg[data-chart]").first.is_visible()


def ground(page: Page, selector: str, pseudo: str = "") -> str:
    return page.locator(selector).first.evaluate("(node, pseudo) => getComputedStyle(node, pseudo || null).backgroundColor", pseudo)


def test_forced_colours_still_show_what_is_chosen_and_how_runs_stand(look):
    page, _ = look("/runs/{hf-v4-steps10-pty}", forced_colors="active")
    canvas = ground(page, "html")
    assert ground(page, ".chip input:checked + span") not in (canvas, ground(page, ".chip input:not(:checked) + span"))
    assert ground(page, "#status .dot") not in (canvas, "rgba(0, 0, 0, 0)")
    assert ground(page, ".to-curve", "::after") != canvas
    assert page.locator("progress").evaluate("node => getComputedStyle(node).borderTopWidth") == "1px"


def test_the_first_page_tells_the_state_of_a_run_in_words_too(look, run_ids):
    page, _ = look("/")
    runs = page.locator(".mini-run")
    assert runs.count() >= 5
    assert all(text.split()[0] in ("running", "waiting", "stalled", "failed", "finished", "missing") for text in runs.all_inner_texts())


def test_the_first_sheet_of_a_printed_page_shows_what_the_page_is_for(look):
    page, _ = look("/runs/{trl-dpo-redir}")
    first = pypdfium2.PdfDocument(page.pdf(format="A4"))[0].get_textpage().get_text_range()
    assert "→ all drawn" in first
    page, _ = look("/status")
    first = pypdfium2.PdfDocument(page.pdf(format="A4"))[0].get_textpage().get_text_range()
    assert "Left to read" in first
    assert "notes.txt" in first


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/{nan}", "/experiments/{experiment}", "/compare"])
def test_a_log_can_be_uploaded_from_every_page(look, path):
    page, _ = look(path)
    page.get_by_role("navigation", name="Board").get_by_role("link", name="Upload a log").click()
    expect(page.get_by_role("heading", name="Upload a log")).to_be_visible()


def test_plots_side_by_side_stand_level_though_one_legend_is_longer(look):
    page, _ = look("/runs/{trl-dpo-redir}")
    page.set_viewport_size({"width": 960, "height": 900})
    figures = page.locator("#charts .chart-figure").evaluate_all(
        "figures => figures.map(f => [f.getBoundingClientRect().top, f.querySelector('.chart-box').getBoundingClientRect().top])"
    )
    rows = {top: {plot for other, plot in figures if other == top} for top, _ in figures}
    assert len(figures) > len(rows)
    assert all(len(plots) == 1 for plots in rows.values())
