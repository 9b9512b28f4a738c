"""What a page costs that somebody leaves open: CPU of the board and bytes on the wire, with a real Chromium that shows it.

Two pages: of a finished run of 100,000 points, whose page asks for nothing any more, and of a live run that is silent, which asks every two
seconds whether it has moved. The board's own looks at the logs cost less from minute to minute: what it uses before and behind each page
is measured too, and their mean taken off.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench_board import LINES, Server, cpu_s, line, serving, settle, wait_for_run
from tests.conftest import CHROMIUM_FLAGS, find_chromium
from tests.figures import Figure

OPEN_S = 50.0
METRICS = 3  # of a line


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        folder = Path(temporary)
        logs = folder / "runs"
        logs.mkdir()
        points = METRICS * LINES
        (logs / "over.log").write_text("".join(line(step) for step in range(1, LINES + 1)) + "Training completed.\n")
        with serving(folder) as server, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
            over = wait_for_run(server, "over")
            (logs / "live.log").write_text(line(1))
            live = wait_for_run(server, "live")
            for name, run, most in ((f"a finished run of {points:,} points", over, 10.0), ("a live run that is silent", live, None)):
                before = spent(server)
                cpu, kilobytes = with_page(chromium, server, run)
                alone = (before + spent(server)) / 2
                note = f"{cpu:.3f} % with it, {alone:.3f} % alone"
                yield Figure(f"a page left open, {name}: CPU", max(cpu - alone, 0.0), "% of a core", 0.1, note=note)
                yield Figure(f"a page left open, {name}: on the wire", kilobytes, "kB/min", most)
            chromium.close()


def with_page(chromium: Browser, server: Server, run: int) -> tuple[float, float]:
    """Per cent of a core, and kilobytes a minute, while the page of the run stands open."""
    page = chromium.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/runs/{run}", wait_until="networkidle")
    wire = page.context.new_cdp_session(page)
    received: list[int] = []
    wire.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    settle(server)
    received.clear()
    cpu = spent(server, page.wait_for_timeout)
    page.close()
    return cpu, sum(received) / 1000 * 60 / OPEN_S


def spent(server: Server, wait_ms: Callable[[float], None] = lambda ms: time.sleep(ms / 1000)) -> float:
    """Per cent of a core that the board uses while `wait_ms` waits."""
    began, before = time.monotonic(), cpu_s(server.process.pid, children=False)
    wait_ms(1000 * OPEN_S)
    return 100 * (cpu_s(server.process.pid, children=False) - before) / (time.monotonic() - began)
