"""`lossboard run -- CMD`: starts a training as if we were not there, and records what it prints.

Imports nothing of the web application: a training must not wait for it.
"""

import time

import click

from webapp.cli.console import show_error
from webapp.errors import UserError
from webapp.settings import Settings
from webapp.wrapper.front import Recording, run_command, run_unrecorded
from webapp.wrapper.spool import DEFAULT_EXPERIMENT, name_run

EXAMPLES = """\b
Examples:
  lossboard run -- python train.py --lr 3e-4
  lossboard run --experiment sft --name lr3e-4 --param lr=3e-4 -- torchrun --nproc-per-node 8 train.py
  lossboard run -- make train | tee local.log

\b
Exit codes: those of CMD; if CMD dies of a signal, we die of the same one. 126 CMD cannot be run, 127 CMD is not found, 2 wrong options.
"""


def read_param(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    for text in given:
        if not text.partition("=")[0].strip() or "=" not in text:
            raise click.BadParameter(f"{text!r} is not of the form name=value.", context, option)
    return {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in given)}


def read_name(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    if given is not None and not given.strip():
        raise click.BadParameter("A name has at least one character.", context, option)
    return given.strip() if given else None


experiment_option = click.option(
    "--experiment",
    "-e",
    metavar="NAME",
    default=DEFAULT_EXPERIMENT,
    show_default=True,
    callback=read_name,
    help="Experiment the run belongs to.",
)
name_option = click.option(
    "--name", "-n", metavar="NAME", callback=read_name, help="Name of the run; else that of the script, with the time."
)
param_option = click.option(
    "--param", "-p", "params", metavar="NAME=VALUE", multiple=True, callback=read_param, help="A parameter to record; may be repeated."
)

keep_going_option = click.option("--keep-going", is_flag=True, help="Record on when the reader of the output (`| head`) has gone.")


@click.command(epilog=EXAMPLES, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@experiment_option
@name_option
@param_option
@click.option("--pty/--no-pty", "terminal", default=None, help="Give CMD a terminal, or a file; else a terminal where you are at one.")
@keep_going_option
@click.argument("command", metavar="CMD...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    experiment: str, name: str | None, params: dict[str, str], terminal: bool | None, keep_going: bool, command: tuple[str, ...]
) -> None:
    """Run a training as always, and record what it prints for the board.

    What CMD prints, its exit code and the signals it gets are as without us; its error output comes out together with its output. A board
    that watches the same spool folder shows the run while it prints, any other one later. Command line, folder, git commit, host, Python
    and graphics cards are recorded; the environment is not.

    The record grows with what CMD prints, as with `> train.log`. With LOSSBOARD_SPOOL_BYTES=500000000 it keeps the last 250 to 500 MB of
    it, in two files; a board that reads it meanwhile has every line, unless it is that far behind.
    """
    try:
        settings = Settings.from_env()
    except UserError as error:  # a board would not start; a training does
        show_error(error)
        raise SystemExit(run_unrecorded(command)) from None
    recording = Recording(
        settings.spool_dir, experiment, name or name_run(command, time.time()), params, settings.spool_bytes, terminal, keep_going
    )
    raise SystemExit(run_command(command, recording))
