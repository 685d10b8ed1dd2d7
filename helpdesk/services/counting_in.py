# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts tickets that are not counted yet, and all of them anew in another zone, step by step.

For desks that are older than their figures, and for what an import or a demo has written: what
people do while the program runs is counted in their own transaction.
"""

from __future__ import annotations

from math import inf

from helpdesk.core.clock import monotonic
from helpdesk.database.db_manager import DbManager
from helpdesk.database.figure_rows import ALL, COUNTED, RECOUNTED, ZONE
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.ticket_figures import TicketFigureRepository

FEW, SOME, MANY = 500, 2_000, 10_000
"""So many tickets are counted in one transaction: beside people's work, while somebody waits for
it, and while nobody else is there."""


def is_waiting(database: DbManager) -> bool:
    """Tell whether tickets are to be counted, or to be counted in another zone."""
    with database.reading() as session:
        facts = FactRepository(session).some(COUNTED, RECOUNTED, ZONE)
        if facts.get(COUNTED) != ALL or facts.get(RECOUNTED, ALL) != ALL:
            return True
        return ZONE in facts and facts[ZONE] != TicketFigureRepository(session).calendar_zone()


def count_waiting(database: DbManager, *, at_once: int = FEW, ends_at: float = inf) -> int:
    """Count every ticket that is not counted yet and return how many they were.

    Nothing more is begun after ``ends_at``, by the clock that only goes forward.
    """
    with database.reading() as session:
        state = FactRepository(session).get(COUNTED)
    if state == ALL:
        return 0
    with database.writing() as session:
        TicketFigureRepository(session).take_over_avoided()
    done, after = 0, 0
    while monotonic() < ends_at:
        with database.reading() as session:
            first = TicketFigureRepository(session).first_uncounted(after)
        if first is None:
            _note_all_counted(database, state)
            break
        after = first + at_once - 1
        with database.writing() as session:
            done += TicketFigureRepository(session).count_in(first, after)
    return done


def follow_zone(database: DbManager, *, at_once: int = FEW, ends_at: float = inf) -> int:
    """Count every ticket anew where the default calendar has got another zone.

    Returns how many counted otherwise. What is left at ``ends_at`` waits for the next call.
    """
    changed, upto = 0, _begun_recount(database)
    while upto is not None and monotonic() < ends_at:
        with database.writing() as session:
            figures, facts = TicketFigureRepository(session), FactRepository(session)
            last = figures.last_ticket()
            changed += figures.recount(upto + 1, upto + at_once)
            upto = upto + at_once if upto + at_once < last else None
            facts.set(RECOUNTED, ALL if upto is None else str(upto))
    return changed


def _begun_recount(database: DbManager) -> int | None:
    """Return up to which ticket all are counted in the present zone, ``None`` where all are."""
    with database.writing() as session:
        figures, facts = TicketFigureRepository(session), FactRepository(session)
        zone, wanted = facts.get(ZONE), figures.calendar_zone()
        if zone is not None and zone != wanted:
            facts.set(ZONE, wanted)
            facts.set(RECOUNTED, "0")
            return 0
        upto = facts.get(RECOUNTED) or ALL
    return None if upto == ALL else int(upto)


def _note_all_counted(database: DbManager, state: str | None) -> None:
    with database.writing() as session:
        facts = FactRepository(session)
        # Whatever has come in the meantime says so.
        if facts.get(COUNTED) == state:
            facts.set(COUNTED, ALL)
