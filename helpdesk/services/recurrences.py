# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurring tickets, as managers plan them, and the steps of the job that opens them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.recurrence import SHOWN, dates
from helpdesk.core.recurrence_words import rule_words
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.recurrences import (
    RecurrenceChange,
    RecurrenceSettings,
    RecurrenceView,
    RuleAsk,
    RuleDates,
)
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import CategoryView
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.models import Recurrence
from helpdesk.models.ticket import number_of
from helpdesk.repositories.desk_changes import RECURRENCE
from helpdesk.repositories.recurrences import RecurrenceRow
from helpdesk.services.recurring import open_due
from helpdesk.services.work import Work

AT_ONCE = 100
_TIMING = ("rule", "time_zone", "starts_at")
_CHANGED = "{name} was changed in the meantime; look and try again."
_NO_DATES = "This rule has no date from now on; choose another one, or a later end."


class Recurrences:
    """The recurring tickets of the desk, which managers share."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/recurrences", permission=Permission.SHARE_WORK)
    def all(self) -> tuple[RecurrenceView, ...]:
        """List the recurring tickets, those that are opened next first."""
        return tuple(_view(row) for row in self._work.desk.recurrences.all())

    @operation(
        "POST",
        "/recurrences/preview",
        permission=Permission.SHARE_WORK,
        transaction=Transaction.READ,
    )
    def preview(self, ask: RuleAsk) -> RuleDates:
        """Tell in words what a rule says, and its next five dates from now on."""
        found = islice(self._dates(ask), SHOWN)
        words = rule_words(ask.rule, ask.time_zone, ask.starts_at)
        return RuleDates(words=words, dates=tuple(found))

    @operation("POST", "/recurrences", permission=Permission.SHARE_WORK, creates=True)
    def add(self, new: RecurrenceSettings) -> RecurrenceView:
        """Plan a recurring ticket. Raises ``Invalid`` for a rule that has no date to come."""
        self._require_sound(new)
        made = Recurrence(version=1, active=True, next_at=self._next(new), **_columns(new))
        return self._saved(self._work.desk.recurrences.add(made))

    @operation("PUT", "/recurrences/{recurrence_id}", permission=Permission.SHARE_WORK)
    def change(self, recurrence_id: int, change: RecurrenceChange) -> RecurrenceView:
        """Change a recurring ticket; the tickets that it opened stay as they are.

        With another rule, time zone or beginning its next date is worked out anew. One that had
        ended goes on where the new rule has a date.
        """
        recurrence = self._expected(recurrence_id, change.version)
        self._require_sound(change)
        had_ended = not recurrence.active and recurrence.next_at is None
        is_as_before = all(getattr(change, each) == getattr(recurrence, each) for each in _TIMING)
        # A date that has come, and whose ticket is still to be opened, is not passed over.
        kept = recurrence.next_at if is_as_before else None
        next_at = kept or self._next(change)
        for name, value in _columns(change).items():
            setattr(recurrence, name, value)
        recurrence.next_at = next_at
        recurrence.active = recurrence.active or had_ended
        recurrence.version += 1
        return self._saved(recurrence)

    @operation("POST", "/recurrences/{recurrence_id}/pause", permission=Permission.SHARE_WORK)
    def pause(self, recurrence_id: int, version: int) -> RecurrenceView:
        """Open no more tickets until it is resumed."""
        recurrence = self._expected(recurrence_id, version)
        recurrence.active = False
        recurrence.version += 1
        return self._saved(recurrence)

    @operation("POST", "/recurrences/{recurrence_id}/resume", permission=Permission.SHARE_WORK)
    def resume(self, recurrence_id: int, version: int) -> RecurrenceView:
        """Go on from now; what was due meanwhile is not opened any more."""
        recurrence = self._expected(recurrence_id, version)
        recurrence.next_at = self._next(recurrence)
        recurrence.active = True
        recurrence.version += 1
        return self._saved(recurrence)

    @operation("DELETE", "/recurrences/{recurrence_id}", permission=Permission.SHARE_WORK)
    def remove(self, recurrence_id: int) -> None:
        """Plan it no more; the tickets that it opened stay."""
        self._work.desk.recurrences.remove(self._work.desk.recurrences.get(recurrence_id)[0])
        self._work.desk.changed(RECURRENCE, recurrence_id)

    def _dates(self, of: RuleAsk | Recurrence) -> Any:
        """Return the dates from now on, that of this moment included."""
        just_before = self._work.now - timedelta(microseconds=1)
        return dates(of.rule, of.time_zone, of.starts_at, just_before)

    def _next(self, of: RuleAsk | Recurrence) -> datetime:
        found: datetime | None = next(self._dates(of), None)
        if found is None:
            raise Invalid(_NO_DATES, field="rule")
        return found

    def _expected(self, recurrence_id: int, version: int) -> Recurrence:
        row = self._work.desk.recurrences.get(recurrence_id)
        if row.recurrence.version != version:
            raise Conflict(_CHANGED.format(name=row.recurrence.name), current=_view(row))
        return row.recurrence

    def _require_sound(self, new: RecurrenceSettings) -> None:
        """Raise ``Invalid`` or ``NotFound`` for what cannot be chosen for a ticket today."""
        desk = self._work.desk
        requester = desk.users.get(new.requester_id)
        if not requester.active:
            raise Invalid(f"{requester.full_name} has no active account.", field="requester_id")
        if new.assignee_id is not None:
            person = desk.users.get(new.assignee_id)
            if not person.can_be_given_tickets:
                raise Invalid(f"{person.full_name} cannot be given tickets.", field="assignee_id")
        if new.category_id is not None:
            desk.categories.choose(new.category_id)
        if new.team_id is not None:
            desk.teams.choose(new.team_id)

    def _saved(self, recurrence: Recurrence) -> RecurrenceView:
        self._work.desk.flush()
        self._work.desk.changed(RECURRENCE, recurrence.id)
        return _view(self._work.desk.recurrences.get(recurrence.id))


class DueRecurrences(Result):
    """The recurring tickets whose date has come."""

    recurrence_ids: tuple[int, ...]


class Recurring:
    """Steps of opening what is due; a job takes them, no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/recurrences/steps/due",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.READ,
    )
    def due(self) -> DueRecurrences:
        """Return the next recurring tickets whose date has come."""
        found = self._work.desk.recurrences.due_ids(self._work.now, AT_ONCE)
        return DueRecurrences(recurrence_ids=tuple(found))

    @operation("POST", "/recurrences/steps/open", permission=Permission.SET_UP_RULES)
    def open(self, recurrence_id: int) -> int:
        """Open the ticket of one date, and return how many were opened: one, or none."""
        recurrence = self._work.desk.recurrences.due(recurrence_id, self._work.now)
        if recurrence is None:
            return 0
        open_due(self._work, recurrence)
        self._work.desk.changed(RECURRENCE, recurrence_id)
        return 1


def _columns(settings: RecurrenceSettings) -> dict[str, Any]:
    """Return what is stored of settings, by column."""
    values = settings.model_dump(exclude={"tags", "tasks", "version"})
    lists = {"tags": json.dumps(settings.tags), "tasks": json.dumps(settings.tasks)}
    return {**values, **lists}


def _view(row: RecurrenceRow) -> RecurrenceView:
    each = row.recurrence
    last = each.last_ticket_id
    return RecurrenceView(
        id=each.id,
        name=each.name,
        subject=each.subject,
        description=each.description,
        category=_named(CategoryView, each.category_id, row.category),
        priority=each.priority,
        requester=PersonRef(id=each.requester_id, full_name=row.requester),
        assignee=PersonRef(id=each.assignee_id, full_name=row.assignee or "")
        if each.assignee_id
        else None,
        team=_named(TeamRef, each.team_id, row.team),
        tags=tuple(json.loads(each.tags)),
        tasks=tuple(json.loads(each.tasks)),
        rule=each.rule,
        words=_words(each),
        time_zone=each.time_zone,
        starts_at=each.starts_at,
        next_at=each.next_at if each.active else None,
        last_ticket=TicketRef(id=last, number=number_of(last), subject=row.last_subject or "")
        if last
        else None,
        active=each.active,
        ended=each.next_at is None,
        version=each.version,
    )


def _words(each: Recurrence) -> str:
    """Return a rule in words, or as it is where this machine does not know its time zone."""
    try:
        return rule_words(each.rule, each.time_zone, each.starts_at)
    except Invalid:
        return each.rule


def _named(kind: Any, id_: int | None, name: str | None) -> Any:
    return kind(id=id_, name=name or "") if id_ is not None else None
