# SPDX-License-Identifier: GPL-3.0-or-later
"""Which open tickets are late, soon due or escalated: found by that, not by going through all."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache, reduce
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority
from helpdesk.database.types import NEVER, UtcDateTime
from helpdesk.database.walks import passed_over
from helpdesk.models import DeskFact, Ticket, TicketFigure, TicketSla, User
from helpdesk.models.base import PRIORITY_RANKS
from helpdesk.repositories.facts import ALL_TAKEN_UP, TAKEN_UP

SOON = timedelta(hours=1)
NEXT = timedelta(days=1)
"""What is due within it needs attention."""
_ESCALATIONS_LOOKED_AT = 500
"""Among so many of the newest escalations it is looked which tickets are open."""

_ticket, _sla = Ticket.__table__.c, TicketSla.__table__.c
_figure, _user = TicketFigure.__table__.c, User.__table__.c
_NOW, _SOON = bindparam("due_now", type_=UtcDateTime), bindparam("due_soon", type_=UtcDateTime)
_fact = DeskFact.__table__.c
_URGENT = {"the_priority": PRIORITY_RANKS[0]}
_IS_URGENT = _figure.priority == PRIORITY_RANKS[0]
_ALL_MEASURED = exists().where(_fact.name == TAKEN_UP, _fact.value == ALL_TAKEN_UP)
_RANKS = range(1, len(PRIORITY_RANKS) + 1)
_UNMEASURED = (
    # Every priority there is: only then the index by urgency leads to the due time behind it.
    # None at all once all open tickets have clocks: then there is nothing to go through.
    type_coerce(_ticket.priority, Integer).in_(
        union_all(*(select(literal_column(str(rank))).where(~_ALL_MEASURED) for rank in _RANKS))
    ),
    _ticket.status.in_(OPEN_STATUSES),
    ~exists().where(_sla.ticket_id == _ticket.id),
)
_TECHNICIAN = "technician_id"
_OWN: dict[str, ColumnElement[Any]] = {
    _TECHNICIAN: _ticket.assignee_id,
    "category_id": _ticket.category_id,
    "priority": _ticket.priority,
}
"""By which an index finds the open tickets of a scope; the first one is likely to have fewest."""
Filters = tuple[tuple[str, Any], ...]
"""Columns of what a ticket counts as, and their values."""


class Due(StrEnum):
    """What is due of a ticket."""

    OVERDUE = "overdue"
    SOON = "soon"
    """Within an hour, and nothing of it is late yet."""

    def parameters(self, now: datetime) -> dict[str, Any]:
        """Return the values of the statement at a moment."""
        return {"due_now": now} | ({"due_soon": now + SOON} if self is Due.SOON else {})


class Needing(NamedTuple):
    """An open ticket that needs somebody."""

    rank: int
    ticket_id: int
    subject: str
    priority: Priority
    assignee: str | None
    due: datetime
    escalation_level: int


class DueTicketRepository:
    """What is due, whoever the actor is: the service says who may see what."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._dialect = session.get_bind().dialect.name

    def counts(
        self, due: Due, filters: Filters, split: str | None, now: datetime
    ) -> list[tuple[Any, int, int]]:
        """Return how many tickets are due, by what ``split`` names, and how many are urgent."""
        statement = _counts(self._dialect, due, tuple(name for name, _ in filters), split)
        values = {**_URGENT, **_values(filters), **due.parameters(now)}
        rows = self._session.execute(statement, values)
        return [(row[0], row[1], row[2]) for row in rows]

    def needing(self, filters: Filters, now: datetime, limit: int) -> Sequence[Needing]:
        """Return what needs somebody: overdue first, then what is due next, then escalated."""
        values = {**_values(filters), "due_now": now, "due_soon": now + NEXT, "limit": limit}
        statement = _needing(self._dialect, tuple(name for name, _ in filters))
        rows = self._session.execute(statement, values)
        found: dict[int, Needing] = {}
        for row in map(Needing._make, rows):
            found.setdefault(row.ticket_id, row)
        return list(found.values())[:limit]


class _Arm(NamedTuple):
    """Where some due tickets are found: their ids, when they are due, and which ones."""

    id: ColumnElement[int]
    due: ColumnElement[Any]
    which: list[ColumnElement[bool]]


_LATE = _Arm(_sla.ticket_id, _sla.next_due, [_sla.late.is_(True)])
"""What was noted to be late: of a desk that is behind, nearly all that is open."""


@cache
def due_tickets(due: Due) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the ids of the tickets that are due, each once."""
    return _ids(_arms(due))


def _ids(arms: Iterable[_Arm]) -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*(select(arm.id).where(*arm.which) for arm in arms))


def _arms(due: Due) -> Iterator[_Arm]:
    """Yield where due tickets are found, each at one of them.

    Those that no clock measures yet, such as right after an import, go by the due time that they
    have of themselves.
    """
    here = [_sla.late.is_(False), *_within(due, _sla.next_due)]
    yield _Arm(_sla.ticket_id, _sla.next_due, here)
    own = [*_within(due, _ticket.resolution_due), *_UNMEASURED]
    yield _Arm(_ticket.id, _ticket.resolution_due, own)
    if due is Due.OVERDUE:
        yield _LATE


def _arms_within(
    dialect: str, due: Due, names: tuple[str, ...], own: Container[str]
) -> Iterator[_Arm]:
    """Yield the same within a scope: what is late by way of its open tickets, if ``own`` says so.

    Else all that is late is gone through, in the order in which it is due.
    """
    name = next((name for name in _OWN if name in names and name in own), None)
    for arm in _arms(due):
        yield _late_of(dialect, name) if arm is _LATE and name is not None else arm


def _late_of(dialect: str, name: str) -> _Arm:
    open_ones = select(_ticket.id).where(
        _OWN[name] == bindparam(f"the_{name}"), _ticket.status.in_(OPEN_STATUSES)
    )
    if name != "priority":
        # Every priority there is: only then the index leads to the status behind it.
        open_ones = open_ones.where(_ticket.priority.in_(tuple(Priority)))
    late = passed_over(dialect, _sla.late).is_(True)
    return _LATE._replace(which=[late, _sla.ticket_id.in_(open_ones)])


def _within(due: Due, moment: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    if due is Due.OVERDUE:
        return [moment <= _NOW]
    return [moment > _NOW, moment <= _SOON]


def _values(filters: Filters) -> dict[str, Any]:
    return {f"the_{name}": value for name, value in filters}


def _where(names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [_figure[name] == bindparam(f"the_{name}") for name in names]


@lru_cache(maxsize=64)
def _counts(
    dialect: str, due: Due, names: tuple[str, ...], split: str | None
) -> Select[*tuple[Any, ...]]:
    if due is Due.OVERDUE and not names and split is None:
        return _count_of_all(dialect, due)
    part = _figure[split] if split else literal_column("0")
    statement = select(part, func.count(), func.count().filter(_IS_URGENT)).where(
        _figure.ticket_id.in_(_ids(_arms_within(dialect, due, names, _OWN))), *_where(names)
    )
    return statement.group_by(_figure[split]) if split else statement


def _count_of_all(dialect: str, due: Due) -> Select[*tuple[Any, ...]]:
    """Count along the indexes, without a look at what each ticket counts as."""
    amounts = (
        select(func.count()).select_from(arm.id.table).where(*arm.which).scalar_subquery()
        for arm in _arms(due)
    )
    by_priority = ("priority",)
    ids = _ids(_arms_within(dialect, due, by_priority, _OWN))
    urgent = select(func.count()).select_from(TicketFigure.__table__)
    urgent = urgent.where(_figure.ticket_id.in_(ids), *_where(by_priority))
    return select(literal_column("0"), reduce(add, amounts), urgent.scalar_subquery())


@lru_cache(maxsize=64)
def _needing(dialect: str, names: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    found = union_all(
        select(_first(0, _due_at(dialect, Due.OVERDUE, names))),
        select(_first(1, _due_at(dialect, Due.SOON, names))),
        select(_first(2, _escalated(names))),
    ).subquery("found")
    due = case((_sla.next_due < NEVER, _sla.next_due), else_=_ticket.resolution_due)
    return (
        select(
            found.c.rank,
            found.c.id,
            _ticket.subject,
            _ticket.priority,
            _user.full_name,
            due.label("due"),
            func.coalesce(_sla.escalation_level, 0),
        )
        .select_from(found)
        .join(Ticket.__table__, _ticket.id == found.c.id)
        .join(TicketSla.__table__, _sla.ticket_id == found.c.id, isouter=True)
        .join(User.__table__, _user.id == _ticket.assignee_id, isouter=True)
        .order_by(found.c.rank, found.c.due, found.c.id)
    )


def _due_at(dialect: str, due: Due, names: tuple[str, ...]) -> Subquery:
    """Return the due tickets that may be among the first, without anything else of them.

    Each arm ends by itself: an index yields its tickets in the order in which they are due.
    """
    found = []
    for arm in _arms_within(dialect, due, names, (_TECHNICIAN,)):
        first = select(arm.id.label("id"), arm.due.label("due")).where(*arm.which)
        if names:
            first = first.join(TicketFigure.__table__, _figure.ticket_id == arm.id)
            first = first.where(*_where(names))
        first = first.order_by(arm.due, arm.id).limit(bindparam("limit"))
        found.append(select(first.subquery()))
    return union_all(*found).subquery()


def _escalated(names: tuple[str, ...]) -> Subquery:
    newest = (
        select(_figure.ticket_id.label("id"))
        .where(_figure.escalated_day.is_not(None))
        .order_by(_figure.escalated_day.desc(), _figure.ticket_id.desc())
        .limit(_ESCALATIONS_LOOKED_AT)
        .subquery()
    )
    # Not joined: for a join SQLite would prepare itself by going through all tickets.
    found = select(_ticket.id.label("id"), _ticket.resolution_due.label("due")).where(
        _ticket.id.in_(select(newest.c.id)), _ticket.status.in_(OPEN_STATUSES)
    )
    if names:
        found = found.join(TicketFigure.__table__, _figure.ticket_id == _ticket.id)
        found = found.where(*_where(names))
    return found.subquery()


def _first(rank: int, tickets: Subquery) -> Subquery:
    """Return the first of some tickets."""
    found = select(literal_column(str(rank)).label("rank"), tickets.c.id, tickets.c.due)
    return found.order_by(tickets.c.due, tickets.c.id).limit(bindparam("limit")).subquery()
