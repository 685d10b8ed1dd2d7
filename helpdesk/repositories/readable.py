# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in SQL which tickets an actor may read, for whatever tells of tickets beside themselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select, true

from helpdesk.core.permissions import Actor, Permission
from helpdesk.models import Ticket, Watcher

_ticket, _watcher = Ticket.__table__, Watcher.__table__
Column = ColumnElement[int] | ColumnElement[int | None]


def readable(actor: Actor) -> ColumnElement[bool]:
    """Return what is true of a row of ``ticket`` that the actor may read."""
    if actor.may(Permission.SEE_ALL_TICKETS):
        return true()
    return own_or_followed(actor.id)


def own_or_followed(person_id: int | None) -> ColumnElement[bool]:
    """Return what is true of a row of ``ticket`` that somebody has opened or follows."""
    follows = select(_watcher.c.ticket_id).where(_watcher.c.person_id == person_id)
    return or_(_ticket.c.requester_id == person_id, _ticket.c.id.in_(follows))


def names_readable(ticket_id: Column, actor: Actor) -> ColumnElement[bool]:
    """Return what is true of a number that is that of a ticket which the actor may read."""
    if actor.may(Permission.SEE_ALL_TICKETS):
        return true()
    return names_own_or_followed(ticket_id, actor.id)


def names_own_or_followed(ticket_id: Column, person_id: int | None) -> ColumnElement[bool]:
    """Return what is true of a number that is that of a ticket somebody opened or follows."""
    found = exists().where(_ticket.c.id == ticket_id, own_or_followed(person_id))
    return found.correlate_except(_ticket, _watcher)
