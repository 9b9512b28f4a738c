"""A report on paper: printed by Chromium on A4 and Letter, and written by the PDF extra."""

import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser

from tests.cli.commands import LOGS, Shell

HOSTILE = "</style><script>alert(1)</script>\x1b]0;owned\x07\u202e"
PAPERS = {"A4": (595, 842), "Letter": (612, 792)}


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with many metrics, so that tables and charts take several pages, a NaN, a restart and a traceback."""
    log = tmp_path_factory.mktemp("runs") / "long.log"
    names = [f"rewards/{kind}_{number}" for kind in ("chosen", "rejected", "margins") for number in range(20)]
    lines = []
    for step in [*range(1, 121), *range(100, 201)]:
        record = {"loss": 3 / (1 + step / 30), "grad_norm": 1.0 + step % 7, "learning_rate": 1e-4}
        record |= {name: step / 100 + place for place, name in enumerate(names)}
        lines.append(str({**record, "step": step}).replace("'loss': 1.5,", "'loss': nan,"))
        if step == 120:
            lines.append('Traceback (most recent call last):\n  File "train.py", line 3, in <module>\nRuntimeError: CUDA out of memory.')
    log.write_text("\n".join(lines) + f"\n{HOSTILE}\n")
    return log


@pytest.fixture(scope="module")
def report(long_log: Path) -> Path:
    """The report of that run, for tests that only look at it."""
    Shell(long_log.parent).run("report", long_log, "-o", "report.html")
    return long_log.parent / "report.html"


def print_page(browser: Browser, html: Path, paper: str, **media: str) -> pypdfium2.PdfDocument:
    page = browser.new_page(color_scheme=media.get("scheme", "light"))  # type: ignore[arg-type]
    page.goto(html.as_uri())
    data = page.pdf(format=paper, print_background=True)
    page.close()
    return pypdfium2.PdfDocument(data)


def texts(pdf: pypdfium2.PdfDocument) -> list[str]:
    return [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]


@pytest.mark.parametrize("paper", PAPERS)
def test_a_printed_report_has_numbered_pages_whole_charts_and_repeated_heads(browser: Browser, report: Path, paper: str) -> None:
    pdf = print_page(browser, report, paper)
    assert 4 <= len(pdf) <= 10
    assert pdf[0].get_size() == pytest.approx(PAPERS[paper], abs=2)
    pages = texts(pdf)
    for number, text in enumerate(pages, 1):
        assert f"{number} / {len(pdf)}" in text
    heads = [text for text in pages if " ".join(text.split()).count("Metric Points First Last Min at Max at Mean Not finite")]
    assert len(heads) >= 2, "the head of the long table comes again on its next page"
    everything = "\n".join(pages)
    for words in ("long", "CUDA out of memory", "sha256", "Made 20", "non-finite value", "Findings", "Metrics in numbers", "left out"):
        assert words in everything


def test_no_chart_is_cut_by_the_end_of_a_page(browser: Browser, shell: Shell, long_log: Path) -> None:
    """Every chart's title and its caption stand on the same page."""
    shell.run("report", long_log, "-o", "report.html", *(word for number in range(6) for word in ("-m", f"rewards/chosen_{number}")))
    pages = texts(print_page(browser, shell.home / "report.html", "A4"))
    flat = [" ".join(text.split()) for text in pages]
    titles = [len(re.findall(r"(rewards/chosen_\d) \1 \d", text)) for text in flat]
    captions = [text.count("points →") for text in flat]
    assert titles == captions
    assert sum(titles) == 6


def test_paper_is_light_whatever_the_theme(browser: Browser, report: Path) -> None:
    pictures = [print_page(browser, report, "A4", scheme=scheme)[0].render(scale=1).to_pil().convert("RGB") for scheme in ("light", "dark")]
    light, dark = ([picture.getpixel((10, 10)), picture.tobytes()] for picture in pictures)
    assert light[0] == (255, 255, 255)
    assert light == dark
    colours = {colour for _, colour in pictures[0].getcolors(1 << 24)}
    assert any(blue > 150 and red < 100 for red, _, blue in colours), "curves keep their colours on paper"


def test_the_pdf_extra_writes_the_same_report(shell: Shell, long_log: Path) -> None:
    for paper, size in PAPERS.items():
        shell.run("report", long_log, "-o", "report.pdf", "--paper", paper.lower())
        pdf = pypdfium2.PdfDocument((shell.home / "report.pdf").read_bytes())
        assert pdf[0].get_size() == pytest.approx(size, abs=2)
        pages = texts(pdf)
        assert f"1 / {len(pdf)}" in pages[0]
        everything = "\n".join(pages)
        for words in ("grad_norm", "CUDA out of memory", "sha256", "Metrics in numbers"):
            assert words in everything
        colours = {colour for _, colour in pdf[0].render(scale=1).to_pil().convert("RGB").getcolors(1 << 24)}
        assert any(blue > 150 and red < 100 for red, _, blue in colours), "the curves are drawn"


def test_without_the_extra_a_pdf_says_what_to_install(shell: Shell) -> None:
    blocked = shell.home / "blocked"
    blocked.mkdir()
    (blocked / "weasyprint.py").write_text("raise ImportError('not installed')")
    log = LOGS / "transformers" / "hf-v4-resume-redir.log"
    answer = shell.start("report", log, "-o", "r.pdf", code=2, PYTHONPATH=f"{blocked}:{shell.environment['PYTHONPATH']}")
    assert "pip install 'lossboard[pdf]'" in answer.stderr


def test_a_report_opens_from_disk_and_asks_nothing_of_anybody(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=True)
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert dialogs == []
    assert page.locator("script, link, iframe, object, img").count() == 0
    assert "</style><script>alert(1)" in page.locator(".log").last.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    band = page.locator("svg.chart .b").nth(10)
    band.hover()
    page.close()


def test_a_report_is_readable_on_a_phone(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 700})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.close()
