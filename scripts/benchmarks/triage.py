# SPDX-License-Identifier: GPL-3.0-or-later
"""What suggesting for a ticket costs, beside the one query of the search index that it rests on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from time import process_time

from benchmarks.sized_desk import MANAGER, SizedDesk, sign_in
from benchmarks.timing import Figure, figure_of, in_turns_of, percentile
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import system_clock
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Sort, TicketQuery
from helpdesk.database.likeness import NEWEST
from helpdesk.repositories.triage import TriageRepository
from helpdesk.services.catching_up import fit
from helpdesk.services.learning import Learning
from helpdesk.services.readings import Reading, Subject

NAMES = ("triage",)

_CALLS, _QUICK_CALLS = 100, 5
_TICKETS = 40
_LEARNT, _QUICK_LEARNT = 5_000, 150
_TRIALS = 100
_LIMIT = """
    SELECT rowid, bm25(ticket_search, 1, 1, 0, 0, 0) AS score FROM ticket_search
    WHERE ticket_search MATCH ? AND rowid > ? ORDER BY score LIMIT 30
"""


def measure_triage(desk: SizedDesk, names: set[str], *, quick: bool) -> Iterator[Figure]:
    """Yield the figure of suggesting for open tickets, one after the other."""
    if not names & set(NAMES):
        return
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        _teach(embedded, _QUICK_LEARNT if quick else _LEARNT)
        yield _measured(desk, embedded, bare, _QUICK_CALLS if quick else _CALLS)


def _teach(desk: EmbeddedDesk, count: int) -> None:
    now = system_clock()
    with desk.database.writing() as session:
        Learning(TriageRepository(session), now).learn_newest(count)
    fit(desk.database, now, trials=_TRIALS)


def _measured(
    desk: SizedDesk, embedded: EmbeddedDesk, bare: sqlite3.Connection, calls: int
) -> Figure:
    staff = sign_in(embedded, MANAGER)
    query = TicketQuery(statuses=OPEN_STATUSES, sort=Sort.NEWEST, limit=_TICKETS)
    ids = [row.id for row in staff.tickets.search(query).items]
    ours, theirs = cycle(ids), cycle([_expression(embedded, id_) for id_ in ids])
    floor = bare.execute("SELECT max(id) FROM ticket").fetchone()[0] - NEWEST
    worked: list[float] = []

    def suggest() -> None:
        before = process_time()
        staff.triage.for_ticket(next(ours))
        worked.append((process_time() - before) * 1000)

    def limit() -> None:
        bare.execute(_LIMIT, (next(theirs), floor)).fetchall()

    took, limit_took = in_turns_of(suggest, limit, calls)
    core = percentile(worked[-calls:], 50), percentile(worked[-calls:], 95)
    return figure_of("triage", desk.rows, took, limit_took, core_p50=core[0], core_p95=core[1])


def _expression(embedded: EmbeddedDesk, ticket_id: int) -> str:
    """Return what the index is asked for the words of a ticket."""
    ticket = embedded.as_system().tickets.view(ticket_id)
    subject = Subject(ticket.subject, ticket.description, ticket.created_at)
    with embedded.database.reading() as session:
        words = Reading(TriageRepository(session), subject).asking.weights
    return "{subject description} : (" + " OR ".join(f'"{word}"' for word in words) + ")"
