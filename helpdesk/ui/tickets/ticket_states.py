# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares two states of a ticket: whether they differ, in what, and what was read before."""

from __future__ import annotations

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.widgets.times import full_time

_JOINED = ("merged", "unmerged")
"""Kinds of entries that tell that the comments of another ticket came, or went."""


def state_of(ticket: TicketView) -> tuple[object, ...]:
    """Return what differs between two states; an internal note leaves the version as it is."""
    said = ticket.events[:1], ticket.comments[-1:]
    around = ticket.tags, ticket.snoozed, ticket.merged_into, ticket.attachments, ticket.watching
    return ticket.id, ticket.version, ticket.allowed, *said, ticket.clock, ticket.fields, *around


def what_changed(before: TicketView | None, ticket: TicketView) -> str:
    """Say what an act has done to a ticket."""
    if before is not None and before.id == ticket.id and before.assignee != ticket.assignee:
        whom = ticket.assignee.full_name if ticket.assignee else None
        return (
            f"{ticket.number} is assigned to {whom}" if whom else f"{ticket.number} is unassigned"
        )
    if before is not None and before.id == ticket.id and before.status == ticket.status:
        fields = _fields_changed(before, ticket)
        return f"{ticket.number}: {', '.join(fields)}" if fields else f"{ticket.number} was changed"
    return f"{ticket.number} is now {ticket.status.label}"


def _fields_changed(before: TicketView, ticket: TicketView) -> list[str]:
    """Name what differs beside status and assignee, as it is now."""
    said = []
    if before.priority != ticket.priority:
        said.append(f"priority is {ticket.priority.label}")
    if before.category != ticket.category:
        said.append(f"category is {ticket.category.name if ticket.category else 'none'}")
    if before.team != ticket.team:
        said.append(f"team is {ticket.team.name if ticket.team else 'none'}")
    new, old = set(ticket.tags) - set(before.tags), set(before.tags) - set(ticket.tags)
    said += [f"tag {tag} is added" for tag in sorted(new)]
    said += [f"tag {tag} is taken away" for tag in sorted(old)]
    if before.snoozed != ticket.snoozed:
        until = ticket.snoozed.until if ticket.snoozed else None
        when = f"until {full_time(until)}" if until else "until a reply"
        said.append(f"snoozed {when}" if ticket.snoozed else "back in the queue")
    return said + _own_changed(before, ticket)


def _own_changed(before: TicketView, ticket: TicketView) -> list[str]:
    """Name which of the desk's own fields differ."""
    was = {each.id: each.value for each in before.fields}
    now = {each.id for each in ticket.fields}
    said = [
        f"{each.name} is {each.shown}" for each in ticket.fields if was.get(each.id) != each.value
    ]
    return said + [f"{each.name} is empty" for each in before.fields if each.id not in now]


def with_earlier(ticket: TicketView, before: TicketView) -> TicketView:
    """Return the newest state of a ticket with the earlier comments that were shown already.

    After a merge, or the undo of one, other comments are earlier than before.
    """
    if not ticket.earlier_comments or _is_joined_otherwise(ticket, before):
        return ticket
    if not ticket.comments or ticket.comments[0].id not in {each.id for each in before.comments}:
        return ticket
    earlier = tuple(each for each in before.comments if each.id < ticket.comments[0].id)
    return ticket.model_copy(
        update={
            "comments": (*earlier, *ticket.comments),
            "earlier_comments": ticket.earlier_comments - len(earlier),
        }
    )


def _is_joined_otherwise(ticket: TicketView, before: TicketView) -> bool:
    newest = before.events[0].id if before.events else 0
    return any(each.id > newest and each.kind in _JOINED for each in ticket.events)
