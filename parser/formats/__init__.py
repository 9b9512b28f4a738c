"""Formats: what is known of each tool's printing, as TOML data with samples."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormatSet:
    """The formats a parser uses, in the order they are asked. An empty set leaves everything to the generic reader."""

    formats: tuple[object, ...] = ()
