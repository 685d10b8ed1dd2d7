# SPDX-License-Identifier: GPL-3.0-or-later
"""What is due is what a look at each ticket by itself finds, in every scope and however split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import Priority
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.figures.slices import Slice
from helpdesk.repositories.due_tickets import NEXT, SOON, Due, DueTicketRepository, Filters
from helpdesk.repositories.facts import ALL_TAKEN_UP, TAKEN_UP, FactRepository
from helpdesk.repositories.figures import FigureRepository, Parts
from tests.conftest import SettableClock
from tests.contract.desks import opened
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.unit.services.figure_desks import BOB, NETWORK_TEAM, fill

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)

TICKETS = 260
_ROWS = text(
    "SELECT t.id, t.status, t.subject, t.resolution_due, s.ticket_id AS sla, s.next_due, s.late,"
    " s.escalated_at, f.priority, f.category_id, f.team_id, f.technician_id"
    " FROM ticket t JOIN ticket_figure f ON f.ticket_id = t.id"
    " LEFT JOIN ticket_sla s ON s.ticket_id = t.id"
)
_SETTLE = text("UPDATE ticket_sla SET next_due = :never, late = :late WHERE ticket_id % 3 = 0")
"""Leaves some of which nothing is due: of these, those that were escalated need somebody."""
_AWAITING = 4
_RANKS = list(reversed(Priority))
FILTERS: tuple[Filters, ...] = (
    (),
    (("team_id", NETWORK_TEAM),),
    (("technician_id", BOB),),
    (("category_id", 2),),
    (("priority", Priority.URGENT),),
    (("priority", Priority.LOW),),
    (("team_id", NETWORK_TEAM), ("category_id", 1)),
    (("technician_id", BOB), ("priority", Priority.HIGH)),
)


@dataclass(frozen=True)
class Row:
    """An open ticket by itself."""

    values: dict[str, Any]

    @property
    def is_measured(self) -> bool:
        return self.values["sla"] is not None

    @property
    def due(self) -> int:
        return int(self.values["next_due" if self.is_measured else "resolution_due"])

    @property
    def shown(self) -> int:
        """The due time told: the next one, or of a ticket without one its own."""
        own = int(self.values["resolution_due"])
        return self.due if self.due < to_microseconds(NEVER) else own

    def rank(self, now: int, ahead: timedelta) -> int | None:
        """0 where it is late, 1 where it is due soon, 2 where it was escalated."""
        if (self.is_measured and self.values["late"]) or self.due <= now:
            return 0
        if self.due <= now + ahead // timedelta(microseconds=1):
            return 1
        return 2 if self.values["escalated_at"] is not None else None

    def place(self, rank: int) -> tuple[int, int, int]:
        due = int(self.values["resolution_due"]) if rank == 2 else self.due
        return rank, due, int(self.values["id"])

    def is_within(self, filters: Filters) -> bool:
        return all(self.part(name) == value for name, value in filters)

    def part(self, name: str | None) -> Any:
        if name is None:
            return 0
        value = self.values[name]
        return _RANKS[value - 1] if name == "priority" else value


@dataclass(frozen=True)
class Made:
    """A desk with late, soon due, escalated and unmeasured tickets, at a moment."""

    embedded: EmbeddedDesk
    now: datetime

    def rows(self) -> list[Row]:
        with self.embedded.database.reading() as session:
            found = [Row(dict(row)) for row in session.execute(_ROWS).mappings()]
        return [row for row in found if row.values["status"] <= _AWAITING]


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Made]:
    clock = SettableClock()
    with opened(tmp_path_factory.mktemp("due"), template, clock, desk_kind) as embedded:
        fill(embedded, clock(), TICKETS, seed=11)
        with embedded.database.writing() as session:
            session.execute(_SETTLE, {"never": to_microseconds(NEVER), "late": False})
        yield Made(embedded, clock())


@pytest.fixture(params=["some are unmeasured", "all are measured"])
def open_rows(made: Made, request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Return the open tickets; once all count as measured, the others are not looked for."""
    every = made.rows()
    if request.param == "some are unmeasured":
        assert any(row.is_measured for row in every)
        assert not all(row.is_measured for row in every)
        yield every
        return
    _take_up(made, ALL_TAKEN_UP)
    yield [row for row in every if row.is_measured]
    _take_up(made, "")


def _take_up(made: Made, value: str) -> None:
    with made.embedded.database.writing() as session:
        FactRepository(session).set(TAKEN_UP, value)


@pytest.mark.parametrize("due", Due)
def test_what_is_due_is_counted(made: Made, open_rows: list[Row], due: Due):
    now, wanted = to_microseconds(made.now), 0 if due is Due.OVERDUE else 1
    found = [row for row in open_rows if row.rank(now, SOON) == wanted]
    assert found
    for filters in FILTERS:
        here = [row for row in found if row.is_within(filters)]
        for split in (None, "priority", "category_id", "team_id", "technician_id"):
            every = Counter(row.part(split) for row in here)
            urgent = Counter(row.part(split) for row in here if row.values["priority"] == 1)
            expected = {part: (number, urgent[part]) for part, number in every.items()}
            if split is None:
                expected = expected or {0: (0, 0)}
            with made.embedded.database.reading() as session:
                counted = DueTicketRepository(session).counts(due, filters, split, made.now)
            told = {part: (number, of_urgent) for part, number, of_urgent in counted}
            assert told == expected, (filters, split)


@pytest.mark.parametrize("limit", [1, 20, TICKETS])
def test_what_needs_somebody_comes_in_order(made: Made, open_rows: list[Row], limit: int):
    now = to_microseconds(made.now)
    ranked = [(row, row.rank(now, NEXT)) for row in open_rows]
    assert {rank for _, rank in ranked} == {0, 1, 2, None}
    for filters in FILTERS:
        places = {
            row.place(rank): row
            for row, rank in ranked
            if rank is not None and row.is_within(filters)
        }
        expected = [(place[0], place[2], places[place].shown) for place in sorted(places)[:limit]]
        with made.embedded.database.reading() as session:
            needing = DueTicketRepository(session).needing(filters, made.now, limit)
        told = [(row.rank, row.ticket_id, to_microseconds(row.due)) for row in needing]
        assert told == expected, filters


def test_what_is_late_is_walked_in_its_order(made: Made):
    """On SQLite no list of all that is late is made: each arm ends at its own limit."""
    if not isinstance(made.embedded.database, SqliteManager):
        pytest.skip("PostgreSQL chooses by what it knows of a table")
    plan = _plan(made, lambda desk: DueTicketRepository(desk).needing((), made.now, 20))
    walked = [line for line in plan if "ix_ticket_sla_late" in line]
    assert walked
    assert all("COVERING INDEX" in line for line in walked)
    assert not any(line.startswith("SCAN ticket") for line in plan)


def test_what_is_open_is_added_up_in_an_index(made: Made):
    if not isinstance(made.embedded.database, SqliteManager):
        pytest.skip("PostgreSQL chooses by what it knows of a table")
    technicians = Parts(Slice.TECHNICIAN.value, is_first=True, other_id=0)
    for by_day in (False, True):
        plan = _plan(made, partial(_live_parts, technicians, by_day=by_day))
        assert any("COVERING INDEX ix_daily_figure_live" in line for line in plan)
        assert not any("TEMP B-TREE" in line for line in plan)


def _live_parts(parts: Parts, session: Session, *, by_day: bool) -> object:
    return FigureRepository(session).live_parts(parts, by_day=by_day)


def _plan(made: Made, read: Callable[[Session], object]) -> list[str]:
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    with made.embedded.database.reading() as session:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            read(session)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = sent[-1]
    assert isinstance(made.embedded.database, SqliteManager)
    with closing(made.embedded.database.connect()) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in rows]
