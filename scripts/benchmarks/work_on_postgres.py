# SPDX-License-Identifier: GPL-3.0-or-later
"""What people wait for at a desk on PostgreSQL: keys, views, counts, a long ticket, many tickets.

They are the same workloads as on SQLite, on a copy of the same desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import bulk, queries, threads
from benchmarks.bare import on_postgres
from benchmarks.sized_desk import SizedDesk
from benchmarks.timing import Figure, in_turns

NAMES = ("work_on_postgresql",)

_CALLS, _QUICK_CALLS = 100, 3


def measure_work_on_postgres(
    desk: SizedDesk, names: set[str], keep: Path, *, quick: bool
) -> Iterator[Figure]:
    """Yield the figures of all of them."""
    if not names & set(NAMES):
        return
    calls = _QUICK_CALLS if quick else _CALLS
    with on_postgres(desk, keep) as (embedded, bare):
        for workload in queries.query_workloads(embedded, bare):
            yield _named(in_turns(workload, desk.rows, calls))
        for workload in threads.thread_workloads(embedded, bare):
            yield _named(in_turns(workload, desk.rows, calls))
        yield from map(_named, bulk.bulk_figures(embedded, None, desk.rows, quick=quick))


def _named(figure: Figure) -> Figure:
    return replace(figure, workload=f"{figure.workload}_postgresql")
