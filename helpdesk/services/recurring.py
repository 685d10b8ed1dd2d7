# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the ticket of a date that has come, as if somebody had submitted it.

The ticket, its history and the next date are written together: whoever else wants to open the same
finds the date gone. Where the program was off, only the last date that was missed is made good, and
the history says how many were left out: ten tickets to look at one backup help nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from helpdesk.core.errors import DeskError
from helpdesk.core.recurrence import dates
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.models import Recurrence, Ticket
from helpdesk.models.event import EventKind
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_opening import open_ticket
from helpdesk.services.work import Work


def open_due(work: Work, recurrence: Recurrence) -> Ticket:
    """Open the ticket, and move on to the next date; a rule without one has ended."""
    left_out, next_at = _counted(recurrence, work.now)
    new = NewTicket(
        subject=recurrence.subject,
        description=recurrence.description,
        category_id=_if_there(work.desk.categories.choose, recurrence.category_id),
        priority=recurrence.priority,
    )
    changes = open_ticket(work, new, recurrence.requester_id)
    ticket = changes.ticket
    words = f"{left_out} earlier left out" if left_out else None
    changes.record(EventKind.RECURRED, field=recurrence.name, new=words)
    if (team_id := _if_there(work.desk.teams.choose, recurrence.team_id)) is not None:
        changes.set_team(team_id)
    if tags := tuple(json.loads(recurrence.tags)):
        changes.set_tags(tags)
    work.desk.flush()
    work.desk.tasks.add_all(ticket.id, json.loads(recurrence.tasks))
    if _can_have_it(work, recurrence.assignee_id):
        changes.assign(recurrence.assignee_id)
    follow(work, changes)
    recurrence.last_ticket_id, recurrence.next_at = ticket.id, next_at
    recurrence.active = next_at is not None
    return ticket


def _counted(recurrence: Recurrence, now: datetime) -> tuple[int, datetime | None]:
    """Return how many dates before the last one were missed, and which is the next one."""
    due = recurrence.next_at or now
    since = due - timedelta(microseconds=1)
    missed = 0
    for each in dates(recurrence.rule, recurrence.time_zone, recurrence.starts_at, since):
        if each > now:
            return max(missed - 1, 0), each
        missed += 1
    return max(missed - 1, 0), None


def _if_there(choose: Callable[[int], object], id_: int | None) -> int | None:
    """Return what was planned, where it can be chosen still: the ticket comes all the same."""
    if id_ is None:
        return None
    try:
        choose(id_)
    except DeskError:
        return None
    return id_


def _can_have_it(work: Work, assignee_id: int | None) -> bool:
    return assignee_id is not None and work.desk.users.get(assignee_id).can_be_given_tickets
