"""T47: names that steer a terminal come out of every command as marks."""

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import Shell

NAME = "a\x1b]0;owned\x07\x1b[31m\rb\nc\u202ed\x9be\u200b"
STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
# a newline ends a line and a tab parts columns; within a name both are marks
COMMANDS = {
    "parse": ("parse", "{log}"),
    "parse as CSV": ("parse", "{log}", "--csv"),
    "explain": ("explain", "{log}"),
    "plot": ("plot", "{log}"),
    "report": ("report", "{log}", "-o", "{home}/r.html"),
    "export": ("export", "{log}", "-o", "{home}/points.csv"),
    "export of rows": ("export", "{log}", "--csv"),
    "export of JSON": ("export", "{log}", "--json"),
    "runs list": ("runs", "list"),
    "runs show": ("runs", "show", 1),
    "runs tag": ("runs", "tag", 1, NAME),
    "runs rename": ("runs", "rename", 1, NAME),
    "runs search": ("runs", "list", "--search", NAME),
    "import": ("import", "{log}", "-e", NAME),
    "doctor": ("doctor", "--database", "{folder}/board.db"),
    "backup": ("backup", "{folder}/copy.db"),
    "nothing to parse": ("parse", "{folder}/none.log"),
    "nothing to explain": ("explain", "{folder}/none.log"),
    "nothing to plot": ("plot", "{folder}/none.log"),
    "nothing to report": ("report", "{folder}/none.log", "-o", "{home}/r.html"),
    "nothing to import": ("import", "{folder}/none.log"),
    "nothing to serve": ("serve", "{folder}/none.log"),
    "no such database": ("runs", "list", "--database", "{folder}/none.db"),
    "no such token": ("token", "revoke", NAME),
    "no such command": (NAME,),
    "no such option": ("parse", f"--{NAME}"),
    "no such experiment": ("runs", "list", "-e", NAME),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Path]:
    """A board's data with hostile names in it, and the log they come from."""
    shell = Shell(tmp_path_factory.mktemp("hostile"))
    log = shell.home / NAME / f"{NAME}.log"
    log.parent.mkdir()
    rows = [f"{{'loss': {1 / n:.4f}, 'x\x1b]0;owned\x07\u202ey': {n}.5, 'step': {n}}}" for n in range(1, 30)]
    log.write_text("\n".join([f"--name={NAME!r}\x1b[2J\u202e", *rows, f"Traceback {NAME}", f"ValueError: {NAME}"]) + "\n")
    shell.run("import", log.parent)
    return shell, log


def check(text: str) -> None:
    assert not STEERS.search(text), repr(text)
    assert "a\nb" not in text


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_command_lets_a_name_steer_the_terminal(hostile: tuple[Shell, Path], words: tuple[object, ...]) -> None:
    shell, log = hostile
    filled = [word.format(log=log, folder=log.parent, home=shell.home) if isinstance(word, str) else word for word in words]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "webapp.cli.main", *map(str, filled)],
        env=shell.environment,
        capture_output=True,
        timeout=60,
        cwd=shell.home,
        check=False,
    )
    check(done.stdout.decode().replace("\r\n", "\n"))  # a row of CSV ends so
    check(done.stderr.decode())
    assert b"Traceback (most recent call last)" not in done.stderr


def test_a_board_and_its_log_let_no_name_steer_the_terminal(hostile: tuple[Shell, Path], tmp_path: Path) -> None:
    shell, log = hostile
    shutil.copytree(log.parent, tmp_path / NAME)
    output = tmp_path / "output.txt"
    command = [sys.executable, "-P", "-m", "webapp.cli.main", "serve", tmp_path / NAME, "--port", "0", "--database", tmp_path / "b.db"]
    with output.open("wb") as sink:
        board = subprocess.Popen(command, stdout=sink, stderr=sink, env=shell.environment | {"LOSSBOARD_LOG_REQUESTS": "yes"})
    deadline = time.monotonic() + 30
    while "what comes is followed" not in output.read_text():
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)
    board.send_signal(signal.SIGTERM)
    assert board.wait(20) == 0
    check(output.read_text())
