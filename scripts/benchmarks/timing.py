# SPDX-License-Identifier: GPL-3.0-or-later
"""Times a workload in turns with its limit, since only figures of one run compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any

_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Workload:
    """Something the program does, and the same work without the program."""

    name: str
    call: Callable[[], object]
    limit: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a workload on a desk with so many tickets.

    ``more`` holds figures that are not a duration of one call, under telling names.
    """

    workload: str
    rows: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    limit_p50_ms: float | None = None
    more: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """How many times as long as its limit the workload takes."""
        if self.p50_ms is None or not self.limit_p50_ms:
            return None
        return self.p50_ms / self.limit_p50_ms

    def as_json(self) -> dict[str, Any]:
        """Return the figure for a file, rounded to what the clock can tell."""
        return {
            "workload": self.workload,
            "rows": self.rows,
            "p50_ms": rounded(self.p50_ms, 3),
            "p95_ms": rounded(self.p95_ms, 3),
            "limit_p50_ms": rounded(self.limit_p50_ms, 4),
            "ratio": rounded(self.ratio, 2),
            **{name: rounded(value, 2) for name, value in self.more.items()},
        }


def in_turns(workload: Workload, rows: int, calls: int) -> Figure:
    """Call the workload and its limit alternately, after a warm-up.

    Besides it is told how long a core worked on a call, which other programs do not lengthen.
    """
    worked: list[float] = []

    def call() -> None:
        before = process_time()
        workload.call()
        worked.append((process_time() - before) * 1000)

    took, limit_took = in_turns_of(call, workload.limit, calls)
    core = {f"core_p{each}": percentile(worked[-calls:], each) for each in (50, 95)}
    return figure_of(workload.name, rows, took, limit_took, **core)


def in_turns_of(
    call: Callable[[], object], limit: Callable[[], object], calls: int
) -> tuple[list[float], list[float]]:
    """Return the milliseconds of two calls made alternately, after a warm-up."""
    for _ in range(min(_WARM_UP, calls)):
        call()
        limit()
    took: list[float] = []
    limit_took: list[float] = []
    for _ in range(calls):
        took.append(milliseconds_of(call))
        limit_took.append(milliseconds_of(limit))
    return took, limit_took


def figure_of(
    name: str,
    rows: int,
    took: Sequence[float],
    limit_took: Sequence[float] = (),
    **more: float,
) -> Figure:
    """Sum up the milliseconds of many calls."""
    limit = percentile(limit_took, 50) if limit_took else None
    return Figure(name, rows, percentile(took, 50), percentile(took, 95), limit, more)


def milliseconds_of(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    started = perf_counter()
    call()
    return (perf_counter() - started) * 1000


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def rounded(value: float | None, digits: int) -> float | None:
    """Return a value as exact as it is meant."""
    return None if value is None else round(value, digits)
