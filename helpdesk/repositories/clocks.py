# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the clocks of tickets and the segments that they are counted by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority
from helpdesk.database.row_queue import rows_of
from helpdesk.database.types import UtcDateTime
from helpdesk.models import (
    CalendarRevision,
    Comment,
    Event,
    RuleRun,
    SlaClock,
    SlaHandover,
    SlaPolicy,
    SlaSegment,
    Ticket,
    TicketSla,
    User,
)
from helpdesk.models.base import Base
from helpdesk.models.event import EventKind

CLOCKS_TOLD = 100
_MOVES = (EventKind.CHANGED, EventKind.REOPENED)


@dataclass(frozen=True)
class Standing:
    """How a ticket stands: the newest clock of each kind, and the row for lists."""

    sla: TicketSla
    newest: dict[ClockKind, SlaClock]
    takers: frozenset[int]
    """Those clocks with which clocks of merged tickets go on."""


@dataclass(frozen=True)
class Due:
    """A clock that the sweep has to look at, with its ticket."""

    clock: SlaClock
    ticket: Ticket
    sla: TicketSla
    policy: str


class Move(NamedTuple):
    """That a ticket changed its status, as the history tells it in words."""

    at: datetime
    old: str | None
    new: str | None
    actor_id: int | None


class Past(NamedTuple):
    """What happened to a ticket before it had clocks, the oldest first."""

    moves: list[Move]
    replies: list[tuple[datetime, bool]]
    """When somebody wrote for the other side to read, and whether that was the staff."""


class ToldSla(NamedTuple):
    """By which policy a ticket is measured, and how far it was escalated."""

    policy: str | None
    escalation_level: int


class StoredSegment(NamedTuple):
    """A segment with what its calendar said then, where it is counted by one."""

    segment: SlaSegment
    settings: str | None
    feed_days: str | None


class ToldSegment(NamedTuple):
    """The same with the name of who began it."""

    segment: SlaSegment
    settings: str | None
    feed_days: str | None
    actor: str | None


class ToldClock(NamedTuple):
    """A clock, and whether clocks of merged tickets go on with it."""

    clock: SlaClock
    takes: bool


class HandedClock(NamedTuple):
    """A clock of a merged ticket, and with which clock it goes on."""

    to_id: int
    clock: SlaClock


class NewTime:
    """The rows of a ticket's time that has just begun.

    Nobody needs their numbers, and most tickets that are opened are not looked at again in the
    same transaction: so they are written as rows, those of a table by one statement.
    """

    def __init__(self, session: Session) -> None:
        """Begin without rows."""
        self._session = session
        self._new: list[Base] = []

    def add(self, *rows: Base) -> None:
        """Keep new segments and clocks, which may still be changed."""
        self._new += rows

    def segments(self, _ticket_id: int) -> list[StoredSegment]:
        """Return what was there before."""
        return []

    def write(self) -> None:
        """Let the rows be written as they are now."""
        for row in self._new:
            names = [column.key for column in row.__table__.c if column.key != "id"]
            values = {name: getattr(row, name) for name in names}
            rows_of(self._session).add(row.__table__, values)


class ClockRepository:
    """The clocks of the desk; who may see them is settled by who may see the ticket."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._standings: dict[int, Standing | None] = {}
        self._segments: dict[int, list[StoredSegment]] = {}
        self._asked: dict[int, list[datetime]] = {}

    def add(self, *rows: Base) -> None:
        """Store new segments and clocks."""
        self._session.add_all(rows)

    def remove(self, row: SlaSegment) -> None:
        """Take a segment away that is undone."""
        self._session.delete(row)

    def remove_clock(self, clock: SlaClock) -> None:
        """Take a clock away that is undone; what rules did for it stays told, without it."""
        self._session.flush()
        runs = update(RuleRun).where(RuleRun.clock_id == clock.id).values(clock_id=None)
        self._session.execute(runs)
        self._session.delete(clock)

    def round_before(self, clock: SlaClock) -> SlaClock | None:
        """Return the clock of the same kind that a clock came after."""
        statement = select(SlaClock).where(
            SlaClock.ticket_id == clock.ticket_id,
            SlaClock.kind == clock.kind,
            SlaClock.round == clock.round - 1,
        )
        return self._session.execute(statement).scalar_one_or_none()

    def begun(self) -> NewTime:
        """Return where the time of a new ticket is kept."""
        return NewTime(self._session)

    def expect(self, ticket_ids: Collection[int]) -> None:
        """Read at once how some tickets stand and their segments, which are to be asked for.

        Each is told once as it was read: whoever asks for it is about to change it.
        """
        if ticket_ids:
            self._read_standings(ticket_ids)
            self._read_segments(ticket_ids)

    def standing(self, ticket_id: int) -> Standing | None:
        """Return how a ticket stands, or ``None`` where it has no clocks yet."""
        if ticket_id not in self._standings:
            self._read_standings((ticket_id,))
        return self._standings.pop(ticket_id)

    def segments(self, ticket_id: int) -> list[StoredSegment]:
        """Return the segments of a ticket, the running one last."""
        if ticket_id not in self._segments:
            self._read_segments((ticket_id,))
        return self._segments.pop(ticket_id)

    def _read_standings(self, ticket_ids: Collection[int]) -> None:
        self._send_new()
        found: dict[int, list[Row[*tuple[Any, ...]]]] = {id_: [] for id_ in ticket_ids}
        for row in self._session.execute(_standing(), {"ticket_ids": ticket_ids}):
            found[row[0].ticket_id].append(row)
        self._standings.update((id_, _standing_of(rows)) for id_, rows in found.items())

    def _read_segments(self, ticket_ids: Collection[int]) -> None:
        self._send_new()
        self._segments.update((id_, []) for id_ in ticket_ids)
        for row in self._session.execute(_segments(), {"ticket_ids": ticket_ids}):
            self._segments[row[0].ticket_id].append(StoredSegment(*row))

    # --- what has to be looked at -----------------------------------------------------------

    def due_ids(self, now: datetime, limit: int) -> list[int]:
        """Return the clocks whose next step has come, those that wait longest first."""
        statement = (
            select(SlaClock.id)
            .where(SlaClock.next_step_at <= now)
            .order_by(SlaClock.next_step_at, SlaClock.id)
            .limit(limit)
        )
        return list(self._session.execute(statement).scalars())

    def due(self, clock_ids: Sequence[int], now: datetime) -> list[Due]:
        """Return those of some clocks whose next step has come, with their tickets."""
        rows = self._session.execute(_due(), {"clock_ids": clock_ids, "now": now})
        return [Due(*row) for row in rows]

    def put_off(self, clock_id: int, until: datetime) -> None:
        """Look at a clock again later."""
        statement = update(SlaClock).where(SlaClock.id == clock_id)
        self._session.execute(statement.values(next_step_at=until))

    def unmeasured(self) -> list[int]:
        """Return the open tickets that have no clocks yet."""
        statement = (
            select(Ticket.id)
            .join(TicketSla, TicketSla.ticket_id == Ticket.id, isouter=True)
            .where(*_OPEN, TicketSla.ticket_id.is_(None))
        )
        return sorted(self._session.execute(statement).scalars())

    def measured(self) -> list[int]:
        """Return the open tickets that have clocks, or could have."""
        statement = (
            select(Ticket.id).join(TicketSla, TicketSla.ticket_id == Ticket.id).where(*_OPEN)
        )
        return sorted(self._session.execute(statement).scalars())

    def without(self, ids: Sequence[int]) -> Sequence[Ticket]:
        """Return those of some tickets that have no clocks, to give them some."""
        statement = (
            select(Ticket)
            .join(TicketSla, TicketSla.ticket_id == Ticket.id, isouter=True)
            .where(Ticket.id.in_(ids), TicketSla.ticket_id.is_(None))
            .order_by(Ticket.id)
        )
        return self._session.execute(statement).scalars().all()

    def tickets(self, ids: Sequence[int]) -> Sequence[Ticket]:
        """Return some tickets, to change them."""
        statement = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id)
        return self._session.execute(statement).scalars().all()

    def pasts(self, ticket_ids: Sequence[int]) -> dict[int, Past]:
        """Return what the history of some tickets tells of their time."""
        self._session.flush()
        found = {id_: Past([], []) for id_ in ticket_ids}
        moves = (
            select(Event.ticket_id, Event.at, Event.old, Event.new, Event.actor_id)
            .where(
                Event.ticket_id.in_(ticket_ids),
                Event.kind.in_(_MOVES),
                Event.field == "status",
            )
            .order_by(Event.id)
        )
        for id_, at, old, new, actor_id in self._session.execute(moves):
            found[id_].moves.append(Move(at, old, new, actor_id))
        replies = (
            select(Comment.ticket_id, Comment.created_at, Comment.by_staff)
            .where(
                Comment.ticket_id.in_(ticket_ids),
                Comment.internal.is_(False),
                Comment.automatic.is_(False),
            )
            .order_by(Comment.id)
        )
        for id_, at, by_staff in self._session.execute(replies):
            found[id_].replies.append((at, by_staff))
        return found

    def policy_name(self, policy_id: int | None) -> str:
        """Return what a policy is called, also one that is not in force any more."""
        statement = select(SlaPolicy.name).where(SlaPolicy.id == policy_id)
        return self._session.execute(statement).scalar_one_or_none() or ""

    # --- what is told -----------------------------------------------------------------------

    def told_sla(self, ticket_id: int) -> ToldSla | None:
        """Return by which policy a ticket is measured, if it has clocks."""
        statement = (
            select(SlaPolicy.name, TicketSla.escalation_level)
            .select_from(TicketSla)
            .join(SlaPolicy, SlaPolicy.id == TicketSla.policy_id, isouter=True)
            .where(TicketSla.ticket_id == ticket_id)
        )
        row = self._session.execute(statement).one_or_none()
        return ToldSla(*row) if row else None

    def told_clocks(self, ticket_id: int) -> list[ToldClock]:
        """Return the newest clocks of a ticket, the oldest first."""
        statement = (
            select(SlaClock, _TAKES)
            .where(SlaClock.ticket_id == ticket_id)
            .order_by(SlaClock.id.desc())
            .limit(CLOCKS_TOLD)
        )
        rows = self._session.execute(statement).all()
        return [ToldClock(*row) for row in reversed(rows)]

    def told_segments(self, *ticket_ids: int) -> list[ToldSegment]:
        """Return the segments of tickets with calendars and people's names, the oldest first."""
        statement = (
            select(
                SlaSegment, CalendarRevision.settings, CalendarRevision.feed_days, User.full_name
            )
            .join(CalendarRevision, CalendarRevision.id == SlaSegment.revision_id, isouter=True)
            .join(User, User.id == SlaSegment.actor_id, isouter=True)
            .where(SlaSegment.ticket_id.in_(ticket_ids))
            .order_by(SlaSegment.id)
        )
        return [ToldSegment(*row) for row in self._session.execute(statement)]

    # --- what merged tickets hand over ------------------------------------------------------

    def hand_over(self, from_id: int, to_id: int) -> None:
        """Let a clock go on with one of the ticket that its own was merged into."""
        self._session.add(SlaHandover(from_id=from_id, to_id=to_id))

    def handed(self, clock_ids: Sequence[int]) -> list[HandedClock]:
        """Return the clocks that go on with some clocks, and those that go on with these."""
        self._session.flush()
        direct = select(SlaHandover.from_id, SlaHandover.to_id)
        first = direct.where(SlaHandover.to_id.in_(clock_ids)).cte(recursive=True)
        further = direct.join(first, SlaHandover.to_id == first.c.from_id)
        found = first.union_all(further)
        statement = (
            select(found.c.to_id, SlaClock)
            .join(SlaClock, SlaClock.id == found.c.from_id)
            .order_by(SlaClock.id)
        )
        return [HandedClock(*row) for row in self._session.execute(statement)]

    def take_back(self, from_ticket_id: int, to_ticket_id: int) -> None:
        """Let the clocks of a ticket go on with none of another any more."""
        self._session.flush()
        given, taken = (
            select(SlaClock.id).where(SlaClock.ticket_id == ticket_id)
            for ticket_id in (from_ticket_id, to_ticket_id)
        )
        self._session.execute(
            delete(SlaHandover).where(SlaHandover.from_id.in_(given), SlaHandover.to_id.in_(taken))
        )

    def expect_asked(self, ticket_ids: Collection[int]) -> None:
        """Read at once what customers have asked on some tickets that nothing is said on now."""
        if not ticket_ids:
            return
        answer, asked = aliased(Comment), _is_said(Comment)
        answered = select(func.max(answer.id)).where(
            answer.ticket_id == Comment.ticket_id, *_is_said(answer), answer.by_staff.is_(True)
        )
        statement = select(Comment.ticket_id, Comment.created_at).where(
            Comment.ticket_id.in_(ticket_ids),
            *asked,
            Comment.by_staff.is_(False),
            Comment.id > func.coalesce(answered.scalar_subquery(), 0),
        )
        self._asked.update((id_, []) for id_ in ticket_ids)
        for ticket_id, at in self._session.execute(statement):
            self._asked[ticket_id].append(at)

    def asked_at(self, ticket_id: int, since: datetime) -> datetime | None:
        """Return since when the customer has been waiting for the next answer, if so."""
        if ticket_id in self._asked:
            return min((at for at in self._asked[ticket_id] if at >= since), default=None)
        self._session.flush()
        said = (Comment.ticket_id == ticket_id, *_is_said(Comment))
        answered = select(func.max(Comment.id)).where(*said, Comment.by_staff.is_(True))
        statement = select(func.min(Comment.created_at)).where(
            *said,
            Comment.by_staff.is_(False),
            Comment.created_at >= since,
            Comment.id > func.coalesce(answered.scalar_subquery(), 0),
        )
        return self._session.execute(statement).scalar_one_or_none()

    def _send_new(self) -> None:
        """Send what was added to the database, so that it is found: a rule may follow at once."""
        is_new = any(
            isinstance(each, SlaClock | SlaSegment | TicketSla) for each in self._session.new
        )
        if is_new or rows_of(self._session).waits(TicketSla.__table__):
            self._session.flush()


_OPEN = (Ticket.priority.in_(tuple(Priority)), Ticket.status.in_(OPEN_STATUSES))
"""Named by priority and status, so that the index by urgency finds them among all."""
_TAKES = exists().where(SlaHandover.to_id == SlaClock.id).label("takes")


def _is_said(comment: type[Comment]) -> tuple[ColumnElement[bool], ...]:
    """Return whether a person wrote a comment for the other side to read."""
    return comment.internal.is_(False), comment.automatic.is_(False)


_ticket_ids: BindParameter[Any] = bindparam("ticket_ids", expanding=True)


def _standing_of(rows: Sequence[Row[*tuple[Any, ...]]]) -> Standing | None:
    if not rows:
        return None
    newest = {clock.kind: clock for _, clock, _ in rows if clock is not None}
    takers = frozenset(clock.id for _, clock, takes in rows if takes)
    return Standing(rows[0][0], newest, takers)


@cache
def _standing() -> Select[*tuple[Any, ...]]:
    newest = SlaClock.__table__.alias("newest")
    round_ = (
        select(func.max(newest.c.round))
        .where(newest.c.ticket_id == SlaClock.ticket_id, newest.c.kind == SlaClock.kind)
        .scalar_subquery()
    )
    return (
        select(TicketSla, SlaClock, _TAKES)
        .join(
            SlaClock,
            (SlaClock.ticket_id == TicketSla.ticket_id) & (SlaClock.round == round_),
            isouter=True,
        )
        .where(TicketSla.ticket_id.in_(_ticket_ids))
    )


@cache
def _segments() -> Select[*tuple[Any, ...]]:
    return (
        select(SlaSegment, CalendarRevision.settings, CalendarRevision.feed_days)
        .join(CalendarRevision, CalendarRevision.id == SlaSegment.revision_id, isouter=True)
        .where(SlaSegment.ticket_id.in_(_ticket_ids))
        .order_by(SlaSegment.id)
    )


@cache
def _due() -> Select[*tuple[Any, ...]]:
    return (
        select(SlaClock, Ticket, TicketSla, func.coalesce(SlaPolicy.name, ""))
        .join(Ticket, Ticket.id == SlaClock.ticket_id)
        .join(TicketSla, TicketSla.ticket_id == SlaClock.ticket_id)
        .join(SlaPolicy, SlaPolicy.id == TicketSla.policy_id, isouter=True)
        .where(
            SlaClock.id.in_(bindparam("clock_ids", expanding=True)),
            SlaClock.next_step_at <= bindparam("now", type_=UtcDateTime),
        )
        .order_by(SlaClock.next_step_at, SlaClock.id)
    )
