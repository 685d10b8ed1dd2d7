# SPDX-License-Identifier: GPL-3.0-or-later
"""The views that every list offers: a name and the query behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    Priority,
    Sort,
    Status,
    TicketQuery,
)


class View(NamedTuple):
    """A named query; ``key`` is what is remembered of it."""

    key: str
    title: str
    query: TicketQuery
    empty: str
    """What to say when nothing matches, and what to do about it."""
    said: str = ""
    """The query as it is typed, of a view that somebody has kept: its filters are shown."""


def queue_views(person_id: int) -> tuple[View, ...]:
    """Return the views of the queue for somebody who works tickets.

    What is snoozed is no work for now: it is left out of all that is open.
    """
    return (
        View(
            "unassigned",
            "Unassigned",
            TicketQuery(statuses=OPEN_STATUSES, unassigned=True, snoozed=False),
            "Every open ticket has somebody who works on it.",
        ),
        View(
            "mine",
            "Assigned to me",
            TicketQuery(statuses=OPEN_STATUSES, assignee_ids=(person_id,), snoozed=False),
            "Nothing is assigned to you; take something from 'Unassigned'.",
        ),
        View(
            "open",
            "All open tickets",
            TicketQuery(statuses=OPEN_STATUSES, snoozed=False),
            "No ticket is open. Enjoy it while it lasts.",
        ),
        View(
            "urgent",
            "Urgent and high",
            TicketQuery(
                statuses=OPEN_STATUSES,
                priorities=(Priority.URGENT, Priority.HIGH),
                snoozed=False,
            ),
            "Nothing urgent is open.",
        ),
        View(
            "awaiting",
            "Awaiting customer",
            TicketQuery(statuses=(Status.AWAITING_CUSTOMER,), snoozed=False),
            "No ticket waits for an answer of its requester.",
        ),
        View(
            "snoozed",
            "Snoozed",
            TicketQuery(snoozed=True),
            "No ticket is out of sight; press Z on one to snooze it.",
        ),
        View(
            "resolved",
            "Resolved",
            TicketQuery(statuses=(Status.RESOLVED,), sort=Sort.UPDATED),
            "No resolved ticket waits to be closed.",
        ),
        View("all", "All tickets", TicketQuery(sort=Sort.NEWEST), "There is no ticket yet."),
    )


def own_views(person_id: int) -> tuple[View, ...]:
    """Return the views of somebody's own requests."""
    mine = (person_id,)
    return (
        View(
            "own-open",
            "My open tickets",
            TicketQuery(requester_ids=mine, statuses=OPEN_STATUSES, sort=Sort.UPDATED),
            "You have no open ticket. Press Ctrl+N when something does not work.",
        ),
        View(
            "own",
            "All my tickets",
            TicketQuery(requester_ids=mine, sort=Sort.UPDATED),
            "You have not submitted a ticket yet. Press Ctrl+N to submit one.",
        ),
        View(
            "own-done",
            "My resolved tickets",
            TicketQuery(
                requester_ids=mine, statuses=(Status.RESOLVED, Status.CLOSED), sort=Sort.UPDATED
            ),
            "None of your tickets has been resolved yet.",
        ),
    )


def team_views() -> tuple[View, ...]:
    """Return the views of everybody's tickets, for staff who read along."""
    return (
        View(
            "team-recent",
            "Everybody's tickets",
            TicketQuery(sort=Sort.UPDATED),
            "There is no ticket yet.",
        ),
        View(
            "team-open",
            "Everybody's open tickets",
            TicketQuery(statuses=OPEN_STATUSES, sort=Sort.UPDATED),
            "No ticket is open.",
        ),
    )


def widest_view(views: Sequence[View]) -> View:
    """Return the first view that leaves out no ticket, whatever its state is, else the last."""
    asked = ((view, view.query) for view in views)
    wide = (
        view
        for view, query in asked
        if not (query.statuses or query.unassigned) and query.snoozed is None
    )
    return next(wide, views[-1])


AGES: tuple[tuple[str, str], ...] = (
    ("day", "Last 24 hours"),
    ("week", "Last 7 days"),
    ("month", "Last 30 days"),
    ("older", "Older than 30 days"),
)
_AGE_DAYS = {"day": 1, "week": 7, "month": 30}


def with_age(query: TicketQuery, age: str | None, now: datetime) -> TicketQuery:
    """Return the query limited to tickets of an age, one of the keys of ``AGES``."""
    if age is None:
        return query
    if age == "older":
        return query.model_copy(update={"created_before": now - timedelta(days=30)})
    return query.model_copy(update={"created_after": now - timedelta(days=_AGE_DAYS[age])})
