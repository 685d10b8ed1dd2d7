# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads what a reader of another system's export finds into the desk, some tickets at a time.

Whatever stops it, what was loaded stays, and beginning anew goes on behind that: each ticket is
known by its number in the other system.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from helpdesk.client.exports import growing
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DeskError, Invalid, TooLarge
from helpdesk.core.file_names import safe_name
from helpdesk.core.schemas.attachments import UNKNOWN_TYPE
from helpdesk.core.schemas.import_records import (
    ExportReader,
    ImportedComment,
    ImportedFile,
    ImportedPerson,
    ImportedTicket,
    ImportProblem,
)
from helpdesk.core.schemas.ticket_imports import (
    CommentRecord,
    FieldRecord,
    FileRecord,
    LoadedTicket,
    PersonRecord,
    TicketBatch,
    TicketOutcome,
    TicketRecord,
    UnknownPeople,
)
from helpdesk.core.text import NAME_LIMIT, TAG_LIMIT, ellipsis, single_line, storable
from helpdesk.core.validation import invalid

Progress = Callable[[int, int], None]
"""Called with how many tickets are done, and how many there are as far as that is known, else 0."""

AT_ONCE, PARTS_AT_ONCE, BYTES_AT_ONCE = 50, 4_500, 3 * 1024 * 1024
"""A batch ends before the ticket that would pass one of these: a server takes a request of so many
bytes and of so many values. A ticket that passes them alone is a batch."""
_OF_TICKET, _OF_COMMENT, _OF_PERSON, _OF_FIELD = 50, 12, 12, 8
"""What each is made of, as a server counts it."""
_TOO_LARGE = (
    "It is larger than the server takes at once: import the file on the server, with the command"
    " “helpdesk import tickets”."
)
_BYTES: Any = {
    "files": {"__all__": {"data"}},
    "comments": {"__all__": {"files": {"__all__": {"data"}}}},
}
_MEGABYTE = 1024 * 1024
_LARGEST_FILE = 256 * _MEGABYTE
_TITLES = ("Where", "Problem")
_NOT_IN_TAGS = ' \t\n,;:"'
_MOST_TAGS = 20
_FILE_GONE = "The file {name} is not in the export and was left out."
_FILE_EMPTY = "The file {name} is empty and was left out."
_FILE_TOO_LARGE = "The file {name} has more than {limit} MB and was left out."
_TAGS_LEFT = "It has more than {most} tags; the others were left out."


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an export is to be loaded."""

    source: str
    """What tells the other system from others, such as 'osticket'; numbers are known within it."""
    trial: bool = False
    unknown_people: UnknownPeople = UnknownPeople.CREATE


@dataclass(slots=True)
class Loaded:
    """What became of an export, as far as it was loaded."""

    added: int = 0
    known: int = 0
    refused: int = 0
    new_people: int = 0
    problems: list[ImportProblem] = field(default_factory=list)
    """What was refused, and what of the others could not be taken over."""
    first: list[ImportedTicket] = field(default_factory=list)
    """Some of the first tickets, without their files: to look at before anything is done."""
    stopped: bool = False
    error: DeskError | None = None

    @property
    def tickets(self) -> int:
        """How many tickets were looked at."""
        return self.added + self.known + self.refused


def import_tickets(
    desk: HelpDesk,
    reader: ExportReader,
    wanted: Wanted,
    *,
    total: int = 0,
    progress: Progress = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Loaded:
    """Load an export into the desk, or only look what would become of it.

    ``total`` is how many tickets there are, where an earlier look has told. What goes wrong with
    one ticket is a problem of the result; what keeps all others from it comes as its ``error``.
    """
    load = _Load(desk, reader, wanted)
    try:
        for batch in load.batches():
            if is_stopped():
                load.result.stopped = True
                break
            load.send(batch)
            progress(load.result.tickets, total)
    except DeskError as error:
        load.result.error = error
    load.result.problems += reader.problems
    return load.result


def save_problems(problems: Sequence[ImportProblem], target: Path) -> None:
    """Write problems into a CSV file. Raises ``NotWritten``."""
    from helpdesk.reporting.csv_file import BYTE_ORDER_MARK, safe

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_TITLES)
    writer.writerows((safe(each.where), safe(each.sentence)) for each in problems)
    with growing(target) as file:
        file.write(BYTE_ORDER_MARK + text.getvalue().encode())


class _Load:
    """One load under way."""

    _SHOWN = 20

    def __init__(self, desk: HelpDesk, reader: ExportReader, wanted: Wanted) -> None:
        self.result = Loaded()
        self._desk = desk
        self._reader = reader
        self._wanted = wanted
        self._people: Mapping[str, ImportedPerson] = {}
        self._limit = 0

    def batches(self) -> Iterator[list[TicketRecord]]:
        """Read the export, some tickets at a time."""
        limit = self._desk.attachments.limits().limit_mb * _MEGABYTE
        self._limit = min(limit, _LARGEST_FILE)
        self._people = {each.ref: each for each in self._reader.people()}
        batch, weight = list[TicketRecord](), _Weight()
        for ticket in self._reader.tickets():
            record = self._record(ticket)
            if record is None:
                continue
            if len(self.result.first) < self._SHOWN:
                self.result.first.append(ticket)
            more = _weight_of(record, self._named_by([record]))
            if batch and (len(batch) >= AT_ONCE or (weight + more).is_too_much):
                yield batch
                batch, weight = [], _Weight()
            batch.append(record)
            weight += more
        if batch:
            yield batch

    def send(self, records: Sequence[TicketRecord]) -> None:
        """Let the desk take some tickets.

        Those that it takes not all at once it is given in parts; one that is too large alone is
        refused.
        """
        try:
            self._send(records)
        except (TooLarge, ValidationError):
            # Each is sound by itself; then it names more people than a batch may.
            if len(records) == 1:
                self._refuse(f"Ticket {records[0].ref}", _TOO_LARGE)
                return
            half = len(records) // 2
            self.send(records[:half])
            self.send(records[half:])

    def _send(self, records: Sequence[TicketRecord]) -> None:
        batch = TicketBatch(
            source=self._wanted.source,
            trial=self._wanted.trial,
            unknown_people=self._wanted.unknown_people,
            people=tuple(self._named_by(records)),
            tickets=tuple(records),
        )
        done = self._desk.ticket_imports.import_some(batch)
        self.result.new_people += done.new_people
        for each in done.tickets:
            self._note(each)

    def _refuse(self, where: str, sentence: str) -> None:
        self.result.refused += 1
        self.result.problems.append(ImportProblem(where, sentence))

    def _note(self, told: LoadedTicket) -> None:
        result, where = self.result, f"Ticket {told.ref}"
        result.added += told.outcome is TicketOutcome.ADDED
        result.known += told.outcome is TicketOutcome.KNOWN
        result.refused += told.outcome is TicketOutcome.REFUSED
        sentences = (told.problem, *told.remarks) if told.problem else told.remarks
        result.problems += [ImportProblem(where, each) for each in sentences]

    def _named_by(self, records: Sequence[TicketRecord]) -> Iterator[PersonRecord]:
        refs = {each.requester_ref for each in records}
        refs |= {each.assignee_ref for each in records if each.assignee_ref}
        refs |= {c.author_ref for each in records for c in each.comments if c.author_ref}
        for ref in sorted(refs):
            person = self._people.get(ref)
            if person is not None:
                yield PersonRecord(
                    ref=ref,
                    name=ellipsis(single_line(person.name), NAME_LIMIT),
                    email=ellipsis(single_line(person.email), NAME_LIMIT),
                    staff=person.staff,
                )

    # --- one ticket ---------------------------------------------------------------------------

    def _record(self, ticket: ImportedTicket) -> TicketRecord | None:
        """Return a ticket as the desk takes it, or note why it cannot be."""
        where = f"Ticket {storable(ticket.ref)}"
        try:
            return TicketRecord(
                ref=ticket.ref,
                subject=single_line(ticket.subject),
                description=ticket.description,
                requester_ref=ticket.requester_ref,
                assignee_ref=ticket.assignee_ref,
                team=ticket.team,
                category=ticket.category,
                status=ticket.status,
                priority=ticket.priority,
                tags=self._tags(where, ticket.tags),
                created_at=ticket.created_at,
                updated_at=ticket.updated_at,
                closed_at=ticket.closed_at,
                comments=tuple(self._comment(where, each) for each in ticket.comments),
                files=self._files(where, ticket.files),
                fields=tuple(
                    FieldRecord(
                        name=ellipsis(single_line(name), NAME_LIMIT),
                        value=ellipsis(single_line(value), NAME_LIMIT),
                    )
                    for name, value in ticket.fields.items()
                ),
            )
        except ValidationError as error:
            self._refuse(where, str(invalid(error)))
            return None

    def _comment(self, where: str, comment: ImportedComment) -> CommentRecord:
        return CommentRecord(
            author_ref=comment.author_ref,
            internal=comment.internal,
            at=comment.at,
            body=comment.body,
            files=self._files(where, comment.files),
        )

    def _tags(self, where: str, tags: Sequence[str]) -> tuple[str, ...]:
        """Return tags as one word each, which is what a search can name."""
        words = (tag.translate(dict.fromkeys(map(ord, _NOT_IN_TAGS), "-")) for tag in tags)
        kept = list(dict.fromkeys(w.strip("-")[:TAG_LIMIT] for w in words if w.strip("-")))
        if len(kept) > _MOST_TAGS:
            self.result.problems.append(ImportProblem(where, _TAGS_LEFT.format(most=_MOST_TAGS)))
        return tuple(kept[:_MOST_TAGS])

    def _files(self, where: str, files: Sequence[ImportedFile]) -> tuple[FileRecord, ...]:
        return tuple(record for each in files if (record := self._file(where, each)))

    def _problem_of(self, size: int | None) -> str:
        """Return what keeps a file out, or nothing."""
        if size is None:
            return _FILE_GONE
        if size == 0:
            return _FILE_EMPTY
        return _FILE_TOO_LARGE if size > self._limit else ""

    def _file(self, where: str, file: ImportedFile) -> FileRecord | None:
        name = safe_name(file.name)
        try:
            size = _size(file)
            problem = self._problem_of(size)
            # A trial needs no byte of it, and one that is too large is not read either.
            data = b"" if problem or self._wanted.trial else _content(file)
        except (OSError, Invalid):
            problem, data = _FILE_GONE, b""
        if problem:
            limit = self._limit // _MEGABYTE
            told = problem.format(name=name, limit=limit)
            self.result.problems.append(ImportProblem(where, told))
            return None
        try:
            return FileRecord(name=name, media_type=file.media_type, data=data)
        except ValidationError:
            return FileRecord(name=name, media_type=UNKNOWN_TYPE, data=data)


def _size(file: ImportedFile) -> int | None:
    """Return how large a file is, or ``None`` where it is not in the export."""
    if file.content is not None:
        return len(file.content)
    if file.path is None:
        return None
    path = Path(file.path)
    return path.stat().st_size if path.is_file() and not path.is_symlink() else None


def _content(file: ImportedFile) -> bytes:
    return Path(file.path or "").read_bytes() if file.content is None else file.content


class _Weight(NamedTuple):
    """How large a request becomes."""

    size: int = 0
    parts: int = 0

    def __add__(self, other: _Weight) -> _Weight:  # type: ignore[override]
        return _Weight(self.size + other.size, self.parts + other.parts)

    @property
    def is_too_much(self) -> bool:
        return self.size > BYTES_AT_ONCE or self.parts > PARTS_AT_ONCE


def _weight_of(record: TicketRecord, people: Iterator[PersonRecord]) -> _Weight:
    """Return what a ticket and those whom it names add to a request."""
    named = tuple(people)
    files = (*record.files, *(file for each in record.comments for file in each.files))
    # Bytes of files go as base64; they are counted and not encoded for it.
    encoded = len(record.model_dump_json(exclude=_BYTES).encode())
    encoded += sum(len(each.model_dump_json().encode()) for each in named)
    return _Weight(
        encoded + sum(len(file.data) * 4 // 3 + 4 for file in files),
        _OF_TICKET
        + _OF_COMMENT * len(record.comments)
        + _OF_PERSON * len(named)
        + _OF_FIELD * (len(record.fields) + len(files)),
    )
