# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports tickets from a CSV file: first all of it is checked, then all of it is written."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.tickets import Source, Status
from helpdesk.core.settings import Settings
from helpdesk.core.text import folded
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
from helpdesk.database.figure_rows import COUNTED
from helpdesk.database.renewal import FEED_EPOCH, new_epoch
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.event import EventKind
from helpdesk.repositories.facts import TAKEN_UP
from helpdesk.services.counting_in import SOME, count_waiting
from helpdesk.services.import_columns import Columns, Mapping
from helpdesk.services.import_files import Row, TicketFile
from helpdesk.services.import_people import NewPerson
from helpdesk.services.import_rows import BadRow, ImportedTicket, RowReader
from helpdesk.services.targets import due_times

COMPLAINTS_KEPT = 100

_FACT = "imported:"
_TELL_EVERY = 500
_STATUS_RANK = {status: rank for rank, status in enumerate(STATUS_RANKS, start=1)}
_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(PRIORITY_RANKS, start=1)}
_MOVED = "The file or the accounts have changed in the meantime; nothing was imported, try again."

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do: bytes while checking, then tickets."""


@dataclass(frozen=True)
class TicketImport:
    """What somebody wants to import."""

    file: Path
    mappings: tuple[Mapping, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    skip_bad: bool = False
    again: bool = False


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


def survey(
    database: DbManager, wanted: TicketImport, *, now: datetime, progress: Progress | None = None
) -> Survey:
    """Read all of a file and tell what importing it would do; nothing is changed.

    Raises ``Invalid`` when it cannot be read as a table of tickets at all.
    """
    file = TicketFile(wanted.file, wanted.encoding, wanted.delimiter)
    found = Survey(_digest(wanted.file))
    with bulk_reading(database) as view, file.opened(wanted.mappings) as (header, rows):
        found.imported_before = _imported_before(view, found.digest)
        columns = Columns(header, wanted.mappings)
        found.unused_columns = columns.unused
        reader = RowReader(columns, view, now)
        for row in rows:
            _note(found, reader, row)
            if progress and found.rows % _TELL_EVERY == 0:
                progress(file.position, file.size)
    if not found.rows:
        raise Invalid(f"{wanted.file} has no rows below its header; there is nothing to import.")
    found.new_people = reader.people.needed
    found.new_categories = reader.categories.needed
    return found


def write(
    database: DbManager,
    settings: Settings,
    wanted: TicketImport,
    found: Survey,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """Import the rows that the survey has found good and return how many they are.

    It is one transaction: all of them or none. Raises ``Invalid`` when there are bad rows that
    are not to be skipped, ``Conflict`` when the file was imported before or something has
    changed since the survey.
    """
    require_importable(wanted, found)
    file = TicketFile(wanted.file, wanted.encoding, wanted.delimiter)
    with bulk_loading(database) as load, file.opened(wanted.mappings) as (header, rows):
        found.imported_before = _imported_before(load, found.digest)
        require_importable(wanted, found)
        reader = RowReader(Columns(header, wanted.mappings), load, now)
        reader.expect(found.new_people, found.new_categories)
        writer = _Writer(load, settings, reader, now)
        for ticket in _good(rows, reader):
            writer.add(ticket)
            if progress and writer.count % _TELL_EVERY == 0:
                progress(writer.count, found.good_rows)
        if (writer.count, _digest(wanted.file)) != (found.good_rows, found.digest):
            raise Conflict(_MOVED)
        remembered = {"file": wanted.file.name, "at": now.isoformat(), "tickets": writer.count}
        load.set_fact(_FACT + found.digest, json.dumps(remembered))
        # The tickets have no clocks yet; the job that keeps clocks takes them up.
        load.set_fact(TAKEN_UP, new_epoch())
        load.set_fact(COUNTED, new_epoch())
        # People and categories have no entry in the history: open windows load everything anew.
        load.set_fact(FEED_EPOCH, new_epoch())
    # What is left of it by an accident, the job that counts sees to.
    count_waiting(database, at_once=SOME)
    return writer.count


def require_importable(wanted: TicketImport, found: Survey) -> None:
    """Raise ``Invalid`` or ``Conflict`` when a file cannot be imported as it is wanted."""
    if found.imported_before and not wanted.again:
        raise Conflict(
            f"{wanted.file} was imported {found.imported_before}; add --again to import it twice."
        )
    if found.bad_rows and not wanted.skip_bad:
        raise Invalid(
            f"{found.bad_rows:,} of {found.rows:,} rows cannot be imported, so nothing was;"
            " correct them, or add --skip-bad to import the others."
        )
    if not found.good_rows:
        raise Invalid(f"No row of {wanted.file} can be imported; correct them first.")


class _Writer:
    """Writes tickets into a load, after the people and categories they name."""

    def __init__(
        self, load: BulkLoad, settings: Settings, reader: RowReader, now: datetime
    ) -> None:
        self.count = 0
        self._load = load
        self._targets = settings.targets
        self._now = to_microseconds(now)
        self._first_id = load.next_id("ticket")
        self._users = _Numbering(load.next_id("user"), len(reader.people.new))
        self._categories = _Numbering(load.next_id("category"), len(reader.categories.new))
        people = zip(self._users.ids, reader.people.new, strict=True)
        load.add_users([person.row(id_, self._now) for id_, person in people])
        names = zip(self._categories.ids, reader.categories.new, strict=True)
        load.add_categories([CategoryRow(id_, name, folded(name), True) for id_, name in names])

    def add(self, ticket: ImportedTicket) -> None:
        """Write a ticket with an entry that tells where it comes from."""
        row = self._row(self._first_id + self.count, ticket)
        self._load.add_ticket(row, (), (EventRow(row.id, None, self._now, EventKind.IMPORTED),))
        self.count += 1

    def _row(self, id_: int, ticket: ImportedTicket) -> TicketRow:
        due = due_times(self._targets, ticket.priority, ticket.created_at)
        last = max(filter(None, (ticket.created_at, ticket.resolved_at, ticket.closed_at)))
        return TicketRow(
            id=id_,
            version=1,
            status=_STATUS_RANK[ticket.status],
            priority=_PRIORITY_RANK[ticket.priority],
            category_id=self._categories.id_of(ticket.category),
            requester_id=self._users.id_of(ticket.requester) or 0,
            assignee_id=self._users.id_of(ticket.assignee),
            created_at=to_microseconds(ticket.created_at),
            updated_at=to_microseconds(last),
            first_response_due=to_microseconds(due.first_response),
            first_responded_at=None,
            resolution_due=to_microseconds(due.resolution),
            resolved_at=_microseconds(ticket.resolved_at),
            closed_at=_microseconds(ticket.closed_at),
            replies=0,
            notes=0,
            source=Source.IMPORT.value,
            subject=ticket.subject,
            description=ticket.description,
        )


class _Numbering:
    """The ids of planned rows, which are told as -1 for the first of them and so on."""

    def __init__(self, first_id: int, count: int) -> None:
        self.ids = range(first_id, first_id + count)

    def id_of(self, number: int | None) -> int | None:
        """Return the id that a number stands for. Raises ``Conflict`` for one not planned."""
        if number is None or number > 0:
            return number
        if -number > len(self.ids):
            raise Conflict(_MOVED)
        return self.ids[-number - 1]


def _note(found: Survey, reader: RowReader, row: Row) -> None:
    try:
        ticket = reader.ticket(row)
    except BadRow as error:
        found.rows += 1
        found.bad_rows += 1
        if len(found.complaints) < COMPLAINTS_KEPT:
            found.complaints.append(str(error))
        return
    reader.need(ticket)
    found.rows += 1
    found.by_status[ticket.status] += 1


def _good(rows: Iterable[Row], reader: RowReader) -> Iterator[ImportedTicket]:
    for row in rows:
        try:
            ticket = reader.ticket(row)
        except BadRow:
            continue
        yield ticket


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _imported_before(view: BulkView, digest: str) -> str | None:
    fact = view.fact(_FACT + digest)
    if fact is None:
        return None
    remembered = json.loads(fact)
    return f"on {remembered['at'][:10]} already, as {remembered['file']}"


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
