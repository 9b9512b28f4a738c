"""How `lossboard runs` changes something: in the database itself, or by the board that has it open."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from webapp.cli.console import printable, say
from webapp.cli.database import reading, writing
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.cli.ask import AskedRun
    from webapp.store.database import Database
    from webapp.store.rows import RunRow

    Known = RunRow | AskedRun

DONE = {"edit": "renamed", "tag": "tagged", "untag": "untagged", "archive": "archived", "restore": "restored", "delete": "deleted"}


def changing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that changes something."""
    for option in (
        click.option(
            "--token-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="File with an admin token, for a board that runs.",
        ),
        setting_option("port", type=click.IntRange(1, 65535)),
        setting_option("host"),
        setting_option("uds", metavar="PATH"),
        setting_option("database", metavar="FILE"),
    ):
        function = option(function)
    return function


def change(idents: Sequence[int], action: str, fields: Callable[["Known"], dict[str, str]], given: dict[str, Any]) -> None:
    """Makes a change here, or has the board make it that has the database open. Raises UserError where a run is missing."""
    from webapp.cli.ask import ask_board

    token_file: Path | None = given.pop("token_file")
    settings = Settings.from_env(**given)
    found = find_runs(settings, idents, token_file)
    form = fields(found[0])
    with writing(settings) as database:
        if database is None:
            ask_board(settings, action, [run.id for run in found], form, token_file)
        else:
            for run in found:
                change_here(database, find_run(database, run.id), action, form)
    for run in found:
        say(f"{DONE[action]} {run.id} {printable(form.get('name', run.name))}")


def find_runs(settings: Settings, idents: Sequence[int], token_file: Path | None) -> "Sequence[Known]":
    """The runs of these numbers, from the database, or from the board that keeps it locked. Raises UserError where one is missing."""
    from webapp.cli.ask import ask_run
    from webapp.store.faults import LOCKED, StorageError

    wanted = list(dict.fromkeys(idents))
    try:
        with reading(settings) as opened:
            return [find_run(opened, ident) for ident in wanted]
    except StorageError as error:
        if error.kind != LOCKED:
            raise
    asked = [(ident, ask_run(settings, ident, token_file)) for ident in wanted]
    return [run if run is not None else no_run(ident, str(settings.database)) for ident, run in asked]


def change_here(database: "Database", run: "RunRow", action: str, form: dict[str, str]) -> None:
    from webapp.store.runs import delete_run, edit_run
    from webapp.uploads import drop_uploads

    words = [word.strip() for word in form.get("tags", "").split(",") if word.strip()]
    if action == "edit":
        edit_run(database, run.id, name=form["name"])
    elif action == "tag":
        edit_run(database, run.id, tags=[*run.tags, *words])
    elif action == "untag":
        edit_run(database, run.id, tags=[word for word in run.tags if word not in words])
    elif action in ("archive", "restore"):
        edit_run(database, run.id, archived=action == "archive")
    else:
        delete_run(database, run.id)
        drop_uploads(database)


def find_run(database: "Database", ident: int) -> "RunRow":
    from webapp.store.runs import get_run

    return get_run(database, ident) or no_run(ident, str(database.path))


def no_run(ident: int, where: str) -> NoReturn:
    raise UserError(f"There is no run {ident}.", where=where, hint="`lossboard runs list` shows the runs there are.")
