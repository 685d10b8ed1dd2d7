# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures on a file of tickets how often suggestions would have been right.

A desk of its own, in a temporary folder, learns a part of the file in the program's own way and
suggests for the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zlib import crc32

from helpdesk.assistant.calibration import NEVER, confidence, expected_error
from helpdesk.assistant.likeness import ranked
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.tickets import Source, Status
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.core.settings import Settings
from helpdesk.core.text import folded
from helpdesk.database.bulk import BulkLoad, CategoryRow, TicketRow, bulk_loading
from helpdesk.database.db_manager import DbManager
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.database.types import to_microseconds
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.repositories.triage import Fit, TriageRepository, rank_of
from helpdesk.services.catching_up import fit, learn_waiting
from helpdesk.services.import_columns import Columns, Mapping
from helpdesk.services.import_files import TicketFile
from helpdesk.services.import_rows import BadRow, ImportedTicket, RowReader
from helpdesk.services.new_desk import make_desk
from helpdesk.services.readings import Reading, Subject

TRIED = 2_000
"""So many tickets are tried at most; more change the third digit only."""

LAG = 50
"""Of technicians each ticket is learnt so many tickets later, as if it took that long to solve."""

_HELD_BACK = 0.2
_STEP = 10
_FITTED_EVERY = 500
_RESOLVED = STATUS_RANKS.index(Status.RESOLVED) + 1

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """What somebody wants to measure."""

    file: Path
    field: SuggestedField
    mappings: tuple[Mapping, ...] = ()
    groups: tuple[str, ...] = ()
    """Columns: rows that agree in all of them are all learnt, or all tried."""
    limit: int = TRIED


class Tried(NamedTuple):
    """What came of one ticket."""

    right: int
    best: tuple[int, ...]
    score: float
    confidence: float
    shown: bool


@dataclass
class Report:
    """How well it went."""

    learnt: int = 0
    tried: list[Tried] = field(default_factory=list)

    def top(self, places: int) -> float:
        """Return how often the right one stood among the first ones."""
        return _share([each.right in each.best[:places] for each in self.tried])

    @property
    def macro_f1(self) -> float:
        """The mean over the labels of precision and recall, each label counting alike."""
        right, wrong, missed = Counter[int](), Counter[int](), Counter[int]()
        for each in self.tried:
            first = each.best[0] if each.best else 0
            if first == each.right:
                right[first] += 1
            else:
                wrong[first] += 1
                missed[each.right] += 1
        labels = {each.right for each in self.tried}
        scores = [2 * right[x] / (2 * right[x] + wrong[x] + missed[x]) for x in labels]
        return sum(scores) / len(scores) if scores else 0.0

    @property
    def coverage(self) -> float:
        """For which share of the tickets something is suggested."""
        return _share([each.shown for each in self.tried])

    def precision(self, places: int = 1) -> float:
        """Return how often what is suggested is right, or named with the others."""
        return _share([each.right in each.best[:places] for each in self.tried if each.shown])

    @property
    def expected_error(self) -> float:
        """How far the confidence is from the truth on average."""
        pairs = [(each.confidence, each.right in each.best[:1]) for each in self.tried]
        return expected_error(pairs)

    def last(self, share: float) -> Report:
        """Return the report of the last tickets alone."""
        return Report(self.learnt, self.tried[-max(1, round(len(self.tried) * share)) :])


class _Known(NamedTuple):
    """A row of the file, and by what it is put on one side."""

    ticket: ImportedTicket
    group: str


def evaluate(
    wanted: Evaluation, settings: Settings, now: datetime, progress: Progress | None = None
) -> Report:
    """Measure. Raises ``Invalid`` for a file that cannot be read or says nothing of the field."""
    with TemporaryDirectory(prefix="helpdesk-") as folder:
        database = SqliteManager(Path(folder) / "helpdesk.db")
        try:
            make_desk(database, settings, now)
            desk = _Desk(database, now)
            rows, has_times = desk.read(wanted)
            if wanted.field is SuggestedField.ASSIGNEE:
                return desk.in_time(rows, progress)
            return desk.split(rows, wanted, has_times=has_times, progress=progress)
        finally:
            database.dispose()


class _Desk:
    """The desk that learns."""

    def __init__(self, database: DbManager, now: datetime) -> None:
        self._database = database
        self._now = now
        self._next_id = 1

    def read(self, wanted: Evaluation) -> tuple[list[_Known], bool]:
        """Read the rows that say something of the field, and make their people and categories."""
        file = TicketFile(wanted.file, None, None)
        with bulk_loading(self._database) as load, file.opened(wanted.mappings) as (header, lines):
            columns = Columns(header, wanted.mappings)
            if wanted.field.value not in columns.sources:
                raise Invalid(
                    f"No column of {wanted.file} fills {wanted.field.value}; name one with --map."
                )
            groups = [_place(header, name) for name in wanted.groups]
            reader = RowReader(columns, load, self._now)
            rows: list[_Known] = []
            for number, line in enumerate(lines):
                try:
                    ticket = reader.ticket(line)
                except BadRow:
                    continue
                if _label(ticket, wanted.field) is not None:
                    key = "\n".join(line.cells[place] for place in groups) or str(number)
                    rows.append(_Known(ticket, key))
            numbers = self._settle(load, reader)
        if not rows:
            raise Invalid(f"No row of {wanted.file} has a {wanted.field.value}.")
        has_times = "created_at" in columns.sources
        known = [_Known(_numbered(row.ticket, *numbers), row.group) for row in rows]
        return (sorted(known, key=_opened) if has_times else known), has_times

    def split(
        self,
        rows: Sequence[_Known],
        wanted: Evaluation,
        *,
        has_times: bool,
        progress: Progress | None,
    ) -> Report:
        """Learn the first part, or one by chance, and try the other."""
        learnt, held_back = _sides(rows, has_times=has_times)
        self._write([row.ticket for row in learnt])
        learn_waiting(self._database, self._now, progress=progress)
        fit(self._database, self._now)
        report = Report(len(learnt))
        tried = sorted(held_back, key=lambda row: crc32(row.ticket.description.encode()))
        report.tried = self._tried([row.ticket for row in tried[: wanted.limit]], wanted.field)
        return report

    def in_time(self, rows: Sequence[_Known], progress: Progress | None) -> Report:
        """Try each ticket in the order of time, and learn it some tickets later."""
        report = Report()
        tickets = [row.ticket for row in rows]
        fitted_at = 0
        for start in range(0, len(tickets), _STEP):
            known = max(0, start - LAG)
            self._write(tickets[report.learnt : known])
            report.learnt = known
            learn_waiting(self._database, self._now)
            if known - fitted_at >= _FITTED_EVERY:
                fit(self._database, self._now)
                fitted_at = known
            report.tried += self._tried(tickets[start : start + _STEP], SuggestedField.ASSIGNEE)
            if progress:
                progress(len(report.tried), len(tickets))
        return report

    def _tried(self, tickets: Sequence[ImportedTicket], of: SuggestedField) -> list[Tried]:
        with self._database.reading() as session:
            triage = TriageRepository(session)
            known = triage.fits().get(of, Fit(NEVER, (), 0, self._now))
            return [_try(triage, ticket, of, known) for ticket in tickets]

    def _settle(self, load: BulkLoad, reader: RowReader) -> tuple[int, int]:
        """Write people and categories; return what comes before the first of each."""
        people, categories = load.next_id("user") - 1, load.next_id("category") - 1
        made = to_microseconds(self._now)
        load.add_users(
            [person.row(people + n, made) for n, person in enumerate(reader.people.new, start=1)]
        )
        load.add_categories(
            [
                CategoryRow(categories + n, name, folded(name), True)
                for n, name in enumerate(reader.categories.new, start=1)
            ]
        )
        return people, categories

    def _write(self, tickets: Sequence[ImportedTicket]) -> None:
        if not tickets:
            return
        with bulk_loading(self._database) as load:
            for ticket in tickets:
                load.add_ticket(_row(self._next_id, ticket), (), ())
                self._next_id += 1


def _try(triage: TriageRepository, ticket: ImportedTicket, of: SuggestedField, known: Fit) -> Tried:
    # Who works on a ticket is asked when it is known what it is about.
    category_id = ticket.category if of is SuggestedField.ASSIGNEE else None
    subject = Subject(ticket.subject, ticket.description, ticket.created_at, None, category_id)
    best = ranked(Reading(triage, subject).shares(of), lambda _: True)
    score = best[0][1] if best else 0.0
    return Tried(
        right=_label(ticket, of) or 0,
        best=tuple(label for label, _ in best[:5]),
        score=score,
        confidence=confidence(known.steps, score),
        shown=bool(best) and score >= known.threshold,
    )


def _sides(rows: Sequence[_Known], *, has_times: bool) -> tuple[list[_Known], list[_Known]]:
    """Return what is learnt and what is tried: by time, or else by a fixed chance."""
    if has_times:
        cut = round(len(rows) * (1 - _HELD_BACK))
        return list(rows[:cut]), list(rows[cut:])
    is_tried = [crc32(f"side {row.group}".encode()) % 1_000 < 1_000 * _HELD_BACK for row in rows]
    pairs = list(zip(rows, is_tried, strict=True))
    return [row for row, tried in pairs if not tried], [row for row, tried in pairs if tried]


def _label(ticket: ImportedTicket, of: SuggestedField) -> int | None:
    if of is SuggestedField.PRIORITY:
        return rank_of(ticket.priority)
    return ticket.category if of is SuggestedField.CATEGORY else ticket.assignee


def _numbered(ticket: ImportedTicket, people: int, categories: int) -> ImportedTicket:
    """Return a ticket with the ids of what was planned."""

    def id_of(number: int | None, before: int) -> int | None:
        return before - number if number is not None and number < 0 else number

    return ticket._replace(
        category=id_of(ticket.category, categories),
        requester=id_of(ticket.requester, people) or 0,
        assignee=id_of(ticket.assignee, people),
    )


def _row(id_: int, ticket: ImportedTicket) -> TicketRow:
    made = to_microseconds(ticket.created_at)
    return TicketRow(
        id=id_,
        version=1,
        status=_RESOLVED,
        priority=PRIORITY_RANKS.index(ticket.priority) + 1,
        category_id=ticket.category,
        requester_id=ticket.requester,
        assignee_id=ticket.assignee,
        created_at=made,
        updated_at=made,
        first_response_due=made,
        first_responded_at=None,
        resolution_due=made,
        resolved_at=made,
        closed_at=None,
        replies=0,
        notes=0,
        source=Source.IMPORT.value,
        subject=ticket.subject,
        description=ticket.description,
    )


def _opened(row: _Known) -> datetime:
    return row.ticket.created_at


def _place(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise Invalid(f"There is no column '{name}'. The file has: {', '.join(header)}.")
    return list(header).index(name)


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
