# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports tickets from a CSV file: first all of it is checked, then all of it is written."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.core.settings import Settings
from helpdesk.core.text import BODY_LIMIT, NAME_LIMIT, SUBJECT_LIMIT, folded, single_line, storable
from helpdesk.database.bulk import (
    BulkLoad,
    BulkView,
    CategoryRow,
    EventRow,
    TicketRow,
    bulk_loading,
    bulk_reading,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.event import EventKind
from helpdesk.services.import_columns import Columns, Mapping
from helpdesk.services.import_files import Row, TicketFile
from helpdesk.services.import_people import UNKNOWN_PERSON, NewPerson, People
from helpdesk.services.import_values import BadValue, moment_of, priority_of, shown, status_of
from helpdesk.services.targets import due_times
from helpdesk.services.tickets import subject_from

BAD_ROWS_KEPT = 100
MOST_NEW_CATEGORIES = 1_000

_FACT = "imported:"
_TELL_EVERY = 500
_STATUS_RANK = {status: rank for rank, status in enumerate(STATUS_RANKS, start=1)}
_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(PRIORITY_RANKS, start=1)}
_MOVED = "The file or the accounts were changed during the import; nothing was imported, try again."

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do: bytes while checking, then tickets."""


@dataclass(frozen=True)
class TicketImport:
    """What somebody wants to import."""

    file: Path
    mappings: tuple[Mapping, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None


@dataclass
class Survey:
    """What the first pass has found: what an import would do, and what stands in its way."""

    digest: str
    unused_columns: tuple[str, ...] = ()
    rows: int = 0
    by_status: Counter[Status] = field(default_factory=Counter)
    bad_rows: int = 0
    complaints: list[str] = field(default_factory=list)
    """The first bad rows, a line each."""
    new_people: list[NewPerson] = field(default_factory=list)
    new_categories: list[str] = field(default_factory=list)
    imported_before: str | None = None
    """When this very file was imported already, in words."""

    @property
    def good_rows(self) -> int:
        """How many tickets there would be."""
        return self.rows - self.bad_rows


class ImportedTicket(NamedTuple):
    """A row that makes a ticket; people and category are told by numbers, new ones below zero."""

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


def survey(
    database: DbManager, wanted: TicketImport, *, now: datetime, progress: Progress | None = None
) -> Survey:
    """Read all of a file and tell what importing it would do; nothing is changed.

    Raises ``Invalid`` when it cannot be read as a table of tickets at all.
    """
    file = TicketFile(wanted.file, wanted.encoding, wanted.delimiter)
    found = Survey(_digest(wanted.file))
    with bulk_reading(database) as view, file.opened(wanted.mappings) as (header, rows):
        columns = Columns(header, wanted.mappings)
        reader = _RowReader(columns, view, now)
        found.unused_columns = columns.unused
        found.imported_before = _imported_before(view, found.digest)
        for row in rows:
            _note(found, reader, row)
            if progress and found.rows % _TELL_EVERY == 0:
                progress(file.position, file.size)
        found.new_people = reader.people.new
        found.new_categories = reader.categories.new
    if not found.rows:
        raise Invalid(f"{wanted.file} has no rows below its header; there is nothing to import.")
    return found


def write(
    database: DbManager,
    settings: Settings,
    wanted: TicketImport,
    found: Survey,
    *,
    now: datetime,
    again: bool = False,
    progress: Progress | None = None,
) -> int:
    """Import the good rows of a file that has been surveyed and return how many there were.

    It is one transaction: all of them or none. Raises ``Conflict`` when the file was imported
    before, unless it is wanted ``again``, or when something has changed since the survey.
    """
    file = TicketFile(wanted.file, wanted.encoding, wanted.delimiter)
    with bulk_loading(database) as load, file.opened(wanted.mappings) as (header, rows):
        if not again:
            require_first(_imported_before(load, found.digest), wanted.file)
        reader = _RowReader(Columns(header, wanted.mappings), load, now)
        reader.expect(found)
        writer = _Writer(load, settings, reader, now)
        for ticket in _good(rows, reader):
            writer.add(ticket)
            if progress and writer.count % _TELL_EVERY == 0:
                progress(writer.count, found.good_rows)
        if (writer.count, _digest(wanted.file)) != (found.good_rows, found.digest):
            raise Conflict(_MOVED)
        remembered = {"file": wanted.file.name, "at": now.isoformat(), "tickets": writer.count}
        load.set_fact(_FACT + found.digest, json.dumps(remembered))
    return writer.count


def require_first(imported_before: str | None, file: Path) -> None:
    """Raise ``Conflict`` when a file was imported already."""
    if imported_before:
        raise Conflict(f"{file} was imported {imported_before}; add --again to import it twice.")


class _Categories:
    """The categories by name; new ones are numbered from -1 downwards."""

    def __init__(self, known: dict[str, int]) -> None:
        self._known = known
        self.new: list[str] = []

    def number_of(self, name: str) -> int:
        number = self._known.get(folded(name))
        return number if number is not None else self.plan(name)

    def plan(self, name: str) -> int:
        if len(name) > NAME_LIMIT:
            raise BadValue(f"{shown(name)} is longer than the {NAME_LIMIT} letters of a category")
        if len(self.new) >= MOST_NEW_CATEGORIES:
            raise Invalid(
                f"This would make more than {MOST_NEW_CATEGORIES:,} categories; look whether they"
                " are taken from the right column."
            )
        self.new.append(name)
        self._known[folded(name)] = -len(self.new)
        return -len(self.new)


class _RowReader:
    """Turns rows into tickets, or says what is wrong with them."""

    def __init__(self, columns: Columns, view: BulkView, now: datetime) -> None:
        self._columns = columns
        self._width = columns.width
        self._now = now
        self.people = People(view.accounts())
        self.categories = _Categories(view.categories())

    def expect(self, found: Survey) -> None:
        """Plan what the survey has found necessary, with the roles it has found."""
        for person in found.new_people:
            self.people.admit(person)
        for name in found.new_categories:
            self.categories.number_of(name)

    def ticket(self, row: Row) -> ImportedTicket:
        """Return the ticket of a row. Raises ``_BadRow``."""
        if row.problem:
            raise _BadRow(row.number, None, row.problem)
        if len(row.cells) > self._width:
            text = f"has {len(row.cells)} cells and the header {self._width}"
            raise _BadRow(row.number, None, text + "; put texts with a delimiter in quotes")
        return _Cells(self, row).ticket()
