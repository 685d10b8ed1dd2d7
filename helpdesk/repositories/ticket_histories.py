# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what happened to many tickets at once, in a few statements, to replay it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.sla import PolicySettings
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import folded
from helpdesk.models import Category, Comment, Event, Team, Ticket
from helpdesk.models.event import EventKind

FIELDS = ("status", "priority", "category", "team")
"""The fields whose changes decide how a ticket is measured."""

_ticket = Ticket.__table__.c
_event = Event.__table__.c
_comment = Comment.__table__.c


class Replayable(NamedTuple):
    """A ticket as it stands now."""

    id: int
    subject: str
    created_at: datetime
    status: Status
    priority: Priority
    category_id: int | None
    team_id: int | None
    requester_id: int
    first_responded_at: datetime | None
    resolved_at: datetime | None


class FieldChange(NamedTuple):
    """That a field was changed, in the words of the history."""

    ticket_id: int
    at: datetime
    field: str
    old: str | None
    new: str | None


class Said(NamedTuple):
    """That a person wrote something for the other side to read."""

    ticket_id: int
    at: datetime
    by_staff: bool


class TicketHistories:
    """The newest tickets of some that policies are about, and what happened to them."""

    def __init__(
        self, session: Session, policies: Sequence[PolicySettings], since: datetime, most: int
    ) -> None:
        """Choose by what the tickets are now, among those opened since a moment."""
        self._session = session
        self._chosen = _chosen(policies, since)
        self._most = most

    def count(self) -> int:
        """Return how many tickets match, also beyond the newest."""
        counted = select(func.count()).select_from(Ticket).where(self._chosen)
        return self._session.execute(counted).scalar_one()

    def tickets(self) -> list[Replayable]:
        """Return the tickets as they are now, the newest first."""
        columns = (_ticket[name] for name in Replayable._fields)
        return [Replayable(*row) for row in self._session.execute(self._newest(*columns))]

    def changes(self) -> Iterator[FieldChange]:
        """Yield what was changed of the tickets, of each in its order."""
        newest = self._newest(_ticket.id).subquery()
        wanted = (
            select(_event.ticket_id, _event.at, _event.field, _event.old, _event.new)
            .join(newest, newest.c.id == _event.ticket_id)
            .where(
                _event.kind.in_((EventKind.CHANGED, EventKind.REOPENED)), _event.field.in_(FIELDS)
            )
            .order_by(_event.ticket_id, _event.id)
        )
        for row in self._session.execute(wanted):
            yield FieldChange(*row)

    def said(self) -> Iterator[Said]:
        """Yield who wrote when on the tickets; notes and automatic answers are left out."""
        newest = self._newest(_ticket.id).subquery()
        wanted = (
            select(_comment.ticket_id, _comment.created_at, _comment.by_staff)
            .join(newest, newest.c.id == _comment.ticket_id)
            .where(_comment.internal.is_(False), _comment.automatic.is_(False))
            .order_by(_comment.ticket_id, _comment.id)
        )
        for row in self._session.execute(wanted):
            yield Said(*row)

    def categories(self) -> dict[str, int]:
        """Return the categories by their names, however these are written."""
        named = select(Category.id, Category.name)
        return {folded(name): id_ for id_, name in self._session.execute(named)}

    def teams(self) -> dict[str, int]:
        """Return the teams by their names, also those that were removed."""
        named = select(Team.id, Team.name).order_by(Team.removed.desc())
        return {folded(name): id_ for id_, name in self._session.execute(named)}

    def _newest(self, *columns: Any) -> Select[Any]:
        ordered = select(*columns).where(self._chosen)
        return ordered.order_by(_ticket.created_at.desc(), _ticket.id.desc()).limit(self._most)


def _chosen(policies: Sequence[PolicySettings], since: datetime) -> ColumnElement[bool]:
    """Return whether a ticket is one that a policy is about, by how it stands now."""
    about = or_(false(), *(_is_about(policy) for policy in policies))
    return and_(_ticket.created_at >= since, about)


def _is_about(policy: PolicySettings) -> ColumnElement[bool]:
    asked = [_ticket.priority.in_([target.priority for target in policy.targets])]
    chosen = (
        (_ticket.category_id, policy.category_ids),
        (_ticket.team_id, policy.team_ids),
        (_ticket.requester_id, policy.requester_ids),
    )
    asked += [column.in_(ids) for column, ids in chosen if ids]
    return and_(*asked)
