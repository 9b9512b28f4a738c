"""`lossboard explain FILE`: how a log was read: which format claimed what, where every metric comes from, what was not understood."""

import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import click

from parser.formats import FormatSet
from parser.log import LogParser, joined
from parser.points import ParsedLog
from webapp.cli.console import printable
from webapp.cli.parse import READ_BYTES, formats_from
from webapp.errors import UserError

LINE_CHARACTERS = 110

EXAMPLES = """\b
Examples:
  lossboard explain train.log                     what was read, by which format, and what was not
  lossboard explain train.log --formats formats/  with your own formats before the others
"""


def read_seekable(source: BinaryIO, formats: FormatSet) -> ParsedLog:
    """Reads a log from an open file."""
    parser = LogParser(formats)
    parts = []
    while chunk := source.read(READ_BYTES):
        parts.append(parser.feed(chunk))
    parts.append(parser.finish())
    return joined(parts, parser)


def line_at(source: BinaryIO, offset: int) -> str:
    """The text of the line that begins at a byte offset, shortened."""
    source.seek(offset)
    text = source.read(4096).decode("utf-8", "replace").splitlines()
    line = next((one.strip() for one in text if one.strip()), "")
    return printable(line if len(line) <= LINE_CHARACTERS else line[: LINE_CHARACTERS - 1] + "…")


def print_account(log: ParsedLog) -> None:
    account = log.account
    click.echo(f"{account.lines:,} lines, {account.points:,} points of {len(log.points)} metrics")
    for name, count in sorted(account.by_format.items(), key=lambda item: -item[1]):
        click.echo(f"  {count:>9,}  {printable(name)}")
    click.echo(f"  {account.noise:>9,}  known, without a metric (headers, summaries, events, noise)")
    click.echo(f"  {account.unread:>9,}  not understood")
    for reason, count in sorted(account.dropped.items()):
        click.echo(f"  {count:>9,}  {reason} (dropped)")


def print_metrics(log: ParsedLog, source: BinaryIO) -> None:
    for name, points in log.points.items():
        info = log.series[name]
        printed = "" if info.printed == name else f', printed "{printable(info.printed)}"'
        click.echo(f"\n{printable(name)}{printed}: {len(points):,} points, read by {printable(info.format)}, step from {info.rule.source}")
        click.echo(f"  first  {line_at(source, int(points.offset[0]))}")
        click.echo(f"  last   {line_at(source, int(points.offset[-1]))}")


def print_unread(log: ParsedLog) -> None:
    if log.account.examples:
        click.echo("\nNot understood, for example:")
    for offset, line in log.account.examples:
        click.echo(f"  {offset:>10}  {printable(line[:LINE_CHARACTERS])}")


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
                while chunk := sys.stdin.buffer.read(READ_BYTES):
                    source.write(chunk)
                source.seek(0)
            log = read_seekable(source, chosen)
            print_account(log)
            print_metrics(log, source)
        print_unread(log)
    if not log.points:
        click.echo(
            f"\nNo metric found in this log. None of {log.account.lines:,} lines matched one of {len(chosen.formats)} formats "
            "or repeated with changing numbers."
        )


explain = command

if __name__ == "__main__":
    command()
