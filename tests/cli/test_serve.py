import http.cookiejar
import signal
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.cli.boards import fetch, running, wait_until
from tests.cli.test_main import lossboard
from webapp.server import board_url, is_loopback
from webapp.settings import Settings

LINE = "{'loss': 2.5, 'learning_rate': 5e-05, 'epoch': 0.1}\n"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "first.log").write_text(LINE * 3)
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_board_cleanly_and_with_0(logs: Path, tmp_path: Path, number: signal.Signals) -> None:
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        assert fetch(board.url)[0] == 200
        board.process.send_signal(number)
        assert board.process.wait(20) == 0
    assert not [line for line in board.printed if "Traceback" in line or "Error" in line]
    assert not (tmp_path / ".local/share/lossboard/lossboard.db-wal").exists()  # closed, not left


def test_a_signal_to_the_whole_group_ends_the_board_as_cleanly(logs: Path, tmp_path: Path) -> None:
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        board.wait_for_line("^Read 1 log, ")
        for process in psutil.Process(board.process.pid).children(recursive=True):  # as systemd and `timeout` do
            process.terminate()
        board.process.terminate()
        assert board.process.wait(20) == 0
    assert not [line for line in board.printed if "Traceback" in line or "failed" in line]


def test_a_board_started_with_nohup_outlives_its_terminal(logs: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as the new process will have it
    try:
        with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
            board.wait_for_line("^Read 1 log, ")
            for process in (*psutil.Process(board.process.pid).children(recursive=True), board.process):
                process.send_signal(signal.SIGHUP)
            assert fetch(board.url)[0] == 200
            board.process.terminate()
            assert board.process.wait(20) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reading_process_that_is_killed_is_replaced(logs: Path, tmp_path: Path) -> None:
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        board.wait_for_line("^Read 1 log, ")
        for process in psutil.Process(board.process.pid).children(recursive=True):
            process.kill()
            process.wait(20)
        with (logs / "first.log").open("a") as log:
            log.write("{'loss': 1.25, 'learning_rate': 5e-05, 'epoch': 0.2}\n")
        wait_until(lambda: b"1.25" in fetch(board.url + "api/v1/runs/1/metrics?metric=loss")[1])
    assert not [line for line in board.printed if "Traceback" in line]


def test_the_printed_link_logs_one_browser_in_once(logs: Path, tmp_path: Path) -> None:
    with running("serve", logs, "--port", "0", home=tmp_path) as board:
        origin = "{0.scheme}://{0.netloc}/".format(urllib.parse.urlsplit(board.url))
        assert fetch(origin + "api/v1/runs")[0] == 401
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        assert browser.open(board.url, timeout=30).status == 200
        assert browser.open(origin + "api/v1/runs", timeout=30).status == 200
        assert fetch(board.url)[0] in (401, 403)


def test_it_says_what_it_watches_and_when_everything_there_has_been_read(logs: Path, tmp_path: Path) -> None:
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        assert board.wait_for_line("watches").endswith(str(logs))
        assert board.wait_for_line("^Read 1 log, ").endswith("what comes is followed.")


def test_a_board_without_login_is_refused_where_others_can_reach_it(tmp_path: Path) -> None:
    """T51"""
    answer = lossboard("serve", "--host", "0.0.0.0", "--no-token", "--port", "0", HOME=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("A board that other machines reach has to ask for a login.\n0.0.0.0 is not a loopback address.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = lossboard("serve", "--port", str(port), HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Port {port} is in use.\n")
    assert "--port 0" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = lossboard("serve", str(tmp_path / "rusn"), HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"There is no such file or folder.\n{tmp_path}/rusn\n")


@pytest.mark.parametrize(
    ("host", "message"), [("nowhere.invalid", "The address nowhere.invalid is unknown."), ("192.0.2.1", "cannot listen")]
)
def test_an_address_that_is_not_ours_is_told_in_words(host: str, message: str, tmp_path: Path) -> None:
    answer = lossboard("serve", "--host", host, HOME=str(tmp_path))
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_second_board_on_the_same_database_is_refused(logs: Path, tmp_path: Path) -> None:
    """T18"""
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        answer = lossboard("serve", str(logs), "--port", "0", HOME=str(tmp_path))
    assert answer.returncode == 3
    assert "Another Lossboard has this database open." in answer.stderr
    assert f"Process {board.process.pid} holds it" in answer.stderr


def test_a_request_with_a_fat_head_is_refused_and_the_board_goes_on(logs: Path, tmp_path: Path) -> None:
    """T57"""
    with running("serve", logs, "--port", "0", "--no-token", home=tmp_path) as board:
        port = urllib.parse.urlsplit(board.url).port
        with socket.create_connection(("127.0.0.1", port or 0), timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n")
            assert b" 200 " not in client.recv(65536)
        assert fetch(board.url)[0] == 200


def test_loopback_names_and_addresses_are_known() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.com", "gpu1", ""))


def test_the_address_to_open_is_one_a_browser_here_reaches() -> None:
    assert [board_url(Settings(host=host, port=80)) for host in ("0.0.0.0", "::", "::1", "gpu1")] == [
        *("http://127.0.0.1:80/", "http://[::1]:80/", "http://[::1]:80/", "http://gpu1:80/")
    ]
