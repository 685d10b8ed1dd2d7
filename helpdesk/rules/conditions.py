# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether conditions hold for a ticket, and in words what they ask and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from helpdesk.core.rule_choices import CODES, TAKES, Takes, number_in
from helpdesk.core.rule_facts import Entry, Named, Names, TicketFacts
from helpdesk.core.schemas.rules import Checked, Condition, Fact, Operator, RuleSettings
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.text import ellipsis, folded
from helpdesk.rules.numbers import told
from helpdesk.rules.phrases import NOBODY, listed
from helpdesk.rules.words import words_of_condition

_FOUND_LIMIT = 120
_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


def matches(settings: RuleSettings, facts: TicketFacts, names: Names) -> bool:
    """Return whether all conditions hold, and one of the others if there are any."""
    if not all(holds(condition, facts, names) for condition in settings.conditions):
        return False
    others = settings.any_conditions
    return not others or any(holds(condition, facts, names) for condition in others)


def checked(settings: RuleSettings, facts: TicketFacts, names: Names) -> tuple[Checked, ...]:
    """Return every condition of a rule with what was found and whether it held."""
    conditions = (*settings.conditions, *settings.any_conditions)
    return tuple(check(condition, facts, names) for condition in conditions)


def check(condition: Condition, facts: TicketFacts, names: Names) -> Checked:
    """Return one condition in words, what was found and whether it held."""
    return Checked(
        words=words_of_condition(condition, names),
        found=found(condition.fact, facts),
        held=holds(condition, facts, names),
    )


def holds(condition: Condition, facts: TicketFacts, names: Names) -> bool:
    """Return whether a condition holds. ``names`` is for tickets of which only names are known."""
    takes = TAKES[condition.fact]
    if takes is Takes.CODES:
        return _holds_code(condition, facts)
    if takes is Takes.IDS:
        named = _named(condition.fact, facts)
        entries = names_of(condition.fact, names)
        return _holds_id(condition, named, entries)
    if takes is Takes.WORDS:
        return _holds_words(condition, _texts(condition.fact, facts))
    return _holds_number(condition, _number(condition.fact, facts))


def found(fact: Fact, facts: TicketFacts) -> str:
    """Return what a ticket has of a fact, in words."""
    takes = TAKES[fact]
    if takes is Takes.CODES:
        return _found_code(fact, facts)
    if takes is Takes.IDS:
        named = _named(fact, facts)
        missing = NOBODY if fact is Fact.ASSIGNEE else f"no {fact.value}"
        return named.name if named else missing
    if takes is Takes.WORDS:
        # A description can be long: the subject tells which ticket it is.
        return f"'{ellipsis(facts.subject, _FOUND_LIMIT)}'"
    return told(_number(fact, facts), takes)


def names_of(fact: Fact, names: Names) -> Mapping[int, Entry]:
    """Return what the ids of a fact's values stand for."""
    if fact is Fact.CATEGORY:
        return names.categories
    return names.teams if fact is Fact.TEAM else names.people


def _holds_code(condition: Condition, facts: TicketFacts) -> bool:
    operator, values = condition.operator, condition.values
    if operator in (Operator.AT_LEAST, Operator.LESS_THAN):
        try:
            bound = _RANKS[Priority(values[0])]
        except (ValueError, IndexError):
            return False
        return (_RANKS[facts.priority] >= bound) == (operator is Operator.AT_LEAST)
    is_one = bool(_codes(condition.fact, facts).intersection(values))
    return is_one == (operator is Operator.IS)


def _codes(fact: Fact, facts: TicketFacts) -> frozenset[str]:
    if fact is Fact.CHANGED_FIELD:
        return facts.changed
    if fact is Fact.CHANGED_BY:
        return frozenset(filter(None, (facts.changed_by,)))
    return frozenset((str(getattr(facts, fact.value)),))


def _found_code(fact: Fact, facts: TicketFacts) -> str:
    codes = _codes(fact, facts)
    labels = [code.label for code in CODES[fact] if code.value in codes]
    return listed(labels, "and") or "no change"


def _named(fact: Fact, facts: TicketFacts) -> Named | None:
    named: Named | None = getattr(facts, fact.value)
    return named


def _holds_id(condition: Condition, named: Named | None, entries: Mapping[int, Entry]) -> bool:
    if condition.operator is Operator.IS_EMPTY:
        return named is None
    is_one = named is not None and any(
        _is_named(named, value, entries) for value in condition.values
    )
    return is_one == (condition.operator is Operator.IS)


def _is_named(named: Named, value: str, entries: Mapping[int, Entry]) -> bool:
    if named.id is not None:
        return str(named.id) == value
    entry = entries.get(int(value)) if value.isdecimal() else None
    return entry is not None and folded(entry.name) == folded(named.name)


def _texts(fact: Fact, facts: TicketFacts) -> tuple[str, ...]:
    return (facts.subject,) if fact is Fact.SUBJECT else (facts.subject, facts.description)


def _holds_words(condition: Condition, texts: Iterable[str]) -> bool:
    operator, plain = condition.operator, [folded(text) for text in texts]
    wanted = [word for word in map(folded, condition.values) if word]
    if operator in (Operator.IS, Operator.IS_NOT):
        return any(word in plain for word in wanted) == (operator is Operator.IS)
    contains = any(word in text for word in wanted for text in plain)
    return contains == (operator is Operator.CONTAINS)


def _number(fact: Fact, facts: TicketFacts) -> float:
    number: float = getattr(facts, fact.value)
    return number


def _holds_number(condition: Condition, number: float) -> bool:
    operator = condition.operator
    bounds = [bound for bound in map(number_in, condition.values) if bound is not None]
    if not bounds:
        return False
    if operator in (Operator.IS, Operator.IS_NOT):
        return (number in bounds) == (operator is Operator.IS)
    return (number >= bounds[0]) == (operator is Operator.AT_LEAST)
