# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels beside a ticket, in their order from above."""

from __future__ import annotations

from helpdesk.ui.tickets.panels.followers import FollowersPanel
from helpdesk.ui.tickets.panels.linked import LinkedPanel
from helpdesk.ui.tickets.panels.own_fields import OwnFieldsPanel
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.panels.tags import TagsPanel
from helpdesk.ui.tickets.panels.tasks import TasksPanel
from helpdesk.ui.tickets.panels.time import TimePanel

PANELS: tuple[type[TicketPanel], ...] = (
    OwnFieldsPanel,
    TagsPanel,
    TasksPanel,
    TimePanel,
    LinkedPanel,
    FollowersPanel,
)
