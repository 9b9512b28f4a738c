"""Every request after it was answered: counted for /metrics, and one line of the log where that is asked for.

Known of a request are its method, the template of its route, its status and its time; not its address, its query or its visitor. The only
module that knows prometheus_client. A registry of its own: the library's global one would mix boards that tests run in one process.
"""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from webapp.logs import FIELDS

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4.removesuffix("; charset=utf-8")  # Litestar adds it to every text
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}  # a visitor may invent others, and every new one would be kept

log = logging.getLogger("lossboard.request")


class Gauge(NamedTuple):
    """One figure of now, by the values of at most one label (`label` "" = a single value under "")."""

    name: str
    help: str
    values: dict[str, float]
    label: str = ""


class Traffic:
    """Counts requests from the start of the board; `lines` writes a line of the log for each."""

    def __init__(self, *, lines: bool = False) -> None:
        self.lines = lines
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter("lossboard_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram(
            "lossboard_request_seconds", "Time to the end of the answer.", ("route",), buckets=SECONDS, registry=self.registry
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request is over. `route` is "" where no route was reached; status 0 means that the visitor left before the answer began."""
        method, route = method if method in METHODS else "other", route or "none"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
        if self.lines:
            fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            log.info("request", extra={FIELDS: fields})

    def text(self, gauges: Iterable[Gauge]) -> bytes:
        """Everything in the text form that Prometheus reads."""
        now = CollectorRegistry()
        now.register(Figures(gauges))
        return generate_latest(self.registry) + generate_latest(now)


class Figures(Collector):
    """Hands given figures to the library's writer."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self.gauges = tuple(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for gauge in self.gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=[gauge.label] if gauge.label else [])
            for value, figure in gauge.values.items():
                family.add_metric([value] if gauge.label else [], figure)
            yield family
