"""`lossboard token`: secrets by which programs read a board or push to it. A token is shown once; only its hash is kept."""

import secrets

import click

from webapp.cli.console import printable, say
from webapp.cli.database import reading
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.settings import Settings

SCOPES = ("read", "push", "admin")
EXAMPLES = """\b
Examples:
  lossboard token create notebook
  lossboard token create gpu7 --scope push
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8765/api/v1/runs
The board has its database for itself: stop it to make or revoke a token. Tokens can be listed while it runs.
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
    from webapp.store.access import create_token
    from webapp.store.database import open_database

    if not name.isprintable() or not 0 < len(name) <= 100:
        raise UserError("A token's name is 1 to 100 printable characters.", where=name)
    secret = secrets.token_urlsafe(32)
    settings = Settings.from_env(database=database)
    opened = open_database(settings.database, settings.journal)
    try:
        create_token(opened, name, digest(secret), scope)
    finally:
        opened.close()
    click.echo(f"Token {name} may {' and '.join(scope)}. It is shown only now:", err=True)
    say(secret)


@token.command(name="list")
@database_option
def list_all(database: str | None) -> None:
    """Print names and scopes."""
    from webapp.store.access import list_tokens

    with reading(Settings.from_env(database=database)) as opened:
        for row in list_tokens(opened):
            say(f"{printable(row.name)}  {' '.join(row.scopes)}")


@token.command()
@click.argument("name")
@database_option
def revoke(name: str, database: str | None) -> None:
    """End the token NAME."""
    from webapp.store.access import delete_token
    from webapp.store.database import open_database

    settings = Settings.from_env(database=database)
    opened = open_database(settings.database, settings.journal)
    try:
        if not delete_token(opened, name):
            raise UserError("There is no token of that name.", where=name, hint="`lossboard token list` shows them.")
    finally:
        opened.close()
