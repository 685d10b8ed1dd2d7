# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of the lists: an index yields the rows in order, and no list sorts the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery
from helpdesk.database.sqlite_manager import SqliteManager
from tests.contract.desks import opened, person
from tests.unit.repositories.random_tickets import make

NEW_YEAR = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="module", params=["no statistics", "statistics"])
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Iterator[EmbeddedDesk]:
    """Return a desk with and without what ANALYZE tells the planner."""
    with opened(tmp_path_factory.mktemp("plans"), template) as embedded:
        with embedded.database.writing() as session:
            make(session, 300, seed=1)
        if request.param == "statistics":
            assert isinstance(embedded.database, SqliteManager)
            with closing(embedded.database.connect()) as connection:
                connection.execute("ANALYZE")
        yield embedded


def plan_of(desk: EmbeddedDesk, username: str, query: TicketQuery, *, counts: bool) -> list[str]:
    """Return the plan of the statement by which a query is answered."""
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    facade = person(desk, username)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        (facade.tickets.count if counts else facade.tickets.search)(query)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = sent[-1]
    assert isinstance(desk.database, SqliteManager)
    with closing(desk.database.connect()) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in rows]


PAGES = {
    "default": ("bob", TicketQuery(), "ix_ticket_urgency"),
    "open": ("bob", TicketQuery(statuses=(Status.NEW, Status.OPEN)), "ix_ticket_urgency"),
    "urgent": ("bob", TicketQuery(priorities=(Priority.URGENT,)), "ix_ticket_urgency"),
    "assignee": ("bob", TicketQuery(assignee_ids=(3,)), "ix_ticket_assignee"),
    "unassigned": ("bob", TicketQuery(unassigned=True), "ix_ticket_assignee"),
    "category": ("bob", TicketQuery(category_ids=(2,)), "ix_ticket_category"),
    "requester": ("bob", TicketQuery(requester_ids=(1,)), "ix_ticket_requester"),
    "own": ("alice", TicketQuery(), "ix_ticket_requester"),
    "own and open": ("alice", TicketQuery(statuses=(Status.OPEN,)), "ix_ticket_requester"),
    "assignee, open and high": (
        "bob",
        TicketQuery(
            assignee_ids=(3,), statuses=(Status.OPEN,), priorities=(Priority.HIGH, Priority.LOW)
        ),
        "ix_ticket_assignee",
    ),
    "newest": ("bob", TicketQuery(sort=Sort.NEWEST), "ix_ticket_created_at"),
    "oldest": ("bob", TicketQuery(sort=Sort.OLDEST), "ix_ticket_created_at"),
    "updated": ("bob", TicketQuery(sort=Sort.UPDATED), "ix_ticket_updated_at"),
    "newest since": (
        "bob",
        TicketQuery(sort=Sort.NEWEST, created_after=NEW_YEAR),
        "ix_ticket_created_at",
    ),
    "category, newest": (
        "bob",
        TicketQuery(sort=Sort.NEWEST, category_ids=(2,)),
        "COVERING INDEX ix_ticket_created_at",
    ),
    "unassigned and open, oldest": (
        "bob",
        TicketQuery(sort=Sort.OLDEST, unassigned=True, statuses=(Status.NEW, Status.OPEN)),
        "COVERING INDEX ix_ticket_created_at",
    ),
    "category and assignee since, updated": (
        "bob",
        TicketQuery(
            sort=Sort.UPDATED, category_ids=(2, 3), assignee_ids=(3,), created_after=NEW_YEAR
        ),
        "COVERING INDEX ix_ticket_updated_at",
    ),
}


@pytest.mark.parametrize("resumes", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_walk_along_its_index(desk: EmbeddedDesk, name: str, resumes: bool):
    username, query, index = PAGES[name]
    if resumes:
        page = person(desk, username).tickets.search(query.model_copy(update={"limit": 3}))
        query = query.model_copy(update={"cursor": page.next_cursor})
    plan = plan_of(desk, username, query, counts=False)
    walks = [line for line in plan if "USING" in line and index in line]
    assert walks, plan
    assert not [line for line in plan if line.startswith("SCAN ticket") and index not in line], plan
    # The page's own rows, fifty at most, are sorted once more at the end.
    sorts = [line for line in plan if "TEMP B-TREE" in line]
    assert len(sorts) <= 1, plan
    assert not sorts or plan[-1] == sorts[0], plan


@pytest.mark.parametrize("name", PAGES)
def test_counting_reads_an_index_alone(desk: EmbeddedDesk, name: str):
    username, query, _ = PAGES[name]
    plan = plan_of(desk, username, query, counts=True)
    assert [line for line in plan if "USING COVERING INDEX" in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


@pytest.mark.parametrize("username", ["bob", "alice"])
@pytest.mark.parametrize(
    "query", [TicketQuery(text="printer"), TicketQuery(text="printer", statuses=(Status.NEW,))]
)
def test_a_search_walks_the_full_text_index_from_the_newest(
    desk: EmbeddedDesk, username: str, query: TicketQuery
):
    plan = plan_of(desk, username, query, counts=False)
    assert [line for line in plan if "VIRTUAL TABLE INDEX" in line and "ticket_search" in line]
    assert not [line for line in plan if line.startswith("SCAN ticket ")], plan
    assert len([line for line in plan if "TEMP B-TREE" in line]) <= 1, plan


def test_a_number_is_one_lookup(desk: EmbeddedDesk):
    plan = plan_of(desk, "bob", TicketQuery(text="HD-7"), counts=False)
    assert [line for line in plan if "ticket USING INTEGER PRIMARY KEY" in line]
    assert not [line for line in plan if line.startswith("SCAN ticket")], plan
