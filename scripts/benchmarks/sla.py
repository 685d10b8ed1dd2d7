# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sweep of the clocks costs with some of them due, beside the same rows without the program.

The job looks for due clocks among all and marks the tickets as late, with an entry in each history.
What one escalation step costs that is carried out, with all the people it tells, is a figure of its
own: it depends on what a desk's rules do. So is a sweep that finds nothing due.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from benchmarks.sized_desk import SizedDesk, one
from benchmarks.timing import Figure, figure_of, milliseconds_of, percentile
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.jobs.sla import keep_clocks

NAMES = ("sla_sweep",)

_CALLS, _QUICK_CALLS = 20, 2
_DUE, _QUICK_DUE = 300, 20
_STEPPED = 20
_NEVER = to_microseconds(NEVER)
_RUNNING = """
    SELECT c.id, c.ticket_id FROM sla_clock c JOIN ticket_sla s ON s.ticket_id = c.ticket_id
    WHERE c.kind = 'resolution' AND c.state = 'running' ORDER BY c.id
"""


def measure_sla(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figure of sweeps that find some clocks due, each time others."""
    if not names & set(NAMES):
        return
    calls, due = (_QUICK_CALLS, _QUICK_DUE) if quick else (_CALLS, _DUE)
    with closing(desk.bare()) as bare:
        now = _made_at(bare) + timedelta(minutes=1)
        settings = settings_module.load(desk.folder)
        embedded = EmbeddedDesk.open(desk.folder, settings, clock=lambda: now)
        try:
            yield _Sweeps(embedded, bare, now).figure(desk.rows, calls, due)
        finally:
            embedded.close()


class _Sweeps:
    def __init__(self, desk: EmbeddedDesk, bare: sqlite3.Connection, now: datetime) -> None:
        self._desk, self._bare, self._now = desk, bare, now
        self._at = to_microseconds(now)
        # What is due of itself is no part of what is measured.
        keep_clocks(desk, now)
        bare.execute("UPDATE sla_clock SET next_step_at = ?", (_NEVER,))
        self._clocks = bare.execute(_RUNNING).fetchall()

    def figure(self, rows: int, calls: int, due: int) -> Figure:
        """Sweep and do the same without the program by turns, and find nothing in between."""
        step = self._step()
        self._bare.execute("UPDATE rule SET active = 0")
        took, limit_took, idle_took = [], [], []
        for call in range(calls + 1):
            chosen = self._chosen(call, due)
            self._make_due(chosen)
            limit = milliseconds_of(self._limit)
            self._make_due(chosen)
            ours = milliseconds_of(self._sweep)
            if call:
                took.append(ours)
                limit_took.append(limit)
                idle_took.append(milliseconds_of(self._sweep))
        idle = percentile(idle_took, 50)
        figures = {"due": float(len(chosen)), "running": float(len(self._clocks))}
        return figure_of("sla_sweep", rows, took, limit_took, **figures, idle_p50=idle, step=step)

    def _step(self) -> float:
        """Return the milliseconds of a step that is carried out: the rules a desk begins with."""
        self._make_due(self._clocks[-_STEPPED:])
        count = "SELECT count(*) FROM rule_run"
        before, took = one(self._bare, count), milliseconds_of(self._sweep)
        return took / max(one(self._bare, count) - before, 1)

    def _chosen(self, call: int, due: int) -> list[tuple[int, int]]:
        start = call * due % max(len(self._clocks) - due, 1)
        return self._clocks[start : start + due]

    def _make_due(self, chosen: list[tuple[int, int]]) -> None:
        self._bare.execute("BEGIN IMMEDIATE")
        self._bare.executemany(
            "UPDATE sla_clock SET due_at = ?1, next_step_at = ?1, missed_at = NULL WHERE id = ?2",
            [(self._at, clock_id) for clock_id, _ in chosen],
        )
        self._bare.executemany(
            "UPDATE ticket_sla SET late = 0 WHERE ticket_id = ?", [(id_,) for _, id_ in chosen]
        )
        self._bare.execute("COMMIT")

    def _sweep(self) -> None:
        keep_clocks(self._desk, self._now)

    def _limit(self) -> None:
        """Read what is due by the index and write the rows that a sweep cannot do without."""
        bare, at = self._bare, self._at
        bare.execute("BEGIN IMMEDIATE")
        found = bare.execute(
            "SELECT c.id, t.* FROM sla_clock c JOIN ticket t ON t.id = c.ticket_id"
            " WHERE c.next_step_at <= ? ORDER BY c.next_step_at, c.id",
            (at,),
        ).fetchall()
        ids = [(row[1],) for row in found]
        bare.executemany(
            "UPDATE sla_clock SET missed_at = due_at, next_step_at = ? WHERE id = ?",
            [(_NEVER, row[0]) for row in found],
        )
        bare.executemany("UPDATE ticket_sla SET late = 1 WHERE ticket_id = ?", ids)
        bare.executemany(
            "INSERT INTO event (ticket_id, at, kind, field, old, new)"
            " VALUES (?, 1, 'ruled', 'Standard', 'Resolution was due', 'Overdue')",
            ids,
        )
        bare.execute("COMMIT")


def _made_at(bare: sqlite3.Connection) -> datetime:
    statement = "SELECT value FROM desk_fact WHERE name = 'made_at'"
    return datetime.fromisoformat(bare.execute(statement).fetchone()[0])
