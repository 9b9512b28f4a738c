"""Servers of charts for the browser tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.charts.server import ChartPages, Draw, serving


@pytest.fixture
def serve_charts() -> Iterator[Callable[..., ChartPages]]:
    """Starts servers of charts: `serve_charts(draw, poll)`; all are stopped after the test."""
    with ExitStack() as servers:

        def start(draw: Draw, poll: str = "") -> ChartPages:
            return servers.enter_context(serving(draw, poll))

        yield start
