# SPDX-License-Identifier: GPL-3.0-or-later
"""Satisfaction: a requester rates the solution of a ticket, in the window or by a link."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, Invalid, TooManyAttempts
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.ratings import (
    LOW,
    LinkedRating,
    NewTicketRating,
    RatingInvitation,
    TicketRating,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import Rating, Ticket
from helpdesk.repositories.desk_changes import TICKET
from helpdesk.repositories.ratings import Rateable, rating_view, said_by
from helpdesk.services.counting import Counting
from helpdesk.services.notifying import Notifying
from helpdesk.services.rating_links import opened_by
from helpdesk.services.ticket_changes import require_unmerged
from helpdesk.services.work import Transacted, Work

MOST_CHANGES = 20
"""How often somebody may change their mind on one resolution."""
_LEADERS = (Role.MANAGER, Role.ADMIN)
_NOT_YOURS = "Only who opened {number} can rate its solution."
_IS_OPEN = "{number} is {status}; it can be rated when it is resolved."
_NO_REASON = "Only a rating of 1 or 2 has a reason; leave it out."
_TOO_OFTEN = "This rating was changed too often; tell the desk by a reply to the ticket."


class Ratings:
    """The ratings of tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("PUT", "/tickets/{ticket_id}/rating", permission=Permission.RATE_TICKET)
    def rate(self, ticket_id: int, rating: NewTicketRating) -> TicketRating:
        """Rate the present solution of a ticket of one's own, or change one's mind on it."""
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        if ticket.requester_id != self._work.actor.id:
            raise Forbidden(_NOT_YOURS.format(number=ticket.number))
        require_unmerged(self._work, ticket)
        found = desk.ratings.rateable(ticket_id)
        kept = self._keep(desk, ticket, found.rating if found else None, rating, by_mail=False)
        return rating_view(kept)

    @operation("GET", "/ratings/invitation", permission=None)
    def invitation(self, token: str) -> RatingInvitation:
        """Tell what a link asks to rate; it changes nothing, as mail programs open links."""
        desk = self._work.desk
        return _invitation(opened_by(desk, token, self._work.now))

    @operation("POST", "/ratings", permission=None, transaction=Transaction.STEPWISE)
    def rate_by_link(self, linked: LinkedRating) -> RatingInvitation:
        """Rate by the link of a mail. Raises ``NotFound`` for one that is not valid any more."""
        # Whoever comes with any text must not make the desk write.
        with self._work.step(writes=False) as desk:
            opened_by(desk, linked.token, self._work.now)
        with self._work.step(writes=True) as desk:
            found = opened_by(desk, linked.token, self._work.now)
            new = _by_link(linked, found.rating)
            kept = self._keep(desk, found.ticket, found.rating, new, by_mail=True)
            return _invitation(found._replace(rating=kept))

    def _keep(
        self,
        desk: Transacted,
        ticket: Ticket,
        before: Rating | None,
        new: NewTicketRating,
        *,
        by_mail: bool,
    ) -> Rating:
        """Keep what somebody says, with all that follows; the same once more changes nothing."""
        _require_fit(ticket, new)
        if before is not None and said_by(before) == new:
            return before
        if before is not None and before.changes >= MOST_CHANGES:
            raise TooManyAttempts(_TOO_OFTEN)
        earlier = said_by(before) if before else None
        rating = before or Rating(ticket_id=ticket.id, round=ticket.reopens)
        rating.changes = before.changes + 1 if before else 0
        rating.score, rating.reason, rating.comment = new.score, new.reason, new.comment
        rating.at, rating.by_mail = self._work.now, by_mail
        desk.ratings.add(rating)
        old = str(earlier.score) if earlier else None
        desk.ratings.record(rating, ticket.requester_id, old, str(new.score))
        desk.flush()
        if _is_news(earlier, new):
            self._tell(desk, ticket, rating, again=earlier is not None)
        Counting(self._work.within(desk)).recount((ticket.id,))
        desk.changed(TICKET, ticket.id)
        return rating

    def _tell(self, desk: Transacted, ticket: Ticket, rating: Rating, *, again: bool) -> None:
        """Tell the assignee, and of a low rating those who lead too.

        Told ``again``, what they have not read of it takes the place of what was said before.
        """
        people = {ticket.assignee_id} if ticket.assignee_id else set()
        if rating.score <= LOW:
            people |= {each.id for each in desk.teams.staff(_LEADERS, None)}
        people.discard(ticket.requester_id)
        if again and people:
            desk.ratings.forget_told(ticket.id, sorted(people))
        if people:
            Notifying(self._work.within(desk)).tell_of_rating(ticket, rating, sorted(people))


def may_rate(actor: Actor, ticket: Ticket) -> bool:
    """Return whether somebody may rate a ticket as it stands now."""
    is_own = actor.id is not None and actor.id == ticket.requester_id
    return is_own and not ticket.status.is_open and actor.may(Permission.RATE_TICKET)


def _by_link(linked: LinkedRating, before: Rating | None) -> NewTicketRating:
    """Return what a rating by a link says: who was not shown the words of before keeps them."""
    new = linked.rating
    if before is None:
        return new
    reason = new.reason or (before.reason if new.score <= LOW else None)
    comment = new.comment if linked.replaces_comment else new.comment or before.comment
    return NewTicketRating(score=new.score, reason=reason, comment=comment)


def _require_fit(ticket: Ticket, new: NewTicketRating) -> None:
    if ticket.status.is_open:
        status = ticket.status.label
        raise Invalid(_IS_OPEN.format(number=ticket.number, status=status))
    if new.reason is not None and new.score > LOW:
        raise Invalid(_NO_REASON, field="reason")


def _is_news(earlier: NewTicketRating | None, new: NewTicketRating) -> bool:
    """Return whether somebody has to look again: at another score, or at new words."""
    if earlier is None or earlier.score != new.score:
        return True
    said_more = new.comment not in ("", earlier.comment)
    return said_more or new.reason not in (None, earlier.reason)


def _invitation(found: Rateable) -> RatingInvitation:
    ticket = found.ticket
    return RatingInvitation(
        number=ticket.number,
        subject=ticket.subject,
        resolved_at=ticket.resolved_at or ticket.updated_at,
        score=found.rating.score if found.rating else None,
    )
