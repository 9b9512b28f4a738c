"""`lossboard parse FILE`: the metrics of one log, on standard output, without a board."""

import csv
import sys
from pathlib import Path

import click
from platformdirs import user_config_path

from parser.formats import FormatSet, load_formats
from parser.points import ParsedLog
from parser.steps import steps_of
from webapp.cli.console import printable
from webapp.errors import UserError
from webapp.explain import file_chunks, read_log
from webapp.metrics_json import json_text, metrics_json, number_json, step_json, time_json
from webapp.settings import own_folder

READ_BYTES = 1 << 20

EXAMPLES = """\b
Examples:
  lossboard parse train.log                 every point as JSON
  lossboard parse train.log --csv > a.csv   metric, step, value, timestamp
  cat train.log | lossboard parse -         from standard input
"""


def formats_from(choice: str | None) -> FormatSet:
    """The formats named on the command line: those that come with Lossboard and a folder's (the user's own, if none is named), or none.

    A broken file is named on standard error and left out.
    """
    if choice == "none":
        return FormatSet()
    folder = Path(choice) if choice else own_folder(user_config_path) / "formats"
    if choice and not folder.is_dir():
        raise UserError("The folder of formats does not exist.", f"--formats is {choice!r}; expected a folder of *.toml files, or none.")
    formats = load_formats(folder if folder.is_dir() else None)
    for path, reason in formats.problems:
        click.echo(f"format left out: {path}: {reason}", err=True)
    return formats


def tell_slow(formats: FormatSet) -> None:
    """Names on standard error what was given up while a log was read."""
    for path, reason in formats.slow:
        click.echo(f"format left out: {printable(path)}: {printable(reason)}", err=True)


def read_file(file: str, formats: FormatSet) -> ParsedLog:
    """Reads a log from a path, or from standard input where the path is `-`."""
    if file == "-":
        return read_log(iter(lambda: sys.stdin.buffer.read1(READ_BYTES), b""), formats)
    try:
        return read_log(file_chunks(Path(file)), formats)
    except OSError as problem:
        raise UserError("The log cannot be read.", str(problem.strerror), file) from problem


def write_csv(log: ParsedLog) -> None:
    out = csv.writer(sys.stdout)
    out.writerow(("metric", "step", "value", "timestamp"))
    for name, points in log.points.items():
        shown, steps = printable(name), steps_of(points, log.series[name].rule).tolist()
        for step, value, time in zip(steps, points.value.tolist(), points.time.tolist(), strict=True):
            out.writerow((shown, step_json(step), number_json(value), time_json(time) or ""))


@click.command("parse", epilog=EXAMPLES)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--json", "form", flag_value="json", default="json", help="One JSON object, every point (the default).")
@click.option("--csv", "form", flag_value="csv", help="Rows of metric, step, value, timestamp.")
@click.option("--formats", metavar="DIR|none", help="A folder of your own formats, or none: only the generic reader.")
def command(file: str, form: str, formats: str | None) -> None:
    """Read a log and print its metrics as JSON or CSV.

    FILE is a log; - stands for standard input.

    \b
    {"metrics": {"loss": [{"step": 1, "value": 2.34, "timestamp": null}, …]}}
    """
    chosen = formats_from(formats)
    log = read_file(file, chosen)
    tell_slow(chosen)
    if form == "csv":
        write_csv(log)
    else:
        sys.stdout.buffer.write(json_text({"metrics": metrics_json(log.points, log.series)}) + b"\n")


parse = command

if __name__ == "__main__":
    command()
