# SPDX-License-Identifier: GPL-3.0-or-later
"""What the people of a demo desk say of solutions: some of them, believably, always the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from helpdesk.core.schemas.ratings import LOW, NewTicketRating
from helpdesk.demo.people import demo_people
from helpdesk.demo.ratings import DemoRating, demo_rating
from helpdesk.demo.records import DemoTicket
from helpdesk.demo.tickets import demo_tickets

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Said = list[tuple[DemoTicket, DemoRating | None]]


@pytest.fixture(scope="module")
def tickets() -> list[DemoTicket]:
    return list(demo_tickets(3_000, people=demo_people(60, 8), now=NOW))


def said_of(tickets: list[DemoTicket], *, late: bool = False) -> Said:
    return [
        (ticket, demo_rating(ticket, number, late=late, until=NOW))
        for number, ticket in enumerate(tickets, start=1)
    ]


def mean(said: Said) -> float:
    scores = [rating.score for _, rating in said if rating]
    return sum(scores) / len(scores)


def test_three_in_ten_of_what_is_solved_are_rated_and_nothing_open(tickets):
    said = said_of(tickets)
    solved = [rating for ticket, rating in said if not ticket.status.is_open]
    assert 0.26 < sum(rating is not None for rating in solved) / len(solved) < 0.33
    assert not [rating for ticket, rating in said if ticket.status.is_open and rating]
    assert said == said_of(tickets)


def test_what_was_late_or_came_back_pleases_less(tickets):
    reopened = [any(c.field == "reopened" for c in ticket.changes) for ticket in tickets]
    well = said_of([t for t, again in zip(tickets, reopened, strict=True) if not again])
    again = said_of([t for t, back in zip(tickets, reopened, strict=True) if back])
    assert mean(well) > 4
    assert mean(said_of(tickets, late=True)) < mean(well) - 0.5
    assert mean(again) < mean(well) - 0.5


def test_all_of_it_could_have_been_sent_at_its_time(tickets):
    ratings = [(t, r) for t, r in said_of(tickets) if r]
    for ticket, rating in ratings:
        solved_at = ticket.resolved_at or ticket.closed_at
        assert solved_at
        assert solved_at < rating.at <= NOW
        assert rating.reason is None or rating.score <= LOW
        NewTicketRating(score=rating.score, reason=rating.reason, comment=rating.comment)
    assert set(Counter(rating.score for _, rating in ratings)) == {1, 2, 3, 4, 5}
    assert sum(bool(rating.comment) for _, rating in ratings) > len(ratings) / 10
