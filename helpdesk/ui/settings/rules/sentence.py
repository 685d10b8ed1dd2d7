# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a rule as one sentence while it is written; the desk says it once it is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from helpdesk.core.schemas.rules import Action, ActionKind, Condition, Fact, Operator, Trigger
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.ui.settings.rules.draft import RuleDraft
from helpdesk.ui.settings.rules.vocabulary import (
    AUDIENCES,
    CLOCKS,
    FACTS,
    FIXED,
    Sort,
    offset_words,
)

Namer = Callable[[Sort, str], str]
"""Says what a value of a sort is called."""
_WHEN = {
    Trigger.CREATED: "When a ticket is created",
    Trigger.CHANGED: "When a ticket is changed",
    Trigger.TIME: "As time passes",
}
_OPERATORS = {
    Operator.IS: "is {}",
    Operator.IS_NOT: "is not {}",
    Operator.IS_EMPTY: "is empty",
    Operator.CONTAINS: "contains {}",
    Operator.CONTAINS_NOT: "does not contain {}",
    Operator.AT_LEAST: "is at least {}",
    Operator.LESS_THAN: "is less than {}",
}
_OPEN = "…"
"""Stands for what is not chosen yet."""
_IN_THE_SENTENCE = 60
"""So much of a message is quoted."""


def sentence(draft: RuleDraft, name_of: Namer) -> str:
    """Return when, if and then as one sentence."""
    asked = [condition_words(each, name_of) for each in draft.conditions]
    if draft.any_conditions:
        either = listed([condition_words(each, name_of) for each in draft.any_conditions], "or")
        asked.append(f"({either})" if asked and len(draft.any_conditions) > 1 else either)
    done = "; ".join(action_words(each, name_of) for each in draft.actions) or _OPEN
    condition = f", if {listed(asked, 'and')}" if asked else ""
    return f"{when_words(draft)}{condition}: {done}."


def when_words(draft: RuleDraft) -> str:
    """Say what sets the rule off."""
    if draft.trigger is not Trigger.DUE:
        return _WHEN[draft.trigger]
    clocks = listed([CLOCKS[kind] for kind in draft.clocks], "or") if draft.clocks else _OPEN
    if draft.offset_minutes == 0:
        return f"When {clocks} is due"
    return f"{offset_words(draft.offset_minutes).capitalize()} {clocks} is due"


def condition_words(condition: Condition, name_of: Namer) -> str:
    """Say one comparison."""
    words = FACTS[condition.fact]
    named = [_value_words(condition.fact, value, name_of) for value in condition.values]
    values = listed(named, "or") if named else _OPEN
    unit = f" {words.unit}" if words.unit and named else ""
    return f"{words.label} {_OPERATORS[condition.operator].format(values)}{unit}"


def action_words(action: Action, name_of: Namer) -> str:
    """Say one thing that is done."""
    said = _ACTION_WORDS[action.kind](action, name_of)
    text = " ".join(action.text.split())
    if not text:
        return said
    return f"{said}: “{text if len(text) <= _IN_THE_SENTENCE else text[:_IN_THE_SENTENCE] + _OPEN}”"


def listed(words: Sequence[str], joined_by: str) -> str:
    """Return words with commas and 'and' or 'or' before the last."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joined_by} {words[-1]}"


def _value_words(fact: Fact, value: str, name_of: Namer) -> str:
    sort = FACTS[fact].sort
    if sort is Sort.FIXED:
        return dict(FIXED[fact]).get(value, value)
    if sort is Sort.TEXT:
        return f"“{value}”"
    return value if sort is Sort.NUMBER else name_of(sort, value)


def _told(action: Action, name_of: Namer) -> str:
    people = [AUDIENCES[each].lower() for each in action.audiences]
    people += [name_of(Sort.STAFF, str(id_)) for id_ in action.person_ids]
    urgently = " urgently" if action.urgent else ""
    return f"tell {listed(people, 'and') or _OPEN}{urgently}"


def _target(sort: Sort, words: str) -> Callable[[Action, Namer], str]:
    def said(action: Action, name_of: Namer) -> str:
        id_ = action.target_id
        return words.format(name_of(sort, str(id_)) if id_ is not None else _OPEN)

    return said


def _chosen_by(how: str) -> Callable[[Action, Namer], str]:
    def said(action: Action, name_of: Namer) -> str:
        if action.target_id is None:
            return f"assign {how}"
        return f"assign {how} within {name_of(Sort.TEAM, str(action.target_id))}"

    return said


def _priority(action: Action, _name_of: Namer) -> str:
    known = {each.value: each.label for each in Priority}
    return f"set the priority to {known.get(action.value, _OPEN)}"


def _status(action: Action, _name_of: Namer) -> str:
    known = {each.value: each.label for each in Status}
    return f"set the status to {known.get(action.value, _OPEN)}"


_ACTION_WORDS: dict[ActionKind, Callable[[Action, Namer], str]] = {
    ActionKind.NOTIFY: _told,
    ActionKind.SET_PRIORITY: _priority,
    ActionKind.RAISE_PRIORITY: lambda _action, _name: "raise the priority",
    ActionKind.SET_STATUS: _status,
    ActionKind.SET_CATEGORY: _target(Sort.CATEGORY, "set the category to {}"),
    ActionKind.SET_TEAM: _target(Sort.TEAM, "give it to {}"),
    ActionKind.ASSIGN_PERSON: _target(Sort.STAFF, "assign it to {}"),
    ActionKind.ASSIGN_BY_WORKLOAD: _chosen_by("by workload"),
    ActionKind.ASSIGN_IN_TURN: _chosen_by("in turn"),
    ActionKind.ADD_NOTE: lambda _action, _name: "add an internal note",
    ActionKind.POST: _target(Sort.CHANNEL, "post to {}"),
}
