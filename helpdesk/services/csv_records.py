# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads tickets from a CSV file as records, each by itself, whatever its columns are called."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from helpdesk.core.clock import system_clock
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.import_records import (
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import folded, single_line
from helpdesk.services import import_columns
from helpdesk.services.import_columns import Cells, Columns
from helpdesk.services.import_files import Row, TicketFile
from helpdesk.services.import_people import UNKNOWN_PERSON
from helpdesk.services.import_values import BadValue, moment_of, priority_of, status_of
from helpdesk.services.ticket_opening import subject_from
from helpdesk.services.user_import_file import encoding_of

FIELDS = import_columns.FIELDS
REF, TAGS = "ref", "tags"
"""What else a file can tell: the number of a ticket in the other system, and words for it."""

_EXAMPLES = 3
_GUESSES: Mapping[str, tuple[str, ...]] = {
    "ref": ("ref", "number", "ticket_number", "ticket", "ticket_id", "id", "key", "issue_key"),
    "subject": ("subject", "title", "summary", "short_description"),
    "description": ("description", "body", "text", "details", "message", "content"),
    "status": ("status", "state"),
    "priority": ("priority", "severity", "urgency"),
    "category": ("category", "type", "topic", "component", "queue"),
    "requester": (
        "requester", "reporter", "email", "from", "customer", "user", "caller", "opened_by",
    ),
    "assignee": ("assignee", "assigned_to", "agent", "owner", "technician"),
    "created_at": ("created_at", "created", "opened_at", "opened", "date", "date_created"),
    "resolved_at": ("resolved_at", "resolved", "solved_at"),
    "closed_at": ("closed_at", "closed", "date_closed"),
    "tags": ("tags", "labels", "keywords"),
}  # fmt: skip
ALL_FIELDS = tuple(_GUESSES)


def guessed(header: Sequence[str]) -> dict[str, str]:
    """Return which column is likely to fill which field, each column once."""
    by_name = {_plain(name): name for name in reversed(header) if name.strip()}
    found: dict[str, str] = {}
    for field, names in _GUESSES.items():
        free = (by_name[name] for name in names if name in by_name)
        column = next((name for name in free if name not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


class CsvTickets:
    """A CSV file of tickets, of which each row is one."""

    def __init__(self, path: Path, mapping: Mapping[str, str] | None = None) -> None:
        """Read ``path``; without a mapping its columns are guessed. Raises ``Invalid``."""
        self.problems: list[ImportProblem] = []
        self._file = TicketFile(path, encoding_of(path), None)
        self._wanted = [import_columns.Mapping("subject", n) for v in _GUESSES.values() for n in v]
        with self._file.opened(self._wanted) as (header, _):
            self.header = tuple(single_line(name) for name in header)
        self.mapping = dict(guessed(self.header) if mapping is None else mapping)
        self._now = system_clock()
        self._seen: Counter[str] = Counter()

    def examples(self) -> dict[str, tuple[str, ...]]:
        """Return what the first rows say, by column."""
        with self._file.opened(self._wanted) as (_, rows):
            few = [row for row, _ in zip(rows, range(_EXAMPLES), strict=False)]
        return {
            name: tuple(c for row in few if (c := single_line("".join(row.cells[at : at + 1]))))
            for at, name in enumerate(self.header)
        }

    def people(self) -> Iterator[ImportedPerson]:
        """Everybody whom the rows name, each once."""
        seen: set[str] = set()
        for _, read in self._read():
            for field in ("requester", "assignee"):
                name = single_line(read(field)) or (UNKNOWN_PERSON if field == "requester" else "")
                if name and folded(name) not in seen:
                    seen.add(folded(name))
                    yield _person(name, staff=field == "assignee")

    def tickets(self) -> Iterator[ImportedTicket]:
        """All rows that can be understood."""
        self.problems.clear()
        self._seen.clear()
        for row, read in self._read():
            try:
                if row.problem:
                    raise BadValue(row.problem)
                yield self._ticket(row, read)
            except BadValue as error:
                said = str(error).removesuffix(".") + "."
                self.problems.append(ImportProblem(f"Row {row.number:,}", said))

    def _read(self) -> Iterator[tuple[Row, _Reader]]:
        # Of the machinery of columns only the finding and joining is taken; any field may be new.
        with self._file.opened(self._wanted) as (header, rows):
            readers = {field: _source(header, name) for field, name in self.mapping.items() if name}
            if not readers.keys() & {"subject", "description"}:
                raise Invalid("Say which column has the subject or the description.")
            for row in rows:
                yield row, _Reader(readers, row.cells)

    def _ticket(self, row: Row, read: _Reader) -> ImportedTicket:
        subject, description = single_line(read("subject")), read("description").strip()
        if not subject and not description:
            raise BadValue("It has neither a subject nor a description")
        created, resolved, closed = (
            self._moment(read(name)) for name in ("created_at", "resolved_at", "closed_at")
        )
        status = status_of(read("status"))
        if status is None:
            status = Status.CLOSED if closed else Status.RESOLVED if resolved else Status.NEW
        end = closed or resolved
        times = [each for each in (created, resolved, closed) if each]
        begun = created or min(times, default=self._now)
        if end and end < begun:
            raise BadValue("It was closed before it was created")
        assignee = single_line(read("assignee"))
        if status is Status.NEW and assignee:
            status = Status.OPEN
        return ImportedTicket(
            ref=single_line(read(REF)) or self._own_ref(row),
            subject=subject or subject_from(description),
            description=description,
            requester_ref=folded(single_line(read("requester")) or UNKNOWN_PERSON),
            assignee_ref=folded(assignee) or None,
            team=None,
            category=single_line(read("category")) or None,
            status=status,
            priority=priority_of(read("priority")) or Priority.MEDIUM,
            tags=tuple(filter(None, read(TAGS).replace(";", ",").split(","))),
            created_at=begun,
            updated_at=max((begun, *times)),
            closed_at=None if status.is_open else end,
        )

    def _moment(self, text: str) -> datetime | None:
        return moment_of(text, self._now)

    def _own_ref(self, row: Row) -> str:
        """Return what tells a row without a number from others, the same at every reading."""
        digest = hashlib.sha256("\0".join(row.cells).encode(errors="replace")).hexdigest()[:32]
        self._seen[digest] += 1
        return f"row-{digest}-{self._seen[digest]}"


class _Reader:
    """What a row says of each field."""

    def __init__(self, readers: Mapping[str, Columns], cells: Cells) -> None:
        self._readers = readers
        self._cells = cells

    def __call__(self, field: str) -> str:
        source = self._readers.get(field)
        return source.sources["subject"].read(self._cells) if source else ""


def _source(header: Sequence[str], name: str) -> Columns:
    is_template = "{" in name
    wanted = import_columns.Mapping(
        "subject", column=None if is_template else name, template=name if is_template else None
    )
    return Columns(header, (wanted,))


def _person(name: str, *, staff: bool) -> ImportedPerson:
    is_address = "@" in name and " " not in name
    return ImportedPerson(
        folded(name), "" if is_address else name, name if is_address else "", staff, active=True
    )


def _plain(name: str) -> str:
    return "_".join(folded(name).replace("-", " ").replace("_", " ").split())
