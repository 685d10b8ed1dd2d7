# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules in plain words: what sets them off, what they ask, and what they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from helpdesk.core.rule_choices import (
    CODES,
    NAMES,
    TAKES,
    ChangedBy,
    ChangedField,
    Takes,
    number_in,
)
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
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.rules.numbers import duration, told
from helpdesk.rules.phrases import begun, inside, listed

_UNKNOWN = "somebody or something that is gone"
_MINUTE = timedelta(minutes=1)
_OPERATORS = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.IS_EMPTY: "is empty",
    Operator.CONTAINS: "contains",
    Operator.CONTAINS_NOT: "does not contain",
    Operator.AT_LEAST: "is at least",
    Operator.LESS_THAN: "is less than",
}
_LASTING = {
    Fact.HOURS_OPEN: "Open",
    Fact.HOURS_UNCHANGED: "Unchanged",
    Fact.HOURS_IN_STATUS: "In its status",
}
_CHANGED_BY: dict[str, str] = {
    ChangedBy.REQUESTER: "the requester",
    ChangedBy.STAFF: "staff",
    ChangedBy.RULE: "a rule",
}
_AUDIENCES = {
    Audience.ASSIGNEE: "the assignee",
    Audience.TEAM: "the team",
    Audience.REQUESTER: "the requester",
}
_WHEN = {
    Trigger.CREATED: "When a ticket is created",
    Trigger.CHANGED: "When a ticket is changed",
    Trigger.TIME: "While a ticket is open",
}


def words_of_rule(settings: RuleSettings, names: Names) -> str:
    """Return a rule as one sentence: 'When resolution is due in 30 minutes: tell the assignee'."""
    asked = words_of_conditions(settings, names)
    done = "; ".join(words_of_action(action, names) for action in settings.actions)
    return f"{when(settings)}{', if ' + asked if asked else ''}: {done}"


def when(settings: RuleSettings) -> str:
    """Return what sets a rule off."""
    if settings.trigger is not Trigger.DUE:
        return _WHEN[settings.trigger]
    clocks, offset = inside(clock_words(settings.clocks)), settings.offset_minutes
    if offset == 0:
        return f"When {clocks} becomes overdue"
    if offset < 0:
        return f"When {clocks} is due in {duration(-offset)}"
    return f"When {clocks} has been overdue for {duration(offset)}"


def words_of_conditions(settings: RuleSettings, names: Names) -> str:
    """Return what a rule asks, or an empty text where it asks nothing."""
    parts = [inside(words_of_condition(each, names)) for each in settings.conditions]
    others = [inside(words_of_condition(each, names)) for each in settings.any_conditions]
    if others:
        either = listed(others, "or")
        parts.append(f"({either})" if parts and len(others) > 1 else either)
    return listed(parts, "and")


def words_of_condition(condition: Condition, names: Names) -> str:
    """Return one condition: 'Priority is Urgent or High'."""
    fact, operator = condition.fact, condition.operator
    values = [_value(fact, value, names) for value in condition.values]
    either = listed(values, "or")
    if fact in _LASTING:
        bound = "for at least" if operator is Operator.AT_LEAST else "for less than"
        return f"{_LASTING[fact]} {bound} {either}"
    if fact is Fact.CHANGED_FIELD:
        return changed_words(values, "or", is_so=operator is Operator.IS)
    if fact is Fact.CHANGED_BY:
        who = listed([_CHANGED_BY.get(value, value) for value in condition.values], "or")
        return f"The change was{' not' if operator is Operator.IS_NOT else ''} made by {who}"
    return f"{NAMES[fact]} {_OPERATORS[operator]} {either}".rstrip()


def changed_words(labels: Sequence[str], last: str, *, is_so: bool = True) -> str:
    """Return 'Priority or status was changed', 'A comment was added', or that it was not so."""
    comment = ChangedField.COMMENT.label
    changed = [label.lower() for label in labels if label != comment]
    parts = []
    if changed:
        verb = "were" if len(changed) > 1 and last == "and" else "was"
        parts.append(f"{listed(changed, last)} {verb}{'' if is_so else ' not'} changed")
    if len(changed) < len(labels):
        parts.append(f"a comment was{'' if is_so else ' not'} added")
    return begun(listed(parts, last if is_so else "and"))


def clock_words(kinds: Iterable[ClockKind]) -> str:
    """Return 'First response or resolution', or the name of one clock."""
    return begun(listed([kind.label.lower() for kind in kinds], "or"))


def due_words(kind: ClockKind, due: datetime, now: datetime) -> str:
    """Return how a clock stands: 'Resolution due in 30 minutes', 'Resolution overdue by 1 hour'."""
    minutes = round((due - now) / _MINUTE)
    name = clock_words((kind,))
    if minutes > 0:
        return f"{name} due in {duration(minutes)}"
    return f"{name} overdue by {duration(-minutes)}" if minutes < 0 else f"{name} overdue"


def words_of_action(action: Action, names: Names) -> str:
    """Return what an action does: 'tell the assignee, managers and admins, urgently'."""
    words = {
        ActionKind.NOTIFY: _notify,
        ActionKind.ASSIGN_BY_WORKLOAD: _assign_by_workload,
        ActionKind.ASSIGN_IN_TURN: _assign_in_turn,
    }.get(action.kind)
    if words:
        return words(action, names)
    return {
        ActionKind.SET_PRIORITY: f"set the priority to {_label(Priority, action.value)}",
        ActionKind.RAISE_PRIORITY: "raise the priority",
        ActionKind.SET_STATUS: f"set the status to {_label(Status, action.value)}",
        ActionKind.SET_CATEGORY: f"file it under {_name(names.categories, action.target_id)}",
        ActionKind.SET_TEAM: f"give it to the team {_name(names.teams, action.target_id)}",
        ActionKind.ASSIGN_PERSON: f"assign it to {_name(names.people, action.target_id)}",
        ActionKind.ADD_NOTE: "add an internal note",
        ActionKind.POST: f"post to {_name(names.channels, action.target_id)}",
    }[action.kind]


def _notify(action: Action, names: Names) -> str:
    told = [each for each in Audience if each in action.audiences]
    audiences = [_AUDIENCES.get(each, each.value) for each in told]
    people = [_name(names.people, id_) for id_ in action.person_ids]
    return f"tell {listed([*audiences, *people], 'and')}{', urgently' if action.urgent else ''}"


def _assign_by_workload(action: Action, names: Names) -> str:
    return f"assign it to who has the fewest open tickets of {_choice(action, names)} on duty"


def _assign_in_turn(action: Action, names: Names) -> str:
    return f"assign it in turn to those of {_choice(action, names)} on duty"


def _choice(action: Action, names: Names) -> str:
    return _name(names.teams, action.target_id) if action.target_id else "its team"


def _value(fact: Fact, value: str, names: Names) -> str:
    takes = TAKES[fact]
    if takes is Takes.CODES:
        return _label(CODES[fact], value)
    if takes is Takes.IDS:
        entries = {Fact.CATEGORY: names.categories, Fact.TEAM: names.teams}
        id_ = int(value) if value.isdecimal() else None
        return _name(entries.get(fact, names.people), id_)
    if takes is Takes.WORDS:
        return f"'{value}'"
    number = number_in(value)
    return value if number is None else told(number, takes)


def _label(codes: Iterable[object], value: str) -> str:
    found = (code for code in codes if getattr(code, "value", None) == value)
    return next((str(getattr(code, "label", value)) for code in found), value)


def _name(entries: Mapping[int, Entry], id_: int | None) -> str:
    entry = entries.get(id_) if id_ else None
    return entry.name if entry else _UNKNOWN
