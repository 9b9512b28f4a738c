"""Whether bytes can be the text of a log: one rule for files that are found and for those that are uploaded."""

MAGIC = (
    *(b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"%PDF"),
    b"SQLite format 3",
)
SNIFF = 4096  # bytes at the start of a file that tell
MOST_CONTROLS = 1 / 20  # of the bytes of a text; random bytes have twice as many


def is_binary(start: bytes) -> bool:
    """Whether the first `SNIFF` bytes of a file, or all of a shorter one, are no text. UTF-16 is text, without its mark too."""
    if start.startswith(MAGIC):
        return True
    controls = len(start.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\b\x1b\0"))
    return not start.startswith((b"\xff\xfe", b"\xfe\xff")) and controls > len(start) * MOST_CONTROLS
