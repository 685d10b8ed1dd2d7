# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the reports that are sent by schedule, and finds who gets them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import PERMISSIONS, Permission
from helpdesk.core.schemas.users import Role
from helpdesk.database.types import is_id
from helpdesk.models import ReportSchedule, User

_NONE = "There is no such report by schedule; load the list again."
_user = User.__table__.c


def sees_figures(role: Role, *, active: bool) -> bool:
    """Return whether an account may own or get reports of all figures."""
    return active and Permission.SEE_FIGURES in PERMISSIONS[role]


class Due(NamedTuple):
    """A report whose time has come, as it was then."""

    schedule_id: int
    version: int
    due_at: datetime


class Recipient(NamedTuple):
    """Somebody who gets a report, or is to."""

    id: int
    full_name: str
    email: str | None
    role: Role
    active: bool

    @property
    def may_get_it(self) -> bool:
        """Whether they may see the figures, and have an address to send them to."""
        return bool(self.email) and sees_figures(self.role, active=self.active)


class ReportScheduleRepository:
    """The reports by schedule."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def all(self) -> Sequence[tuple[ReportSchedule, str]]:
        """Return them with the names of their owners, the oldest first."""
        statement = (
            select(ReportSchedule, User.full_name)
            .join(User, User.id == ReportSchedule.owner_id)
            .order_by(ReportSchedule.id)
        )
        return [(schedule, owner) for schedule, owner in self._session.execute(statement)]

    def count(self) -> int:
        """Return how many there are."""
        return self._session.execute(select(func.count(ReportSchedule.id))).scalar_one()

    def get(self, schedule_id: int) -> ReportSchedule:
        """Return one to change or send. Raises ``NotFound``."""
        known = is_id(schedule_id)
        found = self._session.get(ReportSchedule, schedule_id) if known else None
        if found is None:
            raise NotFound(_NONE)
        return found

    def add(self, schedule: ReportSchedule) -> ReportSchedule:
        """Store a new one."""
        self._session.add(schedule)
        self._session.flush()
        return schedule

    def remove(self, schedule: ReportSchedule) -> None:
        """Forget one."""
        self._session.delete(schedule)

    def due(self, now: datetime, limit: int) -> list[Due]:
        """Return which are due, the longest first."""
        statement = (
            select(ReportSchedule.id, ReportSchedule.version, ReportSchedule.next_at)
            .where(ReportSchedule.next_at <= now)
            .order_by(ReportSchedule.next_at, ReportSchedule.id)
            .limit(limit)
        )
        return [Due(*row) for row in self._session.execute(statement)]

    def people(self, ids: Collection[int]) -> list[Recipient]:
        """Return accounts as those who get reports, by id."""
        columns = (_user.id, _user.full_name, _user.email, _user.role, _user.active)
        statement = select(*columns).where(_user.id.in_(ids)).order_by(_user.id)
        return [Recipient(*row) for row in self._session.execute(statement)]
