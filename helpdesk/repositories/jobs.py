# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of recurring jobs, and who may run which until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.models.job import Job

LONGEST_ERROR = 500


class JobState(NamedTuple):
    """A job as it is planned."""

    name: str
    next_at: datetime
    leased_until: datetime | None
    attempts: int
    """How often it was begun since it last ended well."""
    last_error: str | None
    last_ran_at: datetime | None


_COLUMNS = tuple(getattr(Job, name) for name in JobState._fields)


class JobRepository:
    """The rows of ``job``; what is claimed here is safe from others once it is committed."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def states(self) -> dict[str, JobState]:
        """Return every planned job by its name."""
        rows = self._session.execute(select(*_COLUMNS))
        return {row.name: JobState._make(row) for row in rows}

    def plan(self, name: str, at: datetime) -> None:
        """Plan a job that was never planned."""
        self._session.add(Job(name=name, next_at=at, attempts=0))
        self._session.flush()

    def plan_anew(self, name: str, at: datetime) -> None:
        """Change when a job is due."""
        self._session.execute(update(Job).where(Job.name == name).values(next_at=at))

    def shorten_lease(self, name: str, until: datetime) -> None:
        """Let a lease end earlier."""
        self._session.execute(update(Job).where(Job.name == name).values(leased_until=until))

    def claim(self, leases: Mapping[str, datetime], now: datetime) -> JobState | None:
        """Take the job of ``leases`` that waits longest until its time there, or ``None``.

        Rows that somebody else is claiming at this moment are passed over.
        """
        free = or_(Job.leased_until.is_(None), Job.leased_until <= now)
        due = (
            select(*_COLUMNS)
            .where(Job.name.in_(leases), Job.next_at <= now, free)
            .order_by(Job.next_at, Job.name)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = self._session.execute(due).first()
        if row is None:
            return None
        found = JobState._make(row)
        claimed = found._replace(leased_until=leases[found.name], attempts=found.attempts + 1)
        self._session.execute(
            update(Job)
            .where(Job.name == found.name)
            .values(leased_until=claimed.leased_until, attempts=claimed.attempts)
        )
        return claimed

    def succeed(self, claimed: JobState, ran_at: datetime, next_at: datetime) -> bool:
        """Note that a claimed job has ended well; ``False`` when it was taken over meanwhile."""
        return self._end(claimed, next_at, attempts=0, last_error=None, last_ran_at=ran_at)

    def fail(self, claimed: JobState, sentence: str, next_at: datetime) -> bool:
        """Note why a claimed job has failed; ``False`` when it was taken over meanwhile."""
        return self._end(claimed, next_at, last_error=sentence[:LONGEST_ERROR])

    def _end(self, claimed: JobState, next_at: datetime, **values: object) -> bool:
        # Each claim counts an attempt, and each good end changes the time of the last run.
        ours = (
            Job.name == claimed.name,
            Job.attempts == claimed.attempts,
            Job.last_ran_at.is_not_distinct_from(claimed.last_ran_at),
        )
        ended = self._session.execute(
            update(Job).where(*ours).values(next_at=next_at, leased_until=None, **values)
        )
        return cast(CursorResult[object], ended).rowcount == 1
