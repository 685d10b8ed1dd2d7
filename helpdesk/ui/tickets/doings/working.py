# SPDX-License-Identifier: GPL-3.0-or-later
"""Go to the tasks of a ticket, and start or stop the timer on it, by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.tickets.panels.tasks import TasksPanel
from helpdesk.ui.tickets.panels.time import TimePanel

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_pane import TicketPane


def _works(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and "change" in ticket.allowed


def _may_start(pane: TicketPane, ticket: TicketView) -> bool:
    return _works(pane, ticket) and not pane.desktop.timer.runs_on(ticket.id)


def _runs(pane: TicketPane, ticket: TicketView) -> bool:
    return pane.working and pane.desktop.timer.runs_on(ticket.id)


def _go_to_tasks(pane: TicketPane, _ticket: TicketView) -> None:
    panel = next(each for each in pane.panels if isinstance(each, TasksPanel))
    pane.show_fields()
    panel.begin()
    pane.properties.ensureWidgetVisible(panel)


def _toggle(pane: TicketPane, _ticket: TicketView) -> None:
    next(each for each in pane.panels if isinstance(each, TimePanel)).toggle()


TASKS = Doing("Go to the tasks", _go_to_tasks, _works, key="G")
START_TIMER = Doing("Start the timer", _toggle, _may_start, key="U")
STOP_TIMER = Doing("Stop the timer…", _toggle, _runs, key="U")
