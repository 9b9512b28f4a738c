"""The report pages of a running board."""

import hashlib
import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import LOGS, Boards, RunningBoard

NAMES = ("hf-v4-resume-redir", "hf-v4-steps10-pty")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("reports")
    for name in NAMES:
        shutil.copyfile(LOGS / "transformers" / f"{name}.log", folder / f"{name}.log")
    boards = Boards(folder)
    started = boards(folder)
    for number in (1, 2):
        started.wait_for(f"/api/v1/runs/{number}", '"status":"finished"')
    yield started
    boards.stop()


def page(board: RunningBoard, path: str) -> str:
    status, body = board.get(path)
    assert status == 200, body[:500]
    return body.decode()


def test_a_report_tells_what_the_run_page_shows(board: RunningBoard) -> None:
    text = page(board, "/runs/1/report?smooth=0.9&metric=loss&metric=grad_norm")
    titles = re.findall(r'<h3 id="title-c\d+">(.*?)</h3>', text)
    assert titles == ["loss", "grad_norm"]
    assert text.count("EMA 0.9") >= 2
    for words in ("Metrics in numbers", "Log", "sha256", "Experiment"):
        assert words in text
    run = next(name for name in NAMES if f"<h1>{name}</h1>" in text)
    digest = hashlib.sha256((LOGS / "transformers" / f"{run}.log").read_bytes()).hexdigest()
    assert digest in text
    assert "Made 20" in text
    assert f"from {board.url}/runs/1/report?metric=loss&amp;metric=grad_norm&amp;smooth=0.9" in text
    assert 'href="/runs/1?metric=loss&amp;metric=grad_norm&amp;smooth=0.9"' in text


def test_an_unknown_metric_and_a_wrong_value_are_told_on_the_report(board: RunningBoard) -> None:
    text = page(board, "/runs/1/report?metric=wer&smooth=2")
    assert "There is no metric “wer”." in text
    assert "smooth=2 is not a number from 0 to 0.999" in text


def test_a_saved_report_is_a_file_without_any_address(board: RunningBoard) -> None:
    with urllib.request.urlopen(board.url + "/runs/1/report?save=1") as answer:
        text = answer.read().decode()
        assert answer.headers["Content-Disposition"] in {f'attachment; filename="{name}-report.html"' for name in NAMES}
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<style>" in text
    assert not re.search(r'(src|href)="(?!#)', text)
    assert "<script" not in text


def test_a_comparison_becomes_a_report_with_its_view(board: RunningBoard) -> None:
    text = page(board, "/compare/report?run=1&run=2&metric=loss&level=3.5&x=epoch")
    assert all(name in text for name in NAMES)
    assert re.findall(r'<h3 id="title-c\d+">(.*?)</h3>', text) == ["loss"]
    assert "loss down to 3.5" in text
    assert text.count("sha256") == 2
    assert "/compare?run=1&amp;run=2&amp;metric=loss" in text


def test_a_comparison_of_many_runs_tells_how_many_it_shows_and_leads_to_all(tmp_path: Path) -> None:
    for number in range(1, 13):
        (tmp_path / f"run{number}.log").write_text("".join(f"{{'loss': {number / step:.4f}, 'step': {step}}}\n" for step in range(1, 30)))
    boards = Boards(tmp_path)
    try:
        many = boards(tmp_path)
        many.wait_for("/api/v1/runs", r'("points":29.*){12}')
        asked = "&".join(f"run={number}" for number in range(1, 13))
        text = page(many, f"/compare/report?{asked}")
        assert "<h1>10 of 12 runs compared</h1>" in text
        link = re.search(r'<a href="([^"]*)">All 12 runs</a>', text)
        assert link
        everything = page(many, link[1].replace("&amp;", "&"))
        assert "<h1>12 runs compared</h1>" in everything
        assert everything.count("sha256") == 12
        assert "All 12 runs" not in everything
        assert "All 12 runs" not in page(many, f"/compare/report?{asked}&save=1")
    finally:
        boards.stop()


def test_the_best_of_a_report_says_when_it_is_of_the_evaluation(board: RunningBoard) -> None:
    best = r'<td class="num"[^>]*>[\d.]+ <span class="muted">eval</span> <span class="muted">@ \d+</span></td>'
    assert len(re.findall(best, page(board, "/compare?run=1&run=2"))) == 2
    assert len(re.findall(best, page(board, "/compare/report?run=1&run=2"))) == 2


def test_a_comparison_of_nothing_is_a_page_that_says_so(board: RunningBoard) -> None:
    text = page(board, "/compare/report?run=99")
    assert "No runs to compare" in text
    assert "There is no run 99." in text


def test_a_run_whose_log_has_gone_still_has_a_report(board: RunningBoard, tmp_path: Path) -> None:
    log = tmp_path / "gone.log"
    log.write_text("".join(f"{{'loss': {1 / step:.4f}, 'step': {step}}}\n" for step in range(1, 30)))
    boards = Boards(tmp_path)
    try:
        second = boards(log)
        second.wait_for("/api/v1/runs/1", '"points":29')
        log.unlink()
        text = page(second, "/runs/1/report")
        assert "The log cannot be read" in text
        assert "29 points" in text
    finally:
        boards.stop()


@pytest.mark.parametrize("path", ["/runs/1/report", "/compare/report?run=1&run=2"])
def test_a_report_page_keeps_to_the_rules_for_content(board: RunningBoard, browser: Browser, path: str) -> None:
    """No inline style or script, which our own policy refuses; and nothing is asked of another host."""
    tab = browser.new_page()
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    tab.goto(board.url + path)
    assert problems == []
    assert tab.request.get(board.url + tab.locator("link[rel=icon]").get_attribute("href")).ok
    assert tab.locator("figure svg.chart").count() >= 3
    assert tab.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") != "32px"
    below = "header + .wide" if "compare" in path else "h1 + p"
    head, first = (tab.locator(selector).bounding_box() for selector in ("h1", below))
    assert head is not None
    assert first is not None
    assert first["y"] - head["y"] - head["height"] >= (10 if "compare" in path else 4)
    tab.close()


def test_a_run_that_is_not_there_is_404(board: RunningBoard) -> None:
    assert board.get("/runs/77/report")[0] == 404
