# SPDX-License-Identifier: GPL-3.0-or-later
"""What a condition of a rule can ask, and how: for who checks rules, and for who offers them.

The desk refuses what is not in these tables, and windows offer what is.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from helpdesk.core.schemas.base import Labelled
from helpdesk.core.schemas.rules import Fact, Operator, Trigger
from helpdesk.core.schemas.tickets import Priority, Source, Status


class ChangedField(Labelled):
    """What of a ticket can be changed, for ``Fact.CHANGED_FIELD``."""

    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    TEAM = "team"
    ASSIGNEE = "assignee"
    COMMENT = "comment"
    """A reply or an internal note was added."""


class ChangedBy(Labelled):
    """Who can change a ticket, for ``Fact.CHANGED_BY``."""

    REQUESTER = "requester"
    STAFF = "staff"
    RULE = "rule"
    """A rule, or the desk itself with an automatic answer."""


class Takes(Enum):
    """What the values of a condition are."""

    CODES = auto()
    """Of ``CODES``."""
    IDS = auto()
    WORDS = auto()
    HOURS = auto()
    """One number, also such as 1.5."""
    COUNT = auto()
    """One whole number."""


_EQUAL = (Operator.IS, Operator.IS_NOT)
_RANKED = (Operator.AT_LEAST, Operator.LESS_THAN)
_CONTAINS = (Operator.CONTAINS, Operator.CONTAINS_NOT)

OPERATORS: dict[Fact, tuple[Operator, ...]] = {
    Fact.STATUS: _EQUAL,
    Fact.PRIORITY: (*_EQUAL, *_RANKED),
    Fact.CATEGORY: (*_EQUAL, Operator.IS_EMPTY),
    Fact.TEAM: (*_EQUAL, Operator.IS_EMPTY),
    Fact.ASSIGNEE: (*_EQUAL, Operator.IS_EMPTY),
    Fact.REQUESTER: _EQUAL,
    Fact.SOURCE: _EQUAL,
    Fact.SUBJECT: (*_CONTAINS, *_EQUAL),
    Fact.TEXT: _CONTAINS,
    Fact.CHANGED_FIELD: _EQUAL,
    Fact.CHANGED_BY: _EQUAL,
    Fact.HOURS_OPEN: _RANKED,
    Fact.HOURS_UNCHANGED: _RANKED,
    Fact.HOURS_IN_STATUS: _RANKED,
    Fact.REPLIES: (*_RANKED, *_EQUAL),
    Fact.REOPENED: (*_RANKED, *_EQUAL),
    Fact.ESCALATION_LEVEL: (*_RANKED, *_EQUAL),
}
"""How each fact can be compared; the first is the usual way."""

CODES: dict[Fact, type[Labelled]] = {
    Fact.STATUS: Status,
    Fact.PRIORITY: Priority,
    Fact.SOURCE: Source,
    Fact.CHANGED_FIELD: ChangedField,
    Fact.CHANGED_BY: ChangedBy,
}
"""What the facts can be that are one of a few."""

TAKES: dict[Fact, Takes] = {
    **dict.fromkeys(CODES, Takes.CODES),
    **dict.fromkeys((Fact.CATEGORY, Fact.TEAM, Fact.ASSIGNEE, Fact.REQUESTER), Takes.IDS),
    **dict.fromkeys((Fact.SUBJECT, Fact.TEXT), Takes.WORDS),
    **dict.fromkeys((Fact.HOURS_OPEN, Fact.HOURS_UNCHANGED, Fact.HOURS_IN_STATUS), Takes.HOURS),
    **dict.fromkeys((Fact.REPLIES, Fact.REOPENED, Fact.ESCALATION_LEVEL), Takes.COUNT),
}

NAMES: dict[Fact, str] = {
    **{fact: fact.value.capitalize() for fact in Fact},
    Fact.TEXT: "Subject or description",
    Fact.CHANGED_FIELD: "What was changed",
    Fact.CHANGED_BY: "Changed by",
    Fact.HOURS_OPEN: "Hours open",
    Fact.HOURS_UNCHANGED: "Hours unchanged",
    Fact.HOURS_IN_STATUS: "Hours in its status",
    Fact.REPLIES: "Number of replies",
    Fact.REOPENED: "Times reopened",
    Fact.ESCALATION_LEVEL: "Escalation level",
}
"""What people call each fact."""

_OF_CHANGES = (Fact.CHANGED_FIELD, Fact.CHANGED_BY)
_NOTHING_YET = (
    Fact.HOURS_OPEN,
    Fact.HOURS_UNCHANGED,
    Fact.HOURS_IN_STATUS,
    Fact.REPLIES,
    Fact.REOPENED,
    Fact.ESCALATION_LEVEL,
)


def facts_for(trigger: Trigger) -> tuple[Fact, ...]:
    """Return what a rule can ask when it is set off so: of a new ticket, nothing has changed."""
    left_out: tuple[Fact, ...] = () if trigger is Trigger.CHANGED else _OF_CHANGES
    if trigger is Trigger.CREATED:
        left_out += _NOTHING_YET
    return tuple(fact for fact in Fact if fact not in left_out)


_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,2})?", re.ASCII)


def number_in(text: str) -> float | None:
    """Return the number that a text is, or ``None``: no infinity, no exponent, nothing endless."""
    return float(text) if _NUMBER.fullmatch(text) else None
