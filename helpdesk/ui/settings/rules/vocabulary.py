# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a rule are called, and which of them go together."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from helpdesk.core.rule_choices import CODES, NAMES, facts_for
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import ActionKind, Audience, Fact, Operator, Trigger

Choices = Sequence[tuple[str, str]]
"""What can be chosen, as (value, label)."""


class Sort(Enum):
    """What ids in a rule stand for."""

    CATEGORY = auto()
    TEAM = auto()
    STAFF = auto()
    PERSON = auto()
    """Anybody with an account."""
    CHANNEL = auto()
    """Where rules can post to."""


SORTS: Final[dict[Fact, Sort]] = {
    Fact.CATEGORY: Sort.CATEGORY,
    Fact.TEAM: Sort.TEAM,
    Fact.ASSIGNEE: Sort.STAFF,
    Fact.REQUESTER: Sort.PERSON,
}
"""Of what the ids are that some facts are compared with."""

OPERATOR_WORDS: Final[dict[Operator, str]] = {
    Operator.IS: "is one of",
    Operator.IS_NOT: "is none of",
    Operator.IS_EMPTY: "is empty",
    Operator.CONTAINS: "contains one of",
    Operator.CONTAINS_NOT: "contains none of",
    Operator.AT_LEAST: "is at least",
    Operator.LESS_THAN: "is less than",
}
RANKED: Final = (Operator.AT_LEAST, Operator.LESS_THAN)
"""Compared with one value alone."""

CLOCKS: Final[dict[ClockKind, str]] = {
    ClockKind.FIRST_RESPONSE: "First response",
    ClockKind.NEXT_RESPONSE: "Next response",
    ClockKind.RESOLUTION: "Resolution",
}
TRIGGERS: Final[dict[Trigger, str]] = {
    Trigger.CREATED: "A ticket is created",
    Trigger.CHANGED: "A ticket is changed",
    Trigger.TIME: "Time passes",
}
TRIGGER_HELP: Final[dict[Trigger, str]] = {
    Trigger.CREATED: "Once for each new ticket, whichever way it comes.",
    Trigger.CHANGED: "After each change of a field and each comment, also by another rule.",
    Trigger.TIME: (
        "Looked at every few minutes while a ticket is open; it acts once until people change"
        " the ticket."
    ),
}

ACTIONS: Final[dict[ActionKind, str]] = {
    ActionKind.NOTIFY: "Tell people",
    ActionKind.POST: "Post to a chat channel",
    ActionKind.RAISE_PRIORITY: "Raise the priority",
    ActionKind.SET_PRIORITY: "Set the priority",
    ActionKind.SET_STATUS: "Set the status",
    ActionKind.SET_CATEGORY: "Set the category",
    ActionKind.SET_TEAM: "Give it to a team",
    ActionKind.ASSIGN_PERSON: "Assign to a person",
    ActionKind.ASSIGN_BY_WORKLOAD: "Assign by workload",
    ActionKind.ASSIGN_IN_TURN: "Assign in turn",
    ActionKind.ADD_NOTE: "Add an internal note",
}
ACTION_HELP: Final[dict[ActionKind, str]] = {
    ActionKind.RAISE_PRIORITY: "One step up; an urgent ticket stays urgent.",
    ActionKind.ASSIGN_BY_WORKLOAD: "To who is on duty and has the fewest open tickets.",
    ActionKind.ASSIGN_IN_TURN: "To who is on duty and comes after the one who had it last.",
    ActionKind.ADD_NOTE: "Staff read it; requesters never do.",
}
AUDIENCES: Final[dict[Audience, str]] = {
    Audience.ASSIGNEE: "Assignee",
    Audience.TEAM: "Team",
    Audience.MANAGERS: "Managers",
    Audience.ADMINS: "Admins",
    Audience.REQUESTER: "Requester",
}
PLACEHOLDERS: Final[Choices] = (
    ("{number}", "Number of the ticket"),
    ("{subject}", "Subject"),
    ("{priority}", "Priority"),
    ("{status}", "Status"),
    ("{requester}", "Requester"),
    ("{assignee}", "Assignee"),
    ("{due}", "When it is due"),
)


def asked_of(trigger: Trigger) -> list[tuple[Fact, str]]:
    """Return what a rule that is set off so can ask, with what it is called."""
    return [(fact, NAMES[fact]) for fact in facts_for(trigger)]


def codes_of(fact: Fact) -> Choices:
    """Return the few values that a fact can have, the gravest priority first."""
    codes = [(each.value, each.label) for each in CODES[fact]]
    return codes[::-1] if fact is Fact.PRIORITY else codes


UNITS: Final[dict[int, str]] = {1: "minutes", 60: "hours", 1440: "days"}


def in_unit(minutes: int) -> tuple[int, int]:
    """Return a length in the largest unit in which it is a whole number, and that unit."""
    length = abs(minutes)
    unit = next(unit for unit in (1440, 60, 1) if length % unit == 0) if length else 1
    return length // unit, unit
