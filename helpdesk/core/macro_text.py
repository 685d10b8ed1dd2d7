# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills in the variables of a canned reply: ``{{ ticket.number }}`` and the others, by replacement.

Only what stands in a list can be named, and what is put in is never looked at again, so that no
text of a person becomes more than text. A variable that is not known, or has no value, stays as
it was typed and is told of: nothing goes out with a gap that nobody has seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

VARIABLES: Final[dict[str, str]] = {
    "ticket.number": "The number of the ticket",
    "ticket.subject": "The subject of the ticket",
    "ticket.status": "The status of the ticket",
    "ticket.priority": "The priority of the ticket",
    "ticket.category": "The category of the ticket",
    "ticket.team": "The team that has the ticket",
    "ticket.requester.name": "The full name of who asked",
    "ticket.requester.first_name": "The first name of who asked",
    "ticket.assignee.name": "The full name of who works on it",
    "ticket.created": "The day on which the ticket was opened",
    "ticket.due": "The day by which it is to be solved",
    "me.name": "Your full name",
    "me.first_name": "Your first name",
    "desk.name": "The name that the desk sends mail by",
    "today": "Today's date",
    "tomorrow": "Tomorrow's date",
    "in_a_week": "The date in seven days",
}
"""What can be named, and what it stands for."""
SAMPLE: Final[dict[str, str]] = {
    "ticket.number": "HD-1042",
    "ticket.subject": "VPN drops every few minutes",
    "ticket.status": "Open",
    "ticket.priority": "High",
    "ticket.category": "Network",
    "ticket.team": "Network",
    "ticket.requester.name": "Alice Moreau",
    "ticket.requester.first_name": "Alice",
    "ticket.assignee.name": "Bob Keller",
    "ticket.created": "23 November 2026",
    "ticket.due": "27 November 2026",
    "me.name": "Bob Keller",
    "me.first_name": "Bob",
    "desk.name": "Help Desk",
    "today": "24 November 2026",
    "tomorrow": "25 November 2026",
    "in_a_week": "1 December 2026",
}
"""Values to try a text with that is being written."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_VARIABLE = re.compile(r"\{\{([^{}\n]*+)\}\}")
"""Read in one go: no letter is looked at again, whatever a text holds between the braces."""
_LONGEST_NAME = 100


class Filled(NamedTuple):
    """A text with its variables filled in, and what of them could not be."""

    text: str
    unknown: tuple[str, ...]
    """What is in no list."""
    missing: tuple[str, ...]
    """What has no value here, such as the assignee of a ticket that nobody has."""

    @property
    def problem(self) -> str:
        """What is wrong in one sentence, or nothing."""
        if self.unknown:
            named = ", ".join(f"{{{{ {name} }}}}" for name in self.unknown)
            return f"{named} is no variable; choose one from the list."
        if self.missing:
            named = ", ".join(f"{{{{ {name} }}}}" for name in self.missing)
            return f"{named} has no value on this ticket; write it yourself, or set it first."
        return ""


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Fill in the variables of a text."""
    unknown: dict[str, None] = {}
    missing: dict[str, None] = {}

    def value(match: re.Match[str]) -> str:
        name = _name_in(match)
        if len(name) > _LONGEST_NAME:
            return match[0]
        if name not in VARIABLES:
            unknown[name] = None
        elif not values.get(name):
            missing[name] = None
        else:
            return values[name]
        return match[0]

    return Filled(_VARIABLE.sub(value, text), tuple(unknown), tuple(missing))


def unfilled(text: str) -> tuple[str, ...]:
    """Return the variables that stand in a text as they were typed, known or not."""
    found = (each for each in _VARIABLE.finditer(text) if len(_name_in(each)) <= _LONGEST_NAME)
    return tuple(dict.fromkeys(match[0] for match in found))


def _name_in(match: re.Match[str]) -> str:
    return match[1].strip(" \t")


def day_words(day: date) -> str:
    """Return a day as a text names it, such as "24 November 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def first_name(full_name: str) -> str:
    """Return what somebody is called among colleagues, or nothing."""
    return next(iter(full_name.split()), "")
