# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses rules that make no sense before they are saved, each with one sentence."""

from __future__ import annotations

import re

from helpdesk.core.errors import Invalid
from helpdesk.core.rule_choices import CODES, NAMES, OPERATORS, TAKES, Takes, facts_for, number_in
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Condition,
    Fact,
    Operator,
    RuleSettings,
    Trigger,
)
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.core.text import folded
from helpdesk.rules.phrases import listed

_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_OF_TRIGGER = {
    Trigger.CREATED: "a new ticket",
    Trigger.CHANGED: "a changed ticket",
    Trigger.DUE: "an escalation step",
    Trigger.TIME: "a rule by time",
}
_NEEDS_TARGET = {
    ActionKind.SET_CATEGORY: "Choose the category to file it under.",
    ActionKind.SET_TEAM: "Choose the team to give it to.",
    ActionKind.ASSIGN_PERSON: "Choose whom to assign it to.",
    ActionKind.POST: "Choose the chat channel to post to.",
}


def require_sound(settings: RuleSettings) -> None:
    """Raise ``Invalid`` for a rule that could never do what it says."""
    for condition in (*settings.conditions, *settings.any_conditions):
        _require_condition(condition, settings.trigger)
    for action in settings.actions:
        _require_action(action)


def _require_condition(condition: Condition, trigger: Trigger) -> None:
    fact, operator, name = condition.fact, condition.operator, NAMES[condition.fact]
    if fact not in facts_for(trigger):
        raise _bad(f"'{name}' says nothing of {_OF_TRIGGER[trigger]}; take it away.")
    if operator not in OPERATORS[fact]:
        words = operator.label.lower()
        raise _bad(f"'{name}' cannot be compared with '{words}'; choose another comparison.")
    if operator is Operator.IS_EMPTY:
        if condition.values:
            raise _bad(f"'{name}' is empty or not; take the values away.")
        return
    if not condition.values:
        raise _bad(f"Say what '{name}' is compared with.")
    _require_values(condition)
    _require_open(condition, trigger)


def _require_values(condition: Condition) -> None:
    fact, name = condition.fact, NAMES[condition.fact]
    takes = TAKES[fact]
    if _is_ranked(condition) or takes in (Takes.HOURS, Takes.COUNT):
        _require_one(condition)
    for value in condition.values:
        if takes is Takes.CODES and value not in {code.value for code in CODES[fact]}:
            raise _bad(f"'{name}' is never '{value}'; choose from the list.")
        if takes is Takes.IDS and not _ID.fullmatch(value):
            raise _bad(f"'{value}' names no {fact.value}; choose from the list.")
        if takes is Takes.WORDS and not folded(value):
            raise _bad(f"Say which words '{name}' is compared with.")
        if takes in (Takes.HOURS, Takes.COUNT):
            _require_number(value, name, whole=takes is Takes.COUNT)


def _require_one(condition: Condition) -> None:
    if len(condition.values) != 1 and condition.operator not in (Operator.IS, Operator.IS_NOT):
        raise _bad(f"Compare '{NAMES[condition.fact]}' with one value.")


def _require_number(value: str, name: str, *, whole: bool) -> None:
    number = number_in(value)
    if number is None or (whole and not number.is_integer()):
        wanted = "a whole number" if whole else "a number, such as 4 or 1.5"
        raise _bad(f"'{value}' is not {wanted}; correct what '{name}' is compared with.")


def _require_open(condition: Condition, trigger: Trigger) -> None:
    """Refuse what can never be so, since a rule by time looks at open tickets alone."""
    if trigger is not Trigger.TIME or condition.fact is not Fact.STATUS:
        return
    if condition.operator is Operator.IS and not any(
        Status(value).is_open for value in condition.values
    ):
        closed = listed([Status(value).label for value in condition.values], "or")
        raise _bad(f"A rule by time looks at open tickets, which are never {closed}.")


def _is_ranked(condition: Condition) -> bool:
    return condition.operator in (Operator.AT_LEAST, Operator.LESS_THAN)


def _require_action(action: Action) -> None:
    kind = action.kind
    if kind in _NEEDS_TARGET and action.target_id is None:
        raise _wrong(_NEEDS_TARGET[kind])
    if kind is ActionKind.NOTIFY and not action.audiences and not action.person_ids:
        raise _wrong("Choose who is to be told.")
    if kind is ActionKind.ADD_NOTE and not action.text.strip():
        raise _wrong("Write what the note is to say.")
    if kind is ActionKind.SET_PRIORITY and action.value not in {each.value for each in Priority}:
        raise _wrong("Choose the priority to set.")
    # A ticket that somebody has looked at is never new again.
    reachable = {each.value for each in Status if each is not Status.NEW}
    if kind is ActionKind.SET_STATUS and action.value not in reachable:
        raise _wrong("Choose the status to set; nothing becomes New again.")


def _bad(sentence: str) -> Invalid:
    return Invalid(sentence, field="conditions")


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, field="actions")
