# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete a ticket, as an entry of its menu: it goes into the trash, and can be had back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.deeds import DeedRef
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.doings.doing import Doing

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _may_delete(pane: TicketPane, ticket: TicketView) -> bool:
    is_apart = ticket.merged_into is None
    return pane.working and is_apart and pane.desktop.may(Permission.DELETE_TICKET)


def _delete(pane: TicketPane, ticket: TicketView) -> None:
    delete = pane.desktop.desk.trash.delete
    job = pane.desktop.background.run(pane, delete, ticket.id, ticket.version)
    job.then(partial(_on_deleted, pane, ticket)).failed(pane.show_not_done)


def _on_deleted(pane: TicketPane, ticket: TicketView, deed: DeedRef) -> None:
    words = f"{ticket.number} is in the trash"
    pane.said.emit(words)
    pane.clear("Deleted", f"{ticket.number} is in the trash for 30 days; choose another ticket.")
    pane.gone.emit(ticket.id)
    pane.undoer.offer(deed.id, words)


DELETE = Doing("Delete ticket", _delete, _may_delete)
