# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the service level policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.sla import PolicySettings
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority
from helpdesk.core.schemas.users import PersonRef
from helpdesk.database.types import is_id
from helpdesk.models import (
    BusinessCalendar,
    CalendarRevision,
    Category,
    SlaPolicy,
    Team,
    Ticket,
    TicketSla,
    User,
)

SLA_CHANGED = "sla_changed"
"""The fact that differs after each change by which open tickets may be measured otherwise."""

NO_POLICY = "That policy does not exist any more."

_policy = SlaPolicy.__table__.c
_calendar = BusinessCalendar.__table__.c
_revision = CalendarRevision.__table__.c
_category = Category.__table__.c
_team = Team.__table__.c
_user = User.__table__.c


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with the calendar that it counts by, as that is in force."""

    id: int
    version: int
    settings: PolicySettings
    calendar: str
    revision_id: int
    calendar_settings: str
    """What ``helpdesk.sla.calendar.working_calendar`` takes, with ``feed_days``."""
    feed_days: str

    @property
    def name(self) -> str:
        """The name, as people know it."""
        return self.settings.name


def _in_order() -> Select[Any]:
    any_ = CalendarRevision.__table__.alias()
    newest = select(func.max(any_.c.id)).where(any_.c.calendar_id == _policy.calendar_id)
    return (
        select(
            _policy.id,
            _policy.version,
            _policy.settings,
            _calendar.name,
            _revision.id,
            _revision.settings,
            _revision.feed_days,
        )
        .select_from(SlaPolicy)
        .join(BusinessCalendar, _calendar.id == _policy.calendar_id)
        .join(CalendarRevision, _revision.id == newest.scalar_subquery())
        .where(_policy.removed.is_(False))
        .order_by(_policy.position, _policy.id)
    )


_ALL = _in_order()
_IN_FORCE = _in_order().where(_policy.active.is_(True))


class PolicyRepository:
    """The policies of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._known: tuple[Policy, ...] | None = None

    def known_in_force(self) -> tuple[Policy, ...]:
        """Return the same as ``in_force``, read once in a transaction that changes none of them.

        One that is added meanwhile, since the desk had none, is known.
        """
        if self._known is None:
            self._known = self.in_force()
        return self._known

    def in_force(self) -> tuple[Policy, ...]:
        """Return the active policies in the order in which they are asked, in one statement."""
        return self._read(_IN_FORCE)

    def all(self) -> tuple[Policy, ...]:
        """Return all policies that were not removed, in their order."""
        return self._read(_ALL)

    def get(self, policy_id: int) -> SlaPolicy:
        """Return a policy to change. Raises ``NotFound``."""
        found = self._session.get(SlaPolicy, policy_id) if is_id(policy_id) else None
        if found is None or found.removed:
            raise NotFound(NO_POLICY)
        return found

    def add(self, new: PolicySettings, at: datetime, author_id: int | None) -> SlaPolicy:
        """Add a policy in front of all others."""
        first = self._session.execute(select(func.min(_policy.position))).scalar_one()
        policy = SlaPolicy(
            name=new.name,
            position=0 if first is None else first - 1,
            active=new.active,
            removed=False,
            calendar_id=new.calendar_id,
            settings=new.model_dump_json(),
            version=1,
            changed_at=at,
            changed_by=author_id,
        )
        self._session.add(policy)
        self._session.flush()
        self._known = None
        return policy

    def change(
        self, policy: SlaPolicy, new: PolicySettings, at: datetime, author_id: int | None
    ) -> None:
        """Let a policy say something else."""
        policy.name, policy.active, policy.calendar_id = new.name, new.active, new.calendar_id
        policy.settings = new.model_dump_json()
        policy.version += 1
        policy.changed_at, policy.changed_by = at, author_id

    def arrange(self, policy_ids: Sequence[int]) -> None:
        """Let the policies be asked in this order."""
        rows = [{"id": id_, "position": at} for at, id_ in enumerate(policy_ids)]
        self._session.execute(update(SlaPolicy), rows)

    def open_tickets(self) -> dict[int, int]:
        """Return how many open tickets each policy measures at present."""
        counted = (
            select(TicketSla.policy_id, func.count())
            .join(Ticket, Ticket.id == TicketSla.ticket_id)
            # With all priorities named, the index of urgency leads to the few that are open.
            .where(Ticket.priority.in_(Priority), Ticket.status.in_(OPEN_STATUSES))
            .group_by(TicketSla.policy_id)
        )
        return {id_: count for id_, count in self._session.execute(counted) if id_ is not None}

    def people(self, user_ids: Iterable[int]) -> dict[int, PersonRef]:
        """Return the names of people by their ids."""
        wanted = sorted(set(user_ids))
        if not wanted:
            return {}
        named = select(_user.id, _user.full_name).where(_user.id.in_(wanted))
        return {
            id_: PersonRef(id=id_, full_name=name) for id_, name in self._session.execute(named)
        }

    def categories(self, category_ids: Iterable[int]) -> dict[int, bool]:
        """Return which of some categories there are, and whether each can be chosen."""
        wanted = sorted(set(category_ids))
        if not wanted:
            return {}
        found = select(_category.id, _category.active).where(_category.id.in_(wanted))
        return {row.id: row.active for row in self._session.execute(found)}

    def teams(self, team_ids: Iterable[int]) -> dict[int, bool]:
        """Return which of some teams there are, and whether each can be chosen."""
        wanted = sorted(set(team_ids))
        if not wanted:
            return {}
        found = select(_team.id, _team.removed).where(_team.id.in_(wanted))
        return {id_: not removed for id_, removed in self._session.execute(found)}

    def _read(self, statement: Select[Any]) -> tuple[Policy, ...]:
        return tuple(
            Policy(id_, version, _settings(settings), *calendar)
            for id_, version, settings, *calendar in self._session.execute(statement)
        )


@lru_cache(maxsize=256)
def _settings(text: str) -> PolicySettings:
    return PolicySettings.model_validate_json(text)
