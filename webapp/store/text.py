"""Text that every database accepts: SQLite and PostgreSQL both refuse lone surrogates, PostgreSQL refuses NUL."""

import os


def storable(text: str, limit: int = 65536) -> str:
    """`text` with every byte that was no UTF-8 shown as \\xNN and every NUL as ␀, cut at `limit` characters."""
    text = text[:limit].replace("\0", "␀")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "surrogateescape" if _only_escaped(text) else "surrogatepass").decode("utf-8", "backslashreplace")
    return text


def shown_path(path: bytes) -> str:
    """A path as people read it; the raw bytes are what opens it."""
    return storable(os.fsdecode(path))


def _only_escaped(text: str) -> bool:
    """Whether every surrogate stands for one undecodable byte, as file names have them."""
    return all("\udc80" <= char <= "\udcff" for char in text if "\ud800" <= char <= "\udfff")
