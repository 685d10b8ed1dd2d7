# SPDX-License-Identifier: GPL-3.0-or-later
"""One quiet line that a ticket of one's own was solved, for those who have not rated it yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import Sort, Source, Status, TicketQuery, TicketView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.banner import Banner

_DAYS = 14
_MOST = 5
"""So many of the tickets that changed last are looked at."""
_KEPT = 40
_SEEN_KEY = "view_tickets/called_to_rate"


class RatingCall(Banner):
    """Says it once for each solution: opened or put away, it does not come back."""

    def __init__(self, desktop: Desktop, show_ticket: Callable[[int], object]) -> None:
        """Begin without a line; ``show_ticket`` opens the ticket where it is rated."""
        super().__init__()
        self._desktop, self._show_ticket = desktop, show_ticket
        self._ticket: TicketView | None = None
        self.dismissed.connect(self._keep_seen)

    def look(self) -> None:
        """Look for a ticket to speak of, off the main thread."""
        desktop = self._desktop
        if not desktop.may(Permission.RATE_TICKET) or desktop.may(Permission.SEE_ALL_TICKETS):
            return
        since = desktop.clock() - timedelta(days=_DAYS)
        job = desktop.background.latest(
            self, unrated, desktop.desk, desktop.person.id, since, frozenset(self._seen())
        )
        # It is a courtesy: where it cannot be found out, the list itself says what is wrong.
        job.then(self._show_found).failed(lambda _: None)

    def _show_found(self, ticket: TicketView | None) -> None:
        self._ticket = ticket
        if ticket is None:
            self.clear()
        else:
            self.show_quiet(f"{ticket.number} was solved. How did we do?", "Rate it", self._open)

    def _open(self) -> None:
        ticket = self._ticket
        self._keep_seen()
        if ticket is not None:
            self._show_ticket(ticket.id)

    def _seen(self) -> list[str]:
        text = str(self._desktop.state.value(self._desktop.own(_SEEN_KEY), ""))
        try:
            seen = json.loads(text or "[]")
        except ValueError:
            return []
        return [str(each) for each in seen] if isinstance(seen, list) else []

    def _keep_seen(self) -> None:
        if self._ticket is not None:
            seen = [*self._seen(), solution_of(self._ticket)][-_KEPT:]
            self._desktop.state.setValue(self._desktop.own(_SEEN_KEY), json.dumps(seen))
        self._ticket = None


def unrated(
    desk: HelpDesk, person_id: int, since: datetime, seen: frozenset[str]
) -> TicketView | None:
    """Return somebody's ticket that was solved since a moment, and that they have not rated."""
    done = TicketQuery(
        requester_ids=(person_id,),
        statuses=(Status.RESOLVED, Status.CLOSED),
        sort=Sort.UPDATED,
        limit=_MOST,
    )
    for row in desk.tickets.search(done).items:
        if row.updated_at < since:
            continue
        ticket = desk.tickets.view(row.id)
        is_fresh = ticket.resolved_at is not None and ticket.resolved_at >= since
        is_own_work = ticket.rating is None and ticket.source is not Source.IMPORT
        # What was merged is not solved: it goes on in another ticket.
        is_own_work = is_own_work and ticket.merged_into is None
        if is_fresh and is_own_work and solution_of(ticket) not in seen:
            return ticket
    return None


def solution_of(ticket: TicketView) -> str:
    """Return what tells a solution from the next one of the same ticket."""
    return f"{ticket.id} {ticket.resolved_at}"
