"""Charts in a real Chromium: hover with and without script, zoom, pan, keys, links into the log, polls, phones."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.charts.made import charts_of, curve_of, made_series
from tests.charts.server import ChartPages
from tests.tabs import Tabs, check_accessible
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import TOP, Chart, draw_chart

LEFT, RIGHT = 54, 14
Serve = Callable[..., ChartPages]


@pytest.fixture
def page(tabs: Tabs) -> Iterator[Page]:
    """A page that fails the test on any complaint of the browser: script errors, violations of the policy, missing files."""
    tab = tabs.open(1000, 700)
    yield tab.page
    assert tab.said == []


def place(page: Page, share: float, down: float = 0.5, chart: str = "#chart-loss") -> tuple[float, float]:
    """A point of the plot in pixels of the page: `share` from the left, `down` from the top."""
    while not (box := page.locator(chart).bounding_box()):
        pass  # a poll replaced the chart between finding it and measuring it
    height = box["height"] - 32
    return box["x"] + LEFT + share * (box["width"] - LEFT - RIGHT), box["y"] + TOP + down * height


def window(page: Page, chart: str = "#chart-loss") -> tuple[float, float]:
    node = page.locator(chart)
    return float(node.get_attribute("data-x0") or "nan"), float(node.get_attribute("data-x1") or "nan")


def share_of(page: Page, x: float) -> float:
    x0, x1 = window(page)
    return (x - x0) / (x1 - x0)


def query(page: Page) -> dict[str, float]:
    return {name: float(values[0]) for name, values in parse_qs(urlsplit(page.url).query).items()}


def tooltip(page: Page, chart: str = "#chart-loss") -> str:
    """The words of the one tooltip that can be seen, cells parted by a space."""
    boxes = page.locator(f"{chart} .bands .b > svg > g").filter(visible=True)
    expect(boxes).to_have_count(1)
    cells = [
        (float(c.get_attribute("y") or 0), float(c.get_attribute("x") or 0), c.text_content() or "") for c in boxes.locator("tspan").all()
    ]
    shared = page.locator(f"{chart} .tip tspan").all()
    cells += [(float(c.get_attribute("y") or 0), float(c.get_attribute("x") or 0), c.text_content() or "") for c in shared]
    return " ".join(text for _, _, text in sorted(cells))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1])
    page.mouse.move(*end)
    page.mouse.up()


def test_without_script_hovering_any_point_shows_its_exact_value(tabs: Tabs, serve_charts: Serve) -> None:
    board = serve_charts(charts_of(400))
    values = curve_of(400)
    page = tabs.open(1000, 700, java_script_enabled=False).page
    page.goto(board.url)
    for step in (400, 1, 200, int(values.argmin()) + 1, int(values.argmax()) + 1):
        page.mouse.move(*place(page, share_of(page, step)))
        words = tooltip(page)
        assert words.startswith(f"step {step} · epoch {(step - 1) / 400:.4g}"[:14]), words
        assert f"loss {values[step - 1]:g}" in words
        assert re.search(r"2026-01-28 10:\d\d:\d\d · \+", words)
    page.mouse.move(*place(page, share_of(page, 400)))
    assert "eval_loss 1." in tooltip(page)


def test_the_newest_point_is_found_on_its_dot_however_many_points_there_are(tabs: Tabs, serve_charts: Serve) -> None:
    values = curve_of(100_000)
    board = serve_charts(lambda view, _: [draw_chart(ChartRequest("loss", "loss", [Line("loss", made_series(values))], view))])
    page = tabs.open(1400, 700, java_script_enabled=False).page
    page.goto(board.url)
    for number in (99_999, int(values.argmin())):
        page.mouse.move(*place(page, share_of(page, number + 1)))
        assert f"step {number + 1:,}" in tooltip(page)
        assert f"loss {values[number]:g}" in tooltip(page)


def test_the_line_nearest_to_the_pointer_is_set_off(page: Page, serve_charts: Serve) -> None:
    flat = [Line(f"run {n}", made_series(np.full(50, float(n)) + np.arange(50) / 1000, run=n), n) for n in range(5)]
    board = serve_charts(lambda view, _: [draw_chart(ChartRequest("loss", "loss", flat, view))])
    page.goto(board.url)
    near = page.locator("#chart-loss .near")
    page.mouse.move(*place(page, 0.5, 0.95))
    expect(near).to_have_text(re.compile("^0"))
    page.mouse.move(*place(page, 0.5, 0.05))
    expect(near).to_have_text(re.compile("^4"))
    expect(near).to_have_count(1)
    row, name = page.locator("#chart-loss .row").filter(visible=True).bounding_box(), near.bounding_box()
    assert row
    assert name
    assert row["y"] < name["y"] + name["height"] / 2 < row["y"] + row["height"]


def test_the_crosshair_stands_at_the_same_step_in_the_other_charts(page: Page, serve_charts: Serve) -> None:
    page.goto(serve_charts(charts_of(400)).url)
    page.mouse.move(*place(page, share_of(page, 300)))
    other = page.locator("#chart-rate .b.other")
    expect(other).to_have_count(1)
    shown = re.search(r"step (\d+)", other.locator(".q").text_content() or "")
    assert shown
    assert abs(int(shown[1]) - 300) <= 2  # a chart has a band for every third pixel or so
    expect(page.locator("#chart-rate .bands .b > svg > g").filter(visible=True)).to_have_count(0)
    page.mouse.move(2, 2)
    expect(other).to_have_count(0)


def test_an_empty_chart_beside_another_is_no_trouble(page: Page, serve_charts: Serve) -> None:
    def draw(view: View, query: dict[str, str]) -> Sequence[Chart]:
        empty = draw_chart(ChartRequest("empty", "grad_norm", [Line("grad_norm", made_series([]))], view, full=(1, 400)))
        return [*charts_of(400)(view, query), empty]

    page.goto(serve_charts(draw).url)
    page.mouse.move(*place(page, 0.5))
    assert "step 20" in tooltip(page)
    page.mouse.move(*place(page, 0.5, chart="#chart-empty"))
    expect(page.locator(".other")).to_have_count(0)
    drag(page, place(page, 0.2, chart="#chart-empty"), place(page, 0.6, chart="#chart-empty"))
    page.wait_for_url("**from=**")
    assert window(page) == pytest.approx((81, 241), abs=5)


def test_a_drag_zooms_all_charts_and_the_back_button_steps_through_the_zooms(page: Page, serve_charts: Serve) -> None:
    board = serve_charts(charts_of(400))
    page.goto(board.url + "/?smooth=0.5")
    whole = window(page)
    loaded = board.requests.count("/static/chart.js")
    drag(page, place(page, share_of(page, 100)), place(page, share_of(page, 300), 0.7))
    page.wait_for_url("**from=**")
    assert query(page)["from"] == pytest.approx(100, abs=1)
    assert query(page)["to"] == pytest.approx(300, abs=1)
    assert query(page)["smooth"] == 0.5
    assert window(page) == pytest.approx((100, 300), abs=1)
    assert window(page, "#chart-rate") == window(page)
    assert float(page.locator("[name=from]").input_value()) == query(page)["from"]
    drag(page, place(page, 0.75), place(page, 0.25))
    page.wait_for_url(lambda url: "from=1" in url and query(page)["to"] < 260)
    first = window(page)
    assert first == pytest.approx((150, 250), abs=2)
    page.go_back()
    expect(page.locator("#chart-loss")).to_have_attribute("data-x1", re.compile("^(299|300|301)"))
    assert window(page) == pytest.approx((100, 300), abs=1)
    page.go_back()
    expect(page.locator("#chart-loss")).to_have_attribute("data-x1", str(whole[1]))
    assert window(page) == whole
    assert page.locator("[name=from]").input_value() == ""
    page.go_forward()
    expect(page.locator("#chart-loss")).to_have_attribute("data-x1", re.compile("^(299|300|301)"))
    assert board.requests.count("/static/chart.js") == loaded, "the page was loaded again"


def test_a_double_click_resets_and_opens_no_link(page: Page, serve_charts: Serve) -> None:
    page.goto(serve_charts(charts_of()).url + "/?from=100&to=200&log=y")
    page.mouse.dblclick(*place(page, 0.5))
    page.wait_for_url(lambda url: "from" not in url)
    assert urlsplit(page.url).query == "log=y"
    page.wait_for_timeout(400)  # longer than the pause after which a single click would open its link
    assert "at=" not in page.url


def test_shift_and_drag_pans_no_further_than_the_data_go(page: Page, serve_charts: Serve) -> None:
    page.goto(serve_charts(charts_of(400)).url + "/?from=100&to=200")
    page.keyboard.down("Shift")
    drag(page, place(page, 0.8), place(page, 0.3))
    page.keyboard.up("Shift")
    page.wait_for_url("**from=15**")
    assert window(page) == pytest.approx((150, 250), abs=1)
    page.keyboard.down("Shift")
    drag(page, place(page, 0.1), place(page, 0.9))
    page.wait_for_url("**from=70**")
    drag(page, place(page, 0.1), place(page, 0.9))
    page.keyboard.up("Shift")
    page.wait_for_url(lambda url: "from" not in url)
    assert window(page)[0] == 1
    assert window(page)[1] == pytest.approx(101, abs=2)


def test_alt_and_wheel_zooms_while_a_plain_wheel_scrolls_the_page(page: Page, serve_charts: Serve) -> None:
    page.set_viewport_size({"width": 800, "height": 300})
    page.goto(serve_charts(charts_of(400)).url)
    page.mouse.move(*place(page, 0.5))
    page.keyboard.down("Alt")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    page.keyboard.up("Alt")
    page.wait_for_url("**from=**")
    low, high = window(page)
    assert high - low == pytest.approx(400 * 0.64, rel=0.05)
    before = page.locator("#chart-loss").bounding_box()
    page.mouse.wheel(0, 80)
    page.wait_for_timeout(300)
    after = page.locator("#chart-loss").bounding_box()
    assert before
    assert after
    assert after["y"] < before["y"]
    assert window(page) == (low, high)


def test_keys_zoom_pan_and_reset_the_focused_chart(page: Page, serve_charts: Serve) -> None:
    page.goto(serve_charts(charts_of(400)).url)
    chart = page.locator("#chart-loss")
    chart.focus()
    page.keyboard.press("+")
    page.wait_for_url("**from=**")
    assert window(page) == pytest.approx((101, 303), abs=5)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda _: query(page)["from"] > 120)
    assert window(page) == pytest.approx((141, 343), abs=5)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda _: query(page)["from"] < 120)
    expect(chart).to_be_focused()
    page.keyboard.press("0")
    page.wait_for_url(lambda url: "from" not in url)
    page.keyboard.press("-")
    page.wait_for_timeout(100)
    assert "from" not in page.url


def test_a_click_opens_the_log_line_of_the_point_and_a_drag_does_not(page: Page, serve_charts: Serve) -> None:
    page.goto(serve_charts(charts_of(400)).url)
    page.mouse.click(*place(page, share_of(page, 200)))
    page.wait_for_url("**/?at=19900#terminal")


def test_without_script_a_click_opens_the_log_line_too(tabs: Tabs, serve_charts: Serve) -> None:
    board = serve_charts(charts_of(400))
    page = tabs.open(java_script_enabled=False).page
    page.goto(board.url)
    page.mouse.click(*place(page, share_of(page, 400)))
    page.wait_for_url("**/?at=39900#terminal")


def test_new_data_keep_the_tooltip_open_under_a_resting_pointer_and_the_focus_where_it_was(page: Page, serve_charts: Serve) -> None:
    shown = [200]

    def draw(view: View, _: dict[str, str]) -> Sequence[Chart]:
        return charts_of(shown[0])(view, {})

    page.goto(serve_charts(draw, poll="every 150ms").url)
    page.locator("#chart-loss").focus()
    page.mouse.move(*place(page, 1.0))
    assert "step 200" in tooltip(page)
    shown[0] = 260
    expect(page.locator("#chart-loss")).to_have_attribute("data-full1", "260.0")
    expect(page.locator("#chart-loss .bands .b > svg > g").filter(visible=True)).to_have_count(1)
    assert "step 260" in tooltip(page)
    expect(page.locator("#chart-loss")).to_be_focused()


def test_polls_rest_in_a_hidden_tab_and_while_something_is_dragged(page: Page, serve_charts: Serve) -> None:
    board = serve_charts(charts_of(), poll="every 60ms")
    page.goto(board.url)

    def polls_within(milliseconds: int) -> bool:
        before = len(board.requests)
        page.wait_for_timeout(milliseconds)
        return len(board.requests) > before

    def comes_to(polling: bool) -> bool:
        return any(polls_within(400) == polling for _ in range(25))

    assert comes_to(polling=True)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    assert comes_to(polling=False)
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")
    assert comes_to(polling=True)
    page.mouse.move(*place(page, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6))
    assert comes_to(polling=False)
    expect(page.locator("#chart-loss .sel")).to_be_visible()
    expect(page.locator(".bands .b > svg").filter(visible=True)).to_have_count(0)
    page.mouse.up()
    page.wait_for_url("**from=**")
    assert comes_to(polling=True)


def test_a_zoom_that_the_server_refuses_becomes_a_page_of_its_own(tabs: Tabs, serve_charts: Serve) -> None:
    board = serve_charts(charts_of(400))
    page = tabs.open().page
    page.goto(board.url)
    board.blocks.add("from=")
    drag(page, place(page, 0.25), place(page, 0.75))
    page.wait_for_url("**from=**")
    page.wait_for_load_state()
    assert board.requests.count("/static/chart.js") == 2


@pytest.mark.parametrize("axis", ["step", "time", "relative"])
@pytest.mark.parametrize("window", ["", "&from=11&to=35", "&from=11&to=4000000"])
def test_labels_of_the_x_axis_keep_apart_at_any_width(tabs: Tabs, serve_charts: Serve, window: str, axis: str) -> None:
    page = tabs.open().page
    page.goto(f"{serve_charts(charts_of(400)).url}/?x={axis}{window}")
    for width in (320, 480, 600, 700, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        (name,), labels = (
            page.locator(f"#chart-loss {selector}")
            .filter(visible=True)
            .evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.left, box.right])")
            for selector in (".xname", "text.x")
        )
        assert len(labels) >= 2 or (axis == "time" and window), width
        assert all(right + 4 < left for (_, right), (left, _) in pairwise(labels)), width
        assert not labels or name[1] < labels[0][0], width


@pytest.mark.parametrize("width", [320, 360, 760, 2560])
def test_text_keeps_its_size_and_tooltips_stay_on_the_page_at_any_width(tabs: Tabs, serve_charts: Serve, width: int) -> None:
    board = serve_charts(charts_of(400))
    page = tabs.open(width).page
    page.goto(board.url + "/?smooth=0.6")
    label = page.locator("#chart-loss text.x").first
    assert 11 <= float(label.evaluate("node => getComputedStyle(node).fontSize").removesuffix("px")) <= 13
    for share in (0, 0.2, 0.34, 0.49, 0.51, 0.65, 0.8, 1):
        page.mouse.move(*place(page, share))
        box = page.locator("#chart-loss .bands .b > svg > g").filter(visible=True).bounding_box()
        assert box
        assert box["x"] >= 0, share
        assert box["x"] + box["width"] <= width, share
        words = page.locator("#chart-loss .bands .b > svg > g > text").filter(visible=True).bounding_box()
        assert words
        assert words["x"] + words["width"] <= box["x"] + box["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_to_complain_about_light_and_dark(tabs: Tabs, serve_charts: Serve) -> None:
    bad = curve_of(400)
    bad[100:120] = np.nan

    def draw(view: View, query: dict[str, str]) -> Sequence[Chart]:
        return [*charts_of(400)(view, query), draw_chart(ChartRequest("bad", "grad_norm", [Line("grad_norm", made_series(bad), 3)], view))]

    board = serve_charts(draw)
    page = tabs.open(bypass_csp=True).page
    page.goto(board.url)
    page.mouse.move(*place(page, 0.5))
    check_accessible(page, {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}})


def test_names_from_a_log_are_text_and_nothing_else(page: Page, serve_charts: Serve) -> None:
    names = [
        '<img src=x onerror="document.title=1">',
        "</text></svg><script>document.title=2</script>",
        '"><b hx-get=/api hx-trigger=load>',
        "a\x1b[31mb\u202ec\x00",
    ]

    def draw(view: View, _: dict[str, str]) -> Sequence[Chart]:
        lines = [Line(name, made_series(curve_of(30), run=n), n, link="/?x=%22%3E&at=") for n, name in enumerate(names)]
        return [draw_chart(ChartRequest("loss", names[1], lines, view))]

    board = serve_charts(draw)
    page.goto(board.url)
    page.mouse.move(*place(page, 0.5))
    words = tooltip(page)
    assert "<img src=x oner…" in words
    assert "a␛[31mb⟨U+202E⟩c␀" in words
    assert page.title() == "charts"
    assert not [path for path in board.requests if path.startswith(("/x", "/api"))]
