"""How the command line speaks: plain text when piped, colour on a terminal, and never a control character out of somebody's log or name.

Errors go to standard error in the four parts of `UserError`. rich is imported only where a terminal shows its work.
"""

import io
import sys
from typing import NoReturn

import click

from webapp.errors import UserError
from webapp.format import visible

LINE_MARKS = {ord("\t"): "␉", ord("\n"): "␊"}


def printable(text: object) -> str:
    """`text` on one line with every control, bidi and zero-width character shown as a visible mark; lone surrogates as their bytes."""
    shown = visible(str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
    return shown.translate(LINE_MARKS)


def show_what_can_be_shown() -> None:
    """A letter that the reader's terminal does not know is written as its number; Python would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """One line for the reader, on standard output, at once."""
    click.echo(text)
    sys.stdout.flush()


def show_error(error: UserError) -> None:
    """what / why / where / hint on standard error, each on its line; `what` in red on a terminal."""
    click.secho(printable(error.what), fg="red", bold=True, err=True)
    for part in (error.why, error.where, error.hint):
        if part:
            click.echo(printable(part), err=True)


def leave_with(error: UserError) -> NoReturn:
    show_error(error)
    raise SystemExit(error.exit_code)
