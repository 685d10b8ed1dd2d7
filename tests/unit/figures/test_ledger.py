# SPDX-License-Identifier: GPL-3.0-or-later
"""What is gathered of changes is the difference of two counts, whatever changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.figures.contribution import Key, TicketFacts, days_of, durations_of, slices_of
from helpdesk.figures.durations import bucket_of
from helpdesk.figures.ledger import Ledger
from helpdesk.figures.sums import COLUMNS, amounts, packed

day, duration, met = st.integers(20_000, 20_003), st.integers(0, 10**9), st.integers(0, 1)


@st.composite
def a_ticket(draw: st.DrawFn, ticket_id: int) -> TicketFacts:
    is_answered, is_solved = draw(st.booleans()), draw(st.booleans())
    is_known = draw(st.booleans())
    seconds = [draw(duration) if is_known else None for _ in range(4)]
    is_rated = is_solved and draw(st.booleans())
    suggested = draw(st.integers(0, 3))
    return TicketFacts(
        ticket_id=ticket_id,
        status=draw(st.integers(5, 6) if is_solved else st.integers(1, 4)),
        priority=draw(st.integers(1, 4)),
        category_id=draw(st.integers(0, 2)),
        team_id=draw(st.integers(0, 2)),
        technician_id=draw(st.integers(0, 2)),
        created_day=draw(day),
        created_hour=draw(st.integers(0, 23)),
        responded_day=draw(day) if is_answered else None,
        response_seconds=draw(duration) if is_answered else None,
        response_met=draw(st.none() | met) if is_answered else None,
        resolved_day=draw(day) if is_solved else None,
        resolution_seconds=draw(duration) if is_solved else None,
        resolution_met=draw(st.none() | met) if is_solved else None,
        closed_day=draw(st.none() | day) if is_solved else None,
        reopened=draw(st.integers(0, 1)),
        escalated_day=draw(st.none() | day),
        rated_day=draw(day) if is_rated else None,
        score=draw(st.integers(1, 5)) if is_rated else None,
        suggested=suggested,
        accepted=draw(st.integers(0, suggested)),
        seconds_new=seconds[0],
        seconds_open=seconds[1],
        seconds_in_progress=seconds[2],
        seconds_awaiting=seconds[3],
    )


def named(sums: int) -> dict[str, int]:
    """Return the sums that are not zero, by their columns."""
    pairs = zip(COLUMNS, amounts(sums), strict=True)
    return {name: amount for name, amount in pairs if amount}


def contributions(facts: TicketFacts) -> dict[Key, dict[str, int]]:
    """Return what a ticket adds to which rows of sums, by columns."""
    days = {day: named(sums) for day, sums in days_of(facts).items()}
    return {(*ids, day): sums for ids in slices_of(facts) for day, sums in days.items()}


def counted(tickets: list[TicketFacts]) -> tuple[Any, ...]:
    """Return the sums of tickets, each added up by itself."""
    sums: dict[Any, Counter[str]] = {}
    buckets: dict[Any, Counter[int]] = {}
    hours: Counter[Any] = Counter()
    for facts in tickets:
        for key, amount in contributions(facts).items():
            sums.setdefault(key, Counter()).update(amount)
            for kind, on, seconds in durations_of(facts):
                if key[-1] == on:
                    buckets.setdefault((key, kind), Counter())[bucket_of(seconds)] += 1
        for team in {0, facts.team_id}:
            hours[team, facts.created_day, facts.created_hour] += 1
    return {key: dict(each) for key, each in sums.items()}, buckets, hours


@given(st.lists(st.tuples(a_ticket(1), a_ticket(1)), max_size=6), st.lists(a_ticket(2), max_size=4))
def test_the_sum_of_differences_is_a_recount(
    changed: list[tuple[TicketFacts, TicketFacts]], new: list[TicketFacts]
):
    ledger = Ledger()
    for before, after in changed:
        ledger.change(None, before)
        ledger.change(before, after)
    for facts in new:
        ledger.change(None, facts)
    sums, buckets, hours = counted([*(after for _, after in changed), *new])
    assert {key: named(each) for key, each in ledger.sums.items()} == sums
    assert ledger.durations == buckets
    assert ledger.hours == hours


@given(a_ticket(1))
def test_what_is_taken_off_leaves_nothing(facts: TicketFacts):
    ledger = Ledger()
    ledger.change(None, facts)
    ledger.change(facts, None)
    assert (ledger.sums, ledger.durations, ledger.hours) == ({}, {}, {})


@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=len(COLUMNS), max_size=len(COLUMNS)).map(tuple)
)
def test_sums_are_kept_side_by_side_whatever_their_sign(values: tuple[int, ...]):
    assert amounts(packed(values)) == values
    assert amounts(packed(values) - packed(values)) == (0,) * len(COLUMNS)
