# SPDX-License-Identifier: GPL-3.0-or-later
"""Snooze a ticket, and wake it, as entries of its menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from helpdesk.core.schemas.snoozes import SnoozeChoice
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.tickets.snoozing.dialog import SnoozeDialog

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _may_snooze(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "snooze" in ticket.allowed and ticket.snoozed is None


def _is_snoozed(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "change" in ticket.allowed and ticket.snoozed is not None


def _ask(pane: TicketPane, ticket: TicketView) -> None:
    dialog = SnoozeDialog(ticket.number, pane.desktop.clock, pane.window())
    dialog.chosen.connect(partial(_snooze, pane, ticket))
    dialog.open()


def _snooze(pane: TicketPane, ticket: TicketView, choice: SnoozeChoice) -> None:
    snooze = pane.desktop.desk.snoozing.snooze
    job = pane.desktop.background.run(pane, snooze, ticket.id, choice)
    job.then(pane.show_done).failed(pane.show_not_done)


def _wake(pane: TicketPane, ticket: TicketView) -> None:
    job = pane.desktop.background.run(pane, pane.desktop.desk.snoozing.wake, ticket.id)
    job.then(pane.show_done).failed(pane.show_not_done)


SNOOZE = Doing("Snooze…", _ask, _may_snooze, key="Z")
WAKE = Doing("Wake now", _wake, _is_snoozed, key="Z")
