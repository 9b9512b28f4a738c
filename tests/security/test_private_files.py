"""T51: of what the board, the recorder and the copies write, nothing can be read by another user of the machine, whatever the umask."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.boards import fetch, running
from tests.cli.test_main import lossboard
from webapp.store.migrate import upgrade

LINE = "{'loss': 2.5, 'learning_rate': 5e-05, 'epoch': 0.1}\n"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The most careless one: what is closed in spite of it was closed by us."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "first.log").write_text(LINE * 3)
    return folder


def open_to_others(folder: Path) -> set[str]:
    """What lies in the folder, itself too, that others may read, write or enter."""
    found = (folder, *folder.rglob("*"))
    return {str(path.relative_to(folder)) for path in found if path.lstat().st_mode & OTHERS and not path.is_symlink()}


def test_a_board_and_its_copies_are_closed_to_others(logs: Path, tmp_path: Path) -> None:
    home, copies = tmp_path / "home", tmp_path / "copies"
    home.mkdir(0o700)
    copies.mkdir(0o700)
    with running("serve", logs, "--port", "0", "--no-token", home=home) as board:
        board.wait_for_line("^Read 1 log, ")
        assert fetch(board.url)[0] == 200
        data = home / ".local/share/lossboard"
        assert {"lossboard.db", "lossboard.db-wal", "lossboard.db-shm", "lossboard.db.lock"} <= {path.name for path in data.iterdir()}
        assert lossboard("backup", str(copies / "copy.db"), HOME=str(home)).returncode == 0
        assert open_to_others(home) == set()
    assert open_to_others(copies) == set()


def test_a_database_with_the_journal_of_a_network_disk_is_closed_to_others(logs: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    with running("serve", logs, "--port", "0", "--no-token", "--journal", "delete", home=home) as board:
        board.wait_for_line("^Read 1 log, ")
        assert open_to_others(home) == set()


def test_a_training_recorded_before_the_first_board_leaves_no_folder_open(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o700)
    assert lossboard("run", "--", "true", HOME=str(home)).returncode == 0
    assert (home / ".local/share/lossboard/spool").is_dir()
    assert open_to_others(home) == set()
    assert lossboard("run", "--", "sh", "-c", f"umask > {tmp_path}/umask", HOME=str(home)).returncode == 0
    assert int((tmp_path / "umask").read_text(), 8) == 0  # that of the training is as without us


def test_an_upgrade_closes_the_old_database_and_its_copy_and_says_so(logs: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(0o700)
    path = data / "board.db"
    upgrade(path, "0001")
    with closing(sqlite3.connect(path)) as connection:  # as a board that was killed leaves it, with its journal beside it
        connection.execute("UPDATE alembic_version SET version_num = version_num")
        connection.commit()
        for name in ("board.db-wal", "board.db-shm"):
            shutil.copy(data / name, data / f"{name}.kept")
    for name in ("board.db-wal", "board.db-shm"):
        (data / f"{name}.kept").rename(data / name)
    for file in data.iterdir():
        file.chmod(0o644)
    with running("serve", logs, "--port", "0", "--no-token", "--database", path, home=tmp_path) as board:
        board.wait_for_line("^Read 1 log, ")
        said = board.wait_for_line("could be read by other users")
        assert str(path) in said
        assert (data / "board.db.before-0002").is_file()
        assert open_to_others(data) == set()


def test_a_database_of_another_user_is_left_as_it_is(logs: Path, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    path = tmp_path / "board.db"
    upgrade(path)
    os.chown(path, 65534, 65534)
    path.chmod(0o640)
    with running("serve", logs, "--port", "0", "--no-token", "--database", path, home=tmp_path) as board:
        board.wait_for_line("^Read 1 log, ")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not [line for line in board.printed if "other users" in line]
