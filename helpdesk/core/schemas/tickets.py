# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets: what is asked of them and what is shown."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from helpdesk.core.query_dates import WHEN
from helpdesk.core.schemas.base import Id, Labelled, Moment, Request, Result
from helpdesk.core.schemas.base import Priority as Priority
from helpdesk.core.schemas.clocks import RowClock
from helpdesk.core.schemas.figures import Behind
from helpdesk.core.schemas.ratings import TicketRating
from helpdesk.core.schemas.ticket_work import (
    AttachmentView,
    SnoozeView,
    TicketFieldView,
    TicketRef,
)
from helpdesk.core.schemas.users import PageSize, PersonRef, TeamRef
from helpdesk.core.text import Body, Line, SearchText, Subject, TagName

ChosenIds = Annotated[tuple[Id, ...], Field(max_length=100)]
Tags = Annotated[tuple[TagName, ...], Field(max_length=20)]
AttachmentKeys = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")], ...], Field(max_length=20)
]
"""Files that whoever calls has sent before, by their random ids."""


class Status(Labelled):
    """Where a ticket stands. 'Reopened' is an event, not a status."""

    NEW = "new"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    AWAITING_CUSTOMER = "awaiting_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The name people read."""
        return _STATUS_LABELS.get(self, self.value.title())

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self not in {Status.RESOLVED, Status.CLOSED}


_STATUS_LABELS = {
    Status.IN_PROGRESS: "In Progress",
    Status.AWAITING_CUSTOMER: "Awaiting Customer Response",
}
OPEN_STATUSES = tuple(status for status in Status if status.is_open)


class Source(Labelled):
    """How a ticket reached the desk."""

    DESKTOP = "desktop"
    EMAIL = "email"
    API = "api"
    CHAT = "chat"
    IMPORT = "import"


class Sort(Labelled):
    """The order of a list; ``URGENCY`` is priority, then status, then due time.

    ``RELEVANCE`` puts the best of the newest hits of a search first, and the others behind them
    from the newest on; without a text it is ``NEWEST``.
    """

    URGENCY = "urgency"
    NEWEST = "newest"
    OLDEST = "oldest"
    UPDATED = "updated"
    RELEVANCE = "relevance"


DEFAULT_CATEGORIES = (
    "Hardware",
    "Software",
    "Network",
    "Access",
    "Email",
    "Printing",
    "Phones",
    "Other",
)
"""What every new desk begins with."""


class CategoryView(Result):
    """A category a ticket can be filed under."""

    id: int
    name: str


class FieldValue(Request):
    """The value of one of the desk's own fields, by its key; empty is none.

    A number is written with a point, a day as 2026-12-24, a person as their id.
    """

    key: Line
    value: Line


class NewTicket(Request):
    """A ticket to open; one of subject and description is enough."""

    subject: Subject = ""
    description: Body = ""
    category_id: Id | None = None
    priority: Priority = Priority.MEDIUM
    source: Source = Source.DESKTOP
    attachment_keys: AttachmentKeys = ()
    tags: Tags = ()
    """For staff alone, as is whom it is for and who else is to follow it."""
    requester_id: Id | None = None
    watcher_ids: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    fields: tuple[FieldValue, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _says_something(self) -> NewTicket:
        if not self.subject and not self.description:
            raise ValueError("Say in a few words what is wrong.")
        return self


class TicketChange(Request):
    """What to change of a ticket; only fields that are set are touched."""

    status: Status | None = None
    priority: Priority | None = None
    category_id: Id | None = None
    team_id: Id | None = None
    version: int


class Assignment(Request):
    """Who works the ticket from now on; ``None`` puts it back into the queue."""

    assignee_id: Id | None
    version: int


class NewComment(Request):
    """A comment to add, with the status the ticket gets by it, if any."""

    body: Body
    internal: bool = False
    status: Status | None = None
    attachment_keys: AttachmentKeys = ()
    seen_event: Id | None = None
    """The newest entry of the history that whoever writes has read: where others have said
    something since, or changed status or assignee, the comment is refused with the present state.
    A version would not tell of internal notes. ``None`` takes it as it comes."""

    @model_validator(mode="after")
    def _says_something(self) -> NewComment:
        if not self.body and not self.attachment_keys:
            raise ValueError("Write something before you send it.")
        return self


class Reopening(Request):
    """Why a resolved or closed ticket is not done after all."""

    reason: Body = ""


class CommentView(Result):
    """A comment in the thread of a ticket."""

    id: int
    author: PersonRef
    by_staff: bool
    body: str
    internal: bool
    automatic: bool = False
    """Whether nobody wrote it: an automatic first response from the knowledge base."""
    created_at: datetime
    attachments: tuple[AttachmentView, ...] = ()
    merged_from: TicketRef | None = None
    """The merged ticket that it was written on; ``None`` for this one."""


NEWS_KINDS = frozenset({"commented", "noted", "reopened", "merged", "unmerged"})
NEWS_FIELDS = frozenset({"status", "assignee"})
"""What of others somebody has to know who replies: kinds of entries, and fields that changed."""


class EventView(Result):
    """One entry of a ticket's history."""

    id: int
    actor: PersonRef | None
    at: datetime
    kind: str
    field: str | None
    old: str | None
    new: str | None


class TicketRow(Result):
    """A ticket as lists show it."""

    id: int
    number: str
    subject: str
    status: Status
    priority: Priority
    category: str | None
    requester: PersonRef
    assignee: PersonRef | None
    created_at: datetime
    updated_at: datetime
    resolution_due: datetime | None
    comments: int
    version: int
    excerpt: str | None = None
    clock: RowClock | None = None
    """What is due next; ``None`` where no policy measures the ticket."""
    team: str | None = None
    tags: tuple[str, ...] = ()
    snoozed: bool = False
    snoozed_until: datetime | None = None
    """When it comes back by itself; ``None`` where it waits for a reply alone."""
    attachments: int = 0


class TicketView(Result):
    """A whole ticket: its fields, thread, history and what the actor may do with it."""

    id: int
    number: str
    subject: str
    description: str
    status: Status
    priority: Priority
    category: CategoryView | None
    requester: PersonRef
    requester_email: str | None
    assignee: PersonRef | None
    source: Source
    created_at: datetime
    updated_at: datetime
    first_response_due: datetime | None
    first_responded_at: datetime | None
    resolution_due: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    version: int
    comments: tuple[CommentView, ...]
    earlier_comments: int
    events: tuple[EventView, ...]
    allowed: frozenset[str]
    next_statuses: tuple[Status, ...]
    team: TeamRef | None = None
    clock: RowClock | None = None
    rating: TicketRating | None = None
    """How the requester found the present solution; for them and the staff alone."""
    attachments: tuple[AttachmentView, ...] = ()
    """The files that came with the description."""
    tags: tuple[str, ...] = ()
    fields: tuple[TicketFieldView, ...] = ()
    """What the desk's own fields hold, in their order; those without a value are left out."""
    snoozed: SnoozeView | None = None
    merged_into: TicketRef | None = None
    watching: bool = False
    """Whether who asks follows the ticket."""
    undo: int | None = None
    """The deed that this answer tells of, by which all of it can be undone."""


def _from_json(value: object) -> object:
    """Return what JSON stands for: so it travels in the query of an address."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("must be written as JSON") from None


class Mine(Labelled):
    """As what whoever asks is on a ticket."""

    ASSIGNEE = "assignee"
    REQUESTER = "requester"
    WATCHER = "watcher"


Conditions = Annotated[
    tuple[Annotated[str, Field(pattern=WHEN)], ...],
    Field(max_length=12),
]


OwnFields = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}:.{1,200}$")], ...],
    Field(max_length=12),
]


class TicketQuery(Request):
    """Which tickets to list. Empty choices mean 'any'; ``text`` is searched in full text.

    The text may also hold what can be asked for by fields, such as ``status:open tag:vpn -jam``;
    what it says of a field takes the place of that field. Several values of one field are 'or',
    several fields are 'and'.
    """

    text: SearchText = ""
    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    category_ids: ChosenIds = ()
    assignee_ids: ChosenIds = ()
    unassigned: bool = False
    requester_ids: ChosenIds = ()
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    updated_after: Moment | None = None
    updated_before: Moment | None = None
    due_after: Moment | None = None
    due_before: Moment | None = None
    when: Conditions = ()
    """Days and ages as they were said, such as ``created:>7d``; they mean what they mean now."""
    me: Annotated[tuple[Mine, ...], Field(max_length=3)] = ()
    """Whoever asks is among those chosen as assignee, requester or watcher."""
    not_me: Annotated[tuple[Mine, ...], Field(max_length=3)] = ()
    assigned: bool = False
    """Only what somebody has."""
    no_category: bool = False
    team_ids: ChosenIds = ()
    no_team: bool = False
    tags: Tags = ()
    watcher_ids: ChosenIds = ()
    numbers: ChosenIds = ()
    fields: OwnFields = ()
    """Values of the desk's own fields, as they are kept, behind the key: ``site:Rome``."""
    has_attachments: bool | None = None
    snoozed: bool | None = None
    late: bool = False
    """Only what is open and should be resolved by now."""
    without_statuses: tuple[Status, ...] = ()
    without_priorities: tuple[Priority, ...] = ()
    without_category_ids: ChosenIds = ()
    without_assignee_ids: ChosenIds = ()
    without_requester_ids: ChosenIds = ()
    without_team_ids: ChosenIds = ()
    without_watcher_ids: ChosenIds = ()
    without_tags: Tags = ()
    without_fields: OwnFields = ()
    behind: Annotated[Behind | None, BeforeValidator(_from_json)] = None
    """Only the tickets behind a figure, from the newest day that is counted back."""
    sort: Sort = Sort.URGENCY
    limit: PageSize = 50
    cursor: str | None = None


class TicketPage(Result):
    """Some tickets in the order asked for, and where the next ones begin."""

    items: tuple[TicketRow, ...]
    next_cursor: str | None


class TicketCount(Result):
    """How many tickets match; counting stops at a limit so that it stays quick."""

    count: int
    exact: bool


class Assignable(Result):
    """Somebody who can be given tickets, and how many open ones they have."""

    id: int
    full_name: str
    role: str
    open_tickets: int


class TicketChoices(Result):
    """What tickets can be given: the categories, who works them with their load, and the teams."""

    categories: tuple[CategoryView, ...]
    people: tuple[Assignable, ...]
    teams: tuple[TeamRef, ...]


class Changed(Result):
    """Things of one kind that changed, other than tickets, such as ``user``."""

    kind: str
    ids: tuple[int, ...]


class Changes(Result):
    """What changed since a cursor, for windows to refresh; only what the actor may see."""

    ticket_ids: tuple[int, ...]
    others: tuple[Changed, ...] = ()
    cursor: str
    everything: bool = False
    """Whether anything may have changed, so that all of it must be loaded again."""
