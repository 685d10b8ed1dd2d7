# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns what waits to be learnt, and measures suggestions, each in short transactions.

For tickets that were solved before the desk could learn, or came by an import: what people settle
while the program runs is learnt in their own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from helpdesk.database.db_manager import DbManager
from helpdesk.models import Ticket
from helpdesk.repositories.triage import Attempt, TriageRepository
from helpdesk.services.learning import FIELDS, LEAST_LEARNT, TRIALS_KEPT, Fitting, Learning

FITTED_EVERY = timedelta(days=1)

_LESSONS_AT_ONCE = 500
_LESSONS_TO_BEGIN, _TRIALS_TO_BEGIN = 300, 60
_ANSWERED_AT_ONCE = 25

Progress = Callable[[int, int], None]
"""Called with the tickets learnt and all that waited."""


def learn_waiting(
    database: DbManager,
    now: datetime,
    *,
    trials: int = TRIALS_KEPT,
    progress: Progress | None = None,
) -> int:
    """Learn every ticket that waits and return how many they were.

    The last ``trials`` of them are tried before they are learnt, to measure suggestions by.
    """
    with database.reading() as session:
        waiting = TriageRepository(session).count_waiting()
    done = 0
    while done < waiting:
        at_once = _LESSONS_AT_ONCE
        is_tried = waiting - done <= trials
        if not is_tried:
            at_once = min(at_once, waiting - done - trials)
        with database.writing() as session:
            learning = Learning(TriageRepository(session), now)
            learnt = learning.learn_waiting(at_once, with_trials=is_tried)
        if not learnt:
            break
        done += learnt
        if progress:
            progress(done, waiting)
    return done


def begin(database: DbManager, now: datetime) -> None:
    """Learn and measure just enough for first suggestions, within a second; the rest waits."""
    with database.writing() as session:
        Learning(TriageRepository(session), now).learn_newest(_LESSONS_TO_BEGIN)
    fit(database, now, trials=_TRIALS_TO_BEGIN)


def needs_fit(database: DbManager, now: datetime) -> bool:
    """Tell whether suggestions were not measured for a day, or by half of what could be."""
    with database.reading() as session:
        triage = TriageRepository(session)
        if triage.count_learnt() < LEAST_LEARNT:
            return False
        fits = triage.fits()
        return any(
            field not in fits
            or fits[field].fitted_at <= now - FITTED_EVERY
            or 2 * fits[field].trials < triage.count_trials(field, TRIALS_KEPT)
            for field in FIELDS
        )


def fit(database: DbManager, now: datetime, *, trials: int = TRIALS_KEPT) -> int:
    """Find out what the last trials come to, set the thresholds and return how many were new."""
    with database.reading() as session:
        waiting = Fitting(TriageRepository(session)).unanswered(trials)
    by_ticket: dict[int, list[Attempt]] = {}
    for trial in waiting:
        by_ticket.setdefault(trial.ticket_id, []).append(trial)
    for part in _parts(sorted(by_ticket), _ANSWERED_AT_ONCE):
        with database.reading() as session:
            fitting = Fitting(TriageRepository(session))
            tickets = session.execute(select(Ticket).where(Ticket.id.in_(part))).scalars()
            answers = [
                answer for each in tickets for answer in fitting.answer(each, by_ticket[each.id])
            ]
        with database.writing() as session:
            TriageRepository(session).store_answers(answers)
    with database.writing() as session:
        Fitting(TriageRepository(session)).fit(now)
    return len(by_ticket)


def _parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
