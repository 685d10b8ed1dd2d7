# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes which tickets have to do with which others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.links import LinkedTicketView, Relation, relation_of
from helpdesk.core.schemas.ticket_work import LinkKind, TicketRef
from helpdesk.core.schemas.tickets import OPEN_STATUSES
from helpdesk.models import Ticket, TicketLink
from helpdesk.models.ticket import number_of
from helpdesk.repositories.readable import readable

MOST_LINKS = 200
_link, _ticket = TicketLink.__table__.c, Ticket.__table__.c


class TicketLinkRepository:
    """The links between tickets; of the other ends those that the actor may read."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor

    def of_ticket(self, ticket_id: int) -> tuple[LinkedTicketView, ...]:
        """Return the tickets that a ticket is linked with, children and parents first."""
        other = case((_link.from_id == ticket_id, _link.to_id), else_=_link.from_id)
        statement = (
            select(_link.id, _link.kind, _link.from_id, _ticket.id, _ticket.subject, _ticket.status)
            .join(Ticket.__table__, _ticket.id == other)
            .where(or_(_link.from_id == ticket_id, _link.to_id == ticket_id), readable(self._actor))
            .order_by(_link.id)
        )
        order = list(reversed(Relation))
        found = [
            LinkedTicketView(
                id=id_,
                relation=relation_of(kind, begins_here=from_id == ticket_id),
                ticket=TicketRef(id=other_id, number=number_of(other_id), subject=subject),
                status=status,
            )
            for id_, kind, from_id, other_id, subject, status in self._session.execute(statement)
        ]
        return tuple(sorted(found, key=lambda each: (order.index(each.relation), each.id)))

    def open_children(self, ticket_id: int) -> list[int]:
        """Return the children of a ticket that are open still."""
        statement = (
            select(_ticket.id)
            .join(TicketLink.__table__, _link.to_id == _ticket.id)
            .where(
                _link.from_id == ticket_id,
                _link.kind == LinkKind.PARENT,
                _ticket.status.in_(OPEN_STATUSES),
                readable(self._actor),
            )
            .order_by(_ticket.id)
        )
        return list(self._session.execute(statement).scalars())

    def open_below(self, ticket_ids: Collection[int]) -> tuple[TicketRef, ...]:
        """Return what is open below those of some tickets that are open themselves."""
        parent = Ticket.__table__.alias("parent").c
        statement = (
            select(_ticket.id, _ticket.subject)
            .distinct()
            .join(TicketLink.__table__, _link.to_id == _ticket.id)
            .join(parent.id.table, parent.id == _link.from_id)
            .where(
                _link.from_id.in_(ticket_ids),
                _link.kind == LinkKind.PARENT,
                _ticket.status.in_(OPEN_STATUSES),
                parent.status.in_(OPEN_STATUSES),
                readable(self._actor),
            )
            .order_by(_ticket.id)
        )
        return tuple(
            TicketRef(id=id_, number=number_of(id_), subject=subject)
            for id_, subject in self._session.execute(statement)
        )

    def get(self, link_id: int) -> TicketLink | None:
        """Return a link."""
        return self._session.get(TicketLink, link_id)

    def find(self, from_id: int, to_id: int, kind: LinkKind) -> TicketLink | None:
        """Return the link that says this of two tickets."""
        statement = select(TicketLink).where(
            _link.from_id == from_id, _link.to_id == to_id, _link.kind == kind
        )
        return self._session.execute(statement).scalar_one_or_none()

    def parent_of(self, ticket_id: int) -> int | None:
        """Return the parent of a ticket."""
        statement = select(_link.from_id).where(
            _link.to_id == ticket_id, _link.kind == LinkKind.PARENT
        )
        return self._session.execute(statement).scalars().first()

    def is_above(self, ticket_id: int, other_id: int) -> bool:
        """Return whether a ticket is another one, or stands above it."""
        line = select(_link.from_id.label("id")).where(
            _link.to_id == other_id, _link.kind == LinkKind.PARENT
        )
        above = line.cte("above", recursive=True)
        above = above.union(
            select(_link.from_id).where(
                and_(_link.to_id == above.c.id, _link.kind == LinkKind.PARENT)
            )
        )
        found = select(above.c.id).where(above.c.id == ticket_id)
        return ticket_id == other_id or self._session.execute(found).first() is not None

    def add(
        self, from_id: int, to_id: int, kind: LinkKind, by_id: int | None, at: datetime
    ) -> TicketLink:
        """Store a link."""
        link = TicketLink(from_id=from_id, to_id=to_id, kind=kind, by_id=by_id, at=at)
        self._session.add(link)
        self._session.flush()
        return link

    def remove(self, link: TicketLink) -> None:
        """Take a link away."""
        self._session.delete(link)
        self._session.flush()

    def count(self, ticket_id: int) -> int:
        """Return how many links a ticket has, up to as many as it may have."""
        ids = select(_link.id).where(or_(_link.from_id == ticket_id, _link.to_id == ticket_id))
        return len(self._session.execute(ids.limit(MOST_LINKS)).all())


def ends_of(ticket_id: int, other_id: int, relation: Relation) -> tuple[int, int]:
    """Return where a link begins and ends; what is the same either way begins at the older one."""
    if relation is Relation.RELATES:
        return cast("tuple[int, int]", tuple(sorted((ticket_id, other_id))))
    return (other_id, ticket_id) if relation.is_reversed else (ticket_id, other_id)
