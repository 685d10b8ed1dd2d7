# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a ticket besides its buttons, in the order of its menu."""

from __future__ import annotations

from helpdesk.ui.tickets.doings.canned import CANNED_REPLY
from helpdesk.ui.tickets.doings.deleting import DELETE
from helpdesk.ui.tickets.doings.doing import Doing
from helpdesk.ui.tickets.doings.linking import (
    FOLLOW,
    FOLLOW_UP,
    LINK,
    MERGE,
    SPLIT,
    STOP_FOLLOWING,
    UNMERGE,
)
from helpdesk.ui.tickets.doings.repeating import REPEAT
from helpdesk.ui.tickets.doings.snoozing import SNOOZE, WAKE
from helpdesk.ui.tickets.doings.working import START_TIMER, STOP_TIMER, TASKS

DOINGS: tuple[Doing, ...] = (
    CANNED_REPLY,
    FOLLOW,
    STOP_FOLLOWING,
    SNOOZE,
    WAKE,
    TASKS,
    START_TIMER,
    STOP_TIMER,
    LINK,
    MERGE,
    UNMERGE,
    SPLIT,
    FOLLOW_UP,
    REPEAT,
    DELETE,
)
