"""`lossboard report RUN_OR_FILE…`: a run, or several compared, as one HTML or PDF file."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.console import printable, say
from webapp.cli.database import reading
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.format import size
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.report.content import RunContent
    from webapp.store.database import Database

EXAMPLES = """\b
Examples:
  lossboard report train.log -o report.html
  lossboard report 12 13 14 --smoothing 0.9 -o comparison.html      runs of the board, by number
  lossboard report runs/*.log -m loss -m eval_loss -o report.pdf

\b
Exit codes: 0 written, 2 not written (the message says why).
"""
KINDS = (".html", ".htm", ".pdf")


@click.command(epilog=EXAMPLES)
@click.argument("runs", metavar="RUN_OR_FILE...", nargs=-1, required=True)
@click.option("--out", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write: .html or .pdf.")
@click.option("--title", help="Title of the report; else the names of the runs.")
@click.option(
    "--metric", "-m", "metrics", multiple=True, metavar="NAME", help="Metric or chart to show; may be repeated. [default: the usual ones]"
)
@click.option(
    "--smoothing",
    type=click.FloatRange(0, 0.999),
    default=0.0,
    show_default=True,
    metavar="WEIGHT",
    help="Moving average over all points; 0 for none.",
)
@click.option("--log", "log_scale", type=click.Choice(["x", "y", "xy"]), help="Logarithmic axes.")
@click.option(
    "--x", "x_axis", type=click.Choice(["step", "epoch", "time", "relative", "tokens"]), default="step", help="What the x axis is."
)
@click.option("--from", "low", type=float, metavar="X", help="Where the x axis begins.")
@click.option("--to", "high", type=float, metavar="X", help="Where it ends.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Paper of a PDF; HTML prints on any.")
@setting_option("database", metavar="FILE")
def report(
    runs: tuple[str, ...],
    out: Path,
    title: str | None,
    metrics: tuple[str, ...],
    smoothing: float,
    log_scale: str | None,
    x_axis: str,
    low: float | None,
    high: float | None,
    paper: str,
    database: str | None,
) -> None:
    """Write a run, or several compared, as one file to send or print.

    A number is a run of the board, as `lossboard runs list` shows it; everything else is a log file. The file asks nothing of any server
    and opens from a disk, a mail or a USB stick. PDF needs the extra `pdf`.
    """
    if out.suffix.lower() not in KINDS:
        raise UserError(
            "The report cannot be written.",
            f"{out.suffix or 'A name without ending'} is no kind of report.",
            str(out),
            "Use .html or .pdf.",
        )
    if low is not None and high is not None and low >= high:
        raise UserError("The x axis would end before it begins.", f"--from {low:g} is not below --to {high:g}.")
    from webapp.charts.options import View
    from webapp.report.build import build_report
    from webapp.report.render import render_file, render_pdf

    view = View(x=x_axis, smooth=smoothing, log=log_scale or "", lo=low, hi=high)  # type: ignore[arg-type]
    settings = Settings.from_env(database=database)
    pdf = out.suffix.lower() == ".pdf"
    with ExitStack() as stack:
        contents = tuple(read_contents(runs, settings, stack))
        made = build_report(contents, view, metrics, title=title or "", pictures=pdf)
        body = render_pdf(made, paper) if pdf else render_file(made).encode()
    try:
        out.write_bytes(body)
    except OSError as error:
        raise UserError("The report cannot be written.", f"{error.strerror}.", str(out)) from error
    for problem in made.problems:
        say(printable(problem))
    say(f"{printable(out)}: {size(len(body))}, {len(made.charts)} chart{'s' if len(made.charts) != 1 else ''} of {printable(made.title)}")


def read_contents(runs: Sequence[str], settings: Settings, stack: ExitStack) -> Iterator["RunContent"]:
    """The runs in the order given; a name of digits only is a run's number, unless a file is called so."""
    opened: Database | None = None
    for place, name in enumerate(runs, 1):
        if name.isascii() and name.isdigit() and not Path(name).exists():
            opened = opened or stack.enter_context(reading(settings))
            yield stored(opened, int(name))
        else:
            yield from_file(Path(name), -place, settings)


def stored(database: "Database", ident: int) -> "RunContent":
    from webapp.report.stored import stored_content
    from webapp.store.runs import get_run

    run = get_run(database, ident) if ident < 2**62 else None
    if run is None:
        raise UserError(f"There is no run {ident}.", where=str(database.path), hint="`lossboard runs list` shows the runs there are.")
    return stored_content(database, run)


def from_file(path: Path, number: int, settings: Settings) -> "RunContent":
    """`number` stands for the run's id; below 0, so that it is none of the database."""
    from parser.formats import load_formats
    from webapp.report.logs import log_content, read_log

    try:
        reading = read_log(path, load_formats(settings.formats_dir if settings.formats_dir.is_dir() else None))
        return log_content(reading, path, number, settings)
    except OSError as error:
        raise UserError("The log cannot be read.", f"{error.strerror}.", str(path)) from error
