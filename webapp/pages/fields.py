"""What no field of a form may hold: a NUL character, which no keyboard types, ends names in other programs, and some databases refuse."""

from collections.abc import Iterable

from litestar.exceptions import ValidationException


def check_fields(texts: Iterable[object]) -> None:
    """Refuses a form in which a text, or one of a list of texts, holds NUL. Raises ValidationException, which is answered 400."""
    for text in texts:
        if isinstance(text, list):
            check_fields(text)
        elif isinstance(text, str) and "\0" in text:
            raise ValidationException("A field of the form holds a NUL character.")
