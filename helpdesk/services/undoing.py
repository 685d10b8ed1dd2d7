# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts back what a deed did to a ticket, or does it again, field by field.

A field that somebody has changed since is left, and told of: what others did is never lost by it.
Like every change of a ticket it goes through ``TicketChanges``, and everything follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from helpdesk.core.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import folded
from helpdesk.database.types import from_microseconds
from helpdesk.models import Deed, Ticket
from helpdesk.models.event import EventKind
from helpdesk.models.ticket import TRANSITIONS, number_of
from helpdesk.repositories.deeds import Done
from helpdesk.repositories.withdrawals import Withdrawals
from helpdesk.services import merging
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import (
    CHANGED_BEFORE,
    FIELD,
    FIELDS,
    MERGED_INTO,
    NEWS,
    SNOOZED,
    TAGS,
    own_values,
    unpacked,
    values_of,
)
from helpdesk.services.field_values import set_values, still_taken
from helpdesk.services.row_steps import ROWS, put_rows_back
from helpdesk.services.snoozes import put_back
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.trash import TRASHED, move_to_trash, restored
from helpdesk.services.work import Work

_CHANGED_SINCE = "{what} of {number} was changed since and stays as it is."
_IN_NO_TRASH = "{number} is not in the trash any more."
_NO_ASSIGNING = "Only managers can assign tickets to others; you can take them yourself."
_NOT_YOURS = "{number} is not assigned to you; a manager can move it."
_MERGE_AGAIN = "A merge that was undone is not done again by itself; merge the tickets anew."
_OF_THEIR_OWN = {*FIELDS, TAGS, SNOOZED, *ROWS}
"""What is put back by itself; all else goes with the status."""
_MOMENTS = ("resolved_at", "closed_at", "escalated_at")


class PutBack(NamedTuple):
    """What became of one ticket: which fields were put back, and why others were not."""

    fields: frozenset[str]
    refused: tuple[str, ...]


class Undoing:
    """Undoes one deed, or does it again, some tickets a call."""

    def __init__(self, work: Work, deed: Deed, told: Withdrawals | None, *, again: bool) -> None:
        """Bind to one call; ``again`` does once more what was undone.

        ``told`` is what people were told of the deed.
        """
        self._work = work
        self._deed = deed
        self._told = told
        self._again = again

    def put_back(
        self, step: Done, set_since: Collection[str], moments: Collection[datetime]
    ) -> PutBack:
        """Put one ticket back, or as it was by the deed, which was done at some moments.

        ``set_since`` is what others own now.
        """
        now, then = (step.before, step.after) if self._again else (step.after, step.before)
        if MERGED_INTO in step.after:
            return self._merged(step)
        if TRASHED in step.after:
            return self._trashed(step.ticket_id, to_trash=bool(then[TRASHED]))
        try:
            ticket = self._work.desk.tickets.get(step.ticket_id)
            require_unmerged(self._work, ticket)
        except (NotFound, Invalid) as gone:
            return PutBack(frozenset(), (str(gone),))
        changes = TicketChanges(self._work, ticket)
        done = self._fields(changes, now, then, set_since)
        if done.fields:
            if then.get(NEWS) and self._told and not done.refused:
                changes.happened.untold = self._told.take_back(ticket.id)
            self._see_through(changes)
            if CHANGED_BEFORE in then and not done.refused and changes.changed_before in moments:
                ticket.updated_at = from_microseconds(then[CHANGED_BEFORE])
        return done

    def _fields(
        self,
        changes: TicketChanges,
        now: Mapping[str, Any],
        then: Mapping[str, Any],
        set_since: Collection[str],
    ) -> PutBack:
        """Put back the fields that may be; return which, and what speaks against the others."""
        ticket = changes.ticket
        done, refused = set[str](), list[str]()
        for name in _in_order(then):
            if values_of(ticket)[name] != now[name] or name in set_since:
                what = name.capitalize()
                refused.append(_CHANGED_SINCE.format(what=what, number=ticket.number))
                continue
            try:
                if self._again and name == "assignee":
                    self._require_giving(ticket, then[name])
                self._set(changes, name, then)
            except DeskError as error:
                refused.append(str(error))
            else:
                done.add(name)
        if TAGS in then:
            self._set_tags(changes, now[TAGS], then[TAGS])
            done.add(TAGS)
        if SNOOZED in then:
            why_not = self._snooze(changes, now[SNOOZED], then[SNOOZED])
            done |= set() if why_not else {SNOOZED}
            refused += why_not
        self._set_rows(changes.ticket, now, then, done, refused)
        self._set_own(changes, now, then, set_since, done, refused)
        if "status" in done:
            done |= {name for name in {*now, *then} if not _stands_alone(name)}
        return PutBack(frozenset(done), tuple(refused))

    def _require_giving(self, ticket: Ticket, assignee_id: int | None) -> None:
        """Raise ``Forbidden`` for who could not give the ticket to somebody today."""
        actor = self._work.actor
        if actor.may(Permission.ASSIGN_TICKET) or assignee_id == actor.id:
            return
        if assignee_id is not None:
            raise Forbidden(_NO_ASSIGNING)
        if ticket.assignee_id != actor.id:
            raise Forbidden(_NOT_YOURS.format(number=ticket.number))

    def _set(self, changes: TicketChanges, name: str, then: Mapping[str, Any]) -> None:
        if name == "status":
            self._set_status(changes, Status(then[name]), then)
            return
        setters: dict[str, Callable[[], None]] = {
            "priority": lambda: changes.set_priority(Priority(then[name])),
            "category": lambda: changes.set_category(then[name]),
            "team": lambda: changes.set_team(then[name]),
            "assignee": lambda: changes.set_assignee(then[name]),
        }
        setters[name]()

    def _set_tags(self, changes: TicketChanges, now: list[str], then: list[str]) -> None:
        """Take away what was added and bring back what was taken; other tags stay as they are."""
        added = {folded(each) for each in now} - {folded(each) for each in then}
        present = self._work.desk.tags.of_ticket(changes.ticket.id)
        kept = [each for each in present if folded(each) not in added]
        changes.set_tags([*kept, *(each for each in then if each not in now)])

    def _snooze(
        self, changes: TicketChanges, now: list[Any] | None, then: list[Any] | None
    ) -> tuple[str, ...]:
        """Put a ticket out of sight again, or let it be seen; return why that cannot be."""
        try:
            put_back(self._work, changes, unpacked(now), unpacked(then))
        except DeskError as error:
            return (str(error),)
        return ()

    def _set_rows(
        self,
        ticket: Ticket,
        now: Mapping[str, Any],
        then: Mapping[str, Any],
        done: set[str],
        refused: list[str],
    ) -> None:
        """Put back tasks and time of a ticket."""
        for name in set(ROWS).intersection(then):
            back = put_rows_back(self._work, ticket, name, now[name], then[name])
            done |= back.names
            refused += back.refused

    def _set_own(
        self,
        changes: TicketChanges,
        now: Mapping[str, Any],
        then: Mapping[str, Any],
        set_since: Collection[str],
        done: set[str],
        refused: list[str],
    ) -> None:
        """Put back the desk's own fields that hold what the deed has set, and nobody has since."""
        present = own_values(self._work, changes.ticket, then)
        back = {
            name: then[name]
            for name, value in present.items()
            if value == now[name] and name not in set_since
        }
        by_id = {int(name.removeprefix(FIELD)): value for name, value in back.items()}
        taken, why_not = still_taken(self._work, changes.ticket, by_id)
        set_values(self._work, changes, taken)
        done.update(f"{FIELD}{id_}" for id_ in taken)
        refused += why_not
        if left := present.keys() - back.keys():
            ids = {int(name.removeprefix(FIELD)) for name in left}
            names = [each.name for each in self._work.desk.custom_fields.all() if each.id in ids]
            number = changes.ticket.number
            refused += [_CHANGED_SINCE.format(what=name, number=number) for name in names]

    def _merged(self, step: Done) -> PutBack:
        """Undo a merge; it is not done again, as that would need to be looked at anew."""
        try:
            if self._again:
                raise Invalid(_MERGE_AGAIN)
            merging.unmerge(self._work, step.ticket_id)
        except DeskError as error:
            return PutBack(frozenset(), (str(error),))
        if SNOOZED in step.before:
            changes = TicketChanges(self._work, self._work.desk.tickets.get(step.ticket_id))
            # Where its time has come meanwhile, it is back as it would be without the merge.
            self._snooze(changes, step.after[SNOOZED], step.before[SNOOZED])
        return PutBack(frozenset({MERGED_INTO}), ())

    def _set_status(self, changes: TicketChanges, status: Status, then: Mapping[str, Any]) -> None:
        if self._again and status in TRANSITIONS[changes.ticket.status]:
            changes.move(status)
            return
        was = {
            name: _moment(name, value) for name, value in then.items() if not _stands_alone(name)
        }
        changes.put_back(status, was, self._deed.at)

    def _see_through(self, changes: TicketChanges) -> None:
        """Enter it into the history, and let everything follow."""
        verb = "Done again" if self._again else "Undone"
        changes.record(EventKind.UNDONE, old=verb, new=self._deed.label)
        if self._deed.kind is DeedKind.BULK:
            changes.happened.settled.clear()
        changes.touch()
        follow(self._work, changes, waits=True)

    def _trashed(self, ticket_id: int, *, to_trash: bool) -> PutBack:
        try:
            if to_trash:
                move_to_trash(self._work, self._work.desk.tickets.get(ticket_id))
            else:
                restored(self._work, ticket_id)
        except (NotFound, Conflict) as error:
            missing = not to_trash and isinstance(error, NotFound)
            gone = _IN_NO_TRASH.format(number=number_of(ticket_id)) if missing else str(error)
            return PutBack(frozenset(), (gone,))
        except DeskError as error:
            return PutBack(frozenset(), (str(error),))
        return PutBack(frozenset({TRASHED}), ())


def _stands_alone(name: str) -> bool:
    return name in _OF_THEIR_OWN or name.startswith(FIELD)


def _in_order(then: Mapping[str, Any]) -> list[str]:
    """Return the fields in the order in which they can be set: only open tickets get assignees."""
    names = [name for name in FIELDS if name in then]
    if "status" in names and not Status(then["status"]).is_open:
        names.remove("status")
        names.append("status")
    return names


def _moment(name: str, value: Any) -> Any:
    return from_microseconds(value) if name in _MOMENTS and value is not None else value
