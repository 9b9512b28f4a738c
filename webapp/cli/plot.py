"""`lossboard plot FILE`: curves in the terminal, or as an SVG, PNG or HTML file; with -f they follow a log that grows."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.console import printable, say
from webapp.errors import UserError
from webapp.settings import Settings, wants_colour

if TYPE_CHECKING:
    from parser.formats import FormatSet
    from webapp.charts.options import ChartRequest, View
    from webapp.report.charts import Drawing
    from webapp.report.content import RunContent

EXAMPLES = """\b
Examples:
  lossboard plot train.log
  lossboard plot -f train.log                      follow a run that is training
  lossboard plot runs/*.log -m loss --smooth       several runs on one chart
  lossboard plot train.log -m grad_norm --log y -o norm.svg
  ssh gpu1 cat train.log | lossboard plot -

\b
Exit codes: 0 drawn, 2 nothing to draw (the message says why).
"""
INKS = (
    39,
    208,
    35,
    199,
    141,
    178,
    80,
    167,
    149,
    133,
)  # of the 256 of a terminal, near to the board's palette and legible on black and white
MUTED_INK, BAD_INK = 245, 196
SIZE = (100, 24)  # of the chart where there is no terminal
READ_BYTES = 1024 * 1024
SMOOTH = 0.6


@click.command(epilog=EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--metric", "-m", "metrics", multiple=True, metavar="NAME", help="Metric or chart to draw; may be repeated. [default: loss]")
@click.option("--smooth", is_flag=True, help=f"Smooth by a moving average of weight {SMOOTH}, over all points.")
@click.option("--smoothing", type=click.FloatRange(0, 0.999), metavar="WEIGHT", help="The same with another weight, 0 to 0.999.")
@click.option("--log", "log_scale", type=click.Choice(["x", "y", "xy"]), help="Logarithmic axes.")
@click.option(
    "--x", "x_axis", type=click.Choice(["step", "epoch", "time", "relative", "tokens"]), default="step", help="What the x axis is."
)
@click.option("--from", "low", type=float, metavar="X", help="Where the x axis begins.")
@click.option("--to", "high", type=float, metavar="X", help="Where it ends.")
@click.option("--clip", is_flag=True, help="Leave outliers outside: show the 5th to 95th percentile.")
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write a file instead: .svg, .png or .html.")
@click.option("--theme", type=click.Choice(["light", "dark", "auto", "print"]), default="light", help="Colours of an SVG or PNG file.")
@click.option("--follow", "-f", is_flag=True, help="Follow the log as it grows, until Ctrl-C.")
def plot(
    files: tuple[Path, ...],
    metrics: tuple[str, ...],
    smooth: bool,
    smoothing: float | None,
    log_scale: str | None,
    x_axis: str,
    low: float | None,
    high: float | None,
    clip: bool,
    out: Path | None,
    theme: str,
    follow: bool,
) -> None:
    """Draw the curves of logs in the terminal, or into a file.

    Each FILE is a log, or - for standard input. Every column shows the lowest to the highest value in it, so no spike is lost.
    """
    from webapp.charts.options import View

    view = View(
        x=x_axis,  # type: ignore[arg-type]
        smooth=smoothing if smoothing is not None else SMOOTH if smooth else 0.0,
        log=log_scale or "",  # type: ignore[arg-type]
        clip=clip,
        lo=low,
        hi=high,
    )
    if low is not None and high is not None and low >= high:
        raise UserError("The x axis would end before it begins.", f"--from {low:g} is not below --to {high:g}.")
    settings = Settings.from_env()
    if follow:
        from webapp.cli.follow import follow_logs

        if out is not None:
            raise UserError("A followed log is drawn in the terminal.", "-f and -o do not go together.", hint="Leave one of them out.")
        follow_logs(files, metrics, view, settings)
        return
    contents = [read_content(file, number, settings) for number, file in enumerate(files, 1)]
    drawing = plan(contents, view, metrics)
    if out is None:
        show(drawing)
    else:
        write_file(drawing, contents, out, theme, metrics)


def read_content(file: Path, number: int, settings: Settings) -> "RunContent":
    """One log. Raises UserError where it cannot be read or holds no metric."""
    from webapp.report.logs import LogReading, log_content, read_chunks

    reading = LogReading(user_formats(settings))
    piped = str(file) == "-"
    try:
        for chunk in iter(lambda: sys.stdin.buffer.read1(READ_BYTES), b"") if piped else read_chunks(file):
            reading.feed(chunk)
        reading.finish()
        content = log_content(reading, None if piped else file, number, settings, brief=True)
    except OSError as error:
        raise UserError("The log cannot be read.", f"{error.strerror}.", str(file)) from error
    if not content.metrics:
        raise UserError(
            "No metric found in this log.",
            f"None of {reading.lines:,} lines names a metric or repeats with changing numbers.",
            str(file),
            f"Try `lossboard explain {file}`.",
        )
    return content


def user_formats(settings: Settings) -> "FormatSet":
    from parser.formats import load_formats

    return load_formats(settings.formats_dir if settings.formats_dir.is_dir() else None)


def plan(contents: Sequence["RunContent"], view: "View", metrics: Sequence[str]) -> "Drawing":
    """The charts asked for; the first one where none was. Raises UserError for a name that no log has."""
    from dataclasses import replace

    from webapp.report.charts import plan_charts

    drawing = plan_charts(contents, view, metrics)
    if drawing.missing:
        names = sorted({row.name for content in contents for row in content.metrics})
        raise UserError(f"There is no metric {drawing.missing[0]!r}.", f"These logs have {', '.join(names[:20])}.")
    if metrics:
        return drawing
    more = tuple(request.title for request in drawing.requests[1:])
    return replace(drawing, requests=drawing.requests[:1], others=(*more, *drawing.others))


def show(drawing: "Drawing") -> None:
    """The charts on standard output, as wide as the terminal."""
    size = shutil.get_terminal_size(SIZE) if sys.stdout.isatty() else os.terminal_size(SIZE)
    rows = SIZE[1] if len(drawing.requests) > 1 else max(12, min(size.lines - 3, 40))
    for request in drawing.requests:
        for line in chart_lines(request, size.columns, rows):
            say(line)
    if drawing.others and sys.stdout.isatty():
        say(ink(f"Also: {', '.join(map(printable, drawing.others[:12]))} (-m NAME)", MUTED_INK))


def chart_lines(request: "ChartRequest", columns: int, rows: int) -> list[str]:
    """The lines of a chart, in colour on a terminal; with stars instead of braille where the output cannot take braille."""
    from webapp.report.braille import BAD, BLANK, MUTED, draw_text_chart

    paint: dict[int, Callable[[str], str]] = {BLANK: str, MUTED: lambda text: ink(text, MUTED_INK), BAD: lambda text: ink(text, BAD_INK)}
    lines = []
    for line in draw_text_chart(request, columns, rows):
        text = "".join(paint[span.ink](span.text) if span.ink in paint else ink(span.text, INKS[span.ink]) for span in line)
        lines.append(plain_marks(text))
    return lines


def ink(text: str, number: int) -> str:
    return click.style(text, fg=number) if sys.stdout.isatty() and wants_colour() else text


def plain_marks(text: str) -> str:
    """Braille as stars, and lines as ASCII, for an output that cannot encode them."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = "".join(
            "*" if "\u2801" <= char <= "\u28ff" else {"│": "|", "┤": "+", "└": "+", "─": "-", "┬": "+", "━": "="}.get(char, char)
            for char in text
        )
        return text.encode("ascii", "replace").decode()
    return text


def write_file(drawing: "Drawing", contents: Sequence["RunContent"], out: Path, theme: str, metrics: Sequence[str]) -> None:
    """The chart as a file; .html holds all charts asked for, a picture one."""
    kind = out.suffix.lower()
    if kind not in (".svg", ".png", ".html"):
        raise UserError(
            "The chart cannot be written.",
            f"{kind or 'A name without ending'} is no kind of picture.",
            str(out),
            "Use .svg, .png or .html.",
        )
    if kind != ".html" and len(drawing.requests) > 1:
        raise UserError("A picture holds one chart.", f"{len(drawing.requests)} are asked for.", hint="Name one with -m, or write .html.")
    if kind == ".html":
        from webapp.report.build import build_report
        from webapp.report.render import render_file

        names = tuple(line.series.metric for request in drawing.requests for line in request.lines)
        body = render_file(build_report(contents, drawing.requests[0].view, metrics or names)).encode()
    else:
        from webapp.charts.files import draw_chart_file

        body = draw_chart_file(drawing.requests[0], theme=theme)  # type: ignore[arg-type]
        body = draw_png(body) if kind == ".png" else body
    try:
        out.write_bytes(body)
    except OSError as error:
        raise UserError("The chart cannot be written.", f"{error.strerror}.", str(out)) from error
    say(f"{printable(out)}: {printable(', '.join(request.title for request in drawing.requests))}")


def draw_png(svg: bytes) -> bytes:
    """The picture in pixels, two for each of the SVG's, for sharp print. Raises UserError where the extra is not installed."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        hint = "pip install 'lossboard[png]', or write .svg, which every browser and Word can show."
        raise UserError("PNG files need one more package.", "resvg-py is not installed.", hint=hint) from error
    return bytes(svg_to_bytes(svg_string=svg.decode(), zoom=2))
