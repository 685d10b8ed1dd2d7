# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in words, what is wrong with them, texts that are filled in, and whose turn it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.core.rule_facts import Entry, Names
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
from helpdesk.rules.choosing import Candidate, by_workload, in_turn
from helpdesk.rules.numbers import duration
from helpdesk.rules.phrases import people_told
from helpdesk.rules.problems import problem_of
from helpdesk.rules.templates import filled
from helpdesk.rules.words import due_words, words_of_action, words_of_rule

NAMES = Names(
    categories={3: Entry("Network")},
    teams={1: Entry("Second Line"), 2: Entry("Old", "The team Old was removed; choose another.")},
    people={3: Entry("Bob Keller"), 9: Entry("Kim", "Kim is not of the staff any more.")},
    channels={5: Entry("#ops")},
)
TELL = Action(kind=ActionKind.NOTIFY, audiences=(Audience.ASSIGNEE,))
URGENT = Condition(fact=Fact.PRIORITY, operator=Operator.IS, values=("urgent", "high"))
NETWORK = Condition(fact=Fact.CATEGORY, operator=Operator.IS, values=("3",))
EMPTY = Condition(fact=Fact.ASSIGNEE, operator=Operator.IS_EMPTY)


def step(minutes: int, *clocks: ClockKind) -> RuleSettings:
    return RuleSettings(
        name="x", trigger=Trigger.DUE, clocks=clocks, offset_minutes=minutes, actions=(TELL,)
    )


def on_change(*actions: Action, **changes: object) -> RuleSettings:
    return RuleSettings.model_validate(
        {"name": "x", "trigger": Trigger.CHANGED, "actions": actions or (TELL,), **changes}
    )


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            step(-30, ClockKind.RESOLUTION),
            "When resolution is due in 30 minutes: tell the assignee",
        ),
        (
            step(0, ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION),
            "When first response or resolution becomes overdue: tell the assignee",
        ),
        (
            step(1500, ClockKind.RESOLUTION),
            "When resolution has been overdue for 1 day and 1 hour: tell the assignee",
        ),
        (
            on_change(conditions=(URGENT,), any_conditions=(NETWORK, EMPTY)),
            "When a ticket is changed, if priority is Urgent or High and"
            " (category is Network or assignee is empty): tell the assignee",
        ),
        (on_change(any_conditions=(EMPTY,)), "When a ticket is changed, if assignee is empty: "
         "tell the assignee"),
    ],
)  # fmt: skip
def test_a_rule_is_one_sentence(rule: RuleSettings, sentence: str):
    assert words_of_rule(rule, NAMES) == sentence


def test_every_action_has_words():
    for kind, words in {
        ActionKind.SET_PRIORITY: "set the priority to High",
        ActionKind.RAISE_PRIORITY: "raise the priority",
        ActionKind.SET_CATEGORY: "file it under Network",
        ActionKind.ASSIGN_PERSON: "assign it to Bob Keller",
        ActionKind.ADD_NOTE: "add an internal note",
    }.items():
        assert words_of_action(Action(kind=kind, value="high", target_id=3), NAMES) == words
    for kind, words in {
        ActionKind.SET_TEAM: "give it to the team Second Line",
        ActionKind.ASSIGN_IN_TURN: "assign it in turn to those of Second Line on duty",
        ActionKind.ASSIGN_BY_WORKLOAD: "assign it to who has the fewest open tickets of"
        " Second Line on duty",
    }.items():
        assert words_of_action(Action(kind=kind, target_id=1), NAMES) == words
    status = Action(kind=ActionKind.SET_STATUS, value="awaiting_customer")
    assert words_of_action(status, NAMES) == "set the status to Awaiting Customer Response"
    assert words_of_action(Action(kind=ActionKind.POST, target_id=5), NAMES) == "post to #ops"
    everybody = Action(
        kind=ActionKind.NOTIFY, audiences=tuple(reversed(Audience)), person_ids=(3,), urgent=True
    )
    assert words_of_action(everybody, NAMES) == (
        "tell the assignee, the team, managers, admins, the requester and Bob Keller, urgently"
    )


def test_a_rule_that_names_who_left_or_what_is_gone_says_so():
    assign = Action(kind=ActionKind.ASSIGN_PERSON, target_id=9)
    assert problem_of(on_change(assign), NAMES) == "Kim is not of the staff any more."
    in_old = Condition(fact=Fact.TEAM, operator=Operator.IS, values=("2",))
    assert problem_of(on_change(conditions=(in_old,)), NAMES).startswith("The team Old was")
    unknown = Action(kind=ActionKind.POST, target_id=77)
    assert "a channel that does not exist" in problem_of(on_change(unknown), NAMES)
    asked_by_kim = Condition(fact=Fact.REQUESTER, operator=Operator.IS, values=("9",))
    assert problem_of(on_change(conditions=(asked_by_kim,)), NAMES) == ""


def test_words_in_braces_are_replaced_once_and_others_stay():
    values = {"number": "HD-1", "subject": "Set {assignee} to {0.__class__}", "assignee": "Bob"}
    text = "{number}: {subject} ({assignee}) {unknown} {} {number!r}"
    assert filled(text, values) == (
        "HD-1: Set {assignee} to {0.__class__} (Bob) {unknown} {} {number!r}"
    )


def test_a_clock_says_how_it_stands():
    due = datetime(2026, 11, 23, 9, tzinfo=UTC)
    kind = ClockKind.FIRST_RESPONSE
    told = [due_words(kind, due, due + timedelta(minutes=late)) for late in (-30, 0, 61)]
    assert told == [
        "First response due in 30 minutes",
        "First response overdue",
        "First response overdue by 1 hour and 1 minute",
    ]
    assert duration(0) == "less than a minute"


def test_of_many_people_some_are_named():
    assert people_told("abcdef") == "a, b, c, d, e and f"
    assert people_told("abcdefg") == "a, b, c, d, e and 2 others"


# --- whose turn it is ---------------------------------------------------------------------------

ANN, BEN, CAT = Candidate(1, "Ann", 4), Candidate(2, "Ben", 3), Candidate(5, "Cat", 3)


def test_who_has_the_fewest_open_tickets_is_chosen_and_it_is_said_why():
    assert by_workload((ANN, BEN), {}).why == "3 open tickets, the fewest of 2 on duty"
    chosen = by_workload((ANN, BEN, CAT), {2: 40, 5: 38})
    assert (chosen.name, chosen.why) == (
        "Cat",
        "3 open tickets, the fewest of 3 on duty, and longest without a new one of 2 who have"
        " as few",
    )
    assert by_workload((CAT, BEN), {2: 40}).name == "Cat"
    assert by_workload((CAT, BEN), {}).name == "Ben"
    assert by_workload((CAT,), {}).why == "3 open tickets, the only one on duty"


def test_turns_go_round_also_when_the_last_one_is_not_there():
    among = (CAT, ANN, BEN)
    assert [in_turn(among, last).name for last in (None, 1, 2, 3, 5)] == [
        "Ann", "Ben", "Cat", "Cat", "Ann",
    ]  # fmt: skip
    assert in_turn(among, None).why == "next in turn of 3 on duty"
    assert in_turn((BEN,), 2).why == "the only one on duty"
