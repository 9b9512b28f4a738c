"""Golden charts: `python -m tests.charts.goldens` names those that changed, `--rewrite` accepts them, `--sheet FILE` shows all on one page.

A golden is looked at before it is committed: light, dark, narrow and printed, with the sheet open in a browser.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np

from tests.charts.made import START, curve_of, made_series
from webapp.charts.files import draw_chart_file
from webapp.charts.options import ChartRequest, Line, View
from webapp.charts.svg import draw_chart
from webapp.paths import STATIC
from webapp.store.rows import EventRow, Series

FOLDER = Path(__file__).parent / "goldens"
NAN = float("nan")


def training(points: int = 160, **view: object) -> ChartRequest:
    """A loss with its evaluation, events of the log, and a log line pointed at."""
    loss = made_series(curve_of(points), epoch=np.arange(points) / points * 3)
    when = np.arange(20, points + 1, 20)
    evaluation = made_series(curve_of(points // 20, 1, 0.02) + 0.3, step=when, time=START + 2 * when, metric="eval_loss")
    events = [
        EventRow("checkpoint", "Saving model checkpoint to out/checkpoint-80", 7900, 80, None),
        EventRow("out of memory", "torch.OutOfMemoryError: CUDA out of memory.", 12_000, None, datetime(2026, 1, 28, 10, 4, tzinfo=UTC)),
    ]
    lines = [Line("loss", loss), Line("eval_loss", evaluation, 1, 1)]
    return ChartRequest("loss", "loss", lines, View(**view), events, link="/runs/1?at=", at=5000)  # type: ignore[arg-type]


def diverged() -> ChartRequest:
    values = curve_of(200)
    values[90:95] = NAN
    values[130] = np.inf
    values[150:] = NAN
    return ChartRequest("bad", "loss", [Line("loss", made_series(values))], hover=False)


def resumed(attempts: str) -> ChartRequest:
    step = np.concatenate([np.arange(1, 101), np.arange(61, 151)])
    values = np.concatenate([curve_of(150)[:100], curve_of(150, 2)[60:]])
    view = View(attempts=attempts, smooth=0.6)  # type: ignore[arg-type]
    return ChartRequest("resumed", "loss", [Line("loss", made_series(values, step=step))], view, hover=False)


def rates() -> Series:
    return made_series(np.concatenate([np.linspace(0, 5e-5, 20), 5e-5 * np.cos(np.linspace(0, np.pi / 2, 180))]), metric="learning_rate")


def compared() -> ChartRequest:
    lines = [Line(f"lr {n + 1}e-4 seed {n}", made_series(curve_of(300, n, 0.05) + n / 20, run=n), n, n // 4) for n in range(8)]
    return ChartRequest("compare", "loss", lines, View(smooth=0.9, points=120), hover=False, width=1200, height=360)


CASES: dict[str, Callable[[], str]] = {
    "training": lambda: str(draw_chart(training(smooth=0.6)).svg),
    "diverged": lambda: str(draw_chart(diverged()).svg),
    "attempts": lambda: str(draw_chart(resumed("attempts")).svg),
    "stitched": lambda: str(draw_chart(resumed("stitched")).svg),
    "clock": lambda: str(draw_chart(resumed("clock")).svg),
    "rate": lambda: str(draw_chart(ChartRequest("rate", "learning_rate", [Line("learning_rate", rates(), 2)], hover=False)).svg),
    "log": lambda: str(
        draw_chart(ChartRequest("log", "loss", [Line("loss", made_series(curve_of(3000)))], View(log="xy"), hover=False)).svg
    ),
    "relative": lambda: str(draw_chart(training(40, x="relative", clip=True)).svg),
    "window": lambda: str(draw_chart(training(400, lo=100.0, hi=130.0)).svg),
    "compare": lambda: str(draw_chart(compared()).svg),
    "empty": lambda: str(draw_chart(ChartRequest("empty", "loss", [Line("loss", made_series([]))])).svg),
    "file": lambda: draw_chart_file(training(80), width=640, height=320).decode(),
    "file-print": lambda: draw_chart_file(diverged(), width=480, height=260, theme="print").decode(),
}


def changed() -> list[str]:
    """Names of the cases that are not drawn as their golden is."""
    return [name for name, draw in CASES.items() if not path_of(name).exists() or path_of(name).read_text() != draw()]


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.svg"


def sheet() -> str:
    """One page with every case as it is drawn now."""
    styles = "".join((STATIC / name).read_text() for name in ("vars.css", "app.css", "chart.css"))
    pictures = {name: draw() for name, draw in CASES.items()}
    pictures |= {name: f'<img src="data:image/svg+xml,{quote(svg)}">' for name, svg in pictures.items() if name.startswith("file")}
    figures = "".join(
        f'<figure class="chart-figure"><h3>{n}</h3><div class="chart-box">{svg}</div></figure>' for n, svg in pictures.items()
    )
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Charts</title>'
    printed = (STATIC / "print.css").read_text()
    return f'{head}<style>{styles}@media print{{{printed}}}</style><main><section class="charts">{figures}</section></main></html>'


def main() -> int:
    choice = argparse.ArgumentParser(description=__doc__)
    choice.add_argument("--rewrite", action="store_true", help="accept the charts as they are drawn now")
    choice.add_argument("--sheet", type=Path, help="write a page that shows all of them")
    given = choice.parse_args()
    if given.sheet:
        given.sheet.write_text(sheet())
    names = changed()
    if given.rewrite:
        FOLDER.mkdir(exist_ok=True)
        for name in names:
            path_of(name).write_text(CASES[name]())
    print("\n".join(f"{'rewritten' if given.rewrite else 'changed'}: {name}" for name in names) or "all charts as they were")
    return 1 if names and not given.rewrite else 0


if __name__ == "__main__":
    sys.exit(main())
