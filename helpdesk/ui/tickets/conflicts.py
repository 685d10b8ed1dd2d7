# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs when somebody changed a ticket that was just being changed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.core.schemas.tickets import EventView, Status, TicketView

TITLES = {
    "status": "Status",
    "priority": "Priority",
    "category_id": "Category",
    "assignee_id": "Assignee",
    "team_id": "Team",
}
"""The fields that can meet, by their names in a change."""
_IN_HISTORY = {"category_id": "category", "assignee_id": "assignee", "team_id": "team"}

Label = Callable[[str, Any], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what was chosen here, what it is now, and who made it so."""

    field: str
    title: str
    mine: Any
    mine_label: str
    now_label: str
    who: str
    at: datetime | None
    is_possible: bool
    """Whether what was chosen can still be chosen."""


def differences(
    chosen: Mapping[str, Any], seen: TicketView | None, now: TicketView, label: Label
) -> tuple[Difference, ...]:
    """Return the fields that are not as chosen.

    ``seen`` is the state on which the choice was made, where it is known; ``label`` names the
    value of a field.
    """
    return tuple(
        _difference(field, value, seen, now, label)
        for field, value in chosen.items()
        if value_of(now, field) != value
    )


def value_of(ticket: TicketView, field: str) -> Any:
    """Return a field of a ticket as a change would set it."""
    if field == "category_id":
        return ticket.category.id if ticket.category else None
    if field == "assignee_id":
        return ticket.assignee.id if ticket.assignee else None
    if field == "team_id":
        return ticket.team.id if ticket.team else None
    return getattr(ticket, field)


def _difference(
    field: str, mine: Any, seen: TicketView | None, now: TicketView, label: Label
) -> Difference:
    event = _last_change(field, seen, now)
    who = event.actor.full_name if event and event.actor else ""
    return Difference(
        field=field,
        title=TITLES[field],
        mine=mine,
        mine_label=label(field, mine),
        now_label=label(field, value_of(now, field)),
        who=who,
        at=event.at if event else None,
        is_possible=_is_possible(field, mine, now),
    )


def _last_change(field: str, seen: TicketView | None, now: TicketView) -> EventView | None:
    """Return who changed the field last, unless the person has seen that change already."""
    known = {event.id for event in seen.events} if seen else set()
    name = _IN_HISTORY.get(field, field)
    changes = (event for event in now.events if event.field == name)
    newest = next(changes, None)
    return newest if newest and newest.id not in known else None


def _is_possible(field: str, mine: Any, now: TicketView) -> bool:
    if field == "status":
        return mine in now.next_statuses or (mine is Status.CLOSED and "close" in now.allowed)
    if field == "assignee_id":
        return bool(now.allowed & {"assign", "take", "release"})
    return "change" in now.allowed
