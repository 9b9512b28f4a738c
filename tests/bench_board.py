"""What the running board costs: first page, memory, disk, the way from a written line to the reader, and a poll with nothing new."""

import gzip
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.figures import Figure

RUNS, LINES = 10, 33_334  # three metrics a line: 10 runs of 1e5 points
STARTS = 5
WRITTEN = 30
POLLS = 500
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    first_page_s: float
    first_page_cpu_s: float

    def request(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, path: str) -> object:
        return json.loads(self.request(path)[1])


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        folder = Path(temporary)
        write_logs(folder / "runs")
        with serving(folder) as server:
            points = wait_until_read(server)
            settle(server)
            reading = pss_bytes(server.process.pid)
            wait_until(lambda: not psutil.Process(server.process.pid).children(), 1.0, 120)
            resting = pss_bytes(server.process.pid)
        yield Figure("bytes on disk per point", disk_bytes(folder) / points, "B", 8, note=f"{points:,} points")
        yield Figure("memory idle", resting / 1e6, "MB PSS", 110, note="a minute after reading them")
        yield Figure("memory with the reading process", reading / 1e6, "MB PSS", note="just after reading them")
        starts, used = [], []
        for _ in range(STARTS):
            with serving(folder) as server:
                starts.append(server.first_page_s)
                used.append(server.first_page_cpu_s)
                settle(server)
                memory = pss_bytes(server.process.pid)
        yield Figure("memory just after a start", memory / 1e6, "MB PSS")
        yield Figure(
            "command → first page", statistics.median(starts), "s", 1.0, note=f"median of {STARTS}, {min(starts):.2f}–{max(starts):.2f}"
        )
        yield Figure("CPU until the first page", statistics.median(used), "s")
        live = folder / "runs" / "live.log"
        live.write_text(line(1))
        with serving(folder) as server:
            run = wait_for_run(server, live.stem)
            yield from written_to_visible(server, live, run)
            yield from poll_costs(server, run)
            yield page_load(server)


def line(step: int, loss: float | None = None) -> str:
    loss = 2.0 / (1 + step / 500) + random.gauss(0, 0.02) if loss is None else loss
    norm, rate = random.uniform(0.5, 2), 5e-5 * (1 - step / 1e6)
    return f"{{'loss': {loss:.4f}, 'grad_norm': {norm:.6f}, 'learning_rate': {rate:.6e}, 'step': {step}}}\n"


def write_logs(folder: Path) -> None:
    random.seed(1)
    folder.mkdir()
    for run in range(RUNS):
        (folder / f"run-{run}.log").write_text("".join(line(step) for step in range(1, LINES + 1)))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A board on `folder`/runs, once its first page was answered with 200."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    unwanted = ("LOSSBOARD_", "PYTHONDONTWRITEBYTECODE")  # an installed board is compiled once
    environment = {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}
    options = ["--no-token", "--port", str(port), "--database", str(folder / "board.db")]
    command = [Path(sys.executable).parent / "lossboard", "serve", folder / "runs", *options]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        server = Server(process, port, 0.0, 0.0)
        try:
            wait_until(lambda: process.poll() is not None or first_page(server), 0.005)
            yield Server(process, port, time.monotonic() - began, cpu_s(process.pid, children=False))
        finally:
            process.terminate()


def first_page(server: Server) -> bool:
    try:
        return server.request("/")[0] == 200
    except OSError:
        return False


def wait_until_read(server: Server) -> int:
    """Points in the database once every log is read."""
    wanted = RUNS * LINES * 3
    counts = [0]

    def read() -> bool:
        counts.append(sum(run["points"] for run in server.json("/api/v1/runs")))  # type: ignore[attr-defined]
        return counts[-1] >= wanted

    wait_until(read, 0.2, 300)
    return counts[-1]


def settle(server: Server) -> None:
    """Waits until server and workers have used no CPU for a second: idle is measured, not the end of reading."""
    used = [cpu_s(server.process.pid)]

    def resting() -> bool:
        time.sleep(1.0)
        used.append(cpu_s(server.process.pid))
        return used[-1] - used[-2] < 0.05

    wait_until(resting, 0, 60)


def written_to_visible(server: Server, log: Path, run: int) -> Iterator[Figure]:
    """Seconds from `write` to the value in an answer of the API, asked every 20 ms."""
    path, seconds = f"/api/v1/runs/{run}/metrics?metric=loss", []
    for step in range(2, WRITTEN + 2):
        value = round(1 + step / 1000 + 1e-4, 4)
        time.sleep(random.uniform(0.3, 1.3))  # any phase of any clock in the board
        with log.open("a") as out:
            out.write(line(step, value))
        began = time.monotonic()
        wait_until(lambda value=value: f":{value}".encode() in server.request(path)[1].replace(b" ", b""), POLL_S)  # type: ignore[misc]
        seconds.append(time.monotonic() - began)
    yield Figure("written → visible, median", statistics.median(seconds), "s", 0.1, note=f"{WRITTEN} lines")
    yield Figure("written → visible, p95", statistics.quantiles(seconds, n=20)[18], "s", 0.25)


def wait_for_run(server: Server, name: str) -> int:
    found: list[int] = []

    def listed() -> bool:
        runs = server.json("/api/v1/runs")
        found[:] = [run["id"] for run in runs if run["name"] == name and run["points"]]  # type: ignore[attr-defined]
        return bool(found)

    wait_until(listed, 0.1)
    return found[0]


def poll_costs(server: Server, run: int) -> Iterator[Figure]:
    """CPU of the server per poll of a live run's page that has nothing new, and of /healthz beside it."""
    page = server.request(f"/runs/{run}")[1].decode()
    elements = re.findall(r'<[^>]*hx-trigger="every[^>]*>', page)
    polled = [address.replace("&amp;", "&") for element in elements for address in re.findall(r'hx-get="([^"]+)"', element)]
    settle(server)
    addresses = [*polled, "/healthz"]
    rounds = [[cpu_per_request(server, address) * 1000 for address in addresses] for _ in range(3)]
    for address, *used in zip(addresses, *rounds, strict=True):
        status, _ = server.request(address)
        asked = 0.3 if address in polled else None  # the median leaves out what the board does by itself once a minute
        yield Figure(f"poll of {address.partition('?')[0]}, answered {status}", statistics.median(used), "ms CPU", asked)


def cpu_per_request(server: Server, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    began = cpu_s(server.process.pid, children=False)
    for _ in range(POLLS):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    return (cpu_s(server.process.pid, children=False) - began) / POLLS


def page_load(server: Server) -> Figure:
    """Bytes on the wire for a run's page with everything it links to."""
    page = zipped(server, "/runs/1")
    text = gzip.decompress(page).decode() if page[:2] == b"\x1f\x8b" else page.decode()
    links = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    total = len(page) + sum(len(zipped(server, link)) for link in links)
    return Figure("first page load", total / 1e6, "MB", 0.08, note=f"page {len(page):,} B and {len(links)} files")


def zipped(server: Server, path: str) -> bytes:
    return server.request(path, **{"Accept-Encoding": "gzip", "Accept": "text/html"})[1]


def cpu_s(pid: int, *, children: bool = True) -> float:
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in [process, *(process.children(recursive=True) if children else [])])


def pss_bytes(pid: int) -> int:
    process = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in [process, *process.children(recursive=True)])


def disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("board.db*"))


def wait_until(done: Callable[[], bool], pause_s: float, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain")
        time.sleep(pause_s)
