# SPDX-License-Identifier: GPL-3.0-or-later
"""What another system's export says, in the words of this program: read by one, loaded by another.

Whoever reads an export (``helpdesk.importing``) knows nothing of the desk; whoever loads it into a
desk knows nothing of the other system. Both know these records, and nothing in them is an id here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.tickets import Status


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """Somebody in the other system; ``ref`` is what it knows them by."""

    ref: str
    name: str
    email: str
    """Empty where the export does not name an address."""
    staff: bool
    active: bool


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file of a ticket: its bytes where the export holds them, or where they lie."""

    name: str
    media_type: str
    content: bytes | None = None
    path: str | None = None
    """A file inside the export that the reader was given, never one elsewhere."""


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """What somebody wrote, as plain text."""

    ref: str
    author_ref: str | None
    """``None`` where nobody wrote it, such as an entry of the other system itself."""
    internal: bool
    at: datetime
    """In UTC."""
    body: str
    files: tuple[ImportedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """A ticket as it stood when the export was made; ``ref`` is its number there."""

    ref: str
    subject: str
    description: str
    requester_ref: str
    assignee_ref: str | None
    team: str | None
    category: str | None
    status: Status
    priority: Priority
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    comments: tuple[ImportedComment, ...] = ()
    files: tuple[ImportedFile, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """What the other system's own fields say, by their names there."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something that could not be taken over: where it stands, and a sentence about it."""

    where: str
    sentence: str


class ExportReader(Protocol):
    """Reads one export; ``people`` and ``tickets`` may each be asked for more than once.

    Both are streams: however large the export is, few of its records are in memory at a time.
    ``problems`` grows while they are read. What is wrong with one record is a problem; an export
    that cannot be read at all raises a ``DeskError``.
    """

    problems: list[ImportProblem]

    def people(self) -> Iterator[ImportedPerson]:
        """Everybody whom a ticket may name."""
        ...

    def tickets(self) -> Iterator[ImportedTicket]:
        """All tickets, oldest first."""
        ...
