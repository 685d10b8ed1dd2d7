# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether dashboards tell what the tickets themselves add up to, of a desk of any size.

Each number of a manager, an admin and a technician, whole and by part, stands beside a count of
the rows of tickets by a statement of its own. Nothing of figures takes part in that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import NamedTuple

from benchmarks.sized_desk import ADMIN, MANAGER, TECHNICIAN, SizedDesk, one, sign_in
from benchmarks.timing import Figure
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.figures import (
    Card,
    CardsQuery,
    CardStyle,
    CardsView,
    Measure,
    Period,
    Scope,
    Span,
    Split,
)
from helpdesk.core.schemas.tickets import Priority

NAMES = ("dashboard_totals",)

_PEOPLE = (MANAGER, ADMIN, TECHNICIAN)
_MEASURES = (Measure.CREATED, Measure.RESOLVED, Measure.OPEN, Measure.OVERDUE)
_PARTS = {
    Split.CATEGORY: "coalesce(t.category_id, 0)",
    Split.PRIORITY: "t.priority",
    Split.TECHNICIAN: "coalesce(t.assignee_id, 0)",
}
_RANKS = list(reversed(Priority))
_YEAR = Span(period=Period.LAST_365_DAYS)
_OPEN = "t.status < 5"
_HOLDS = {
    Measure.CREATED: "t.created_at >= :first AND t.created_at < :end",
    Measure.RESOLVED: "t.resolved_at >= :first AND t.resolved_at < :end",
    Measure.OPEN: _OPEN,
    Measure.OVERDUE: (
        f"{_OPEN} AND (coalesce(s.late, 0) = 1 OR coalesce(s.next_due, t.resolution_due) <= :now)"
    ),
}
_COUNT = (
    "SELECT {part}, count(*) FROM ticket t LEFT JOIN ticket_sla s ON s.ticket_id = t.id"
    " WHERE {holds} AND {whose} GROUP BY 1"
)
_DAY = 86_400_000_000


class Compared(NamedTuple):
    """What a card tells, by part, and what the tickets add up to."""

    what: str
    told: dict[str, int]
    counted: dict[str, int]


def measure_totals(desk: SizedDesk, names: set[str]) -> Iterator[Figure]:
    """Yield how many numbers were compared, and how many are not what the tickets add up to."""
    if not names & set(NAMES):
        return
    found = list(compared(desk))
    for each in found:
        print(f"{each.what}: {sum(each.told.values()):,} in {len(each.told)}")
        if each.told != each.counted:
            print(f"  told {each.told}\n  are  {each.counted}")
    differing = sum(each.told != each.counted for each in found)
    numbers = sum(len(each.counted) for each in found)
    more: dict[str, float] = {
        "cards": len(found),
        "numbers": numbers,
        "differing": differing,
    }
    yield Figure(NAMES[0], desk.rows, more=more)


def compared(desk: SizedDesk) -> Iterator[Compared]:
    """Yield each number of a dashboard beside that of the tickets, of each kind of person."""
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        for username in _PEOPLE:
            person_id = one(bare, "SELECT id FROM user WHERE username = ?", username)
            yield from _of_person(sign_in(embedded, username), bare, username, person_id)


def _of_person(
    person: HelpDesk, bare: sqlite3.Connection, username: str, person_id: int
) -> Iterator[Compared]:
    scope = person.dashboards.mine().layout.scope
    asked = [(measure, split) for measure in _MEASURES for split in (Split.NONE, *_PARTS)]
    view = person.figures.cards(CardsQuery(cards=tuple(_cards(asked)), span=_YEAR, scope=scope))
    whose = _whose(scope, None if username != TECHNICIAN else person_id)
    for (measure, split), card in zip(asked, view.cards, strict=True):
        if card.problem is not None:
            raise ValueError(f"{measure.value} by {split.value}: {card.problem}")
        told = {"": card.tickets}
        if split is not Split.NONE:
            told = {point.key: point.tickets for point in card.points if point.tickets}
        counted = _counted(bare, view, measure, split, whose)
        what = f"{username}, {view.scope_name}: {measure.value} by {split.value}"
        yield Compared(what, told, counted)


def _cards(asked: list[tuple[Measure, Split]]) -> Iterator[Card]:
    for measure, split in asked:
        style = CardStyle.NUMBER if split is Split.NONE else CardStyle.BARS
        yield Card(style=style, measure=measure, split=split, compares=False)


def _whose(scope: Scope, technician_id: int | None) -> str:
    if technician_id is not None:
        return f"t.assignee_id = {technician_id:d}"
    return "1" if scope.team_id is None else f"t.team_id = {scope.team_id:d}"


def _counted(
    bare: sqlite3.Connection, view: CardsView, measure: Measure, split: Split, whose: str
) -> dict[str, int]:
    epoch = date(1970, 1, 1)
    first, last = ((date.fromisoformat(day) - epoch).days for day in (view.first, view.last))
    now = (view.at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6
    values = {"first": first * _DAY, "end": (last + 1) * _DAY, "now": round(now)}
    part = _PARTS.get(split, "''")
    statement = _COUNT.format(part=part, holds=_HOLDS[measure], whose=whose)
    rows = bare.execute(statement, values).fetchall()
    found = {_key(split, part): int(count) for part, count in rows}
    return found if split is not Split.NONE else {"": found.get("", 0)}


def _key(split: Split, part: int | str) -> str:
    return _RANKS[int(part) - 1].value if split is Split.PRIORITY else str(part)
