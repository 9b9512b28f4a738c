"""A board on a Unix socket: for its owner alone on a machine of many, reached from elsewhere through a forwarded port."""

import http.client
import signal
import socket
import stat
from pathlib import Path

import psutil
import pytest

from tests.cli.boards import Board, running, wait_until
from tests.cli.test_main import lossboard


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "first.log").write_text("step=1 loss=2.5\nstep=2 loss=2.25\n")
    return tmp_path / "runs"


def get(path: Path, address: str, host: str = "localhost:4321", **headers: str) -> http.client.HTTPResponse:
    """As `ssh -L 4321:PATH` brings a browser's request: with the name and the port that the browser knows."""
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.connect(str(path))
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer
    finally:
        connection.close()


def listening(board: Board) -> list[object]:
    return [found for found in psutil.Process(board.process.pid).net_connections("inet") if found.status == psutil.CONN_LISTEN]


def test_a_board_on_a_socket_is_its_owners_and_a_forwarded_port_reaches_it(logs: Path, tmp_path: Path) -> None:
    path = tmp_path / "board.sock"
    with running("serve", logs, "--uds", path, "--port", "4321", home=tmp_path) as board:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert listening(board) == []
        assert f"ssh -L 4321:{path} " in board.wait_for_line("socket that is yours alone")
        assert board.url.startswith("http://127.0.0.1:4321/login?once=")
        login = get(path, board.url.removeprefix("http://127.0.0.1:4321"))
        assert (login.status, login.headers["location"]) == (303, "/")
        cookie = login.headers["set-cookie"].partition(";")[0]
        assert get(path, "/runs", Cookie=cookie).status == 200
        assert get(path, "/runs").status == 401
        for host, status in (
            ("127.0.0.1:9", 200),
            ("[::1]:9", 200),
            ("localhost", 200),
            ("evil.com:4321", 421),
            ("localhost.evil.com:9", 421),
        ):
            assert get(path, "/runs", host, Cookie=cookie).status == status, host
        board.process.send_signal(signal.SIGTERM)
        assert board.process.wait(20) == 0
    assert not path.exists()


def test_the_socket_of_a_killed_board_is_taken_over_and_that_of_a_living_one_is_not(logs: Path, tmp_path: Path) -> None:
    path = tmp_path / "board.sock"
    with running("serve", logs, "--uds", path, "--no-token", home=tmp_path) as board:
        board.process.kill()
        board.process.wait(20)
    assert path.is_socket()
    with running("serve", logs, "--uds", path, "--no-token", home=tmp_path):
        assert get(path, "/runs").status == 200
        refused = lossboard("serve", str(logs), "--uds", str(path), "--database", str(tmp_path / "other.db"), HOME=str(tmp_path))
        assert (refused.returncode, str(path) in refused.stderr) == (2, True)
        assert get(path, "/runs").status == 200


@pytest.mark.parametrize("name", ["no/such/folder/board.sock", "a" * 200, "runs/first.log"])
def test_a_path_that_can_be_no_socket_is_told_and_left_alone(logs: Path, tmp_path: Path, name: str) -> None:
    refused = lossboard("serve", str(logs), "--uds", str(tmp_path / name), HOME=str(tmp_path))
    assert refused.returncode == 2
    assert "cannot listen on this socket" in refused.stderr
    assert (logs / "first.log").read_text().startswith("step=1")


def test_commands_reach_a_board_through_its_socket(logs: Path, tmp_path: Path) -> None:
    path = tmp_path / "board.sock"
    environment = {"HOME": str(tmp_path), "LOSSBOARD_UDS": str(path)}
    assert f"{path}: free" in lossboard("doctor", **environment).stdout
    with running("serve", logs, "--no-token", home=tmp_path, LOSSBOARD_UDS=str(path)):
        assert f"{path}: a board listens" in lossboard("doctor", **environment).stdout
        wait_until(lambda: b'"id":1' in get(path, "/api/v1/runs").body)  # type: ignore[attr-defined]
        renamed = lossboard("runs", "rename", "1", "better", "--uds", str(path), HOME=str(tmp_path))
        assert (renamed.returncode, renamed.stdout) == (0, "renamed 1 better\n"), renamed.stderr
        assert b'"name":"better"' in get(path, "/api/v1/runs").body  # type: ignore[attr-defined]
