"""The command `lossboard`: a table of subcommands, each imported only when it is called, and one way out for errors.

`lossboard parse` in a shell loop must not pay for a web server, so no subcommand module is imported to print the list of them: their
one-line helps stand in the table here, and a test keeps table and commands equal.
"""

from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from webapp.cli.console import show_error, show_what_can_be_shown
from webapp.errors import UserError

COMMANDS = {
    "serve": "Watch logs and show them as live curves in the browser.",
    "demo": "Open a board on a small model that trains while you watch.",
    "parse": "Read a log and print its metrics as JSON or CSV.",
    "explain": "Say how each line of a log was read, and which were not.",
    "plot": "Draw the curves of logs in the terminal, or into a file.",
    "report": "Write a run, or several compared, as one file to send or print.",
    "run": "Run a training as always, and record what it prints for the board.",
    "pipe": "Pass standard input on unchanged, and record it for the board.",
    "import": "Take logs into the board's keeping: a copy is made, and read.",
    "runs": "List, show, rename, tag, archive and delete runs.",
    "export": "Write all points of runs as CSV, JSON or Parquet.",
    "backup": "Copy the database while the board runs, and check the copy.",
    "token": "Make, list and revoke tokens for programs.",
    "doctor": "Print a diagnosis to paste into a bug report; it holds no secrets.",
}
EPILOG = """Every command has its own --help. Exit codes: 0 done, 1 interrupted, 2 something to repair (the message says what),
3 another Lossboard has the database open.

\b
Commands are completed by the Tab key once this is in ~/.bashrc or ~/.zshrc:
  eval "$(_LOSSBOARD_COMPLETE=bash_source lossboard)"
  eval "$(_LOSSBOARD_COMPLETE=zsh_source lossboard)"
for fish, in ~/.config/fish/completions/lossboard.fish:
  _LOSSBOARD_COMPLETE=fish_source lossboard | source
"""


class Commands(click.Group):
    """The group whose command `name` is the object `name` of the module `webapp.cli.<name>`; a keyword of Python gets a "_" behind it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"webapp.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            show_error(error)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lossboard", message="lossboard %(version)s")
def main() -> None:
    """Turn the text a training run prints into live loss curves."""
    show_what_can_be_shown()


if __name__ == "__main__":
    main(prog_name="lossboard")
