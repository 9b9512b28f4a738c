"""T51: tokens made and revoked beside a running board. What others could have placed there opens nothing."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from webapp.auth import Access
from webapp.settings import Settings
from webapp.store.access import create_session, create_token, find_token, list_tokens
from webapp.store.database import Database
from webapp.store.rows import TokenRow
from webapp.store.token_box import TokenChange, changes_left, leave_change, take_changes

MADE = TokenChange("ci", "a" * 64, ("read", "push"))


def box(database: Database) -> Path:
    return database.path.with_name(f"{database.path.name}.tokens")


def test_changes_are_taken_over_in_their_order_and_once(database: Database) -> None:
    create_token(database, "old", "0" * 64, ["admin"])
    changes = [
        MADE,
        TokenChange("old"),
        TokenChange("ci", "b" * 64, ("push",)),
        TokenChange("gone", "c" * 64, ("read",)),
        TokenChange("gone"),
    ]
    for change in changes:
        leave_change(database.path, change)
    assert [change for _, change in changes_left(database.path)] == changes
    take_changes(database)
    assert [(row.name, row.scopes) for row in list_tokens(database)] == [("ci", ("push",))]
    assert find_token(database, "b" * 64)
    assert not list(box(database).iterdir())
    create_token(database, "ci", "d" * 64, ["read"])
    take_changes(database)
    assert find_token(database, "d" * 64)


def test_a_clock_that_is_set_back_changes_no_order(database: Database) -> None:
    """T14"""
    leave_change(database.path, MADE)
    (left,) = box(database).iterdir()
    left.rename(left.with_name(f"{10**18 * 4:020}-made-in-the-year-2096"))
    leave_change(database.path, TokenChange("ci"))
    assert [change.hashed for _, change in changes_left(database.path)] == [MADE.hashed, ""]
    take_changes(database)
    assert list_tokens(database) == []


def test_a_change_that_nobody_would_take_over_is_not_left(database: Database, tmp_path: Path) -> None:
    box(database).mkdir()
    box(database).chmod(0o777)
    with pytest.raises(OSError, match="others may write"):
        leave_change(database.path, MADE)
    assert list(box(database).iterdir()) == []
    box(database).rmdir()
    (tmp_path / "elsewhere").mkdir()
    box(database).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        leave_change(database.path, MADE)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_session_ends_with_a_change_that_nobody_else_had_taken_over(database: Database) -> None:
    """T51"""
    create_token(database, "me", "0" * 64, ["admin"])
    access = Access(Settings.from_env(database=str(database.path)), database)
    create_session(database, "1" * 64)
    assert access.find_session("1" * 64)
    leave_change(database.path, TokenChange("me"))
    assert not access.find_session("1" * 64)
    access.close()


def test_only_its_owner_reads_and_writes_what_is_left(database: Database) -> None:
    leave_change(database.path, MADE)
    (left,) = box(database).iterdir()
    assert (box(database).stat().st_mode & 0o777, left.stat().st_mode & 0o777) == (0o700, 0o600)


def anybody_may_write(folder: Path, file: Path) -> None:
    file.chmod(0o666)


def anybody_may_add(folder: Path, file: Path) -> None:
    folder.chmod(0o777)


def a_linked_folder(folder: Path, file: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def a_linked_file(folder: Path, file: Path) -> None:
    file.rename(folder.with_name("elsewhere"))
    file.symlink_to("../elsewhere")


def a_pipe(folder: Path, file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_folder(folder: Path, file: Path) -> None:
    file.unlink()
    file.mkdir()


def half_of_it(folder: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:20])


def other_words(folder: Path, file: Path) -> None:
    file.write_bytes(msgspec.json.encode({"name": 1, "hashed": ["a"], "scopes": "admin"}))


@pytest.mark.parametrize(
    "spoil", [anybody_may_write, anybody_may_add, a_linked_folder, a_linked_file, a_pipe, a_folder, half_of_it, other_words]
)
def test_what_others_may_have_placed_there_is_not_taken_over(database: Database, spoil: Callable[[Path, Path], None]) -> None:
    leave_change(database.path, MADE)
    (left,) = box(database).iterdir()
    spoil(box(database), left)
    take_changes(database)
    assert list_tokens(database) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_file_of_another_user_is_not_taken_over_and_root_leaves_one_to_the_owner_of_the_database(database: Database) -> None:
    leave_change(database.path, MADE)
    (left,) = box(database).iterdir()
    os.chown(left, 65534, 65534)
    take_changes(database)
    assert list_tokens(database) == []
    os.chown(database.path, 65534, 65534)
    left.unlink()
    leave_change(database.path, MADE)
    (left,) = box(database).iterdir()
    assert (left.stat().st_uid, box(database).stat().st_uid) == (65534, 65534)
    take_changes(database)
    assert [row.name for row in list_tokens(database)] == ["ci"]


def test_a_change_waits_while_the_database_cannot_be_written_and_known_tokens_go_on(database: Database, tmp_path: Path) -> None:
    """T23"""
    create_token(database, "known", "0" * 64, ["read"])
    leave_change(database.path, MADE)
    access = Access(Settings.from_env(database=str(database.path)), database)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert access.find_token("0" * 64).name == "known"
        assert list_tokens(database) == [TokenRow("known", ("read",))]
        other.execute("ROLLBACK")
    assert access.find_token(MADE.hashed).scopes == {"read", "push"}
    access.close()
