# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells people of what happened: in the window, by the system and by mail, as each has chosen.

Everything is written in the transaction of what it tells of, so that nothing is lost between.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.schemas.notifications import Happening
from helpdesk.models import Ticket
from helpdesk.services.ticket_changes import Happened
from helpdesk.services.work import Work


class Notifying:
    """Works out who is told of what, and writes it."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def tell(self, ticket: Ticket, happened: Sequence[Happened]) -> None:
        """Tell everybody concerned of what a call and the rules it set off did to a ticket."""

    def tell_of(
        self,
        ticket: Ticket,
        happening: Happening,
        person_ids: Sequence[int],
        *,
        text: str,
        why: str,
        urgent: bool = False,
    ) -> list[str]:
        """Tell some people of something, and return the names of those who are told.

        ``why`` says which rule or clock it was. For what rules and the sweep tell of.
        """
        return []

    def post(self, ticket: Ticket, channel_id: int, *, text: str, why: str) -> str:
        """Post to a chat channel, and return its name. Raises ``NotFound`` for none."""
        return ""
