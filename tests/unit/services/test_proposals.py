# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket made of a conversation: what it is about, all that was said, and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.core.schemas.assistant import MessageState, Speaker
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.core.text import BODY_LIMIT
from helpdesk.models import ConversationMessage
from helpdesk.services.proposals import (
    SUBJECT_LETTERS,
    missing_in,
    next_question,
    proposal,
    transcript,
)


def said(*turns: str) -> list[ConversationMessage]:
    """Return a conversation; what begins with '>' the assistant has said."""
    return [
        ConversationMessage(
            conversation_id=1,
            speaker=Speaker.ASSISTANT if text.startswith(">") else Speaker.PERSON,
            state=MessageState.COMPLETE,
            origin=None,
            at=datetime(2026, 11, 23, tzinfo=UTC),
            text=text.removeprefix(">"),
        )
        for text in turns
    ]


def test_a_ticket_holds_all_that_the_person_said_and_nothing_of_the_assistant():
    found = proposal(said("The printer jams", ">Restart it.", "  I did, since Monday  ", ">Hm."))
    assert found.subject == "The printer jams"
    assert found.description == "The printer jams\n\nI did, since Monday"
    assert found.category_id is None


@pytest.mark.parametrize(
    ("first", "subject"),
    [
        ("hello, the printer jams", "The printer jams"),
        ("Good morning! the printer jams", "The printer jams"),
        ("Dear team, the printer jams", "The printer jams"),
        ("history of tickets is empty", "History of tickets is empty"),
        ("Hi-fi in the meeting room is silent", "Hi-fi in the meeting room is silent"),
        ("Heyday is the name of our file server", "Heyday is the name of our file server"),
        ("the printer\njams", "The printer jams"),
        ("x" * 500, "X" + "x" * 119),
    ],
)
def test_the_subject_is_the_first_line_without_a_greeting(first: str, subject: str):
    found = proposal(said(first)).subject
    assert found.rstrip("\u2026")[:100] == subject[:100]
    assert len(found) <= SUBJECT_LETTERS


def test_a_greeting_alone_is_no_subject_unless_nothing_else_was_said():
    assert proposal(said("Hello!", ">Hello.", "ok", "my screen is black")).subject == (
        "My screen is black"
    )
    assert proposal(said("Hello!")).subject == "Hello!"
    assert proposal([]).subject == ""


def test_what_it_proposes_can_be_submitted_however_long_it_is():
    found = proposal(said(*["\u00e4" * 8_000] * 200))
    assert len(found.description) <= BODY_LIMIT
    NewTicket(subject=found.subject, description=found.description)
    assert len(transcript(said(*["x" * 8_000, ">" + "y" * 16_000] * 60))) <= BODY_LIMIT


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("It does not work", 3),
        ("My laptop is slow", 2),
        ("My laptop has been slow since Monday", 1),
        ("My laptop has been slow since Monday, for me alone: only me", 0),
        ("Everybody here gets kicked out of Outlook every day after the update", 0),
    ],
)
def test_what_a_text_does_not_tell_is_missing_and_asked_for_one_by_one(text: str, missing: int):
    assert len(missing_in(text)) == missing
    assert bool(next_question(text)) is (missing > 0)
    if missing:
        assert next_question(text).endswith("?")
        assert next_question(text).count("?") == 1


def test_since_when_is_asked_of_a_fault_alone():
    assert len(missing_in("")) == 3
    assert next_question("") == ""
    assert next_question("How do I order a second one?") == ""


def test_people_read_who_said_what():
    text = transcript(said("The printer jams", ">Restart it.", "  ", "No use"))
    assert text.split("\n\n") == [
        "What was said to the assistant before:",
        "I asked:\nThe printer jams",
        "The assistant answered:\nRestart it.",
        "I asked:\nNo use",
    ]
