"""A change of the view: the address, the fields, and every part of the page that carries the view go with it, without a reload."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.compare.conftest import SEEDS
from tests.conftest import Boards, RunningBoard
from tests.tabs import Tabs

Open = Callable[..., Page]
LOADED = "performance.timeOrigin"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """A board with runs of two learning rates, a run with an event and a value that is not finite, and one whose log is long."""
    folder = tmp_path_factory.mktemp("view")
    runs = folder / "runs"
    runs.mkdir()
    for name in ("sft-lr0.001-seed1", "sft-lr0.001-seed2", "sft-lr0.003-seed1"):
        (runs / f"{name}.log").write_bytes((SEEDS / f"{name}.log").read_bytes())
    steps = [f"step {i}: loss {'nan' if i == 70 else 3 - i / 50:.5}, lr 0.001, grad_norm 1.5\n" for i in range(1, 101)]
    (runs / "plain.log").write_text("".join(steps))
    (runs / "long.log").write_text("".join(f"step {i}: loss {3 - i / 9000:.5}\n" for i in range(1, 20_001)))
    boards = Boards(folder)
    started = boards(runs)
    started.wait_for("/api/v1/runs", r'("points":[1-9].*){5}')
    started.wait_for("/", "non-finite value", seconds=40)
    yield started
    boards.stop()


@pytest.fixture(scope="module")
def ids(board: RunningBoard) -> dict[str, int]:
    return {run["name"].replace(".", "").replace("-", "_"): run["id"] for run in json.loads(board.get("/api/v1/runs")[1])}


@pytest.fixture
def look(tabs: Tabs, board: RunningBoard, ids: dict[str, int]) -> Iterator[Open]:
    """Opens a page, the numbers of runs being known by their names; it fails on any complaint of the browser."""
    opened = []

    def open_page(path: str, width: int = 1280, height: int = 1000, **options) -> Page:
        opened.append(tabs.open(width, height, **options))
        page = opened[-1].page
        page.set_default_timeout(8000)
        page.goto(board.url + path.format(**ids))
        return page

    yield open_page
    assert [tab.said for tab in opened if tab.said] == []


def query(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[data-view-form] [name={name}]")


def hold(page: Page, part: str) -> list[Route]:
    """Holds back the first request whose address has `part` in it, until it is told to go on."""
    held: list[Route] = []
    page.route(lambda url: part in url and not held, lambda route: held.append(route))
    return held


def drag(page: Page, start: float, end: float) -> None:
    """Drags over a chart, from one share of its width to another."""
    box = page.locator("svg[data-chart]").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 54 + start * (box["width"] - 68), box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 54 + end * (box["width"] - 68), box["y"] + 50, steps=4)
    page.mouse.up()


def smooth(page: Page, value: str) -> None:
    field(page, "smooth").fill(value)
    page.wait_for_url(f"**smooth={value}**")


def test_everything_on_the_page_of_a_run_that_carries_the_view_goes_with_a_zoom_and_a_control(look):
    page = look("/runs/{plain}")
    loaded = page.evaluate(LOADED)
    reset = page.locator(".controls").get_by_role("link", name="Reset")
    expect(reset).to_have_count(0)
    drag(page, 0.3, 0.6)
    page.wait_for_url("**from=**")
    expect(reset).to_be_visible()
    smooth(page, "0.5")
    for link in (page.get_by_role("link", name="report to print"), page.locator(".findings").get_by_role("link", name="log line").first):
        expect(link).to_have_attribute("href", re.compile("smooth=0.5.*from="))
    assert page.evaluate(LOADED) == loaded
    page.locator(".tl .to-curve").nth(50).click()
    page.wait_for_url("**at=**")
    assert (query(page)["smooth"], urlsplit(page.url).fragment) == ("0.5", "charts")
    page.get_by_role("searchbox", name="Search the log").fill("nan")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=nan**")
    assert query(page)["smooth"] == "0.5"
    assert "at" not in query(page)


@pytest.mark.parametrize("path", ["/runs/{long}?at=100000", "/experiments/1?run={long}&at=100000&sort=name"])
@pytest.mark.parametrize("words", ["older lines", "newer lines"])
def test_older_and_newer_lines_of_the_log_keep_the_view_as_it_was_changed_since(look, path, words):
    page = look(path)
    loaded = page.evaluate(LOADED)
    page.get_by_role("link", name="Zoom in").click()
    smooth(page, "0.5")
    shown = page.locator(".tl").count()
    page.get_by_text(words).click()
    expect(page.locator(".tl")).to_have_count(shown + 200)
    assert page.evaluate(LOADED) == loaded, "the page was loaded again"
    changed = query(page)
    page.get_by_role("link", name=words).evaluate("link => location.assign(link.href)")  # as in a tab of its own
    page.wait_for_url(lambda url: query(page).get("at", "100000") != "100000")
    assert {**query(page), "at": "100000"} == {**changed, "at": "100000"}
    assert page.url.endswith("#terminal")


def test_the_events_of_a_run_lead_to_their_lines_in_the_view_and_on_the_page_of_now(look):
    page = look("/experiments/1?run={sft_lr0001_seed1}")
    smooth(page, "0.5")
    page.locator("#events summary").click()
    page.locator("#events li a").first.click()
    page.wait_for_url("**at=**")
    assert urlsplit(page.url).path == "/experiments/1"
    assert query(page)["smooth"] == "0.5"
    expect(page.locator(".tl.marked")).to_be_in_viewport()


@pytest.mark.parametrize("words", ["older lines", "newer lines"])
def test_older_and_newer_lines_keep_the_view_without_javascript(look, words):
    page = look("/runs/{long}?at=100000&smooth=0.5&find=loss", java_script_enabled=False)
    page.get_by_text(words).click()
    page.wait_for_url("**#terminal")
    assert query(page)["smooth"] == "0.5"
    assert query(page)["at"] != "100000"
    expect(page.locator(".tl.marked")).to_have_count(1)


@pytest.mark.parametrize("path", ["/runs/{plain}", "/compare?run={plain}&run={sft_lr0001_seed1}"])
def test_keys_zoom_a_live_run_again_and_again_without_a_reload(look, path):
    page = look(path)
    expect(page.locator("#charts[data-poll]")).to_be_attached()
    loaded = page.evaluate(LOADED)
    chart = page.locator("svg[data-chart]").first
    chart.focus()
    limits = {""}
    for _ in range(3):
        page.keyboard.press("+")
        page.wait_for_url(lambda _: query(page).get("from", "") not in limits)
        expect(chart).to_be_focused()
        limits.add(query(page)["from"])
    assert page.evaluate(LOADED) == loaded, "the page was loaded again"


def test_what_was_typed_and_ticked_in_the_terminal_stays_at_a_change_of_the_view(look):
    page = look("/runs/{plain}")
    search = page.get_by_role("searchbox", name="Search the log")
    search.fill("nan")
    page.get_by_label("wrap").uncheck()
    smooth(page, "0.5")
    expect(search).to_have_value("nan")
    expect(page.get_by_label("wrap")).not_to_be_checked()
    search.press("Enter")
    page.wait_for_url("**find=nan**")
    assert query(page)["smooth"] == "0.5"


def test_the_table_of_runs_above_a_run_goes_with_the_view(look):
    page = look("/experiments/1?run={plain}&q=seed1&col=status")
    page.get_by_role("searchbox", name="Search runs").fill("lr0.003")
    smooth(page, "0.5")
    rows = page.locator("#runs")
    for name in ("Status", "sft-lr0.003-seed1", "Show all", "usual columns"):
        expect(rows.locator("a", has_text=name).first).to_have_attribute("href", re.compile("smooth=0.5"))
    expect(page.get_by_role("searchbox", name="Search runs")).to_have_value("lr0.003")
    rows.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=lr0.003**")
    assert query(page)["smooth"] == "0.5"


@pytest.mark.parametrize("script", [True, False])
def test_the_table_of_an_experiment_of_a_few_runs_has_its_columns_chosen(look, script):
    page = look("/experiments/1?run={plain}&smooth=0.5", java_script_enabled=script)
    expect(page.get_by_role("searchbox", name="Search runs")).to_have_count(0)
    page.locator(".columns summary").click()
    page.get_by_role("checkbox", name="Best").uncheck()
    page.get_by_role("checkbox", name="grad_norm metric").check()
    page.get_by_role("button", name="Show these").click()
    page.wait_for_url("**col=metric%3Agrad_norm**")
    heads = page.locator(".run-table thead th").all_inner_texts()
    assert heads[-1] == "grad_norm"
    assert "Best" not in heads
    assert query(page)["smooth"] == "0.5"
    page.locator(".columns summary").click()
    page.get_by_role("link", name="usual columns").click()
    expect(page.locator(".run-table thead th", has_text="Best")).to_be_visible()


def test_zooms_of_the_run_on_the_page_of_an_experiment_stay_on_that_page(look):
    page = look("/experiments/1?run={plain}&sort=name")
    page.get_by_role("link", name="Zoom in").click()
    page.wait_for_url("**from=**")
    assert urlsplit(page.url).path == "/experiments/1"
    assert query(page)["sort"] == "name"


def test_everything_of_a_comparison_goes_with_its_view(look):
    page = look("/compare?run={sft_lr0001_seed1}&run={sft_lr0001_seed2}&run={sft_lr0003_seed1}&params=all")
    smooth(page, "0.5")
    head = page.locator(".head-row")
    expect(head.get_by_role("link", name="Report to print")).to_have_attribute("href", re.compile("smooth=0.5"))
    expect(page.locator("#params .more, #compared .acts a").first).to_have_attribute("href", re.compile("smooth=0.5"))
    field(page, "group").select_option("learning_rate")
    page.wait_for_url("**group=**")
    for run in ("sft-lr0.001-seed1", "sft-lr0.003-seed1"):
        swatch = page.locator("#compared tbody tr", has_text=run).locator(".swatch path").get_attribute("class")
        head = page.locator("#params thead th", has_text=run)
        expect(head.locator(".swatch path")).to_have_attribute("class", swatch)


@pytest.mark.parametrize("path", ["/runs/{plain}", "/experiments/1?run={plain}"])
def test_the_buttons_of_the_zoom_fill_the_fields_and_the_next_control_keeps_it(look, path):
    page = look(path)
    page.get_by_role("link", name="Zoom in").click()
    page.wait_for_url("**from=**")
    expect(page.get_by_role("link", name="Zoom in")).to_be_focused()
    first = query(page)["from"]
    page.get_by_role("link", name="Later").click()
    page.wait_for_url(lambda _: query(page)["from"] != first)
    later = float(query(page)["from"])
    assert float(field(page, "from").input_value()) == pytest.approx(later)
    smooth(page, "0.5")
    assert float(query(page)["from"]) == pytest.approx(later)
    page.get_by_role("link", name="Show all").click()
    expect(field(page, "from")).to_have_value("")


def test_each_zoom_is_one_step_of_the_history_and_back_brings_fields_and_charts(look):
    page = look("/runs/{plain}")
    loaded, entries = page.evaluate(LOADED), page.evaluate("history.length")
    caption = page.locator("#charts figcaption").first
    whole = caption.inner_text()
    drag(page, 0.2, 0.6)
    page.wait_for_url("**from=**")
    first = query(page)["from"]
    field(page, "log").select_option("y")
    page.wait_for_url("**log=y**")
    page.get_by_role("link", name="Zoom in").click()
    page.wait_for_url(lambda _: query(page)["from"] != first)
    assert page.evaluate("history.length") == entries + 3
    page.go_back()
    page.go_back()
    expect(field(page, "log")).to_have_value("")
    expect(field(page, "from")).not_to_have_value("")
    page.go_back()
    expect(caption).to_have_text(whole)
    expect(field(page, "from")).to_have_value("")
    page.go_forward()
    expect(field(page, "from")).not_to_have_value("")
    assert page.evaluate("history.length") == entries + 3
    assert page.evaluate(LOADED) == loaded, "the page was loaded again"


@pytest.mark.parametrize("path", ["/runs/{plain}", "/compare?run={plain}&run={long}"])
def test_back_empties_the_fields_that_were_typed_in_and_the_next_choice_does_not_use_them(look, path):
    page = look(path)
    for name, value in (("from", "40"), ("to", "80")):
        field(page, name).press_sequentially(value)
        field(page, name).press("Enter")
        page.wait_for_url(f"**{name}={value}**")
    field(page, "log").select_option("y")
    page.wait_for_url("**log=y**")
    field(page, "to").focus()
    page.keyboard.press("End")
    page.keyboard.type("0")
    page.go_back()
    expect(field(page, "log")).to_have_value("")
    expect(field(page, "to")).to_have_value("80")
    page.go_back()
    expect(field(page, "to")).to_have_value("")
    expect(field(page, "from")).to_have_value("40")
    page.go_back()
    expect(field(page, "from")).to_have_value("")
    field(page, "log").select_option("y")
    page.wait_for_url("**log=y**")
    assert not {"from", "to"} & query(page).keys()
    expect(page.locator("#charts .zooms").get_by_role("link", name="Show all")).to_have_count(0)


@pytest.mark.parametrize("path", ["/runs/{plain}", "/compare?run={plain}&run={long}"])
def test_fields_set_while_a_zoom_is_on_its_way_are_set_with_it(look, path):
    page = look(path)
    held = hold(page, "from=")
    with page.expect_request("**from=**"):
        drag(page, 0.2, 0.6)
    field(page, "log").select_option("y")
    field(page, "smooth").evaluate("field => { field.value = 0.5; field.dispatchEvent(new Event('change', {bubbles: true})) }")
    held[0].continue_()
    page.wait_for_url("**log=y**")
    assert {"from", "to", "log", "smooth"} <= query(page).keys()
    expect(field(page, "log")).to_have_value("y")
    expect(field(page, "from")).not_to_have_value("")


def test_two_charts_chosen_in_quick_succession_are_both_chosen(look):
    page = look("/runs/{plain}")
    held = hold(page, "metric=")
    with page.expect_request("**metric=**"):
        page.locator(".chip input[value=learning_rate]").uncheck()
    page.locator(".chip input[value=grad_norm]").uncheck()
    held[0].continue_()
    expect(page.locator("#charts figure h3")).to_have_text(["loss"])
    expect(page.locator(".chip input:checked")).to_have_count(1)


@pytest.mark.parametrize("script", [True, False])
def test_another_x_axis_shows_the_whole_range_because_the_limits_are_of_the_axis_they_were_made_on(look, script):
    page = look("/compare?run={sft_lr0001_seed1}&from=5&to=20", java_script_enabled=script)
    field(page, "x").select_option("epoch")
    if not script:
        page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**x=epoch**")
    expect(page.locator("#charts .curves path").first).to_be_attached()
    expect(field(page, "from")).to_have_value("")
    expect(field(page, "to")).to_have_value("")


@pytest.mark.parametrize("script", [True, False])
def test_a_filter_that_no_chart_matches_says_so_and_can_be_changed(look, script):
    page = look("/runs/{plain}?match=zzz", java_script_enabled=script)
    expect(page.locator("#charts")).to_contain_text("No chart has “zzz” in its name")
    field(page, "match").fill("grad")
    field(page, "match").press("Enter")
    page.wait_for_url("**match=grad**")
    expect(page.locator("#charts figure h3")).to_have_text("grad_norm")


def test_charts_that_a_run_does_not_have_are_not_said_to_be_missing_in_its_log(look):
    page = look("/runs/{plain}?metric=nonsense&smooth=0.5")
    expect(page.locator("#charts")).to_contain_text("This run has no chart of the names asked for")
    page.get_by_role("link", name="Show its usual charts").click()
    expect(page.locator("#charts figure h3").first).to_have_text("loss")
    assert query(page) == {"smooth": "0.5"}


def test_the_limits_of_times_can_be_read_in_their_fields(look, ids):
    page = look("/runs/{sft_lr0001_seed1}?x=relative")
    page.goto(page.url.replace("x=relative", "x=time&from=1769594412.125&to=1769594512.5"))
    for name, value in (("from", "1769594412.125"), ("to", "1769594512.5")):
        expect(field(page, name)).to_have_value(value)
        assert field(page, name).evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_drag_over_charts_that_show_nothing_changes_nothing(look):
    page = look("/runs/{plain}?from=5000&to=6000")
    expect(page.locator("#charts")).to_contain_text("No points between these limits")
    before = page.url
    drag(page, 0.2, 0.6)
    page.locator("svg[data-chart]").first.focus()
    page.keyboard.press("+")
    page.wait_for_timeout(400)  # nothing is to come
    assert page.url == before
    page.keyboard.press("0")
    page.wait_for_url(lambda url: "from" not in url)


def test_limits_that_cannot_be_are_said_to_be_so_at_once_and_make_no_step_of_the_history(look):
    page = look("/runs/{plain}")
    entries = page.evaluate("history.length")
    field(page, "to").fill("50")
    field(page, "to").press("Enter")
    page.wait_for_url("**to=50**")
    field(page, "from").fill("100")
    field(page, "from").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="from=100 is not below to=50")).to_be_visible()
    expect(field(page, "from")).to_have_value("100")
    field(page, "from").fill("10")
    field(page, "from").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="is not below")).to_have_count(0)
    assert query(page) == {"from": "10", "to": "50"}
    assert page.evaluate("history.length") == entries + 3


def test_a_finger_opens_one_tooltip_at_a_time(look):
    page = look("/runs/{plain}", 400, 900, has_touch=True)
    chart = page.locator("svg[data-chart]").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    for share in (0.3, 0.5, 0.8):
        page.touchscreen.tap(box["x"] + share * box["width"], box["y"] + 60)
        expect(chart.locator(".bands .b > svg > g").filter(visible=True)).to_have_count(1)


def test_a_link_that_shows_itself_when_focused_leads_over_the_terminal(look):
    page = look("/runs/{plain}")
    link = page.get_by_role("link", name="Skip the terminal")
    expect(link).not_to_be_in_viewport()
    link.focus()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#controls :focus")).to_have_count(1)
