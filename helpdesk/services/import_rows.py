# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the rows of a file into tickets that keep the desk's rules, or says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, TypeVar

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import BODY_LIMIT, NAME_LIMIT, SUBJECT_LIMIT, folded, single_line, storable
from helpdesk.database.bulk import BulkView
from helpdesk.services.import_columns import Columns
from helpdesk.services.import_files import Row
from helpdesk.services.import_people import UNKNOWN_PERSON, NewPerson, People
from helpdesk.services.import_values import BadValue, moment_of, priority_of, shown, status_of
from helpdesk.services.ticket_opening import subject_from

MOST_NEW_CATEGORIES = 1_000

T = TypeVar("T")


class BadRow(ValueError):
    """A row cannot be imported; the text says where and why."""

    def __init__(self, row: Row, problem: str) -> None:
        """Name the row as a spreadsheet does."""
        super().__init__(f"row {row.number:,}{problem}")


class ImportedTicket(NamedTuple):
    """A ticket to be; planned accounts and categories are told as -1 for the first and so on."""

    subject: str
    description: str
    status: Status
    priority: Priority
    category: int | None
    requester: int
    assignee: int | None
    created_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None


class Times(NamedTuple):
    """When a ticket began and ended, as far as its row tells."""

    created_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None


class Categories:
    """The categories by name, in any case; new ones are planned."""

    def __init__(self, known: dict[str, int]) -> None:
        """Take in the categories there are."""
        self.new: list[str] = []
        self._known = known
        self._needed: set[int] = set()

    @property
    def needed(self) -> list[str]:
        """The planned categories that rows need which can be imported."""
        return [name for number, name in enumerate(self.new, start=1) if -number in self._needed]

    def number_of(self, name: str) -> int | None:
        """Return the category of a name, planning it where there is none. Raises ``BadValue``."""
        name = single_line(name)
        if not name:
            return None
        number = self._known.get(folded(name))
        return self._planned(name) if number is None else number

    def need(self, number: int | None) -> None:
        """Keep in mind that a planned category is needed."""
        if number is not None and number < 0:
            self._needed.add(number)

    def _planned(self, name: str) -> int:
        if len(name) > NAME_LIMIT:
            raise BadValue(_too_long(name, NAME_LIMIT))
        if len(self.new) >= MOST_NEW_CATEGORIES:
            raise Invalid(
                f"This would make more than {MOST_NEW_CATEGORIES:,} categories; look whether they"
                " are taken from the right column."
            )
        self.new.append(name)
        self._known[folded(name)] = -len(self.new)
        return -len(self.new)


class RowReader:
    """Reads rows against the accounts and categories of a desk."""

    def __init__(self, columns: Columns, view: BulkView, now: datetime) -> None:
        """Take in what the desk knows."""
        self.people = People(view.accounts())
        self.categories = Categories(view.categories())
        self._sources = columns.sources
        self._width = columns.width
        self._now = now

    def need(self, ticket: ImportedTicket) -> None:
        """Keep in mind what is planned for a ticket that can be imported."""
        self.people.need(ticket.requester, ticket.assignee)
        self.categories.need(ticket.category)

    def expect(self, people: Iterable[NewPerson], categories: Iterable[str]) -> None:
        """Plan what an earlier pass has found to be needed."""
        for person in people:
            self.people.expect(person)
        for name in categories:
            self.categories.number_of(name)

    def ticket(self, row: Row) -> ImportedTicket:
        """Return the ticket of a row. Raises ``BadRow``."""
        self._require_whole(row)
        subject = self._read(row, "subject", _subject) or ""
        description = self._read(row, "description", _description) or ""
        if not subject and not description:
            raise BadRow(row, ": has neither a subject nor a description")
        times = Times(*(self._read(row, field, self._moment) for field in Times._fields))
        status = self._read(row, "status", status_of)
        has_assignee = bool(self._read(row, "assignee", single_line))
        status = _status(status, times, has_assignee=has_assignee)
        times = self._consistent(row, times, status)
        priority = self._read(row, "priority", priority_of) or Priority.MEDIUM
        # What plans accounts and categories comes last: a row found bad shall plan none.
        assignee = self._read(row, "assignee", self._assignee_of(status))
        requester = self._read(row, "requester", self._requester)
        return ImportedTicket(
            subject=subject or subject_from(description),
            description=description,
            status=status,
            priority=priority,
            category=self._read(row, "category", self.categories.number_of),
            requester=requester or self.people.requester(UNKNOWN_PERSON),
            assignee=assignee,
            created_at=times.created_at or self._now,
            resolved_at=times.resolved_at,
            closed_at=times.closed_at,
        )

    def _require_whole(self, row: Row) -> None:
        if row.problem:
            raise BadRow(row, f": {row.problem}")
        if any(row.cells[self._width :]):
            raise BadRow(
                row,
                f": has {len(row.cells)} cells where the header has {self._width};"
                " put a text that holds the delimiter in quotation marks",
            )

    def _read(self, row: Row, field: str, understand: Callable[[str], T]) -> T | None:
        source = self._sources.get(field)
        if source is None:
            return None
        try:
            return understand(source.read(row.cells))
        except BadValue as error:
            raise BadRow(row, f", column {source.column}: {error}") from error

    def _moment(self, text: str) -> datetime | None:
        return moment_of(text, self._now)

    def _requester(self, text: str) -> int | None:
        text = single_line(text)
        return self.people.requester(text) if text else None

    def _assignee_of(self, status: Status) -> Callable[[str], int | None]:
        def understand(text: str) -> int | None:
            text = single_line(text)
            return self.people.assignee(text, has_work=status.is_open) if text else None

        return understand

    def _consistent(self, row: Row, times: Times, status: Status) -> Times:
        """Return the times as the desk keeps them for a status, filled where they are missing."""
        given = [moment for moment in times if moment]
        created_at = times.created_at or min(given, default=self._now)
        for field in ("resolved_at", "closed_at"):
            moment = getattr(times, field)
            if moment and moment < created_at:
                column = self._sources[field].column
                raise BadRow(row, f", column {column}: {_said(moment)} lies before the creation")
        if status.is_open:
            return Times(created_at, None, None)
        resolved_at = times.resolved_at or times.closed_at or created_at
        if status is Status.RESOLVED:
            return Times(created_at, resolved_at, None)
        closed_at = times.closed_at or resolved_at
        if closed_at < resolved_at:
            column = self._sources["closed_at"].column
            raise BadRow(row, f", column {column}: {_said(closed_at)} lies before the resolution")
        return Times(created_at, resolved_at, closed_at)


def _status(given: Status | None, times: Times, *, has_assignee: bool) -> Status:
    """Return the status, derived from what else is known where none is given."""
    if given is None:
        if times.closed_at:
            return Status.CLOSED
        given = Status.RESOLVED if times.resolved_at else Status.NEW
    # Whoever takes a new ticket makes it an open one.
    return Status.OPEN if given is Status.NEW and has_assignee else given


def _subject(text: str) -> str:
    subject = single_line(text)
    if len(subject) > SUBJECT_LIMIT:
        raise BadValue(_too_long(subject, SUBJECT_LIMIT))
    return subject


def _description(text: str) -> str:
    description = storable(text).strip("\n ").rstrip()
    if len(description) > BODY_LIMIT:
        raise BadValue(_too_long(description, BODY_LIMIT))
    return description


def _too_long(text: str, limit: int) -> str:
    return f"{shown(text)} has {len(text):,} characters and may have {limit:,}"


def _said(moment: datetime) -> str:
    return f"'{moment:%Y-%m-%d %H:%M}'"
