from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.store.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "board.db")
    yield opened
    opened.close()
