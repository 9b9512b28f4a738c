"""`lossboard plot -f`: the chart is drawn again as the logs grow, in place, until Ctrl-C."""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parser.formats import FormatSet
from webapp.charts.options import View
from webapp.cli.console import printable
from webapp.cli.plot import READ_BYTES, chart_lines, user_formats
from webapp.errors import UserError
from webapp.format import counted
from webapp.report.charts import plan_charts
from webapp.report.logs import LogReading, log_content
from webapp.settings import Settings

LOOK_S = 0.3  # between two looks at the logs
HEIGHT = 24  # lines of one chart, where the terminal has them


@dataclass(slots=True)
class Followed:
    """One log as far as it was read. A file that became shorter, or is another one, is read from its start."""

    path: Path
    formats: FormatSet
    reading: LogReading
    inode: int = 0

    def look(self) -> bool:
        """Reads what is new; False if nothing is. Raises OSError for a file that cannot be read."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            info = os.fstat(file.fileno())
            if info.st_ino != self.inode or info.st_size < self.reading.size:
                self.reading, self.inode = LogReading(self.formats), info.st_ino
            if info.st_size == self.reading.size:
                return False
            file.seek(self.reading.size)
            while chunk := file.read(READ_BYTES):
                self.reading.feed(chunk)
            return True


def follow_logs(files: Sequence[Path], metrics: Sequence[str], view: View, settings: Settings) -> None:
    """Draws until Ctrl-C. Raises UserError where there is no terminal, or a log cannot be read."""
    if not sys.stdout.isatty():
        raise UserError("A log can be followed on a terminal only.", "Standard output is a file or a pipe.", hint="Leave -f out.")
    if any(str(file) == "-" for file in files):
        raise UserError(
            "Standard input cannot be followed.", hint="`lossboard pipe` records it, and `lossboard plot -f` follows the record."
        )
    formats = user_formats(settings)
    logs = [Followed(file, formats, LogReading(formats)) for file in files]
    drawn = 0
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            try:
                new = [log.look() for log in logs]
            except OSError as error:
                raise UserError("The log cannot be read.", f"{error.strerror}.", str(error.filename)) from error
            size = shutil.get_terminal_size()
            if any(new) or not drawn:
                drawn = draw(screen_lines(logs, metrics, view, settings, size.columns, size.lines - 1), drawn)
            time.sleep(LOOK_S)
    sys.stdout.write("\n")


def screen_lines(logs: Sequence[Followed], metrics: Sequence[str], view: View, settings: Settings, columns: int, rows: int) -> list[str]:
    """What is on the screen: the charts of the metrics asked for, or why there is none yet."""
    contents = [log_content(log.reading, log.path, number, settings, brief=True) for number, log in enumerate(logs, 1) if log.reading.names]
    if not contents:
        lines = sum(log.reading.lines for log in logs)
        return [f"No metric yet in {counted(lines, 'line')} of {', '.join(printable(log.path) for log in logs)}; Ctrl-C ends."]
    requests = plan_charts(contents, view, metrics).requests
    requests = requests if metrics else requests[:1]
    out = [line for request in requests for line in chart_lines(request, columns - 1, min(HEIGHT, rows // max(1, len(requests))))]
    return out[:rows] or [f"None of {', '.join(map(printable, metrics))} yet; Ctrl-C ends."]


def draw(lines: list[str], drawn: int) -> int:
    """Writes the lines over the `drawn` ones before; returns how many there are now."""
    up = f"\x1b[{drawn - 1}F" if drawn > 1 else "\r" if drawn else ""
    sys.stdout.write(f"{up}\x1b[J" + "\n".join(lines))
    sys.stdout.flush()
    return len(lines)
