# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes data out of a desk, which leaves an entry in the audit log each time."""

from __future__ import annotations

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.reports import LinesQuery
from helpdesk.core.schemas.tickets import TicketQuery


def take_out(desk: HelpDesk, words: str = "") -> None:
    """Begin to take out the tickets with some words in them; the entry tells the words."""
    desk.reports.lines(LinesQuery(query=TicketQuery(text=words)))
