"""The report's own style: its light tokens are those of the board."""

import re

from webapp.paths import STATIC

TOKEN = re.compile(r"(--[a-z0-9-]+):\s*([^;]+);")


def tokens(name: str) -> dict[str, str]:
    """Tokens of the first :root of a style sheet."""
    text = (STATIC / name).read_text("utf-8")
    root = text[text.index(":root") : text.index("}", text.index(":root"))]
    return {key: value.strip() for key, value in TOKEN.findall(root)}


def test_the_reports_tokens_are_the_boards_light_ones() -> None:
    board = tokens("vars.css") | tokens("chart.css")
    own = tokens("report.css")
    assert {key: board.get(key) for key in own} == own


def test_every_token_that_a_chart_uses_is_there() -> None:
    used = set(re.findall(r"var\((--[a-z0-9-]+)", (STATIC / "chart.css").read_text("utf-8")))
    assert used <= set(tokens("report.css"))
