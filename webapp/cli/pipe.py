"""`train.py 2>&1 | lossboard pipe`: records what comes through a pipe."""

import sys
import time

import click

from webapp.cli.console import show_error
from webapp.cli.run import experiment_option, keep_going_option, name_option, param_option
from webapp.errors import UserError
from webapp.settings import Settings
from webapp.wrapper.pipe import record_pipe
from webapp.wrapper.spool import name_run

EXAMPLES = """\b
Examples:
  python train.py 2>&1 | lossboard pipe
  ssh gpu1 'tail -n +1 -F train.log' | lossboard pipe --experiment sft --name lr3e-4 > /dev/null

\b
Exit codes: 0 the input ended, 2 nothing is piped in. `lossboard run` also keeps the exit code of the training, and survives being killed.
"""


@click.command(epilog=EXAMPLES)
@experiment_option
@name_option
@param_option
@keep_going_option
def pipe(experiment: str, name: str | None, params: dict[str, str], keep_going: bool) -> None:
    """Pass standard input on unchanged, and record it for the board.

    A board that is slow or not there changes nothing. Python holds its output back when it writes to a pipe: run `python -u train.py`, or
    use `lossboard run`, to see every line at once. LOSSBOARD_SPOOL_BYTES limits the size of the record, as for `lossboard run`.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        raise UserError(
            "Nothing is piped in.",
            "Standard input is the keyboard.",
            hint="Write `python train.py 2>&1 | lossboard pipe`, or `lossboard run -- python train.py`.",
        )
    named = name or name_run((), time.time())
    try:
        settings = Settings.from_env()
    except UserError as error:  # a board would not start; a training does
        show_error(error)
        raise SystemExit(record_pipe(None, experiment, named, params, limit=0, keep_going=keep_going)) from None
    raise SystemExit(record_pipe(settings.spool_dir, experiment, named, params, limit=settings.spool_bytes, keep_going=keep_going))
