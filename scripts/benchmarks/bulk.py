# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the same change of many tickets takes, and its undo, until the last of them is done.

It is done as the window does it: the numbers first, then some tickets a call, with what became of
each. The limit writes the very rows that the program has written, by hand-written SQL in as many
transactions. Nothing is extrapolated: all of the tickets are changed and put back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from time import process_time
from typing import Any

from benchmarks.sized_desk import MANAGER, SizedDesk, one, sign_in
from benchmarks.timing import Figure, figure_of, milliseconds_of
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.bulk import BulkChange
from helpdesk.core.schemas.deeds import MOST_AT_ONCE
from helpdesk.core.schemas.tickets import Priority, TicketQuery

NAMES = ("bulk", "bulk_undo")

_TICKETS, _QUICK_TICKETS = 10_000, 400
_ADDED = (
    "event", "rule_run", "notification", "outbox_message", "desk_change", "sla_segment",
    "deed_step",
)  # fmt: skip
"""What gets new rows by such a change, or its undo."""
_CHANGED = {
    "ticket": "id",
    "ticket_sla": "ticket_id",
    "sla_clock": "ticket_id",
    "deed_step": "ticket_id",
}
"""Of what rows are changed, and by which column they are found."""
_LAST = "SELECT coalesce(max(rowid), 0) FROM {}"
_SINCE = "SELECT * FROM {} WHERE rowid > ? ORDER BY rowid"
Rows = list[tuple[Any, ...]]


def measure_bulk(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figures of a change of many tickets, and of its undo."""
    if not names & set(NAMES):
        return
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        yield from bulk_figures(embedded, bare, desk.rows, quick=quick)


def bulk_figures(
    embedded: EmbeddedDesk, bare: sqlite3.Connection | None, rows: int, *, quick: bool
) -> Iterator[Figure]:
    """Yield both figures, without their limit where there is no file."""
    staff = sign_in(embedded, MANAGER)
    ids = _ids(staff, min(rows, _QUICK_TICKETS if quick else _TICKETS))
    deed = staff.bulk.begin("Priority and a tag of many tickets")
    yield _measured("bulk", rows, _changing(staff, deed.id, ids), bare, ids)
    yield _measured("bulk_undo", rows, _undoing(staff, deed.id, len(ids)), bare, ids)


def _ids(staff: HelpDesk, most: int) -> list[int]:
    """Return the newest tickets, of which many are open."""
    found, cursor = list[int](), None
    while len(found) < most:
        page = staff.bulk.ids(TicketQuery(cursor=cursor))
        found += page.ids
        cursor = page.next_cursor
    return found[:most]


def _changing(staff: HelpDesk, deed_id: int, ids: Sequence[int]) -> Iterator[Callable[[], int]]:
    """Yield each step: how many tickets are different by it."""
    for some in _steps(ids):
        change = BulkChange(ticket_ids=some, priority=Priority.HIGH, add_tags=("moved",))
        yield partial(_changed, staff, deed_id, change)


def _changed(staff: HelpDesk, deed_id: int, change: BulkChange) -> int:
    return len(staff.bulk.change(deed_id, change).changed)


def _undoing(staff: HelpDesk, deed_id: int, tickets: int) -> Iterator[Callable[[], int]]:
    for _ in range(0, tickets, MOST_AT_ONCE):
        yield lambda: staff.deeds.undo(deed_id).undone


def _measured(
    name: str,
    rows: int,
    steps: Iterator[Callable[[], int]],
    bare: sqlite3.Connection | None,
    ids: Sequence[int],
) -> Figure:
    before = bare and {table: one(bare, _LAST.format(table)) for table in _ADDED}
    took, done = list[float](), list[int]()
    began = process_time()
    for step in steps:
        took.append(milliseconds_of(partial(_note, done, step)))
    core = process_time() - began
    limits = _limits(bare, before, ids) if bare and before else ()
    limit = [milliseconds_of(each) for each in limits]
    # What is merged into another ticket refuses to be changed.
    more = {"tickets": sum(done), "seconds": sum(took) / 1000, "core_seconds": core}
    more |= {"limit_seconds": sum(limit) / 1000, "longest_ms": max(took)}
    return figure_of(name, rows, took, limit, **more)


def _note(done: list[int], step: Callable[[], int]) -> None:
    done.append(step())


def _limits(
    bare: sqlite3.Connection, before: dict[str, int], ids: Sequence[int]
) -> Iterator[Callable[[], None]]:
    """Yield what writes the rows of each step once more, each in a transaction."""
    added: dict[str, Rows] = {}
    for table, end in before.items():
        added[table] = bare.execute(_SINCE.format(table), (end,)).fetchall()
        bare.execute(f"DELETE FROM {table} WHERE rowid > ?", (end,))  # noqa: S608
    steps = -(-len(ids) // MOST_AT_ONCE)
    for step, some in enumerate(_steps(ids)):
        slices = {
            table: rows[len(rows) * step // steps : len(rows) * (step + 1) // steps]
            for table, rows in added.items()
        }
        yield partial(_write, bare, slices, some)


def _write(bare: sqlite3.Connection, added: dict[str, Rows], ids: Sequence[int]) -> None:
    bare.execute("BEGIN IMMEDIATE")
    for table, key in _CHANGED.items():
        marks = ", ".join("?" * len(ids))
        cursor = bare.execute(
            f"SELECT *, rowid FROM {table} WHERE {key} IN ({marks})",  # noqa: S608
            ids,
        )
        names = [f'"{each[0]}" = ?' for each in cursor.description[:-1]]
        statement = f"UPDATE {table} SET {', '.join(names)} WHERE rowid = ?"  # noqa: S608
        bare.executemany(statement, cursor.fetchall())
    for table, rows in added.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            bare.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
    bare.execute("COMMIT")


def _steps(ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(ids), MOST_AT_ONCE):
        yield tuple(ids[start : start + MOST_AT_ONCE])
