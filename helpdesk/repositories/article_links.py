# SPDX-License-Identifier: GPL-3.0-or-later
"""Which articles stand on which tickets, and solved tickets that no article stands on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.articles import LinkedTicket
from helpdesk.core.schemas.tickets import Status
from helpdesk.models import Comment, Ticket, TicketArticle, Watcher
from helpdesk.models.ticket import number_of

TICKETS_SHOWN = 50
_DONE = (Status.RESOLVED, Status.CLOSED)

_ticket = Ticket.__table__.c
_LINKED = (_ticket.id, _ticket.subject, _ticket.status, _ticket.updated_at)


class SolvedTicket(NamedTuple):
    """A solved ticket, by what tells whether it is like another."""

    id: int
    subject: str
    requester_id: int


class ArticleLinkRepository:
    """The links between articles and tickets; tickets are scoped to what the actor may see."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor
        self._sees_all = actor.may(Permission.SEE_ALL_TICKETS)

    def article_ids(self, ticket_id: int) -> list[int]:
        """Return the articles on a ticket, the first one first."""
        statement = (
            select(TicketArticle.article_id)
            .where(TicketArticle.ticket_id == ticket_id)
            .order_by(TicketArticle.at, TicketArticle.article_id)
        )
        return list(self._session.execute(statement).scalars())

    def add(self, ticket_id: int, article_id: int, at: datetime) -> bool:
        """Put an article on a ticket; ``False`` when it stands there already."""
        if self._session.get(TicketArticle, (ticket_id, article_id)) is not None:
            return False
        link = TicketArticle(
            ticket_id=ticket_id, article_id=article_id, linker_id=self._actor.id, at=at
        )
        self._session.add(link)
        return True

    def remove(self, ticket_id: int, article_id: int) -> bool:
        """Take an article off a ticket; ``False`` when it does not stand there."""
        found = delete(TicketArticle).where(
            TicketArticle.ticket_id == ticket_id, TicketArticle.article_id == article_id
        )
        return bool(self._session.execute(found).rowcount)  # type: ignore[attr-defined]

    def tickets_of(self, article_id: int) -> tuple[LinkedTicket, ...]:
        """Return the newest tickets with an article that the actor may see."""
        statement = (
            select(*_LINKED)
            .join(TicketArticle, TicketArticle.ticket_id == _ticket.id)
            .where(TicketArticle.article_id == article_id)
            .order_by(_ticket.id.desc())
            .limit(TICKETS_SHOWN)
        )
        if not self._sees_all:
            follows = select(Watcher.ticket_id).where(Watcher.person_id == self._actor.id)
            statement = statement.where(
                or_(_ticket.requester_id == self._actor.id, _ticket.id.in_(follows))
            )
        return tuple(_linked(*row) for row in self._session.execute(statement))

    def tickets(self, ids: list[int]) -> tuple[LinkedTicket, ...]:
        """Return tickets by their ids, the newest first."""
        statement = select(*_LINKED).where(_ticket.id.in_(ids)).order_by(_ticket.id.desc())
        return tuple(_linked(*row) for row in self._session.execute(statement))

    def solved_without(self, limit: int, since: datetime) -> list[SolvedTicket]:
        """Return the newest solved tickets, changed since a moment, that no article stands on."""
        statement = (
            select(_ticket.id, _ticket.subject, _ticket.requester_id)
            .join(TicketArticle, TicketArticle.ticket_id == _ticket.id, isouter=True)
            .where(
                _ticket.status.in_(_DONE),
                _ticket.updated_at >= since,
                TicketArticle.article_id.is_(None),
            )
            .order_by(_ticket.updated_at.desc(), _ticket.id.desc())
            .limit(limit)
        )
        if not self._sees_all:
            statement = statement.where(_ticket.requester_id == self._actor.id)
        return [SolvedTicket(*row) for row in self._session.execute(statement)]

    def answers(self, ticket_id: int, limit: int) -> list[str]:
        """Return the last public replies by staff to a ticket, oldest first."""
        statement = (
            select(Comment.body)
            .where(
                Comment.ticket_id == ticket_id,
                Comment.by_staff.is_(True),
                Comment.internal.is_(False),
            )
            .order_by(Comment.id.desc())
            .limit(limit)
        )
        return list(reversed(self._session.execute(statement).scalars().all()))


def _linked(id_: int, subject: str, status: Status, updated_at: datetime) -> LinkedTicket:
    return LinkedTicket(
        id=id_, number=number_of(id_), subject=subject, status=status, updated_at=updated_at
    )
