"""Opening a database: one server at a time, no damaged file, no newer one, and migrations that keep the data."""

import _sqlite3
import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from tests.faulty import strace_works
from tests.store.made import Log, parsed, points
from webapp.errors import UserError
from webapp.store import migrate, place
from webapp.store.access import create_token, list_tokens
from webapp.store.backup import copy_database
from webapp.store.database import LARGE_JOURNAL, Database, DatabaseInUseError, database_path, open_database
from webapp.store.faults import StorageError
from webapp.store.migrate import HEAD, known_versions, schema_version, upgrade
from webapp.store.runs import get_run, list_runs
from webapp.store.series import read_series


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    upgrade(tmp_path / "board.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'board.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()
    assert known_versions()[-1] == HEAD == schema_version(tmp_path / "board.db")


def tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
        return {name: " ".join(sql.split()) for name, sql in found}


def test_a_new_database_has_the_very_tables_that_the_migrations_make(tmp_path: Path) -> None:
    open_database(tmp_path / "new.db").close()
    upgrade(tmp_path / "migrated.db")
    assert tables(tmp_path / "new.db") == tables(tmp_path / "migrated.db")


NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "9999"
down_revision = "{head}"

def upgrade():
    op.add_column("experiment", sa.Column("colour", sa.Text()))
    {then}
"""


def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    """A Lossboard of tomorrow, whose migration does one thing more."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, folder)
    (folder / "versions" / "9999_colour.py").write_text(NEXT.format(then=then, head=HEAD))
    monkeypatch.setattr(migrate, "FOLDER", folder)


def test_an_upgrade_keeps_the_data_and_a_copy_of_the_old_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T27"""
    path = filled(tmp_path)
    before = tables(path)
    next_version(tmp_path, monkeypatch, then="pass")
    migrate.migrate(path, "9999")
    assert schema_version(path) == "9999"
    assert "colour" in tables(path)["experiment"]
    assert tables(path.with_name("board.db.before-9999")) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM experiment_run").fetchone() == (20,)


def test_an_upgrade_that_fails_half_way_leaves_the_old_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path)
    before = tables(path)
    next_version(tmp_path, monkeypatch, then="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError):
        migrate.migrate(path, "9999")
    assert (schema_version(path), tables(path)) == (HEAD, before)


MIGRATING = """
import sys
from pathlib import Path
from webapp.store import migrate
migrate.FOLDER = Path(sys.argv[2])
migrate.migrate(Path(sys.argv[1]), "9999")
"""


def upgrade_killed_at(path: Path, folder: Path, nth: int) -> bool:
    """An upgrade in a process of its own, killed at its nth write; False once it makes fewer."""
    tracer = ("strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=pwrite64", "-e", f"inject=pwrite64:signal=SIGKILL:when={nth}")
    command = [*tracer, sys.executable, "-c", MIGRATING, str(path), str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def check_upgrade_killed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: Iterable[int]) -> int:
    """Returns how many upgrades were killed."""
    if not strace_works(tmp_path):
        pytest.skip("strace may not trace here")
    old = filled(tmp_path)
    before = tables(old)
    next_version(tmp_path, monkeypatch, then="pass")
    killed = 0
    for nth in places:
        path = tmp_path / f"at-{nth}" / "board.db"
        path.parent.mkdir()
        shutil.copyfile(old, path)
        died = upgrade_killed_at(path, migrate.FOLDER, nth)
        version = schema_version(path)
        assert version == "9999" or (version, tables(path)) == (HEAD, before), nth
        migrate.migrate(path, "9999")
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT count(*) FROM experiment_run").fetchone() == (20,)
        assert "colour" in tables(path)["experiment"]
        assert tables(path.with_name("board.db.before-9999")) == before
        shutil.rmtree(path.parent)
        if not died:
            return killed
        killed += 1
    return killed


def test_an_upgrade_that_is_killed_leaves_old_tables_or_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T27, short"""
    assert check_upgrade_killed_at(tmp_path, monkeypatch, [3]) == 1


@pytest.mark.faults
def test_an_upgrade_that_is_killed_at_any_write_leaves_old_tables_or_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T27"""
    assert check_upgrade_killed_at(tmp_path, monkeypatch, range(1, 100_000, 4)) > 20


def test_data_is_there_after_the_database_is_closed_and_opened(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "board.db")) as database:
        log = Log(database)
        log.write(parsed({"loss": points([1], [2.0])}))
    assert not (tmp_path / "board.db-wal").exists()
    with closing(open_database(f"sqlite:///{tmp_path / 'board.db'}")) as database:
        assert get_run(database, log.run_id).points == 1


def sqlite_bytes() -> int:
    """What SQLite holds in this process, as it counts itself."""
    used = ctypes.CDLL(getattr(_sqlite3, "__file__", None)).sqlite3_memory_used
    used.restype = ctypes.c_int64
    return int(used())


def test_pages_in_memory_are_given_back_once_nobody_asks_any_more(database: Database) -> None:
    log = Log(database)
    log.write(parsed({"loss": points(list(range(200_000)), list(np.random.default_rng(1).normal(size=200_000)))}))
    read_series(database, log.run_id, "loss")
    before = sqlite_bytes()
    assert before > 2_000_000
    assert [database.rest() for _ in range(4)] == [False, True, False, False], "in use so far, then once"
    assert sqlite_bytes() < before / 4
    assert get_run(database, log.run_id)
    assert [database.rest() for _ in range(3)] == [False, True, False]
    read_series(database, log.run_id, "loss")
    assert sqlite_bytes() > before / 2
    assert database.rest(always=True)
    assert sqlite_bytes() < before / 4


def test_a_second_server_is_refused_and_told_which_process_holds_the_database(tmp_path: Path) -> None:
    """T18"""
    code = (
        "import sys; from webapp.store.database import open_database;"
        "opened = open_database(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "board.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"open\n"
    with pytest.raises(DatabaseInUseError, match=f"Process {other.pid} ") as refused:
        open_database(tmp_path / "board.db")
    assert refused.value.hint
    other.kill()
    other.wait()
    other.stdin.close()
    other.stdout.close()
    open_database(tmp_path / "board.db").close()


def test_a_database_that_a_link_leads_to_has_one_server_too(tmp_path: Path) -> None:
    """T18"""
    link, text = tmp_path / "link.db", tmp_path / "text.db"
    link.symlink_to(tmp_path / "board.db")
    text.symlink_to("board.db")
    first = open_database(link)  # the link leads to a file that is made now
    try:
        assert (tmp_path / "board.db").is_file()
        for name in (tmp_path / "board.db", link, f"sqlite:///{text}"):
            with pytest.raises(DatabaseInUseError):
                open_database(name)
    finally:
        first.close()
    assert not list(tmp_path.glob("link.db.*"))


def test_a_database_of_two_names_is_not_opened_by_either(tmp_path: Path) -> None:
    """T18: each name would have a lock and a journal of its own."""
    one, other = tmp_path / "board.db", tmp_path / "other.db"
    open_database(one).close()
    os.link(one, other)
    held = one.read_bytes()
    for name in (one, other):
        with pytest.raises(UserError) as refused:
            open_database(name)
        assert refused.value.what == "The database has 2 names (hard links)."
    assert one.read_bytes() == held
    assert not list(tmp_path.glob("*-wal"))
    shutil.copy(other, tmp_path / "new")  # what the hint says
    (tmp_path / "new").rename(other)
    for name in (one, other):
        open_database(name).close()


def test_an_error_of_a_statement_does_not_tell_the_values(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "board.db")) as database:
        create_token(database, "one", "the same secret", ["read"])
        with pytest.raises(IntegrityError) as refused:
            create_token(database, "two", "the same secret", ["read"])
    assert "secret" not in str(refused.value)


def test_a_reading_that_goes_on_and_on_is_ended_and_the_next_one_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """T25"""
    monkeypatch.setattr("webapp.store.database.QUERY_S", 0.5)
    monkeypatch.setattr("webapp.store.database.QUERY_STEPS", 1)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    used = set()

    def read_on_and_on(database: Database) -> None:
        with database.read() as connection:
            used.add(connection.connection.driver_connection)
            connection.exec_driver_sql(endless)

    with closing(open_database(tmp_path / "board.db")) as database:
        for _ in range(2):
            with pytest.raises(StorageError, match=r"took too long(?s:.*)fewer runs"):
                read_on_and_on(database)
            assert list_tokens(database) == []
    assert len(used) == 1, "it rolls back as any other, and the connection is used again"


def filled(place: Path) -> Path:
    path = place / "board.db"
    with closing(open_database(path)) as database:
        for n in range(20):
            Log(database, b"/logs/runs/%d.log" % n).write(parsed({"loss": points(list(range(3000)), list(range(3000)))}))
    return path


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(0, len(data) - 4096, 4096):
        data[page + 100 : page + 108] = bytes(255 - b for b in data[page + 100 : page + 108])
        data[page + 1 : page + 5] = b"\xff\xff\xff\xff" if page else data[1:5]
    path.write_bytes(data)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def replace_with_text(path: Path) -> None:
    path.write_text("This is a shopping list.\n" * 500)


@pytest.mark.parametrize("damage", [flip, cut, empty, replace_with_text])
def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, damage) -> None:
    """T29"""
    path = filled(tmp_path)
    damage(path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="damaged") as refused:
        open_database(path)
    assert str(path) in str(refused.value)
    assert "No copy" in refused.value.hint
    assert path.read_bytes() == before


def test_who_has_a_damaged_database_is_told_of_its_newest_copy(tmp_path: Path) -> None:
    """T29"""
    path = filled(tmp_path)
    for name, at in (("old.db", 1_000_000_000), ("new.db", 1_700_000_000), ("shopping.db", 1_800_000_000), ("other.db", 1_800_000_000)):
        copy = tmp_path / name
        if name == "shopping.db":
            replace_with_text(copy)
        elif name == "other.db":
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("CREATE TABLE alembic_version (version_num)")
        else:
            copy_database(path, copy)
        os.utime(copy, (at, at))
    flip(path)
    with pytest.raises(UserError, match="damaged") as refused:
        open_database(path)
    assert f"The newest copy beside it is {tmp_path / 'new.db'} of 2023-11-1" in refused.value.hint


def test_a_database_of_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    open_database(tmp_path / "board.db").close()
    with closing(sqlite3.connect(tmp_path / "board.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(UserError, match="newer Lossboard"):
        open_database(tmp_path / "board.db")


def test_a_start_that_was_killed_before_the_tables_were_made_is_made_good(tmp_path: Path) -> None:
    (tmp_path / "board.db").touch()
    (tmp_path / "board.db.lock").write_text("123 open\n")
    open_database(tmp_path / "board.db").close()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://host/file.db", "sqlite://"])
def test_a_database_that_is_no_sqlite_file_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UserError, match="cannot be used") as refused:
        database_path(url)
    assert "--database" in refused.value.hint


def test_urls_and_paths_mean_the_same_file(tmp_path: Path) -> None:
    assert database_path(f"sqlite:///{tmp_path}/a.db") == database_path(tmp_path / "a.db") == database_path(str(tmp_path / "a.db"))
    assert database_path("sqlite:///a.db") == Path.cwd() / "a.db"


def test_a_place_that_cannot_be_written_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be opened"):
        open_database(tmp_path / "file" / "board.db")


def test_a_reader_never_writes(database: Database) -> None:
    with pytest.raises(StorageError, match="may not be written"), database.read() as connection:
        connection.exec_driver_sql("DELETE FROM experiment")


def mounted_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> Path:
    """A folder, and a list of mounts that says what it is on."""
    mounts, folder = tmp_path / "mounts", tmp_path / "a place"
    folder.mkdir()
    where = str(folder).replace(" ", "\\040")
    mounts.write_text(f"/dev/root / ext4 rw 0 0\nserver:/export {where} {kind} rw 0 0\n")
    monkeypatch.setattr(place, "MOUNTS", mounts)
    return folder


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "lustre", "fuse.sshfs", "fuse.rclone"])
def test_a_database_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """T28"""
    folder = mounted_as(tmp_path, monkeypatch, kind)
    with pytest.raises(UserError, match="network file system") as refused:
        open_database(folder / "deep" / "board.db")
    assert kind in refused.value.why
    assert "--database" in refused.value.hint
    assert not list(folder.rglob("board.db*"))


LOOK = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1], timeout=0.1).execute('SELECT count(*) FROM experiment_run').fetchone())"


def test_a_database_on_a_network_file_system_is_opened_with_another_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T28: no WAL and no memory to share; one process has it, and says so to others."""
    path = mounted_as(tmp_path, monkeypatch, "nfs4") / "board.db"
    database = open_database(path, "delete")
    try:
        log = Log(database)
        log.write(parsed({"loss": points([1, 2], [2.0, 1.0])}))
        assert get_run(database, log.run_id).points == 2
        look = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=False)
        assert "database is locked" in look.stderr
        assert not list(path.parent.glob("board.db-[ws]*"))
        with pytest.raises(DatabaseInUseError):
            open_database(path, "delete")
        readers = [threading.Thread(target=list_runs, args=(database,)) for _ in range(8)]
        for reader in readers:
            reader.start()
        log.write(parsed({"loss": points([3], [0.5])}))
        for reader in readers:
            reader.join()
        assert not database.shrink_journal()
        assert [database.rest() for _ in range(2)] == [False, True]
        assert get_run(database, log.run_id).points == 3
    finally:
        database.close()
    assert subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, text=True, check=True).stdout == "(1,)\n"


def test_a_board_moves_between_the_journals(tmp_path: Path) -> None:
    """T28: a database of either journal is opened with the other, a WAL left behind by a kill with it."""
    path = tmp_path / "board.db"
    code = f"import os; from webapp.store.database import *; from webapp.store.access import *; d = open_database({str(path)!r}); "
    code += "create_token(d, 'me', 'digest', ('read',)); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert Path(f"{path}-wal").stat().st_size
    for journal in ("delete", "wal", "delete"):
        database = open_database(path, journal)
        assert [token.name for token in list_tokens(database)] == ["me"]
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == journal
        database.close()


def test_a_damaged_database_is_left_as_it_was_with_either_journal(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    database = open_database(path)
    Log(database).write(parsed({"loss": points(range(2000), range(2000))}))
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"x" * 36864
    path.write_bytes(content)
    for journal in ("delete", "wal"):
        with pytest.raises(UserError, match="damaged"):
            open_database(path, journal)
        assert path.read_bytes() == content


def test_a_database_on_a_disk_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T28"""
    open_database(mounted_as(tmp_path, monkeypatch, "ext4") / "board.db").close()


def test_a_reader_that_goes_on_for_long_is_told_and_the_journal_shrinks_after_it(database: Database) -> None:
    """T25"""
    log = Log(database)
    wal = Path(f"{database.path}-wal")
    noise = np.random.default_rng(1)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM experiment_run").fetchone()
        assert database.shrink_journal() == ""
        while wal.stat().st_size <= LARGE_JOURNAL:
            log.write(parsed({"loss": points(noise.random(200_000).tolist(), noise.random(200_000).tolist())}))
        assert "another program goes on reading" in database.shrink_journal()
        assert get_run(database, log.run_id).points > 0, "pages read on"
    assert database.shrink_journal() == ""
    assert wal.stat().st_size < LARGE_JOURNAL


def test_a_failed_write_leaves_the_writer_usable(database: Database) -> None:
    def fail() -> None:
        with database.write():
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        fail()
    Log(database).write(parsed({"loss": points([1], [2.0])}))
    assert list_runs(database)[1] == 1


KILLED_IN_A_WRITE = """
import os
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=DELETE")
connection.execute("PRAGMA cache_size=2")
connection.execute("BEGIN")
connection.execute("CREATE TABLE half (value)")
connection.executemany("INSERT INTO half VALUES (?)", [("x" * 4000,)] * 500)
os._exit(9)
"""


def test_a_database_with_the_journal_of_a_killed_board_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "board.db"
    open_database(path).close()
    subprocess.run([sys.executable, "-c", KILLED_IN_A_WRITE, str(path)], check=False)
    assert Path(f"{path}-journal").exists()
    assert copy_database(path, tmp_path / "copy.db").check == "ok"
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()
