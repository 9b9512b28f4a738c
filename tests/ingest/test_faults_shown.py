"""T21, T22, T23, T24: faults of the database of a running board, as a visitor who is logged in sees them.

Every page is read on and says what is wrong, `/healthz` says it in a word, and all of it is over within 35 s of the fault. The visitor's
session was used 11 minutes ago, so that the board wants to note its use, which it cannot while the fault lasts.
"""

import json
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Boards, RunningBoard
from tests.faulty import MORTAL, give_right, give_room, mounted_disk, random_lines, take_right
from tests.ingest.stepping import append, lines, write
from tests.security.asking import Answer, ask
from tests.security.routes import ROUTES
from webapp.guard import HEADERS

OVER_S = 35  # from the end of a fault to its last trace
PROMPT_S = 3  # an answer that nothing holds up, on a machine that others use too
QUICK = {"LOSSBOARD_RESCAN_S": "0.2", "LOSSBOARD_POLL_S": "0.1"}
BANNER = b'class="banner" role="alert">'


@dataclass(frozen=True)
class Visitor:
    """A browser that is logged in to a board."""

    board: RunningBoard
    cookie: str

    def get(self, path: str) -> Answer:
        return ask(self.board, "GET", path, {"Cookie": self.cookie, "Accept": "text/html"})

    def banner(self, path: str = "/runs") -> str:
        """What the board tells on a page beside what the page is about; "" if nothing."""
        answer = self.get(path)
        assert answer.status == 200, (path, answer)
        return answer.body.partition(BANNER)[2].partition(b"</p>")[0].decode()

    def health(self) -> dict[str, str]:
        answer = ask(self.board, "GET", "/healthz")
        assert answer.status == 200, answer
        return dict(json.loads(answer.body))

    def wait(self, test: Callable[[], bool], seconds: float = 60) -> float:
        """Seconds until `test` was true."""
        began = time.monotonic()
        while not test():
            assert time.monotonic() - began < seconds, (self.banner(), self.health(), self.board.output.read_text()[-2000:])
            time.sleep(0.05)
        return time.monotonic() - began

    def points(self) -> int:
        """Points of the only run."""
        return sum(int(run["points"]) for run in json.loads(self.get("/api/v1/runs").body))


def log_in(board: RunningBoard) -> Visitor:
    deadline = time.monotonic() + 20
    while "/login?once=" not in (text := board.output.read_text()):
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    link = text[text.index("/login?once=") :].split()[0]
    return Visitor(board, ask(board, "GET", link).headers["set-cookie"].partition(";")[0])


def age_session(database: Path) -> None:
    """As if the visitor had been here 11 minutes ago, and not since."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        assert connection.execute("UPDATE login_session SET seen_at = datetime('now', '-11 minutes') || '.000000'").rowcount == 1


def seen_ago(database: Path) -> float:
    """Seconds since the last use of the session that is noted."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return float(connection.execute("SELECT (julianday('now') - julianday(seen_at)) * 86400 FROM login_session").fetchone()[0])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "runs" / "train.log"
    write(log, lines(1, 100))
    return log


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the lock for writing."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def pages_of(visitor: Visitor) -> list[str]:
    """Addresses of whole pages: what has the board's head, where a banner stands."""
    found = [route.example for route in ROUTES if route.method == "GET" and route.who == "read" and "{name" not in route.path]
    pages = [path for path in found if b'<header class="top"' in visitor.get(path).body]
    assert len(pages) > 8, pages
    return pages


def check_told(visitor: Visitor, sentence: str, database: str) -> None:
    """The fault stands on every page, asked again and again, and in the board's word on its health."""
    for path in pages_of(visitor):
        assert visitor.banner(path).startswith(sentence), path
    health = visitor.health()
    assert (health["status"], health["ingest"], health["database"]) == ("degraded", "fault", database)
    for _ in range(30):
        assert visitor.banner().startswith(sentence)


def check_over(visitor: Visitor, points: int, record: Callable[[str, object], None]) -> None:
    """The fault is over just now: all is read and nothing is told within the time promised, without a restart."""
    took = visitor.wait(lambda: visitor.banner() == "" and visitor.points() == points, OVER_S)
    record("reached", f"over after {took:.1f} s")
    assert visitor.health()["database"] == "ok"
    assert visitor.board.process.poll() is None


def test_the_use_of_a_session_is_noted(start_board: Boards, log: Path) -> None:
    """T52"""
    board = start_board(log.parent, options=())
    visitor = log_in(board)
    age_session(board.database)
    assert visitor.get("/runs").status == 200
    visitor.wait(lambda: seen_ago(board.database) < 60)


def test_a_locked_database_holds_up_no_page_of_a_visitor_who_was_away(start_board: Boards, log: Path) -> None:
    """T23: neither the page whose visitor is looked up, nor what is asked meanwhile."""
    board = start_board(log.parent, options=())
    visitor = log_in(board)
    age_session(board.database)
    took: dict[str, tuple[int, float]] = {}

    def time_answer(path: str) -> None:
        began = time.monotonic()
        took[path] = visitor.get(path).status, time.monotonic() - began

    with locked(board.database):
        asking = [threading.Thread(target=time_answer, args=(path,)) for path in ("/runs", "/healthz", "/static/app.css")]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert {path: status for path, (status, _) in took.items()} == dict.fromkeys(took, 200)
    assert max(seconds for _, seconds in took.values()) < PROMPT_S, took


def test_a_locked_database_is_told_on_every_page(start_board: Boards, log: Path, record_property: Callable[[str, object], None]) -> None:
    """T23"""
    board = start_board(log.parent, options=(), **QUICK)
    visitor = log_in(board)
    visitor.wait(lambda: visitor.points() == 100)
    age_session(board.database)
    with locked(board.database):
        append(log, lines(101, 200))
        visitor.wait(lambda: visitor.banner() != "")
        check_told(visitor, "Another program keeps the database locked.", "locked")
    check_over(visitor, 200, record_property)


def test_a_full_disk_is_told_on_every_page(
    start_board: Boards, log: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """T21"""
    with mounted_disk(tmp_path / "disk") as disk:
        board = start_board(log.parent, options=(), database=disk / "board.db", **QUICK)
        visitor = log_in(board)
        visitor.wait(lambda: visitor.points() == 100)
        age_session(board.database)
        append(log, random_lines(101, 100_000))
        visitor.wait(lambda: visitor.banner() != "")
        check_told(visitor, "The disk is full", "full")
        give_room(disk)
        check_over(visitor, 100_000, record_property)
        board.stop()


def test_a_limit_on_file_size_is_told_on_every_page(start_board: Boards, log: Path, record_property: Callable[[str, object], None]) -> None:
    """T22"""
    board = start_board(log.parent, options=(), **QUICK)
    visitor = log_in(board)
    visitor.wait(lambda: visitor.points() == 100)
    age_session(board.database)
    resource.prlimit(board.process.pid, resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    append(log, random_lines(101, 40_000))
    visitor.wait(lambda: visitor.banner() != "")
    check_told(visitor, "The database cannot be written.", "disk")
    resource.prlimit(board.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    check_over(visitor, 40_000, record_property)


def test_a_board_whose_files_lose_the_right_to_write_shows_and_stores_on(start_board: Boards, log: Path, tmp_path: Path) -> None:
    """T24: it holds them open, so it keeps the right it had."""
    database = tmp_path / "data" / "board.db"
    database.parent.mkdir()
    board = start_board(log.parent, options=(), database=database, before=MORTAL, **QUICK)
    visitor = log_in(board)
    visitor.wait(lambda: visitor.points() == 100)
    age_session(database)
    files = [file for file in database.parent.iterdir() if file.name.startswith("board.db") and not file.name.endswith(".lock")]
    take_right(database.parent, files)
    try:
        append(log, lines(101, 200))
        visitor.wait(lambda: visitor.points() == 200)
        assert {path: visitor.banner(path) for path in pages_of(visitor)} == dict.fromkeys(pages_of(visitor), "")
        assert visitor.health()["database"] == "ok"
    finally:
        give_right(database.parent, files)


def test_who_cannot_be_looked_up_is_told_so_with_all_headers(start_board: Boards, log: Path) -> None:
    """T29, T45: the database is damaged while the board runs, before it has read who is logged in."""
    board = start_board(log.parent, options=())
    visitor = log_in(board)
    for file in (board.database, board.database.with_name("board.db-wal")):
        with file.open("r+b") as damaged:
            damaged.seek(1024)
            damaged.write(b"\xff" * (file.stat().st_size - 1024))
    for path in ("/runs", "/api/v1/runs"):
        answer = visitor.get(path)
        assert answer.status == 503, answer
        assert answer.body.startswith(b"The database is damaged.")
        assert {name for name in HEADERS if name.decode() not in answer.headers} == set()
        assert int(answer.headers["retry-after"]) > 0
    assert ask(board, "GET", "/static/app.css", {"Cookie": visitor.cookie}).status == 200


def move_files(database: Path, place: Path) -> None:
    """The database with its WAL and shared memory, as `mv` moves them."""
    place.mkdir(exist_ok=True)
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        database.with_name(name).rename(place / name)


def test_a_database_that_is_moved_away_is_told_and_goes_on_when_it_is_back(
    start_board: Boards, log: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """T24: no file is made in its place, what was read stays on the pages, and a change is refused in a sentence."""
    database, away = tmp_path / "data" / "board.db", tmp_path / "away"
    board = start_board(log.parent, options=(), database=database, **QUICK)
    visitor = log_in(board)
    visitor.wait(lambda: visitor.points() == 100)
    age_session(database)
    move_files(database, away)
    took = visitor.wait(lambda: visitor.banner() != "", OVER_S)
    record_property("reached", f"told after {took:.1f} s")
    check_told(visitor, "The database file board.db is gone.", "gone")
    append(log, lines(101, 200))
    form = {"Cookie": visitor.cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    refused = ask(board, "POST", "/manage/pin", form, b"run=1&back=/")
    assert refused.status == 503
    assert b"The database file board.db is gone." in refused.body
    assert visitor.points() == 100
    assert not [file.name for file in database.parent.iterdir() if file.name.startswith("board.db") and file.suffix != ".lock"]
    move_files(away / "board.db", database.parent)
    check_over(visitor, 200, record_property)
    board.stop()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_in_place_of_the_database_is_told_and_left_alone(start_board: Boards, log: Path, tmp_path: Path) -> None:
    """T24: until the board is started again, which uses what lies there."""
    database, away = tmp_path / "data" / "board.db", tmp_path / "away"
    board = start_board(log.parent, options=(), database=database, **QUICK)
    visitor = log_in(board)
    visitor.wait(lambda: visitor.points() == 100)
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(database)) as connection, closing(sqlite3.connect(copy)) as target:
        connection.backup(target)
    before = copy.read_bytes()
    move_files(database, away)
    copy.rename(database)
    append(log, lines(101, 200))
    visitor.wait(lambda: visitor.banner() != "", OVER_S)
    check_told(visitor, "Another file lies in place of the database file board.db.", "gone")
    board.stop()
    assert database.read_bytes() == before
    again = Visitor(start_board.again(board), visitor.cookie)
    again.wait(lambda: again.banner() == "" and again.points() == 200)


@pytest.mark.parametrize("lost", ["board.db", "board.db-wal", "board.db-shm"])
def test_a_board_whose_database_was_deleted_is_repaired_by_a_start(start_board: Boards, log: Path, tmp_path: Path, lost: str) -> None:
    """T24: what was stored after one of the three files went is read from the logs again."""
    database = tmp_path / "data" / "board.db"
    board = start_board(log.parent, database=database, **QUICK)
    board.wait_for("/api/v1/runs", '"points":100')
    (database.parent / lost).unlink()
    append(log, lines(101, 200))
    board.wait_for("/runs", f"The database file {lost} is gone.")
    board.stop()
    again = start_board.again(board)
    again.wait_for("/api/v1/runs", '"points":200')
    assert "is gone" not in again.get("/runs")[1].decode()


def test_why_the_system_does_not_tell_of_changes_stands_on_the_status_page(start_board: Boards, log: Path) -> None:
    """Then the logs are read all the same."""
    none_left = ("unshare", "-Ur", "sh", "-c", 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"', "sh")
    if subprocess.run([*none_left, "true"], capture_output=True).returncode:
        pytest.skip("this user may not set limits")
    board = start_board(log.parent, before=none_left, **QUICK)
    board.wait_for("/status", "The system does not tell of changes .*Too many open files")
    assert BANNER not in ask(board, "GET", "/runs").body
    append(log, lines(101, 200))
    board.wait_for("/api/v1/runs/1", r'"points":200\b')
