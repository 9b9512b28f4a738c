"""`lossboard explain FILE`: how a log was read: which format claimed what, where every metric comes from, what was not understood."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import click

from webapp.cli.console import printable
from webapp.cli.parse import formats_from, tell_slow
from webapp.errors import UserError
from webapp.explain import explain_file
from webapp.explainer import Explanation
from webapp.format import counted

LINE_CHARACTERS = 110

EXAMPLES = """\b
Examples:
  lossboard explain train.log                     what was read, by which format, and what was not
  lossboard explain train.log --formats formats/  with your own formats before the others
"""


def shortened(line: str) -> str:
    return printable(line if len(line) <= LINE_CHARACTERS else line[: LINE_CHARACTERS - 1] + "…")


def print_account(account: Explanation) -> None:
    click.echo(f"{counted(account.lines, 'line')}, {counted(account.points, 'point')} of {counted(len(account.metrics), 'metric')}")
    for name, count in account.claimed:
        click.echo(f"  {count:>9,}  {printable(name)}")
    click.echo(f"  {account.noise:>9,}  known, without a metric (headers, summaries, events, noise)")
    click.echo(f"  {account.unread_count:>9,}  not understood")
    for reason, count in account.dropped:
        click.echo(f"  {count:>9,}  {reason} (dropped)")


def print_metrics(account: Explanation) -> None:
    for metric in account.metrics:
        printed = "" if metric.printed == metric.name else f', printed "{metric.printed}"'
        told = f"{metric.name}{printed}: {counted(metric.count, 'point')}, read by {metric.format}, step from {metric.step_source}"
        click.echo(f"\n{printable(told)}")
        click.echo(f"  first  {shortened(metric.first_line)}")
        click.echo(f"  last   {shortened(metric.last_line)}")


def print_unread(account: Explanation) -> None:
    if account.unread:
        click.echo("\nNot understood, for example:")
    for offset, line in account.unread:
        click.echo(f"  {offset:>10}  {shortened(line)}")


@click.command("explain", epilog=EXAMPLES)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--formats", metavar="DIR|none", help="A folder of your own formats, or none: only the generic reader.")
def command(file: str, formats: str | None) -> None:
    """Say how each line of a log was read, and which were not.

    FILE is a log; - stands for standard input.

    \b
    What counts as a point, where fair people differ:
      - run averages at the end (train_loss, the dict with train_runtime) are metrics of their own, and no points of loss;
      - a line that repeats the best iteration, and a summary of the last values, are no points;
      - frames of a Keras bar are running means: only the full bar of an epoch counts, and evaluate() is no epoch;
      - of value (mean) the value is the metric; the mean is a metric of its own, named "… (avg)";
      - tqdm draws a count twice: the last frame counts, or the first where the bar moves on by time;
      - a resumed run repeats its steps: every printed point is kept, in order, as segments;
      - ranks other than 0 are metrics of their own, named "… [rank 1]";
      - an evaluation that prints only its epoch stands at the last step of that epoch.
    """
    chosen = formats_from(formats)
    with tempfile.TemporaryFile() as copy:
        try:
            source: BinaryIO = copy if file == "-" else Path(file).open("rb")  # noqa: SIM115
        except OSError as problem:
            raise UserError("The log cannot be read.", str(problem.strerror), file) from problem
        with source:
            if file == "-":
                shutil.copyfileobj(sys.stdin.buffer, source)
                source.seek(0)
            account = explain_file(source, chosen)
    tell_slow(chosen)
    print_account(account)
    print_metrics(account)
    print_unread(account)
    if not account.points:
        click.echo(
            f"\nNo metric found in this log. None of {account.lines:,} lines matched one of {len(chosen.formats)} formats "
            "or repeated with changing numbers."
        )


explain = command

if __name__ == "__main__":
    command()
