# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what rules ask of tickets: of one, of the newest, and of those whose time may have come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from helpdesk.core.permissions import STAFF
from helpdesk.core.rule_choices import number_in
from helpdesk.core.rule_facts import HistoryEntry, KnownNames, Named, TicketFacts
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import Condition, Fact, Operator, RuleSettings
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, Source, Status
from helpdesk.database.types import NEVER
from helpdesk.models import (
    Category,
    Event,
    RuleRun,
    SlaClock,
    Team,
    Ticket,
    TicketSla,
    User,
)
from helpdesk.models.event import EventKind
from helpdesk.models.ticket import number_of

_KINDS = (
    EventKind.CREATED,
    EventKind.CHANGED,
    EventKind.REOPENED,
    EventKind.COMMENTED,
    EventKind.NOTED,
    EventKind.RULED,
)
"""What of a history tells anything to rules."""
_AT_ONCE = 500
_NAMES_FROM = 16
"""So many columns come before the names."""
_SLACK = timedelta(seconds=1)
"""What is chosen beforehand is looked at again, so that it may be a little too much."""

_ticket, _event, _sla = Ticket.__table__.c, Event.__table__.c, TicketSla.__table__.c
_clock, _category, _team = SlaClock.__table__.c, Category.__table__.c, Team.__table__.c
_requester, _assignee = (
    User.__table__.alias("requester"),
    User.__table__.alias("assignee"),
)
_ASKED_OF_HISTORY = frozenset({Fact.REOPENED, Fact.HOURS_IN_STATUS})

_reopened = (
    select(func.count())
    .where(_event.ticket_id == _ticket.id, _event.kind == EventKind.REOPENED)
    .correlate(Ticket)
    .scalar_subquery()
)
_status_since = (
    select(func.max(_event.at))
    .where(_event.ticket_id == _ticket.id, _event.field == "status")
    .correlate(Ticket)
    .scalar_subquery()
)
_since = func.coalesce(_status_since, _ticket.created_at)
_newest_by_person = (
    select(func.coalesce(func.max(_event.id), 0))
    .where(_event.ticket_id == _ticket.id, _event.actor_id.is_not(None))
    .correlate(Ticket)
    .scalar_subquery()
)


class Looked(NamedTuple):
    """A ticket with what rules ask of it."""

    id: int
    facts: TicketFacts

    @property
    def number(self) -> str:
        """The number people use."""
        return number_of(self.id)


class ClockTimes(NamedTuple):
    """When a clock of a ticket ran, and when it was due."""

    kind: ClockKind
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime


class Extras(NamedTuple):
    """What of a ticket stands elsewhere than in its row."""

    reopened: int
    status_since: datetime | None
    escalation_level: int


class RuleMaterial:
    """What rules ask of tickets."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def extras(self, ticket_id: int) -> Extras:
        """Return what of one ticket stands elsewhere than in its row."""
        level = func.coalesce(
            select(_sla.escalation_level).where(_sla.ticket_id == ticket_id).scalar_subquery(), 0
        )
        statement = select(_reopened, _status_since, level).where(_ticket.id == ticket_id)
        return Extras._make(self._session.execute(statement).one())

    def one(self, ticket_id: int, now: datetime) -> Looked:
        """Return one ticket as it is now."""
        statement = _looked_at(frozenset(Fact)).where(_ticket.id == ticket_id)
        return _looked(self._session.execute(statement).one(), now)

    def newest_event_by_person(self, ticket_id: int) -> int:
        """Return the newest entry of a ticket's history that a person made; 0 for none."""
        statement = select(_newest_by_person).where(_ticket.id == ticket_id)
        newest: int = self._session.execute(statement).scalar_one()
        return newest

    # --- the newest tickets, for trials -------------------------------------------------------

    def newest(self, limit: int, now: datetime, *, open_only: bool) -> list[Looked]:
        """Return the newest tickets as they are now, the newest first."""
        statement = _looked_at(frozenset(Fact)).where(_ticket.id.in_(_newest(limit, open_only)))
        statement = statement.order_by(_ticket.created_at.desc(), _ticket.id.desc())
        return [_looked(row, now) for row in self._session.execute(statement)]

    def histories(self, limit: int, *, open_only: bool) -> dict[int, list[HistoryEntry]]:
        """Return the histories of the same tickets, oldest first."""
        return self._histories(_newest(limit, open_only))

    def history(self, ticket_id: int) -> list[HistoryEntry]:
        """Return the history of one ticket, oldest first."""
        return self._histories((ticket_id,)).get(ticket_id, [])

    def clocks(
        self, limit: int, kinds: Collection[ClockKind], *, open_only: bool
    ) -> dict[int, list[ClockTimes]]:
        """Return the clocks of the same tickets that have, or had, a due time."""
        statement = (
            select(
                _clock.ticket_id,
                _clock.kind,
                _clock.started_at,
                _clock.stopped_at,
                _clock.due_at,
            )
            .where(
                _clock.ticket_id.in_(_newest(limit, open_only)),
                _clock.kind.in_(kinds),
                _clock.due_at < NEVER,
            )
            .order_by(_clock.ticket_id, _clock.id)
        )
        found: dict[int, list[ClockTimes]] = defaultdict(list)
        for ticket_id, *times in self._session.execute(statement):
            found[ticket_id].append(ClockTimes(*times))
        return found

    def known_names(self) -> KnownNames:
        """Return which names stand for one category, team or person of the staff alone."""
        return KnownNames(
            categories=self._single(select(Category.name, Category.id)),
            teams=self._single(select(Team.name, Team.id)),
            people=self._single(select(User.full_name, User.id).where(User.role.in_(STAFF))),
        )

    def _histories(self, ticket_ids: Any) -> dict[int, list[HistoryEntry]]:
        statement = (
            select(
                _event.ticket_id,
                _event.at,
                _event.actor_id,
                _event.kind,
                _event.field,
                _event.old,
                _event.new,
            )
            .where(_event.ticket_id.in_(ticket_ids), _event.kind.in_(_KINDS))
            .order_by(_event.ticket_id, _event.id)
        )
        found: dict[int, list[HistoryEntry]] = defaultdict(list)
        for ticket_id, *entry in self._session.execute(statement):
            found[ticket_id].append(HistoryEntry(*entry))
        return found

    def _single(self, statement: Select[str, int]) -> dict[str, int]:
        rows = self._session.execute(statement).all()
        times = Counter(name for name, _ in rows)
        return {name: id_ for name, id_ in rows if times[name] == 1}

    # --- what time may have come for ----------------------------------------------------------

    def candidates(
        self, rule_id: int, settings: RuleSettings, now: datetime
    ) -> Generator[Looked, None, None]:
        """Yield open tickets that a rule by time may fire on, since people changed them last.

        Close it where not all are wanted: until then the connection stays where it reads.

        What the database can tell of the conditions, it tells; all of them are checked later.
        """
        asked = {each.fact for each in (*settings.conditions, *settings.any_conditions)}
        key = (
            literal(once_by_time(rule_id))
            + cast(_ticket.id, Text)
            + ":event:"
            + cast(_newest_by_person, Text)
        )
        statement = (
            _bare(asked)
            .where(
                # Every priority there is: only then the index leads to the status behind it.
                _ticket.priority.in_(tuple(Priority)),
                _ticket.status.in_(OPEN_STATUSES),
                *_allowed(settings.conditions, now),
                ~exists().where(RuleRun.once == key).correlate(Ticket),
            )
            .order_by(_ticket.id)
            .execution_options(yield_per=_AT_ONCE)
        )
        with closing(self._session.execute(statement)) as rows:
            for row in rows:
                yield _looked(row, now)


def once_by_time(rule_id: int) -> str:
    """Return the beginning of what lets a rule by time fire once, before the ticket's id."""
    return f"rule:{rule_id}:ticket:"


def _newest(limit: int, open_only: bool) -> Select[*tuple[Any, ...]]:
    statement = select(_ticket.id).order_by(_ticket.created_at.desc(), _ticket.id.desc())
    if open_only:
        statement = statement.where(_ticket.status.in_(OPEN_STATUSES))
    return select(statement.limit(limit).subquery().c.id)


def _looked_at(asked: Collection[Fact]) -> Select[*tuple[Any, ...]]:
    """Return the statement of tickets with names, and with only as much history as is asked."""
    return (
        _bare(asked)
        .add_columns(_category.name, _team.name, _assignee.c.full_name, _requester.c.full_name)
        .join(_requester, _requester.c.id == _ticket.requester_id)
        .join(_assignee, _assignee.c.id == _ticket.assignee_id, isouter=True)
        .join(Category, _category.id == _ticket.category_id, isouter=True)
        .join(Team, _team.id == _ticket.team_id, isouter=True)
    )


def _bare(asked: Collection[Fact]) -> Select[*tuple[Any, ...]]:
    """Return the statement of tickets whose names nobody reads: ids tell enough."""
    of_history = not _ASKED_OF_HISTORY.isdisjoint(asked)
    return (
        select(
            _ticket.id,
            _ticket.status,
            _ticket.priority,
            _ticket.category_id,
            _ticket.team_id,
            _ticket.assignee_id,
            _ticket.requester_id,
            _ticket.source,
            _ticket.subject,
            _ticket.description if Fact.TEXT in asked else literal(""),
            _ticket.created_at,
            _ticket.updated_at,
            _ticket.replies,
            func.coalesce(_sla.escalation_level, 0),
            _reopened if of_history else literal(0),
            _since if of_history else _ticket.created_at,
        )
        .select_from(Ticket)
        .join(TicketSla, _sla.ticket_id == _ticket.id, isouter=True)
    )


def _looked(row: Sequence[Any], now: datetime) -> Looked:
    """Return the ticket of a row, with its names where they were asked for."""
    category, team, assignee, requester = row[_NAMES_FROM:] or ("",) * 4
    (
        id_, status, priority, category_id, team_id, assignee_id, requester_id, source, subject,
        description, created_at, updated_at, replies, level, reopened, since,
    ) = row[:_NAMES_FROM]  # fmt: skip
    facts = TicketFacts(
        now=now,
        status=status,
        priority=priority,
        requester=Named(requester_id, requester),
        source=source,
        subject=subject,
        description=description,
        created_at=created_at,
        updated_at=updated_at,
        status_since=since,
        category=_named(category_id, category),
        team=_named(team_id, team),
        assignee=_named(assignee_id, assignee),
        replies=replies,
        reopened=reopened,
        escalation_level=level,
    )
    return Looked(id_, facts)


def _named(id_: int | None, name: str | None) -> Named | None:
    return None if id_ is None else Named(id_, name or "")


# --- conditions in the database's words --------------------------------------------------------

_CODED: dict[Fact, tuple[ColumnElement[Any], type[Status] | type[Priority] | type[Source]]] = {
    Fact.STATUS: (_ticket.status, Status),
    Fact.PRIORITY: (_ticket.priority, Priority),
    Fact.SOURCE: (_ticket.source, Source),
}
_OWNED: dict[Fact, ColumnElement[Any]] = {
    Fact.CATEGORY: _ticket.category_id,
    Fact.TEAM: _ticket.team_id,
    Fact.ASSIGNEE: _ticket.assignee_id,
    Fact.REQUESTER: _ticket.requester_id,
}
_MOMENTS: dict[Fact, ColumnElement[Any]] = {
    Fact.HOURS_OPEN: _ticket.created_at,
    Fact.HOURS_UNCHANGED: _ticket.updated_at,
    Fact.HOURS_IN_STATUS: _since,
}


def _allowed(conditions: Iterable[Condition], now: datetime) -> Iterator[ColumnElement[bool]]:
    for condition in conditions:
        allowed = _as_sql(condition, now)
        if allowed is not None:
            yield allowed


def _as_sql(condition: Condition, now: datetime) -> ColumnElement[bool] | None:
    """Return a condition as the database can tell it, or ``None`` where it cannot."""
    fact, operator, values = condition.fact, condition.operator, condition.values
    if fact in _OWNED:
        return _owned_as_sql(_OWNED[fact], operator, values)
    if fact in _CODED and operator in (Operator.IS, Operator.IS_NOT):
        column, codes = _CODED[fact]
        wanted = [code for code in codes if code.value in values]
        return column.in_(wanted) if operator is Operator.IS else column.not_in(wanted)
    if fact in _MOMENTS and operator is Operator.AT_LEAST:
        hours = number_in(values[0]) if values else None
        if hours:
            return _MOMENTS[fact] <= now - timedelta(hours=hours) + _SLACK
    return None


def _owned_as_sql(
    column: ColumnElement[Any], operator: Operator, values: Collection[str]
) -> ColumnElement[bool]:
    if operator is Operator.IS_EMPTY:
        return column.is_(None)
    ids = [int(value) for value in values if value.isdecimal()]
    if operator is Operator.IS:
        return column.in_(ids)
    return or_(column.is_(None), not_(column.in_(ids)))
