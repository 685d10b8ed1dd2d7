# SPDX-License-Identifier: GPL-3.0-or-later
"""The recurring jobs as data: what they are called, how often they run, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.jobs import (
    figures,
    housekeeping,
    learning,
    outbox,
    recurrences,
    reports,
    resets,
    snoozes,
)
from helpdesk.jobs.audit_heads import note_head
from helpdesk.jobs.digests import make_digests
from helpdesk.jobs.directory import DIRECTORY, DIRECTORY_LEASE, EVERY, is_on, keep_directory
from helpdesk.jobs.first_responses import FIRST_RESPONSES, send_first_responses
from helpdesk.jobs.holiday_feeds import HOLIDAYS, read_holidays
from helpdesk.jobs.rules import forget_runs, run_timed_rules
from helpdesk.jobs.sla import keep_clocks

Task = Callable[[EmbeddedDesk, datetime], int]
"""Does a job on a desk at a moment, and returns how many things it has dealt with."""

LEASE = timedelta(minutes=10)
"""So long a job is left to who has begun it; it is taken over when nobody has ended it by then."""

_HALF = 0.5
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NIGHT, _MORNING = time(2, 17), time(5)


@dataclass(frozen=True)
class RecurringJob:
    """One job; ``did`` tells its outcome, with the count in it."""

    name: str
    every: timedelta
    task: Task
    did: str
    at: time | None = None
    """The time of day in UTC, where that matters."""
    lease: timedelta = LEASE
    has_work: Callable[[EmbeddedDesk, datetime], bool] | None = None
    """Looks whether a run would find anything, for jobs that look often: who only looks writes
    nothing."""

    @property
    def longest_wait(self) -> timedelta:
        """No run is planned further ahead than this: what is was planned by another clock."""
        return self.every * 2

    def next_after(self, now: datetime) -> datetime:
        """Return when to run again after a run at ``now``."""
        if self.at is None:
            return now + self.every
        earliest = now + self.every * _HALF
        planned = datetime.combine(earliest.date(), self.at, earliest.tzinfo)
        return planned if planned > earliest else planned + _DAY


_FORGOTTEN = "{count:,} forgotten"
_EVERYWHERE = (
    RecurringJob("sessions", _HOUR, housekeeping.forget_sessions, _FORGOTTEN),
    RecurringJob("sign-in steps", _HOUR, housekeeping.forget_sign_in_steps, _FORGOTTEN),
    RecurringJob("idempotency", 6 * _HOUR, housekeeping.forget_answers, _FORGOTTEN),
    RecurringJob("attachments", _HOUR, housekeeping.forget_attachments, _FORGOTTEN),
    RecurringJob("trash", _DAY, housekeeping.empty_trash, "{count:,} deleted for good"),
    RecurringJob("changes", _DAY, housekeeping.forget_changes, _FORGOTTEN),
    RecurringJob("sign-ins", _DAY, housekeeping.forget_sign_in_failures, _FORGOTTEN),
    RecurringJob("searches", _DAY, housekeeping.forget_misses, _FORGOTTEN),
    RecurringJob("assistant", _DAY, housekeeping.forget_assistant, _FORGOTTEN),
    RecurringJob("notifications", _DAY, housekeeping.forget_notifications, _FORGOTTEN),
    RecurringJob("digests", _MINUTE, make_digests, "{count:,} written"),
    RecurringJob(
        outbox.OUTBOX,
        outbox.EVERY,
        outbox.send_waiting,
        "{count:,} sent",
        lease=outbox.LEASE,
        has_work=outbox.is_waiting,
    ),
    RecurringJob(
        resets.RESETS,
        resets.EVERY,
        resets.write_mails,
        "{count:,} written",
        has_work=resets.is_waiting,
    ),
    RecurringJob(FIRST_RESPONSES, _MINUTE, send_first_responses, "{count:,} answered"),
    RecurringJob(
        housekeeping.REVIEWS,
        _DAY,
        housekeeping.remind_of_reviews,
        "{count:,} became due",
        at=_MORNING,
    ),
    RecurringJob("sla", _MINUTE, keep_clocks, "{count:,} seen to"),
    RecurringJob(
        "reports", _MINUTE, reports.send_reports, "{count:,} written", has_work=reports.is_due
    ),
    RecurringJob(
        "recurring tickets",
        _MINUTE,
        recurrences.open_due,
        "{count:,} opened",
        has_work=recurrences.is_due,
    ),
    RecurringJob("snoozes", _MINUTE, snoozes.wake_due, "{count:,} woken", has_work=snoozes.is_due),
    RecurringJob("rules", 5 * _MINUTE, run_timed_rules, "{count:,} fired"),
    RecurringJob("rule log", _DAY, forget_runs, _FORGOTTEN),
    RecurringJob(HOLIDAYS, _HOUR, read_holidays, "{count:,} calendars read"),
    RecurringJob(
        "figures",
        _MINUTE,
        figures.count_tickets,
        "{count:,} counted",
        has_work=figures.is_waiting,
    ),
    RecurringJob("audit log", _DAY, note_head, "{count:,} entries"),
    RecurringJob(
        DIRECTORY,
        EVERY,
        keep_directory,
        "{count:,} people changed",
        lease=DIRECTORY_LEASE,
        has_work=is_on,
    ),
    RecurringJob("triage", 5 * _MINUTE, learning.catch_up, "{count:,} learnt"),
)
_ON_SQLITE = (
    RecurringJob(
        "sqlite", _DAY, housekeeping.tidy_sqlite, "tidied, {count:,} KB of log", at=_NIGHT
    ),
)


def jobs_of(desk: EmbeddedDesk) -> tuple[RecurringJob, ...]:
    """Return the jobs of a desk: PostgreSQL keeps itself tidy, and a desk for reading has none."""
    if desk.database.read_only:
        return ()
    return _EVERYWHERE + (_ON_SQLITE if desk.database.dialect == "sqlite" else ())
