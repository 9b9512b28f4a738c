"""The picture in the README: `python -m tests.packaging.picture` takes it anew of the demo's board, a minute into its live run."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS, find_chromium

PICTURE = Path(__file__).with_name("board.png")
WIDTH = 1400
POINTS = 420  # of the live run: a curve with a bend in it


def take(folder: Path) -> None:
    output = folder / "output.txt"
    command = [sys.executable, "-m", "webapp.cli.main", "demo", "--port", "0", "--folder", str(folder / "demo")]
    with output.open("w") as sink, subprocess.Popen(command, stdout=sink) as board:
        try:
            url = wait_for(lambda: next((line.split()[1] for line in output.read_text().splitlines() if line.startswith("Open ")), ""))
            run = wait_for(lambda: next((one for one in runs(url) if one["status"] == "running" and one["points"] >= POINTS), None))
            with (
                sync_playwright() as playwright,
                playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS) as chromium,
            ):
                page = chromium.new_page(viewport={"width": WIDTH, "height": 800}, color_scheme="light")
                page.goto(f"{url}runs/{run['id']}?smooth=0.5", wait_until="networkidle")
                end = page.locator("figure").first.bounding_box()
                page.screenshot(
                    path=PICTURE, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": end["y"] + end["height"] + 16}
                )
        finally:
            board.terminate()


def runs(url: str) -> list[dict]:
    with urllib.request.urlopen(f"{url}api/v1/runs", timeout=10) as answer:
        return json.load(answer)


def wait_for(found, seconds: float = 300):
    deadline = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > deadline:
            raise TimeoutError("the demo did not come that far")
        time.sleep(0.2)
    return value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        take(Path(temporary))
