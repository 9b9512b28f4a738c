"""`lossboard export RUN_OR_FILE…`: all points of runs as CSV, JSON or Parquet."""

import csv
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webapp.cli.console import printable, say
from webapp.cli.options import setting_option
from webapp.cli.report import read_contents
from webapp.errors import UserError
from webapp.format import counted
from webapp.redact import redact_params
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.report.content import RunContent
    from webapp.store.rows import Series

EXAMPLES = """\b
Examples:
  lossboard export 12 > run12.csv
  lossboard export runs/*.log -m loss -o loss.parquet
  lossboard export 12 13 --json | jq '.runs[0].metrics.loss[-1]'

\b
Exit codes: 0 written, 2 not written (the message says why).
"""
COLUMNS = ("run", "experiment", "metric", "step", "epoch", "value", "timestamp", "offset")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a text that begins so for a formula


@click.command(epilog=EXAMPLES)
@click.argument("runs", metavar="RUN_OR_FILE...", nargs=-1, required=True)
@click.option("--metric", "-m", "metrics", multiple=True, metavar="NAME", help="Only this metric; may be repeated.")
@click.option(
    "--csv", "form", flag_value="csv", help="Rows of run, experiment, metric, step, epoch, value, timestamp, offset (the default)."
)
@click.option("--json", "form", flag_value="json", help="One object, the points by run and metric.")
@click.option("--parquet", "form", flag_value="parquet", help="The rows of CSV as a Parquet file; needs the extra `parquet` and -o.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File to write; its ending chooses the form. Else standard output."
)
@setting_option("database", metavar="FILE")
def export(runs: tuple[str, ...], metrics: tuple[str, ...], form: str | None, out: Path | None, database: str | None) -> None:
    """Write all points of runs as CSV, JSON or Parquet.

    A number is a run of the board, as `lossboard runs list` shows it; everything else is a log file. CSV and JSON hold no NaN as a number:
    values that are not finite are the texts NaN, Infinity and -Infinity.
    """
    form = form or (out.suffix.lower().removeprefix(".") if out else "csv")
    if form not in ("csv", "json", "parquet"):
        raise UserError(
            "The points cannot be written.",
            f"{form or 'A name without ending'} is no kind of file known here.",
            str(out),
            "Use .csv, .json or .parquet.",
        )
    if form == "parquet" and out is None:
        raise UserError("Parquet goes into a file.", "It is no text for a terminal or a pipe.", hint="Name one with -o.")
    settings = Settings.from_env(database=database)
    with ExitStack() as stack:
        chosen = [(content, names_of(content, metrics)) for content in read_contents(runs, settings, stack)]
        if not any(names for _, names in chosen):
            raise UserError("There is nothing to write.", f"None of these runs has {', '.join(metrics) or 'a metric'}.")
        try:
            if form == "parquet" and out is not None:
                write_parquet(chosen, out)
            else:
                target = stack.enter_context(out.open("w", encoding="utf-8", newline="")) if out else sys.stdout
                (write_csv if form == "csv" else write_json)(chosen, target)
        except BrokenPipeError:
            raise  # the reader has enough; click leaves quietly
        except OSError as error:
            raise UserError("The points cannot be written.", f"{error.strerror}.", str(out or "standard output")) from error
    if out:
        points = sum(len(content.read(name)) for content, names in chosen for name in names)
        say(f"{printable(out)}: {counted(points, 'point')} of {counted(len(chosen), 'run')}")


def names_of(content: "RunContent", metrics: Sequence[str]) -> list[str]:
    return [row.name for row in content.metrics if not metrics or row.name in metrics]


def write_csv(chosen: "Sequence[tuple[RunContent, list[str]]]", out: Any) -> None:
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for content, names in chosen:
        for name in names:
            writer.writerows(csv_rows(content, content.read(name), shown=printable if out is sys.stdout else str))


def csv_rows(content: "RunContent", series: "Series", shown: Callable[[str], str]) -> Iterator[Sequence[object]]:
    """The rows of one series; `shown` turns names into what may be written there."""
    from webapp.metrics_json import number_json, step_json, time_json

    names = map(shown, (content.run.name, content.run.experiment, series.metric))
    labels = [("'" + text if text.startswith(FORMULA) else text) for text in names]
    columns = (series.step.tolist(), series.epoch.tolist(), series.value.tolist(), series.time.tolist(), series.offset.tolist())
    for step, epoch, value, time, offset in zip(*columns, strict=True):
        yield (*labels, step_json(step), step_json(epoch), number_json(value), time_json(time), offset)


def write_json(chosen: "Sequence[tuple[RunContent, list[str]]]", out: Any) -> None:
    from webapp.metrics_json import json_text, points_json

    made = []
    for content, names in chosen:
        series = [content.read(name) for name in names]
        metrics = {one.metric: points_json(one.step, one.value, one.time) for one in series}
        params = redact_params(content.run.params)
        made.append({"run": content.run.name, "experiment": content.run.experiment, "params": params, "metrics": metrics})
    out.write(json_text({"runs": made}).decode() + "\n")


def write_parquet(chosen: "Sequence[tuple[RunContent, list[str]]]", out: Path) -> None:
    """The rows of CSV, with NaN as NaN, an unknown step, epoch or time as null, and times as UTC milliseconds."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        hint = "pip install 'lossboard[parquet]', or write .csv."
        raise UserError("Parquet files need one more package.", "pyarrow is not installed.", hint=hint) from error
    names = arrow.dictionary(arrow.int32(), arrow.string())
    fields = [("run", names), ("experiment", names), ("metric", names), ("step", arrow.float64()), ("epoch", arrow.float64())]
    fields += [("value", arrow.float64()), ("timestamp", arrow.timestamp("ms", tz="UTC")), ("offset", arrow.int64())]
    schema = arrow.schema(fields)
    with parquet.ParquetWriter(out, schema) as writer:
        for content, metrics in chosen:
            for name in metrics:
                one = content.read(name)
                labels = [arrow.array([text] * len(one)).dictionary_encode() for text in (content.run.name, content.run.experiment, name)]
                times = arrow.array(
                    [None if math.isnan(t) else round(t * 1000) for t in one.time.tolist()], arrow.timestamp("ms", tz="UTC")
                )
                columns = [arrow.array(one.step, from_pandas=True), arrow.array(one.epoch, from_pandas=True), arrow.array(one.value)]
                writer.write_table(arrow.table([*labels, *columns, times, arrow.array(one.offset)], schema=schema))
