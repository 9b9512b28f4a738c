"""`lossboard token`: secrets by which programs read a board or push to it. A token is shown once; only its hash is kept."""

import secrets
from typing import TYPE_CHECKING

import click

from webapp.cli.console import printable, say
from webapp.cli.database import reading, writing
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.store.token_box import TokenChange

SCOPES = ("read", "push", "admin")
EXAMPLES = """\b
Examples:
  lossboard token create notebook
  lossboard token create gpu7 --scope push
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8765/api/v1/runs
A running board knows a new token at once, and lets a revoked one in for at most half a minute.
"""

database_option = setting_option("database", metavar="FILE")


@click.group(epilog=EXAMPLES)
def token() -> None:
    """Make, list and revoke tokens for programs."""


@token.command()
@click.argument("name")
@click.option("--scope", type=click.Choice(SCOPES), multiple=True, default=("read",), help="What it may do; may be given several times.")
@database_option
def create(name: str, scope: tuple[str, ...], database: str | None) -> None:
    """Print a new token for NAME; an older one of that name ends."""
    from webapp.auth import digest
    from webapp.store.token_box import TokenChange

    if not name.isprintable() or not 0 < len(name) <= 100:
        raise UserError("A token's name is 1 to 100 printable characters.", where=name)
    secret = secrets.token_urlsafe(32)
    change(Settings.from_env(database=database), TokenChange(name, digest(secret), scope))
    click.echo(f"Token {name} may {' and '.join(scope)}. It is shown only now:", err=True)
    say(secret)


@token.command(name="list")
@database_option
def list_all(database: str | None) -> None:
    """Print names and scopes."""
    for name, scopes in sorted(known(Settings.from_env(database=database)).items()):
        say(f"{printable(name)}  {' '.join(scopes)}")


@token.command()
@click.argument("name")
@database_option
def revoke(name: str, database: str | None) -> None:
    """End the token NAME; with one that may admin, every browser is logged out."""
    from webapp.store.faults import LOCKED, StorageError
    from webapp.store.token_box import TokenChange

    settings = Settings.from_env(database=database)
    try:
        if name not in known(settings):
            raise UserError("There is no token of that name.", where=name, hint="`lossboard token list` shows them.")
    except StorageError as error:
        if error.kind != LOCKED:
            raise
        told = f"The board keeps its database locked, so it is not known whether there was a token {printable(name)}; there is none now."
        click.echo(told, err=True)
    change(settings, TokenChange(name))


def known(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The scopes of every token by its name, with what a running board has not taken over yet."""
    from webapp.store.access import list_tokens
    from webapp.store.token_box import changes_left

    with reading(settings) as opened:
        scopes = {row.name: row.scopes for row in list_tokens(opened)}
        for _, left in changes_left(opened.path):
            scopes.pop(left.name, None)
            if left.hashed:
                scopes[left.name] = left.scopes
    return scopes


def change(settings: Settings, wanted: "TokenChange") -> None:
    """Makes or revokes a token: in the database, or by leaving word for the board that has it open."""
    from webapp.store.database import database_path
    from webapp.store.token_box import leave_change, take_changes

    path = database_path(settings.database)
    with writing(settings) as opened:
        try:
            leave_change(path, wanted)
        except OSError as error:
            why = f"{error.strerror[0].upper()}{error.strerror[1:]}." if error.strerror else ""
            raise UserError("The token cannot be handed to the board.", why, f"{path}.tokens") from error
        if opened is not None:
            take_changes(opened)
