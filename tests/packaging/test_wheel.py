"""The built wheel, installed where no checkout is: it has to serve pages, charts and static files by itself."""

import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HTMX_SHA256 = "491955cd1810747d7d7b9ccb936400afb760e06d25d53e4572b64b6563b2784e"
LOG = "".join(
    f"{{'loss': {3 / (step + 1):.4f}, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': {step / 100:.2f}}}\n" for step in range(1, 101)
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT], check=True, capture_output=True)
    return next(folder.glob("lossboard-*.whl"))


@pytest.fixture(scope="module")
def lossboard(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a new environment that holds the wheel; what the wheel depends on is lent from here, the project is not."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages = next(venv.glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")  # a folder named so has its own .pth files ignored
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run(pip, check=True)
    return venv / "bin" / "lossboard"


@pytest.fixture(scope="module")
def board(lossboard: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a board that the wheel serves, started from an empty folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "runs").mkdir()
    (folder / "runs" / "first.log").write_text(LOG)
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("LOSSBOARD_", "PYTHON"))}
    environment["HOME"] = str(folder / "home")
    command = [lossboard, "serve", "runs", "--port", "0", "--database", "board.db", "--no-token"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        found = next((match for line in process.stdout if (match := re.match(r"Open (http://\S+)", line))), None)
        assert found, "the board ended before it printed its address"
        yield found[1]
        process.terminate()
        assert process.wait(15) == 0


def fetch(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read(), answer.headers["content-type"]


def test_the_wheel_holds_code_pages_formats_and_licence_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {re.sub(r"^lossboard-[^/]*\.dist-info$", "dist-info", name.partition("/")[0]) for name in names} == {
        "webapp",
        "parser",
        "dist-info",
    }
    checkout = {f"webapp/{path.relative_to(ROOT)}" for folder in ("templates", "static") for path in (ROOT / folder).rglob("*.*")}
    checkout |= {str(path.relative_to(ROOT)) for path in (ROOT / "parser").rglob("*.toml")}
    assert checkout <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_command_comes_from_the_wheel_and_not_from_the_checkout(lossboard: Path) -> None:
    where = "import webapp, parser, webapp.paths as p; print(webapp.__file__, parser.__file__, p.TEMPLATES, p.STATIC, sep='\\n')"
    python = lossboard.parent / "python"
    places = subprocess.run([python, "-P", "-c", where], capture_output=True, text=True, check=True, cwd="/").stdout.split()
    assert all(place.startswith(str(lossboard.parent.parent)) for place in places), places
    assert subprocess.run([lossboard, "--version"], capture_output=True, text=True, check=True).stdout.startswith("lossboard ")


def test_the_wheel_reads_a_log_without_a_board(lossboard: Path, tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LOG)
    answer = subprocess.run([lossboard, "parse", "train.log", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert len(json.loads(answer.stdout)["metrics"]["loss"]) == 100


def test_the_wheel_serves_a_page_a_chart_and_its_static_files(board: str) -> None:
    page, kind = fetch(board)
    assert kind.startswith("text/html")
    assert b"runs" in page
    htmx, kind = fetch(board + "static/htmx.min.js")
    assert hashlib.sha256(htmx).hexdigest() == HTMX_SHA256
    assert kind.startswith("text/javascript")
    styles = re.findall(rb'<link[^>]+href="(/static/[^"]+\.css[^"]*)"', page)
    assert styles
    for style in styles:
        assert fetch(board.rstrip("/") + style.decode())[1].startswith("text/css")


def test_the_wheel_draws_the_curve_of_the_watched_log(board: str) -> None:
    with urllib.request.urlopen(board + "api/v1/runs", timeout=30) as answer:
        assert answer.status == 200
    charts = wait_for(board + "runs/1/charts", b"<svg")
    assert b"<path" in charts


def wait_for(url: str, wanted: bytes) -> bytes:
    """The body once `wanted` is in it; the log is read in the background."""
    for _ in range(200):
        try:
            body, _ = fetch(url)
        except urllib.error.HTTPError as error:
            body = error.read()
        if wanted in body:
            return body
        time.sleep(0.05)
    raise AssertionError(f"{wanted!r} did not appear on {url}: {body[:500]!r}")
