from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from webapp.ingest.task import Ingest
from webapp.settings import Settings
from webapp.store.database import Database, open_database

Following = Callable[..., AbstractAsyncContextManager[Ingest]]


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
            yield ingest
        finally:
            await ingest.stop()

    return follow
