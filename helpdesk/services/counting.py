# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts tickets in the transaction that changes them, so that figures are never behind."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.models import Ticket
from helpdesk.models.event import EventKind
from helpdesk.services.ticket_changes import Happened
from helpdesk.services.work import Work


class Counting:
    """Notes which tickets may count as something else; they are counted as the transaction ends."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._figures = work.desk.ticket_figures

    def follow(self, ticket: Ticket, happened: Sequence[Happened]) -> None:
        """Let a ticket count as what it is now, after all that has happened to it."""
        if not any(_matters(ticket, each) for each in happened):
            return
        self._figures.count(
            ticket.id,
            is_new=any(each.is_new for each in happened),
            has_moved=any("status" in each.fields for each in happened),
        )

    def recount(self, ticket_ids: tuple[int, ...]) -> None:
        """Let tickets count as what they are now, whatever changed them."""
        for ticket_id in ticket_ids:
            self._figures.count(ticket_id, is_new=False, has_moved=False)


def _matters(ticket: Ticket, happened: Happened) -> bool:
    """Return whether something can have changed what a ticket counts as: most replies do not."""
    if happened.is_new or happened.fields or happened.settled:
        return True
    # A rule may have escalated the ticket, whatever else it did.
    return EventKind.RULED in happened.kinds or _answers_first(ticket, happened)


def _answers_first(ticket: Ticket, happened: Happened) -> bool:
    """Return whether the first response came by this."""
    first = ticket.first_responded_at
    return first is not None and any(
        each.by_staff and not each.internal and not each.automatic and each.created_at <= first
        for each in happened.comments
    )
