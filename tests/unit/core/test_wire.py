# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever one side puts on the wire, the other side reads as the same thing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.client.help_desk import SERVICES
from helpdesk.core.errors import Conflict, DeskError, Fault, Invalid, TooManyAttempts, error_class
from helpdesk.core.operation import Operation, operations_of
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.tickets import (
    NewTicket,
    Sort,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.core.wire import (
    call_of,
    decoded_result,
    encoded_result,
    error_of,
    parts_of,
    problem_of,
)

OPERATIONS = {
    operation.full_name: operation
    for service in SERVICES
    for operation in operations_of(service).values()
}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TICKET = {
    "id": 7, "number": "HD-7", "subject": "Grüße", "description": "", "status": "open",
    "priority": "high", "category": None, "requester": {"id": 1, "full_name": "Alice"},
    "requester_email": None, "assignee": None, "source": "desktop", "created_at": NOW,
    "updated_at": NOW, "first_response_due": None, "first_responded_at": None,
    "resolution_due": None, "resolved_at": None, "closed_at": None, "version": 3,
    "comments": (), "earlier_comments": 0, "events": (), "allowed": {"take", "note"},
    "next_statuses": ("closed",),
}  # fmt: skip


def an(operation: str) -> Operation:
    return OPERATIONS[operation]


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_each_argument_of_each_operation_travels_one_way(operation: Operation):
    parts = parts_of(operation)
    travels = [*parts.path, *parts.plain, *([parts.dto] if parts.dto else [])]
    assert sorted(travels) == sorted(operation.parameters)


def test_a_query_carries_what_differs_from_the_default_and_its_text_as_q():
    query = TicketQuery(text="a b&c", statuses=(Status.NEW, Status.OPEN), created_after=NOW)
    call = call_of(an("Tickets.search"), {"query": query})
    assert (call.method, call.path, call.body) == ("GET", "/api/v1/tickets", None)
    assert sorted(call.query) == [
        ("created_after", "2026-11-23T09:00:00Z"),
        ("q", "a b&c"),
        ("statuses", "new"),
        ("statuses", "open"),
    ]
    assert call_of(an("Tickets.search"), {"query": TicketQuery(sort=Sort.URGENCY)}).query == ()


def test_a_change_carries_only_what_was_set_even_when_it_is_nothing():
    change = TicketChange(category_id=None, version=3)
    call = call_of(an("Tickets.change"), {"ticket_id": 7, "change": change})
    assert (call.method, call.path) == ("PATCH", "/api/v1/tickets/7")
    assert json.loads(call.body or b"") == {"category_id": None, "version": 3}


def test_plain_arguments_are_the_fields_of_an_object():
    call = call_of(an("Tickets.take"), {"ticket_id": 7, "version": 3})
    assert json.loads(call.body or b"") == {"version": 3}
    assert call_of(an("Tickets.comments"), {"ticket_id": 7, "before": 9}).query == (
        ("before", "9"),
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_name_in_the_path_stays_one_segment(name: str):
    path = call_of(an("Users.named"), {"username": name}).path
    before, _, last = path.rpartition("/")
    assert before == "/api/v1/users/named"
    assert unquote(last) == name
    assert not set(last) & set("?#%") - {"%"}


def test_a_ticket_survives_the_way():
    ticket = TicketView.model_validate(TICKET)
    view = an("Tickets.view")
    assert decoded_result(view, encoded_result(view, ticket)) == ticket


def test_an_answer_of_nothing_is_nothing():
    assert decoded_result(an("Sessions.sign_out"), b"") is None


def test_an_answer_that_is_none_of_the_operation_is_a_value_error():
    with pytest.raises(ValueError, match="subject"):
        decoded_result(an("Tickets.view"), b'{"id": 7}')


def every_error(kind: type[DeskError] = DeskError) -> list[type[DeskError]]:
    below = [each for under in kind.__subclasses__() for each in every_error(under)]
    return [each for each in (kind, *below) if each.__module__ == DeskError.__module__]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_arrives_as_what_it_was(kind: type[DeskError]):
    arrived = error_of(an("Tickets.view"), problem_of(kind("Try again later.")))
    assert type(arrived) is kind
    assert str(arrived) == "Try again later."


def test_every_error_has_a_code_of_its_own():
    codes = [kind.code for kind in every_error()]
    assert len(codes) == len(set(codes))
    assert all(error_class(kind.code) is kind for kind in every_error())


def test_field_and_seconds_to_wait_arrive():
    error = error_of(an("Tickets.open"), problem_of(Invalid("No.", field="subject")))
    assert error.field == "subject"
    waits = error_of(an("Sessions.sign_in"), problem_of(TooManyAttempts("Wait.", retry_after=8)))
    assert waits.retry_after == 8


def test_a_conflict_brings_the_present_state():
    current = TicketView.model_validate(TICKET)
    problem = json.loads(json.dumps(problem_of(Conflict("Changed.", current=current))))
    arrived = error_of(an("Tickets.change"), problem)
    assert isinstance(arrived, Conflict)
    assert arrived.current == current


@pytest.mark.parametrize("state", [None, 5, [], {}, {"id": "x"}])
def test_a_state_that_is_not_understood_is_left_out(state: object):
    arrived = error_of(
        an("Tickets.change"), {"detail": "No.", "code": "conflict", "current": state}
    )
    assert isinstance(arrived, Conflict)
    assert arrived.current is None


@pytest.mark.parametrize("problem", [None, [], "x", {}, {"detail": 5}])
def test_what_is_no_problem_is_a_fault(problem: object):
    assert type(error_of(an("Tickets.view"), problem)) is Fault


def test_a_code_of_a_newer_server_keeps_its_sentence():
    arrived = error_of(an("Tickets.view"), {"detail": "Something new.", "code": "brand_new"})
    assert type(arrived) is DeskError
    assert str(arrived) == "Something new."


def test_a_field_that_this_version_does_not_know_is_ignored():
    class Newer(Result):
        id: int
        name: str
        colour: str

    body = b"[" + Newer(id=1, name="Hardware", colour="red").model_dump_json().encode() + b"]"
    assert decoded_result(an("Tickets.categories"), body)[0].name == "Hardware"


def test_a_new_ticket_is_read_again_as_it_was_sent():
    new = NewTicket(subject="Tür klemmt 🚪", description="a\nb")
    call = call_of(an("Tickets.open"), {"new": new})
    assert NewTicket.model_validate_json(call.body or b"") == new
