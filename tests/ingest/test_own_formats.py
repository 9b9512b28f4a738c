"""T11: a format of the user's own with a pattern that goes on for ever stops no log and no page; it is named, and used when mended."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.conftest import Boards
from webapp.ingest.messages import Job
from webapp.ingest.reader import Reader, ReadingTooLongError
from webapp.store.rows import FileMark

FORMAT = """name = "evil"
title = "Evil"
about = "Takes years on a line of its own."
[[line]]
when = '''^(?:a|aa){1,70}b loss (?P<loss>[0-9.]+)$'''
[[sample]]
text = "ab loss 1.5"
values = { loss = 1.5 }
"""
NASTY = "a" * 70 + "c loss 1\n"


def grow(log: Path, step: int) -> None:
    with log.open("a") as file:
        file.write(f"step={step} loss={step}.5\n")


def test_a_nasty_line_stops_neither_its_log_nor_the_others_and_the_format_is_named(start_board: Boards, tmp_path: Path) -> None:
    logs, formats = tmp_path / "logs", tmp_path / "formats"
    logs.mkdir()
    formats.mkdir()
    (formats / "evil.toml").write_text(FORMAT)
    (formats / "broken.toml").write_text("name = ")
    (logs / "ok.log").write_text("step=1 loss=1.5\nstep=2 loss=2.5\n")
    board = start_board(logs, LOSSBOARD_FORMATS_DIR=str(formats), LOSSBOARD_RESCAN_S="0.2", LOSSBOARD_POLL_S="0.1")
    board.wait_for("/api/v1/runs", '"last_step":2')
    assert json.loads(board.get("/healthz")[1])["ingest"] == "ok"

    (logs / "nasty.log").write_text(f"step=1 loss=2\nab loss 9.5\n{NASTY * 3}step=2 loss=1\nab loss 8.5\n")
    board.wait_for("/runs", r"evil\.toml: line pattern 1 took longer than 50 ms on one line")
    began = time.monotonic()
    grow(logs / "ok.log", 3)
    board.wait_for("/api/v1/runs", '"last_step":3')
    assert time.monotonic() - began < 5  # the goal is 2 s on a machine of one's own
    runs = {run["name"]: run for run in json.loads(board.get("/api/v1/runs")[1])}
    assert runs["nasty"]["last_step"] == 2
    assert json.loads(board.get("/healthz")[1])["ingest"] == "fault"
    page = board.get("/status")[1].decode()
    assert "evil.toml" in page.partition('id="formats"')[2]
    assert "broken.toml" in page.partition('id="formats"')[2]

    (formats / "evil.toml").write_text(FORMAT.replace("(?:a|aa){1,70}b", "a{1,70}b"))
    (logs / "again.log").write_text(f"ab loss 9.5\n{NASTY * 3}ab loss 8.5\nstep=3 loss=1\n")
    board.wait_for("/healthz", '"ingest":"ok"')
    board.wait_for("/api/v1/runs", '"name":"again"')
    assert "evil.toml" not in board.wait_for("/status", "broken.toml")


@pytest.mark.parametrize("tries", [3])
def test_a_slice_that_takes_too_long_ends_the_process_and_the_next_one_is_read(tmp_path: Path, tries: int) -> None:
    log = tmp_path / "a.log"
    log.write_text("step=1 loss=1.5\nstep=2 loss=2.5\n")
    job = Job(1, bytes(log), FileMark(), b"", 1 << 20)

    async def read() -> None:
        reader = Reader(slice_s=0.0)
        for _ in range(tries):
            with pytest.raises(ReadingTooLongError, match="took longer than 0 s"):
                await reader.read(job)
            assert reader.pid is None
        reader.slice_s = 60
        assert (await reader.read(job)).lines == 2
        await reader.close()

    asyncio.run(read())
