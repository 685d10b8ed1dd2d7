# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleted tickets: out of everything that is kept of tickets, and back for 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from helpdesk.assistant.features import counts_of
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.deeds import DeedRef
from helpdesk.core.schemas.ticket_work import DeedKind, TicketRef
from helpdesk.core.schemas.trash import KEPT_DAYS, TrashPage, TrashQuery
from helpdesk.core.text import NAME_LIMIT, ellipsis
from helpdesk.database.types import is_id
from helpdesk.models import Ticket
from helpdesk.models.event import EventKind
from helpdesk.models.ticket import number_of
from helpdesk.models.triage import ALL_TEXTS, ALL_WORDS
from helpdesk.services.audit_trail import About
from helpdesk.services.deed_notes import Step, note
from helpdesk.services.readings import said_in
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Transacted, Work

TRASHED = "trashed"
"""What steps of deeds say of a ticket that was deleted."""
DELETED, RESTORED = 40, 160
"""How many rows it is as much work as to delete a ticket, and to bring it back."""
_MOST_ROWS = 4_000
"""So many are moved in one go, since others wait with their changes meanwhile."""
_KEPT = timedelta(days=KEPT_DAYS)
_NOT_THERE = "There is no ticket {number} in the trash."
_PEOPLE = "Only a person can delete a ticket."


class Trash:
    """The deleted tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/trash", permission=Permission.DELETE_TICKET)
    def search(self, query: TrashQuery) -> TrashPage:
        """List deleted tickets, the one deleted last first, one page at a time."""
        return self._work.desk.trash_contents.page(query, _KEPT)

    @operation("POST", "/tickets/{ticket_id}/delete", permission=Permission.DELETE_TICKET)
    def delete(self, ticket_id: int, version: int) -> DeedRef:
        """Put a ticket into the trash, from where it can be brought back for 30 days.

        Raises ``Conflict`` where somebody has changed it since, and ``Invalid`` for one that is
        merged with others.
        """
        if self._work.actor.id is None:
            raise Invalid(_PEOPLE)
        ticket = self._work.desk.tickets.get(ticket_id)
        ticket.expect(version)
        label = f"{ticket.number} deleted"
        move_to_trash(self._work, ticket)
        id_ = note(self._work, DeedKind.DELETE, label, [deleted_step(ticket_id)])
        return DeedRef(id=id_, label=label)

    @operation("POST", "/trash/{ticket_id}/restore", permission=Permission.DELETE_TICKET)
    def restore(self, ticket_id: int) -> TicketRef:
        """Bring a deleted ticket back with all that was on it."""
        ticket = restored(self._work, ticket_id)
        return TicketRef(id=ticket.id, number=ticket.number, subject=ticket.subject)

    @operation("DELETE", "/trash/{ticket_id}", permission=Permission.SET_UP_TICKETS)
    def purge(self, ticket_id: int) -> None:
        """Delete a ticket in the trash for good, which only admins may."""
        desk = self._work.desk
        found = desk.trash.seen(ticket_id) if is_id(ticket_id) else None
        if found is None:
            raise NotFound(_NOT_THERE.format(number=number_of(ticket_id)))
        gone = [("Deleted for good", "", "Yes")]
        desk.audit.add(AuditAction.TICKET_DELETED, _about(ticket_id, found[0].subject), gone)
        desk.trash_contents.purge(ticket_id)


def move_to_trash(work: Work, *tickets: Ticket) -> None:
    """Move tickets into the trash, out of all that is counted and found.

    Raises ``Invalid`` where one is merged with others. Windows then load everything anew: what
    they could be told of is gone with the tickets.
    """
    desk = work.desk
    for each in tickets:
        desk.trash.require_apart(each.id)
    desk.flush()
    for each in tickets:
        desk.audit.add(AuditAction.TICKET_DELETED, _about(each.id, each.subject))
    _unlearn(desk, tickets, -1)
    desk.ticket_figures.take_off([each.id for each in tickets])
    desk.trash.take(tickets, work.actor.id, work.now)
    desk.feed.begin_anew()
    for each in tickets:
        desk.changed("ticket", each.id)


def restored(work: Work, ticket_id: int) -> Ticket:
    """Bring a ticket back. Raises ``NotFound`` for one that is not in the trash."""
    desk = work.desk
    found = desk.trash.seen(ticket_id) if is_id(ticket_id) else None
    if found is None:
        raise NotFound(_NOT_THERE.format(number=number_of(ticket_id)))
    desk.trash.put_back(*found)
    desk.ticket_figures.recount(ticket_id, ticket_id)
    ticket = desk.tickets.get(ticket_id)
    _unlearn(desk, [ticket], 1)
    TicketChanges(work, ticket).record(EventKind.RESTORED)
    desk.audit.add(AuditAction.TICKET_RESTORED, _about(ticket_id, ticket.subject))
    desk.changed("ticket", ticket_id)
    return ticket


def fitting(work: Work, ticket_ids: Sequence[int], *, each: int) -> int:
    """Return how many of some tickets are moved in one go, by the rows they have; one always is.

    ``each`` is how many rows a ticket itself is as much work as.
    """
    known = [id_ for id_ in ticket_ids if is_id(id_)]
    rows, room = work.desk.trash.rows_of(known), _MOST_ROWS
    for place, id_ in enumerate(ticket_ids):
        room -= each + rows.get(id_, 0)
        if room < 0:
            return max(place, 1)
    return len(ticket_ids)


def deleted_step(ticket_id: int) -> Step:
    """Return what a deed notes of a ticket that it put into the trash."""
    return Step(ticket_id, {TRASHED: False}, {TRASHED: True})


def _about(ticket_id: int, subject: str) -> About:
    return About("ticket", ticket_id, ellipsis(f"{number_of(ticket_id)} {subject}", NAME_LIMIT))


def _unlearn(desk: Transacted, tickets: Sequence[Ticket], sign: int) -> None:
    """Count the words of learnt tickets fewer, or again: what they have taught stays."""
    learnt = desk.triage.learnt([each.id for each in tickets])
    told = [(each.subject, each.description) for each in tickets if each.id in learnt]
    if not told:
        return
    said = said_in(told)
    counts = [counts_of(words) for words in said]
    terms = desk.triage.terms({bucket for each in counts for bucket in each})
    frequencies = terms.frequencies
    for words, buckets in zip(said, counts, strict=True):
        for bucket in (*buckets, ALL_TEXTS):
            frequencies[bucket] = max(0, frequencies.get(bucket, 0) + sign)
        frequencies[ALL_WORDS] = max(0, frequencies.get(ALL_WORDS, 0) + sign * len(words))
    desk.triage.store(terms)
