# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes what somebody did to tickets, in the transaction that does it, so that it can be undone.

It stands apart from the undoing so that whatever changes tickets can import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Labelled
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line
from helpdesk.database.types import from_microseconds, to_microseconds
from helpdesk.models import Ticket
from helpdesk.repositories.deeds import Done
from helpdesk.repositories.snoozes import PutOff
from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.work import Work

Step = Done
"""What a deed did to one ticket, as plain values by the name of the field.

A status and a priority are their stored words, a category, a team and an assignee are ids, tags are
their names in order, a snooze is what ``packed`` makes of it, and one of the desk's own fields
('field:3') is the text that is kept. ``merged_into`` and ``trashed`` tell of a merge and of a
deletion.
"""
TAGS, MERGED_INTO, SNOOZED = "tags", "merged_into", "snoozed"
CHANGED_BEFORE, NEWS = "changed_before", "news"
"""When the ticket had changed last before, and whether what was told of the change was all of it;
both only where nothing was said besides.
"""
FIELD = "field:"
"""What the name of one of the desk's own fields begins with; its id follows."""
FIELDS = ("priority", "category", "team", "status", "assignee")


def note(work: Work, kind: DeedKind, label: str, steps: Iterable[Step]) -> int:
    """Note a deed of who calls, and return its number."""
    if work.actor.id is None:
        raise ValueError("the program itself undoes nothing")
    deeds = work.desk.deeds
    return deeds.begin(work.actor.id, kind, label_of(label), work.now, list(steps)).id


def note_edit(work: Work, changes: TicketChanges, happened: Sequence[Happened]) -> int | None:
    """Note an edit by somebody of the staff, with what rules did for it; ``None`` for none."""
    if not may_undo(work) or changes.happened.is_new or changes.happened.comments:
        return None
    step = step_of(work, changes, happened)
    if step is None:
        return None
    return note(work, DeedKind.EDIT, words_of(changes), [step])


def may_undo(work: Work) -> bool:
    """Return whether what who calls does is noted: what the staff do, not the program."""
    return work.actor.id is not None and work.actor.may(Permission.WORK_TICKET)


def step_of(work: Work, changes: TicketChanges, happened: Sequence[Happened]) -> Step | None:
    """Return what is different of a ticket by all that has happened; ``None`` for nothing."""
    ticket = changes.ticket
    fields: dict[str, Any] = {}
    was: dict[str, Any] = {}
    for each in happened:
        fields = {**each.fields, **fields}
        was = {**each.was, **was}
    present = values_of(ticket)
    for putting in (each.put_off for each in happened if each.put_off is not None):
        fields.setdefault(SNOOZED, packed(putting.before))
        present[SNOOZED] = packed(putting.now)
    if TAGS in fields:
        present[TAGS] = list(work.desk.tags.of_ticket(ticket.id))
    present |= own_values(work, ticket, fields)
    before = {name: plain(value) for name, value in fields.items() if name in present}
    before = {name: value for name, value in before.items() if value != present[name]}
    if not before:
        return None
    after = {name: present[name] for name in before}
    if "status" in before:
        before |= {name: plain(value) for name, value in was.items()}
    if not changes.happened.comments:
        before[CHANGED_BEFORE] = plain(changes.changed_before)
        # What a rule said to who asked is an answer that stands nowhere else.
        before[NEWS] = len(happened) == 1
    return Step(ticket.id, before, after)


def values_of(ticket: Ticket) -> dict[str, Any]:
    """Return how the fields of a ticket stand, as steps have them."""
    return {
        "priority": ticket.priority.value,
        "category": ticket.category_id,
        "team": ticket.team_id,
        "status": ticket.status.value,
        "assignee": ticket.assignee_id,
    }


def packed(put_off: PutOff | None) -> list[Any] | None:
    """Return a snooze as a step has it."""
    return None if put_off is None else [plain(value) for value in put_off]


def unpacked(value: list[Any] | None) -> PutOff | None:
    """Return the snooze that a step has."""
    if value is None:
        return None
    until, until_reply, by_id, at = value
    moment = from_microseconds(until) if until is not None else None
    return PutOff(moment, until_reply, by_id, from_microseconds(at))


def own_values(work: Work, ticket: Ticket, names: Iterable[str]) -> dict[str, str]:
    """Return how those of some fields stand that are the desk's own."""
    own = [name for name in names if name.startswith(FIELD)]
    values = work.desk.custom_fields.of_ticket(ticket.id) if own else {}
    return {name: values.get(int(name.removeprefix(FIELD)), "") for name in own}


def plain(value: object) -> Any:
    """Return a value as a step has it."""
    if isinstance(value, Labelled):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return to_microseconds(value) if isinstance(value, datetime) else value


def label_of(words: str) -> str:
    """Return words as the label of a deed: one line, and not too long."""
    return ellipsis(single_line(words), NAME_LIMIT)


def words_of(changes: TicketChanges) -> str:
    """Say what was done to a ticket, such as 'Priority of HD-12 to High'."""
    number, said = changes.ticket.number, changes.happened.said
    names = [name for name in said if name in changes.happened.fields]
    called = [changes.happened.called.get(name, name) for name in names]
    words = " and ".join(called)
    words = words[:1].upper() + words[1:]
    if len(names) == 1:
        return f"{words} of {number} to {_shown(said, names[0])}"
    return f"{words} of {number}"


def _shown(said: Mapping[str, str | None], name: str) -> str:
    return said[name] or {"assignee": "nobody"}.get(name, "none")
