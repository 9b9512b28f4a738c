"""A chart as a file: whole in itself, the same bytes every time, in the colours of the page."""

import base64
import re
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser

from tests.charts.made import curve_of, made_series, request_of
from webapp.charts.files import COLOURS, TOKENS, draw_chart_file, etag_of
from webapp.charts.options import Line, View
from webapp.paths import STATIC

CSS, VARS = ((STATIC / name).read_text() for name in ("chart.css", "vars.css"))
LINES = [Line(f"run {n} <lr & seed>", made_series(curve_of(500, n), run=n), n, n // 5) for n in range(12)]


@pytest.mark.parametrize("theme", ["light", "dark", "auto", "print"])
def test_a_file_is_whole_in_itself_and_names_every_line(theme: str) -> None:
    body = draw_chart_file(request_of(*LINES, link="/runs/1?at=", view=View(smooth=0.9)), theme=theme)  # type: ignore[arg-type]
    root = ElementTree.fromstring(body)
    text = body.decode()
    assert not re.search(r"<script|<a |href|url\(|@import|var\(|\d%|tabindex|class=\"b[ \"]", text)
    assert text.count("http") == 1  # the namespace
    words = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {line.label for line in LINES} <= set(words)
    assert any((word or "").startswith("6,000 points in 12 series → EMA 0.9") for word in words)


def test_the_same_arguments_give_the_same_bytes_and_tag() -> None:
    request = request_of(LINES[0])
    assert draw_chart_file(request) == draw_chart_file(request)
    assert etag_of(draw_chart_file(request)) == etag_of(draw_chart_file(request))
    assert etag_of(draw_chart_file(request)) != etag_of(draw_chart_file(request, theme="dark"))
    assert re.fullmatch(r'"[0-9a-f]{24}"', etag_of(b""))


@pytest.mark.parametrize(("asked", "given"), [((760, 360), (760, 360)), ((1, 1), (240, 240)), ((10**9, 10**9), (4000, 4000))])
def test_sizes_are_brought_into_bounds(asked: tuple[int, int], given: tuple[int, int]) -> None:
    root = ElementTree.fromstring(draw_chart_file(request_of(LINES[0]), width=asked[0], height=asked[1]))
    assert (root.get("width"), root.get("height")) == tuple(map(str, given))


def test_the_colours_are_those_of_the_page() -> None:
    light, _, rest = CSS.partition("prefers-color-scheme: dark")
    for theme, text in (("light", light), ("dark", rest.partition("@media print")[0])):
        assert COLOURS[theme].split() == re.findall(r"--c\d: (#[0-9a-f]{6})", text)
    light, _, dark = VARS.partition("prefers-color-scheme: dark")
    for theme, text in (("light", light), ("dark", dark)):
        for name, colour in TOKENS[theme].items():
            assert re.search(rf"--{name}: {colour}", text), (theme, name)


def test_a_browser_shows_the_file_as_an_image(browser: Browser) -> None:
    body = draw_chart_file(request_of(*LINES[:2]), width=640, height=300)
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(f'<img src="data:image/svg+xml;base64,{base64.b64encode(body).decode()}">')
        sizes = page.locator("img").evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
        assert sizes == [640, 300]


def test_no_line_and_an_empty_line_are_no_error() -> None:
    for lines in ([], [Line("loss", made_series([]))]):
        root = ElementTree.fromstring(draw_chart_file(request_of(*lines)))
        assert "No points yet" in "".join(root.itertext())
