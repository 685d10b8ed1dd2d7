# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes how requesters found the solutions of their tickets."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.notifications import Happening
from helpdesk.core.schemas.ratings import NewTicketRating, TicketRating
from helpdesk.database.types import is_id
from helpdesk.models import Event, Notification, Rating, Ticket, User
from helpdesk.models.event import EventKind

_notification = Notification.__table__.c


class Rateable(NamedTuple):
    """A ticket, whether who asked may still be heard, and what they said of its solution."""

    ticket: Ticket
    requester_active: bool
    rating: Rating | None


class RatingRepository:
    """The ratings, whoever the actor is: a link proves itself."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def rateable(self, ticket_id: int) -> Rateable | None:
        """Return a ticket with the rating of its present solution, in one statement."""
        of_now = and_(Rating.ticket_id == Ticket.id, Rating.round == Ticket.reopens)
        statement = (
            select(Ticket, User.active, Rating)
            .join(User, User.id == Ticket.requester_id)
            .join(Rating, of_now, isouter=True)
            .where(Ticket.id == (ticket_id if is_id(ticket_id) else 0))
        )
        row = self._session.execute(statement).one_or_none()
        return None if row is None else Rateable(*row)

    def add(self, rating: Rating) -> None:
        """Keep a new rating."""
        self._session.add(rating)

    def record(self, rating: Rating, actor_id: int, old: str | None, new: str) -> None:
        """Add to the history of the ticket that it was rated, and as what before."""
        entry = Event(
            ticket_id=rating.ticket_id, actor_id=actor_id, at=rating.at,
            kind=EventKind.RATED, field="rating", old=old, new=new,
        )  # fmt: skip
        self._session.add(entry)

    def forget_told(self, ticket_id: int, person_ids: list[int]) -> None:
        """Forget what people were told of ratings of a ticket and have not read."""
        gone = delete(Notification).where(
            _notification.person_id.in_(person_ids),
            _notification.read.is_(False),
            _notification.ticket_id == ticket_id,
            _notification.happening == Happening.RATED,
        )
        self._session.execute(gone)


def said_by(rating: Rating) -> NewTicketRating:
    """Return what somebody said, as they sent it."""
    return NewTicketRating(score=rating.score, reason=rating.reason, comment=rating.comment)


def rating_view(rating: Rating) -> TicketRating:
    """Return a rating as its requester and the staff see it."""
    return TicketRating(
        score=rating.score,
        reason=rating.reason,
        comment=rating.comment,
        at=rating.at,
        by_mail=rating.by_mail,
    )
