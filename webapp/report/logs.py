"""A log file read here and now, without a database: what `plot` draws and `report` tells of a file."""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from parser.formats import FormatSet
from parser.log import LogParser
from parser.points import Outcome, Parsed, Points, Progress, SeriesInfo, TextEvent
from parser.steps import steps_of
from webapp.findings import find_all
from webapp.ingest.beside import read_ending, read_params
from webapp.ingest.status import Signs, reached_text, status_of
from webapp.report.content import LogText, RunContent, read_records, read_text
from webapp.settings import Settings
from webapp.store.headline import BEST, by_epochs, first_of, is_loss, main_metric
from webapp.store.rows import EventRow, MetricRow, RunRow, Series

READ_BYTES = 1024 * 1024


class LogReading:
    """What has been read of one log so far; feed it, then ask."""

    def __init__(self, formats: FormatSet | None = None) -> None:
        self.events: list[TextEvent] = []
        self.params: dict[str, str] = {}
        self.progress = Progress()
        self.outcome: Outcome = ""
        self._parser = LogParser(formats)
        self._points: dict[str, list[Points]] = {}
        self._series: dict[str, SeriesInfo] = {}

    @property
    def size(self) -> int:
        """Bytes read."""
        return self._parser.offset

    @property
    def lines(self) -> int:
        return self._parser.account().lines

    @property
    def names(self) -> list[str]:
        return list(self._points)

    def feed(self, chunk: bytes) -> None:
        self._take(self._parser.feed(chunk))

    def finish(self) -> None:
        """The log is over: its last line counts without a newline too."""
        self._take(self._parser.finish())

    def series(self, name: str) -> Series:
        """All points of one metric read so far; an empty series if there is none of that name."""
        parts = self._points.get(name)
        if parts is None:
            nothing = np.zeros(0)
            return Series(0, name, nothing, nothing, nothing, nothing, np.zeros(0, np.int64), 0, "order")
        points = Points.joined(parts)
        self._points[name] = [points]
        info = self._series[name]
        steps = steps_of(points, info.rule)
        return Series(0, name, steps, points.epoch, points.value, points.time, points.offset, len(points), info.rule.source)

    def metric(self, name: str) -> MetricRow:
        """One metric in numbers."""
        series, info = self.series(name), self._series[name]
        finite = np.flatnonzero(np.isfinite(series.value))
        values = series.value[finite]
        bad = np.flatnonzero(~np.isfinite(series.value))
        low, high = (int(finite[values.argmin()]), int(finite[values.argmax()])) if len(finite) else (-1, -1)

        def at(column: np.ndarray, place: int) -> float:  # type: ignore[type-arg]
            return float(column[place]) if place >= 0 else math.nan

        first, last = (int(finite[0]), int(finite[-1])) if len(finite) else (-1, -1)
        return MetricRow(
            name=name,
            printed=info.printed,
            format=info.format,
            step_source=info.rule.source,
            count=len(series),
            nan=int(np.isnan(series.value).sum()),
            posinf=int(np.isposinf(series.value).sum()),
            neginf=int(np.isneginf(series.value).sum()),
            first=at(series.value, first),
            last=at(series.value, last),
            min=at(series.value, low),
            min_step=at(series.step, low),
            max=at(series.value, high),
            max_step=at(series.step, high),
            mean=float(values.mean()) if len(values) else math.nan,
            first_step=at(series.step, 0 if len(series) else -1),
            last_step=at(series.step, len(series) - 1),
            first_bad_step=at(series.step, int(bad[0])) if len(bad) else None,
        )

    def _take(self, parsed: Parsed) -> None:
        self._series |= parsed.series
        for name, points in parsed.points.items():
            if len(points):
                self._points.setdefault(name, []).append(points)
        self.events += parsed.events
        self.params |= parsed.params
        self.progress, self.outcome = parsed.progress, parsed.outcome or self.outcome


def read_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def read_log(path: Path, formats: FormatSet | None = None) -> LogReading:
    """A whole log. Raises OSError."""
    reading = LogReading(formats)
    for chunk in read_chunks(path):
        reading.feed(chunk)
    reading.finish()
    return reading


def log_content(reading: LogReading, path: Path | None, number: int, settings: Settings, *, brief: bool = False) -> RunContent:
    """A log that was read, as a report tells it; without a path it came from standard input. `number` stands for the run's id.

    `brief` leaves out what charts do not need: findings, text, hash. Raises OSError where the file has gone.
    """
    place = path.resolve() if path else None  # whoever names a file may name it by a link
    record, end = read_records(place) if place else (None, None)
    metrics = tuple(reading.metric(name) for name in reading.names)
    changed_s = path.stat().st_mtime if path else time.time()
    status, reason = status_of(
        Signs(
            points=sum(row.count for row in metrics),
            lines=reading.lines,
            outcome=reading.outcome,
            at_end=True,
            silent_s=max(0.0, time.time() - changed_s),
            cadence_s=math.nan,
            watched=False,
            reached=reached_text(reading.progress, reading.progress.epoch),
        ),
        settings,
    )
    status, reason = (read_ending(place) if place else None) or (status, reason)
    changed = datetime.fromtimestamp(changed_s, UTC)
    told = [ends for name in reading.names for ends in told_times(reading.series(name))]
    started_s = min((first for first, _ in told), default=record.started_at if record else None)
    by_name = {row.name: row for row in metrics}
    main = by_name.get(main_metric(by_name))
    loss = main if main and is_loss(main.name) else None
    step, total = reading.progress.step, reading.progress.total_steps
    if main and by_epochs(main.step_source, (main.first_step, main.last_step), reading.progress):
        step = total = math.nan
    best = by_name.get(first_of(BEST, [row.name for row in metrics if not math.isnan(row.min)]))
    run = RunRow(
        id=number,
        experiment_id=0,
        experiment=record.experiment if record else path.resolve().parent.name if path else "",
        name=record.name if record else path.stem if path else "standard input",
        status=status,
        reason=reason,
        version=0,
        path=str(path) if path else "-",
        notes="",
        tags=(),
        archived=False,
        pinned=False,
        created_at=changed,
        started_at=datetime.fromtimestamp(started_s, UTC) if started_s is not None else None,
        updated_at=changed,
        finished_at=changed if status in ("finished", "failed") else None,
        told_at=datetime.fromtimestamp(max(last for _, last in told), UTC) if told else None,
        points=sum(row.count for row in metrics),
        bytes_read=reading.size,
        bytes_total=reading.size,
        last_step=known(main.last_step if math.isnan(step) and main else step),
        total_steps=known(total),
        last_epoch=known(reading.progress.epoch),
        total_epochs=known(reading.progress.total_epochs),
        last_loss=known(loss.last) if loss else None,
        best_loss=best.min if best else None,
        best_step=known(best.min_step) if best else None,
        best_metric=best.name if best else "",
        loss_metric=loss.name if loss else "",
        spark=(),
        params=(read_params(place) if place else {}) | reading.params,
        lines=reading.lines,
    )
    return RunContent(
        run=run,
        metrics=metrics,
        read=reading.series,
        events=tuple(event_row(event) for event in reading.events),
        findings=() if brief else tuple(find_all({name: reading.series(name) for name in reading.names})),
        log=read_text(place, str(path), reading.size) if place and not brief else LogText(run.path, reading.size),
        record=record,
        end=end,
    )


def told_times(series: Series) -> list[tuple[float, float]]:
    """The first and the last time that a series knows, if it knows any."""
    times = series.time[np.isfinite(series.time)]
    return [(float(times[0]), float(times[-1]))] if len(times) else []


def event_row(event: TextEvent) -> EventRow:
    moment = datetime.fromtimestamp(event.time, UTC) if math.isfinite(event.time) else None
    return EventRow(event.kind, event.text, event.offset, known(event.step), moment)


def known(value: float) -> float | None:
    return None if math.isnan(value) else value
