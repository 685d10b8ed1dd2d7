# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurring tickets: what is opened again and again, and by which rule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from helpdesk.core.recurrence import RULE_LIMIT
from helpdesk.core.schemas.base import Id, Moment, Priority, Request, Result
from helpdesk.core.schemas.sla import Name, ZoneName
from helpdesk.core.schemas.tasks import MOST_TASKS, TaskText
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import CategoryView, Tags
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.core.text import Body, Subject

RuleText = Annotated[str, StringConstraints(min_length=1, max_length=RULE_LIMIT)]
"""A rule of RFC 5545, such as 'FREQ=MONTHLY;BYDAY=2TU'."""
Tasks = Annotated[tuple[TaskText, ...], Field(max_length=MOST_TASKS)]


class RuleAsk(Request):
    """A rule whose next dates are asked for; its time is that of ``starts_at`` in the zone."""

    rule: RuleText
    time_zone: ZoneName
    starts_at: Moment


class RuleDates(Result):
    """A rule in words, and its next five dates from now on, fewer where it ends."""

    words: str
    dates: tuple[datetime, ...]


class RecurrenceSettings(RuleAsk):
    """A ticket to be opened again and again, for whom and by which rule."""

    name: Name
    subject: Subject = ""
    description: Body = ""
    category_id: Id | None = None
    priority: Priority = Priority.MEDIUM
    requester_id: Id
    assignee_id: Id | None = None
    team_id: Id | None = None
    tags: Tags = ()
    tasks: Tasks = ()
    """The checklist of each ticket."""

    @model_validator(mode="after")
    def _says_something(self) -> RecurrenceSettings:
        if not self.subject and not self.description:
            raise ValueError("Say in a few words what the ticket is about.")
        return self


class RecurrenceChange(RecurrenceSettings):
    """All of a recurring ticket as it is to be from now on."""

    version: int


class RecurrenceView(Result):
    """A recurring ticket, and when it is opened next."""

    id: int
    name: str
    subject: str
    description: str
    category: CategoryView | None
    priority: Priority
    requester: PersonRef
    assignee: PersonRef | None
    team: TeamRef | None
    tags: tuple[str, ...]
    tasks: tuple[str, ...]
    rule: str
    words: str
    """The rule as people say it."""
    time_zone: str
    starts_at: datetime
    next_at: datetime | None
    """``None`` for one that has ended, or that is paused."""
    last_ticket: TicketRef | None
    active: bool
    ended: bool
    """Whether its rule has no further date."""
    version: int
