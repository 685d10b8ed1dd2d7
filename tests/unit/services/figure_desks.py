# SPDX-License-Identifier: GPL-3.0-or-later
"""Desks with tickets of all kinds, and their figures worked out from the tickets themselves."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.figures import Measure, Scope, Split
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority, Source, Status
from helpdesk.database.types import NEVER
from helpdesk.models import Rating, Team, TeamMember, Ticket, TicketSla
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.counting_in import count_waiting

ZONE = ZoneInfo("Pacific/Auckland")
"""A zone whose days begin at another time than those of UTC."""
HOUR = timedelta(hours=1)
ALICE, ERIN, BOB, FRANK, CHARLIE, DANA = range(1, 7)
NETWORK_TEAM, EMPTY_TEAM = 1, 2


@dataclass(frozen=True)
class Fact:
    """What a ticket counts as, worked out without the program."""

    id: int
    status: Status
    priority: Priority
    category_id: int
    team_id: int
    technician_id: int
    requester_id: int
    created: int
    responded: int | None
    response: int | None
    response_met: bool | None
    resolved: int | None
    resolution: int | None
    resolution_met: bool | None
    closed: int | None
    reopened: bool
    escalated: int | None
    rated: int | None
    score: int | None
    overdue: bool
    soon: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody has to do something."""
        return self.status in OPEN_STATUSES


def fill(desk: EmbeddedDesk, now: datetime, count: int, seed: int) -> None:
    """Write tickets of all kinds into a desk, and count them."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with desk.database.writing() as session:
        FactRepository(session).set("figures_zone", str(ZONE))
        for name in ("Network", "Nobody"):
            session.add(Team(name=name, name_folded=name.lower(), version=1, removed=False))
        session.flush()
        for user_id in (BOB, CHARLIE):
            session.add(TeamMember(team_id=NETWORK_TEAM, user_id=user_id))
        for _ in range(count):
            ticket, more = _ticket(chance, now)
            session.add(ticket)
            session.flush()
            for each in more:
                each.ticket_id = ticket.id
                session.add(each)
    assert count_waiting(desk.database) == count


def _ticket(chance: random.Random, now: datetime) -> tuple[Ticket, list[TicketSla | Rating]]:
    created = now - timedelta(minutes=chance.randrange(200 * 24 * 60))
    age = (now - created).total_seconds()
    status = chance.choice(list(Status))
    responded = created + timedelta(seconds=int(age * chance.random() / 4))
    resolved = created + timedelta(seconds=int(age * chance.random()))
    due = chance.choice([NEVER, resolved + chance.randint(-5, 5) * HOUR, now + HOUR / 3])
    ticket = Ticket(
        version=1,
        subject="Printer",
        description="It jams.",
        status=status,
        priority=chance.choice(list(Priority)),
        category_id=chance.choice([None, 1, 2, 3]),
        requester_id=chance.choice([ALICE, ERIN]),
        assignee_id=chance.choice([None, BOB, FRANK, CHARLIE]),
        team_id=chance.choice([None, NETWORK_TEAM]),
        created_at=created,
        updated_at=created,
        source=Source.DESKTOP,
        first_response_due=responded + chance.randint(-5, 5) * HOUR,
        first_responded_at=chance.choice([None, responded]),
        resolution_due=due,
        resolved_at=None if status.is_open else resolved,
        closed_at=min(resolved + HOUR, now) if status is Status.CLOSED else None,
        reopens=chance.choice([0, 0, 1]),
    )
    more: list[TicketSla | Rating] = []
    if chance.random() < 0.3:
        more.append(_sla(chance, ticket, now))
    if not status.is_open and chance.random() < 0.5:
        more.append(
            Rating(round=ticket.reopens, score=chance.randint(1, 5), comment="", at=resolved)
        )
    return ticket, more


def _sla(chance: random.Random, ticket: Ticket, now: datetime) -> TicketSla:
    is_open = ticket.status.is_open
    return TicketSla(
        policy_version=0,
        next_due=now + chance.randint(-3, 3) * HOUR / 2 if is_open else NEVER,
        late=is_open and chance.random() < 0.2,
        escalation_level=1,
        escalated_at=chance.choice([None, ticket.created_at + HOUR]),
    )


def facts(desk: EmbeddedDesk, now: datetime) -> list[Fact]:
    """Return what the tickets of a desk count as, by their own rows alone."""
    statement = (
        "SELECT t.*, s.ticket_id AS sla, s.next_due, s.late, s.escalated_at, r.at AS rated_at,"
        " r.score FROM ticket t LEFT JOIN ticket_sla s ON s.ticket_id = t.id"
        " LEFT JOIN rating r ON r.ticket_id = t.id AND r.round = t.reopens ORDER BY t.id"
    )
    with desk.database.reading() as session:
        rows = [dict(row) for row in session.execute(text(statement)).mappings()]
    return [_fact(row, int(now.timestamp() * 1e6)) for row in rows]


def _fact(row: dict[str, int], now: int) -> Fact:
    measured = row["sla"] is not None
    due = row["next_due"] if measured else row["resolution_due"]
    status = list(Status)[row["status"] - 1]
    late = status in OPEN_STATUSES and (bool(measured and row["late"]) or due <= now)
    return Fact(
        id=row["id"],
        status=status,
        priority=list(reversed(Priority))[row["priority"] - 1],
        category_id=row["category_id"] or 0,
        team_id=row["team_id"] or 0,
        technician_id=row["assignee_id"] or 0,
        requester_id=row["requester_id"],
        created=_day(row["created_at"]) or 0,
        responded=_day(row["first_responded_at"]),
        response=_lasted(row, "first_responded_at"),
        response_met=_met(row, "first_responded_at", "first_response_due", measured=measured),
        resolved=_day(row["resolved_at"]),
        resolution=_lasted(row, "resolved_at"),
        resolution_met=_met(row, "resolved_at", "resolution_due", measured=measured),
        closed=_day(row["closed_at"]),
        reopened=row["reopens"] > 0,
        escalated=_day(row["escalated_at"]),
        rated=_day(row["rated_at"]),
        score=row["score"],
        overdue=late,
        soon=status in OPEN_STATUSES and not late and due <= now + 3_600_000_000,
    )


def _day(moment: int | None) -> int | None:
    if moment is None:
        return None
    there = datetime.fromtimestamp(moment / 1e6, UTC).astimezone(ZONE).date()
    return (there - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def _lasted(row: dict[str, int], name: str) -> int | None:
    return None if row[name] is None else (row[name] - row["created_at"]) // 1_000_000


def _met(row: dict[str, int], at: str, due: str, *, measured: bool) -> bool | None:
    never = int(NEVER.timestamp()) * 1_000_000
    if row[at] is None or measured or row[due] == never:
        return None
    return row[at] <= row[due]


Rule = Callable[[Fact], bool]


@dataclass(frozen=True)
class Told:
    """How a measure is worked out of single tickets: on which day they count, and which do."""

    day: Callable[[Fact], int | None]
    counts: Rule = lambda _: True
    value: Callable[[list[Fact]], float | None] = lambda found: float(len(found))
    is_live: bool = False


def _share(of: Rule) -> Callable[[list[Fact]], float | None]:
    return lambda found: sum(map(of, found)) / len(found) if found else None


def _median(of: Callable[[Fact], int | None]) -> Callable[[list[Fact]], float | None]:
    def median(found: list[Fact]) -> float | None:
        values = sorted(of(each) or 0 for each in found)
        if not values:
            return None
        low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
        return (low + high) / 2

    return median


def _scores(found: list[Fact]) -> float | None:
    return sum(each.score or 0 for each in found) / len(found) if found else None


def _now(counts: Rule) -> Told:
    return Told(lambda each: each.created, counts, is_live=True)


TOLD: dict[Measure, Told] = {
    Measure.CREATED: Told(lambda each: each.created),
    Measure.RESOLVED: Told(lambda each: each.resolved),
    Measure.CLOSED: Told(lambda each: each.closed),
    Measure.OPEN: _now(lambda each: each.is_open),
    Measure.UNASSIGNED: _now(lambda each: each.is_open and not each.technician_id),
    Measure.WORKLOAD: _now(lambda each: each.is_open and each.technician_id > 0),
    Measure.OVERDUE: _now(lambda each: each.overdue),
    Measure.DUE_SOON: _now(lambda each: each.soon),
    Measure.FIRST_RESPONSE_TIME: Told(
        lambda each: each.responded, value=_median(lambda each: each.response)
    ),
    Measure.RESOLUTION_TIME: Told(
        lambda each: each.resolved, value=_median(lambda each: each.resolution)
    ),
    Measure.REOPENED_SHARE: Told(
        lambda each: each.resolved, value=_share(lambda each: each.reopened)
    ),
    Measure.RESPONSE_SLA: Told(
        lambda each: each.responded,
        lambda each: each.response_met is not None,
        _share(lambda each: bool(each.response_met)),
    ),
    Measure.RESOLUTION_SLA: Told(
        lambda each: each.resolved,
        lambda each: each.resolution_met is not None,
        _share(lambda each: bool(each.resolution_met)),
    ),
    Measure.BREACHED: Told(lambda each: each.resolved, lambda each: each.resolution_met is False),
    Measure.ESCALATED: Told(lambda each: each.escalated),
    Measure.SATISFACTION: Told(lambda each: each.rated, value=_scores),
    Measure.RATINGS: Told(lambda each: each.rated),
    Measure.LOW_RATINGS: Told(lambda each: each.rated, lambda each: (each.score or 9) <= 2),
}


def within(found: list[Fact], scope: Scope) -> list[Fact]:
    """Return the tickets of a scope."""
    return [
        each
        for each in found
        if scope.team_id in (None, each.team_id)
        and scope.technician_id in (None, each.technician_id)
        and scope.category_id in (None, each.category_id)
        and scope.priority in (None, each.priority)
    ]


def behind(found: list[Fact], measure: Measure, first: int, last: int) -> list[Fact]:
    """Return the tickets behind a number, from the newest day back."""
    told = TOLD[measure]
    kept = []
    for each in found:
        day = told.day(each)
        if day is not None and told.counts(each) and (told.is_live or first <= day <= last):
            kept.append((day, each.id, each))
    return [each for _, _, each in sorted(kept, reverse=True, key=lambda row: row[:2])]


def part_of(each: Fact, split: Split, day: int) -> Iterator[str]:
    """Yield the key of the part that a ticket falls into."""
    if split is Split.CATEGORY:
        yield str(each.category_id)
    elif split is Split.PRIORITY:
        yield each.priority.value
    elif split is Split.TEAM:
        yield str(each.team_id)
    elif split is Split.TECHNICIAN:
        yield str(each.technician_id)
    elif split is Split.STATUS:
        yield each.status.value
    elif split is Split.SCORE:
        yield str(each.score)
    else:
        there = datetime(1970, 1, 1, tzinfo=UTC).date() + timedelta(days=day)
        if split is Split.WEEK:
            there -= timedelta(days=there.weekday())
        elif split is Split.MONTH:
            there = there.replace(day=1)
        yield there.isoformat()
