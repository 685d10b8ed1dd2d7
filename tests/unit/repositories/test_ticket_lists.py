# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of tickets: page by page they hold exactly what a plain filter and sort would give."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid, TooLarge
from helpdesk.core.schemas.tickets import Priority, Sort, Status, TicketQuery, TicketRow
from helpdesk.models import Ticket
from tests.contract.desks import id_of, person
from tests.unit.repositories.random_tickets import Made, expected, make, query_of

MOST_PAGES = 1_000


def pages(desk: HelpDesk, query: TicketQuery) -> Iterator[tuple[TicketRow, ...]]:
    for _ in range(MOST_PAGES):
        page = desk.tickets.search(query)
        assert len(page.items) <= query.limit
        yield page.items
        if page.next_cursor is None:
            return
        query = query.model_copy(update={"cursor": page.next_cursor})
    raise AssertionError("the list has no end")


def ids(desk: HelpDesk, query: TicketQuery) -> list[int]:
    return [row.id for page in pages(desk, query) for row in page]


@pytest.fixture(scope="module")
def readers(shared: EmbeddedDesk, made: list[Made]) -> dict[int | None, HelpDesk]:
    alice, erin = person(shared, "alice"), person(shared, "erin")
    return {None: person(shared, "bob"), id_of(alice): alice, id_of(erin): erin}


@pytest.mark.parametrize("seed", range(70))
def test_all_pages_together_are_what_a_filter_and_a_sort_give(
    readers: dict[int | None, HelpDesk], made: list[Made], seed: int
):
    dice = random.Random(seed)  # noqa: S311
    query = query_of(dice)
    reader = dice.choice((None, None, *readers))
    wanted = expected(made, query, reader=reader)
    assert ids(readers[reader], query) == wanted
    count = readers[reader].tickets.count(query)
    assert (count.count, count.exact) == (len(wanted), True)


@pytest.mark.parametrize("sort", Sort)
def test_a_page_shows_what_is_stored(
    readers: dict[int | None, HelpDesk], made: list[Made], sort: Sort
):
    stored = {ticket.id: ticket for ticket in made}
    for row in readers[None].tickets.search(TicketQuery(sort=sort, limit=200)).items:
        ticket = stored[row.id]
        assert (row.status, row.priority) == (ticket.status, ticket.priority)
        assert row.requester.id == ticket.requester_id
        assert (row.assignee.id if row.assignee else None) == ticket.assignee_id
        assert (row.created_at, row.updated_at) == (ticket.created_at, ticket.updated_at)
        assert row.resolution_due != ticket.resolution_due or row.resolution_due.year < 9999
        assert row.number == f"HD-{row.id}"


def test_counting_stops_at_its_limit(
    readers: dict[int | None, HelpDesk], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("helpdesk.repositories.ticket_pages.COUNT_LIMIT", 20)
    count = readers[None].tickets.count(TicketQuery())
    assert (count.count, count.exact) == (20, False)


def test_a_requester_who_asks_for_other_peoples_tickets_gets_none(
    readers: dict[int | None, HelpDesk], made: list[Made]
):
    others = TicketQuery(requester_ids=(2,), text="")
    assert ids(readers[1], others) == []
    assert readers[1].tickets.count(others).count == 0
    assert ids(readers[1], TicketQuery(requester_ids=(2,), text="printer")) == []


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("seed", range(3))
def test_tickets_that_move_between_pages_cause_no_crash_no_loop_and_no_loss(
    embedded: EmbeddedDesk, sort: Sort, seed: int
):
    dice = random.Random(seed)  # noqa: S311
    with embedded.database.writing() as session:
        made = make(session, 60, seed)
    bob = person(embedded, "bob")
    moved: set[int] = set()
    seen: list[int] = []
    for page in pages(bob, TicketQuery(sort=sort, limit=7)):
        seen += [row.id for row in page]
        for ticket in dice.sample(made, 3):
            moved.add(ticket.id)
            change = {
                "status": dice.choice(list(Status)),
                "priority": dice.choice(list(Priority)),
                "updated_at": ticket.updated_at,
                "version": Ticket.version + 1,
            }
            with embedded.database.writing() as session:
                session.execute(update(Ticket).where(Ticket.id == ticket.id).values(change))
    stayed = [id_ for id_ in seen if id_ not in moved]
    assert len(stayed) == len(set(stayed))
    assert set(stayed) == {ticket.id for ticket in made} - moved


# --- cursors ----------------------------------------------------------------------------------


def base64_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def cursor_of(key: object) -> str:
    return base64_of(json.dumps(key))


_KEYS: dict[str, TicketQuery] = {
    "urgency": TicketQuery(sort=Sort.URGENCY),
    "newest": TicketQuery(sort=Sort.NEWEST),
    "updated": TicketQuery(sort=Sort.UPDATED),
    "text": TicketQuery(text="printer"),
    "relevance": TicketQuery(text="printer", sort=Sort.RELEVANCE),
}
_LENGTHS = {"urgency": 4, "newest": 2, "updated": 2, "text": 1, "relevance": 7}


@pytest.mark.parametrize("name", _KEYS)
@pytest.mark.parametrize("other", _KEYS)
def test_the_cursor_of_another_list_is_refused_or_harmless(
    readers: dict[int | None, HelpDesk], name: str, other: str
):
    query = _KEYS[name].model_copy(update={"limit": 2})
    cursor = readers[None].tickets.search(query).next_cursor
    foreign = _KEYS[other].model_copy(update={"cursor": cursor})
    if _LENGTHS[name] == _LENGTHS[other]:
        readers[None].tickets.search(foreign)
        return
    with pytest.raises(Invalid, match="load it again"):
        readers[None].tickets.search(foreign)


@pytest.mark.parametrize("name", _KEYS)
@pytest.mark.parametrize(
    "cursor",
    [
        "x", "=", "====", "AAAA", "\x00", "é", "\ud800", "null", "W10", "e30", "x" * 100_000,
        cursor_of((1,) * 5), cursor_of(("1",)), cursor_of((1.5,)), cursor_of((True,)),
        cursor_of((None,)),
        cursor_of(((1, 2), 3)), cursor_of((10**30,) * 2), cursor_of((10**30,) * 4),
        cursor_of((2**63 - 1,) * 2), cursor_of((1, 1, 2**63 - 1, 1)), cursor_of((-(2**63),) * 4),
        cursor_of((1, 1, -(2**62), 1)), cursor_of((2**62, 1)), cursor_of(("a\ud800", 1)),
        cursor_of((2**62, 0, 0, 0, 0, 0, 0)), cursor_of((2**63 - 1,) * 7), cursor_of((0,) * 7),
        cursor_of((-(2**63) + 1,) * 7), cursor_of((5, 9, 0, 0, 0, 0, -7)), cursor_of((9, 5) * 3),
        cursor_of((2**40, 1, -(2**62), 2**62, 1, 1, 2**62)), cursor_of((9, 5, 0, 0, 0, 0, -2)),
        "WzFd" * 3, "[" * 10_000, base64_of("[" * 5_000 + "]" * 5_000), base64_of("[1e999]"),
    ],
)  # fmt: skip
def test_a_made_up_cursor_is_refused_or_shows_a_part_of_the_list(
    readers: dict[int | None, HelpDesk], name: str, cursor: str
):
    query = _KEYS[name].model_copy(update={"cursor": cursor})
    try:
        page = readers[1].tickets.search(query)
    except (Invalid, TooLarge):
        return
    assert {row.requester.id for row in page.items} <= {1}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(key=_json | st.tuples(st.integers(), st.integers(), st.integers(), st.integers()))
def test_whatever_a_cursor_holds_it_is_refused_or_understood(
    readers: dict[int | None, HelpDesk], key: object
):
    for query in _KEYS.values():
        try:
            readers[None].tickets.search(query.model_copy(update={"cursor": cursor_of(key)}))
        except Invalid:
            continue
