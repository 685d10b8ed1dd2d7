# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket's own rules: where a status leads, which version is current, which times follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.models import Ticket
from helpdesk.models.base import PRIORITY_RANKS, STATUS_RANKS
from helpdesk.models.ticket import TRANSITIONS, number_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(id=1042, version=3, status=Status.OPEN, created_at=NOON, updated_at=NOON)


def test_people_know_it_by_its_number(ticket: Ticket):
    assert ticket.number == number_of(1042) == "HD-1042"


def test_every_status_can_be_reached_and_left():
    assert TRANSITIONS.keys() == set(Status)
    reached = {status for after in TRANSITIONS.values() for status in after}
    assert reached == set(Status) - {Status.NEW}
    for before, after in TRANSITIONS.items():
        assert after
        assert before not in after
        assert len(set(after)) == len(after)


@pytest.mark.parametrize("version", [2, 4, 0, -1])
def test_only_the_present_version_may_be_changed(ticket: Ticket, version: int):
    ticket.expect(3)
    with pytest.raises(Conflict, match="HD-1042 was changed"):
        ticket.expect(version)


def test_a_touch_raises_the_version_and_never_turns_time_back(ticket: Ticket):
    ticket.touch(NOON + HOUR)
    assert (ticket.version, ticket.updated_at) == (4, NOON + HOUR)
    ticket.touch(NOON - HOUR)
    assert (ticket.version, ticket.updated_at) == (5, NOON + HOUR)


def test_a_refused_move_changes_nothing(ticket: Ticket):
    with pytest.raises(Invalid, match="HD-1042 is Open and cannot become New") as caught:
        ticket.move_to(Status.NEW, NOON)
    assert caught.value.field == "status"
    assert ticket.status is Status.OPEN


def test_times_of_the_end_follow_the_status(ticket: Ticket):
    ticket.move_to(Status.RESOLVED, NOON + HOUR)
    assert (ticket.resolved_at, ticket.closed_at) == (NOON + HOUR, None)
    ticket.move_to(Status.CLOSED, NOON - HOUR)
    assert (ticket.resolved_at, ticket.closed_at) == (NOON + HOUR, NOON + HOUR)
    ticket.move_to(Status.OPEN, NOON)
    assert (ticket.resolved_at, ticket.closed_at) == (None, None)
    ticket.move_to(Status.CLOSED, NOON - HOUR)
    assert (ticket.resolved_at, ticket.closed_at) == (NOON, NOON)


def test_the_first_response_is_noted_once(ticket: Ticket):
    ticket.note_first_response(NOON - HOUR)
    assert ticket.first_responded_at == NOON
    ticket.note_first_response(NOON + HOUR)
    assert ticket.first_responded_at == NOON


def test_ranks_put_what_is_urgent_and_new_first():
    assert PRIORITY_RANKS == (Priority.URGENT, Priority.HIGH, Priority.MEDIUM, Priority.LOW)
    assert tuple(Status) == STATUS_RANKS
