import re
import subprocess
import sys
from pathlib import Path

import pytest

import webapp
from webapp.cli.main import COMMANDS, main


def lossboard(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webapp.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **environment}, timeout=60)


def test_the_help_lists_every_command_with_its_line() -> None:
    answer = lossboard("--help")
    assert answer.returncode == 0
    for name, line in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line[:40])}", answer.stdout, re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_the_same_line_as_the_list_and_has_examples(name: str) -> None:
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert (command.help or "").strip().split("\n")[0] == COMMANDS[name]
    assert "Examples:" in (command.epilog or "")


def test_the_version_is_that_of_the_distribution() -> None:
    assert lossboard("--version").stdout == f"lossboard {webapp.__version__}\n"


def test_the_list_of_commands_loads_no_command() -> None:
    loaded = "import sys; from webapp.cli.main import main; main(['--help'], standalone_mode=False); print(*sys.modules, sep='\\n')"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split("\n")
    assert not {"numpy", "litestar", "sqlalchemy", "uvicorn", "rich", "webapp.cli.serve"} & set(modules)


def test_a_wrong_command_is_named_and_leaves_with_2() -> None:
    answer = lossboard("sevre")
    assert answer.returncode == 2
    assert "sevre" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [("parse", "--csv"), ("explain",), ("plot",)])
def test_a_terminal_that_cannot_show_a_letter_gets_its_number(tmp_path: Path, command: tuple[str, ...]) -> None:
    """T47: terminals of ISO 8859-1 are still about."""
    log = tmp_path / "a.log"
    log.write_text("".join(f"step={step} потеря_loss=0.{step} note=\x1b[7m日\n" for step in range(10, 60)), encoding="utf-8")
    answer = lossboard(*command, str(log), HOME=str(tmp_path), PYTHONIOENCODING="latin-1")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout


def test_a_bad_variable_stops_every_command_that_reads_settings() -> None:
    answer = lossboard("serve", LOSSBOARD_PORT="80a")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == 'LOSSBOARD_PORT is "80a"; expected a whole number, e.g. 8765.\n'
