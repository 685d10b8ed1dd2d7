# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of the work on tickets that models and several DTOs share."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.base import Labelled, Result


class LinkKind(Labelled):
    """What one ticket is to another, read from the first one on."""

    RELATES = "relates"
    DUPLICATES = "duplicates"
    BLOCKS = "blocks"
    PARENT = "parent"


class FieldKind(Labelled):
    """What a field of the desk's own holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    USER = "user"


class Shared(Labelled):
    """Who sees something that somebody keeps: a view, a canned reply."""

    PRIVATE = "private"
    TEAM = "team"
    ALL = "all"


class DeedKind(Labelled):
    """What kind of thing somebody did that can be undone."""

    EDIT = "edit"
    BULK = "bulk"
    MERGE = "merge"
    MACRO = "macro"
    DELETE = "delete"


class AttachmentView(Result):
    """A file on a ticket or a comment; its bytes are asked for by its key."""

    key: str
    name: str
    """What people read; safe to show and as a proposal for a file's name, never a path."""
    media_type: str
    size: int
    """In bytes."""


class TicketRef(Result):
    """Another ticket, where one is spoken of."""

    id: int
    number: str
    subject: str
    """Empty where who asks may not read that ticket."""


class SnoozeView(Result):
    """Until when a ticket is out of sight."""

    until: datetime | None
    until_reply: bool
    by: str


class TicketFieldView(Result):
    """What one of the desk's own fields holds on a ticket."""

    id: int
    key: str
    name: str
    kind: FieldKind
    value: str
    """As it is kept: a person is their id."""
    shown: str
    """As people read it."""
    staff_only: bool
    applies: bool
    """Whether the field is asked for in the ticket's present category."""
