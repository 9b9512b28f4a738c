"""T44: a log with secrets on a board: hidden in every answer and in every export, whole in the download.

The addresses are those of the table of all routes, so that a new page is looked at by itself; `VIEWS` adds what shows more of a log.
"""

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pypdfium2
import pytest
from pyarrow import parquet

from tests.cli.commands import Shell
from tests.conftest import Boards, RunningBoard
from tests.security.routes import ROUTES

PEM = ("aB3/" * 16, "xY9+" * 16, "lastLine5=")
OWN = "corp-1234-private"  # known by the owner's pattern only
HF, OPENAI, NPM, BASIC = "hf_" + "aBcDeFgH" * 4, "sk-" + "proj-Ab12" * 5, "npm_" + "a1B2" * 9, "dXNlcjpw" + "YXNzd29yZDEyMw=="
PRINTED = (
    HF,
    OPENAI,
    NPM,
    BASIC,
    OWN,
    *PEM,
    "correct-horse-battery",
    "letmein124",
    "zzzzTOKEN" + "zzzz12345",
    "in-a-metric-line",
    "of-an-event",
)
BESIDE = ("key-in-a-file", "horse-staple", "second-word", "given-to-the-run", "on-the-command-line")
SECRETS = (*PRINTED, *BESIDE)
LOG = f"""Namespace(learning_rate=0.1, api_key='correct-horse-battery', out='{HF}')
Logging in with {HF}
\x1b[32mpassword\x1b[0m: \x1b[33mcorrect-horse-battery\x1b[0m
ticket {OWN}
curl -H 'Authorization: Basic {BASIC}' DB_PASS=letmein124 token: zzzzTOKENzzzz12345 and {NPM}
-----BEGIN RSA PRIVATE KEY-----
{PEM[0]}
{PEM[1]}
{PEM[2]}
-----END RSA PRIVATE KEY-----
{{'loss': 2.5, 'epoch': 1.0, 'api_key': 'in-a-metric-line'}}
{{'loss': 1.5, 'epoch': 2.0, 'api_key': 'in-a-metric-line'}}
Saving model checkpoint to https://me:of-an-event@host/checkpoint-2
Traceback (most recent call last):
  File "train.py", line 1, in <module>
ValueError: OPENAI_API_KEY={OPENAI} is refused
"""
PARAMS = {"wandb_api_key": "key-in-a-file", "db": {"password": "horse-staple second-word"}, "init": f"login({HF})", "seed": 1}
NOT_HIDDEN = ("/runs/{run_id:int}/log",)  # the download is the log as it was written
COLUMNS = "".join(f"&col=param:{name}" for name in ("wandb_api_key", "db.password", "init", "api_key", "api_token"))
VIEWS = {
    "/": ("/?q=a",),
    "/experiments/{experiment_id:int}": ("/experiments/1?run=2", "/experiments/2", f"/experiments/1?sort=name{COLUMNS}"),
    "/experiments/{experiment_id:int}/runs": (f"/experiments/1/runs?q=loss{COLUMNS}",),
    "/runs": (f"/runs?sort=name{COLUMNS}", "/runs?q=api_key%3D1"),
    "/runs/table": (f"/runs/table?sort=name{COLUMNS}",),
    "/runs/{run_id:int}": ("/runs/4", "/runs/1?find=password", "/runs/1?find=loss", "/runs/1?at=0", "/runs/1?metric=loss&x=epoch"),
    "/runs/{run_id:int}/details": ("/runs/4/details",),
    "/runs/{run_id:int}/report": ("/runs/4/report",),
    "/runs/{run_id:int}/{name:path}": ("/runs/1/loss.json", "/runs/1/loss.csv", "/runs/1/loss.svg?theme=print"),
    "/runs/{run_id:int}/terminal": tuple(
        f"/runs/1/terminal?{word}={place}"
        for place in [m.start() for m in re.finditer("^", LOG, re.M)]
        for word in ("before", "after", "at")
    ),
    "/manage": ("/manage?run=1&run=2&run=4",),
    "/compare": (
        *("/compare?run=1&run=2", "/compare?run=1&run=4&params=all", "/compare?run=1&run=2&run=3&base=1"),
        *(f"/compare?run=1&run=2&run=3&group={name}" for name in ("wandb_api_key", "db.password", "init")),
    ),
    "/compare.svg": ("/compare.svg?run=1&run=2&run=3&metric=loss&group=db.password",),
    "/compare/charts": ("/compare/charts?run=1&run=2&run=3&group=db.password",),
    "/compare/logs": ("/compare/logs?run=1&run=2", "/compare/logs?run=1&run=4&from=1"),
    "/compare/report": ("/compare/report?run=1&run=2&run=4", "/compare/report?run=1&run=2&run=3&group=db.password"),
    "/explain": ("/explain?run=1", "/explain?run=1&line=" + quote("the loss is 1"), "/explain?run=4"),
    "/api/v1/runs/{run_id:int}": ("/api/v1/runs/2", "/api/v1/runs/4"),
}


@dataclass(frozen=True, slots=True)
class Leaky:
    """Runs 1 to 3 are logs with parameters beside them, run 4 was recorded."""

    board: RunningBoard
    shell: Shell
    log: Path


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaky]:
    folder = tmp_path_factory.mktemp("secrets")
    logs = folder / "logs"
    logs.mkdir()
    for number, name in enumerate(("a", "b", "c")):
        (logs / f"{name}.log").write_text(LOG + f"{{'loss': 0.{number}, 'epoch': 3.0}}\n")
        (logs / f"{name}.json").write_text(json.dumps(PARAMS if number else PARAMS | {"init": "no", "wandb_api_key": "key-in-a-file-2"}))
    boards = Boards(folder)
    board = boards(logs, LOSSBOARD_REDACT="corp-[0-9]+-[a-z]+")
    board.wait_for("/api/v1/runs", '"id":3')
    shell = Shell(folder)
    program = "for step in range(1, 4): print(f'step {step} loss {1 / step}')"
    words = ("-p", "api_token=given-to-the-run", "--", sys.executable, "-c", program, "--api-key", "on-the-command-line")
    shell.start("run", *words, LOSSBOARD_SPOOL_DIR=str(folder / "spool"))
    board.wait_for("/api/v1/runs/4", '"points":[1-9]')
    yield Leaky(board, shell, logs / "a.log")
    boards.stop()


def leaked(text: str) -> list[str]:
    """The secrets in a text: as it is, and as a reader sees it."""
    seen = html.unescape(re.sub(r"<[^>]*>", "", text))
    return [secret for secret in SECRETS if secret in text or secret in seen]


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.method == "GET" and route.path not in NOT_HIDDEN])
def test_no_answer_shows_a_secret(leaky: Leaky, path: str) -> None:
    example = next(route.example for route in ROUTES if (route.path, route.method) == (path, "GET"))
    for address in (example, *VIEWS.get(path, ())):
        status, body = leaky.board.get(address)
        assert status == 200 or address == "/schema/none", address
        assert leaked(body.decode()) == [], address


COMMANDS = {
    "runs list": ("runs", "list"),
    "runs list as JSON": ("runs", "list", "--json"),
    "runs search": ("runs", "list", "--search", "a"),
    "runs show": ("runs", "show", 1),
    "runs show as JSON": ("runs", "show", 1, "--json"),
    "runs show, recorded": ("runs", "show", 4),
    "runs show, recorded, as JSON": ("runs", "show", 4, "--json"),
    "export of CSV": ("export", 1, 4, "{log}"),
    "export of JSON": ("export", 1, 4, "{log}", "--json"),
    "export to a file": ("export", 1, 4, "{log}", "-o", "{out}.json"),
    "export of Parquet": ("export", 1, 4, "{log}", "-o", "{out}.parquet"),
    "report": ("report", 1, 4, "{log}", "-o", "{out}.html"),
    "report of one": ("report", "{log}", "-o", "{out}.html"),
    "report as PDF": ("report", 1, 4, "{log}", "-o", "{out}.pdf"),
    "plot": ("plot", "{log}"),
    "plot to a file": ("plot", "{log}", "-o", "{out}.svg"),
    "parse": ("parse", "{log}"),
    "parse as CSV": ("parse", "{log}", "--csv"),
    "explain": ("explain", "{log}"),
    "doctor": ("doctor",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_prints_or_writes_a_secret(leaky: Leaky, tmp_path: Path, name: str) -> None:
    words = [str(word).format(log=leaky.log, out=tmp_path / "out") for word in COMMANDS[name]]
    database = ("--database", leaky.board.database) if words[0] in ("runs", "export", "report", "doctor") else ()
    answer = leaky.shell.run(*words, *database)
    texts = [answer.stdout, answer.stderr, *(read_text(path) for path in tmp_path.iterdir())]
    assert len(texts) > 2 or "-o" not in words
    assert [secret for text in texts for secret in leaked(text) if secret != OWN] == []  # whose pattern this process does not have


def read_text(path: Path) -> str:
    if path.suffix == ".pdf":
        pdf = pypdfium2.PdfDocument(path)
        return " ".join(pdf[number].get_textpage().get_text_range() for number in range(len(pdf)))
    return repr(parquet.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()


def test_the_boards_own_log_holds_no_secret(leaky: Leaky) -> None:
    assert leaked(leaky.board.output.read_text()) == []


def test_the_terminal_shows_where_a_secret_was(leaky: Leaky) -> None:
    body = leaky.board.get("/runs/1")[1].decode()
    assert "Logging in with ***" in body
    assert "ticket ***" in body


def test_the_download_is_the_log_as_it_was_written(leaky: Leaky) -> None:
    found = next(run for run in (1, 2, 3) if leaky.board.get(f"/runs/{run}/log")[1] == leaky.log.read_bytes())
    assert json.loads(leaky.board.get(f"/api/v1/runs/{found}")[1])["name"] == "a"


def test_a_pattern_that_is_none_stops_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "webapp.cli.main", "serve", "--port", "0", "--database", str(tmp_path / "b.db")]
    done = subprocess.run(command, env=os.environ | {"LOSSBOARD_REDACT": "(("}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert 'LOSSBOARD_REDACT is "(("; expected a regular expression' in done.stderr
