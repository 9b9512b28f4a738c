import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from webapp.ingest.task import Ingest
from webapp.settings import Settings
from webapp.store.database import Database, open_database

Following = Callable[..., AbstractAsyncContextManager[Ingest]]
WAIT_S = 120


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs"
    made.mkdir()
    return made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "board.db")
    yield opened
    opened.close()


@pytest.fixture
def following(database: Database) -> Following:
    """The whole ingest with its loops and its reading process: `async with following(folder) as ingest`."""

    @asynccontextmanager
    async def follow(*paths: Path, **settings: float) -> AsyncIterator[Ingest]:
        ingest = Ingest(database, paths, Settings(**{"rescan_s": 0.3, "poll_s": 0.2} | settings))
        await ingest.start()
        try:
            async with asyncio.timeout(WAIT_S):  # what does not come fails, with what the ingest knew
                yield ingest
        except TimeoutError as error:
            known = [(log.path, log.source, log.signature, log.expected, log.closed) for log in ingest.logs.values()]
            raise AssertionError(f"waited for {WAIT_S} s: {known}, {ingest.files}, {ingest.follower.found}, {ingest.skipped}") from error
        finally:
            await ingest.stop()

    return follow
