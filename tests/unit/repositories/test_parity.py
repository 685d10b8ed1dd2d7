# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite and PostgreSQL give the same answers: the same rows in the same order, page by page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.tickets import Sort, Status, TicketQuery, TicketRow
from helpdesk.core.schemas.users import UserQuery, UserView
from helpdesk.core.text import HIT_END, HIT_START
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.models import Comment
from helpdesk.repositories import ticket_lists
from helpdesk.repositories.ticket_pages import TicketPages
from helpdesk.repositories.tickets import TicketRepository
from helpdesk.repositories.users import UserRepository
from tests.places import postgres_copy
from tests.unit.repositories.mixed_texts import (
    READERS,
    START,
    TECHNICIAN,
    dice_of,
    fill,
    people,
    ticket_query,
    user_query,
)

TICKETS = 300
MOST_PAGES = 500

Both = tuple[DbManager, DbManager]


@contextmanager
def both_of(place: Path, template: Path) -> Iterator[Both]:
    """Yield an SQLite and a PostgreSQL desk with the same people."""
    shutil.copy(template, place / "desk.db")
    with postgres_copy(template) as url:
        databases = (SqliteManager(place / "desk.db"), database_at(url))
        try:
            yield databases
        finally:
            for database in databases:
                database.dispose()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Both]:
    """Return two desks with the same tickets and accounts, only to be read."""
    with both_of(tmp_path_factory.mktemp("parity"), template) as databases:
        for database in databases:
            with database.writing() as session:
                fill(session, TICKETS, "parity")
                people(session, "parity")
        yield databases


@pytest.fixture
def fresh_statements() -> Iterator[None]:
    """Build every statement anew for a test, and for those after it."""
    statements = (ticket_lists.page_statement, ticket_lists.subjects_statement)
    for statement in statements:
        statement.cache_clear()
    yield
    for statement in statements:
        statement.cache_clear()


def listed(database: DbManager, reader: Actor, query: TicketQuery) -> list[TicketRow]:
    """Return the whole list, page by page."""
    rows: list[TicketRow] = []
    for _ in range(MOST_PAGES):
        with database.reading() as session:
            page = TicketPages(session, reader).page(query)
        assert len(page.items) <= query.limit
        rows += page.items
        if page.next_cursor is None:
            return rows
        query = query.model_copy(update={"cursor": page.next_cursor})
    raise AssertionError("the list has no end")


def without_excerpt(rows: list[TicketRow]) -> list[TicketRow]:
    return [row.model_copy(update={"excerpt": None}) for row in rows]


def assert_same(both: Both, reader: Actor, query: TicketQuery) -> list[TicketRow]:
    here, there = (listed(database, reader, query) for database in both)
    assert [row.id for row in here] == [row.id for row in there]
    assert without_excerpt(here) == without_excerpt(there)
    assert len({row.id for row in here}) == len(here)
    for database in both:
        with database.reading() as session:
            count = TicketPages(session, reader).count(query)
        assert (count.count, count.exact) == (len(here), True)
    return here


@pytest.mark.parametrize("seed", range(150))
def test_a_search_finds_the_same_in_the_same_order(both: Both, seed: int):
    dice = dice_of(f"search/{seed}")
    assert_same(both, dice.choice(READERS), ticket_query(dice, has_text=True))


@pytest.mark.parametrize("seed", range(40))
def test_a_list_has_the_same_order(both: Both, seed: int):
    dice = dice_of(f"list/{seed}")
    assert_same(both, dice.choice(READERS), ticket_query(dice, has_text=False))


def test_the_searches_of_this_corpus_find_something(both: Both):
    found = []
    for seed in range(150):
        dice = dice_of(f"search/{seed}")
        reader, query = dice.choice(READERS), ticket_query(dice, has_text=True)
        with both[0].reading() as session:
            found.append(TicketPages(session, reader).count(query).count)
    assert sum(count > 0 for count in found) > 60
    assert sum(count > 50 for count in found) > 8


@pytest.mark.parametrize("seed", range(25))
def test_the_way_through_the_index_finds_what_the_walk_finds(
    both: Both, fresh_statements: None, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr("helpdesk.database.search._REACH", 1)
    dice = dice_of(f"reach/{seed}")
    assert_same(both, dice.choice(READERS), ticket_query(dice, has_text=True))


@pytest.mark.parametrize("seed", range(25))
def test_where_the_ranked_hits_end_nothing_is_lost_nor_doubled(
    both: Both, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr("helpdesk.repositories.ticket_pages.RANKED", 10)
    dice = dice_of(f"ranked/{seed}")
    reader = dice.choice(READERS)
    query = ticket_query(dice, has_text=True).model_copy(update={"sort": Sort.RELEVANCE})
    best = assert_same(both, reader, query)
    newest = listed(both[1], reader, query.model_copy(update={"sort": Sort.NEWEST}))
    assert {row.id for row in best[:10]} == {row.id for row in newest[:10]}
    assert [row.id for row in best[10:]] == [row.id for row in newest[10:]]


@pytest.mark.parametrize("text", ["n", "r", "r ", "n ", ":", "@", "@1", "r:1", "n:outlook"])
def test_no_beginning_of_a_word_leads_to_a_note_or_to_its_requester(both: Both, text: str):
    for reader in READERS:
        assert_same(both, reader, TicketQuery(text=text, limit=200))


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.RELEVANCE])
@pytest.mark.parametrize("typed", ["printer", "PRINTER the", '"the printer"', "grüne", "vpn ma"])
@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_an_excerpt_marks_the_hit(both: Both, which: int, typed: str, sort: Sort):
    rows = listed(both[which], TECHNICIAN, TicketQuery(text=typed, sort=sort, limit=50))
    assert rows
    for row in rows:
        assert row.excerpt is not None
        assert row.excerpt.count(HIT_START) == row.excerpt.count(HIT_END) > 0


@pytest.mark.parametrize("seed", range(40))
def test_accounts_are_listed_alike(both: Both, seed: int):
    query = user_query(dice_of(f"user/{seed}"))
    here, there = (_accounts(database, query) for database in both)
    assert here == there


def _accounts(database: DbManager, query: UserQuery) -> list[UserView]:
    found: list[UserView] = []
    for _ in range(MOST_PAGES):
        with database.reading() as session:
            page = UserRepository(session).page(query)
        found += page.items
        if page.next_cursor is None:
            return found
        query = query.model_copy(update={"cursor": page.next_cursor})
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    ("query", "costs"),
    [
        (TicketQuery(), (1, 1)),
        (TicketQuery(text="printer"), (1, 2)),
        (TicketQuery(text="printer", sort=Sort.RELEVANCE), (3, 3)),
        (TicketQuery(text="no such word", sort=Sort.RELEVANCE), (1, 1)),
        (TicketQuery(sort=Sort.RELEVANCE), (1, 1)),
    ],
)
def test_a_page_sends_a_fixed_number_of_statements(
    both: Both, query: TicketQuery, costs: tuple[int, int]
):
    for database, cost in zip(both, costs, strict=True):
        for limit in (1, 50):
            with database.reading() as session, sent_by(session) as statements:
                TicketPages(session, TECHNICIAN).page(query.model_copy(update={"limit": limit}))
            assert len(statements) == cost, statements


# --- while somebody turns pages ---------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1], ids=["sqlite", "postgresql"])
def test_what_arrives_meanwhile_moves_no_hit(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch, which: int
):
    monkeypatch.setattr("helpdesk.repositories.ticket_pages.RANKED", 20)
    with both_of(tmp_path, template) as databases:
        database = databases[which]
        with database.writing() as session:
            fill(session, 120, "arrivals")
        query = TicketQuery(text="printer", sort=Sort.RELEVANCE, limit=4)
        before = [row.id for row in listed(database, TECHNICIAN, query)]
        assert len(before) > 40
        no_hits = [id_ for id_ in range(120, 0, -1) if id_ not in before]
        seen: list[int] = []
        for turn in range(MOST_PAGES):
            with database.reading() as session:
                page = TicketPages(session, TECHNICIAN).page(query)
            seen += [row.id for row in page.items]
            if page.next_cursor is None:
                break
            query = query.model_copy(update={"cursor": page.next_cursor})
            with database.writing() as session:
                fill(session, 3, f"arrivals/{turn}")
                _say_printer(session, no_hits[turn % len(no_hits)])
        assert [id_ for id_ in seen if id_ in before] == before
        assert len(seen) == len(set(seen))


def _say_printer(session: Session, ticket_id: int) -> None:
    """Make a hit of an old ticket."""
    tickets = TicketRepository(session, TECHNICIAN)
    comment = Comment(
        ticket_id=ticket_id,
        author_id=3,
        by_staff=True,
        internal=False,
        created_at=START,
        body="printer",
    )
    tickets.add_comment(tickets.get(ticket_id), comment)
    session.flush()


# --- the shortest way -------------------------------------------------------------------------

PLANS = {
    "default": (TECHNICIAN, TicketQuery(), "ix_ticket_urgency"),
    "closed": (TECHNICIAN, TicketQuery(statuses=(Status.CLOSED,)), "ix_ticket_urgency"),
    "newest": (TECHNICIAN, TicketQuery(sort=Sort.NEWEST), "ix_ticket_created_at"),
    "updated": (TECHNICIAN, TicketQuery(sort=Sort.UPDATED), "ix_ticket_updated_at"),
}


@pytest.mark.parametrize("resumes", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("name", PLANS)
def test_postgresql_reads_tickets_along_an_index(both: Both, name: str, resumes: bool):
    reader, query, index = PLANS[name]
    with both[1].reading() as session:
        if resumes:
            page = TicketPages(session, reader).page(query.model_copy(update={"limit": 2}))
            query = query.model_copy(update={"cursor": page.next_cursor})
        # Small as these tables are, each would be read as a whole otherwise.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        with sent_by(session) as statements:
            TicketPages(session, reader).page(query)
        statement, parameters = statements[0]
        rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
        plan = [line for (line,) in rows]
    assert [line for line in plan if index in line], plan
    assert not [line for line in plan if "Seq Scan on ticket" in line], plan


@contextmanager
def sent_by(session: Session) -> Iterator[list[tuple[str, dict[str, object]]]]:
    """Yield the statements that a session sends inside, with their values."""
    seen: list[tuple[str, dict[str, object]]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        seen.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)
