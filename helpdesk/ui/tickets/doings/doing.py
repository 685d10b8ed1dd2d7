# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that can be done with the ticket shown: an entry of its menu, with a key or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from helpdesk.core.schemas.tickets import TicketView

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


class Doing(NamedTuple):
    """An entry of the menu of a ticket, and of the palette."""

    text: str
    """What it does, beginning with a verb; with '…' where more is asked first."""
    begin: Callable[[TicketPane, TicketView], None]
    offered: Callable[[TicketPane, TicketView], bool]
    key: str = ""
    """The single key that begins it while no text field has the focus."""
