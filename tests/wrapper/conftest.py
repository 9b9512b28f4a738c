from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wrapper.recorder import Recorder, Session


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "spool")
    yield recorder
    recorder.stop()


@pytest.fixture
def at_terminal(recorder: Recorder) -> Iterator[Callable[..., Session]]:
    """Starts a command line at a terminal: `at_terminal(command, *options)` records it, `at_terminal(line=…)` is any program."""
    sessions = []

    def start(command: list[str] | None = None, *options: str, line: list[str] | None = None) -> Session:
        session = Session.open(line or recorder.line(command or [], *options), recorder.environment)
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close()
