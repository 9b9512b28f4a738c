"""Real logs of real tools read as their goldens say (`python -m tests.goldens` shows a difference and rewrites on request)."""

from pathlib import Path

import pytest

from tests.goldens import golden_of, golden_path, logs_with_goldens


@pytest.mark.parametrize("log", logs_with_goldens(), ids=lambda log: f"{log.parent.name}-{log.stem}")
def test_a_log_reads_as_its_golden_says(log: Path) -> None:
    assert golden_of(log) == golden_path(log).read_text("utf-8")


def test_there_are_goldens() -> None:
    assert len(logs_with_goldens()) >= 40
