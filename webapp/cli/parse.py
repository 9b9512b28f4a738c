"""`lossboard parse FILE`: the metrics of one log, on standard output, without a board."""

import csv
import sys
from pathlib import Path

import click
import msgspec

from parser.log import LogParser, joined
from parser.points import ParsedLog
from parser.steps import steps_of
from webapp.metrics_json import metrics_json, number_json, step_json, time_json

READ_BYTES = 1 << 20


def read_log(file: str, formats: str | None) -> ParsedLog:
    """Reads a log from a path, or from standard input where the path is `-`."""
    parser = LogParser(None)
    parts = []
    if file == "-":
        while chunk := sys.stdin.buffer.read1(READ_BYTES):
            parts.append(parser.feed(chunk))
    else:
        with Path(file).open("rb") as source:
            while chunk := source.read(READ_BYTES):
                parts.append(parser.feed(chunk))
    parts.append(parser.finish())
    return joined(parts, parser)


def write_csv(log: ParsedLog) -> None:
    out = csv.writer(sys.stdout)
    out.writerow(("metric", "step", "value", "timestamp"))
    for name, points in log.points.items():
        steps = steps_of(points, log.series[name].rule).tolist()
        for step, value, time in zip(steps, points.value.tolist(), points.time.tolist(), strict=True):
            out.writerow((name, step_json(step), number_json(value), time_json(time) or ""))


EXAMPLES = """\b
Examples:
  lossboard parse train.log | jq '.metrics.loss[-1]'
  lossboard parse train.log --csv > train.csv
  ssh gpu1 cat train.log | lossboard parse -
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(allow_dash=True, exists=True, dir_okay=False))
@click.option("--json", "form", flag_value="json", default="json", help="One JSON object, every point (the default).")
@click.option("--csv", "form", flag_value="csv", help="Rows of metric, step, value, timestamp.")
@click.option("--formats", metavar="DIR|none", help="A folder of your own formats, or none to use only the generic reader.")
def parse(file: str, form: str, formats: str | None) -> None:
    """Read a log and print its metrics as JSON or CSV.

    FILE is a path, or - for standard input.
    """
    log = read_log(file, formats)
    if form == "csv":
        write_csv(log)
    else:
        sys.stdout.buffer.write(msgspec.json.encode({"metrics": metrics_json(log.points, log.series)}) + b"\n")


if __name__ == "__main__":
    parse()
