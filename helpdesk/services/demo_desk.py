# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills a new desk with demo people, their tickets and articles, as if they had worked in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

from pydantic import TypeAdapter

from helpdesk.core.operation import operations_of
from helpdesk.core.permissions import STAFF, Actor
from helpdesk.core.schemas.desk import DemoAccount
from helpdesk.core.schemas.tickets import CategoryView, Priority, Status
from helpdesk.core.settings import Settings, TargetSettings
from helpdesk.core.text import folded
from helpdesk.database.bulk import (
    BulkLoad,
    CommentRow,
    EventRow,
    RatingRow,
    TicketRow,
    UserRow,
    bulk_loading,
)
from helpdesk.database.db_manager import DbManager
from helpdesk.database.types import to_microseconds
from helpdesk.demo.people import FIXED_PEOPLE, DemoPerson, demo_people
from helpdesk.demo.ratings import DemoRating, demo_rating
from helpdesk.demo.records import DemoChange, DemoComment, DemoTicket
from helpdesk.demo.talk import talked_over
from helpdesk.demo.tickets import SEED, demo_tickets
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.event import EventKind
from helpdesk.repositories.categories import CategoryRepository
from helpdesk.repositories.facts import DEMO_ACCOUNTS, FactRepository
from helpdesk.services import catching_up
from helpdesk.services.counting_in import MANY, count_waiting
from helpdesk.services.demo_articles import DemoArticles, SolvedTickets
from helpdesk.services.demo_audit import write_demo_audit
from helpdesk.services.demo_hours import add_office_hours
from helpdesk.services.demo_macros import write_demo_macros
from helpdesk.services.demo_templates import write_demo_templates
from helpdesk.services.demo_work import write_demo_work
from helpdesk.services.executor import Executor
from helpdesk.services.passwords import hash_password, one_time_password
from helpdesk.services.taking_up import TakingUp
from helpdesk.services.targets import due_times

Progress = Callable[[int, int], None]
"""Called with the tickets written and all tickets."""

DEMO_TICKETS = 1_500
"""So many tickets make a desk that looks lived in."""

_PEOPLE_SINCE = timedelta(days=760)
_TELL_EVERY = 500
_TAKEN_UP_AT_ONCE = 500

_STATUS_RANK = {status: rank for rank, status in enumerate(STATUS_RANKS, start=1)}
_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(PRIORITY_RANKS, start=1)}
_STATUS_LABEL = {status.value: status.label for status in Status}
_PRIORITY_LABEL = {priority.value: priority.label for priority in Priority}
_accounts = TypeAdapter(tuple[DemoAccount, ...])


class Scale(NamedTuple):
    """How large a demo desk is."""

    tickets: int
    extra_users: int
    technicians: int
    comments: int = 0
    """How many comments a ticket has on the average; as many as come where it is none."""

    @classmethod
    def of(cls, tickets: int) -> Scale:
        """Return as many people as a desk with so many tickets would have."""
        return cls(
            tickets,
            extra_users=min(5_000, max(60, tickets // 100)),
            technicians=min(50, 6 + tickets // 2_000),
        )


def fill_demo_desk(
    database: DbManager,
    settings: Settings,
    scale: Scale,
    *,
    now: datetime,
    seed: int = SEED,
    password: str | None = None,
    progress: Progress | None = None,
) -> tuple[DemoAccount, ...]:
    """Fill a desk that has no tickets yet, and return the accounts people may sign in to.

    They all get ``password``, or each a random one. The same seed and moment give the same desk.
    Raises ``Invalid`` when the password cannot be one.
    """
    people = demo_people(scale.extra_users, scale.technicians)
    accounts = _demo_accounts(people[: len(FIXED_PEOPLE)], password)
    hashes = [hash_password(a.password, settings.security.bcrypt_cost) for a in accounts]
    tickets = demo_tickets(scale.tickets, people=people, seed=seed, now=now)
    if scale.comments:
        tickets = talked_over(tickets, scale.comments)
    with database.writing() as session:
        FactRepository(session).set(DEMO_ACCOUNTS, _accounts.dump_json(accounts).decode())
        categories = CategoryRepository(session).active()
    writer = DemoWriter(settings.targets, categories, people, now=now)
    solved = SolvedTickets()
    with bulk_loading(database, fresh=True) as load:
        writer.add_people(load, hashes, now - _PEOPLE_SINCE)
        told = _told(tickets, scale.tickets, progress)
        writer.add_tickets(load, solved.watched(told, load.next_id("ticket")))
    articles = DemoArticles(settings, people, writer.first_user_id, seed=seed, now=now)
    articles.write(database, solved)
    known = {
        person.username: Actor(
            writer.first_user_id + at, person.username, person.full_name, person.role
        )
        for at, person in enumerate(people[: len(FIXED_PEOPLE)])
    }
    write_demo_audit(database, known, now)
    write_demo_macros(database, known)
    write_demo_templates(database, categories)
    catching_up.begin(database, now)
    begin_clocks(database, settings, now)
    write_demo_work(database, categories, known, now)
    count_waiting(database, at_once=MANY)
    return accounts


def begin_clocks(database: DbManager, settings: Settings, now: datetime) -> None:
    """Give every open ticket its clocks, as if they had run since it was opened."""
    executor, steps = Executor(database, settings, lambda: now), operations_of(TakingUp)
    executor.execute(steps["begin"], {}, system=True)
    add_office_hours(executor, database)
    waiting = executor.execute(steps["waiting"], {}, system=True)
    for start in range(0, len(waiting.without_clocks), _TAKEN_UP_AT_ONCE):
        some = {"ticket_ids": waiting.without_clocks[start : start + _TAKEN_UP_AT_ONCE]}
        executor.execute(steps["take_up"], some, system=True)
    done = {"waiting": waiting, "has_changed": True}
    executor.execute(steps["done"], done, system=True)


class DemoWriter:
    """Turns demo tickets into rows: due times, counters and the history in the desk's words."""

    def __init__(
        self,
        targets: TargetSettings,
        categories: Iterable[CategoryView],
        people: Sequence[DemoPerson],
        first_user_id: int = 0,
        *,
        now: datetime | None = None,
    ) -> None:
        """Bind to the categories of a desk and to its people, who may be yet to come.

        Without a ``now`` nobody has rated anything yet.
        """
        self._now = now
        self._categories = {category.name: category.id for category in categories}
        self._targets = targets
        self._people = people
        self._is_staff = [person.role in STAFF for person in people]
        self.first_user_id = first_user_id

    def add_people(self, load: BulkLoad, hashes: Sequence[str], since: datetime) -> None:
        """Write the accounts; the first ones get the passwords of ``hashes``."""
        self.first_user_id = load.next_id("user")
        since_microseconds = to_microseconds(since)
        load.add_users(
            [
                _user_row(self.first_user_id + index, person, password_hash, since_microseconds)
                for index, (person, password_hash) in enumerate(zip_longest(self._people, hashes))
            ]
        )

    def add_tickets(self, load: BulkLoad, tickets: Iterable[DemoTicket]) -> None:
        """Write the tickets in the order they come; the people must be there."""
        for id_, ticket in enumerate(tickets, start=load.next_id("ticket")):
            comments = [self._comment_row(id_, ticket, comment) for comment in ticket.comments]
            row = self._ticket_row(id_, ticket, comments)
            rating = self._rating(row, ticket)
            if rating:
                load.add_rating(_rating_row(row, rating))
            load.add_ticket(row, comments, self._events(id_, ticket, rating))

    def _ticket_row(self, id_: int, ticket: DemoTicket, comments: list[CommentRow]) -> TicketRow:
        due = due_times(self._targets, ticket.priority, ticket.created_at)
        resolution_due = due_times(self._targets, ticket.priority, _begun_at(ticket)).resolution
        notes = sum(comment.internal for comment in comments)
        replies = [c.created_at for c in comments if c.by_staff and not c.internal]
        ended_at = ticket.resolved_at or ticket.closed_at
        assignee = ticket.assignee
        return TicketRow(
            id=id_,
            version=1 + len(_moments(ticket)),
            status=_STATUS_RANK[ticket.status],
            priority=_PRIORITY_RANK[ticket.priority],
            category_id=self._categories[ticket.category],
            requester_id=self.first_user_id + ticket.requester,
            assignee_id=None if assignee is None else self.first_user_id + assignee,
            created_at=to_microseconds(ticket.created_at),
            updated_at=to_microseconds(max((ticket.created_at, *_moments(ticket)))),
            first_response_due=to_microseconds(due.first_response),
            first_responded_at=min(replies, default=None),
            resolution_due=to_microseconds(resolution_due),
            resolved_at=None if ended_at is None else to_microseconds(ended_at),
            closed_at=None if ticket.closed_at is None else to_microseconds(ticket.closed_at),
            replies=len(comments) - notes,
            notes=notes,
            source=ticket.source,
            subject=ticket.subject,
            description=ticket.description,
            reopens=sum(change.field == "reopened" for change in ticket.changes),
        )

    def _comment_row(self, id_: int, ticket: DemoTicket, comment: DemoComment) -> CommentRow:
        return CommentRow(
            ticket_id=id_,
            author_id=self.first_user_id + comment.author,
            by_staff=self._is_staff[comment.author] and comment.author != ticket.requester,
            internal=comment.internal,
            created_at=to_microseconds(comment.created_at),
            body=comment.body,
        )

    def _events(self, id_: int, ticket: DemoTicket, rating: DemoRating | None) -> list[EventRow]:
        """Return the history; what is said comes before what is changed by it."""
        entries: list[tuple[datetime, EventRow]] = [
            (comment.created_at, self._comment_event(id_, comment)) for comment in ticket.comments
        ]
        entries += [(change.at, self._change_event(id_, change)) for change in ticket.changes]
        requester = self.first_user_id + ticket.requester
        if rating:
            entries.append((rating.at, _rated(id_, requester, rating)))
        entries.sort(key=_moment)
        created = EventRow(id_, requester, to_microseconds(ticket.created_at), EventKind.CREATED)
        return [created, *(event for _, event in entries)]

    def _comment_event(self, id_: int, comment: DemoComment) -> EventRow:
        kind = EventKind.NOTED if comment.internal else EventKind.COMMENTED
        author = self.first_user_id + comment.author
        return EventRow(id_, author, to_microseconds(comment.created_at), kind)

    def _rating(self, row: TicketRow, ticket: DemoTicket) -> DemoRating | None:
        if self._now is None or row.resolved_at is None:
            return None
        late = row.resolved_at > row.resolution_due
        return demo_rating(ticket, row.id, late=late, until=self._now)

    def _change_event(self, id_: int, change: DemoChange) -> EventRow:
        reopened = change.field == "reopened"
        field = "status" if reopened else change.field
        return EventRow(
            id_,
            self.first_user_id + change.actor,
            to_microseconds(change.at),
            EventKind.REOPENED if reopened else EventKind.CHANGED,
            field,
            self._label(field, change.old),
            self._label(field, change.new),
        )

    def _label(self, field: str, value: str | None) -> str | None:
        if value is None or field == "category":
            return value
        if field == "assignee":
            return self._people[int(value)].full_name
        return _STATUS_LABEL[value] if field == "status" else _PRIORITY_LABEL[value]


def _demo_accounts(people: Sequence[DemoPerson], password: str | None) -> tuple[DemoAccount, ...]:
    return tuple(
        DemoAccount(
            username=person.username,
            full_name=person.full_name,
            role=person.role,
            password=password or one_time_password(),
        )
        for person in people
    )


def _user_row(id_: int, person: DemoPerson, password_hash: str | None, since: int) -> UserRow:
    return UserRow(
        id=id_,
        username=person.username,
        username_folded=folded(person.username),
        full_name=person.full_name,
        full_name_folded=folded(person.full_name),
        email=person.email,
        role=person.role,
        active=True,
        password_hash=password_hash,
        password_one_time=False,
        created_at=since,
        last_sign_in_at=None,
        version=1,
    )


def _rated(id_: int, requester: int, rating: DemoRating) -> EventRow:
    at, score = to_microseconds(rating.at), str(rating.score)
    return EventRow(id_, requester, at, EventKind.RATED, "rating", None, score)


def _rating_row(row: TicketRow, rating: DemoRating) -> RatingRow:
    return RatingRow(
        ticket_id=row.id,
        round=row.reopens,
        score=rating.score,
        reason=rating.reason,
        comment=rating.comment,
        at=to_microseconds(rating.at),
        by_mail=rating.by_mail,
    )


def _moments(ticket: DemoTicket) -> set[datetime]:
    """Return when somebody did something that all see; one deed may leave several entries."""
    return {comment.created_at for comment in ticket.comments if not comment.internal} | {
        change.at for change in ticket.changes
    }


def _begun_at(ticket: DemoTicket) -> datetime:
    """Return when the time to solve a ticket began to run: a reopening gives it anew."""
    reopened = [change.at for change in ticket.changes if change.field == "reopened"]
    return max((ticket.created_at, *reopened))


def _moment(entry: tuple[datetime, EventRow]) -> datetime:
    return entry[0]


def _told(
    tickets: Iterable[DemoTicket], total: int, progress: Progress | None
) -> Iterator[DemoTicket]:
    for done, ticket in enumerate(tickets):
        if progress and done % _TELL_EVERY == 0:
            progress(done, total)
        yield ticket
    if progress:
        progress(total, total)
