# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change of many tickets, as one deed."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.errors import DeskError, Forbidden, Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.bulk import BulkChange, BulkResult, TicketIds
from helpdesk.core.schemas.deeds import DeedRef, Refusal
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import Deed, Ticket
from helpdesk.models.ticket import TRANSITIONS
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import Step, label_of, step_of
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.query_names import plain
from helpdesk.services.snoozes import put_off_of, require_open
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.trash import DELETED, deleted_step, fitting, move_to_trash
from helpdesk.services.work import Transacted, Work

_IDS_AT_ONCE = 1_000
_NONE_SUCH = "There is no bulk change of yours with this number; begin another one."
_PEOPLE = "Only a person can change many tickets at once."
_NO_LABEL = "Say in a few words what you are going to do."
_NO_ASSIGNING = "Only managers can assign tickets to others; you can take them yourself."
_NO_DELETING = "Only managers can delete tickets."
_NOT_YOURS = "{number} is not assigned to you; a manager can move it."
_STATUS = "{number} is {now} and cannot become {then}."
_DONE = "{number} is {now}; reopen it first."


class Bulk:
    """Changes of many tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/bulk/ids", permission=Permission.WORK_TICKET)
    def ids(self, query: TicketQuery) -> TicketIds:
        """List the numbers of the tickets that match, at most 1000 a call, whatever its limit."""
        # By their opening, which the changes do not change, so that no ticket is left out.
        behind = walk_of(self._work, query.behind)
        return self._work.desk.tickets.ids(plain(self._work, query), behind, _IDS_AT_ONCE)

    @operation("POST", "/bulk", permission=Permission.WORK_TICKET, creates=True)
    def begin(self, label: str) -> DeedRef:
        """Begin a deed that changes many tickets, in steps of at most 200; ``label`` names it."""
        actor_id, label = self._work.actor.id, label_of(label)
        if actor_id is None:
            raise Invalid(_PEOPLE)
        if not label:
            raise Invalid(_NO_LABEL, field="label")
        deed = self._work.desk.deeds.begin(actor_id, DeedKind.BULK, label, self._work.now)
        return DeedRef(id=deed.id, label=label)

    @operation("POST", "/bulk/{deed_id}", permission=Permission.WORK_TICKET)
    def change(self, deed_id: int, change: BulkChange) -> BulkResult:
        """Change some tickets as part of a deed, each with its own result.

        Each ticket is changed as a whole or, where anything of it may not be, refused and left;
        the others are not held back by that. Of tickets that are deleted, some may be ``left`` for
        the next call. Raises ``Invalid`` for what could be done to none,
        and ``Forbidden`` for what who calls may do to none.
        """
        deed = self._deed(deed_id)
        self._require_rights(change)
        self._work.desk.unsent.together = deed.label
        asked = change.ticket_ids
        most = fitting(self._work, asked, each=DELETED) if change.delete else len(asked)
        ids = tuple(dict.fromkeys(asked[:most]))
        known = [each for each in ids if is_id(each)]
        kept = self._work.desk.clocks.tickets(known)
        merged = self._work.desk.merges.merged_among(known)
        refused, tickets = list[Refusal](), list[Ticket]()
        for id_ in ids:
            try:
                tickets.append(self._allowed(id_, change, is_merged=id_ in merged))
            except DeskError as error:
                refused.append(Refusal(ticket_id=id_, sentence=str(error)))
        steps = self._delete(tickets) if change.delete else self._change(tickets, change, refused)
        del kept  # held until here, so that each was read only once
        self._work.desk.deeds.add_more(deed, steps, self._work.now)
        return BulkResult(
            changed=tuple(step.ticket_id for step in steps),
            refused=tuple(refused),
            left=asked[most:],
        )

    def _deed(self, deed_id: int) -> Deed:
        deed = self._work.desk.deeds.get(deed_id) if is_id(deed_id) else None
        is_own = deed is not None and deed.actor_id == self._work.actor.id
        if deed is None or not is_own or deed.kind is not DeedKind.BULK or deed.undone_at:
            raise NotFound(_NONE_SUCH)
        return deed

    def _require_rights(self, change: BulkChange) -> None:
        actor, touched = self._work.actor, change.model_fields_set
        if change.delete and not actor.may(Permission.DELETE_TICKET):
            raise Forbidden(_NO_DELETING)
        gives = "assignee_id" in touched and change.assignee_id not in (None, actor.id)
        if gives and not actor.may(Permission.ASSIGN_TICKET):
            raise Forbidden(_NO_ASSIGNING)
        if change.category_id is not None:
            self._work.desk.categories.choose(change.category_id)
        if change.team_id is not None:
            self._work.desk.teams.choose(change.team_id)
        if change.assignee_id is not None:
            self._require_assignee(change.assignee_id)
        if change.snooze is not None:
            put_off_of(self._work, change.snooze)

    def _require_assignee(self, assignee_id: int) -> None:
        person = self._work.desk.users.get(assignee_id)
        if not person.can_be_given_tickets:
            raise Invalid(f"{person.full_name} cannot be given tickets.", field="assignee_id")

    def _allowed(self, ticket_id: int, change: BulkChange, *, is_merged: bool) -> Ticket:
        """Return a ticket that all of the change can be done to. Raises what speaks against it."""
        ticket, touched = self._work.desk.tickets.get(ticket_id), change.model_fields_set
        number, now, then = ticket.number, ticket.status, change.status or ticket.status
        if change.delete:
            self._work.desk.trash.require_apart(ticket_id)
        elif is_merged:
            require_unmerged(self._work, ticket)
        if then is not now and then not in TRANSITIONS[now]:
            raise Invalid(_STATUS.format(number=number, now=now.label, then=then.label))
        if "assignee_id" in touched and change.assignee_id != ticket.assignee_id:
            if not now.is_open and not then.is_open:
                raise Invalid(_DONE.format(number=number, now=now.label))
            theirs = ticket.assignee_id != self._work.actor.id and change.assignee_id is None
            if theirs and not self._work.actor.may(Permission.ASSIGN_TICKET):
                raise Forbidden(_NOT_YOURS.format(number=number))
        return ticket

    def _delete(self, tickets: Sequence[Ticket]) -> list[Step]:
        steps = [deleted_step(each.id) for each in tickets]
        if tickets:
            move_to_trash(self._work, *tickets)
        return steps

    def _change(
        self, tickets: Sequence[Ticket], change: BulkChange, refused: list[Refusal]
    ) -> list[Step]:
        """Change tickets, each as a whole; what refuses all the same is left as it was."""
        steps = []
        expect(self._work.desk, tickets)
        for ticket in tickets:
            changes = TicketChanges(self._work, ticket)
            try:
                with self._work.desk.attempt_in_memory(ticket):
                    _apply(changes, change)
                    self._mark(changes, change)
                    self._put_off(changes, change)
            except DeskError as error:
                refused.append(Refusal(ticket_id=ticket.id, sentence=str(error)))
                continue
            # Nobody has looked at each of them, so there is nothing to learn.
            changes.happened.settled.clear()
            changes.touch()
            if changes.happened.kinds and (
                step := step_of(self._work, changes, follow(self._work, changes, waits=True))
            ):
                steps.append(step)
        return steps

    def _mark(self, changes: TicketChanges, change: BulkChange) -> None:
        """Add tags and take others away; a tag is the same whatever its case."""
        if change.add_tags or change.remove_tags:
            gone = {folded(each) for each in change.remove_tags}
            tags = (*self._work.desk.tags.of_ticket(changes.ticket.id), *change.add_tags)
            changes.set_tags([each for each in tags if folded(each) not in gone])

    def _put_off(self, changes: TicketChanges, change: BulkChange) -> None:
        """Put a ticket out of sight that is open, whatever else was done to it."""
        if change.snooze is not None:
            require_open(self._work, changes)
            changes.put_off(put_off_of(self._work, change.snooze))


def expect(desk: Transacted, tickets: Sequence[Ticket]) -> None:
    """Read at once what is asked of each of many tickets that are going to be changed."""
    ids = {each.id for each in tickets}
    desk.clocks.expect(ids)
    desk.clocks.expect_asked({each.id for each in tickets if each.first_responded_at})
    desk.snoozes.expect(ids)
    people = {id_ for each in tickets for id_ in (each.assignee_id, each.requester_id)}
    desk.people.expect([id_ for id_ in people if id_ is not None])
    desk.people.expect_followers(ids)
    desk.tags.expect(ids)


def _apply(changes: TicketChanges, change: BulkChange) -> None:
    """Do to one ticket what is to be done to all of them, as far as it is not so already."""
    ticket, touched = changes.ticket, change.model_fields_set
    if change.priority and change.priority is not ticket.priority:
        changes.set_priority(change.priority)
    if "category_id" in touched and change.category_id != ticket.category_id:
        changes.set_category(change.category_id)
    if "team_id" in touched and change.team_id != ticket.team_id:
        changes.set_team(change.team_id)
    if change.status and change.status is not ticket.status and change.status.is_open:
        changes.move(change.status)
    if "assignee_id" in touched and change.assignee_id != ticket.assignee_id:
        changes.assign(change.assignee_id)
    if change.status and change.status is not ticket.status:
        changes.move(change.status)
