# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of the lists: an index yields the rows in order, and no list sorts the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update
from sqlalchemy.dialects import sqlite

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Tag, Team, Ticket, TicketTag, Watcher
from helpdesk.repositories import ticket_pages
from helpdesk.repositories.ticket_details import MERGED
from tests.contract.desks import opened, person
from tests.unit.repositories.random_tickets import make

TAGS = {1: "common", 2: "rare"}
ALICE, BOB = 1, 3
TEAMLESS = 9
NEW_YEAR = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture(scope="module", params=["no statistics", "statistics"])
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Iterator[EmbeddedDesk]:
    """Return a desk with and without what ANALYZE tells the planner."""
    with opened(tmp_path_factory.mktemp("plans"), template) as embedded:
        with embedded.database.writing() as session:
            made = make(session, 300, seed=1)
            session.add_all(Tag(id=id_, name=name, name_folded=name) for id_, name in TAGS.items())
            session.add(Team(id=1, name="Network", name_folded="network", removed=False))
            session.flush()
            session.execute(update(Ticket).where(Ticket.id > TEAMLESS).values(team_id=1))
            # On average a tag has very many tickets; one of them has a single one.
            session.add_all(TicketTag(ticket_id=each.id, tag_id=1) for each in made)
            session.add_all(
                [
                    TicketTag(ticket_id=7, tag_id=2),
                    Watcher(ticket_id=7, person_id=ALICE, at=NEW_YEAR),
                    Watcher(ticket_id=8, person_id=BOB, at=NEW_YEAR),
                ]
            )
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


OWN = {"own", "own and open"}
"""Beside what somebody asked for, there is what they follow: a list of its own."""


@pytest.mark.parametrize("resumes", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_a_walk_along_its_index(
    desk: EmbeddedDesk, name: str, resumes: bool, monkeypatch: pytest.MonkeyPatch
):
    # As if nothing were rare.
    monkeypatch.setattr(ticket_pages, "FEW", -1)
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
    if name in OWN:
        followed = [line for line in plan if line.startswith("SEARCH watcher USING COVERING INDEX")]
        assert followed, plan
        assert "UNION ALL" in plan, plan
    # There a page of the own ones is sorted among those as well.
    assert len(sorts) <= (3 if name in OWN else 1), plan
    assert not sorts or plan[-1] == sorts[-1], plan


RARE = {
    "is:late": (Sort.NEWEST, "ix_ticket_urgency (priority=? AND status=? AND resolution_due<?)"),
    "due:<2026-01-07": (Sort.UPDATED, "ix_ticket_urgency (priority=? AND status=?"),
    "assignee:bob is:open": (Sort.OLDEST, "ix_ticket_assignee (assignee_id=? AND priority=?"),
    "is:unassigned is:late": (Sort.OLDEST, "ix_ticket_assignee (assignee_id=? AND priority=?"),
    "updated:<2026-01-06": (Sort.URGENCY, "ix_ticket_updated_at (updated_at<?)"),
    "updated:>2026-01-06": (Sort.OLDEST, "ix_ticket_updated_at (updated_at>?)"),
    "team:none": (Sort.NEWEST, "ix_ticket_team (team_id=?)"),
    "tag:rare": (Sort.NEWEST, "ix_ticket_tag_tag_id (tag_id=?)"),
    "tag:rare is:late": (Sort.URGENCY, "ix_ticket_tag_tag_id (tag_id=?)"),
    "watcher:me": (Sort.UPDATED, "ix_watcher_person_id (person_id=?)"),
}


@pytest.mark.parametrize("text", RARE)
def test_what_is_rare_is_looked_up_where_it_stands(desk: EmbeddedDesk, text: str):
    sort, index = RARE[text]
    plan = plan_of(desk, "bob", TicketQuery(text=text, sort=sort), counts=False)
    assert [line for line in plan if line.startswith("SEARCH ") and index in line], plan
    assert not [line for line in plan if line.startswith("SCAN ") and "page" not in line], plan


@pytest.mark.parametrize("text", ["is:late", "due:<2026-01-07", "tag:rare", "watcher:me"])
def test_counting_what_is_rare_looks_at_nothing_else(desk: EmbeddedDesk, text: str):
    plan = plan_of(desk, "bob", TicketQuery(text=text), counts=True)
    assert not [line for line in plan if line.startswith("SCAN ticket")], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


@pytest.mark.parametrize("sort", [Sort.URGENCY, Sort.NEWEST, Sort.UPDATED])
def test_what_many_have_is_met_on_the_walk(
    desk: EmbeddedDesk, sort: Sort, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ticket_pages, "FEW", -1)
    plan = plan_of(desk, "bob", TicketQuery(text="tag:common", sort=sort), counts=False)
    assert not [line for line in plan if line.startswith("SCAN ticket_tag")], plan
    assert len([line for line in plan if "TEMP B-TREE" in line]) <= 1, plan


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


def test_what_is_merged_into_a_ticket_is_read_without_a_look_at_all_tickets(desk):
    statement = MERGED.compile(dialect=sqlite.dialect())
    with closing(desk.database.connect()) as connection:
        values = [1] * len(statement.positiontup or ())
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    plan = [row[3] for row in rows]
    # Such a filter is filled from the whole table.
    assert not any("BLOOM FILTER" in step for step in plan), plan
    assert not any(step.startswith("SCAN ticket") for step in plan), plan
