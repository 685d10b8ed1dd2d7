# SPDX-License-Identifier: GPL-3.0-or-later
"""Satisfaction: a requester rates the solution of a ticket, in the window or by a link."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.ratings import (
    LinkedRating,
    NewTicketRating,
    RatingInvitation,
    TicketRating,
)
from helpdesk.services.work import Work


class Ratings:
    """The ratings of tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("PUT", "/tickets/{ticket_id}/rating", permission=Permission.RATE_TICKET)
    def rate(self, ticket_id: int, rating: NewTicketRating) -> TicketRating:
        """Rate the present solution of a ticket of one's own, or change one's mind on it."""
        raise NotImplementedError

    @operation("GET", "/ratings/invitation", permission=None)
    def invitation(self, token: str) -> RatingInvitation:
        """Tell what a link asks to rate; it changes nothing, as mail programs open links."""
        raise NotImplementedError

    @operation("POST", "/ratings", permission=None)
    def rate_by_link(self, linked: LinkedRating) -> RatingInvitation:
        """Rate by the link of a mail. Raises ``NotFound`` for one that is not valid any more."""
        raise NotImplementedError
