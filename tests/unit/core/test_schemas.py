# SPDX-License-Identifier: GPL-3.0-or-later
"""DTOs: frozen, strict towards callers, lenient towards newer servers, and labelled for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ValidationError

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    Assignable,
    CategoryView,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Sort,
    Source,
    Status,
    TicketQuery,
)
from helpdesk.core.schemas.users import NewSession, NewUser, Role, UserQuery

WEIRD = "Zalgo" + "\u0300\u0301\u0302" * 300 + " \u202eltr\u202c \u200b👩‍👩‍👧 😀"


def kinds_of(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_every_dto_is_frozen_and_knows_whether_it_is_strict():
    for dto in kinds_of(Request):
        config = dto.model_config
        assert (config["frozen"], config["extra"]) == (True, "forbid")
        assert config["hide_input_in_errors"]
    for dto in kinds_of(Result):
        config = dto.model_config
        assert (config["frozen"], config["extra"]) == (True, "ignore")
    with pytest.raises(ValidationError):
        NewTicket(subject="x").subject = "y"  # type: ignore[misc]


def test_a_field_of_a_newer_server_is_ignored():
    assert CategoryView.model_validate({"id": 1, "name": "x", "colour": "red"}).name == "x"
    assert "gone" not in Assignable.model_fields


def test_people_read_labels():
    assert [status.label for status in Status] == [
        "New", "Open", "In Progress", "Awaiting Customer Response", "Resolved", "Closed",
    ]  # fmt: skip
    assert [priority.label for priority in Priority] == ["Low", "Medium", "High", "Urgent"]
    assert [role.label for role in Role] == ["User", "Technician", "Manager", "Admin"]
    for choice in (*Source, *Sort):
        assert choice.label[0].isupper()
    assert {status for status in Status if not status.is_open} == {Status.RESOLVED, Status.CLOSED}
    assert set(OPEN_STATUSES) | {Status.RESOLVED, Status.CLOSED} == set(Status)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\x00b", "a\ufffdb"), ("a\ud800b", "a\ufffdb"), (WEIRD, WEIRD), ("x" * 200, "x" * 200)],
    ids=["NUL", "surrogate", "weird", "long"],
)
def test_in_every_text_field_the_same_is_replaced_and_the_rest_is_kept(text: str, kept: str):
    ticket = NewTicket(subject=text[:200], description=text)
    assert (ticket.subject, ticket.description) == (kept[:200], kept)
    assert NewComment(body=text).body == kept
    assert Reopening(reason=text).reason == kept
    assert TicketQuery(text=text).text == kept
    assert UserQuery(text=text[:200]).text == kept[:200]
    assert NewUser(username="x", full_name=text[:200]).full_name == kept[:200]
    assert NewSession(username=text[:200], password="x").username == kept[:200]


def test_a_subject_and_a_name_are_one_line_and_a_description_keeps_its_lines():
    ticket = NewTicket(subject=" two\nlines ", description="\n  two\r\nlines \n\n")
    assert ticket.subject == "two lines"
    assert ticket.description == "two\nlines"
    assert (
        NewUser(username="x", full_name="Eve\n2026 INFO forged").full_name == "Eve 2026 INFO forged"
    )


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \r\n"])
def test_a_ticket_and_a_comment_say_something(text: str):
    with pytest.raises(ValidationError, match="Say in a few words"):
        NewTicket(subject=text, description=text)
    with pytest.raises(ValidationError, match="Write something"):
        NewComment(body=text)
    assert NewTicket(subject=text, description="x").subject == ""
    assert Reopening(reason=text).reason == ""


def test_the_longest_texts_are_taken_to_the_letter():
    assert len(NewTicket(description="x" * 1_000_000 + "\n").description) == 1_000_000
    assert len(NewTicket(subject="x" * 250).subject) == 250
    assert len(TicketQuery(text="x" * 10_000).text) == 10_000
    for too_long in (
        {"subject": "x" * 251},
        {"description": "x" * 1_000_001},
        {"description": "x" * 10_000_000},
    ):
        with pytest.raises(ValidationError):
            NewTicket(**too_long)


@pytest.mark.parametrize("username", ["a", "A.b@c+d-e_f", "ünïcødé", "李", "x" * 64, " outer "])
def test_user_names_that_are_taken(username: str):
    assert NewUser(username=username, full_name="x").username == username.strip()


@pytest.mark.parametrize(
    "username",
    [
        "",
        " ",
        "a b",
        "a\nb",
        "a/b",
        "a\\b",
        "../x",
        "a;b",
        "<b>",
        "😀",
        "x" * 65,
        "a\x00",
        "\u202ea",
    ],
)
def test_user_names_that_are_refused(username: str):
    with pytest.raises(ValidationError):
        NewUser(username=username, full_name="x")


@pytest.mark.parametrize("email", ["a", "a@", "@b", "a@b c", "a b@c", "a@b@c", "", " "])
def test_what_is_no_address_is_refused(email: str):
    with pytest.raises(ValidationError):
        NewUser(username="a", full_name="x", email=email)


@pytest.mark.parametrize("limit", [-1, 0, 201, 10**9, "many", 1.5])
def test_a_page_has_between_1_and_200_rows(limit: object):
    for query in (TicketQuery, UserQuery):
        with pytest.raises(ValidationError):
            query(limit=limit)


def test_a_period_needs_a_time_zone():
    with pytest.raises(ValidationError):
        TicketQuery(created_before=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    assert TicketQuery(created_before=datetime(2026, 1, 1, tzinfo=UTC)).created_before
