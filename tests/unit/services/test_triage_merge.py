# SPDX-License-Identifier: GPL-3.0-or-later
"""What the history and the model suggest together: who is believed, and how far."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from helpdesk.assistant.schemas import TriageAnswer
from helpdesk.core.schemas.assistant import Feature
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import (
    Origin,
    Suggested,
    SuggestedField,
    SuggestedReply,
    TicketSuggestion,
)
from helpdesk.services.answer_material import Choice, Material
from helpdesk.services.triage_merge import MODEL_ALONE, merged

NETWORK, EMAIL = Choice(id=1, name="Network"), Choice(id=2, name="Email")
BOB, FRANK = Choice(id=11, name="Bob Keller"), Choice(id=12, name="Frank Osei")
TECHNICIANS = {"t1": BOB.id, "t2": FRANK.id}
REPLY = SuggestedReply(body="Restart it.", origin=Origin.ARTICLES)


def history(
    field: SuggestedField, value: str, confidence: int = 70, reason: str = "of old"
) -> Suggested:
    return Suggested(
        field=field,
        value=value,
        label=value.title(),
        confidence=confidence,
        origin=Origin.HISTORY,
        reason=reason,
    )


def material(*fields: Suggested, labels: tuple[str, ...] = (), **ticket: object) -> Material:
    suggestion = TicketSuggestion(
        ticket_id=1, version=1, fields=fields, labels=labels, silent_because="Too little is known."
    )
    values: dict[str, object] = {
        "feature": Feature.TRIAGE,
        "settings": None,
        "now": datetime(2026, 11, 23, tzinfo=UTC),
        "categories": (NETWORK, EMAIL),
        "people": (BOB, FRANK),
        "suggestion": suggestion,
    }
    return Material.model_validate(values | ticket)


def fields(
    found: Material, answer: TriageAnswer, reply: SuggestedReply | None = None
) -> dict[SuggestedField, Suggested]:
    return {each.field: each for each in merged(found, answer, TECHNICIANS, reply).fields}


def test_where_both_agree_a_third_of_the_doubt_goes():
    answer = TriageAnswer(category="Network", reason="It is a network.")
    both = fields(material(history(SuggestedField.CATEGORY, "1", 70)), answer)
    found = both[SuggestedField.CATEGORY]
    assert (found.value, found.origin, found.confidence) == ("1", Origin.BOTH, 80)
    assert found.reason == "It is a network."
    # Nothing is ever certain, but what the desk has measured is not taken back.
    for known, becomes in ((96, 97), (97, 97), (99, 99)):
        known_field = history(SuggestedField.CATEGORY, "1", known)
        assert fields(material(known_field), answer)[SuggestedField.CATEGORY].confidence == becomes


def test_where_they_differ_the_history_stands_and_the_model_is_the_other_choice():
    known = history(SuggestedField.ASSIGNEE, str(BOB.id))
    found = fields(material(known), TriageAnswer(technician="t2", confidence={"technician": 99}))
    person = found[SuggestedField.ASSIGNEE]
    assert (person.value, person.origin, person.confidence) == (str(BOB.id), Origin.HISTORY, 70)
    (other,) = person.alternatives
    assert (other.value, other.label, other.confidence) == (str(FRANK.id), "Frank Osei", 50)


def test_alone_the_model_is_believed_no_more_than_a_coin():
    answer = TriageAnswer(
        category="Email",
        technician="t1",
        priority="high",
        confidence={"category": 99, "technician": 49},
    )
    found = fields(material(), answer)
    assert {each.origin for each in found.values()} == {Origin.MODEL}
    assert found[SuggestedField.CATEGORY].confidence == MODEL_ALONE
    # What it is not sure of itself is not worth a look.
    assert SuggestedField.ASSIGNEE not in found
    assert found[SuggestedField.PRIORITY].confidence == MODEL_ALONE


def test_what_the_ticket_is_already_and_what_is_not_there_is_not_suggested():
    answer = TriageAnswer(category="Network", technician="t1", priority="medium")
    same = material(category_id=1, assignee_id=BOB.id, priority=Priority.MEDIUM)
    assert fields(same, answer) == {}
    unknown = TriageAnswer(category="Secret", technician="t9")
    assert fields(material(), unknown) == {}


@pytest.mark.parametrize(
    ("now", "asked", "suggested"),
    [
        (Priority.LOW, "urgent", "medium"),
        (Priority.LOW, "high", "medium"),
        (Priority.MEDIUM, "urgent", "high"),
        (Priority.MEDIUM, "low", "low"),
        (Priority.HIGH, "urgent", None),
        (Priority.URGENT, "low", "low"),
    ],
)
def test_a_text_can_ask_for_one_level_at_most_and_never_for_the_highest(
    now: Priority, asked: str, suggested: str | None
):
    found = fields(material(priority=now), TriageAnswer(priority=asked))
    value = found[SuggestedField.PRIORITY].value if found else None
    assert value == suggested


def test_the_highest_priority_needs_the_history_as_well():
    known = history(SuggestedField.PRIORITY, "urgent")
    found = fields(material(known, priority=Priority.LOW), TriageAnswer(priority="urgent"))
    assert found[SuggestedField.PRIORITY].origin is Origin.BOTH
    lower = history(SuggestedField.PRIORITY, "high")
    found = fields(material(lower), TriageAnswer(priority="urgent"))
    assert found[SuggestedField.PRIORITY].value == "high"
    assert [each.value for each in found[SuggestedField.PRIORITY].alternatives] == ["urgent"]


def test_a_ticket_that_speaks_to_the_assistant_gets_nothing_from_it():
    labels = ("asks the assistant to ignore its rules",)
    answer = TriageAnswer(category="Email", technician="t2", priority="high")
    assert fields(material(labels=labels), answer) == {}
    known = history(SuggestedField.CATEGORY, "1")
    differs = fields(material(known, labels=labels), answer)
    assert differs == {SuggestedField.CATEGORY: known}
    agrees = fields(material(known, labels=labels), TriageAnswer(category="Network"))
    assert agrees == {SuggestedField.CATEGORY: known}
    whole = merged(material(known, labels=labels), answer, TECHNICIANS, None)
    assert whole.labels == labels


def test_it_says_why_nothing_is_suggested_only_where_nothing_is():
    nothing = TriageAnswer()
    assert merged(material(), nothing, TECHNICIANS, None).silent_because == "Too little is known."
    assert merged(material(), nothing, TECHNICIANS, REPLY).silent_because == ""
    by_model = merged(material(), TriageAnswer(category="Email"), TECHNICIANS, None)
    assert by_model.silent_because == ""
