"""What a run's record says of its surroundings: commit and changes of the code, the Python of the command, the graphics cards.

Found out beside the command by a process of its own, since asking git and the driver takes longer than starting a training may be delayed.
Nothing is read from the environment: it holds secrets.
"""

import contextlib
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from webapp.wrapper.spool import read_record, record_path, write_record

PATIENCE_S = 10.0  # for one program to answer
LINE_BYTES = 400  # read of a script's first line
GIT = ("git", "--no-optional-locks")  # takes no lock in a repository somebody may be committing to


def complete_record(log: Path, command: tuple[str, ...]) -> None:
    """Adds to the record of the run of this log. What cannot be found out stays empty."""
    record = read_record(log.resolve())
    if record is None:
        return
    commit = ask(*GIT, "rev-parse", "HEAD")
    branch = ask(*GIT, "rev-parse", "--abbrev-ref", "HEAD")
    changes = ask(*GIT, "status", "--porcelain", "--untracked-files=no")
    cards = ask("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    facts = replace(
        record,
        python=python_version(command),
        git_commit=commit or "",
        git_branch=branch if branch and branch != "HEAD" else "",
        git_changes=len(changes.splitlines()) if changes is not None and commit else None,
        gpus=tuple(line.strip() for line in (cards or "").splitlines()),
    )
    with contextlib.suppress(OSError):  # a full disk: the record stays as it was
        write_record(record_path(log), facts)


def python_version(command: tuple[str, ...]) -> str:
    """The version of the Python that runs the command: the program itself, or the one its script names in its first line; "" if none."""
    program = shutil.which(command[0]) if command else None
    if program and not Path(program).name.startswith("python"):
        program = script_python(Path(program))
    return (ask(program, "-V") or "").removeprefix("Python ") if program else ""


def script_python(script: Path) -> str:
    """The Python in a script's `#!` line; "" if there is none."""
    try:
        with script.open("rb") as file:
            first = file.readline(LINE_BYTES)
    except OSError:
        return ""
    parts = os.fsdecode(first.removeprefix(b"#!")).split() if first.startswith(b"#!") else []
    program = next((part for part in parts if not part.endswith("/env")), "")
    return program if Path(program).name.startswith("python") else ""


def ask(*command: str) -> str | None:
    """What a program prints; None where it is missing, fails or takes too long."""
    try:
        answer = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode("utf-8", "replace").strip("\n")
