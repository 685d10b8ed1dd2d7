# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's tickets: consistent to the last change, reproducible, and like a real desk's."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from statistics import median

import pytest

from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.core.schemas.users import Role
from helpdesk.core.text import SUBJECT_LIMIT, single_line, storable
from helpdesk.demo.people import DemoPerson, demo_people
from helpdesk.demo.tickets import CATEGORIES, DemoTicket, demo_tickets

NOW = datetime(2026, 11, 23, 16, 5, 24, tzinfo=UTC)
PEOPLE = demo_people(extra_users=60, technicians=8)
ALICE, BOB = 0, 1


@pytest.fixture(scope="module")
def small() -> list[DemoTicket]:
    """Return a demo desk as most people see it."""
    return list(demo_tickets(600, people=PEOPLE, now=NOW))


@pytest.fixture(scope="module")
def large() -> list[DemoTicket]:
    """Return a desk for measuring."""
    people = demo_people(extra_users=2000, technicians=40)
    return list(demo_tickets(20_000, people=people, now=NOW))


def _digest(tickets: Iterable[DemoTicket]) -> str:
    return hashlib.sha256(repr(list(tickets)).encode()).hexdigest()


# --- promises to whoever writes them to a database ---


@pytest.mark.parametrize("count", [0, 1, 7, 40, 149, 150, 601])
def test_as_many_tickets_as_asked_for(count: int) -> None:
    assert len(list(demo_tickets(count, people=PEOPLE, now=NOW))) == count


def test_tickets_come_in_order_of_creation_over_two_years(small: list[DemoTicket]) -> None:
    created = [ticket.created_at for ticket in small]

    assert created == sorted(created)
    assert NOW - timedelta(days=730, hours=1) < created[0] < NOW - timedelta(days=600)
    assert NOW - timedelta(minutes=30) < created[-1] < NOW
    assert all(moment.tzinfo is UTC for moment in created)


def test_the_same_arguments_give_the_same_tickets(small: list[DemoTicket]) -> None:
    assert list(demo_tickets(600, people=PEOPLE, now=NOW)) == small


def test_tickets_do_not_depend_on_the_hash_seed() -> None:
    script = (
        "import hashlib\n"
        "from datetime import UTC, datetime\n"
        "from helpdesk.demo.people import demo_people\n"
        "from helpdesk.demo.tickets import demo_tickets\n"
        "now = datetime(2026, 11, 23, 16, 5, 24, tzinfo=UTC)\n"
        "tickets = list(demo_tickets(300, people=demo_people(60, 8), now=now))\n"
        "print(hashlib.sha256(repr(tickets).encode()).hexdigest())\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == _digest(demo_tickets(300, people=PEOPLE, now=NOW))


def test_another_seed_gives_other_tickets(small: list[DemoTicket]) -> None:
    assert list(demo_tickets(600, people=PEOPLE, seed=7, now=NOW)) != small


def test_changes_lead_from_submission_to_the_present(
    small: list[DemoTicket], large: list[DemoTicket]
) -> None:
    for ticket in small + large:
        _replay(ticket)


def _replay(ticket: DemoTicket) -> None:
    """Walk through the changes and compare where they end with the ticket's own fields."""
    state: dict[str, str | None] = {"status": "new", "assignee": None}
    ended: dict[str | None, datetime] = {}
    for change in ticket.changes:
        place = "status" if change.field == "reopened" else change.field
        assert place in {"status", "assignee", "priority", "category"}
        assert state.setdefault(place, change.old) == change.old, ticket
        assert change.old != change.new, ticket
        state[place] = change.new
        ended = {} if change.field == "reopened" else ended
        if change.field == "status":
            ended[change.new] = change.at
    assert state["status"] == ticket.status.value, ticket
    assert state["assignee"] == (None if ticket.assignee is None else str(ticket.assignee)), ticket
    assert state.get("priority", ticket.priority.value) == ticket.priority.value, ticket
    assert state.get("category", ticket.category) == ticket.category, ticket
    assert ended.get("resolved") == ticket.resolved_at, ticket
    assert ended.get("closed") == ticket.closed_at, ticket


def test_times_increase_between_creation_and_last_update(
    small: list[DemoTicket], large: list[DemoTicket]
) -> None:
    for ticket in small + large:
        said = [ticket.created_at, *(comment.created_at for comment in ticket.comments)]
        done = [ticket.created_at, *(change.at for change in ticket.changes)]
        assert all(earlier <= later for earlier, later in pairwise(said)), ticket
        assert all(earlier <= later for earlier, later in pairwise(done)), ticket
        assert max(said[-1], done[-1]) == ticket.updated_at <= NOW, ticket


def test_people_do_what_their_role_lets_them(small: list[DemoTicket]) -> None:
    users = {index for index, person in enumerate(PEOPLE) if person.role == Role.USER}
    technicians = {index for index, person in enumerate(PEOPLE) if person.role == Role.TECHNICIAN}
    for ticket in small:
        assert ticket.assignee is None or ticket.assignee in technicians
        for comment in ticket.comments:
            assert comment.author == ticket.requester or comment.author not in users
            assert not (comment.internal and comment.author in users)
        for change in ticket.changes:
            by_requester = change.actor == ticket.requester
            assert not by_requester or change.field in {"status", "reopened"}


def test_texts_are_filled_and_can_be_stored(large: list[DemoTicket]) -> None:
    unfilled = re.compile(r"\{\w+\}|%\(\w+\)s|%%")
    for ticket in large:
        assert single_line(ticket.subject) == ticket.subject
        assert 3 < len(ticket.subject) <= SUBJECT_LIMIT
        for text in (ticket.subject, ticket.description, *(c.body for c in ticket.comments)):
            assert text == storable(text).strip()
            assert not unfilled.search(text), text


def test_fields_have_the_values_of_the_desk(large: list[DemoTicket]) -> None:
    assert {ticket.category for ticket in large} == set(CATEGORIES)
    assert {ticket.priority for ticket in large} == set(Priority)
    assert {ticket.status for ticket in large} == set(Status)
    assert {ticket.source for ticket in large} == {source.value for source in Source} - {"import"}


# --- like a real desk ---


def test_a_small_desk_has_a_queue_one_can_look_through(small: list[DemoTicket]) -> None:
    still_open = [ticket for ticket in small if ticket.status.is_open]
    unassigned = [ticket for ticket in still_open if ticket.assignee is None]

    assert 40 <= len(still_open) <= 120
    assert 0.2 <= len(unassigned) / len(still_open) <= 0.45
    assert sum(ticket.status == Status.NEW for ticket in unassigned) > len(unassigned) / 2


def test_a_large_desk_is_open_to_a_sixth(large: list[DemoTicket]) -> None:
    assert 0.15 <= sum(ticket.status.is_open for ticket in large) / len(large) <= 0.21


def test_old_tickets_are_closed_and_fresh_solutions_are_not(small: list[DemoTicket]) -> None:
    old = [ticket for ticket in small if ticket.created_at < NOW - timedelta(days=365)]
    waiting = [ticket for ticket in small if ticket.status == Status.RESOLVED]

    assert sum(ticket.status == Status.CLOSED for ticket in old) / len(old) > 0.95
    assert len(waiting) >= 5
    assert all(t.resolved_at and t.resolved_at >= NOW - timedelta(days=7) for t in waiting)


def test_priorities_have_their_shares(large: list[DemoTicket]) -> None:
    shares = Counter(ticket.priority for ticket in large)

    assert shares[Priority.LOW] / len(large) == pytest.approx(0.25, abs=0.01)
    assert shares[Priority.MEDIUM] / len(large) == pytest.approx(0.50, abs=0.01)
    assert shares[Priority.HIGH] / len(large) == pytest.approx(0.20, abs=0.01)
    assert shares[Priority.URGENT] / len(large) == pytest.approx(0.05, abs=0.01)


def test_the_more_pressing_the_sooner_solved(large: list[DemoTicket]) -> None:
    hours: dict[Priority, list[float]] = defaultdict(list)
    for ticket in large:
        if ticket.resolved_at:
            taken = ticket.resolved_at - ticket.created_at
            hours[ticket.priority].append(taken.total_seconds() / 3600)
    medians = [median(hours[priority]) for priority in Priority]

    assert medians == sorted(medians, reverse=True)
    assert medians[0] > 5 * medians[3]


def test_solved_tickets_have_a_conversation(large: list[DemoTicket]) -> None:
    solved = [ticket for ticket in large if ticket.resolved_at]
    lengths = Counter(len(ticket.comments) for ticket in solved)
    noted = sum(any(comment.internal for comment in ticket.comments) for ticket in solved)
    reopened = sum(any(change.field == "reopened" for change in t.changes) for t in solved)

    assert sum(lengths[number] for number in range(2, 7)) / len(solved) > 0.9
    assert 0.2 < noted / len(solved) < 0.35
    assert 0.01 < reopened / len(solved) < 0.06


def test_office_hours_and_mondays_are_busy(large: list[DemoTicket]) -> None:
    days = Counter(ticket.created_at.weekday() for ticket in large)
    night = sum(ticket.created_at.hour < 3 for ticket in large)

    assert days[0] > 1.2 * days[2] > 1.1 * days[4] > 5 * days[6]
    assert night / len(large) < 0.04


def test_technicians_are_specialists(large: list[DemoTicket]) -> None:
    by_category: dict[str, Counter[int]] = defaultdict(Counter)
    for ticket in large:
        if ticket.assignee is not None:
            by_category[ticket.category][ticket.assignee] += 1

    for solvers in by_category.values():
        specialists = sum(number for _, number in solvers.most_common(12))
        assert specialists / solvers.total() > 0.75


def test_a_few_people_write_much(large: list[DemoTicket]) -> None:
    writers = Counter(ticket.requester for ticket in large)
    busiest = sum(number for _, number in writers.most_common(200))

    assert len(writers) > 1500
    assert busiest / len(large) > 0.3


def test_some_outages_are_reported_by_many_at_once(small: list[DemoTicket]) -> None:
    assert len(_bursts(small)) >= 3
    assert len(_bursts(small)[-1]) >= 9
    assert len({ticket.subject for ticket in _bursts(small)[-1]}) >= 9


def _bursts(tickets: list[DemoTicket]) -> list[list[DemoTicket]]:
    """Return groups of nine or more tickets of a category within 40 minutes."""
    found, last = [], datetime.min.replace(tzinfo=UTC)
    for ticket in tickets:
        until = ticket.created_at + timedelta(minutes=40)
        group = [
            other
            for other in tickets
            if ticket.created_at <= other.created_at <= until and other.category == ticket.category
        ]
        if len(group) >= 9 and ticket.created_at > last:
            found.append(group)
            last = until
    return found


def test_words_are_common_and_rare(large: list[DemoTicket]) -> None:
    frequency: Counter[str] = Counter()
    for ticket in large:
        frequency.update(set(re.findall(r"[\w-]+", f"{ticket.subject} {ticket.description}")))
    rare = sum(1 for number in frequency.values() if number <= 3)

    assert len(frequency) > 6000
    assert rare > len(frequency) / 3
    assert frequency.most_common(1)[0][1] > len(large) / 4


# --- the first screens ---


def test_no_subject_twice_among_the_newest(
    small: list[DemoTicket], large: list[DemoTicket]
) -> None:
    for tickets in (small, large):
        newest = [ticket.subject for ticket in tickets[-60:]]
        assert len(set(newest)) == 60


def test_the_newest_look_like_a_living_queue(
    small: list[DemoTicket], large: list[DemoTicket]
) -> None:
    for tickets in (small, large):
        newest = tickets[-30:]
        unassigned = sum(ticket.assignee is None for ticket in newest)
        assert {ticket.priority for ticket in newest} == set(Priority)
        assert len({ticket.category for ticket in newest}) >= 6
        assert len({ticket.status for ticket in newest}) >= 3
        assert 6 <= unassigned <= 22


def test_alice_has_tickets_of_every_state(small: list[DemoTicket]) -> None:
    own = [ticket for ticket in small if ticket.requester == ALICE]
    talk = max(own, key=lambda ticket: len(ticket.comments))

    assert len(own) == 8
    assert {ticket.status for ticket in own} == set(Status)
    assert {comment.author for comment in talk.comments} == {ALICE, BOB}
    assert talk.updated_at > NOW - timedelta(minutes=10)


def test_bob_has_a_morning_of_work(small: list[DemoTicket]) -> None:
    working_on = [t for t in small if t.assignee == BOB and t.status.is_open]

    assert 10 <= len(working_on) <= 14
    assert len({ticket.priority for ticket in working_on}) == 4
    assert sum(t.assignee == BOB and not t.status.is_open for t in small) > 30


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, 0, 5, tzinfo=UTC),
    ],
    ids=["sunday night", "new year", "leap day"],
)
def test_any_moment_will_do(now: datetime) -> None:
    tickets = list(demo_tickets(300, people=PEOPLE, now=now))

    assert all(ticket.created_at <= ticket.updated_at <= now for ticket in tickets)
    assert 40 <= sum(ticket.status.is_open for ticket in tickets) <= 120
    for ticket in tickets:
        _replay(ticket)


def test_the_time_zone_of_now_makes_no_difference(small: list[DemoTicket]) -> None:
    india = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert _digest(demo_tickets(600, people=PEOPLE, now=india)) == _digest(small)


def test_four_people_are_enough() -> None:
    tickets = list(demo_tickets(200, people=demo_people(0, 0), now=NOW))

    assert len(tickets) == 200
    for ticket in tickets:
        _replay(ticket)


def test_stories_need_alice_and_bob() -> None:
    strangers = [*PEOPLE[1:]]
    tickets = list(demo_tickets(200, people=strangers, now=NOW))

    assert len(tickets) == 200
    assert not any("whole Lyon office" in ticket.subject for ticket in tickets)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        demo_tickets(10, people=PEOPLE, now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("role", [Role.USER, Role.TECHNICIAN])
def test_somebody_must_write_and_somebody_must_solve(role: Role) -> None:
    people: list[DemoPerson] = [person for person in PEOPLE if person.role != role]

    with pytest.raises(ValueError, match="at least one user and one technician"):
        demo_tickets(10, people=people, now=NOW)
