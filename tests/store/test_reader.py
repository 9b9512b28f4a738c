"""Reading a database that a server has open."""

from pathlib import Path

import pytest

from webapp.errors import UserError
from webapp.store.database import open_database, open_reader
from webapp.store.experiments import list_experiments


def test_a_reader_beside_the_server_sees_what_was_committed_and_changes_nothing(tmp_path: Path) -> None:
    server = open_database(tmp_path / "board.db")
    reader = open_reader(tmp_path / "board.db")
    assert list_experiments(reader) == ([], 0)
    with pytest.raises(RuntimeError), reader.write():
        pass
    reader.close()
    with server.write():
        pass
    server.close()


def test_a_reader_of_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no database yet"):
        open_reader(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_reader_leaves_nothing_beside_a_database_that_no_server_has_open(tmp_path: Path) -> None:
    open_database(tmp_path / "board.db").close()
    before = sorted(tmp_path.iterdir())
    reader = open_reader(tmp_path / "board.db")
    assert list_experiments(reader) == ([], 0)
    reader.close()
    assert sorted(tmp_path.iterdir()) == before
