"""T27: databases of every older version of the tables, as a board of that time left them, are taken over whole and read on.

`versions/NNNN.sql` is the dump (`sqlite3 board.db .dump`) of a board that had read the four logs of `LOGS_READ` below /srv/training/runs,
with a pinned run and a token. A migration needs such a file of the version before it.
"""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from parser.log import LogParser, joined
from parser.points import ParsedLog
from parser.steps import steps_of
from tests.conftest import LOGS
from tests.ingest.stepping import append, stepping
from webapp.store.access import find_token
from webapp.store.database import open_database
from webapp.store.migrate import HEAD, known_versions, schema_version
from webapp.store.runs import list_runs
from webapp.store.series import read_series

VERSIONS = sorted(Path(__file__).parent.glob("versions/*.sql"))
PLACE = "/srv/training"
LOGS_READ = {
    "jsonl.log": LOGS / "generic" / "plain-jsonl_nan-redir.log",
    "mnist.log": LOGS / "pytorch-examples" / "plain-pytorch_mnist-redir.log",
    "lr/sft.log": LOGS / "transformers" / "hf-v5-stdoutonly.log",
    "lr/bar.log": LOGS / "odd" / "patho-cr-only.log",
}


def made_by(version: Path, place: Path) -> Path:
    """The database of that version, as if its board had run in `place`, with its logs."""
    text = version.read_text().replace(PLACE, str(place)).replace(PLACE.encode().hex().upper(), str(place).encode().hex().upper())
    for name, log in LOGS_READ.items():
        (place / "runs" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, place / "runs" / name)
    with closing(sqlite3.connect(place / "board.db")) as connection:
        connection.executescript(text)
    return place / "board.db"


def so_far(log: Path) -> ParsedLog:
    """What the log holds, but for a last line that may go on."""
    parser = LogParser()
    return joined([parser.feed(log.read_bytes())], parser)


def test_there_is_a_database_of_every_older_version() -> None:
    assert [file.stem for file in VERSIONS] == known_versions()[:-1]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda file: file.stem)
def test_a_database_of_an_older_version_keeps_all_it_holds(version: Path, tmp_path: Path) -> None:
    path = made_by(version, tmp_path)
    with closing(open_database(path)) as database:
        assert schema_version(path) == HEAD
        assert schema_version(path.with_name(f"board.db.before-{HEAD}")) == version.stem
        found = {str(Path(run.path).relative_to(tmp_path / "runs")): run for run in list_runs(database)[0]}
        assert sorted(found) == sorted(LOGS_READ)
        assert found["lr/bar.log"].pinned
        for name, log in LOGS_READ.items():
            whole = so_far(log)
            for metric, points in whole.points.items():
                series = read_series(database, found[name].id, metric)
                np.testing.assert_array_equal(series.step, steps_of(points, whole.series[metric].rule), f"{name} {metric}")
                np.testing.assert_array_equal(series.value, points.value, f"{name} {metric}")
        token = find_token(database, hashlib.sha256(f"a token of version {version.stem}".encode()).hexdigest())
        assert token
        assert token.scopes == ("read",)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda file: file.stem)
def test_the_logs_of_an_older_board_are_read_on_where_it_stood(version: Path, tmp_path: Path) -> None:
    made_by(version, tmp_path)
    with stepping(tmp_path, tmp_path / "runs") as steps:
        append(tmp_path / "runs" / "jsonl.log", '{"step": 61, "loss": 1.25, "grad_norm": 0.5}\n')
        steps.poll()
        runs = {Path(run.path).name: run.id for run in steps.runs()}
        assert len(steps.runs()) == len(LOGS_READ), "each log is the one that was read"
        for name, log in LOGS_READ.items():
            wanted = [*so_far(log).points["loss"].value, *([1.25] if name == "jsonl.log" else [])]
            np.testing.assert_array_equal(steps.values(run_id=runs[Path(name).name]), wanted, name)
