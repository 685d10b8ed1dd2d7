# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an input is said in one plain sentence, without repeating the input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from pydantic import ValidationError

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.articles import ArticleChange, NewArticle, NewImage
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Reopening,
    TicketChange,
    TicketQuery,
)
from helpdesk.core.schemas.users import NewSession, NewUser, PasswordChange, UserChange, UserQuery
from helpdesk.core.validation import invalid

LONG = "may have at most 1,000,000 characters; shorten it or send the rest in comments."

WRONG: list[tuple[Callable[..., object], dict[str, object], str | None, str]] = [
    (NewTicket, {"description": "x" * 1_000_001}, "description", f"The description {LONG}"),
    (NewComment, {"body": "x" * 1_000_001}, "body", f"The comment {LONG}"),
    (Reopening, {"reason": "x" * 1_000_001}, "reason", f"The reason {LONG}"),
    (
        NewArticle,
        {"title": "x", "body": "x" * 200_001},
        "body",
        "The article may have at most 200,000 characters; make two of it.",
    ),
    (ArticleChange, {"body": 5, "version": 1}, "body", "The article must be text."),
    (NewArticle, {"title": ""}, "title", "The title must not be empty."),
    (
        NewArticle,
        {"title": "x", "summary": "x" * 201},
        "summary",
        "The summary may have at most 200 characters; shorten it.",
    ),
    (
        NewArticle,
        {"title": "x", "tags": ("x" * 41,)},
        "tags",
        "A tag may have at most 40 characters.",
    ),
    (
        NewArticle,
        {"title": "x", "tags": ("a, b",)},
        "tags",
        "Tags are words without a comma; separate them by commas.",
    ),
    (
        NewArticle,
        {"title": "x", "language": "English"},
        "language",
        "A language is written as en, de or pt-BR.",
    ),
    (
        NewImage,
        {"data": b"x" * (2 * 1024 * 1024 + 1)},
        "data",
        "A picture may have at most 2 MB; make it smaller and try again.",
    ),
    (
        NewTicket,
        {"subject": "x" * 251},
        "subject",
        "The subject may have at most 250 characters; shorten it.",
    ),
    (NewTicket, {}, None, "Say in a few words what is wrong."),
    (NewTicket, {"subject": "\n \t"}, None, "Say in a few words what is wrong."),
    (NewComment, {"body": " \n"}, None, "Write something before you send it."),
    (
        NewTicket,
        {"subject": "x", "category_id": 2**63},
        "category_id",
        "The category must be less than 9223372036854775808.",
    ),
    (
        NewTicket,
        {"subject": "x", "category_id": "Mail"},
        "category_id",
        "The category must be a whole number.",
    ),
    (
        NewTicket,
        {"subject": "x", "priority": "top"},
        "priority",
        "The priority must be one of 'low', 'medium', 'high' or 'urgent'.",
    ),
    (NewTicket, {"subject": 5}, "subject", "The subject must be text."),
    (
        NewTicket,
        {"subject": "x", "assignee_id": 1},
        "assignee_id",
        "The assignee cannot be set here.",
    ),
    (
        NewUser,
        {"username": "a b", "full_name": "x"},
        "username",
        "A user name has up to 64 letters, digits and . _ @ + -, and no blanks.",
    ),
    (NewUser, {"username": "a", "full_name": " "}, "full_name", "The name must not be empty."),
    (
        NewUser,
        {"username": "a", "full_name": "b", "email": "nobody"},
        "email",
        "That is not an e-mail address; it looks like name@example.org.",
    ),
    (NewUser, {"username": "a"}, "full_name", "The name is missing; fill it in."),
    (TicketQuery, {"limit": 0}, "limit", "The page size must be at least 1."),
    (TicketQuery, {"limit": 201}, "limit", "The page size may be at most 200."),
    (TicketQuery, {"limit": -1}, "limit", "The page size must be at least 1."),
    (TicketQuery, {"limit": 10**9}, "limit", "The page size may be at most 200."),
    (
        TicketQuery,
        {"text": "x" * 10_001},
        "text",
        "The search text may have at most 10,000 characters; shorten it.",
    ),
    (
        TicketQuery,
        {"category_ids": (1,) * 101},
        "category_ids",
        "At most 100 categories can be chosen at once.",
    ),
    (
        TicketQuery,
        {"created_after": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point
        "created_after",
        "The start of the period needs a time zone.",
    ),
    (TicketQuery, {"sort": "id;--"}, "sort", "The order must be one of "),
    (NewSession, {"username": "x" * 201, "password": "p"}, "username", "The user name may have"),
    (TicketChange, {"status": "new"}, "version", "The version is missing; fill it in."),
    (UserQuery, {"cursor": 5}, "cursor", "The cursor must be text."),
]


@pytest.mark.parametrize(("dto", "fields", "field", "sentence"), WRONG)
def test_the_first_thing_wrong_is_one_plain_sentence(
    dto: Callable[..., object], fields: dict[str, object], field: str | None, sentence: str
):
    with pytest.raises(ValidationError) as caught:
        dto(**fields)
    error = invalid(caught.value)
    assert type(error) is Invalid
    assert error.field == field
    assert str(error).startswith(sentence)
    assert str(error).endswith(".")
    for jargon in ("Input", "Value error", "string", "pydantic", "validation", "\n"):
        assert jargon not in str(error)


@pytest.mark.parametrize(
    ("dto", "fields"),
    [
        (NewTicket, {"status": "closed"}),
        (NewTicket, {"created_at": "2020-01-01"}),
        (NewTicket, {"version": 3}),
        (TicketChange, {"version": 1, "requester_id": 2}),
        (TicketChange, {"version": 1, "assignee_id": 2}),
        (TicketChange, {"version": 1, "subject": "x"}),
        (NewComment, {"author_id": 2}),
        (NewComment, {"is_internal": True}),
        (NewComment, {"by_staff": True}),
        (UserChange, {"version": 1, "username": "x"}),
        (UserChange, {"version": 1, "password_hash": "x"}),
        (UserChange, {"version": 1, "totp_secret": "x"}),
        (UserChange, {"version": 1, "active": True}),
        (NewUser, {"password": "x"}),
        (Assignment, {"version": 1, "assignee_id": 1, "user_id": 2}),
    ],
)
def test_a_field_nobody_may_set_is_refused(dto: Callable[..., object], fields: dict[str, object]):
    fields = {"subject": "x"} | fields if dto is NewTicket else fields
    fields = {"body": "x"} | fields if dto is NewComment else fields
    fields = {"username": "x", "full_name": "x"} | fields if dto is NewUser else fields
    with pytest.raises(ValidationError) as caught:
        dto(**fields)
    assert str(invalid(caught.value)).endswith("cannot be set here.")


@pytest.mark.parametrize(
    ("dto", "fields"),
    [
        (NewSession, {"password": "my secret words"}),
        (NewSession, {"username": "x" * 999, "password": "my secret words"}),
        (NewSession, {"username": "x", "password": ["my secret words"]}),
        (PasswordChange, {"old_password": "my secret words"}),
        (PasswordChange, {"old_password": {"my secret words": 1}, "new_password": "x"}),
    ],
)
def test_no_error_repeats_a_password(dto: Callable[..., object], fields: dict[str, object]):
    with pytest.raises(ValidationError) as caught:
        dto(**fields)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(caught.value)
    assert "secret" not in str(invalid(caught.value))


def test_every_error_of_pydantic_has_a_sentence():
    """Kinds that are not foreseen get a general one."""
    with pytest.raises(ValidationError) as caught:
        TicketQuery(statuses={"a": 1})
    assert str(invalid(caught.value)) == "The statuses cannot be understood; check the input."
