# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server tells of itself to Prometheus."""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several processes of one server put their figures together."""
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

STREAMS, UNDER_WAY = "streams_open", "requests_under_way"
_GAUGES = {
    STREAMS: "Event streams that are open.",
    UNDER_WAY: "Requests under way, without streams.",
}


class Metrics:
    """The figures of one process."""

    def __init__(self) -> None:
        """Begin at nought."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "helpdesk_requests",
            "Requests that were answered.",
            ("operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "helpdesk_request_seconds",
            "How long requests took.",
            ("operation",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._gauges = {name: self._gauge(name, about) for name, about in _GAUGES.items()}
        self._sources: dict[str, Callable[[], float]] = {}

    def count(self, operation: str, status: int, seconds: float | None) -> None:
        """Count a request; streams have no duration that would say anything."""
        self._requests.labels(operation, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(operation).observe(seconds)
        if MULTIPROCESS_VARIABLE in os.environ:
            # Another process may be the one that is asked.
            self.refresh()

    def watch(self, gauge: str, source: Callable[[], float]) -> None:
        """Name where to look for what goes up and down."""
        self._sources[gauge] = source

    def refresh(self) -> None:
        """Look at what goes up and down."""
        for gauge, source in self._sources.items():
            self._gauges[gauge].set(source())

    def text(self) -> bytes:
        """Return the figures of this process, or of all where they are put together."""
        self.refresh()
        if MULTIPROCESS_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def _gauge(self, name: str, about: str) -> Gauge:
        full_name = f"helpdesk_{name}"
        return Gauge(full_name, about, multiprocess_mode="livesum", registry=self._registry)


def forget_process(process_id: int) -> None:
    """Take what goes up and down of a process that has ended out of the common figures."""
    if MULTIPROCESS_VARIABLE in os.environ:
        multiprocess.mark_process_dead(process_id)  # type: ignore[no-untyped-call]
