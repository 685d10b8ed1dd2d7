# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions: what holds, what was found in words, and what is refused before it is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.rule_choices import (
    CODES,
    OPERATORS,
    TAKES,
    ChangedBy,
    Takes,
    facts_for,
    number_in,
)
from helpdesk.core.rule_facts import Entry, Named, Names, TicketFacts
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    Fact,
    Operator,
    RuleSettings,
    Trigger,
)
from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.rules.conditions import check, matches
from helpdesk.rules.soundness import require_sound

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FACTS = TicketFacts(
    now=NOW,
    status=Status.IN_PROGRESS,
    priority=Priority.MEDIUM,
    requester=Named(1, "Alice Moreau"),
    source=Source.EMAIL,
    subject="VPN drops in Straße 5",
    description="After ten minutes.",
    created_at=NOW - timedelta(hours=50),
    updated_at=NOW - timedelta(hours=4),
    status_since=NOW - timedelta(minutes=90),
    category=Named(3, "Network"),
    replies=2,
    reopened=1,
    changed=frozenset({"priority", "comment"}),
    changed_by=ChangedBy.REQUESTER,
)
NAMES = Names(
    categories={3: Entry("Network"), 4: Entry("Access")},
    teams={1: Entry("Second Line")},
    people={1: Entry("Alice Moreau"), 3: Entry("Bob Keller")},
)


def condition(fact: Fact, operator: Operator, *values: str) -> Condition:
    return Condition(fact=fact, operator=operator, values=values)


@pytest.mark.parametrize(
    ("asked", "words", "found", "held"),
    [
        (("status", "is", "open", "in_progress"), "Status is Open or In Progress",
         "In Progress", 1),
        (("status", "is_not", "in_progress"), "Status is not In Progress", "In Progress", 0),
        (("priority", "is", "urgent", "high"), "Priority is Urgent or High", "Medium", 0),
        (("priority", "at_least", "medium"), "Priority is at least Medium", "Medium", 1),
        (("priority", "less_than", "medium"), "Priority is less than Medium", "Medium", 0),
        (("category", "is", "4", "3"), "Category is Access or Network", "Network", 1),
        (("category", "is_empty"), "Category is empty", "Network", 0),
        (("team", "is_not", "1"), "Team is not Second Line", "no team", 1),
        (("team", "is", "1"), "Team is Second Line", "no team", 0),
        (("assignee", "is_empty"), "Assignee is empty", "nobody", 1),
        (("assignee", "is", "99"), "Assignee is somebody or something that is gone", "nobody", 0),
        (("requester", "is", "1"), "Requester is Alice Moreau", "Alice Moreau", 1),
        (("source", "is", "email"), "Source is Email", "Email", 1),
        (("subject", "contains", "STRASSE"), "Subject contains 'STRASSE'", "", 1),
        (("subject", "is", "vpn DROPS in straße 5"), "Subject is 'vpn DROPS in straße 5'", "", 1),
        (("subject", "contains_not", "minutes"), "Subject does not contain 'minutes'", "", 1),
        (("text", "contains", "wifi", "MINUTES"),
         "Subject or description contains 'wifi' or 'MINUTES'", "", 1),
        (("changed_field", "is", "status", "priority"), "Status or priority was changed",
         "Priority and Comment", 1),
        (("changed_field", "is", "comment"), "A comment was added", "Priority and Comment", 1),
        (("changed_field", "is_not", "status"), "Status was not changed",
         "Priority and Comment", 1),
        (("changed_by", "is", "requester"), "The change was made by the requester", "Requester", 1),
        (("changed_by", "is_not", "rule"), "The change was not made by a rule", "Requester", 1),
        (("hours_open", "at_least", "48"), "Open for at least 48 hours", "50 hours", 1),
        (("hours_unchanged", "at_least", "4"), "Unchanged for at least 4 hours", "4 hours", 1),
        (("hours_unchanged", "less_than", "4"), "Unchanged for less than 4 hours", "4 hours", 0),
        (("hours_in_status", "at_least", "1.5"), "In its status for at least 1.5 hours",
         "1.5 hours", 1),
        (("replies", "at_least", "3"), "Number of replies is at least 3", "2", 0),
        (("replies", "is", "2"), "Number of replies is 2", "2", 1),
        (("reopened", "less_than", "2"), "Times reopened is less than 2", "1", 1),
        (("escalation_level", "is", "0"), "Escalation level is 0", "0", 1),
    ],
)  # fmt: skip
def test_a_condition_says_what_it_asks_what_it_found_and_whether_it_held(
    asked: tuple[str, ...], words: str, found: str, held: int
):
    fact, operator, *values = asked
    checked = check(condition(Fact(fact), Operator(operator), *values), FACTS, NAMES)
    found = found or "'VPN drops in Straße 5'"
    assert (checked.words, checked.found, checked.held) == (words, found, bool(held))


def test_what_is_known_by_its_name_alone_is_compared_by_its_name():
    facts = replace(FACTS, category=Named(None, "NETWORK"), assignee=Named(None, "Somebody Else"))
    assert check(condition(Fact.CATEGORY, Operator.IS, "3"), facts, NAMES).held
    assert not check(condition(Fact.ASSIGNEE, Operator.IS, "3"), facts, NAMES).held


def test_with_the_clock_set_back_nothing_is_negative():
    facts = replace(FACTS, created_at=NOW + timedelta(hours=1))
    assert facts.hours_open == 0


def test_all_must_hold_and_one_of_the_others():
    holds = condition(Fact.STATUS, Operator.IS, "in_progress")
    fails = condition(Fact.STATUS, Operator.IS, "new")
    for all_of, any_of, expected in [
        ((), (), True),
        ((holds,), (), True),
        ((holds, fails), (), False),
        ((holds,), (fails, holds), True),
        ((holds,), (fails,), False),
        ((), (fails, holds), True),
    ]:
        assert matches(rule(conditions=all_of, any_conditions=any_of), FACTS, NAMES) is expected


# --- what is refused ----------------------------------------------------------------------------


def rule(**changes: object) -> RuleSettings:
    told = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))
    return RuleSettings.model_validate(
        {"name": "x", "trigger": Trigger.CHANGED, "actions": (told,), **changes}
    )


@pytest.mark.parametrize(
    ("trigger", "asked", "sentence"),
    [
        ("created", ("changed_by", "is", "staff"), "'Changed by' says nothing of a new ticket"),
        ("created", ("hours_open", "at_least", "1"), "says nothing of a new ticket"),
        ("time", ("changed_field", "is", "status"), "says nothing of a rule by time"),
        ("time", ("status", "is", "resolved", "closed"), "never Resolved or Closed"),
        ("changed", ("status", "contains", "new"), "cannot be compared with 'contains'"),
        ("changed", ("subject", "at_least", "3"), "cannot be compared with 'at least'"),
        ("changed", ("status", "is"), "Say what 'Status' is compared with"),
        ("changed", ("status", "is", "gone"), "'Status' is never 'gone'"),
        ("changed", ("assignee", "is_empty", "3"), "take the values away"),
        ("changed", ("assignee", "is", "bob"), "'bob' names no assignee"),
        ("changed", ("assignee", "is", "٣"), "names no assignee"),
        ("changed", ("subject", "contains", " "), "Say which words"),
        ("changed", ("replies", "at_least", "1.5"), "is not a whole number"),
        ("changed", ("replies", "at_least", "1", "2"), "with one value"),
        ("changed", ("priority", "at_least", "low", "high"), "with one value"),
        ("changed", ("hours_open", "at_least", "1e9"), "is not a number"),
        ("changed", ("hours_open", "at_least", "nan"), "is not a number"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_one_sentence(
    trigger: str, asked: tuple[str, ...], sentence: str
):
    fact, operator, *values = asked
    bad = condition(Fact(fact), Operator(operator), *values)
    with pytest.raises(Invalid, match=sentence):
        require_sound(rule(trigger=Trigger(trigger), conditions=(bad,)))


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (Action(kind=ActionKind.NOTIFY), "Choose who is to be told"),
        (Action(kind=ActionKind.SET_PRIORITY, value="huge"), "Choose the priority"),
        (Action(kind=ActionKind.SET_STATUS, value="new"), "nothing becomes New again"),
        (Action(kind=ActionKind.SET_CATEGORY), "Choose the category"),
        (Action(kind=ActionKind.SET_TEAM), "Choose the team"),
        (Action(kind=ActionKind.ASSIGN_PERSON), "Choose whom"),
        (Action(kind=ActionKind.ADD_NOTE, text=" \n"), "Write what the note"),
        (Action(kind=ActionKind.POST), "Choose the chat channel"),
    ],
)
def test_an_action_that_says_too_little_is_refused(action: Action, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        require_sound(rule(actions=(action,)))


def _value(fact: Fact) -> str:
    takes = TAKES[fact]
    if takes is Takes.CODES:
        return next(iter(CODES[fact])).value
    return "1" if takes is not Takes.WORDS else "word"


def test_every_comparison_that_is_offered_is_taken_and_can_be_checked():
    for trigger in Trigger:
        clocks = (ClockKind.RESOLUTION,) if trigger is Trigger.DUE else ()
        for fact in facts_for(trigger):
            for operator in OPERATORS[fact]:
                values = () if operator is Operator.IS_EMPTY else (_value(fact),)
                asked = condition(fact, operator, *values)
                require_sound(rule(trigger=trigger, clocks=clocks, conditions=(asked,)))
                checked = check(asked, FACTS, NAMES)
                assert checked.words
                assert checked.found
    assert OPERATORS.keys() == TAKES.keys() == set(Fact)


@given(st.text(max_size=12))
def test_a_number_is_a_number_or_nothing(text: str):
    number = number_in(text)
    assert number is None or 0 <= number < 1_000_000


@given(st.sampled_from(Fact), st.sampled_from(Operator), st.lists(st.text(max_size=5), max_size=2))
def test_whatever_was_stored_once_is_checked_without_a_fault(
    fact: Fact, operator: Operator, values: list[str]
):
    asked = condition(fact, operator, *values)
    assert isinstance(check(asked, FACTS, NAMES).held, bool)
