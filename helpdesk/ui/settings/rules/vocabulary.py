# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of a rule are called, and which of them go together."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.rules import ActionKind, Audience, Fact, Operator, Trigger
from helpdesk.core.schemas.tickets import Priority, Source, Status

Choices = Sequence[tuple[str, str]]
"""What can be chosen, as (value, label)."""


class Sort(Enum):
    """What kind of values a fact is compared with."""

    FIXED = auto()
    """One of a few that every desk has."""
    CATEGORY = auto()
    TEAM = auto()
    STAFF = auto()
    PERSON = auto()
    """Anybody with an account."""
    CHANNEL = auto()
    """Where rules can post to."""
    TEXT = auto()
    NUMBER = auto()


class FactWords(NamedTuple):
    """What a fact is called, what it is compared with, and in what unit."""

    label: str
    sort: Sort
    operators: tuple[Operator, ...]
    unit: str = ""


_CHOICE = (Operator.IS, Operator.IS_NOT)
_OPTIONAL = (*_CHOICE, Operator.IS_EMPTY)
_NUMBER = (Operator.AT_LEAST, Operator.LESS_THAN)
_TEXT = (Operator.CONTAINS, Operator.CONTAINS_NOT)

FACTS: Final[dict[Fact, FactWords]] = {
    Fact.PRIORITY: FactWords("Priority", Sort.FIXED, _CHOICE),
    Fact.STATUS: FactWords("Status", Sort.FIXED, _CHOICE),
    Fact.CATEGORY: FactWords("Category", Sort.CATEGORY, _OPTIONAL),
    Fact.TEAM: FactWords("Team", Sort.TEAM, _OPTIONAL),
    Fact.ASSIGNEE: FactWords("Assignee", Sort.STAFF, _OPTIONAL),
    Fact.REQUESTER: FactWords("Requester", Sort.PERSON, _CHOICE),
    Fact.SOURCE: FactWords("Source", Sort.FIXED, _CHOICE),
    Fact.SUBJECT: FactWords("Subject", Sort.TEXT, _TEXT),
    Fact.TEXT: FactWords("Subject or description", Sort.TEXT, _TEXT),
    Fact.CHANGED_FIELD: FactWords("What was changed", Sort.FIXED, _CHOICE),
    Fact.CHANGED_BY: FactWords("Who changed it", Sort.FIXED, _CHOICE),
    Fact.HOURS_OPEN: FactWords("Time since it was opened", Sort.NUMBER, _NUMBER, "hours"),
    Fact.HOURS_UNCHANGED: FactWords("Time without a change", Sort.NUMBER, _NUMBER, "hours"),
    Fact.HOURS_IN_STATUS: FactWords("Time in this status", Sort.NUMBER, _NUMBER, "hours"),
    Fact.REPLIES: FactWords("Replies", Sort.NUMBER, _NUMBER),
    Fact.REOPENED: FactWords("Times reopened", Sort.NUMBER, _NUMBER),
    Fact.ESCALATION_LEVEL: FactWords("Escalation level", Sort.NUMBER, _NUMBER),
}
ONLY_CHANGED: Final = (Fact.CHANGED_FIELD, Fact.CHANGED_BY)
"""What can only be asked where a change set the rule off."""

OPERATORS: Final[dict[Operator, str]] = {
    Operator.IS: "is one of",
    Operator.IS_NOT: "is none of",
    Operator.IS_EMPTY: "is empty",
    Operator.CONTAINS: "contains one of",
    Operator.CONTAINS_NOT: "contains none of",
    Operator.AT_LEAST: "is at least",
    Operator.LESS_THAN: "is less than",
}
FIXED: Final[dict[Fact, Choices]] = {
    Fact.PRIORITY: [(each.value, each.label) for each in reversed(Priority)],
    Fact.STATUS: [(each.value, each.label) for each in Status],
    Fact.SOURCE: [
        (Source.DESKTOP.value, "Desktop"),
        (Source.EMAIL.value, "E-mail"),
        (Source.API.value, "API"),
        (Source.CHAT.value, "Chat"),
        (Source.IMPORT.value, "Import"),
    ],
    Fact.CHANGED_FIELD: [
        ("status", "Status"),
        ("priority", "Priority"),
        ("category", "Category"),
        ("team", "Team"),
        ("assignee", "Assignee"),
        ("comment", "A comment was added"),
    ],
    Fact.CHANGED_BY: [
        ("requester", "The requester"),
        ("staff", "Staff"),
        ("rule", "A rule"),
    ],
}

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


def facts_for(trigger: Trigger) -> list[tuple[Fact, str]]:
    """Return what a rule that is set off so can ask."""
    return [
        (fact, words.label)
        for fact, words in FACTS.items()
        if trigger is Trigger.CHANGED or fact not in ONLY_CHANGED
    ]


def offset_words(minutes: int) -> str:
    """Say a distance from the due time: "30 minutes before", "at", "4 hours after"."""
    if not minutes:
        return "at"
    amount, unit = in_unit(minutes)
    noun = UNITS[unit] if amount != 1 else UNITS[unit].removesuffix("s")
    return f"{amount:,} {noun} {'before' if minutes < 0 else 'after'}"


UNITS: Final[dict[int, str]] = {1: "minutes", 60: "hours", 1440: "days"}


def in_unit(minutes: int) -> tuple[int, int]:
    """Return a length in the largest unit in which it is a whole number, and that unit."""
    length = abs(minutes)
    unit = next(unit for unit in (1440, 60, 1) if length % unit == 0) if length else 1
    return length // unit, unit
