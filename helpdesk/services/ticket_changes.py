# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a ticket, whoever does it: a person by an operation, or a rule of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from helpdesk.core.errors import Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.snoozes import WokenBy
from helpdesk.core.schemas.tickets import NewComment, Priority, Status
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.core.text import folded
from helpdesk.models import Comment, Ticket
from helpdesk.models.event import STAFF_ONLY, EventKind
from helpdesk.repositories.snoozes import PutOff
from helpdesk.services.learning import FIELDS
from helpdesk.services.work import Work

WITH_STATUS = ("resolved_at", "closed_at", "reopens")
"""What of a ticket goes with its status."""
ESCALATION = ("escalation_level", "escalated_at")
"""What of its clocks begins anew with a reopening."""
FieldValue = Status | Priority | int | str | tuple[str, ...] | tuple[int, ...] | None
"""A status, a priority, the id of a category, a team or an assignee; tags, or who follows it.

Of one of the desk's own fields it is the text that is kept.
"""


class Putting(NamedTuple):
    """How a ticket was put off before, and how it is now; ``None`` where it is in sight."""

    before: PutOff | None
    now: PutOff | None


@dataclass
class Happened:
    """What one call, or one rule, has done to a ticket; what follows from it is worked out of it.

    ``fields`` holds what the ticket had before, by 'status', 'priority', 'category', 'team',
    'assignee', 'tags' and 'watchers', and by 'field:3' for one of the desk's own. ``rule`` names
    the rule that did it; ``actor_id`` is ``None`` for rules.
    """

    at: datetime
    actor_id: int | None
    rule: str | None = None
    is_new: bool = False
    reopened: bool = False
    fields: dict[str, FieldValue] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    kinds: set[EventKind] = field(default_factory=set)
    mentioned: set[int] = field(default_factory=set)
    """Whom of the staff a comment names."""
    merged_into: str = ""
    """The number of the ticket that this one goes on in."""
    settled: set[SuggestedField] = field(default_factory=set)
    """What a person has decided by this, for the desk to learn."""
    said: dict[str, str | None] = field(default_factory=dict)
    """What a field is now, in words."""
    called: dict[str, str] = field(default_factory=dict)
    """What people call one of the desk's own fields."""
    was: dict[str, Any] = field(default_factory=dict)
    """What went with a status before, and comes back with it when that is undone."""
    put_back: datetime | None = None
    """Since when a status stood that was undone: the time since counts as if it had never been."""
    put_off: Putting | None = None
    """That it was put out of sight, or is back: no rule or clock follows from that."""
    woken_by: WokenBy | None = None
    by_clocks: list[Happened] | None = None
    """What was done for late clocks, where these have followed before all else does."""
    untold: frozenset[int] = frozenset()
    """Who asked for help and heard nothing of what this undoes, and so hears nothing of it."""

    @property
    def is_news(self) -> bool:
        """Whether the ticket is different; that a rule told somebody is no news of it."""
        return self.is_new or self.reopened or bool(self.fields or self.comments)

    @property
    def is_seen_by_all(self) -> bool:
        """Whether more happened than requesters may know of."""
        return bool(self.kinds.difference(STAFF_ONLY))


def require_unmerged(work: Work, ticket: Ticket) -> None:
    """Raise ``Invalid`` for a merged ticket, which is closed: it goes on in another one."""
    into = work.desk.merges.last_of(ticket.id) if ticket.status is Status.CLOSED else None
    if into is not None:
        raise Invalid(
            f"{ticket.number} is merged into {into.number}; go on there, or undo the merge."
        )


class TicketChanges:
    """What is done to one ticket by one call or one rule, with its history."""

    def __init__(self, work: Work, ticket: Ticket, *, rule: str | None = None) -> None:
        """Bind to the transaction of ``work``; ``rule`` is the name of the rule that does it."""
        self._work = work
        self.ticket = ticket
        self.changed_before = ticket.updated_at
        """When it had changed last for whoever sees it."""
        self.happened = Happened(work.now, None if rule else work.actor.id, rule)

    def created(self) -> None:
        """Note that the ticket is new."""
        self.happened.is_new = True
        self.record(EventKind.CREATED)

    def set_priority(self, priority: Priority) -> None:
        """Change the priority."""
        old = self.ticket.priority
        self._change("priority", old, old.label, priority.label)
        self.ticket.priority = priority
        self._settle(SuggestedField.PRIORITY)

    def set_category(self, category_id: int | None) -> None:
        """Change the category. Raises ``NotFound`` or ``Invalid`` for one that cannot be chosen."""
        categories, ticket = self._work.desk.categories, self.ticket
        new = categories.choose(category_id).name if category_id else None
        name = categories.name_of(ticket.category_id)
        self._change("category", ticket.category_id, name, new)
        ticket.category_id = category_id
        self._settle(SuggestedField.CATEGORY)

    def set_team(self, team_id: int | None) -> None:
        """Change the team. Raises ``NotFound`` or ``Invalid`` for one that cannot be chosen."""
        teams, ticket = self._work.desk.teams, self.ticket
        new = teams.choose(team_id).name if team_id else None
        self._change("team", ticket.team_id, teams.name_of(ticket.team_id), new)
        ticket.team_id = team_id

    def set_tags(self, names: Sequence[str]) -> None:
        """Let the ticket have these tags and no others."""
        tags, ticket = self._work.desk.tags, self.ticket
        before = tags.of_ticket(ticket.id)
        if {folded(each) for each in before} == {folded(each) for each in names}:
            return
        after = tags.put(ticket.id, names)
        self._change("tags", before, ", ".join(before) or None, ", ".join(after) or None)

    def set_field(
        self,
        name: str,
        called: str,
        before: str,
        old: str | None,
        new: str | None,
        *,
        staff_only: bool,
    ) -> None:
        """Note that one of the desk's own fields has another value: what it was, and in words."""
        self.happened.fields.setdefault(name, before)
        self.happened.said[name] = new
        self.happened.called[name] = called
        kind = EventKind.FILLED if staff_only else EventKind.CHANGED
        self.record(kind, field=called, old=old, new=new)

    def assign(self, assignee_id: int | None) -> None:
        """Give the ticket to somebody, who is to begin, or back to the queue."""
        if assignee_id == self.ticket.assignee_id:
            return
        self.set_assignee(assignee_id)
        if assignee_id and self.ticket.status is Status.NEW:
            self.move(Status.OPEN)

    def set_assignee(self, assignee_id: int | None) -> None:
        """Change the assignee alone. Raises ``Invalid`` where there can be no such assignee."""
        users, ticket = self._work.desk.users, self.ticket
        if not ticket.status.is_open:
            raise Invalid(f"{ticket.number} is {ticket.status.label}; reopen it first.")
        new = users.get(assignee_id) if assignee_id else None
        if new and not new.can_be_given_tickets:
            raise Invalid(f"{new.full_name} cannot be given tickets.", field="assignee_id")
        old = users.get(ticket.assignee_id) if ticket.assignee_id else None
        self._change(
            "assignee",
            ticket.assignee_id,
            old.full_name if old else None,
            new.full_name if new else None,
        )
        ticket.assignee_id = assignee_id

    def move(self, status: Status) -> None:
        """Change the status, with all that follows. Raises ``Invalid`` where it may not be."""
        ticket, before = self.ticket, self.ticket.status
        if before is Status.CLOSED:
            require_unmerged(self._work, ticket)
        was = {name: getattr(ticket, name) for name in WITH_STATUS}
        ticket.move_to(status, self._work.now)
        self._keep(was)
        reopens = status.is_open and not before.is_open
        self.happened.fields.setdefault("status", before)
        self.happened.said["status"] = status.label
        kind = EventKind.REOPENED if reopens else EventKind.CHANGED
        self.record(kind, field="status", old=before.label, new=status.label)
        if before.is_open and not status.is_open and self._vouches():
            self.happened.settled.update(FIELDS)
        if reopens:
            ticket.reopens += 1
            self.happened.reopened = True
            self._return_from_leaver()

    def put_back(self, status: Status, was: Mapping[str, Any], since: datetime) -> None:
        """Undo a change of status that was made at a moment, with what went with it.

        It is no reopening, as nobody found a solution wanting, and no solution either.
        """
        ticket, before = self.ticket, self.ticket.status
        if status.is_open:
            require_unmerged(self._work, ticket)
        self._keep({name: getattr(ticket, name) for name in WITH_STATUS})
        for name in WITH_STATUS:
            setattr(ticket, name, was.get(name, getattr(ticket, name)))
        ticket.status = status
        self.happened.was |= {name: was[name] for name in ESCALATION if name in was}
        self.happened.put_back = since
        self.happened.fields.setdefault("status", before)
        self.happened.said["status"] = status.label
        self.record(EventKind.CHANGED, field="status", old=before.label, new=status.label)

    def add_comment(
        self,
        new: NewComment,
        author_id: int,
        *,
        by_staff: bool,
        automatic: bool = False,
        with_files: str = "",
    ) -> Comment:
        """Add a comment; the first public one that a person of the staff wrote is the response.

        ``with_files`` is what it is found by besides.
        """
        comment = Comment(
            ticket_id=self.ticket.id,
            author_id=author_id,
            by_staff=by_staff,
            internal=new.internal,
            automatic=automatic,
            created_at=self._work.now,
            body=new.body,
        )
        self._work.desk.tickets.add_comment(self.ticket, comment, with_files)
        self.happened.comments.append(comment)
        self.record(EventKind.NOTED if new.internal else EventKind.COMMENTED)
        if by_staff and not new.internal and not automatic:
            self.ticket.note_first_response(self._work.now)
        return comment

    def record(
        self,
        kind: EventKind,
        *,
        field: str | None = None,
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        """Add an entry to the history."""
        self.happened.kinds.add(kind)
        self._work.desk.tickets.record(
            self.ticket,
            kind,
            self._work.now,
            field=field,
            old=old,
            new=new,
            by_program=self.happened.rule is not None,
        )

    def touch(self) -> None:
        """Count the change: tags, and what the staff alone may know of, are no news of a ticket."""
        fields, kinds = self.happened.fields.keys(), self.happened.kinds
        is_news = fields != {"tags"} or self.happened.comments
        if self.happened.is_seen_by_all and is_news:
            self.ticket.touch(self._work.now)
        elif self.happened.is_seen_by_all or EventKind.FILLED in kinds:
            # Two of the staff who change it at once must notice.
            self.ticket.version += 1

    def put_off(self, now: PutOff | None) -> None:
        """Put the ticket out of sight, or let it be seen again."""
        snoozes = self._work.desk.snoozes
        before = snoozes.get(self.ticket.id)
        if before == now:
            return
        snoozes.put(self.ticket.id, now)
        first = self.happened.put_off.before if self.happened.put_off else before
        self.happened.put_off = Putting(first, now)
        if now is None:
            self.record(EventKind.WOKEN, new=self.happened.woken_by)
        else:
            until = now.until.isoformat() if now.until else None
            self.record(EventKind.SNOOZED, field="reply" if now.until_reply else None, new=until)

    def works_on(self) -> bool:
        """Return whether the actor speaks for the desk on this ticket, not as its requester."""
        is_requester = self.ticket.requester_id == self._work.actor.id
        return self._work.actor.may(Permission.WORK_TICKET) and not is_requester

    def _vouches(self) -> bool:
        """Return whether closing says that category and priority are right.

        Whoever only asked has chosen them, and would teach the desk whatever they like.
        """
        if self.happened.rule:
            return False
        assignee_id, actor = self.ticket.assignee_id, self._work.actor
        has_it = assignee_id is not None and assignee_id == actor.id
        return self.works_on() or (has_it and actor.may(Permission.WORK_TICKET))

    def _return_from_leaver(self) -> None:
        """Put a reopened ticket back into the queue when its assignee no longer works there."""
        assignee_id = self.ticket.assignee_id
        if assignee_id and not self._work.desk.users.get(assignee_id).can_be_given_tickets:
            self.assign(None)

    def _keep(self, was: Mapping[str, Any]) -> None:
        for name, value in was.items():
            self.happened.was.setdefault(name, value)

    def _change(self, name: str, before: FieldValue, old: str | None, new: str | None) -> None:
        self.happened.fields.setdefault(name, before)
        self.happened.said[name] = new
        self.record(EventKind.CHANGED, field=name, old=old, new=new)

    def _settle(self, field: SuggestedField) -> None:
        if self.happened.rule is None:
            self.happened.settled.add(field)
