"""Small pieces of SVG: escaping, and places written for a plot that stretches or for one of fixed width."""

import re
from dataclasses import dataclass

_SPECIAL = re.compile("[&<>\"']")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def escape(text: str) -> str:
    """Text as it may stand in an element or a quoted attribute. It must have passed `labels.clean_text` if it came from a log."""
    return _SPECIAL.sub(lambda found: _ENTITIES[found[0]], text)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The plot as marks see it: `height` pixels high; `width` pixels wide, or None where it stretches and x is a share in percent."""

    height: int
    width: int | None = None

    def across(self, share: float) -> str:
        if self.width is None:
            return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"
        return f"{share * self.width:.1f}".removesuffix(".0")

    @property
    def units(self) -> tuple[int, int]:
        """Width and height of the plot in path units."""
        return (4000 if self.width is None else self.width * 4), self.height * 4
