# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets of another system on their way into the desk, some at a time, and what became of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from helpdesk.core.schemas.attachments import MediaType
from helpdesk.core.schemas.base import Labelled, Moment, Priority, Request, Result
from helpdesk.core.schemas.tickets import Status, Tags
from helpdesk.core.text import Body, Line, Subject

SOURCE_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,39}$"
TICKETS_AT_ONCE = 100
PEOPLE_AT_ONCE = 5_000
COMMENTS_ON_ONE = 10_000

Source = Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
"""What tells one other system from another, such as 'osticket'."""
Ref = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""What the other system knows something by."""


class UnknownPeople(Labelled):
    """What becomes of a ticket that names somebody who has no account."""

    CREATE = "create"
    """They get an account that is deactivated and has no password."""
    REFUSE = "refuse"


class FileRecord(Request):
    """A file with its bytes, base64 in JSON."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True,
        ser_json_bytes="base64", val_json_bytes="base64",
    )  # fmt: skip
    name: Line
    media_type: MediaType
    data: bytes = Field(repr=False)


class PersonRecord(Request):
    """Somebody in the other system."""

    ref: Ref
    name: Line
    email: Line = ""
    staff: bool = False


class CommentRecord(Request):
    """What somebody wrote there; without an author, the other system itself did."""

    author_ref: Ref | None
    internal: bool
    at: Moment
    body: Body
    files: Annotated[tuple[FileRecord, ...], Field(max_length=200)] = ()


class FieldRecord(Request):
    """What a field of the other system's own says."""

    name: Line
    value: Line


class TicketRecord(Request):
    """A ticket as it stood in the other system."""

    ref: Ref
    subject: Subject
    description: Body
    requester_ref: Ref
    assignee_ref: Ref | None
    team: Line | None
    category: Line | None
    status: Status
    priority: Priority
    tags: Tags
    created_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    comments: Annotated[tuple[CommentRecord, ...], Field(max_length=COMMENTS_ON_ONE)] = ()
    files: Annotated[tuple[FileRecord, ...], Field(max_length=200)] = ()
    fields: Annotated[tuple[FieldRecord, ...], Field(max_length=200)] = ()


class TicketBatch(Request):
    """Some tickets, and everybody whom they name; a ``trial`` only looks what would become."""

    source: Source
    trial: bool
    unknown_people: UnknownPeople
    people: Annotated[tuple[PersonRecord, ...], Field(max_length=PEOPLE_AT_ONCE)]
    tickets: Annotated[tuple[TicketRecord, ...], Field(min_length=1, max_length=TICKETS_AT_ONCE)]


class TicketOutcome(Labelled):
    """What became of one ticket."""

    ADDED = "added"
    KNOWN = "known"
    """It was imported before; nothing was changed."""
    REFUSED = "refused"


class LoadedTicket(Result):
    """What became of one ticket, why it was refused, and what of it could not be taken over."""

    ref: str
    outcome: TicketOutcome
    ticket_id: int | None = None
    problem: str = ""
    remarks: tuple[str, ...] = ()


class TicketBatchResult(Result):
    """What became of each ticket, and how many accounts were made, or would be."""

    tickets: tuple[LoadedTicket, ...]
    new_people: int
