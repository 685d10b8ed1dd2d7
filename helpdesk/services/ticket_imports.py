# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes tickets of another system into the desk, as they were there and with the times they had.

Nobody is told of them and no rule, target or mail is set off: what is old stays in the past. Each
ticket is known by its number there, so that a second import of it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.audit import AuditAction
from helpdesk.core.schemas.ticket_imports import (
    CommentRecord,
    LoadedTicket,
    PersonRecord,
    TicketBatch,
    TicketBatchResult,
    TicketOutcome,
    TicketRecord,
    UnknownPeople,
)
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import ellipsis, folded
from helpdesk.database.bulk import BulkLoad, CategoryRow
from helpdesk.database.renewal import new_epoch
from helpdesk.database.types import to_microseconds
from helpdesk.repositories.desk_changes import TICKET, USER
from helpdesk.repositories.facts import TAKEN_UP
from helpdesk.services.attachment_setup import attachments_of
from helpdesk.services.audit_trail import About
from helpdesk.services.import_people import NewPerson, People
from helpdesk.services.import_rows import Categories
from helpdesk.services.import_values import BadValue, shown
from helpdesk.services.ticket_import_rows import Numbers, TicketRows
from helpdesk.services.work import Work

_NOBODY = "{name} is not among the people of the import"
_NO_ACCOUNT = "{name} has no account here; add one, or let the import create accounts"
_NO_TEAM = "There is no team {name} here; the ticket is in none."
_CANNOT_HAVE = "{name} cannot be given open tickets here; the ticket is in the queue."
_FILE_TOO_LARGE = "The file {name} has more than {limit} MB and was left out."
_IN_FUTURE = "it was changed in the future; look at the clock of the other system"
_MAY_NOT = "What is imported is written in the names of others; only who may manage accounts can."


@dataclass
class Plan:
    """What is to become of a ticket; new accounts and categories are told as -1 and so on."""

    record: TicketRecord
    requester: int = 0
    assignee: int | None = None
    authors: list[int] = field(default_factory=list)
    """Who wrote each comment."""
    category: int | None = None
    team_id: int | None = None
    problem: str = ""
    ticket_id: int | None = None
    remarks: list[str] = field(default_factory=list)


class TicketImports:
    """Tickets that were in another system before; for admins."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/tickets/import", permission=Permission.SET_UP_TICKETS)
    def import_some(self, batch: TicketBatch) -> TicketBatchResult:
        """Take in some tickets of another system, or only look what would become of them.

        Each is refused with a reason, or taken in, by itself. One that was imported before is
        left as it is, whatever has become of it since.
        """
        # Whoever is named has asked or answered from then on, so that one right is not enough.
        if not self._work.actor.may(Permission.MANAGE_USERS):
            raise Forbidden(_MAY_NOT)
        return _Load(self._work, batch).run()


class _Load:
    """One batch under way."""

    def __init__(self, work: Work, batch: TicketBatch) -> None:
        self._work = work
        self._batch = batch
        self._repository = work.desk.ticket_imports
        # A desk may have a hundred thousand accounts; only those count that may be meant here.
        texts = [each.email or _named(each) for each in batch.people] + [self._program]
        self._people = People(self._repository.accounts(texts), self._repository.taken)
        self._categories = Categories(self._repository.view().categories())
        self._teams = {folded(each.name): each.id for each in work.desk.teams.all()}
        self._records = {each.ref: each for each in batch.people}
        self._limits = attachments_of(work.settings, work.desk.facts)

    def run(self) -> TicketBatchResult:
        """Plan every ticket, then write those that can be."""
        batch = self._batch
        known = self._repository.known(batch.source, [each.ref for each in batch.tickets])
        plans = [self._planned(each, known) for each in batch.tickets]
        good = [each for each in plans if not each.problem and each.ticket_id is None]
        known_fields = self._repository.text_fields() if good else {}
        fields = {word: id_ for word, (id_, _) in known_fields.items()}
        # Planned with the others: a trial tells of every account that would be made.
        program = self._program_author(good, fields)
        new_people = len(self._people.needed)
        if good and not batch.trial:
            self._write(good, known_fields, program)
        return TicketBatchResult(
            tickets=tuple(_told(each, known) for each in plans), new_people=new_people
        )

    @property
    def _program(self) -> str:
        """Who has written what nobody there has."""
        return f"Imported from {self._batch.source}"

    # --- what would become of them ------------------------------------------------------------

    def _planned(self, record: TicketRecord, known: dict[str, int]) -> Plan:
        plan = Plan(record, ticket_id=known.get(record.ref))
        if plan.ticket_id is not None:
            return plan
        # The same number twice in one file is one ticket.
        known[record.ref] = 0
        try:
            self._fill(plan)
        except (BadValue, Invalid) as error:
            plan.problem = str(error).removesuffix(".") + "."
            del known[record.ref]
        return plan

    def _fill(self, plan: Plan) -> None:
        record = plan.record
        if _last(record) > self._work.now:
            raise BadValue(_IN_FUTURE)
        plan.requester = self._person(record.requester_ref)
        plan.authors = [self._author(each) for each in record.comments]
        plan.assignee = self._assignee(plan)
        self._set_team(plan)
        if record.category:
            plan.category = self._categories.number_of(record.category)
        self._leave_large_files(plan)
        # What plans accounts and categories comes last: one that is refused shall make none.
        self._people.need(plan.requester, plan.assignee)
        for author in plan.authors:
            self._people.need(author, None)
        self._categories.need(plan.category)

    def _person(self, ref: str) -> int:
        record = self._records.get(ref)
        if record is None:
            raise BadValue(_NOBODY.format(name=shown(ref)))
        number = self._people.requester(_named(record))
        if number < 0 and self._batch.unknown_people is UnknownPeople.REFUSE:
            raise BadValue(_NO_ACCOUNT.format(name=shown(_named(record))))
        return number

    def _author(self, comment: CommentRecord) -> int:
        if comment.author_ref is not None:
            return self._person(comment.author_ref)
        return self._people.requester(self._program)

    def _assignee(self, plan: Plan) -> int | None:
        ref, is_open = plan.record.assignee_ref, plan.record.status.is_open
        if ref is None:
            return None
        name = shown(_named(self._records[ref])) if ref in self._records else shown(ref)
        number = self._person(ref)
        # Somebody new is deactivated, and may only have what is done.
        can_have = number > 0 or not is_open
        try:
            if number > 0:
                self._people.assignee(_named(self._records[ref]), has_work=is_open)
        except BadValue:
            can_have = False
        if not can_have:
            plan.remarks.append(_CANNOT_HAVE.format(name=name))
        return number if can_have else None

    def _set_team(self, plan: Plan) -> None:
        name = plan.record.team
        if name:
            plan.team_id = self._teams.get(folded(name))
            if plan.team_id is None:
                plan.remarks.append(_NO_TEAM.format(name=shown(name)))

    def _leave_large_files(self, plan: Plan) -> None:
        settings = self._limits
        for each in (*plan.record.files, *(f for c in plan.record.comments for f in c.files)):
            if len(each.data) > settings.limit_bytes:
                limit = settings.limit_mb
                plan.remarks.append(_FILE_TOO_LARGE.format(name=shown(each.name), limit=limit))

    def _program_author(self, plans: Sequence[Plan], fields: dict[str, int]) -> int:
        """Return who says what the desk has no field for; 0 where there is nothing of it."""
        if all(folded(f.name) in fields for each in plans for f in each.record.fields):
            return 0
        author = self._people.requester(self._program)
        self._people.need(author, None)
        return author

    # --- doing it -----------------------------------------------------------------------------

    def _write(
        self, plans: Sequence[Plan], fields: dict[str, tuple[int, bool]], program: int
    ) -> None:
        desk, now = self._work.desk, self._work.now
        tags = self._repository.tags(name for each in plans for name in each.record.tags)
        load = BulkLoad(self._repository.load())
        people = self._add_people(load)
        numbers = Numbers(
            people=people,
            categories=self._add_categories(load),
            tags=tags,
            fields={word: id_ for word, (id_, _) in fields.items()},
            staffs_fields={id_ for id_, staff_only in fields.values() if staff_only},
            program=people.get(program, program),
            staff={each.ref for each in self._records.values() if each.staff},
            limit=self._limits.limit_bytes,
        )
        rows = TicketRows(load, numbers, self._work.settings.targets, to_microseconds(now))
        rows.staff_here = self._people.is_staff
        for plan in plans:
            plan.ticket_id = rows.add(plan)
        self._repository.write(load.connection, rows.by_table)
        load.connection.index(rows.texts)
        made = {each.record.ref: each.ticket_id or 0 for each in plans}
        self._repository.remember(self._batch.source, made)
        desk.ticket_figures.count_in(min(made.values()), max(made.values()))
        if any(each.record.status.is_open for each in plans):
            # They have no clocks yet; the job that keeps clocks takes them up, and alarms nobody.
            desk.facts.set(TAKEN_UP, new_epoch())
        told = [("Tickets", "", str(len(made)))]
        desk.audit.add(AuditAction.TICKETS_IMPORTED, About("import", name=self._batch.source), told)
        desk.changed(TICKET, *made.values())

    def _add_people(self, load: BulkLoad) -> dict[int, int]:
        """Make the accounts that are needed, without a password and deactivated."""
        first, ids, made = load.next_id("user"), dict[int, int](), list[tuple[int, NewPerson]]()
        for number, person in enumerate(self._people.new, start=1):
            if person.is_needed:
                ids[-number] = first + len(ids)
                made.append((ids[-number], person))
        if not made:
            return ids
        at = to_microseconds(self._work.now)
        load.add_users([each.row(id_, at)._replace(active=False) for id_, each in made])
        load.connection.number_on()
        for id_, each in made:
            role = each.role if each.role is Role.TECHNICIAN else Role.USER
            told = [("user name", "", each.username), ("role", "", role.value)]
            self._work.desk.audit.add(
                AuditAction.USER_ADDED, About("user", id_, each.full_name), told
            )
        self._work.desk.changed(USER, *ids.values())
        return ids

    def _add_categories(self, load: BulkLoad) -> dict[int, int]:
        first, ids = load.next_id("category"), dict[int, int]()
        needed = set(self._categories.needed)
        rows = []
        for number, name in enumerate(self._categories.new, start=1):
            if name in needed:
                ids[-number] = first + len(ids)
                rows.append(CategoryRow(ids[-number], name, folded(name), True))
        if rows:
            load.add_categories(rows)
            load.connection.number_on()
            # Categories have no entry in the feed: open windows load everything anew.
            self._work.desk.feed.begin_anew()
        return ids


def _last(record: TicketRecord) -> datetime:
    """Return the last moment that anything of a ticket is said to be of."""
    ended = record.closed_at or record.created_at
    said = (each.at for each in record.comments)
    return max(record.created_at, record.updated_at, ended, *said)


def _named(record: PersonRecord) -> str:
    """Return somebody as they are looked for: by the address, else by the name."""
    if record.email:
        return f"{record.name} <{record.email}>" if record.name else record.email
    return record.name or ellipsis(record.ref, 100)


def _told(plan: Plan, known: dict[str, int]) -> LoadedTicket:
    if plan.problem:
        return LoadedTicket(
            ref=plan.record.ref, outcome=TicketOutcome.REFUSED, problem=plan.problem
        )
    is_known = bool(known.get(plan.record.ref)) or plan.ticket_id == 0
    return LoadedTicket(
        ref=plan.record.ref,
        outcome=TicketOutcome.KNOWN if is_known else TicketOutcome.ADDED,
        ticket_id=plan.ticket_id or None,
        remarks=tuple(plan.remarks),
    )
