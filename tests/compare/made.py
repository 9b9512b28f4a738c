"""Series and runs in memory, as the store hands them out."""

from datetime import UTC, datetime

import numpy as np

from webapp.charts.options import Line
from webapp.store.rows import RunRow, Series

BEGAN = 1_700_000_000.0


def series(values, steps=None, run_id: int = 1, times=None, epochs=None, offsets=None) -> Series:
    """A series with a point a step and a minute, unless told otherwise."""
    value = np.asarray(values, float)
    n = len(value)
    step = np.arange(1.0, n + 1) if steps is None else np.asarray(steps, float)
    return Series(
        run_id=run_id,
        metric="loss",
        step=step,
        epoch=np.full(n, np.nan) if epochs is None else np.asarray(epochs, float),
        value=value,
        time=BEGAN + 60.0 * np.arange(n) if times is None else np.asarray(times, float),
        offset=np.arange(n) * 100 if offsets is None else np.asarray(offsets, np.int64),
        total=n,
        source="line",
    )


def line(values, steps=None, label: str = "run", **more) -> Line:
    return Line(label, series(values, steps, **more))


def run(ident: int, name: str = "", experiment: str = "exp", **params: str) -> RunRow:
    now = datetime(2026, 1, 28, 10, tzinfo=UTC)
    return RunRow(
        id=ident,
        experiment_id=1,
        experiment=experiment,
        name=name or f"run{ident}",
        status="finished",
        reason="",
        version=1,
        path="",
        notes="",
        tags=(),
        archived=False,
        pinned=False,
        created_at=now,
        started_at=now,
        updated_at=now,
        finished_at=now,
        points=0,
        bytes_read=0,
        bytes_total=0,
        last_step=None,
        total_steps=None,
        last_epoch=None,
        total_epochs=None,
        last_loss=None,
        best_loss=None,
        best_step=None,
        best_metric="",
        spark=(),
        params=params,
    )
