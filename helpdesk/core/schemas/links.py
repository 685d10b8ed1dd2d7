# SPDX-License-Identifier: GPL-3.0-or-later
"""What ties tickets to words, people and each other: tags, followers, links, merges, splits."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from helpdesk.core.schemas.base import Id, Labelled, Request, Result
from helpdesk.core.schemas.deeds import MOST_AT_ONCE
from helpdesk.core.schemas.ticket_work import LinkKind, TicketRef
from helpdesk.core.schemas.tickets import Status, Tags, TicketView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import Body, Subject


class Relation(Labelled):
    """What a ticket is to another one, read from either side."""

    RELATES = "relates"
    DUPLICATES = "duplicates"
    DUPLICATED_BY = "duplicated_by"
    BLOCKS = "blocks"
    BLOCKED_BY = "blocked_by"
    PARENT = "parent"
    CHILD = "child"

    @property
    def label(self) -> str:
        """What stands before the other ticket."""
        return _LABELS[self]

    @property
    def kind(self) -> LinkKind:
        """What kind of link it is."""
        return _KINDS[self]

    @property
    def is_reversed(self) -> bool:
        """Whether the other ticket is the one that the link begins at."""
        return self in (Relation.DUPLICATED_BY, Relation.BLOCKED_BY, Relation.CHILD)

    @property
    def opposite(self) -> Relation:
        """What the other ticket is to this one."""
        return relation_of(self.kind, begins_here=self.is_reversed)


_LABELS = {
    Relation.RELATES: "Related to",
    Relation.DUPLICATES: "Duplicate of",
    Relation.DUPLICATED_BY: "Duplicated by",
    Relation.BLOCKS: "Blocks",
    Relation.BLOCKED_BY: "Blocked by",
    Relation.PARENT: "Parent of",
    Relation.CHILD: "Child of",
}
_KINDS = {
    Relation.RELATES: LinkKind.RELATES,
    Relation.DUPLICATES: LinkKind.DUPLICATES,
    Relation.DUPLICATED_BY: LinkKind.DUPLICATES,
    Relation.BLOCKS: LinkKind.BLOCKS,
    Relation.BLOCKED_BY: LinkKind.BLOCKS,
    Relation.PARENT: LinkKind.PARENT,
    Relation.CHILD: LinkKind.PARENT,
}
_REVERSED = {
    LinkKind.RELATES: Relation.RELATES,
    LinkKind.DUPLICATES: Relation.DUPLICATED_BY,
    LinkKind.BLOCKS: Relation.BLOCKED_BY,
    LinkKind.PARENT: Relation.CHILD,
}


def relation_of(kind: LinkKind, *, begins_here: bool) -> Relation:
    """Return what a link says, read from the ticket where it begins or from the other one."""
    return Relation(kind.value) if begins_here else _REVERSED[kind]


class TagsChange(Request):
    """All tags that a ticket is to have."""

    tags: Tags
    version: int


class TagCount(Result):
    """A tag, and how many tickets have it, counted up to a limit."""

    name: str
    tickets: int
    exact: bool


class Follower(Result):
    """Somebody who follows a ticket."""

    person: PersonRef
    is_staff: bool


class Candidate(Result):
    """Somebody who can be named or let follow a ticket."""

    person: PersonRef
    username: str
    is_staff: bool


class NewLink(Request):
    """Another ticket, and what this one is to it."""

    other_id: Id
    relation: Relation


class LinkedTicketView(Result):
    """A ticket that another one has to do with."""

    id: int
    """That of the link, by which it is taken away."""
    relation: Relation
    """What the ticket asked about is to this one."""
    ticket: TicketRef
    status: Status


class ParentIds(Request):
    """Tickets whose children are asked for."""

    ticket_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ChildrenEnd(Request):
    """How the open children of a ticket are to end."""

    status: Status
    version: int | None = None
    """That of the ticket itself, where it is to end with them, as one deed."""


class ChildrenEnded(Result):
    """Which children have ended; ``refused`` are those that could not, each with a sentence."""

    ended: tuple[TicketRef, ...]
    refused: tuple[str, ...]
    ticket: TicketView | None = None
    """The ticket itself, where it has ended with them."""
    undo: int | None = None
    """The deed that all of it can be undone by."""


def words_of_end(number: str, status: Status, children: int, *, alone: bool) -> str:
    """Say what has ended: a ticket with its children, or these ``alone``."""
    count = "1 child" if children == 1 else f"{children} children"
    together = f"{number} and {count}" if children else number
    what = f"{count} of {number}" if alone else together
    return f"{what} {status.label.lower()}"


class MergeInto(Request):
    """The ticket in which another one goes on."""

    survivor_id: Id
    version: int
    """That of the ticket that is merged."""


class SplitOff(Request):
    """The replies that are to become a ticket of their own, and its subject."""

    comment_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]
    subject: Subject


class FollowUp(Request):
    """What is still to be done after a closed ticket; it may be empty."""

    description: Body = ""
