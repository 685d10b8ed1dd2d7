# SPDX-License-Identifier: GPL-3.0-or-later
"""How PostgreSQL walks lists and searches: cell by cell, row by row, and from the newest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.tickets import Sort, TicketQuery
from helpdesk.database import search
from helpdesk.repositories import ticket_lists, ticket_pages
from tests.contract.desks import person
from tests.matrix import LOCAL_POSTGRESQL
from tests.unit.repositories.random_tickets import Made

pytestmark = pytest.mark.desk_kinds(LOCAL_POSTGRESQL)


@pytest.fixture(scope="module")
def bob(shared: EmbeddedDesk, made: list[Made]) -> HelpDesk:
    return person(shared, "bob")


def plan_of(desk: EmbeddedDesk, facade: HelpDesk, query: TicketQuery) -> list[str]:
    """Return the plan of a page where sorting and reading whole tables are the last resort."""
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        facade.tickets.search(query)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = next(each for each in sent if "page AS" in each[0])
    with desk.database.reading() as session:
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [row[0] for row in rows]


def test_a_page_is_sorted_cell_by_cell(shared: EmbeddedDesk, bob: HelpDesk):
    plan = plan_of(shared, bob, TicketQuery(text="-has:attachment", sort=Sort.URGENCY))

    presorted = [line for line in plan if "Presorted Key: " in line and "value_0" in line]
    assert presorted, plan
    assert [line for line in plan if "ix_ticket_urgency" in line], plan


@pytest.mark.parametrize(
    "text", ["tag:vpn", "-tag:vpn", "is:watched", "has:attachment", "-is:snoozed", "-jam"]
)
def test_what_stands_beside_is_asked_row_by_row(
    shared: EmbeddedDesk, bob: HelpDesk, text: str, monkeypatch: pytest.MonkeyPatch
):
    # As if nothing were rare.
    monkeypatch.setattr(ticket_pages, "FEW", -1)
    for sort in (Sort.URGENCY, Sort.NEWEST):
        plan = plan_of(shared, bob, TicketQuery(text=text, sort=sort))
        assert [line for line in plan if "EXISTS(SubPlan" in line], plan
        assert not [line for line in plan if "Semi Join" in line or "Anti Join" in line], plan


def test_the_newest_are_walked_whatever_is_thought_of_the_words(
    shared: EmbeddedDesk, bob: HelpDesk
):
    plan = plan_of(shared, bob, TicketQuery(text="zzzzz ", sort=Sort.NEWEST))

    begins = {name: _line(plan, f"CTE {name}") for name in ("recent", "past")}
    walked = plan[begins["recent"] : begins["past"]]
    assert [line for line in walked if "Scan Backward using pk_ticket_search" in line], plan
    assert not [line for line in walked if "ix_ticket_search_words" in line], plan


def _line(plan: list[str], text: str) -> int:
    return next(place for place, line in enumerate(plan) if text in line)


@pytest.fixture
def short_walks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Walk so few tickets that most hits are met past them, or are asked of the index."""
    statements = (ticket_lists.page_statement, ticket_lists.subjects_statement)
    for each in statements:
        each.cache_clear()
    monkeypatch.setattr(search, "_REACH", 1)
    monkeypatch.setattr(search, "_FARTHER", 3)
    yield
    for each in statements:
        each.cache_clear()


@pytest.mark.parametrize("text", ["printer ", "jam vpn ", "pri", "printer v", "vpn p"])
@pytest.mark.parametrize("size", [1, 4, 40])
def test_no_hit_is_lost_where_one_way_ends(
    bob: HelpDesk, made: list[Made], short_walks: None, text: str, size: int
):
    *whole, begun = text.split(" ")
    wanted = [
        ticket.id
        for ticket in made
        for words in [" ".join((ticket.subject, ticket.description, *ticket.notes)).split()]
        if set(whole) <= set(words) and any(word.startswith(begun) for word in words)
    ]
    found, cursor = list[int](), None
    while True:
        query = TicketQuery(text=text, sort=Sort.NEWEST, limit=size, cursor=cursor)
        page = bob.tickets.search(query)
        found += [row.id for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == sorted(wanted, reverse=True)
