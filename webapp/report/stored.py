"""A run of the board's database, as a report tells it."""

from functools import partial
from pathlib import Path

from webapp.report.content import RunContent, read_records, read_text
from webapp.store.database import Database
from webapp.store.rows import RunRow
from webapp.store.runs import list_events, list_findings
from webapp.store.series import list_metrics, read_series
from webapp.store.sources import parts_of

MOST_EVENTS, MOST_FINDINGS = 200, 200


def stored_content(database: Database, run: RunRow) -> RunContent:
    """Everything a report tells of a run that `get_run` gave, so with its parameters. Its log may have gone."""
    path = Path(run.path)
    record, end = read_records(path)
    return RunContent(
        run=run,
        metrics=tuple(list_metrics(database, run.id)),
        read=partial(read_series, database, run.id),
        events=tuple(list_events(database, run.id, MOST_EVENTS)),
        findings=tuple(list_findings(database, run.id, MOST_FINDINGS)),
        log=read_text(parts_of(database, run.id) or path, run.path, run.bytes_read),
        record=record,
        end=end,
    )
