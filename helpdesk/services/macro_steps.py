# SPDX-License-Identifier: GPL-3.0-or-later
"""Does to a ticket what a macro says, in one transaction, as one deed that can be undone."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.macros import MacroActions
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.tickets import NewComment
from helpdesk.models import Macro
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import may_undo, note, step_of
from helpdesk.services.replying import say
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work


def carry_out(
    work: Work, changes: TicketChanges, macro: Macro, actions: MacroActions, new: NewComment | None
) -> int | None:
    """Set what a macro sets, say what it says, and let all follow.

    Return the deed by which what was set can be put back; what was said stays said.
    """
    ticket = changes.ticket
    _set_fields(changes, actions)
    if actions.add_tags:
        changes.set_tags((*work.desk.tags.of_ticket(ticket.id), *actions.add_tags))
    # Who gets the ticket is said before the reply, which would give it to whoever writes.
    _assign(work, changes, actions)
    if new is not None:
        say(work, changes, new)
    elif actions.status and actions.status is not ticket.status:
        changes.move(actions.status)
    changes.touch()
    if not changes.happened.kinds:
        return None
    step = step_of(work, changes, follow(work, changes))
    if step is None or not may_undo(work):
        return None
    return note(work, DeedKind.MACRO, f"{macro.name} on {ticket.number}", [step])


def _set_fields(changes: TicketChanges, actions: MacroActions) -> None:
    ticket = changes.ticket
    if actions.priority and actions.priority is not ticket.priority:
        changes.set_priority(actions.priority)
    if actions.category_id and actions.category_id != ticket.category_id:
        changes.set_category(actions.category_id)
    if actions.team_id and actions.team_id != ticket.team_id:
        changes.set_team(actions.team_id)


def _assign(work: Work, changes: TicketChanges, actions: MacroActions) -> None:
    wanted = work.actor.id if actions.assign_to_me else actions.assignee_id
    if actions.assign_to_me and wanted is None:
        raise Invalid("Only a person can take a ticket.")
    if wanted is None or wanted == changes.ticket.assignee_id:
        return
    if wanted != work.actor.id and not work.actor.may(Permission.ASSIGN_TICKET):
        raise Forbidden("This gives the ticket to somebody else, which only managers may.")
    changes.assign(wanted)
