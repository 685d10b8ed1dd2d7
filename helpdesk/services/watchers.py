# SPDX-License-Identifier: GPL-3.0-or-later
"""Who follows a ticket: they are told of it as others on it are, and may read it."""

from __future__ import annotations

import re

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import STAFF, Permission
from helpdesk.core.schemas.links import Candidate, Follower
from helpdesk.models import Comment, User
from helpdesk.models.event import EventKind
from helpdesk.repositories.desk_changes import NOTIFICATION
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.work import Work

MOST = 50
"""So many may follow one ticket, besides those that a merge brings."""
_MENTION = re.compile(r"(?<![\w@.])@([\w](?:[\w.-]*[\w])?)")
_MOST_MENTIONS = 20


class Watchers:
    """The followers of tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/tickets/{ticket_id}/watchers", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> tuple[Follower, ...]:
        """List who follows a ticket."""
        desk = self._work.desk
        return desk.watchers.of_ticket(desk.tickets.get(ticket_id).id)

    @operation(
        "PUT", "/tickets/{ticket_id}/watchers/{person_id}", permission=Permission.WORK_TICKET
    )
    def add(self, ticket_id: int, person_id: int) -> tuple[Follower, ...]:
        """Let somebody follow a ticket, oneself or another; who follows it already goes on so.

        Who is not of the staff may read the ticket by that, without its internal notes.
        """
        changes = TicketChanges(self._work, self._work.desk.tickets.get(ticket_id))
        require_unmerged(self._work, changes.ticket)
        add_watchers(self._work, changes, (self._work.desk.users.get(person_id),))
        return self._followed(changes)

    @operation(
        "DELETE", "/tickets/{ticket_id}/watchers/{person_id}", permission=Permission.WORK_TICKET
    )
    def remove(self, ticket_id: int, person_id: int) -> None:
        """Let somebody follow a ticket no more; who does not follow it goes on so.

        A merged ticket is no exception: who may read it and what it is merged into is taken back
        here, whatever else is worked on there.
        """
        self._remove(ticket_id, person_id)

    @operation("DELETE", "/tickets/{ticket_id}/watching", permission=Permission.SEE_OWN_TICKETS)
    def leave(self, ticket_id: int) -> None:
        """Stop to follow a ticket oneself."""
        self._remove(ticket_id, self._work.actor.id or 0)

    def _remove(self, ticket_id: int, person_id: int) -> None:
        desk = self._work.desk
        changes = TicketChanges(self._work, desk.tickets.get(ticket_id))
        watching = desk.watchers.ids(ticket_id)
        if person_id in watching:
            desk.watchers.remove(ticket_id, (person_id,))
            # Their bell lists nothing any more of a ticket that they may not read.
            desk.changed(NOTIFICATION, person_id)
            note_watchers(changes, watching, (), (desk.users.get(person_id),))
            self._followed(changes)

    @operation("GET", "/people", permission=Permission.WORK_TICKET)
    def candidates(self, text: str) -> tuple[Candidate, ...]:
        """List some people of the desk whose names begin so, to let them follow a ticket."""
        return self._work.desk.watchers.candidates(text)

    def _followed(self, changes: TicketChanges) -> tuple[Follower, ...]:
        if changes.happened.is_seen_by_all:
            changes.ticket.touch(self._work.now)
        if changes.happened.kinds:
            follow(self._work, changes)
        return self._work.desk.watchers.of_ticket(changes.ticket.id)


def add_watchers(work: Work, changes: TicketChanges, people: tuple[User, ...]) -> None:
    """Let people follow a ticket. Raises ``Invalid`` for who left, and where they are too many."""
    desk, ticket = work.desk, changes.ticket
    watching = desk.watchers.ids(ticket.id)
    for person in people:
        if not person.active:
            raise Invalid(f"{person.full_name} has no active account.", field="person_id")
        # Who followed by a merge does so by this as well from now on.
        desk.merges.keep_watcher(ticket.id, person.id)
    new = tuple(each for each in people if each.id not in watching)
    if len(watching) + len(new) > MOST:
        raise Invalid(f"{MOST} people follow {ticket.number} already; let one go first.")
    if new:
        desk.watchers.add(ticket.id, {each.id for each in new}, work.actor.id, work.now)
        note_watchers(changes, watching, new, ())


def note_watchers(
    changes: TicketChanges, before: tuple[int, ...], added: tuple[User, ...], gone: tuple[User, ...]
) -> None:
    """Enter into the history who follows a ticket from now on, and who no more.

    That somebody may read it who is not of the staff is news to its requester; the others are
    the staff's own affair.
    """
    changes.happened.fields.setdefault("watchers", before)
    for person in (*added, *gone):
        kind = EventKind.FOLLOWED if person.role in STAFF else EventKind.CHANGED
        name = person.full_name
        old, new = (None, name) if person in added else (name, None)
        changes.record(kind, field="watchers", old=old, new=new)


def mention(work: Work, changes: TicketChanges, comment: Comment) -> None:
    """Let the people of the staff follow a ticket whom a colleague names in a comment."""
    names = list(dict.fromkeys(_MENTION.findall(comment.body)))[:_MOST_MENTIONS]
    if not names:
        return
    found = work.desk.users.named(names).values()
    people = tuple(
        each for each in found if each.active and each.role in STAFF and each.id != work.actor.id
    )
    changes.happened.mentioned.update(each.id for each in people)
    watching = work.desk.watchers.ids(changes.ticket.id)
    new = tuple(each for each in people if each.id not in watching)
    if new and len(watching) + len(new) <= MOST:
        add_watchers(work, changes, new)
