# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands on the open tickets of somebody who can no longer work on them.

There may be thousands, and each is followed by its clocks, rules and notifications. So they go in
several short transactions, between which others can write. Whoever is stopped in between leaves
whole tickets: some handed on, the others still with who has left. To end the account again, or to
change its role again, goes on with these.
"""

from __future__ import annotations

from collections.abc import Callable

from helpdesk.core.errors import Invalid
from helpdesk.models import User
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Transacted, Work

AT_ONCE = 100
"""So many tickets go in one transaction."""

_SELF = "Their own tickets cannot go to who leaves; choose somebody else, or the queue."
_CANNOT = "{name} cannot be given tickets; choose somebody of the staff who works here."


class TicketsLeft:
    """The open tickets of one person, and to whom they go: ``None`` is the queue."""

    def __init__(self, work: Work, user_id: int, taker_id: int | None) -> None:
        """Bind to a call that works in steps."""
        self._work = work
        self._user_id = user_id
        self._taker_id = taker_id
        self._after = 0
        self._more = True

    def taker(self, desk: Transacted) -> User | None:
        """Return who gets them. Raises ``Invalid`` where that can be nobody's."""
        if self._taker_id is None:
            return None
        if self._taker_id == self._user_id:
            raise Invalid(_SELF, field="tickets_to")
        taker = desk.users.get(self._taker_id)
        if not taker.can_be_given_tickets:
            raise Invalid(_CANNOT.format(name=taker.full_name), field="tickets_to")
        return taker

    def hand_on_some(self, desk: Transacted) -> None:
        """Hand on as many as go in one transaction."""
        # Whoever is asked for in the database has to be found as they are by now.
        desk.flush()
        work = self._work.within(desk)
        tickets = desk.tickets.open_of_assignee(self._user_id, after=self._after, most=AT_ONCE)
        for ticket in tickets:
            changes = TicketChanges(work, ticket)
            changes.assign(self._taker_id)
            ticket.touch(self._work.now)
            follow(work, changes)
            self._after = ticket.id
        self._more = len(tickets) == AT_ONCE

    def hand_on_the_rest(self, still: Callable[[User], bool]) -> None:
        """Hand on the others in further steps, as long as the person cannot work on them."""
        while self._more:
            with self._work.step(writes=True) as desk:
                if not still(desk.users.get(self._user_id)):
                    return
                if self._taker_id is not None and not self._can_take(desk):
                    # They too have left meanwhile.
                    self._taker_id = None
                self.hand_on_some(desk)

    def _can_take(self, desk: Transacted) -> bool:
        return self._taker_id is not None and desk.users.get(self._taker_id).can_be_given_tickets
