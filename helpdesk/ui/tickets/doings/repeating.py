# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a ticket to be opened again and again, as an entry of its menu."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.recurrences import RecurrenceView
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.text import NAME_LIMIT, ellipsis
from helpdesk.ui.settings.recurring.dialog import Choices, RecurrenceDialog, read_choices
from helpdesk.ui.settings.recurring.section import new_settings
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.widgets.times import full_time
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _may_plan(pane: TicketPane, ticket: TicketView) -> bool:
    may = pane.desktop.may(Permission.SHARE_WORK)
    return pane.working and may and ticket.merged_into is None


def _ask(pane: TicketPane, ticket: TicketView) -> None:
    job = pane.desktop.background.run(pane, read_choices, pane.desktop.desk)
    job.then(partial(_open, pane, ticket)).failed(pane.show_not_done)


def _open(pane: TicketPane, ticket: TicketView, choices: Choices) -> None:
    """Show what the ticket says, each week from tomorrow on."""
    like_it = {
        "name": ellipsis(ticket.subject, NAME_LIMIT),
        "subject": ticket.subject,
        "description": ticket.description,
        "requester_id": ticket.requester.id,
        "category_id": ticket.category.id if ticket.category else None,
        "priority": ticket.priority,
        "team_id": ticket.team.id if ticket.team else None,
        "assignee_id": ticket.assignee.id if ticket.assignee else None,
        "tags": ticket.tags,
    }
    shown = new_settings(pane.desktop).model_copy(update=like_it)
    dialog = RecurrenceDialog(pane.desktop, choices, shown, ticket.requester, pane.window())
    dialog.saved.connect(partial(_on_saved, pane))
    dialog.open()


def _on_saved(pane: TicketPane, plan: RecurrenceView) -> None:
    next_on = f" next on {full_time(plan.next_at)}" if plan.next_at else ""
    words = f"\u201c{plan.name}\u201d is opened again{next_on}"
    pane.said.emit(words)
    Toast.say(pane.window(), words)


REPEAT = Doing("Repeat…", _ask, _may_plan)
