# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sweep of the clocks costs with some of them due, beside the same rows without the program.

``sla_sweep`` marks tickets as late, with an entry in each history, while the rules are switched
off. ``sla_sweep_rules`` also carries out the steps that a desk begins with: each ticket is overdue,
so its assignee, the managers and the admins are told. Both times a sweep that finds nothing due is
measured as well, and the longest transaction: so long other writers wait.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import thread_time
from typing import Any, Self, cast

from benchmarks.sized_desk import SizedDesk, one
from benchmarks.timing import Figure, figure_of, milliseconds_of, percentile
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.jobs.sla import keep_clocks

NAMES = ("sla_sweep", "sla_sweep_rules")

_CALLS, _QUICK_CALLS = 20, 2
_DUE, _QUICK_DUE = 300, 20
_NEVER = to_microseconds(NEVER)
_WARNED_BEFORE = timedelta(minutes=30)
_WRITTEN = ("event", "rule_run", "notification", "outbox_message", "desk_change")
"""What a sweep adds rows to."""
_RUNNING = """
    SELECT c.id, c.ticket_id FROM sla_clock c JOIN ticket_sla s ON s.ticket_id = c.ticket_id
    WHERE c.kind = 'resolution' AND c.state = 'running' ORDER BY c.id
"""
Rows = list[tuple[Any, ...]]


def measure_sla(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of sweeps that find some clocks due, each time others."""
    wanted = [name for name in NAMES if name in names]
    if not wanted:
        return
    calls, due = (_QUICK_CALLS, _QUICK_DUE) if quick else (_CALLS, _DUE)
    with closing(desk.bare()) as bare, _Sweeps(desk, bare) as sweeps:
        for name in wanted:
            yield sweeps.figure(name, desk.rows, calls, due)


class _Sweeps:
    """Sweeps at the moment when some clocks become due, again and again."""

    def __init__(self, desk: SizedDesk, bare: sqlite3.Connection) -> None:
        self._bare = bare
        self._due_at = _made_at(bare) + timedelta(hours=1)
        self._now = self._due_at
        settings = settings_module.load(desk.folder)
        self._desk = EmbeddedDesk.open(desk.folder, settings, clock=lambda: self._now)
        # What is due of itself is no part of what is measured.
        keep_clocks(self._desk, self._now)
        bare.execute("UPDATE sla_clock SET next_step_at = ?", (_NEVER,))
        self._clocks = bare.execute(_RUNNING).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._desk.close()

    def figure(self, name: str, rows: int, calls: int, due: int) -> Figure:
        """Sweep and do the same without the program by turns, and find nothing in between."""
        self._bare.execute("UPDATE rule SET active = ?", (name == "sla_sweep_rules",))
        took, limit_took, core_took, idle_took, steps = [], [], [], [], 0
        with _transactions() as transactions:
            for call in range(calls + 1):
                chosen = self._chosen(call, due)
                self._make_due(chosen)
                before = self._ends()
                begun = thread_time()
                ours = self._sweep()
                core = (thread_time() - begun) * 1000
                written = self._since(before)
                idle = self._sweep()
                steps = len(written["rule_run"])
                self._undo(before)
                self._overdue(chosen)
                limit = milliseconds_of(partial(self._limit, written))
                self._undo(before)
                if call:
                    took.append(ours)
                    limit_took.append(limit)
                    core_took.append(core)
                    idle_took.append(idle)
                else:
                    transactions.clear()
        more = {"due": float(len(chosen)), "running": float(len(self._clocks))}
        more |= {"steps": float(steps), "idle_p50": percentile(idle_took, 50)}
        more["core_p50"] = percentile(core_took, 50)
        more["longest_transaction"] = max(transactions)
        return figure_of(name, rows, took, limit_took, **more)

    def _chosen(self, call: int, due: int) -> list[tuple[int, int]]:
        start = call * due % max(len(self._clocks) - due, 1)
        return self._clocks[start : start + due]

    def _make_due(self, chosen: list[tuple[int, int]]) -> None:
        """Let clocks be due that people were warned of half an hour before."""
        due, warned = to_microseconds(self._due_at), self._due_at - _WARNED_BEFORE
        clocks, tickets = [(each,) for each, _ in chosen], [(each,) for _, each in chosen]
        self._bare.execute("BEGIN IMMEDIATE")
        self._bare.executemany("DELETE FROM rule_run WHERE clock_id = ?", clocks)
        self._bare.executemany(
            "UPDATE sla_clock SET due_at = ?, next_step_at = ?, missed_at = NULL,"
            " told_for = NULL, silent_for = NULL WHERE id = ?",
            [(due, to_microseconds(warned), *each) for each in clocks],
        )
        self._bare.executemany("UPDATE ticket_sla SET late = 0 WHERE ticket_id = ?", tickets)
        self._bare.execute("COMMIT")
        self._now = warned
        self._sweep()
        self._now = self._due_at
        self._overdue(chosen)

    def _overdue(self, chosen: list[tuple[int, int]]) -> None:
        """Let the moment of some clocks have come, whatever rules there are."""
        due = to_microseconds(self._due_at)
        self._bare.execute("BEGIN IMMEDIATE")
        self._bare.executemany(
            "UPDATE sla_clock SET next_step_at = ?, missed_at = NULL WHERE id = ?",
            [(due, clock_id) for clock_id, _ in chosen],
        )
        self._bare.execute("COMMIT")

    def _sweep(self) -> float:
        return milliseconds_of(partial(keep_clocks, self._desk, self._now))

    def _ends(self) -> dict[str, int]:
        """Return the last row of each table that a sweep adds to."""
        return {
            table: one(self._bare, f"SELECT coalesce(max(id), 0) FROM {table}")  # noqa: S608
            for table in _WRITTEN
        }

    def _since(self, ends: dict[str, int]) -> dict[str, Rows]:
        return {
            table: self._bare.execute(
                f"SELECT * FROM {table} WHERE id > ?",  # noqa: S608
                (end,),
            ).fetchall()
            for table, end in ends.items()
        }

    def _undo(self, ends: dict[str, int]) -> None:
        """Remove what was added, so that the same can be done once more."""
        self._bare.execute("BEGIN IMMEDIATE")
        for table, end in ends.items():
            self._bare.execute(f"DELETE FROM {table} WHERE id > ?", (end,))  # noqa: S608
        self._bare.execute("COMMIT")

    def _limit(self, written: dict[str, Rows]) -> None:
        """Read what is due by the index, and write the rows that the program has written."""
        bare, now = self._bare, to_microseconds(self._now)
        bare.execute("BEGIN IMMEDIATE")
        found = bare.execute(
            "SELECT c.*, s.*, t.* FROM sla_clock c JOIN ticket t ON t.id = c.ticket_id"
            " JOIN ticket_sla s ON s.ticket_id = c.ticket_id"
            " WHERE c.next_step_at <= ? ORDER BY c.next_step_at, c.id",
            (now,),
        ).fetchall()
        bare.executemany(
            "UPDATE sla_clock SET missed_at = due_at, next_step_at = ? WHERE id = ?",
            [(_NEVER, row[0]) for row in found],
        )
        bare.executemany(
            "UPDATE ticket_sla SET late = 1 WHERE ticket_id = ?", [(row[1],) for row in found]
        )
        for table, rows in written.items():
            marks = ", ".join("?" * len(rows[0])) if rows else ""
            if rows:
                bare.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
        bare.execute("COMMIT")


@contextmanager
def _transactions() -> Iterator[list[float]]:
    """Yield how many milliseconds each sweeping transaction takes, as the executor tells it."""
    found: list[float] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            name, _, milliseconds = cast("tuple[str, object, float]", record.args)
            if name.endswith("look_at"):
                found.append(milliseconds)

    logger, noting = logging.getLogger("helpdesk.services.executor"), Noting(logging.INFO)
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(noting)
    try:
        yield found
    finally:
        logger.removeHandler(noting)
        logger.setLevel(level)


def _made_at(bare: sqlite3.Connection) -> datetime:
    statement = "SELECT value FROM desk_fact WHERE name = 'made_at'"
    return datetime.fromisoformat(bare.execute(statement).fetchone()[0])
