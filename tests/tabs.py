"""Tabs of one browser, lent to one test after the other, and what axe finds on a page in both of its themes.

A new context with its page takes several times the work of the page that is looked at, so a tab is used again for the next test that
asks for the same options: at its size and in its theme, empty, without a history, the pointer in the corner. What must not be shared,
as cookies, takes a context of its own.
"""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Dialog, Page

EVERY_RULE = {"resultTypes": ["violations"]}
COLOUR_RULES = EVERY_RULE | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@dataclass(frozen=True, slots=True)
class Tab:
    """A page and what it said since it was lent: errors and warnings of its console, errors of its scripts, dialogs."""

    page: Page
    said: list[str]
    session: CDPSession


class Tabs:
    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.free: dict[str, list[Tab]] = {}
        self.lent: list[tuple[str, Tab]] = []

    def open(self, width: int = 1280, height: int = 900, color_scheme: str = "light", **options: Any) -> Tab:
        """A tab of that size in that theme; it is lent until `take_back`."""
        key = repr(sorted(options.items()))
        free = self.free.setdefault(key, [])
        tab = free.pop() if free else self._make(**options)
        self.lent.append((key, tab))
        tab.page.set_viewport_size({"width": width, "height": height})
        tab.page.emulate_media(media="null", color_scheme=color_scheme)  # type: ignore[arg-type]
        tab.page.mouse.move(0, 0)
        tab.session.send("Page.resetNavigationHistory")
        tab.said.clear()
        return tab

    def take_back(self) -> None:
        """Empties all tabs that are lent, so that none asks its board for more."""
        while self.lent:
            key, tab = self.lent.pop()
            tab.page.set_content("")
            self.free[key].append(tab)

    def _make(self, **options: Any) -> Tab:
        context = self.browser.new_context(**options)
        page = context.new_page()
        said: list[str] = []

        def dismiss(dialog: Dialog) -> None:
            said.append("dialog: " + dialog.message)
            dialog.dismiss()

        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", dismiss)
        return Tab(page, said, context.new_cdp_session(page))


def check_accessible(page: Page, rules: dict[str, Any] = EVERY_RULE) -> None:
    """axe finds nothing in light, and in dark nothing by its rules for colours, all that dark changes (tests/charts/test_palette.py)."""
    for scheme, options in (("light", EVERY_RULE | rules), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        results = Axe().run(page, options=options)
        assert results.violations_count == 0, f"{scheme}: {results.generate_report()}"
