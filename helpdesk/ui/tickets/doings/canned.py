# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers a ticket with a canned reply, by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.doings.doing import Doing

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _begin(pane: TicketPane, _ticket: TicketView) -> None:
    pane.conversing.pick_macro()


def _offered(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "comment" in ticket.allowed


CANNED_REPLY = Doing("Canned reply…", _begin, _offered, key="I")
