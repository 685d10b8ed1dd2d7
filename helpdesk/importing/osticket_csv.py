# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the list of tickets that osTicket's panel for agents exports as CSV.

osTicket/osTicket 1.18, ``include/class.export.php`` (UTF-8 with a mark, a semicolon where the
language of the agent has a decimal comma) and ``include/class.queue.php``, ``getExportableFields``
(the columns by their English headings). It has no messages, no files and no addresses of agents.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import tzinfo
from typing import IO

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.base import Priority
from helpdesk.core.schemas.import_records import ImportedPerson, ImportedTicket, ImportProblem
from helpdesk.core.schemas.tickets import Status
from helpdesk.importing.export_files import ExportFiles
from helpdesk.importing.osticket import PRIORITIES, STATUSES
from helpdesk.importing.values import Problems, moment, name, subject

_NEEDED = ("Ticket Number", "Date Created", "Subject", "From Email")
_OWN = {
    *(*_NEEDED, "From", "Priority", "Department", "Help Topic", "Current Status", "Last Updated"),
    *("Closed Date", "Agent Assigned", "Answered", "Thread Count", "Reopen Count", "Overdue"),
    *("Merged", "Linked", "Attachment Count", "Task Count"),
}
_LONGEST_CELL, _LONGEST_ROW = 2_000_000, 8_000_000
"""Characters of a cell, and of all cells of a row."""
_TOO_LONG = "a row has more than {most:,} characters"


class OsTicketListReader:
    """People and tickets of the lists; what somebody wrote is not in them."""

    def __init__(self, files: ExportFiles, zone: tzinfo) -> None:
        """Read the lists among the files; their times are of ``zone``, the agent's."""
        self._files = files
        self._zone = zone
        self._notes = Problems()
        self.problems: list[ImportProblem] = self._notes.found
        for file_name in files.names(".csv"):
            self._check(file_name)
        self._notes.note(
            "export", "A list of osTicket holds no messages and no files: import a dump."
        )

    def close(self) -> None:
        """Let go of the export."""
        self._files.close()

    def people(self) -> Iterator[ImportedPerson]:
        """Agents by their names alone, and users by their addresses."""
        seen: set[str] = set()
        for _, row in self._rows():
            for person in _people(row):
                if person.ref not in seen:
                    seen.add(person.ref)
                    yield person

    def tickets(self) -> Iterator[ImportedTicket]:
        """One for each line, in the order of the list."""
        for where, row in self._rows():
            if ticket := self._notes.attempted(where, self._ticket, row):
                yield ticket

    def _ticket(self, where: str, row: dict[str, str]) -> ImportedTicket | None:
        created = moment(row["Date Created"], self._zone)
        if created is None:
            self._notes.note(where, "Its time cannot be read, and it was left out.")
            return None
        status = self._status(where, row)
        agent = name(row.get("Agent Assigned"))
        return ImportedTicket(
            ref=row["Ticket Number"].strip(),
            subject=subject(row["Subject"]),
            description="",
            requester_ref=_requester(row),
            assignee_ref=f"agent:{agent}" if agent else None,
            team=name(row.get("Department")) or None,
            category=name(row.get("Help Topic")) or None,
            status=status,
            priority=self._notes.chosen(
                where, "priority", PRIORITIES, row.get("Priority"), Priority.MEDIUM
            ),
            tags=(),
            created_at=created,
            updated_at=max(created, moment(row.get("Last Updated"), self._zone) or created),
            closed_at=None if status.is_open else moment(row.get("Closed Date"), self._zone),
            fields={key: value for key, value in row.items() if value and key not in _OWN},
        )

    def _status(self, where: str, row: dict[str, str]) -> Status:
        status = self._notes.chosen(
            where, "status", STATUSES, row.get("Current Status"), Status.OPEN
        )
        answered = row.get("Answered", "").casefold() in {"1", "yes", "true"}
        return Status.AWAITING_CUSTOMER if status is Status.OPEN and answered else status

    def _rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        csv.field_size_limit(_LONGEST_CELL)
        for file_name in self._files.names(".csv"):
            with self._files.opened(file_name) as stream:
                lines = _Lines(stream)
                yield from self._lines(file_name, lines)

    def _lines(self, file_name: str, text: _Lines) -> Iterator[tuple[str, dict[str, str]]]:
        try:
            first, heads = _heads(text)
            lines = csv.reader(text, delimiter=_delimiter(first))
            for cells in lines:
                text.begin_row()
                where = f"{file_name}, line {lines.line_num + 1}"
                if len(cells) != len(heads):
                    self._notes.note(where, "It has not as many columns as the first line.")
                    continue
                yield where, dict(zip(heads, cells, strict=True))
        except csv.Error as error:
            self._notes.note(file_name, f"It cannot be read to its end ({error}).")

    def _check(self, file_name: str) -> None:
        csv.field_size_limit(_LONGEST_CELL)
        try:
            with self._files.opened(file_name) as stream:
                lines = _Lines(stream)
                _, heads = _heads(lines)
        except csv.Error as error:
            raise Invalid(
                f"The first line of {file_name} cannot be read ({error}): export it again."
            ) from error
        missing = [each for each in _NEEDED if each not in heads]
        if missing:
            raise Invalid(
                f"{file_name} has no column {missing[0]!r}: set the language of your account in"
                " osTicket to English (United States), and export all columns."
            )


class _Lines:
    """The lines of a list, which end with ``csv.Error`` where a row is longer than any is."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
        self._left = _LONGEST_ROW

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise csv.Error(_TOO_LONG.format(most=_LONGEST_ROW))
        if not line:
            raise StopIteration
        return line

    def begin_row(self) -> None:
        """Let the next row have as many characters as any."""
        self._left = _LONGEST_ROW


def _heads(text: _Lines) -> tuple[str, list[str]]:
    """The first line, and the columns that it names. Raises ``csv.Error``."""
    first = next(text, "")
    text.begin_row()
    return first, next(csv.reader([first], delimiter=_delimiter(first)), [])


def _delimiter(first: str) -> str:
    return ";" if first.count(";") > first.count(",") else ","


def _requester(row: dict[str, str]) -> str:
    return f"user:{(row['From Email'] or row.get('From', '')).strip().casefold()}"


def _people(row: dict[str, str]) -> Iterator[ImportedPerson]:
    if agent := name(row.get("Agent Assigned")):
        yield ImportedPerson(f"agent:{agent}", agent, "", True, True)
    email = row["From Email"].strip()
    yield ImportedPerson(_requester(row), name(row.get("From")) or email, email, False, True)
